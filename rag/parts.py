"""A question with two parts is two questions, each answered or refused on its own.

« Quand le pont a-t-il ouvert, et qui l'a inauguré ? » asks for two things of one; « … en 2022, puis
en 2024 ? » asks for one thing of two years.
"""

import re
from dataclasses import replace
from itertools import pairwise

from rag.question import Query, understood
from rag.records import Sought
from rag.sought import placed
from rag.turns import leans
from rag.words import content_words, fold

MOST = 3

_ENOUGH = 3
"""Words of content that a part needs to be looked for by itself."""

_WH = (
    r"(?:à |a |en |de |dans |pour |depuis |par |sur |contre |avec |in |on |at |by |for )?"
    r"(?:quel(?:le)?s?|qui|quand|où|combien|pourquoi|comment|qu['’]|que|"
    r"who|when|where|which|what|why|how|"
    r"ai|khi nào|ở đâu|bao nhiêu|vì sao|năm nào|nước nào)"
)
_JOINED = re.compile(rf"\s*,?\s+(?:et|puis|and|và)\s+(?=(?:{_WH})(?:\b|(?<=['’])))", re.IGNORECASE)
_BEGINS = re.compile(rf"\W*{_WH}\b", re.IGNORECASE)
_RANGE = re.compile(r"(?:entre|de|du|between|from|tu)\s*(?:\w['’]|le |la |l['’])?\s*$")
_APART = re.compile(
    r"[\s,]*(?:et|puis|ou|and|then|va|sau do)?[\s,]*(?:puis|then)?[\s,]*(?:en|in|nam|a |l['’])?\s*$"
)


def parts(query: Query) -> list[Query]:
    """Return the questions that `query` is made of, itself alone where it is one.

    >>> [one.text for one in parts(understood("Qui présidait en 2022, puis en 2024 ?"))]
    ['Qui présidait en 2022 ?', 'Qui présidait en 2024 ?']
    """
    return _by_interrogative(query) or _by_period(query) or [query]


def _by_interrogative(query: Query) -> list[Query]:
    """A part that does not stand alone is looked for with the words of all: « et qui l'a … ? »."""
    pieces = _JOINED.split(query.text)
    if not 1 < len(pieces) <= MOST or not all(map(_BEGINS.match, pieces)):
        return []
    return [_part(query, understood(piece)) for piece in pieces]


def _part(whole: Query, piece: Query) -> Query:
    alone = len(content_words(piece.text, whole.language)) >= _ENOUGH and not leans(piece.text)
    if alone:
        return replace(piece, language=whole.language, part=piece.text)
    return replace(whole, asked=piece.asked, thing=None, part=piece.text)


_PREPOSITION = re.compile(r"\b(?:en|in|de|au|a|nam|on)\s*$")


def _lead(before: str, gap: str) -> str:
    """Return the preposition of a later period, where the first one has none to lend it."""
    own = _PREPOSITION.search(gap)
    return own[0] if own and not _PREPOSITION.search(fold(before)) else ""


def _with_its_year(written: str, period: Sought) -> str:
    """« en mars et en juin 2021 » asks of March 2021: its part must say so where it is alone."""
    lacks = period.first is not None and not re.search(r"\d{4}", written)
    return period.shown if lacks and re.search(r"\d{4}", period.shown) else written


def _by_period(query: Query) -> list[Query]:
    """Each part names one of the periods; « entre 2022 et 2024 » is one period."""
    periods = [one for one in placed(query.text, query.language) if one[1].kind == "period"]
    found = [place for place, _ in periods]
    if not 1 < len(found) <= MOST or _RANGE.search(fold(query.text[: found[0][0]])):
        return []
    gaps = [fold(query.text[one[1] : other[0]]) for one, other in pairwise(found)]
    if not all(map(_APART.match, gaps)):
        return []
    before, after = query.text[: found[0][0]], query.text[found[-1][1] :]
    leads = [before, *(f"{before}{_lead(before, gap)}" for gap in gaps)]
    said = [_with_its_year(query.text[slice(*place)], one) for place, one in periods]
    texts = [f"{lead}{period}{after}" for lead, period in zip(leads, said, strict=True)]
    return [
        replace(understood(text), language=query.language, asked=query.asked, part=text)
        for text in texts
    ]
