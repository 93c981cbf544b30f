"""The page's words: each in three languages, and dates as each language writes them."""

import re
import string
from pathlib import Path

import pytest

import ui
from ui.words import LANGUAGES, Language, Words, phrases


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("2024-01-28", "28 janvier 2024"),
        ("2021-08-01", "1er août 2021"),
        ("2024-01", "janvier 2024"),
        ("2023", "2023"),
        (None, "date inconnue"),
        ("2024-13", "2024-13"),
        ("2024-00", "2024-00"),
        ("jadis", "jadis"),
    ],
)
def test_a_date_is_written_as_precisely_as_it_is_known(date: str | None, written: str) -> None:
    assert Words("fr").date(date) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["28 January 2024", "March 2024", "2024", "date unknown"]),
        ("vi", ["28 tháng 1 năm 2024", "tháng 3 năm 2024", "2024", "không rõ ngày"]),
    ],
)
def test_a_date_is_written_as_its_language_writes_it(
    language: Language, written: list[str]
) -> None:
    dates = ["2024-01-28", "2024-03", "2024", None]
    assert [Words(language).date(date) for date in dates] == written


def test_a_count_takes_the_plural_of_its_language() -> None:
    assert [Words("fr").count("reports", n) for n in (0, 1, 2)] == [
        "0 dépêche",
        "1 dépêche",
        "2 dépêches",
    ]
    assert [Words("en").count("reports", n) for n in (0, 1)] == ["0 reports", "1 report"]
    assert Words("vi").count("reports", 2000) == "2.000 bản tin"


def test_every_phrase_is_there_in_each_language_and_none_lacks_a_value() -> None:
    for name, french in phrases()["fr"].items():
        for language in LANGUAGES:
            said = phrases()[language][name]
            assert said, (name, language)
            if not name.startswith("reason_"):  # what the library says of a failure is cut there
                assert _values(said) == _values(french), (name, language)


def _values(said: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(said) if field}


def test_french_puts_no_plain_space_before_its_double_signs() -> None:
    wrong = [one for one in phrases()["fr"].values() if re.search(r" [:;?!»]|« |\w'\w", one)]
    assert wrong == []


def test_no_phrase_is_left_over() -> None:
    folder = Path(ui.__file__).parent
    code = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    code = code.replace("'", '"')
    made = tuple(re.findall(r'f"(\w+)\{', code))
    left = [
        name
        for name in phrases()["fr"]
        if f'"{name.removesuffix(".one").removesuffix(".other")}"' not in code
        and not name.startswith((*made, "reason_"))  # `ui.reasons` looks those up by their words
    ]
    assert left == []
