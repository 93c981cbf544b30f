"""The default model as torch computes it, exported to ONNX and traced by OpenVINO.

All graphs take the same two inputs as the hand-written one (`rag.e5.graph.encoder`): the embeddings
of the words, looked up outside, and the mask. So only the graphs and the runtimes are compared.
Imports torch: about 5 s.
"""

import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import AutoModel

from rag.e5.graph import openvino

WORDS, MASK, VECTORS = "words", "mask", "vectors"


class Sentences(torch.nn.Module):
    """BERT, the mean over the tokens, and the vector's length made 1."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        # Attention spelled out: torch's fused one runs a quarter slower once in ONNX Runtime.
        self.encoder = AutoModel.from_pretrained(folder, attn_implementation="eager")

    def forward(self, words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        found = self.encoder(inputs_embeds=words, attention_mask=mask.long())
        summed = (found.last_hidden_state * mask.unsqueeze(2)).sum(1)
        return torch.nn.functional.normalize(summed, dim=1)


def to_onnx(source: Path, path: Path) -> None:
    """Write the sentence-transformers folder `source` as an ONNX graph.

    By the exporter made on torch.export: the older one bakes the example's mask into the graph
    (cosine 0.98 on a batch of texts of several lengths).
    """
    texts, tokens = torch.export.Dim("texts", max=4096), torch.export.Dim("tokens", max=512)
    with contextlib.redirect_stdout(sys.stderr):
        torch.onnx.export(
            Sentences(source).eval(),
            _example(),
            path,
            input_names=[WORDS, MASK],
            output_names=[VECTORS],
            dynamic_shapes={name: {0: texts, 1: tokens} for name in (WORDS, MASK)},
            dynamo=True,
            external_data=False,
        )


def to_onnx_int8(path: Path, batches: list[dict[str, Any]]) -> None:
    """Replace the ONNX graph at `path` by one with 8-bit products of weights.

    ONNX Runtime's own static quantisation: QDQ, weights per channel, activations per tensor, their
    ranges the least and greatest values seen (MinMax). The products of attention stay in f32.
    """
    prepared = path.with_name("prepared.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        path,
        _Calibration(batches),
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm"],
        nodes_to_exclude=_products_of_activations(prepared),
        calibrate_method=CalibrationMethod.MinMax,
    )
    prepared.unlink()


def _products_of_activations(path: Path) -> list[str]:
    graph = onnx.load(path).graph
    constant = {tensor.name for tensor in graph.initializer}
    products = (node for node in graph.node if node.op_type == "MatMul")
    return [node.name for node in products if not constant & set(node.input)]


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Hands out the calibration texts, a batch at a time."""

    def __init__(self, batches: list[dict[str, Any]]) -> None:
        self._batches = iter(batches)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)


def traced(source: Path) -> Any:
    """Return the OpenVINO graph that tracing the torch model gives."""
    ov = openvino()
    graph = ov.convert_model(Sentences(source).eval(), example_input=_example())
    for port, name in zip(graph.inputs, (WORDS, MASK), strict=True):
        port.get_tensor().set_names({name})
        shape = [-1, -1, 384] if name == WORDS else [-1, -1]
        port.get_node().set_partial_shape(ov.PartialShape(shape))
    graph.validate_nodes_and_infer_types()
    return graph


def _example() -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(0)
    words = torch.from_numpy(random.standard_normal((3, 16, 384), np.float32))
    mask = torch.ones(3, 16)
    mask[1, 9:] = 0
    return words, mask
