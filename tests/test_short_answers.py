"""What is counted as a short answer marked right."""

import runpy
from pathlib import Path

import pytest

from eval.questions import question_of

how_marked = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks/short_answers.py"))[
    "how_marked"
]
TOLD = "Le pont de 180 mètres, payé 3,2 millions de dollars par la Chine, a ouvert lundi."


@pytest.mark.parametrize(
    ("marked", "how"),
    [
        ("180", "right"),
        ("180 mètres", "right"),
        ("3,2 millions de dollars", "wrong"),
        ("180 mètres, payé 3,2 millions de dollars", "wrong"),
        ("", "none"),
    ],
)
def test_words_marked_are_right_if_they_hold_the_answer_and_little_more(
    marked: str, how: str
) -> None:
    row = {
        "id": "1",
        "question": "Combien mesure le pont ?",
        "answerable": True,
        "must_mention": ["180"],
    }
    start = TOLD.index(marked)
    short = (start, start + len(marked)) if marked else None
    assert how_marked(TOLD, short, question_of(row)) == how
