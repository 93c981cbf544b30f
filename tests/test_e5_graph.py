"""The graph computes what transformers computes with the same weights."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.e5.engine import Engine, engine_folder
from rag.e5.folder import model_folder
from rag.e5.graph import encoder, openvino
from rag.e5.packed import read_packed
from rag.embed import SentenceTransformerEncoder

if TYPE_CHECKING:
    from tests.tiny_e5 import HIDDEN, POSITIONS
else:
    from tiny_e5 import HIDDEN, POSITIONS

TEXTS = ["Bonjour monde", "Bonjour monde le pont", "le", "Bonjour le monde le pont e a Bonjour", ""]


@pytest.mark.usefixtures("wheel")
def test_the_vectors_are_those_of_transformers(tmp_path: Path) -> None:
    reference = SentenceTransformerEncoder(str(model_folder(tmp_path)), local=True)
    engine = Engine(engine_folder(tmp_path, "f32"), "f32")
    expected = reference.encode(TEXTS, "passage")
    cosines = expected @ expected.T
    assert cosines[np.triu_indices(len(TEXTS), 1)].max() < 0.99, "too much alike to tell apart"
    found = engine.encode(TEXTS, "passage")
    assert found.shape == (len(TEXTS), HIDDEN)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.usefixtures("wheel")
def test_what_fills_a_row_and_its_neighbours_change_nothing() -> None:
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    model = openvino().Core().compile_model(encoder(read_packed()), "CPU", settings)
    random = np.random.default_rng(1)
    words = random.normal(size=(3, POSITIONS, HIDDEN)).astype(np.float32)
    lengths = np.array([1, 5, POSITIONS])
    mask = (np.arange(POSITIONS) < lengths[:, None]).astype(np.float32)
    found = model({"words": words, "mask": mask})[0]
    for row, length in enumerate(lengths):
        alone = {"words": words[row : row + 1, :length], "mask": mask[row : row + 1, :length]}
        np.testing.assert_allclose(found[row], model(alone)[0][0], atol=1e-5)
