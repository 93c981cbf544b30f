"""How good a judge is on examples of reports and articles that were kept apart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from rag.e5.packed import PackedModel
from rag.judge.judge import best_span
from training.batches import Row, one_by_one
from training.examples import PUBLIC, Example
from training.model import Judge, in_bf16, inputs_of

_FOLDS = 5


class Found(NamedTuple):
    """What a judge says of a row: its relevance, and which characters are the short answer."""

    relevance: float
    short: tuple[int, int] | None


@torch.no_grad()
def judged(judge: Judge, packed: PackedModel, rows: Sequence[Row]) -> list[Found]:
    """Return what the judge says of each row, in their order."""
    judge.eval()
    found: dict[int, Found] = {}
    for batch in one_by_one(rows, 0):
        drawn = inputs_of(packed, [window for _, window in batch])
        with in_bf16():
            relevance, span = judge(drawn)
        for row, score, sides in zip(batch, relevance.float(), span.float().numpy(), strict=True):
            found[id(row)] = Found(float(score), best_span(row[1], sides))
    return [found[id(row)] for row in rows]


def calibrated(rows: Sequence[Row], found: Sequence[Found]) -> dict[str, tuple[float, float]]:
    """Return (scale, shift) by language: a logistic regression on the relevance (Platt, 1999)."""
    fitted = {}
    for language in ("fr", "en", "vi"):
        scores, answers, _ = _of_language(rows, found, language)
        if len(set(answers.tolist())) < 2:
            continue
        model = LogisticRegression(C=1e3).fit(scores, answers)
        scale, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
        fitted[language] = (round(scale, 4), round(shift, 4))
    return fitted


def reliability(rows: Sequence[Row], found: Sequence[Found]) -> dict[str, Any]:
    """Return by language the expected calibration error (Naeini et al., 2015), and its ten bins.

    Each example's probability is that of a calibration fitted without its article or report. A bin:
    (mean probability, share that does answer, examples).
    """
    told = {}
    for language in ("fr", "en", "vi"):
        scores, answers, groups = _of_language(rows, found, language)
        if len(set(groups)) < _FOLDS or len(set(answers.tolist())) < 2:
            continue
        said = cross_val_predict(
            LogisticRegression(C=1e3), scores, answers, groups=groups,
            cv=GroupKFold(_FOLDS), method="predict_proba",
        )[:, 1]  # fmt: skip
        place = np.minimum((said * 10).astype(int), 9)
        which = [place == n for n in range(10) if (place == n).any()]
        bins = [(float(said[w].mean()), float(answers[w].mean()), int(w.sum())) for w in which]
        error = sum(count * abs(mean - share) for mean, share, count in bins) / len(said)
        rounded = [(round(mean, 3), round(share, 3), count) for mean, share, count in bins]
        told[language] = {"error": round(error, 3), "bins": rounded}
    return told


def _of_language(
    rows: Sequence[Row], found: Sequence[Found], language: str
) -> tuple[Any, Any, list[str]]:
    """Return relevance (n, 1), whether each answers (n,), and their groups."""
    mine = [
        (one.relevance, example.answers, example.group)
        for (example, _), one in zip(rows, found, strict=True)
        if example.language == language
    ]
    scores = np.array([[score] for score, _, _ in mine])
    return scores, np.array([answers for _, answers, _ in mine]), [group for *_, group in mine]


def measured(rows: Sequence[Row], found: Sequence[Found]) -> Mapping[str, Any]:
    """Return AUC by set, language and kind of false pair, short answers, and whole questions."""
    examples = [example for example, _ in rows]
    return {
        "auc": auc_by_kind(examples, found),
        "short": short_found(examples, found),
        "first": first_found(examples, found),
        "apart": told_apart(examples, found),
        "calibration": reliability(rows, found),
    }


def auc_by_kind(
    examples: Sequence[Example], found: Sequence[Found]
) -> dict[str, tuple[float, int]]:
    """Return AUC and how many false pairs, by set, by its language and by its kinds."""
    true: dict[str, list[float]] = defaultdict(list)
    false: dict[tuple[str, str], list[float]] = defaultdict(list)
    for example, one in zip(examples, found, strict=True):
        name = _set(example)
        for group in (name, f"{name} {example.language}"):
            if example.answers:
                true[group].append(one.relevance)
            else:
                false[group, "all"].append(one.relevance)
        if not example.answers:
            false[name, example.kind].append(one.relevance)
    return {
        f"{name}: {kind}": (_auc(true[name], scores), len(scores))
        for (name, kind), scores in sorted(false.items())
        if true[name]
    }


def short_found(
    examples: Sequence[Example], found: Sequence[Found]
) -> dict[str, tuple[float, int]]:
    """Return by set the share of short answers that the words marked are, and of how many."""
    short: dict[str, list[bool]] = defaultdict(list)
    for example, one in zip(examples, found, strict=True):
        if example.short:
            short[_set(example)].append(_is_right(example, one.short))
    return {name: (round(float(np.mean(one)), 3), len(one)) for name, one in short.items()}


def first_found(
    examples: Sequence[Example], found: Sequence[Found]
) -> dict[str, tuple[float, int]]:
    """Return by language the share of our questions whose answer stands first, and of how many."""
    first: dict[str, list[bool]] = defaultdict(list)
    for rows in _questions(examples, found):
        if any(example.answers for example, _ in rows):
            best, _ = max(rows, key=lambda row: row[1])
            first[best.language].append(best.answers)
    return {name: (round(float(np.mean(one)), 3), len(one)) for name, one in first.items()}


def told_apart(examples: Sequence[Example], found: Sequence[Found]) -> tuple[float, int] | None:
    """Return AUC of our questions that have an answer above the others, of which how many.

    A question is worth what its best sentence is. None where there is only one of the two sorts.
    """
    best: dict[bool, list[float]] = {True: [], False: []}
    for rows in _questions(examples, found):
        answered = any(example.answers for example, _ in rows)
        best[answered].append(max(relevance for _, relevance in rows))
    if not all(best.values()):
        return None
    return _auc(best[True], best[False]), len(best[False])


def _questions(
    examples: Sequence[Example], found: Sequence[Found]
) -> list[list[tuple[Example, float]]]:
    """Return the sentences of each question of ours, and their relevance."""
    asked: dict[str, list[tuple[Example, float]]] = defaultdict(list)
    for example, one in zip(examples, found, strict=True):
        if example.origin not in PUBLIC:
            asked[example.question].append((example, one.relevance))
    return list(asked.values())


def _set(example: Example) -> str:
    return example.origin if example.origin in PUBLIC else "own"


def _auc(true: Sequence[float], false: Sequence[float]) -> float:
    """Return the area under the ROC curve: how often a true pair stands above a false one."""
    labels = [1] * len(true) + [0] * len(false)
    return round(float(roc_auc_score(labels, [*true, *false])), 3)


def _is_right(example: Example, said: tuple[int, int] | None) -> bool:
    """Whether the words marked hold the answer, and hardly more."""
    if said is None or example.short is None:
        return False
    marked, gold = (example.sentence.text[slice(*one)].strip() for one in (said, example.short))
    return gold in marked and len(marked) <= len(gold) + 12
