"""What the judge is trained on: our own pairs, and how they are kept apart."""

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from rag.judge.window import Sentence
from rag.words import words
from training import model, unseen
from training.ablation import FAMILIES
from training.examples import HERE, Example, group_of, groups_of, own, public
from training.found import _may_answer
from training.measure import Found, first_found, told_apart
from training.stages import SHARES

ROOT = HERE.parent

TRUE = {"direct", "paraphrase", "list", "reason", "statement"}
NEAR = {
    "other_year", "other_country", "other_person", "direction", "negation", "planned", "proposed",
    "unattributed", "other_number", "other_detail", "false_premise",
}  # fmt: skip


@cache
def pairs() -> list[dict[str, Any]]:
    files = sorted((HERE / "pairs").glob("*.jsonl"))
    lines = (line for path in files for line in path.read_text(encoding="utf-8").splitlines())
    return [json.loads(line) for line in lines]


@cache
def report(name: str) -> str:
    return (HERE / "reports" / name).read_text(encoding="utf-8")


def test_each_quote_stands_in_its_report_and_each_short_answer_in_its_quote() -> None:
    for pair in pairs():
        assert pair["quote"] in report(pair["report"]), pair
        assert pair["short"] is None or pair["short"] in pair["quote"], pair


def test_a_pair_is_true_or_a_near_miss_of_a_known_kind_and_stands_there_once() -> None:
    for pair in pairs():
        assert pair["kind"] in (TRUE if pair["answers"] else NEAR | {"off_topic"}), pair
    twice = Counter((pair["question"], pair["quote"]) for pair in pairs())
    assert [one for one, times in twice.items() if times > 1] == []


def test_there_are_as_many_as_were_asked_for_in_three_languages_and_of_every_kind() -> None:
    assert len(pairs()) >= 30_000
    assert len({pair["report"] for pair in pairs()}) >= 390
    assert {pair["kind"] for pair in pairs()} >= TRUE | NEAR
    by_language = Counter(pair["lang"] for pair in pairs())
    assert min(by_language[language] for language in ("fr", "en", "vi")) > 500


@pytest.mark.parametrize("name", ["test", "dev", "plain", "wire", "follow_ups"])
def test_no_question_that_is_measured_with_is_trained_on(name: str) -> None:
    lines = (ROOT / f"eval/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    measured = {" ".join(words(json.loads(line)["question"])) for line in lines}
    assert not measured & {" ".join(words(pair["question"])) for pair in pairs()}


def test_no_sentence_of_the_sample_archive_is_trained_on() -> None:
    reports = [path.read_text(encoding="utf-8") for path in (ROOT / "corpus").rglob("*.txt")]
    corpus = " ".join(" ".join(text.split()) for text in reports)
    assert corpus
    quotes = {pair["quote"] for pair in pairs() if len(pair["quote"]) > 60}
    assert [quote for quote in quotes if " ".join(quote.split()) in corpus] == []


def test_what_is_held_out_is_held_out_by_report() -> None:
    apart: dict[str, set[bool]] = {}
    for example in own():
        apart.setdefault(example.group, set()).add(example.held_out)
    assert all(len(sides) == 1 for sides in apart.values())
    assert {side for sides in apart.values() for side in sides} == {True, False}


def test_a_false_sentence_beside_a_true_one_is_no_answer_that_is_known() -> None:
    answered = {(pair["question"], pair["quote"]) for pair in pairs() if pair["answers"]}
    beside = [example for example in own() if example.kind == "same_report"]
    assert beside
    assert not answered & {(example.question, example.sentence.text) for example in beside}


def written(folder: Path, articles: int) -> Path:
    """Write a set whose articles all tell of the same: a false sentence is near in any of them."""
    passages, questions = [], []
    for article in range(articles):
        for part in range(2):
            one, length = f"{article}-{part}", f"{article:02}{part} m"
            text = f"Le pont {one} mesure {length}. Le pont {one} a un péage de {part} euros."
            passages.append({"id": one, "title": f"Article {article} — Le pont", "text": text})
            questions.append(
                {
                    "id": one, "lang": "fr", "question": f"Combien mesure le pont {one} ?",
                    "answers": [length], "gold_passage_ids": [one],
                }
            )  # fmt: skip
    for name, rows in (("passages", passages), ("questions", questions)):
        told = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"made.{name}.jsonl").write_text(told, encoding="utf-8")
    return folder


def test_no_sentence_of_a_public_set_is_on_both_sides(tmp_path: Path) -> None:
    examples = list(public(written(tmp_path, 24), "made", near=3))
    sides: dict[str, set[bool]] = {}
    for example in examples:
        sides.setdefault(example.sentence.text, set()).add(example.held_out)
    assert all(len(side) == 1 for side in sides.values())
    assert {side for one in sides.values() for side in one} == {True, False}
    assert {example.group for example in examples} == {f"made:Article {n}" for n in range(24)}


def test_a_public_question_has_one_true_sentence_and_false_ones_that_do_not_hold_its_answer(
    tmp_path: Path,
) -> None:
    examples = list(public(written(tmp_path, 24), "made", near=3))
    for question in {example.question for example in examples}:
        mine = [example for example in examples if example.question == question]
        true = [example for example in mine if example.answers]
        assert len(true) == 1
        (start, end) = true[0].short or (0, 0)
        answer = true[0].sentence.text[start:end]
        false = [example for example in mine if not example.answers]
        assert 2 <= len(false) <= 3
        assert not [example for example in false if answer in example.sentence.text]


def test_the_questions_kept_apart_are_those_of_which_no_example_is_trained_on(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path, 24)
    examples = list(public(folder, "made", near=3))
    count = unseen.write(folder, "made", tmp_path / "out")
    lines = (tmp_path / "out/questions.jsonl").read_text(encoding="utf-8").splitlines()
    kept = {json.loads(line)["question"] for line in lines}
    assert kept == {example.question for example in examples if example.held_out}
    assert 0 < len(kept) == count < 48
    assert [path.name for path in (tmp_path / "out/archive").iterdir()] == ["made.passages.jsonl"]


def test_a_question_without_an_answer_is_kept_apart_with_its_article(tmp_path: Path) -> None:
    folder = written(tmp_path, 24)
    groups = groups_of(folder, "made")
    for article in range(24):
        row = {"id": "x", "title": f"Article {article} — Le péage", "gold_passage_ids": []}
        assert group_of("made", row, groups) == groups[f"{article}-0"]


@pytest.mark.parametrize("features", [{"avx512_vnni"}, {"avx512_bf16"}, {"amx_bf16"}])
def test_a_judge_computes_in_bf16_only_where_the_processor_does(
    features: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "processor_features", lambda: frozenset(features))
    with model.in_bf16():
        told = torch.ones(2, 2) @ torch.ones(2, 2)
    assert (told.dtype == torch.bfloat16) == ("avx512_vnni" not in features)


TOLD = Example(
    "Combien mesure le pont ?", "fr", Sentence("Le pont mesure 180 m."), answers=True,
    short=(15, 20), origin="made", kind="direct", group="a",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "group", "known", "may"),
    [
        ("Le pont mesure 180 m.", "a", TOLD, True),  # it is the one
        ("Long de 180 m, il est à péage.", "b", TOLD, True),  # the short answer again
        ("Le tunnel mesure 95 m.", "a", TOLD, False),
        ("Il est long.", "a", replace(TOLD, short=None), True),  # may tell the same in other words
        ("Il est long.", "b", replace(TOLD, short=None), False),
        ("Le pont est cher.", "a", replace(TOLD, answers=False, short=None), False),
    ],
)
def test_what_is_found_is_false_only_where_it_is_not_known_to_answer(
    text: str, group: str, known: Example, may: bool
) -> None:
    assert _may_answer(text, group, [known]) is may


def test_a_question_is_worth_what_its_best_sentence_is() -> None:
    asked = [("a", True), ("a", False), ("b", True), ("b", False), ("c", False), ("c", False)]
    examples = [
        Example(question, "fr", Sentence("Oui."), answers, None, "made", "direct", "r.txt")
        for question, answers in asked
    ]
    found = [Found(score, None) for score in (3.0, 1.0, 0.5, 2.5, 1.0, 2.0)]
    assert first_found(examples, found) == {"fr": (0.5, 2)}
    assert told_apart(examples, found) == (1.0, 1)
    assert told_apart(examples[:4], found[:4]) is None


def test_each_file_with_a_share_of_its_own_is_left_out_by_one_family_of_the_ablation() -> None:
    for name in SHARES:
        example = replace(TOLD, origin=name)
        assert sum(leaves(example) for leaves in FAMILIES.values()) == 1


def test_each_kind_of_pair_is_left_out_by_one_family_of_the_ablation() -> None:
    kinds = {example.kind: example for example in own() if not example.answers}
    for kind, example in kinds.items():
        if kind != "same_report":  # the last stage does not read it
            assert any(
                leaves(example)
                for name, leaves in FAMILIES.items()
                if name != "English, Vietnamese"
            )
