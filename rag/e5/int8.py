"""The encoder with 8-bit weights and activations.

NNCF does it: SmoothQuant (Xiao et al., ICML 2023) moves what is hard to round from the activations
into the weights, then ranges are read off texts of the kind the model will see. Rounding without
either (dynamic quantisation) cost 7 points of R@1.
"""

import contextlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.e5.graph import openvino
from rag.e5.packed import PackedModel, unpacked
from rag.e5.tokenizer import Pieces

CALIBRATION = Path(__file__).parent / "calibration.txt"
"""One text a line, written for this purpose: reports, sentences and questions in French, English
and Vietnamese."""

_TOGETHER = 4
_LONGEST = 256


def quantised(graph: Any, packed: PackedModel, pieces: Pieces) -> Any:
    """Return `graph` with its matrix products in 8 bits, its inputs and outputs unchanged."""
    openvino()  # before NNCF, which would report its use otherwise
    batches = list(_inputs(packed, pieces))
    with contextlib.redirect_stdout(sys.stderr):  # NNCF's progress, and its log since the import
        import nncf

        return nncf.quantize(
            graph,
            nncf.Dataset(batches),
            subset_size=len(batches),
            model_type=nncf.ModelType.TRANSFORMER,
            # Rounding the sum that becomes the vector itself costs 2 points of R@1.
            ignored_scope=nncf.IgnoredScope(types=["NormalizeL2"]),
        )


def _inputs(packed: PackedModel, pieces: Pieces) -> Iterator[dict[str, Any]]:
    """Yield the calibration texts as inputs of the graph, texts of like length together."""
    texts = CALIBRATION.read_text(encoding="utf-8").splitlines()
    rows = sorted(pieces.numbers(texts, _LONGEST), key=len)
    batches = [rows[start : start + _TOGETHER] for start in range(0, len(rows), _TOGETHER)]
    random.Random(0).shuffle(batches)
    for batch in batches:
        ids = np.zeros((len(batch), len(batch[-1])), np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for row, found in enumerate(batch):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        yield {"words": unpacked(packed.words[ids]), "mask": mask}
