"""What a judge reads, in which order and how fast: first sentences, then whole questions."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from rag.e5.packed import PackedModel
from rag.judge.calibration import tells_its_title
from training.batches import Row, one_by_one, whole
from training.examples import PUBLIC, Example
from training.losses import listwise, pointwise
from training.model import Judge

Loss = Callable[[Judge, PackedModel, Sequence[Row]], torch.Tensor]

BESIDE = ("same_report", "found")
"""Kinds that nobody wrote: false sentences beside the pairs."""

FROM_MEMORY, PLAIN, LEADS = "memoire", "simples", "tetes"
"""The files of questions that share hardly a word with the sentence that answers, of questions in
the very words of it, and of questions that the first sentence of a report answers. A judge that
reads only those from memory learns that common words are a bad sign; and a first sentence tells
most of what people ask, but tempts most too where nothing answers."""

SHARES: Mapping[str, float] = {FROM_MEMORY: 0.15, PLAIN: 1.0, LEADS: 1.0}
"""Of the questions of these files, what the last stage reads."""


class Stage(NamedTuple):
    """A part of the training."""

    steady: Sequence[Sequence[Row]]
    """Batches that are read while the rate stays, after it has risen."""
    falling: Sequence[Sequence[Row]]
    """Batches that are read while the rate falls to 0."""
    loss: Loss
    rate: float
    rate_of_heads: float
    warm_up: int
    """Steps."""
    averaged: bool = False
    """Whether what is learned is the moving average of the weights."""

    @property
    def batches(self) -> list[Sequence[Row]]:
        return [*self.steady, *self.falling]

    def rate_at(self, step: int) -> float:
        """Return the rate of a step, as a share of the full one."""
        past = max(0, step - len(self.steady)) / max(1, len(self.falling))
        return min((step + 1) / self.warm_up, max(0.0, 1 - past))


def sentences(rows: Sequence[Row], times: int) -> Stage:
    """Return the first stage: each sentence by itself.

    The public sets, for what an answer is; half of them again with what was found for their
    questions, for what is tempting; a quarter of them again with our pairs, `times`, for what only
    looks like an answer. What is found for ours is left to the last stage.
    """
    sets = [row for row in rows if row[0].origin in PUBLIC and row[0].kind != "found"]
    nearer = [row for row in rows if row[0].origin in PUBLIC and row[0].kind == "found"]
    ours = [row for row in rows if row[0].origin not in PUBLIC]
    beside = [row for row in ours if row[0].kind == "same_report"]
    pairs = [row for row in ours if row[0].kind not in BESIDE]
    chance = random.Random(0)
    half, quarter = (chance.sample(sets, len(sets) // part) for part in (2, 4))
    return Stage(
        steady=[*one_by_one(sets, 0), *one_by_one([*half, *nearer], 1)],
        falling=one_by_one([*quarter, *beside, *pairs * times], 2),
        loss=pointwise, rate=1e-4, rate_of_heads=1e-3, warm_up=23,
    )  # fmt: skip


def questions(rows: Sequence[Row], share: float) -> Stage:
    """Return the last stage: questions, each with what is written and what is found for it."""
    return whole_questions(asked(rows, share))


def asked(
    rows: Sequence[Row], share: float, shares: Mapping[str, float] = SHARES
) -> list[list[Row]]:
    """Return the rows of each question that the last stage reads.

    Of ours all those whose answer tells the title again: few are, and a judge that reads too few
    holds such sentences for tempting only.

    :param share: of the other questions of each file that `shares` does not name
    """
    of_each: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[0].kind != "same_report":  # seldom as tempting as what is found
            of_each[row[0].question].append(row)
    of_share: dict[float, list[list[Row]]] = defaultdict(list)
    for group in of_each.values():
        if any(_tells_its_title(one) for one, _ in group):
            of_share[1.0].append(group)
        else:
            of_share[max(shares.get(one.origin, share) for one, _ in group)].append(group)
    chance = random.Random(0)
    return [
        group
        for part, groups in of_share.items()
        for group in chance.sample(groups, int(len(groups) * part))
    ]


def _tells_its_title(example: Example) -> bool:
    """Whether it is ours, answers, and tells its title again.

    The title of a public article is often a single word, which most of its sentences say.
    """
    is_ours = example.origin not in PUBLIC
    return is_ours and example.answers and tells_its_title(example.sentence)


def whole_questions(groups: Sequence[Sequence[Row]]) -> Stage:
    """Return a last stage of these questions, each with its rows."""
    return Stage(
        steady=[], falling=whole(groups, 0), loss=listwise,
        rate=5e-5, rate_of_heads=3e-4, warm_up=40, averaged=True,
    )  # fmt: skip


def fewer(rows: Sequence[Row], most: int) -> list[Row]:
    """Return the public rows and about `most` pairs of ours with what stands beside them."""
    ours: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[0].origin not in PUBLIC:
            ours[row[0].question].append(row)
    order = list(ours.values())
    random.Random(0).shuffle(order)
    kept = [row for row in rows if row[0].origin in PUBLIC]
    count = 0
    for some in order:
        count += sum(example.kind not in BESIDE for example, _ in some)
        if count > most:
            break
        kept += some
    return kept
