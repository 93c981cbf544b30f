"""The judge as an OpenVINO graph: the encoder with what was trained, and three heads."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rag.e5.graph import Graph
from rag.e5.packed import Floats, PackedModel


def judge_graph(packed: PackedModel, trained: Mapping[str, Floats]) -> Any:
    """Return the graph.

    Inputs, float32: words (rows, tokens, 384), mask and sentence (rows, tokens), which are 1 for a
    token and for a token of the sentence. Outputs: relevance (rows, 1), the log-odds that the
    sentence answers; span (rows, tokens, 2), the scores of a token as first and last of the short
    answer.
    """
    graph = Graph(packed, trained)
    op = graph.op
    words, mask = graph.inputs()
    sentence = op.parameter([-1, -1], np.float32, name="sentence")
    x = graph.tokens(words, mask)
    inside = op.unsqueeze(sentence, graph.ints(2))
    total = op.reduce_sum(op.multiply(x, inside), graph.ints(1))
    tokens = op.maximum(op.reduce_sum(inside, graph.ints(1)), np.float32(1))
    mean = op.divide(total, tokens)
    first = op.squeeze(op.gather(x, graph.ints(0), graph.ints(1)), graph.ints(1))
    pooled = op.tanh(graph.linear(op.concat([first, mean], -1), "pooled"))
    relevance = graph.linear(pooled, "relevance")
    span = graph.linear(x, "span")
    relevance.output(0).set_names({"relevance"})
    span.output(0).set_names({"span"})
    return graph.model([relevance, span], [words, mask, sentence], "judge")
