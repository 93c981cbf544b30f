"""The encoder of the packed model as an OpenVINO graph.

Written out rather than traced from torch: it takes a second instead of ten, needs neither torch
nor transformers, and runs a tenth faster (`benchmarks/README.md`). It is also the shortest account
of what the model computes (Devlin et al., BERT, arXiv 1810.04805).

The embeddings of the words are looked up outside: 250,000 rows, of which a batch needs a few
hundred.
"""

import sys
from collections.abc import Mapping
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
    graph = Graph(packed)
    op = graph.op
    words, mask = graph.inputs()
    x = op.multiply(graph.tokens(words, mask), op.unsqueeze(mask, graph.ints(2)))
    summed = op.reduce_sum(x, graph.ints(1))
    vectors = op.normalize_l2(summed, graph.ints(1), 1e-12, "max")
    return graph.model([vectors], [words, mask], "multilingual-e5-small")


def save(graph: Any, folder: Path) -> None:
    """Write `graph` into `folder`, as ``encoder.xml`` and ``encoder.bin``.

    :raises OSError: the disk is full.
    """
    try:
        openvino().save_model(graph, folder / "encoder.xml", compress_to_fp16=False)
    except RuntimeError as error:
        raise OSError(f"the graph cannot be written: {error}") from None


class Graph:
    """The parts of a graph; `trained` are weights that stand in place of the packed ones."""

    def __init__(self, packed: PackedModel, trained: Mapping[str, Floats] | None = None) -> None:
        self._packed = packed
        self._weights = {**dict(packed.weights()), **(trained or {})}
        self._ov = openvino()
        self.op = self._ov.opset13

    def inputs(self) -> tuple[Any, Any]:
        """Return the inputs ``words`` and ``mask``."""
        words = self.op.parameter([-1, -1, self._packed.hidden], np.float32, name="words")
        return words, self.op.parameter([-1, -1], np.float32, name="mask")

    def tokens(self, words: Any, mask: Any) -> Any:
        """Return what the last layer makes of each token: (texts, tokens, 384)."""
        op, packed = self.op, self._packed
        penalty = op.multiply(op.subtract(mask, self._float(1)), self._float(_FAR_BELOW))
        penalty = op.unsqueeze(penalty, self.ints(1, 2))
        x = self._norm(op.add(words, self._positions(words)), "embeddings.LayerNorm")
        for layer in range(packed.layers):
            x = self._layer(x, penalty, f"encoder.layer.{layer}")
        return x

    def model(self, outputs: list[Any], inputs: list[Any], name: str) -> Any:
        return self._ov.Model(outputs, inputs, name)

    def _positions(self, words: Any) -> Any:
        """What is added to each word for where it stands in its text; all are of one type."""
        op = self.op
        table = self._weights["embeddings.position_embeddings.weight"]
        table = table + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = op.gather(op.shape_of(words), self.ints(1), self.ints(0))
        first, step, axis = self.ints(0), self.ints(1), self.ints(0)
        positions = op.slice(self._floats(table), first, length, step, axis)
        return op.unsqueeze(positions, self.ints(0))

    def _layer(self, x: Any, penalty: Any, name: str) -> Any:
        op = self.op
        seen = self.linear(self._attention(x, penalty, name), f"{name}.attention.output.dense")
        x = self._norm(op.add(x, seen), f"{name}.attention.output.LayerNorm")
        wide = op.gelu(self.linear(x, f"{name}.intermediate.dense"), "erf")
        return self._norm(
            op.add(x, self.linear(wide, f"{name}.output.dense")), f"{name}.output.LayerNorm"
        )

    def _attention(self, x: Any, penalty: Any, name: str) -> Any:
        op, packed = self.op, self._packed
        one_head = packed.hidden // packed.heads
        scale = np.float32(one_head**-0.5)
        query, key, value = (
            self._heads(self.linear(x, f"{name}.attention.self.{part}", by), one_head)
            for part, by in (("query", scale), ("key", 1), ("value", 1))
        )
        scores = op.add(op.matmul(query, key, False, True), penalty)
        mixed = op.matmul(op.softmax(scores, -1), value, False, False)
        together = op.transpose(mixed, self.ints(0, 2, 1, 3))
        return op.reshape(together, self.ints(0, 0, packed.hidden), True)

    def _heads(self, x: Any, one_head: int) -> Any:
        shape = self.ints(0, 0, self._packed.heads, one_head)
        return self.op.transpose(self.op.reshape(x, shape, True), self.ints(0, 2, 1, 3))

    def linear(self, x: Any, name: str, by: float | np.float32 = 1) -> Any:
        """Return ``x @ weight.T + bias``, both of that name and times `by`."""
        weight = self._floats(self._weights[f"{name}.weight"] * np.float32(by))
        bias = self._floats(self._weights[f"{name}.bias"] * np.float32(by))
        return self.op.add(self.op.matmul(x, weight, False, True), bias)

    def _norm(self, x: Any, name: str) -> Any:
        op = self.op
        even = op.mvn(x, self.ints(-1), True, self._packed.layer_norm_eps, "inside_sqrt")
        scaled = op.multiply(even, self._floats(self._weights[f"{name}.weight"]))
        return op.add(scaled, self._floats(self._weights[f"{name}.bias"]))

    def _floats(self, values: Floats) -> Any:
        return self.op.constant(np.ascontiguousarray(values, np.float32))

    def _float(self, value: float) -> Any:
        return self.op.constant(np.float32(value))

    def ints(self, *values: int) -> Any:
        """Return whole numbers as a constant: axes, shapes."""
        return self.op.constant(np.array(values, np.int64))
