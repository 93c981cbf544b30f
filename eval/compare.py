"""Two runs side by side: what differs, by how much, and which questions turned."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.figures import drawn_questions, figures, interval
from eval.measures import MEASURES, Measure, is_right
from eval.records import Record, record_from
from rag.errors import BadRequest


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

    :raises BadRequest: there is none, or it is none.
    """
    file = path / "run.json" if path.is_dir() else path
    try:
        records = [record_from(row) for row in json.loads(file.read_bytes())["records"]]
        figures(records)  # a record of another version may lack what measures read
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadRequest(
            f"{str(file)!r} is no run ({type(error).__name__}: {error}). Make one: "
            "`sourcier eval FILE --out DIR`, and name DIR."
        ) from None
    return records
