"""Question sets: what a line may hold, and everything that can be wrong with one."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.flaws import flaw
from eval.questions import Gold, Question, question_of
from eval.sets import Fault, Sets, read_sets
from rag.errors import BadRequest
from rag.records import Document, Turn

_LEAST: dict[str, Any] = {"id": "q1", "question": "Qui préside ?", "answerable": True}
_FULL = _LEAST | {
    "lang": "vi",
    "kind": "person",
    "answers": ["Dara"],
    "must_mention": ["Dara|Vannak"],
    "must_not_mention": ["Hoa"],
    "gold": [{"source": "a.txt", "quote": "Dara préside."}],
    "gold_passage_ids": ["a.txt:0-13"],
    "history": [{"role": "user", "content": "Bonjour"}],
}
_ARCHIVE = {
    "a.txt": Document("a.txt", "Dara préside. Il préside."),
    "riz-7": Document("riz-7", "x"),
}


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    return tmp_path / "set.jsonl"


def read(path: Path, *rows: object) -> Sets:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return read_sets([path], _ARCHIVE.get)


def reasons(path: Path, *rows: object) -> list[tuple[int, str]]:
    return [(fault.line, fault.reason) for fault in read(path, *rows).faults]


def test_a_question_needs_an_id_its_words_and_whether_it_has_an_answer(question_set: Path) -> None:
    assert read(question_set, _LEAST) == Sets((Question("q1", "Qui préside ?", True, "fr"),), ())


def test_everything_a_line_says_is_read_and_written_again(question_set: Path) -> None:
    question_set.write_text(f"\ufeff\n{json.dumps(_FULL)}\r\n\n", encoding="utf-8")
    (question,) = read_sets([question_set], _ARCHIVE.get).questions
    assert question == Question(
        id="q1",
        question="Qui préside ?",
        answerable=True,
        language="vi",
        kind="person",
        answers=("Dara",),
        must_mention=("Dara|Vannak",),
        must_not_mention=("Hoa",),
        gold=(Gold("a.txt", "Dara préside."),),
        gold_passage_ids=("a.txt:0-13",),
        history=(Turn("user", "Bonjour"),),
    )
    assert question_of(json.loads(json.dumps(question.as_row()))) == question


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([], "the line holds no object"),
        ({"id": "q2"}, "question is missing"),
        (_LEAST | {"answerable": "yes"}, "answerable is not true or false"),
        (_LEAST | {"question": None}, "question is not text"),
        (_LEAST | {"id": None}, "id is neither text nor a number"),
        (_LEAST | {"lang": 3}, "lang is not text"),
        (_LEAST | {"must_mention": "Dara"}, "must_mention is no list of texts"),
        (_LEAST | {"answers": [3]}, "answers is no list of texts"),
        (_LEAST | {"gold": {}}, "gold is no list"),
        (_LEAST | {"gold": [{"source": "a"}]}, "an element of gold has no source or no quote"),
        (
            _LEAST | {"gold": [{"source": "a", "quote": " "}]},
            "an element of gold has no source or no quote",
        ),
        (_LEAST | {"history": ["x"]}, "another role than user and assistant"),
    ],
)
def test_a_line_that_is_no_question_is_named_with_its_reason(
    question_set: Path, row: object, reason: str
) -> None:
    found = reasons(question_set, _LEAST | {"id": "q0"}, row)
    assert found[0][0] == 2
    assert reason in found[0][1]


def test_every_fault_of_every_line_is_told(question_set: Path) -> None:
    gold = [{"source": "b.txt", "quote": "x"}, {"source": "a.txt", "quote": "Dara part." * 9}]
    question_set.write_text(
        "\n".join(
            [
                json.dumps(_LEAST),
                '{"id": 3,',
                "",
                json.dumps(_LEAST | {"note": "?", "author": "?"}),
                json.dumps(_LEAST | {"id": "q3", "gold": gold, "gold_passage_ids": ["riz-8"]}),
                json.dumps(_LEAST | {"id": "q4", "gold_passage_ids": ["riz-7", "a.txt:0-13"]}),
            ]
        )
    )
    sets = read_sets([question_set], _ARCHIVE.get)
    assert [str(fault).removeprefix(f"{question_set}:") for fault in sets.faults] == [
        "2: broken JSON at character 10: Expecting property name enclosed in double quotes",
        "4: unknown field 'author'",
        "4: unknown field 'note'",
        "4: the id 'q1' stands twice",
        "5: the source 'b.txt' is not indexed",
        "5: 'a.txt' does not hold the quote "
        "« Dara part.Dara part.Dara part.Dara part.Dara part.Dara part.… »",
        "5: no passage 'riz-8' is indexed",
    ]
    assert [question.id for question in sets.questions] == ["q1", "q4"]


def test_an_id_stands_in_one_of_the_sets_of_a_run(question_set: Path) -> None:
    other = question_set.with_name("other.jsonl")
    for path in (question_set, other):
        path.write_text(json.dumps(_LEAST))
    assert read_sets([question_set, other], _ARCHIVE.get).faults == (
        Fault(other, 1, flaw("id_twice", id="q1")),
    )


def test_a_line_that_is_not_utf8_is_named_and_the_others_are_read(question_set: Path) -> None:
    question_set.write_bytes(json.dumps(_LEAST).encode() + '\n{"id": "é"}\n'.encode("latin-1"))
    sets = read_sets([question_set], _ARCHIVE.get)
    assert [question.id for question in sets.questions] == ["q1"]
    assert sets.faults == (Fault(question_set, 2, flaw("no_utf8", place=9)),)


def test_a_slip_in_the_name_of_a_field_loses_no_label_in_silence(question_set: Path) -> None:
    sets = read(question_set, _LEAST | {"must_mentoin": ["Dara"]}, _LEAST | {"note": 1, "id": 2})
    assert [question.id for question in sets.questions] == ["2"]
    assert [(fault.reason, fault.of_a_field) for fault in sets.faults] == [
        ("unknown field 'must_mentoin': is it 'must_mention'?", False),
        ("unknown field 'note'", True),
    ]
    assert sets.as_json()["faults"][0] == {
        "file": str(question_set),
        "line": 1,
        "reason": "unknown field 'must_mentoin': is it 'must_mention'?",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "a", "id": "b", "question": "?", "answerable": true}', "'id' stands twice"),
        ('{"id": "a", "question": " ", "answerable": true}', "the question is empty"),
        ('{"id": "a", "question": "?", "answerable": true, "must_mention": ["a|"]}', "is empty"),
        ('{"id": "a", "question": "?", "answerable": true, "must_not_mention": [" "]}', "is empty"),
    ],
)
def test_what_can_only_be_a_slip_is_a_fault(question_set: Path, line: str, reason: str) -> None:
    question_set.write_text(line)
    (fault,) = read_sets([question_set], _ARCHIVE.get).faults
    assert reason in fault.reason


def test_a_draft_is_not_asked_until_a_person_accepts_it(question_set: Path) -> None:
    sets = read(question_set, _LEAST | {"draft": True}, _LEAST | {"id": "q2", "draft": False})
    assert [question.id for question in sets.questions] == ["q2"]
    assert sets.drafts == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no question"), (b"\n \n", "no question")],
)
def test_a_set_that_cannot_be_used_is_a_bad_request(
    question_set: Path, content: bytes, message: str
) -> None:
    question_set.write_bytes(content)
    with pytest.raises(BadRequest, match=message):
        read_sets([question_set], _ARCHIVE.get)


def test_a_set_that_is_not_there_is_a_bad_request(question_set: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_sets([question_set], _ARCHIVE.get)


def test_a_record_may_be_called_like_a_passage(question_set: Path) -> None:
    question_set.write_text(json.dumps(_LEAST | {"gold_passage_ids": ["J:3-16"]}))
    assert not read_sets([question_set], {"J:3-16": Document("J:3-16", "x")}.get).faults


def test_half_a_surrogate_pair_is_a_fault(question_set: Path) -> None:
    assert reasons(question_set, _LEAST | {"kind": "\ud800"}) == [
        (1, "it holds characters that cannot be stored")
    ]
