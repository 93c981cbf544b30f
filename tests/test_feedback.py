"""What people say of answers: kept by line, read in spite of cuts, made a set that is asked."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from eval.questions import Gold
from eval.sets import read_sets
from rag.contract import answer_object
from rag.errors import NotStored
from rag.records import Answer, Citation, Document, Passage, Quote, Statement, Turn, Verdict
from rag.retrieve import Filters
from ui.feedback import Feedback, Judgement, keep, question_set, said

SAID = "Le pont mesure 412 mètres."
ARCHIVE = {"a.txt": Document("a.txt", f"Un pont\n\n{SAID}")}


def answered(question: str = "Combien mesure le pont ?", **others: Any) -> Answer:
    passage = Passage("a.txt", 9, SAID)
    return Answer(
        question,
        "fr",
        statements=(Statement(SAID, (1,), "verbatim", short=(15, 25)),),
        citations=(Citation(1, passage, Quote("a.txt", 9, SAID)),),
        **others,
    )


def refused(question: str = "Qui dirige le Pérou ?") -> Answer:
    return Answer(question, "fr", refused=True, reason="Rien.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "feedback.jsonl"


def in_set(file: Path, *feedback: Feedback) -> Any:
    """Return the questions of the set made of the feedback, which nothing is wrong with."""
    for one in feedback:
        keep(file, one)
    made = file.with_name("set.jsonl")
    made.write_text("".join(f"{line}\n" for line in question_set(file)), encoding="utf-8")
    sets = read_sets([made], ARCHIVE.get)
    assert sets.faults == ()
    return sets.questions


def test_what_was_said_is_read_as_it_was_kept(file: Path) -> None:
    turns = [Turn("user", "Où ?"), Turn("assistant", "Là.\n")]
    filters = Filters(since="2024", language="fr")
    one = Feedback.on(answered(), "good", comment=" bien\n", filters=filters, history=turns)
    keep(file, one)
    keep(file, Feedback.on(refused(), "wrong"))
    first, second = said(file).feedback
    assert first == one
    assert (first.comment, first.short, first.filters) == (
        "bien",
        ("412 mètres",),
        {"since": "2024", "language": "fr"},
    )
    assert (first.answer, second.verdict) == (answer_object(answered()), "wrong")


def test_nothing_was_said_where_there_is_no_file(file: Path) -> None:
    assert said(file) == ((), ())
    assert question_set(file) == []


@pytest.mark.parametrize("cut", [b'{"question": "Qu', b"\xff\xfe", b"[]", b'{"verdict": "x"}'])
def test_a_line_that_was_cut_is_named_and_the_next_is_kept_whole(file: Path, cut: bytes) -> None:
    keep(file, Feedback.on(answered(), "good"))
    with file.open("ab") as opened:
        opened.write(cut)
    keep(file, Feedback.on(refused(), "good"))
    found = said(file)
    assert [one.question for one in found.feedback] == [answered().question, refused().question]
    assert found.unread == (2,)


def test_one_that_writes_waits_for_the_other(file: Path) -> None:
    keep(file, Feedback.on(answered(), "good"))
    with ThreadPoolExecutor(1) as thread, FileLock(f"{file}.lock"):
        kept = thread.submit(keep, file, Feedback.on(refused(), "good"))
        with pytest.raises(TimeoutError):
            kept.result(0.3)
        assert len(said(file).feedback) == 1
    assert len(said(file).feedback) == 2


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotStored):
        keep(tmp_path / "file" / "feedback.jsonl", Feedback.on(answered(), "good"))


def test_a_good_answer_gives_its_quotes_and_what_must_be_mentioned(file: Path) -> None:
    (question,) = in_set(file, Feedback.on(answered(), "good"))
    assert question.gold == (Gold("a.txt", SAID),)
    assert (question.answers, question.must_mention) == (("412 mètres",), ("412 mètres",))
    assert (question.answerable, question.kind, question.language) == (True, "good", "fr")


@pytest.mark.parametrize(
    ("verdict", "counts"),
    [("verbatim", True), ("supported", True), ("partial", False), ("unsupported", False)],
)
def test_only_what_was_proved_labels_a_question(file: Path, verdict: Verdict, counts: bool) -> None:
    """A browser may keep an answer with quotes that no report has: its verdict says so."""
    passage = Passage("a.txt", 0, "Un pont")
    other = Statement("Un pont", (2,), verdict, short=(3, 7))
    quote = Citation(2, passage, Quote("a.txt", 0, "Un pont"))
    answer = answered()
    answer = replace(
        answer,
        statements=(*answer.statements, other),
        citations=(*answer.citations, quote),
    )
    (question,) = in_set(file, Feedback.on(answer, "good"))
    assert question.gold == (Gold("a.txt", SAID), *[Gold("a.txt", "Un pont")] * counts)
    assert question.must_mention == ("412 mètres", *["pont"] * counts)


@pytest.mark.parametrize(
    ("answer", "verdict", "answerable"),
    [
        (answered(), "should_refuse", False),
        (answered(), "wrong", True),
        (answered(), "source_wrong", True),
        (refused(), "good", False),
        (refused(), "wrong", True),
    ],
)
def test_what_was_not_good_labels_nothing(
    file: Path, answer: Answer, verdict: Judgement, answerable: bool
) -> None:
    (question,) = in_set(file, Feedback.on(answer, verdict, comment="« non »"))
    assert (question.answerable, question.gold, question.must_mention) == (answerable, (), ())
    assert question.comment == "« non »"


def test_of_two_that_were_said_of_a_question_the_later_counts(file: Path) -> None:
    first, other = Feedback.on(answered(), "wrong"), Feedback.on(refused(), "good")
    questions = in_set(file, first, other, Feedback.on(answered(), "good"))
    assert [(one.id, one.kind) for one in questions] == [(first.id, "good"), (other.id, "good")]


def test_the_turns_before_make_it_another_question(file: Path) -> None:
    after = Feedback.on(answered(), "good", history=[Turn("user", "Où ?")])
    alone, later = in_set(file, Feedback.on(answered(), "wrong"), after)
    assert (alone.history, later.history) == ((), (Turn("user", "Où ?"),))


def test_what_was_asked_under_filters_is_a_draft(file: Path) -> None:
    keep(file, Feedback.on(answered(), "should_refuse", filters=Filters(since="2025")))
    (line,) = question_set(file)
    assert json.loads(line)["draft"] is True


def test_a_short_answer_with_a_bar_is_not_made_two_alternatives(file: Path) -> None:
    text = "Le score est 3|2 ce soir."
    answer = Answer("Score ?", "fr", statements=(Statement(text, (), "partial", short=(13, 16)),))
    (question,) = in_set(file, Feedback.on(answer, "good"))
    assert (question.must_mention, question.answers) == ((), ())
