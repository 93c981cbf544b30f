"""Figures of a run with their intervals, over all questions and by language and kind."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.measures import MEASURES, Measure
from eval.records import Record

ALL = "all"
RESAMPLES = 1000
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over some questions with its 95 % interval, and how many it says something of."""

    value: float
    low: float
    high: float
    questions: int


def figure(measure: Measure, records: Sequence[Record]) -> Figure | None:
    """Return the figure, None if the measure says nothing of any record.

    The interval is the percentile bootstrap's over questions (Efron and Tibshirani 1993, ch. 13).
    """
    values = measure.values(records)
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    value = float(measure.pool(known))
    if math.isnan(value):
        return None
    low, high = interval(measure.pool(known[drawn_questions(len(known))]))
    return Figure(round(value, _DIGITS), low, high, len(known))


def interval(resampled: NDArray[np.float64]) -> tuple[float, float]:
    """Return where 95 % of the resampled figures lie, those that are none left out."""
    told = resampled[~np.isnan(resampled)]
    low, high = np.percentile(told, [2.5, 97.5]) if len(told) else (math.nan, math.nan)
    return round(float(low), _DIGITS), round(float(high), _DIGITS)


def drawn_questions(size: int) -> NDArray[np.int64]:
    """Return the questions of each resample; for one size the same, so that figures repeat."""
    return np.random.default_rng(size).integers(0, size, (RESAMPLES, size))


def groups(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Yield all records, then those of each language, then those of each kind.

    What has the name of another group is called « kind fr ».
    """
    yield ALL, list(records)
    taken = {ALL}
    for of in (_language, _kind):
        for name in sorted({of(record) for record in records} - {""}):
            group = f"{of.__name__.strip('_')} {name}" if name in taken else name
            taken.add(group)
            yield group, [record for record in records if of(record) == name]


def _language(record: Record) -> str:
    return record.question.language


def _kind(record: Record) -> str:
    return record.question.kind


Figures = dict[str, dict[str, Figure]]
"""By group, then by measure."""


def figures(records: Sequence[Record]) -> Figures:
    """Return every figure of a run; a measure that says nothing of a group is left out."""
    return {
        group: {
            measure.name: found
            for measure in MEASURES
            if (found := figure(measure, of_group)) is not None
        }
        for group, of_group in groups(records)
    }
