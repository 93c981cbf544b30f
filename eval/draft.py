"""Questions proposed for one's own archive, each with the words that answer: drafts for a person.

A gap is made in a sentence where it tells a date, an amount or a name, and the question asks for
what stands there. That is a template, not a good question: it borrows the words of the report,
which makes it easy to find. Reword it, then set ``draft`` to false.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.questions import Gold, Question
from rag.records import Document, Span
from rag.sentences import boundaries

_SHORTEST, _LONGEST = 60, 300
_GAP = "[…]"
_AMOUNT = re.compile(
    r"(?<![\w,.])\d{1,3}(?:[ .,\u202f\xa0]\d{3})*(?:[.,]\d+)?(?:\s?%|\s(?:millions?|milliards?"
    r"|billion|triệu|tỷ))?(?![\w,.]\d)(?![\w])"
)
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĐ][^\W\d_]*[a-zà-ÿạ-ỹ][^\W\d_]*"
_NAME = re.compile(rf"(?<=[^\W\d_,] )(?:{_CAPITAL} ){{1,3}}{_CAPITAL}\b")

_ASKED = {
    "date": {
        "fr": "Quand, d'après « {title} » : « {gap} » ?",
        "en": "When, according to “{title}”: “{gap}”?",
        "vi": "Khi nào, theo “{title}”: “{gap}”?",
    },
    "number": {
        "fr": "Quel chiffre, d'après « {title} » : « {gap} » ?",
        "en": "What figure, according to “{title}”: “{gap}”?",
        "vi": "Con số nào, theo “{title}”: “{gap}”?",
    },
    "name": {
        "fr": "Qui ou quoi, d'après « {title} » : « {gap} » ?",
        "en": "Who or what, according to “{title}”: “{gap}”?",
        "vi": "Ai hoặc cái gì, theo “{title}”: “{gap}”?",
    },
}


@dataclass(frozen=True, slots=True)
class _Gap:
    kind: str
    start: int
    end: int


def drafts(reports: Sequence[Document], count: int, *, seed: int = 0) -> list[Question]:
    """Return up to `count` questions, one a sentence, spread over reports and kinds of gap."""
    drawn = random.Random(seed)
    of_reports = [list(_of(report)) for report in drawn.sample(reports, len(reports))]
    for found in of_reports:
        drawn.shuffle(found)
    turns = (found[turn] for turn in range(count) for found in of_reports if turn < len(found))
    return [question for question, _ in zip(turns, range(count), strict=False)]


def _of(report: Document) -> Iterator[Question]:
    for span in report.spans:
        if span.kind == "body":
            for start, end in boundaries(
                report.text[span.start : span.end], report.language or "fr"
            ):
                yield from _of_sentence(report, span.start + start, span.start + end)


def _of_sentence(report: Document, start: int, end: int) -> Iterator[Question]:
    quote = report.text[start:end].strip()
    start += len(report.text[start:end]) - len(report.text[start:end].lstrip())
    # A quote that stands twice is no label.
    if not _SHORTEST <= len(quote) <= _LONGEST or report.text.count(quote) > 1:
        return
    gap = next(_gaps(report, start, start + len(quote)), None)
    if gap is None:
        return
    answer = report.text[gap.start : gap.end]
    asked = f"{report.text[start : gap.start]}{_GAP}{report.text[gap.end : start + len(quote)]}"
    language = report.language if report.language in _ASKED["date"] else "fr"
    yield Question(
        id=f"draft:{report.source}:{start}",
        question=_ASKED[gap.kind][language].format(title=report.title, gap=" ".join(asked.split())),
        answerable=True,
        language=language,
        kind=gap.kind,
        answers=(answer,),
        must_mention=(answer,),
        gold=(Gold(report.source, quote),),
        draft=True,
    )


def _gaps(report: Document, start: int, end: int) -> Iterator[_Gap]:
    """Yield what a sentence tells, dates first: an amount may be part of one.

    A day told by its name alone, « lundi », is no answer to keep.
    """
    dates = [
        Span(m.start, m.end, "body") for m in report.moments if start <= m.start < m.end <= end
    ]
    told = (one for one in dates if re.search(r"\d", report.text[one.start : one.end]))
    yield from (_Gap("date", one.start, one.end) for one in told)
    for kind, pattern in (("number", _AMOUNT), ("name", _NAME)):
        for match in pattern.finditer(report.text, start, end):
            if not any(one.start < match.end() and match.start() < one.end for one in dates):
                yield _Gap(kind, match.start(), match.end())
