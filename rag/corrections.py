"""Which reports an archive corrects: « Rectificatif : … », « Dans notre dépêche du 13 juillet … ».

A correction says so in its title, and names what it corrects by its title, or by its day where the
two speak of the same things.
"""

import re
from collections.abc import Iterable

from rag.dates import moments
from rag.dates_days import span
from rag.records import Document
from rag.words import content_words, fold, language_to_compare, stem, words

_WORD = (
    r"(?:rectificati(?:f|on)s?|rectif|correcti(?:f|on)s?|errat(?:um|a)|corrigend(?:um|a)|corrected"
    r"|mise au point|dinh chinh|cai chinh)"
)
_TITLE = re.compile(rf"\W*{_WORD}\W*(?:[:–—\]-]|$)|.*[:–—-]\s*{_WORD}\W*$")
"""Folded; « Rectification du budget » and « Mise au point d'un vaccin » are no corrections."""

_OUR_REPORT = re.compile(
    r"\b(?:(?:notre|nos|our|une?) (?:\w+ )?(?:d[ée]p[êe]che|article|information|report|story)s?"
    r"|b[ảa]n tin|b[àa]i vi[ếe]t)\s+(?:\w+\s+)?(?:du |de |d['’]|of |from |on |ngày )?\s*\Z",
    re.IGNORECASE,
)
"""What stands right before the day of the report."""

_LONGEST_LOOKED_AT = 3000
"""Characters: what is corrected is said at the beginning, behind a menu at most."""

_FEWEST_WORDS = 3
"""Of a title by which a report is named."""

_FEWEST_SHARED = 2
"""Words of a title that a correction says too, where it names a report by its day."""


def corrections(of: Document, among: Iterable[Document]) -> list[Document]:
    """Return those `among` the reports that correct `of`."""
    if is_correction(of.title):
        return []
    return [one for one in among if is_correction(one.title) and _names(one, of)]


def is_correction(title: str) -> bool:
    """Whether a report of that title corrects another."""
    return _TITLE.match(fold(title)) is not None


def _names(correction: Document, report: Document) -> bool:
    if span(correction.date)[1] < span(report.date)[0]:
        return False
    begins = correction.text[:_LONGEST_LOOKED_AT]
    title, said = words(report.title), " ".join(words(begins))
    if len(title) >= _FEWEST_WORDS and f" {' '.join(title)} " in f" {said} ":
        return True
    return report.date in _days_of_reports(begins, correction) and _speak_alike(correction, report)


def _days_of_reports(begins: str, correction: Document) -> list[str | None]:
    """Return the days of which a correction says « notre dépêche du … »."""
    return [
        one.first
        for one in moments(begins, correction.date, correction.language)
        if one.first == one.last and _OUR_REPORT.search(begins[: one.start])
    ]


def _speak_alike(correction: Document, report: Document) -> bool:
    """Whether a correction says two words of the title: a day has more than one report."""
    language = language_to_compare(report.language, report.text)
    said, titled = (
        {stem(word, language) for word in content_words(text, language)}
        for text in (f"{correction.title} {correction.text[:_LONGEST_LOOKED_AT]}", report.title)
    )
    return len(said & titled) >= _FEWEST_SHARED
