"""One number, however it is written in the three languages."""

from decimal import Decimal

import pytest

from rag.numbers import number_at, spelled


@pytest.mark.parametrize(
    ("written", "language", "value", "ordinal"),
    [
        ("soixante douze", "fr", 72, False),
        ("quatre vingt dix neuf", "fr", 99, False),
        ("deux mille trois cents", "fr", 2300, False),
        ("un milliard", "fr", 10**9, False),
        ("6,65 milliards", "fr", 6_650_000_000, False),
        ("1.435", "fr", 1435, False),
        ("13 e", "fr", 13, True),
        ("quarantième", "fr", 40, True),
        ("vingtaine", "fr", 20, False),
        ("4,800", "en", 4800, False),
        ("6.65 billion", "en", 6_650_000_000, False),
        ("fifty five", "en", 55, False),
        ("two hundred and fifty", "en", 250, False),
        ("eleven hundred", "en", 1100, False),
        ("fortieth", "en", 40, True),
        ("6,65 tỷ", "vi", 6_650_000_000, False),
        ("3.200", "vi", 3200, False),
        ("hai mươi hai", "vi", 22, False),
        ("mười lăm", "vi", 15, False),
        ("thứ bốn mươi", "vi", 40, True),
        ("năm năm", "vi", 5, False),
    ],
)
def test_a_number_is_read(written: str, language: str, value: int, ordinal: bool) -> None:
    found = number_at(written.split(), 0, language)
    assert found
    assert (found.value, found.ordinal) == (Decimal(value), ordinal)


@pytest.mark.parametrize(
    ("written", "language"),
    [("une vingtaine", "fr"), ("one", "en"), ("năm 2021", "vi"), ("một", "vi"), ("², 3", "fr")],
)
def test_an_article_and_a_year_are_no_numbers(written: str, language: str) -> None:
    assert number_at(written.split(), 0, language) is None


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("Depuis trente ans, quatre-vingts pays et deux ou trois îles.", "fr", [30, 80, 2, 3]),
        ("Twenty-one of two hundred and fifty.", "en", [21, 250]),
        ("Mười bốn nước.", "vi", [14]),
        ("Le 12 mai, 315 bornes.", "fr", []),  # figures, not words
        ("", "fr", []),
    ],
)
def test_numbers_in_words_are_read_out_of_a_text(
    text: str, language: str, values: list[int]
) -> None:
    assert [number.value for number in spelled(text, language)] == values
