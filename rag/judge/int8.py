"""The judge with 8-bit weights and activations: ``python -m rag.judge.int8 FOLDER``."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.e5.int8 import calibration_texts, written
from rag.e5.packed import PackedModel, read_packed
from rag.e5.tokenizer import Pieces
from rag.judge.graph import judge_graph
from rag.judge.judge import inputs
from rag.judge.weights import trained
from rag.judge.window import Sentence, window

_TOGETHER = 4


def main(folder: Path) -> None:
    """Do that in this process, for as long as the one that started it lives."""
    packed, stored = read_packed(), trained()
    if stored is None:
        raise RuntimeError("the judge's weights are missing")
    graph = judge_graph(packed, stored.weights)
    written(folder, graph, _calibration(packed, Pieces(folder)))


def _calibration(packed: PackedModel, pieces: Pieces) -> Iterator[dict[str, Any]]:
    """Yield windows made of the embedder's calibration texts: a text asked of another."""
    texts = calibration_texts()
    chance = random.Random(0)
    rows = []
    for text in texts:
        question, before, after = (" ".join(chance.choice(texts).split()[:30]) for _ in range(3))
        rows.append(window(pieces, question, Sentence(text, question[:60], before, after)))
    rows.sort(key=lambda one: len(one.ids))
    batches = [rows[start : start + _TOGETHER] for start in range(0, len(rows), _TOGETHER)]
    chance.shuffle(batches)
    for batch in batches:
        yield inputs(packed.words, batch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
