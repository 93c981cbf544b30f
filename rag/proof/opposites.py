"""« monte » where the quotes say « baisse », « avant » for « après »."""

from collections.abc import Iterator

from rag.claims.records import Word
from rag.findings import Finding
from rag.meanings import Meaning, opposites
from rag.proof.pairing import Pairing


def contraries(pair: Pairing) -> Iterator[Finding]:
    """Yield each word whose opposite the quotes say, of the same thing or in its place."""
    theirs = pair.source.claims.words
    for place, word in enumerate(pair.statement.words):
        against = opposites(word.meanings) if word.kind != "small" else frozenset()
        if not against:
            continue
        if pair.places[place]:
            other = _turned(pair, place, against)
            if other:
                yield Finding("comparison", word.said, other.said, contradicts=True)
            continue
        other = next(
            (one for one in theirs if one.meanings & against and one.when is None),
            None,
        )
        if other is not None:
            yield Finding("comparison", word.said, other.said, contradicts=True)


_WAYS = (("after", "before"), ("before", "after"), ("more", "less"), ("less", "more"))


def ways(pair: Pairing) -> Iterator[Finding]:
    """« trois jours avant » where the quotes have only « après »; « plus » for « moins »."""
    mine, theirs = pair.statement.ways, pair.source.claims.ways
    for way, other in _WAYS:
        if way in mine and other not in mine and other in theirs and way not in theirs:
            yield Finding("comparison", way, other, contradicts=True)


def _turned(pair: Pairing, place: int, against: frozenset[Meaning]) -> Word | None:
    """Return the opposite of a word, if the quotes say that of the thing that it is said of.

    « l'offre baisse, les prix montent » does not say that the offer rises.
    """
    words, theirs = pair.statement.words, pair.source.claims.words
    before = [
        one
        for one in range(max(0, place - _NEAR), place)
        if words[one].comma == words[place].comma
        and pair.places[one]
        and words[one].kind != "small"
    ]
    if not before:
        return None
    groups = {theirs[one].comma for one in pair.places[before[-1]]}
    inside = [one for one in theirs if one.comma in groups]
    if any(one.meanings & words[place].meanings for one in inside):
        return None
    return next((one for one in inside if one.meanings & against), None)


_NEAR = 4
