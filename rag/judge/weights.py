"""What was trained, as it is stored: only what differs from the packed weights."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.e5.packed import Floats

FILE = Path(__file__).parent / "judge.safetensors"
"""Weights by name, as `quantized` gives them; its metadata hold the calibration."""

SHA256 = "4a18363ce960de8effcf55764b46688b00f12b72eac921b5893f71d0269fd230"
"""Of `FILE`: another file is not loaded."""

_SCALE = ".scale"


@dataclass(frozen=True, slots=True)
class Trained:
    """``probability = 1 / (1 + exp(-(scale * relevance + shift)))``, by the question's language."""

    weights: Mapping[str, Floats]
    calibration: Mapping[str, tuple[float, float]]


def trained() -> Trained | None:
    """Return the stored weights; None where they are missing or not the known ones."""
    from safetensors import safe_open

    if not FILE.exists() or hashlib.sha256(FILE.read_bytes()).hexdigest() != SHA256:
        return None
    with safe_open(FILE, "numpy") as stored:
        names = stored.keys()
        weights = dequantized({name: stored.get_tensor(name) for name in names})
        calibration = json.loads(stored.metadata()["calibration"])
    return Trained(weights, {language: tuple(pair) for language, pair in calibration.items()})


def quantized(weights: Mapping[str, Floats]) -> dict[str, Any]:
    """Return matrices as 8-bit integers, symmetric, a scale a row; all else as 16-bit floats.

    A weight is off by at most half a step, 1/254 of the largest of its row.
    """
    stored: dict[str, Any] = {}
    for name, values in weights.items():
        if values.ndim < 2:
            stored[name] = values.astype(np.float16)
            continue
        largest = np.abs(values).max(axis=1, keepdims=True)
        scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
        stored[name] = np.rint(values / scale).astype(np.int8)
        stored[name + _SCALE] = scale
    return stored


def dequantized(stored: Mapping[str, Any]) -> dict[str, Floats]:
    """Return nearly what `quantized` was given, as 32-bit floats."""
    found = {}
    for name, values in stored.items():
        if name.endswith(_SCALE):
            continue
        found[name] = values.astype(np.float32) * stored.get(name + _SCALE, np.float32(1))
    return found
