"""English and Vietnamese words of diplomacy, and their French."""

import pytest

from rag.glossary import _rows, in_french
from rag.words import fold


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("the border", "en", [["frontiere"]]),
        ("biên giới", "vi", [["frontiere"]]),
        ("bien gioi", "vi", [["frontiere"]]),
        ("Cambodian exports", "en", [["cambodge", "cambodgien"]]),
        ("the deputy prime minister", "en", [["vice premier ministre"]]),
        ("bộ trưởng ngoại giao", "vi", [["ministre affaires etrangeres", "diplomatie"]]),
        ("bordering", "en", []),
        ("Kralanh", "en", []),
        ("", "en", []),
    ],
)
def test_the_words_of_a_question_have_a_french_form(
    question: str, language: str, expected: list[list[str]]
) -> None:
    assert in_french(question, language)[0] == expected


def test_what_the_glossary_does_not_know_is_left() -> None:
    found, rest = in_french("Did Kralanh mark the border?", "en")
    assert found == [["frontiere"]]
    assert rest.split() == ["did", "kralanh", "mark", "the", "?"]


@pytest.mark.parametrize("row", list(_rows()), ids=lambda row: row[0])
def test_every_row_has_three_columns_without_capitals_or_accents(row: list[str]) -> None:
    assert len(row) == 3
    assert all(form.strip() for column in row for form in column.split(","))
    assert ";".join(row) == fold(";".join(row))
