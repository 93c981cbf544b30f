"""Two runs side by side: what differs, by how much, and which questions turned."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eval.figures import drawn_questions, interval
from eval.measures import MEASURES, Measure, is_right
from eval.records import Record
from eval.run import run_in

Verdict = Literal["better", "worse", "differs", "not_shown"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of two runs over the questions both asked."""

    measure: Measure
    before: float
    after: float
    low: float
    high: float
    """The 95 % interval of after - before."""

    @property
    def is_shown(self) -> bool:
        """Whether the interval keeps clear of no difference at all."""
        return self.low > 0 or self.high < 0

    @property
    def verdict(self) -> Verdict:
        """What is shown of it: nothing, or which way it went."""
        if not self.is_shown:
            return "not_shown"
        if not self.measure.better:
            return "differs"
        rose = self.after > self.before
        return "better" if rose == (self.measure.better == "more") else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    differences: tuple[Difference, ...]
    mended: tuple[str, ...]
    """Ids of the questions that turned from wrong to right."""
    broken: tuple[str, ...]
    only_before: int
    only_after: int


def compared(before: Sequence[Record], after: Sequence[Record]) -> Comparison:
    """Compare two runs over the questions that both asked in the same words."""
    pairs = paired(before, after)
    turned = [(is_right(one), is_right(other), other.id) for one, other in pairs]
    return Comparison(
        differences=tuple(_differences(pairs)),
        mended=tuple(one for was, now, one in turned if now and was is False),
        broken=tuple(one for was, now, one in turned if was and now is False),
        only_before=len(before) - len(pairs),
        only_after=len(after) - len(pairs),
    )


def paired(before: Sequence[Record], after: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Return the two records of each question that both runs asked in the same words.

    The earlier is judged by the labels of the later: a label that was put right since is no
    difference between programs.
    """
    known = {_asked(record): record for record in before}
    return [
        (replace(known[_asked(record)], question=record.question, gold=record.gold), record)
        for record in after
        if _asked(record) in known
    ]


def _asked(record: Record) -> tuple[str, str]:
    return record.id, record.question.question


def _differences(pairs: Sequence[tuple[Record, Record]]) -> Iterable[Difference]:
    """Yield each difference with the interval of the paired bootstrap over questions.

    Koehn, *Statistical significance tests for machine translation evaluation*, 2004: both runs are
    resampled alike, so that hard questions weigh on both.
    """
    if not pairs:
        return
    drawn = drawn_questions(len(pairs))
    for measure in MEASURES:
        before, after = (measure.values(run) for run in zip(*pairs, strict=True))
        was, now = (round(float(measure.pool(one)), 3) for one in (before, after))
        if math.isnan(was) or math.isnan(now):  # one of the runs says nothing of it
            continue
        low, high = interval(measure.pool(after[drawn]) - measure.pool(before[drawn]))
        yield Difference(measure, was, now, low, high)


def records_in(path: Path) -> list[Record]:
    """Return the records of an earlier run: its `run.json`, or the folder that holds it.

    :raises NotARun: there is none, or it is none.
    """
    return list(run_in(path).records)
