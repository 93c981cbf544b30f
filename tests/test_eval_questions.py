"""Question sets: what a line may hold, and when an answer mentions what it must."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.questions import Gold, Question, mentions, read_questions
from rag.errors import BadRequest
from rag.records import Turn

_LEAST: dict[str, Any] = {"id": "q1", "question": "Qui préside ?", "answerable": True}


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    return tmp_path / "set.jsonl"


def test_a_question_needs_an_id_its_words_and_whether_it_has_an_answer(question_set: Path) -> None:
    question_set.write_text(json.dumps(_LEAST), encoding="utf-8")
    assert read_questions(question_set) == [Question("q1", "Qui préside ?", True, "fr")]


def test_everything_a_line_says_is_read(question_set: Path) -> None:
    line = _LEAST | {
        "lang": "vi",
        "kind": "person",
        "answers": ["Dara"],
        "must_mention": ["Dara|Vannak"],
        "must_not_mention": ["Hoa"],
        "gold": [{"source": "a.txt", "quote": "Dara préside."}],
        "history": [{"role": "user", "content": "Bonjour"}],
    }
    question_set.write_text(f"\ufeff\n{json.dumps(line)}\r\n\n", encoding="utf-8")
    assert read_questions(question_set) == [
        Question(
            id="q1",
            question="Qui préside ?",
            answerable=True,
            language="vi",
            kind="person",
            must_mention=("Dara|Vannak",),
            must_not_mention=("Hoa",),
            gold=(Gold("a.txt", "Dara préside."),),
            history=(Turn("user", "Bonjour"),),
        )
    ]


@pytest.mark.parametrize(
    "line",
    [
        "pas du JSON",
        "[]",
        "3",
        '{"id": "q2"}',
        '{"id": "q2", "question": "?", "answerable": "yes"}',
        '{"id": "q2", "question": null, "answerable": true}',
        '{"id": "q2", "question": "?", "answerable": true, "gold": [{"source": "a"}]}',
        '{"id": "q2", "question": "?", "answerable": true, "history": ["x"]}',
    ],
)
def test_a_line_that_is_no_question_is_named(question_set: Path, line: str) -> None:
    question_set.write_text(f"{json.dumps(_LEAST)}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="line 3"):
        read_questions(question_set)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no question"), (b"\n \n", "no question"), (b"\xff\xfe\x80", "cannot be read")],
)
def test_a_set_that_cannot_be_used_is_a_bad_request(
    question_set: Path, content: bytes, message: str
) -> None:
    question_set.write_bytes(content)
    with pytest.raises(BadRequest, match=message):
        read_questions(question_set)


def test_a_missing_set_and_a_repeated_id_are_bad_requests(question_set: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_questions(question_set)
    question_set.write_text(f"{json.dumps(_LEAST)}\n{json.dumps(_LEAST)}", encoding="utf-8")
    with pytest.raises(BadRequest, match="'q1' stands twice"):
        read_questions(question_set)


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("Il reste 16 % à borner.", "16", True),
        ("Il reste 16.", "16", True),
        ("Les 16, puis 17.", "16", True),
        ("En 2016.", "16", False),
        ("Il reste 16,5 %.", "16", False),
        ("Il reste 3,16 %.", "16", False),
        ("Le 160e.", "16", False),
        ("2016, puis 16.", "16", True),
        ("En 2023 16 bornes.", "16", True),
        ("BÙI THỊ HOA a signé", "Bui Thi Hoa", True),
        ("Bui\nThi   Hoa", "Bùi Thị Hoa", True),
        ("à Hanoï", "Vientiane|hanoi", True),
        ("à Hanoï", "Vientiane|Phnom Penh", False),
        ("6,65 milliards", "6,65", True),
        ("16,65 milliards", "6,65", False),
        ("2 450 doses", "450", False),
        ("16 000 doses", "16", False),
        ("23 400 mètres carrés", "23400", True),
        ("n'importe quoi", "", False),
        ("", "16", False),
    ],
)
def test_a_fact_is_mentioned_without_regard_to_case_and_accents_but_a_number_only_whole(
    text: str, wanted: str, said: bool
) -> None:
    assert mentions(text, wanted) is said
