"""Rows of like length together: what a step of training reads, or one pass of measuring."""

import random
from collections.abc import Sequence

from rag.judge.window import Window
from training.examples import Example

TOKENS = 3000
"""Of a batch at most, the rows filled up to the longest; a question may have more by itself."""

Row = tuple[Example, Window]


def one_by_one(rows: Sequence[Row], seed: int) -> list[list[Row]]:
    """Return the rows in batches, in an order of chance."""
    return whole([[row] for row in rows], seed)


def whole(groups: Sequence[Sequence[Row]], seed: int) -> list[list[Row]]:
    """Return the groups in batches, in an order of chance; no group is in two."""
    chance = random.Random(seed)
    found: list[list[Row]] = []
    batch: list[Row] = []
    for group in sorted(groups, key=lambda one: (_longest(one) // 8, chance.random())):
        together = [*batch, *group]
        if batch and _longest(together) * len(together) > TOKENS:
            found.append(batch)
            together = [*group]
        batch = together
    found.append(batch)
    chance.shuffle(found)
    return found


def _longest(rows: Sequence[Row]) -> int:
    return max(len(window.ids) for _, window in rows)
