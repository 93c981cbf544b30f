"""The encoder of the packed model as an OpenVINO graph.

Written out rather than traced from torch: it takes a second instead of ten, needs neither torch
nor transformers, and runs a tenth faster (`benchmarks/README.md`). It is also the shortest account
of what the model computes (Devlin et al., BERT, arXiv 1810.04805).

The embeddings of the words are looked up outside: 250,000 rows, of which a batch needs a few
hundred.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from rag.e5.packed import Floats, PackedModel

_FAR_BELOW = 10_000.0
"""Taken from the scores of padding, so that its share of the attention is nil."""


def openvino() -> Any:
    """Return the module `openvino`, kept from reporting its use to anybody."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def encoder(packed: PackedModel) -> Any:
    """Return the graph: words (texts, tokens, 384), mask (texts, tokens) -> vectors (texts, 384).

    Both inputs are float32; the mask is 1 for a token and 0 for padding. The vectors are
    means over the tokens, of length 1.
    """
    return _Graph(packed).model()


def save(graph: Any, folder: Path) -> None:
    """Write `graph` into `folder`, as ``encoder.xml`` and ``encoder.bin``.

    :raises OSError: the disk is full.
    """
    try:
        openvino().save_model(graph, folder / "encoder.xml", compress_to_fp16=False)
    except RuntimeError as error:
        raise OSError(f"the graph cannot be written: {error}") from None


class _Graph:
    def __init__(self, packed: PackedModel) -> None:
        self._packed = packed
        self._weights = dict(packed.weights())
        self._ov = openvino()
        self._op = self._ov.opset13

    def model(self) -> Any:
        op, packed = self._op, self._packed
        words = op.parameter([-1, -1, packed.hidden], np.float32, name="words")
        mask = op.parameter([-1, -1], np.float32, name="mask")
        penalty = op.multiply(op.subtract(mask, self._float(1)), self._float(_FAR_BELOW))
        penalty = op.unsqueeze(penalty, self._ints(1, 2))
        x = self._norm(op.add(words, self._positions(words)), "embeddings.LayerNorm")
        for layer in range(packed.layers):
            x = self._layer(x, penalty, f"encoder.layer.{layer}")
        x = op.multiply(x, op.unsqueeze(mask, self._ints(2)))
        summed = op.reduce_sum(x, self._ints(1))
        vectors = op.normalize_l2(summed, self._ints(1), 1e-12, "max")
        return self._ov.Model([vectors], [words, mask], "multilingual-e5-small")

    def _positions(self, words: Any) -> Any:
        """What is added to each word for where it stands in its text; all are of one type."""
        op = self._op
        table = self._weights["embeddings.position_embeddings.weight"]
        table = table + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = op.gather(op.shape_of(words), self._ints(1), self._ints(0))
        first, step, axis = self._ints(0), self._ints(1), self._ints(0)
        positions = op.slice(self._floats(table), first, length, step, axis)
        return op.unsqueeze(positions, self._ints(0))

    def _layer(self, x: Any, penalty: Any, name: str) -> Any:
        op = self._op
        seen = self._linear(self._attention(x, penalty, name), f"{name}.attention.output.dense")
        x = self._norm(op.add(x, seen), f"{name}.attention.output.LayerNorm")
        wide = op.gelu(self._linear(x, f"{name}.intermediate.dense"), "erf")
        return self._norm(
            op.add(x, self._linear(wide, f"{name}.output.dense")), f"{name}.output.LayerNorm"
        )

    def _attention(self, x: Any, penalty: Any, name: str) -> Any:
        op, packed = self._op, self._packed
        one_head = packed.hidden // packed.heads
        scale = np.float32(one_head**-0.5)
        query, key, value = (
            self._heads(self._linear(x, f"{name}.attention.self.{part}", by), one_head)
            for part, by in (("query", scale), ("key", 1), ("value", 1))
        )
        scores = op.add(op.matmul(query, key, False, True), penalty)
        mixed = op.matmul(op.softmax(scores, -1), value, False, False)
        together = op.transpose(mixed, self._ints(0, 2, 1, 3))
        return op.reshape(together, self._ints(0, 0, packed.hidden), True)

    def _heads(self, x: Any, one_head: int) -> Any:
        shape = self._ints(0, 0, self._packed.heads, one_head)
        return self._op.transpose(self._op.reshape(x, shape, True), self._ints(0, 2, 1, 3))

    def _linear(self, x: Any, name: str, by: float | np.float32 = 1) -> Any:
        weight = self._floats(self._weights[f"{name}.weight"] * np.float32(by))
        bias = self._floats(self._weights[f"{name}.bias"] * np.float32(by))
        return self._op.add(self._op.matmul(x, weight, False, True), bias)

    def _norm(self, x: Any, name: str) -> Any:
        op = self._op
        even = op.mvn(x, self._ints(-1), True, self._packed.layer_norm_eps, "inside_sqrt")
        scaled = op.multiply(even, self._floats(self._weights[f"{name}.weight"]))
        return op.add(scaled, self._floats(self._weights[f"{name}.bias"]))

    def _floats(self, values: Floats) -> Any:
        return self._op.constant(np.ascontiguousarray(values, np.float32))

    def _float(self, value: float) -> Any:
        return self._op.constant(np.float32(value))

    def _ints(self, *values: int) -> Any:
        return self._op.constant(np.array(values, np.int64))
