"""The ways to compute the default model that `engines.py` compares.

A *build* makes the files of a way once, in an empty folder, and returns where they are; a *kind*
loads them into something that encodes. Several kinds may share a build. Heavy imports wait inside
the functions: each kind runs in a process of its own, which should hold nothing of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from rag.e5 import engine
from rag.e5.engine import Engine, Precision, batches, engine_folder
from rag.e5.folder import model_folder
from rag.e5.graph import encoder, openvino, save
from rag.e5.int8 import calibration
from rag.e5.packed import Floats, PackedModel, read_packed, unpacked
from rag.e5.tokenizer import Pieces, padded

Role = Literal["query", "passage"]

REFERENCE = "torch-f32"


class Encoder(Protocol):
    def encode(self, texts: Sequence[str], role: Role) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One way: `about` in words, which build it loads and how, in which environment.

    Quality is not measured where it is another kind's (`judged` is false).
    """

    about: str
    build: str
    load: Callable[[Path], Encoder]
    environment: Mapping[str, str] = field(default_factory=dict)
    judged: bool = True


# --- building --------------------------------------------------------------------------------


def _own_graph(change: Callable[[PackedModel, Path], Any], folder: Path) -> Path:
    """Make the folder of an `Engine`, with the graph that `change` returns instead of the usual.

    `change` gets the packed model and the folder, which already holds the vocabulary.
    """
    made = engine_folder(folder, "f32")
    save(change(read_packed(), made), made)
    return made


def _quantised(way: str, packed: PackedModel, made: Path) -> Any:
    import quantised

    texts = list(calibration(packed, Pieces(made)))
    return getattr(quantised, way)(encoder(packed), texts)


def _traced(_: PackedModel, made: Path) -> Any:
    from exported import traced

    return traced(model_folder(made.parent))


def _onnx(folder: Path, *, int8: bool) -> Path:
    from exported import to_onnx, to_onnx_int8

    made = engine_folder(folder, "f32")
    for name in ("encoder.xml", "encoder.bin"):
        (made / name).unlink()
    path = made / "encoder.onnx"
    to_onnx(model_folder(folder), path)
    if int8:
        to_onnx_int8(path, list(calibration(read_packed(), Pieces(made))))
    return made


BUILDS: dict[str, Callable[[Path], Path]] = {
    "sentence-transformers": model_folder,
    "exact": lambda folder: engine_folder(folder, "f32"),
    "int8": lambda folder: engine_folder(folder, "int8"),
    "int8-attention": partial(_own_graph, partial(_quantised, "without_attention")),
    "int8-last": partial(_own_graph, partial(_quantised, "without_last_layers")),
    "int8-alpha": partial(_own_graph, partial(_quantised, "smoother")),
    "traced": partial(_own_graph, _traced),
    "onnx": partial(_onnx, int8=False),
    "onnx-int8": partial(_onnx, int8=True),
}


# --- loading ---------------------------------------------------------------------------------


class TorchEncoder:
    """sentence-transformers as it comes: batches of 32, texts sorted by length by itself."""

    def __init__(self, folder: Path, *, bf16: bool) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._bf16 = partial(torch.autocast, "cpu", dtype=torch.bfloat16, enabled=bf16)

    def encode(self, texts: Sequence[str], role: Role) -> Floats:
        with self._bf16():
            vectors = self._model.encode(
                list(texts), prompt_name=role, batch_size=32, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)


class OnnxEncoder:
    """ONNX Runtime, given the same batches as the project's `Engine`."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        self._pieces = Pieces(folder)
        self._words = np.load(folder / "words.npy", mmap_mode="r")
        path = str(folder / "encoder.onnx")
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str], role: Role) -> Floats:
        rows = self._pieces.token_ids([f"{role}: {text}" for text in texts], engine.MAX_LENGTH)
        vectors = np.empty((len(texts), 384), np.float32)
        for batch, length in batches([len(row) for row in rows]):
            ids, mask = padded([rows[which] for which in batch], length)
            pieces, where = np.unique(ids, return_inverse=True)
            words = unpacked(self._words[pieces])[where.reshape(ids.shape)]
            vectors[batch] = self._session.run(None, {"words": words, "mask": mask})[0]
        return vectors


def _engine(precision: Precision, folder: Path) -> Engine:
    return Engine(folder, precision)


def _with_attention_in_parts(folder: Path) -> Engine:
    """`Engine` in bf16, the runtime kept from fusing the products of attention."""

    def compiled(path: Path, _: Precision) -> Any:
        settings = {"INFERENCE_PRECISION_HINT": "bf16", "SNIPPETS_MODE": "DISABLE"}
        return openvino().Core().compile_model(path, "CPU", settings)

    engine._compiled = compiled
    return Engine(folder, "bf16")


def _with_rows_as_they_come(folder: Path) -> Engine:
    engine.PAD_TO = 1
    return Engine(folder, "bf16")


_OPENVINO = {precision: partial(_engine, precision) for precision in ("f32", "bf16", "int8")}

KINDS = {
    REFERENCE: Kind(
        "sentence-transformers, torch f32: the reference",
        "sentence-transformers",
        partial(TorchEncoder, bf16=False),
        {"HF_HUB_OFFLINE": "1"},
    ),
    "torch-bf16": Kind(
        "the same under torch's bf16 autocast",
        "sentence-transformers",
        partial(TorchEncoder, bf16=True),
        {"HF_HUB_OFFLINE": "1"},
    ),
    "onnx-f32": Kind("ONNX Runtime f32", "onnx", OnnxEncoder),
    "onnx-int8": Kind("ONNX Runtime int8, static, MinMax", "onnx-int8", OnnxEncoder),
    "ov-f32": Kind("OpenVINO f32", "exact", _OPENVINO["f32"]),
    "ov-bf16": Kind("OpenVINO bf16", "exact", _OPENVINO["bf16"]),
    "ov-int8": Kind("OpenVINO int8 (SmoothQuant)", "int8", _OPENVINO["int8"]),
    "ov-int8-attention": Kind(
        "int8, products of attention left in f32", "int8-attention", _OPENVINO["int8"]
    ),
    "ov-int8-last": Kind(
        "int8, last product of 3 layers left in f32", "int8-last", _OPENVINO["int8"]
    ),
    "ov-int8-alpha": Kind("int8, SmoothQuant's alpha 0.7", "int8-alpha", _OPENVINO["int8"]),
    "ov-bf16-traced": Kind("OpenVINO bf16, graph traced from torch", "traced", _OPENVINO["bf16"]),
    "ov-bf16-parts": Kind("OpenVINO bf16, attention not fused", "exact", _with_attention_in_parts),
    "ov-bf16-ragged": Kind(
        "OpenVINO bf16, rows not padded to 16", "exact", _with_rows_as_they_come
    ),
}

OTHER_PROCESSORS = {
    "AVX512_CORE_VNNI": "AVX-512 with VNNI",
    "AVX2_VNNI": "AVX2 with VNNI",
    "AVX2": "AVX2",
}
"""What oneDNN, which computes for OpenVINO, can be told to make do with."""

KINDS |= {
    f"ov-{precision}@{isa}": Kind(
        f"OpenVINO {precision}, held to {name}",
        "exact" if precision == "f32" else "int8",
        _OPENVINO[precision],
        {"ONEDNN_MAX_CPU_ISA": isa},
        judged=False,
    )
    for isa, name in OTHER_PROCESSORS.items()
    for precision in ("f32", "int8")
}
