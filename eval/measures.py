"""The measures: what each says of one record, and how records become a figure.

Each measure is a pure function of a record, None where it has nothing to say of it, and a way to
pool the values of many. Retrieval is measured on judged rankings: the passages in order, and those
among them that hold what answers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eval.records import Place, Record
from eval.text import exact_match, mentions, token_f1
from rag.dates import moments

Values = NDArray[np.float64]
Better = Literal["more", "less", ""]


# Retrieval ------------------------------------------------------------------------------------


def recall(ranking: Sequence[str], relevant: frozenset[str], k: int) -> float:
    """Return the share of the relevant that is among the first `k` (Recall@k)."""
    return len(relevant.intersection(ranking[:k])) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: frozenset[str], k: int = 10) -> float:
    """Return 1 / the rank of the first relevant one, 0 beyond `k` (MRR@k; Voorhees 1999)."""
    ranks = (rank for rank, one in enumerate(ranking[:k], 1) if one in relevant)
    return 1 / next(ranks, math.inf)


def ndcg(ranking: Sequence[str], relevant: frozenset[str], k: int = 10) -> float:
    """Return the discounted gain beside that of the best order (Järvelin and Kekäläinen 2002)."""
    gain = sum(
        1 / math.log2(rank + 1) for rank, one in enumerate(ranking[:k], 1) if one in relevant
    )
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), k) + 1))


def judged(record: Record) -> tuple[list[str], frozenset[str]]:
    """Return the ids of the passages in order, and of those that are relevant.

    A passage is relevant that overlaps a gold quote no better passage overlaps, or is a gold id by
    itself or by its record. What was not found has an id that no passage has.
    """
    ids = [passage["id"] for passage in record.passages]
    found = [_first(record.ranking, places) for places in record.gold]
    relevant = {ids[at] if at is not None else f"gold {n}" for n, at in enumerate(found)}
    for named in record.question.gold_passage_ids:
        same = (p["id"] for p in record.passages if named in (p["id"], p["source"]))
        relevant.add(next(same, f"gold {named}"))
    return ids, frozenset(relevant)


def _first(ranking: Sequence[Place], places: Sequence[Place]) -> int | None:
    return next(
        (at for at, one in enumerate(ranking) if any(one.overlaps(place) for place in places)), None
    )


def _ranked(measure: Callable[[Sequence[str], frozenset[str], int], float], k: int) -> "Of":
    def of(record: Record) -> float | None:
        labelled = record.question.answerable and record.question.is_labelled
        return measure(*judged(record), k) if labelled else None

    return of


# Answers --------------------------------------------------------------------------------------


def facts(record: Record) -> float | None:
    """Share of what an answer must mention that it does; 0 if it says what it must not.

    Where a set says nothing of it, one of its answers must be mentioned.
    """
    question, said = record.question, record.said
    wanted = question.must_mention or tuple(filter(None, ["|".join(question.answers)]))
    if not (question.answerable and wanted):
        return None
    if record.refused or says_what_is_wrong(record):
        return 0.0
    return mean(mentions(said, one) for one in wanted)


def says_what_is_wrong(record: Record) -> bool:
    """Whether an answer mentions what it must not."""
    return any(mentions(record.said, one) for one in record.question.must_not_mention)


def is_right(record: Record) -> bool | None:
    """Whether the answer has all its facts, or refuses what has none.

    Where a set names no facts, whether it cites any of the labelled words; None where it labels
    nothing: whatever was answered may be right or wrong.
    """
    if not record.question.answerable:
        return record.refused
    if record.refused or says_what_is_wrong(record):
        return False
    told = facts(record)
    if told is not None:
        return told == 1.0
    cited = citation_recall(record)
    return None if cited is None else cited > 0


def _is_right(record: Record) -> float | None:
    right = is_right(record)
    return None if right is None else float(right)


def _statements(record: Record) -> str:
    return " ".join(one["text"] for one in record.answer["statements"])


def _against_answers(measure: Callable[[str, Sequence[str], str], float]) -> "Of":
    def of(record: Record) -> float | None:
        question = record.question
        if not (question.answerable and question.answers):
            return None
        return measure(_statements(record), question.answers, question.language)

    return of


def _where_an_answer(holds: Callable[[str], bool]) -> "Of":
    """Right or not, of the questions whose wanted answer `holds` something."""

    def of(record: Record) -> float | None:
        question = record.question
        wanted = question.answerable and any(holds(one) for one in question.answers)
        return _is_right(record) if wanted else None

    return of


_SOME_DAY = "2024-01-01"  # so that « 27 mai » counts as a date


def _holds_date(answer: str) -> bool:
    return bool(moments(answer, _SOME_DAY))


def _holds_number(answer: str) -> bool:
    return any(letter.isdigit() for letter in answer) and not _holds_date(answer)


# Citations ------------------------------------------------------------------------------------


def citation_precision(record: Record) -> float | None:
    """Share of the quotes that overlap words that answer (after ALCE, Gao et al. 2023)."""
    if not _is_judged_answer(record):
        return None
    gold = [place for places in record.gold for place in places]
    cited = record.cited
    return mean(any(one.overlaps(place) for place in gold) for one in cited) if cited else 0.0


def citation_recall(record: Record) -> float | None:
    """Share of the gold quotes that are cited, at least a part of each."""
    if not _is_judged_answer(record):
        return None
    return mean(
        any(one.overlaps(place) for one in record.cited for place in places)
        for places in record.gold
    )


def _is_judged_answer(record: Record) -> bool:
    return record.question.answerable and bool(record.gold) and not record.refused


def verbatim(record: Record) -> float | None:
    """Share of the quotes that stand in their report where they say."""
    return mean(record.quotes_found) if record.quotes_found else None


def _verdicts(verdict: str) -> "Of":
    def of(record: Record) -> float | None:
        statements = record.answer["statements"]
        return mean(one["verdict"] == verdict for one in statements) if statements else None

    return of


# Refusals -------------------------------------------------------------------------------------

_RIGHTLY, _WRONGLY, _MISSED, _ANSWERED = 3.0, 2.0, 1.0, 0.0


def _refusal(record: Record) -> float:
    """Return which of four it is; refusing is the positive class."""
    if record.refused:
        return _WRONGLY if record.question.answerable else _RIGHTLY
    return _ANSWERED if record.question.answerable else _MISSED


def _share(of: float, among: Sequence[float]) -> "Pool":
    def pool(values: Values) -> Values:
        chosen = np.isin(values, among)
        return _ratio((values == of).sum(-1), chosen.sum(-1))

    return pool


def _refusal_f1(values: Values) -> Values:
    right, wrong, missed = ((values == one).sum(-1) for one in (_RIGHTLY, _WRONGLY, _MISSED))
    return _ratio(2 * right, 2 * right + wrong + missed)


def _ratio(one: NDArray[Any], other: NDArray[Any]) -> Values:
    """Return their quotient, and no number where there is nothing to divide by."""
    found = np.full(np.shape(one), np.nan)
    np.divide(one, other, out=found, where=other > 0)
    return found


# How values become a figure -------------------------------------------------------------------


def _mean(values: Values) -> Values:
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(-1), known.sum(-1))


def _percentile(q: float) -> "Pool":
    return lambda values: np.asarray(np.percentile(values, q, axis=-1), dtype=np.float64)


Of = Callable[[Record], float | None]
Pool = Callable[[Values], Values]
"""From values along the last axis, those that say nothing being no numbers, to a figure each."""


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    of: Of
    better: Better = "more"
    pool: Pool = _mean

    def values(self, records: Sequence[Record]) -> Values:
        told = (self.of(record) for record in records)
        return np.array([np.nan if value is None else value for value in told], dtype=float)


MEASURES: tuple[Measure, ...] = (
    Measure("right", _is_right),
    Measure("facts", facts),
    Measure("exact_match", _against_answers(exact_match)),
    Measure("token_f1", _against_answers(token_f1)),
    Measure("date_accuracy", _where_an_answer(_holds_date)),
    Measure("number_accuracy", _where_an_answer(_holds_number)),
    Measure("citation_precision", citation_precision),
    Measure("citation_recall", citation_recall),
    Measure("verbatim", verbatim),
    Measure("unsupported", _verdicts("unsupported"), better="less"),
    Measure(
        "statements",
        lambda r: None if r.refused else float(len(r.answer["statements"])),
        better="",
    ),
    Measure("recall_1", _ranked(recall, 1)),
    Measure("recall_5", _ranked(recall, 5)),
    Measure("recall_20", _ranked(recall, 20)),
    Measure("mrr_10", _ranked(reciprocal_rank, 10)),
    Measure("ndcg_10", _ranked(ndcg, 10)),
    Measure("refusal_precision", _refusal, pool=_share(_RIGHTLY, (_RIGHTLY, _WRONGLY))),
    Measure("refusal_recall", _refusal, pool=_share(_RIGHTLY, (_RIGHTLY, _MISSED))),
    Measure("refusal_f1", _refusal, pool=_refusal_f1),
    Measure(
        "wrongly_refused", _refusal, better="less", pool=_share(_WRONGLY, (_WRONGLY, _ANSWERED))
    ),
    Measure(
        "language", lambda record: float(record.answer["language"] == record.question.language)
    ),
    Measure("ms_p50", lambda record: float(record.ms), better="less", pool=_percentile(50)),
    Measure("ms_p95", lambda record: float(record.ms), better="less", pool=_percentile(95)),
)
"""In the order of a table: a citation figure never stands without those of correctness above."""
