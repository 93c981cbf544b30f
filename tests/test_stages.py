"""How a judge is trained: what it reads, what it is taught, and going on where it was cut."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rag.e5.packed import PackedModel
from rag.judge.weights import dequantized, quantized
from rag.judge.window import Sentence, Window
from training import losses, stages
from training.batches import TOKENS, Row, one_by_one
from training.examples import Example
from training.model import Judge
from training.stages import Stage
from training.steps import Training

if TYPE_CHECKING:
    from tests import tiny_e5
else:
    import tiny_e5


scores = st.lists(st.floats(-20, 20), min_size=1, max_size=6)


def row(question: str, *, answers: bool, kind: str = "paraphrase", token: int = 7) -> Row:
    sentence = Sentence(f"Phrase {token}.")
    short = (0, 2) if answers else None
    example = Example(question, "fr", sentence, answers, short, "made", kind, "a")
    return example, Window((0, 5, 2, 2, token, 8, 2), 4, 6, ((0, 2), (3, 7)))


def asked(count: int) -> list[Row]:
    """Return the rows of `count` questions: one that answers, one found, one of its report."""
    return [
        one
        for number in range(count)
        for one in (
            row(f"Combien {number} ?", answers=True, token=5),
            row(f"Combien {number} ?", answers=False, kind="found", token=6),
            row(f"Combien {number} ?", answers=False, kind="same_report", token=9),
        )
    ]


# --- what is read ----------------------------------------------------------------------------


def test_a_question_is_read_whole_and_without_sentences_that_nobody_would_find_for_it() -> None:
    stage = stages.questions(asked(700), 0.5)
    read = [one for batch in stage.batches for one, _ in batch]
    assert len({one.question for one in read}) == 350
    assert {one.kind for one in read} == {"paraphrase", "found"}
    for batch in stage.batches:
        assert all(sum(a.question == b.question for b, _ in batch) == 2 for a, _ in batch)
        assert len(batch) * max(len(window.ids) for _, window in batch) <= TOKENS
    assert len(stage.batches) > 1


@given(st.lists(st.integers(6, 500), min_size=1, max_size=60), st.integers(0, 9))
def test_each_row_is_in_one_batch_and_none_is_larger_than_it_may_be(
    lengths: list[int], seed: int
) -> None:
    example, window = row("Qui ?", answers=True)
    rows = [(example, replace(window, ids=(0,) * length)) for length in lengths]
    batches = one_by_one(rows, seed)
    assert sorted(len(window.ids) for batch in batches for _, window in batch) == sorted(lengths)
    for batch in batches:
        assert len(batch) * max(len(window.ids) for _, window in batch) <= TOKENS


def test_the_first_stage_ends_with_our_own_pairs_read_as_often_as_asked() -> None:
    public = [(replace(one, origin="piaf_dev"), window) for one, window in asked(8)]
    stage = stages.sentences([*public, *asked(3)], times=2)
    last = Counter(one.kind for batch in stage.falling for one, _ in batch if one.origin == "made")
    assert last == {"paraphrase": 6, "same_report": 3}
    first = Counter(one.origin for batch in stage.steady for one, _ in batch)
    assert first == {"piaf_dev": 16 + 8 + 8}  # all, half again, and what was found for them


def test_a_curve_reads_fewer_of_our_own_pairs_and_all_of_the_public_sets() -> None:
    public = [(replace(one, origin="piaf_dev"), window) for one, window in asked(4)]
    kept = stages.fewer([*public, *asked(9)], 5)
    assert Counter(one.origin for one, _ in kept) == {"piaf_dev": 12, "made": 15}


def test_of_each_file_its_own_share_of_the_questions_is_read() -> None:
    rows = asked(20)
    for name in stages.SHARES:
        rows += [
            (replace(one, origin=name, question=f"{name} {one.question}"), w)
            for one, w in asked(20)
        ]
    stage = stages.questions(rows, 0.5)
    read = {(one.origin, one.question) for batch in stage.batches for one, _ in batch}
    wanted = {"made": 10, "memoire": 3, "simples": 20, "tetes": 20}
    assert Counter(origin for origin, _ in read) == wanted


def test_a_question_of_ours_whose_answer_tells_the_title_again_is_read_in_any_case() -> None:
    told = Sentence(
        "Le pont de Kralanh a ouvert lundi.", heading="Ouverture du pont de Kralanh (2024-03-04)"
    )
    (example, window), false, _ = asked(1)
    answered = [(replace(example, sentence=told), window), false]
    left_open = [(replace(example, question="Qui ?", sentence=told, answers=False), window)]
    public = [(replace(one, origin="piaf_dev", question="Où ?"), window) for one, _ in answered]
    assert stages.asked([*answered, *left_open, *public], 0) == [answered]


def test_a_question_that_stands_in_two_files_is_read_as_often_as_the_larger_share_says() -> None:
    rows = asked(20)
    rows += [(replace(one, origin=stages.LEADS), window) for one, window in rows]
    assert len(stages.asked(rows, 0)) == 20


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    nothing: list[list[Row]] = [[]]
    stage = Stage(nothing * 30, nothing * 10, losses.pointwise, 1.0, 1.0, warm_up=10)
    rates = [stage.rate_at(step) for step in range(40)]
    assert rates[:10] == sorted(rates[:10])
    assert set(rates[10:30]) == {1.0}
    assert rates[30:] == sorted(rates[30:], reverse=True)
    assert 0 < rates[39] <= 0.1


# --- what is taught --------------------------------------------------------------------------


@given(scores, st.data())
def test_the_sentences_and_none_of_them_share_one_probability(
    said: list[float], data: st.DataObject
) -> None:
    relevance = torch.tensor(said, dtype=torch.float64)
    labels = [torch.zeros(len(said)), *torch.eye(len(said))]
    shares = [float(torch.exp(-losses.chosen(relevance, one))) for one in labels]
    assert sum(shares) == pytest.approx(1, abs=1e-6)
    either = data.draw(st.sets(st.integers(0, len(said) - 1), min_size=1))
    both = torch.tensor([float(place in either) for place in range(len(said))])
    share = float(torch.exp(-losses.chosen(relevance, both)))
    assert share == pytest.approx(sum(shares[1 + place] for place in either), abs=1e-6)


# --- how it is stored ------------------------------------------------------------------------


@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 99), st.floats(1e-3, 30))
def test_a_stored_matrix_is_off_by_at_most_half_a_step_of_its_row(
    rows: int, columns: int, seed: int, size: float
) -> None:
    values = np.random.default_rng(seed).normal(0, size, (rows, columns)).astype(np.float32)
    values[0] = 0
    stored = quantized({"matrix": values, "bias": values[:, 0]})
    found = dequantized(stored)
    assert set(found) == {"matrix", "bias"}
    step = np.abs(values).max(axis=1, keepdims=True) / 127
    assert (np.abs(found["matrix"] - values) <= 0.501 * step).all()
    assert stored["matrix"].dtype == np.int8
    np.testing.assert_allclose(found["bias"], values[:, 0], rtol=1e-3, atol=2**-24)


# --- the steps -------------------------------------------------------------------------------


def judge_of(seed: int) -> tuple[PackedModel, Judge]:
    packed = PackedModel(tiny_e5.packed(seed=3))
    torch.manual_seed(seed)
    return packed, Judge(packed, packed.layers)


def learned(stage: Stage, state: Path, cut_at: int | None = None) -> dict[str, Any]:
    """Return what a judge has learned: in one run, or in two where the first is cut."""
    packed, judge = judge_of(0)
    if cut_at is not None:
        with pytest.raises(KeyboardInterrupt):
            Training(judge, _cut(stage, cut_at), state).run(packed)
        packed, judge = judge_of(0)
        torch.manual_seed(1)  # by chance it would now go another way
    Training(judge, stage, state).run(packed)
    return judge.trained()


def _cut(stage: Stage, at: int) -> Stage:
    left = iter(range(at))

    def loss(*given: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return stage.loss(*given)

    return stage._replace(loss=loss)


def made(batches: Sequence[Sequence[Row]]) -> Stage:
    return Stage([], batches, losses.listwise, 1e-3, 1e-2, warm_up=2, averaged=True)


def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.steps.SAVE_EVERY", 0)
    stage = made([asked(2)] * 6)
    at_once = learned(stage, tmp_path / "a")
    in_two = learned(stage, tmp_path / "b", cut_at=3)
    for name, value in at_once.items():
        torch.testing.assert_close(in_two[name], value)


def test_a_run_does_not_go_on_from_other_examples_nor_from_another_start(tmp_path: Path) -> None:
    learned(made([asked(2)] * 2), tmp_path / "state")
    packed, judge = judge_of(0)
    with pytest.raises(SystemExit, match="of other examples"):
        Training(judge, made([asked(3)] * 2), tmp_path / "state").run(packed)
    packed, another = judge_of(1)
    with pytest.raises(SystemExit, match="another start"):
        Training(another, made([asked(2)] * 2), tmp_path / "state").run(packed)


def test_what_is_learned_may_be_the_moving_average_of_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.steps.DECAY", 0.75)

    def after(steps: int, *, averaged: bool) -> Any:
        stage = made([])._replace(steady=[asked(2)] * steps, averaged=averaged)
        return learned(stage, tmp_path / f"{steps} {averaged}")["relevance.weight"]

    first, second = after(1, averaged=False), after(2, averaged=False)
    assert not torch.equal(first, second)
    torch.testing.assert_close(after(2, averaged=True), 0.75 * first + 0.25 * second)


def test_a_judge_starts_from_what_another_has_learned() -> None:
    _, one = judge_of(0)
    _, other = judge_of(1)
    other.start_from({name: value.numpy() for name, value in one.trained().items()})
    for name, value in one.trained().items():
        assert torch.equal(other.trained()[name], value)
