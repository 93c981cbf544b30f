"""The judge: its windows, its graph, and what the program does without it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.config import read_settings
from rag.e5.engine import engine_folder
from rag.e5.graph import openvino
from rag.e5.packed import Floats, PackedModel
from rag.e5.tokenizer import Pieces
from rag.judge import weights
from rag.judge.graph import judge_graph
from rag.judge.judge import LONGEST_ANSWER, best_span, inputs, judge_in
from rag.judge.window import LONGEST, Sentence, Window, window

if TYPE_CHECKING:
    from tests import tiny_e5
else:
    import tiny_e5


@cache
def pieces() -> Pieces:
    return Pieces(engine_folder(read_settings().cache, "int8"))


SENTENCE = "Le Laos a livré 315 bornes… à l’été 2021."


# --- windows ---------------------------------------------------------------------------------


def test_the_tokens_of_the_sentence_are_known_and_lead_back_to_its_characters() -> None:
    row = window(pieces(), "Combien ?", Sentence(SENTENCE, "Titre (2021)", "Avant.", "Après."))
    said = [SENTENCE[start:end] for start, end in row.places]
    assert len(said) == row.last - row.first
    assert "315" in said
    assert "".join(said) == SENTENCE.replace(" ", "")


def test_question_and_sentence_are_apart_and_the_parts_in_order() -> None:
    row = window(pieces(), "Qui ?", Sentence("Le pont.", "Titre", "Avant", "Après"))
    alone = [tuple(ids[1:-1]) for ids in pieces().token_ids(["Qui ?", "Titre", "Avant"], 99)]
    start, end = pieces().ends
    assert row.ids[: row.first] == (start, *alone[0], end, end, *alone[1], end, *alone[2], end)


@given(st.text(max_size=200))
def test_any_text_has_a_window_whose_places_lie_within_it(text: str) -> None:
    row = window(pieces(), text, Sentence(text, text, text, text))
    assert row.first <= row.last <= len(row.ids)
    assert all(0 <= start <= end <= len(text) for start, end in row.places)


def test_however_long_the_parts_are_the_window_fits_the_model() -> None:
    long = "mot " * 5000
    row = window(pieces(), long, Sentence(long, long, long, long))
    assert len(row.ids) == sum(LONGEST.values()) + 7
    assert row.last - row.first == LONGEST["sentence"]


# --- the short answer ------------------------------------------------------------------------


def _row(tokens: int) -> Window:
    places = tuple((2 * number, 2 * number + 1) for number in range(tokens))
    return Window((0,) * (tokens + 2), 1, tokens + 1, places)


def test_the_best_span_never_ends_before_it_begins_nor_is_too_long() -> None:
    sides = np.zeros((42, 2))
    sides[30, 0] = sides[5, 1] = 9.0
    start, end = best_span(_row(40), sides) or (0, 0)
    assert start < end
    sides = np.zeros((42, 2))
    sides[1, 0] = sides[40, 1] = 9.0
    start, end = best_span(_row(40), sides) or (0, 0)
    assert (end - start) <= 2 * LONGEST_ANSWER


def test_a_sentence_without_a_token_has_no_short_answer() -> None:
    assert best_span(Window((0, 2), 1, 1, ()), np.zeros((2, 2))) is None


# --- the graph -------------------------------------------------------------------------------


def trained(packed: PackedModel, seed: int) -> dict[str, Floats]:
    chance = np.random.default_rng(seed)
    size = packed.hidden
    shapes = {
        "pooled.weight": (size, 2 * size), "pooled.bias": (size,), "relevance.weight": (1, size),
        "relevance.bias": (1,), "span.weight": (2, size), "span.bias": (2,),
    }  # fmt: skip
    return {name: chance.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


ROWS = [
    Window((0, 5, 2, 2, 7, 8, 2), 4, 6, ((0, 2), (3, 7))),
    Window((0, 5, 6, 2, 2, 8, 2, 9, 2), 5, 6, ((0, 4),)),
]


def said(graph_weights: Mapping[str, Floats], rows: list[Window]) -> tuple[Floats, Floats]:
    packed = PackedModel(tiny_e5.packed(seed=3))
    graph = judge_graph(packed, graph_weights)
    compiled = openvino().Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(inputs(packed.words, rows))
    return np.array(found["relevance"]), np.array(found["span"])


def test_the_graph_computes_what_was_trained_in_torch() -> None:
    torch = pytest.importorskip("torch")
    from training.model import Judge, batch_of

    packed = PackedModel(tiny_e5.packed(seed=3))
    torch.manual_seed(0)
    judge = Judge(packed, 1).eval()
    relevance, span = said({name: v.numpy() for name, v in judge.trained().items()}, ROWS)
    with torch.no_grad():
        wanted, sides = judge(batch_of(packed, ROWS))
    np.testing.assert_allclose(relevance[:, 0], wanted.numpy(), atol=1e-4)
    np.testing.assert_allclose(span[0, :7], sides[0, :7].numpy(), atol=1e-4)


def test_what_stands_beside_a_row_does_not_change_what_is_said_of_it() -> None:
    heads = trained(PackedModel(tiny_e5.packed(seed=3)), 1)
    together, _ = said(heads, ROWS)
    alone = [said(heads, [row])[0][0, 0] for row in ROWS]
    np.testing.assert_allclose(together[:, 0], alone, atol=1e-4)


# --- its file --------------------------------------------------------------------------------


def test_another_file_than_the_known_one_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "judge.safetensors"
    monkeypatch.setattr(weights, "FILE", file)
    assert weights.trained() is None
    file.write_bytes(b"another")
    assert weights.trained() is None
    assert judge_in(tmp_path) is None
    assert hashlib.sha256(b"another").hexdigest() != weights.SHA256
