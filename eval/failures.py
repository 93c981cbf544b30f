"""What failed and why, the worst first: a wrong answer is worse than a refusal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from eval.measures import citation_precision, facts, is_right, judged, says_what_is_wrong
from eval.records import Record
from eval.text import mentions

Reason = Literal[
    "answered_without_answer",
    "invented_quote",
    "says_what_is_wrong",
    "misses_all",
    "unsupported",
    "misses_some",
    "refused",
    "cites_elsewhere",
]
SEVERITY: tuple[Reason, ...] = get_args(Reason)
"""From the worst on: what is wrong and would be repeated, what is not proved, what is lacking."""


@dataclass(frozen=True, slots=True)
class Failure:
    record: Record
    reasons: tuple[Reason, ...]
    rank: int | None
    """Of the first passage that holds what answers; None if none of those found does."""

    @property
    def mentioned(self) -> list[tuple[str, bool]]:
        """What an answer must mention, and whether it does."""
        question = self.record.question
        return [(one, mentions(self.record.said, one)) for one in question.must_mention]

    @property
    def wrong(self) -> list[str]:
        """What it mentions and must not."""
        question = self.record.question
        return [one for one in question.must_not_mention if mentions(self.record.said, one)]

    @property
    def severity(self) -> int:
        return SEVERITY.index(self.reasons[0])


def failures(records: Sequence[Record]) -> list[Failure]:
    """Return the records that something is wrong with, the worst first, else in their order."""
    found = [(record, tuple(sorted(_reasons(record), key=SEVERITY.index))) for record in records]
    failed = [Failure(record, reasons, _rank(record)) for record, reasons in found if reasons]
    return sorted(failed, key=lambda failure: failure.severity)


def _reasons(record: Record) -> Iterator[Reason]:
    question = record.question
    if not all(record.quotes_found):
        yield "invented_quote"
    if any(one["verdict"] == "unsupported" for one in record.answer["statements"]):
        yield "unsupported"
    if not question.answerable:
        if not record.refused:
            yield "answered_without_answer"
    elif record.refused:
        yield "refused"
    elif says_what_is_wrong(record):
        yield "says_what_is_wrong"
    elif facts(record) is not None and not is_right(record):
        yield "misses_some" if facts(record) else "misses_all"
    elif citation_precision(record) == 0:
        yield "cites_elsewhere"


def _rank(record: Record) -> int | None:
    if not record.question.is_labelled:
        return None
    ranking, relevant = judged(record)
    return next((rank for rank, one in enumerate(ranking, 1) if one in relevant), None)
