"""English and Vietnamese words of diplomacy, and their French."""

import pytest

from rag.glossary import Row, in_french, known, rows
from rag.words import fold


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("the border", "en", [["frontiere"]]),
        ("biên giới", "vi", [["frontiere"]]),
        ("bien gioi", "vi", [["frontiere"]]),
        ("Cambodian exports", "en", [["cambodge", "cambodgien", "khmer"]]),
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


@pytest.mark.parametrize(
    ("question", "language", "named", "code"),
    [
        ("l'Allemagne et la Pologne", "fr", "Allemagne", "DE"),
        ("la République de Corée", "fr", "République de Corée", "KR"),
        ("la Corée du Nord", "fr", "Corée du Nord", "KP"),
        ("des œuvres laotiennes", "fr", "laotiennes", "LA"),
        ("North Korea's minister", "en", "North Korea", "KP"),
        ("Na Uy và Campuchia", "vi", "Na Uy", "NO"),
        ("y tế ở Campuchia", "vi", "Campuchia", "KH"),
    ],
)
def test_the_countries_of_the_world_are_known_by_name(
    question: str, language: str, named: str, code: str
) -> None:
    first = known(question, language)[0]
    assert (question[first.start : first.end], first.row.kind) == (named, code)


def test_a_country_is_one_row_whoever_names_it() -> None:
    codes = [row.kind for row in rows() if row.is_country]
    assert len(codes) == len(set(codes)) > 200


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.forms["fr"])
def test_every_row_is_without_capitals_or_accents(row: Row) -> None:
    assert row.forms["fr"]
    assert all(form and form == fold(form) for forms in row.forms.values() for form in forms)
