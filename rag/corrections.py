"""Which reports an archive corrects: « Rectificatif : … », « Dans notre dépêche du 13 juillet … ».

A correction says so in its title, and names what it corrects by its title or by its day.
"""

import re
from collections.abc import Iterable

from rag.dates import moments
from rag.records import Document
from rag.words import fold, words

_TITLE = re.compile(
    r"\W*(?:rectificati(?:f|on)|correcti(?:f|on)|corrige|errat(?:um|a)|corrigend(?:um|a)"
    r"|corrected|mise au point|dinh chinh|cai chinh)\b"
)
_A_REPORT = re.compile(
    r"\b(?:d[ée]p[êe]che|article|information|report|story|dispatch|b[ảa]n tin|b[àa]i vi[ếe]t)s?\b"
    r"[^.]*",
    re.IGNORECASE,
)
_LONGEST_LOOKED_AT = 1000
"""Characters: what is corrected is said at the beginning."""

_FEWEST_WORDS = 3
"""Of a title by which a report is named."""


def corrections(of: Document, among: Iterable[Document]) -> list[Document]:
    """Return those `among` the reports that correct `of`."""
    return [one for one in among if _is_correction(one) and _names(one, of)]


def _is_correction(report: Document) -> bool:
    return _TITLE.match(fold(report.title)) is not None


def _names(correction: Document, report: Document) -> bool:
    if correction.source == report.source or (correction.date or "") < (report.date or ""):
        return False
    begins = correction.text[:_LONGEST_LOOKED_AT]
    title, said = words(report.title), " ".join(words(begins))
    if len(title) >= _FEWEST_WORDS and " ".join(title) in said:
        return True
    return report.date in _days_of_reports(begins, correction)


def _days_of_reports(begins: str, correction: Document) -> set[str]:
    """Return the days of which a correction says « notre dépêche du … »."""
    places = [found.span() for found in _A_REPORT.finditer(begins)]
    return {
        one.first
        for one in moments(begins, correction.date, correction.language)
        if one.first == one.last and any(start <= one.start < end for start, end in places)
    }
