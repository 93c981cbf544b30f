"""What was trained, as it is stored: only what differs from the packed weights."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.e5.packed import Floats

FILE = Path(__file__).parent / "judge.safetensors"
"""Sixteen-bit floats by name; its metadata hold the calibration."""

SHA256 = "2a7c9e417b52ba91362cb1a4642df5f05297ef849b4d3ad290eced50cf1a45e3"
"""Of `FILE`: another file is not loaded."""


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
        weights = {name: stored.get_tensor(name).astype(np.float32) for name in names}
        calibration = json.loads(stored.metadata()["calibration"])
    return Trained(weights, {language: tuple(pair) for language, pair in calibration.items()})
