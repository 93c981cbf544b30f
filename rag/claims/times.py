"""The moments that a sentence tells, as days, and the words that are part of each."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from rag.claims.records import Claims, When
from rag.dates import moments
from rag.records import Moment

# Read where the day of publication is not known, so that days without a year can be compared.
_SOME_DAY = "2024-06-15"


def mark_times(found: Claims, text: str, published: str | None) -> None:
    """Add the moments of `text` to `found`, and mark the words that each is made of.

    Days are told from `published`, ISO, cut to what is known.
    """
    told = moments(text, published or _SOME_DAY, found.language)
    for start, end, first, last in _ranges(text, told):
        number = len(found.whens)
        within = [one for one in found.words if start < one.end and one.start < end]
        for word in within:
            word.when = number
        said = text[start:end]
        figures = frozenset(one.value for one in within if one.value is not None)
        has_year = bool(re.search(r"\d{4}", said))
        bound = _bound(text, start, found.language)
        known = has_year or published is not None
        found.whens.append(When(said, first, last, has_year, figures, False, bound, known))


# The words right before a moment, or first within it, that make it an end or a beginning.
_BOUNDS: dict[str, dict[Literal["until", "since"], re.Pattern[str]]] = {
    language: {"until": re.compile(until), "since": re.compile(since)}
    for language, until, since in (
        ("fr", r"(?i:jusqu'(?:en|au|à)|d'ici(?: à)?)", r"(?i:depuis|à partir|à compter)"),
        ("en", r"(?i:until|till|by|through)", r"(?i:since|from|starting)"),
        ("vi", r"(?i:đến|tới|cho đến)", r"(?i:từ|kể từ)"),
    )
}


def _bound(text: str, start: int, language: str) -> Literal["", "until", "since"]:
    before = text[max(0, start - 16) : start + 12].replace("’", "'")
    at = min(16, start)
    for bound, pattern in _BOUNDS[language].items():
        for match in pattern.finditer(before):
            if match.start() <= at and at - match.end() <= _CLOSE:
                return bound
    return ""


_CLOSE = 5
"""Characters between « jusqu' » and its moment: « depuis le », « à partir de l' »."""
_UNTIL = re.compile(r"\s*(?:à|au|jusqu'à|jusqu'en|to|until|through|till|đến|tới|[-–])\s*")
_FROM = re.compile(r"(?<!\w)(?:de|du|from|từ)\s+\Z", re.IGNORECASE)


def _ranges(text: str, told: Sequence[Moment]) -> Iterator[tuple[int, int, str, str]]:
    """Yield each moment; « từ tháng 1 đến tháng 8 năm 2021 », read as two, as one."""
    place = 0
    while place < len(told):
        one = told[place]
        behind = told[place + 1] if place + 1 < len(told) else None
        if (
            behind
            and _UNTIL.fullmatch(text, one.end, behind.start)
            and _FROM.search(text, max(0, one.start - 8), one.start)
        ):
            first = one.first
            if not re.search(r"\d{4}", text[one.start : one.end]):
                first = behind.last[:4] + first[4:]
            if first <= behind.last:
                yield one.start, behind.end, first, behind.last
                place += 2
                continue
        yield one.start, one.end, one.first, one.last
        place += 1
