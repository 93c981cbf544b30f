"""What a judge reads, in which order: first sentences, then whole questions."""

import random
from collections import defaultdict
from collections.abc import Sequence

from training.examples import PUBLIC
from training.losses import of_questions, of_sentences
from training.measure import TOKENS_PER_BATCH, Row, batches
from training.steps import Batch, Course

BESIDE = ("same_report", "found")
"""Kinds that nobody wrote: false sentences beside the pairs."""

FROM_MEMORY = "memoire"
"""The file of questions that share hardly a word with the sentence that answers."""


def sentences(rows: Sequence[Row], times: int) -> Course:
    """Return the first course: the public sets, what is found for them, our own `times`.

    For what an answer is, for what is tempting, and last for what only looks like an answer.
    """
    sets, nearer, ours = phases(rows, times)
    return Course(
        steady=[*batches(sets, 0), *batches(nearer, 1)], falling=list(batches(ours, 2)),
        loss=of_sentences, rate=1e-4, rate_of_heads=1e-3, warm_up=23,
    )  # fmt: skip


def phases(rows: Sequence[Row], times: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Return what is read first, second and last.

    The public sets; half of them again with what was found for their questions; a quarter of them
    again with what was found for ours, and our pairs `times`.
    """
    sets = [row for row in rows if row[0].origin in PUBLIC and row[0].kind != "found"]
    nearer = [row for row in rows if row[0].origin in PUBLIC and row[0].kind == "found"]
    ours = [row for row in rows if row[0].origin not in PUBLIC]
    beside = [row for row in ours if row[0].kind in BESIDE]
    pairs = [row for row in ours if row[0].kind not in BESIDE]
    chance = random.Random(0)
    half, quarter = (chance.sample(sets, len(sets) // part) for part in (2, 4))
    return sets, [*half, *nearer], [*quarter, *beside, *pairs * times]


def questions(rows: Sequence[Row], share: float) -> Course:
    """Return the last course: questions, each with all that is read for it.

    :param share: of the questions; of `FROM_MEMORY` all are read
    """
    of_each: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[0].kind != "same_report":  # seldom as tempting as what is found
            of_each[row[0].question].append(row)
    hard = [group for group in of_each.values() if group[0][0].origin == FROM_MEMORY]
    others = [group for group in of_each.values() if group[0][0].origin != FROM_MEMORY]
    some = random.Random(0).sample(others, int(len(others) * share))
    return Course(
        steady=[], falling=_whole([*hard, *some]), loss=of_questions,
        rate=5e-5, rate_of_heads=3e-4, warm_up=40, averaged=True,
    )  # fmt: skip


def _whole(groups: Sequence[list[Row]]) -> list[Batch]:
    """Return batches of whole questions, those of like length together, in an order of chance."""
    chance = random.Random(0)
    found: list[Batch] = []
    batch: list[Row] = []
    for group in sorted(groups, key=lambda one: (_longest(one) // 8, chance.random())):
        if batch and _longest(group) * (len(batch) + len(group)) > TOKENS_PER_BATCH:
            found.append(batch)
            batch = []
        batch = [*batch, *group]
    found.append(batch)
    chance.shuffle(found)
    return found


def _longest(rows: Sequence[Row]) -> int:
    return max(len(window.ids) for _, window in rows)


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
