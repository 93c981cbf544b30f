"""The judge: its windows, its graph, and what the program does without it."""

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.config import read_settings
from rag.e5.engine import engine_folder
from rag.e5.graph import openvino
from rag.e5.packed import Floats, PackedModel
from rag.e5.tokenizer import Pieces
from rag.judge import weights
from rag.judge.calibration import probability, tells_its_title
from rag.judge.graph import judge_graph
from rag.judge.judge import LONGEST_ANSWER, Judge, best_span, inputs, judge_of
from rag.judge.window import LONGEST, Sentence, Window, window
from rag.relevance import LEAST_SURE

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


def test_a_token_that_stands_for_no_character_neither_begins_nor_ends_the_best_span() -> None:
    row = Window((0,) * 6, 1, 5, ((0, 2), (0, 0), (3, 6), (0, 0)))
    sides = np.zeros((6, 2))
    sides[2, 0] = sides[4, 1] = 9.0
    sides[3] = 5.0
    assert best_span(row, sides) == (3, 6)


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
    from training.model import Judge, inputs_of

    packed = PackedModel(tiny_e5.packed(seed=3))
    torch.manual_seed(0)
    judge = Judge(packed, 1).eval()
    relevance, span = said({name: v.numpy() for name, v in judge.trained().items()}, ROWS)
    with torch.no_grad():
        wanted, sides = judge(inputs_of(packed, ROWS))
    np.testing.assert_allclose(relevance[:, 0], wanted.numpy(), atol=1e-4)
    np.testing.assert_allclose(span[0, :7], sides[0, :7].numpy(), atol=1e-4)


def test_what_stands_beside_a_row_does_not_change_what_is_said_of_it() -> None:
    heads = trained(PackedModel(tiny_e5.packed(seed=3)), 1)
    together, _ = said(heads, ROWS)
    alone = [said(heads, [row])[0][0, 0] for row in ROWS]
    np.testing.assert_allclose(together[:, 0], alone, atol=1e-4)


# --- its file --------------------------------------------------------------------------------

LARGEST = 30_000_000


def test_the_packaged_file_is_the_known_one_and_small() -> None:
    stored = weights.FILE.read_bytes()
    assert hashlib.sha256(stored).hexdigest() == weights.SHA256
    assert len(stored) <= LARGEST


def test_the_packaged_file_holds_numbers_and_nothing_that_could_be_run() -> None:
    stored = weights.FILE.read_bytes()
    begins = 8 + int.from_bytes(stored[:8], "little")
    names = json.loads(stored[8:begins])
    del names["__metadata__"]
    assert {one["dtype"] for one in names.values()} == {"I8", "F32", "F16"}
    assert begins + max(one["data_offsets"][1] for one in names.values()) == len(stored)


def test_the_packaged_file_is_opened_without_torch_and_without_pickle() -> None:
    lines = (
        "import pickle, sys",
        "from rag.judge.weights import trained",
        "def refuse(*_, **__): raise AssertionError('unpickled')",
        "pickle.load = pickle.loads = pickle.Unpickler = refuse",
        "assert trained().weights",
        "assert 'torch' not in sys.modules, 'torch'",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_packaged_judge_is_calibrated_for_each_language_and_the_likelier_the_better() -> None:
    stored = weights.trained()
    assert stored is not None
    assert set(stored.calibration) == {"fr", "en", "vi"}
    assert all(scale > 0 and math.isfinite(shift) for scale, shift in stored.calibration.values())
    assert all(np.isfinite(one).all() for one in stored.weights.values())


# --- where there is none ---------------------------------------------------------------------


def test_another_file_than_the_known_one_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "judge.safetensors"
    monkeypatch.setattr(weights, "FILE", file)
    assert weights.trained() is None
    file.write_bytes(b"another")
    assert weights.trained() is None
    assert judge_of(read_settings(cache=tmp_path)) is None
    assert hashlib.sha256(b"another").hexdigest() != weights.SHA256


def test_a_single_bit_makes_it_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = bytearray(weights.FILE.read_bytes())
    stored[-1] ^= 1
    file = tmp_path / "judge.safetensors"
    file.write_bytes(stored)
    monkeypatch.setattr(weights, "FILE", file)
    assert weights.trained() is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JUDGE", "off"),
        ("ENGINE", "sentence-transformers"),
        ("EMBEDDING_MODEL", "intfloat/multilingual-e5-small"),
    ],
)
def test_one_that_is_off_or_has_no_engine_of_ours_is_not_even_opened(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened() -> None:
        raise AssertionError("its weights were opened")

    monkeypatch.setattr("rag.judge.judge.trained", opened)
    monkeypatch.setenv(f"SOURCIER_{name}", value)
    assert judge_of(read_settings()) is None


def test_where_it_cannot_be_prepared_one_line_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "file"
    cache.write_text("no folder")
    assert judge_of(read_settings(cache=cache)) is None
    (told,) = (one.getMessage() for one in caplog.records if one.levelname == "WARNING")
    assert str(cache) in told
    assert "\n" not in told


def test_weights_that_cannot_be_read_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(weights, "FILE", tmp_path)
    assert judge_of(read_settings()) is None
    assert len(caplog.records) == 1


def test_of_a_long_failure_one_line_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> Path:
        raise RuntimeError("Check failed\nat core.cpp:12\n")

    monkeypatch.setattr("rag.judge.judge._prepared", failing)
    assert judge_of(read_settings()) is None
    (told,) = (one.getMessage() for one in caplog.records)
    assert "Check failed" in told
    assert "\n" not in told


# --- what the packaged one says --------------------------------------------------------------


@cache
def packaged() -> Judge:
    judge = judge_of(read_settings())
    assert judge is not None
    return judge


QUESTION = "Combien de bornes le Laos et le Vietnam ont-ils posées à leur frontière ?"
BORDER = [
    "La cérémonie a eu lieu à Vientiane, en présence des deux ministres.",
    "Le Cambodge et la Thaïlande ont posé 73 bornes le long de leur frontière commune.",
    "Le Laos et le Vietnam ont posé 792 bornes le long de leur frontière commune.",
]
AT_THE_BORDER = [Sentence(text, "Accord (2021-03-04)") for text in BORDER]


def test_the_sentence_that_answers_is_put_above_one_of_another_country() -> None:
    ceremony, other, own = packaged()(QUESTION, "fr", AT_THE_BORDER)
    assert own.relevance > other.relevance + 1
    assert own.relevance > ceremony.relevance + 1
    assert own.probability > 2 * LEAST_SURE
    assert max(other.probability, ceremony.probability) < LEAST_SURE


@pytest.mark.parametrize(
    ("question", "language", "told", "number"),
    [
        (QUESTION, "fr", BORDER[2], "792"),
        ("How long is the bridge?", "en", "The bridge of Kralanh is 412 metres long.", "412"),
        ("Cầu Kralanh dài bao nhiêu mét?", "vi", "Cầu Kralanh dài 412 mét.", "412"),
    ],
)
def test_of_a_question_how_many_it_marks_the_number(
    question: str, language: str, told: str, number: str
) -> None:
    (judged,) = packaged()(question, language, [Sentence(told)])
    assert judged.short
    start, end = judged.short
    assert number in told[start:end]
    assert end - start <= len("412 metres")


def test_it_says_of_each_sentence_in_the_order_given_whatever_their_lengths() -> None:
    long = Sentence(f"{BORDER[2]} {'Ils en ont parlé longuement. ' * 30}", before=BORDER[0])
    sentences = [long, *AT_THE_BORDER, Sentence("Oui."), long]
    together = packaged()(QUESTION, "fr", sentences)
    alone = [packaged()(QUESTION, "fr", [one])[0] for one in sentences]
    found, expected = ([one.relevance for one in some] for some in (together, alone))
    np.testing.assert_allclose(found, expected, atol=0.3)
    assert len({round(one) for one in expected}) > 2
    assert packaged()(QUESTION, "fr", []) == []


def test_how_probable_is_told_by_the_calibration_of_the_language_of_the_question() -> None:
    stored = weights.trained()
    assert stored is not None
    for language in ("fr", "en", "vi", "km"):
        scale, shift = stored.calibration.get(language, stored.calibration["fr"])
        said = packaged()(QUESTION, language, AT_THE_BORDER)
        for one, sentence in zip(said, AT_THE_BORDER, strict=True):
            wanted = probability(one.relevance, sentence, scale, shift)
            assert one.probability == pytest.approx(wanted)


@given(st.text(max_size=120), st.text(max_size=120))
@settings(max_examples=25)
def test_of_any_text_what_it_says_is_a_probability_and_words_within_the_text(
    question: str, text: str
) -> None:
    (judged,) = packaged()(question, "fr", [Sentence(text, text, text, text)])
    assert 0 <= judged.probability <= 1
    if judged.short:
        assert 0 <= judged.short[0] < judged.short[1] <= len(text)


# --- how probable ----------------------------------------------------------------------------


@given(st.floats(-8, 8), st.text(min_size=1), st.floats(0.1, 2), st.floats(-3, 1))
def test_a_sentence_is_more_probable_the_higher_the_judge_puts_it(
    relevance: float, text: str, scale: float, shift: float
) -> None:
    least = probability(relevance, Sentence(text), scale, shift)
    assert 0 < least < probability(relevance + 1, Sentence(text), scale, shift) < 1


def test_of_the_usual_length_and_another_title_it_is_as_probable_as_calibrated() -> None:
    said = probability(0.5, Sentence("x" * 100, "Crue à Kampot (2024-03-04)"), 2.0, -1.0)
    assert said == pytest.approx(0.5)


def test_a_long_sentence_is_more_probable_than_the_judge_says_and_a_short_one_less() -> None:
    short, usual, long = (probability(0, Sentence("x" * size), 1, 0) for size in (50, 100, 200))
    assert short == pytest.approx(1 / 3)
    assert usual == pytest.approx(1 / 2)
    assert long == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Ouverture du pont de Kralanh (2024-03-04)", True),
        ("Crue à Kampot : trois ponts fermés (2024-03-04)", False),
        ("2024 (2024-03-04)", False),
        ("", False),
    ],
)
def test_it_tells_its_title_if_it_says_half_of_its_longer_words(title: str, told: bool) -> None:
    sentence = Sentence("Le pont de Kralanh a ouvert lundi.", title)
    assert tells_its_title(sentence) == told
    plain = Sentence(sentence.text)
    assert (probability(0, sentence, 1, 0) > probability(0, plain, 1, 0)) == told
