"""How well vectors find: question sets, ranks, and intervals for differences."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.e5.packed import Floats

SETS = ("piaf_dev", "xquad_en")
MEASURES = ("R@1", "R@5", "MRR@10")
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Passages, answerable questions, and for each question the places of its passages."""

    passages: list[str]
    questions: list[str]
    gold: list[list[int]]


@dataclass(frozen=True, slots=True)
class Vectors:
    """What an engine made of a set."""

    passages: Floats
    questions: Floats


def read_set(folder: Path, name: str) -> QuestionSet:
    """Read a set as `eval/README.md` of the shared folder describes it."""
    passages = _rows(folder / f"{name}.passages.jsonl")
    questions = [row for row in _rows(folder / f"{name}.questions.jsonl") if row["answerable"]]
    places = {row["id"]: place for place, row in enumerate(passages)}
    return QuestionSet(
        passages=[f"{row['title']}\n{row['text']}" for row in passages],
        questions=[row["question"] for row in questions],
        gold=[[places[one] for one in row["gold_passage_ids"]] for row in questions],
    )


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def scores(questions: Floats, passages: Floats, gold: list[list[int]]) -> dict[str, Floats]:
    """Return each measure, a value a question: of the best of its passages, by vectors alone."""
    similar = questions @ passages.T
    best = np.array([row[places].max() for row, places in zip(similar, gold, strict=True)])
    rank = 1 + (similar > best[:, None]).sum(axis=1)
    each = ((rank <= 1), (rank <= 5), np.where(rank <= 10, 1 / rank, 0))
    return {name: value.astype(np.float32) for name, value in zip(MEASURES, each, strict=True)}


def compared(found: Mapping[str, Floats], reference: Mapping[str, Floats]) -> dict[str, dict]:
    """Return each measure's mean, and how far from the reference's, with a 95 % interval.

    The interval is of the difference, by a paired bootstrap over the questions: what two engines
    get wrong alike cancels out.
    """
    random = np.random.default_rng(0)
    questions = len(reference[MEASURES[0]])
    drawn = random.integers(0, questions, (_RESAMPLES, questions))
    result = {}
    for name in MEASURES:
        difference = found[name] - reference[name]
        low, high = np.quantile(difference[drawn].mean(axis=1), [0.025, 0.975])
        result[name] = {
            "mean": float(found[name].mean()),
            "difference": float(difference.mean()),
            "interval": [float(low), float(high)],
        }
    return result


def quality(found: Vectors, reference: Vectors, gold: list[list[int]]) -> dict:
    """Return how near the vectors are to the reference's, and how well they find.

    Also mixed, as when an index made with one engine is asked with another.
    """
    cosines = (found.passages * reference.passages).sum(axis=1)
    base = scores(reference.questions, reference.passages, gold)
    pairs = {
        "alone": (found.questions, found.passages),
        "its questions on reference passages": (found.questions, reference.passages),
        "reference questions on its passages": (reference.questions, found.passages),
    }
    return {
        "cosine_mean": float(cosines.mean()),
        "cosine_min": float(cosines.min()),
        "cosine_mean_questions": float((found.questions * reference.questions).sum(axis=1).mean()),
        **{name: compared(scores(*pair, gold), base) for name, pair in pairs.items()},
    }
