"""All rules, in the order in which their findings are told."""

from rag.claims.records import Claims
from rag.findings import Finding
from rag.proof.directions import directions
from rag.proof.holders import counted, holders
from rag.proof.modality import attributions, causes, denials, extents, plans
from rag.proof.names import names
from rag.proof.numbers import numbers
from rag.proof.opposites import contraries, ways
from rag.proof.others import others
from rag.proof.pairing import Pairing, Source
from rag.proof.periods import periods
from rag.proof.roles import roles
from rag.proof.times import dates


def findings(statement: Claims, quotes: Claims) -> list[Finding]:
    """Return all that is wrong with `statement`, in the order of the rules."""
    source = Source(quotes)
    places = [source.places(word, statement.language) for word in statement.words]
    pairing = Pairing(statement, source, places)
    found: list[Finding] = []
    for rule in _RULES:
        found += rule(pairing)
    return list(dict.fromkeys(found))


_RULES = (
    numbers,
    dates,
    names,
    roles,
    denials,
    plans,
    extents,
    contraries,
    ways,
    causes,
    attributions,
    directions,
    holders,
    counted,
    periods,
    others,
)
