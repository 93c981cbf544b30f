"""The sample archive: what it promises of itself, and its question set."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.clean import labelled
from rag.load import READERS

if TYPE_CHECKING:
    from tests.conftest import CORPUS, report_in
else:
    from conftest import CORPUS, report_in

REPORTS = sorted(
    path for path in CORPUS.iterdir() if path.suffix in READERS and path.name != "SOURCES.md"
)
SOURCES = (CORPUS / "SOURCES.md").read_text(encoding="utf-8")
SETS = [CORPUS.parent / "eval" / "questions" / f"{name}.jsonl" for name in ("dev", "test")]
ANSWERABLE = {"fr": 110, "en": 35, "vi": 35}
NEAR_MISSES = {
    "wrong_year",
    "wrong_country",
    "wrong_person",
    "wrong_direction",
    "false_premise",
    "detail_never_stated",
    "outcome_after",
    "undated",
}


def questions(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_sixty_reports_or_more() -> None:
    assert len(REPORTS) >= 60


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_report_is_of_the_length_and_the_years_it_should_be_and_its_facts_have_a_source(
    path: Path,
) -> None:
    document = labelled(report_in(path))
    assert 100 <= len(document.text.split()) <= 500
    assert document.date is None or "2020" <= document.date[:4] <= "2025"
    assert document.title
    assert re.search(rf"^\| {re.escape(path.name)} \| .{{10}}", SOURCES, re.MULTILINE)


def test_no_source_is_given_for_a_report_that_is_not_there() -> None:
    listed = re.findall(r"^\| ([\w.-]+\.(?:txt|md)) \| ", SOURCES, re.MULTILINE)
    assert set(listed) == {path.name for path in REPORTS}


def test_some_reports_have_no_date_and_some_only_a_month() -> None:
    dates = [labelled(report_in(path)).date for path in REPORTS]
    assert dates.count(None) >= 1
    assert any(date and len(date) == 7 for date in dates)


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_question_set_names_words_that_stand_once_in_a_report_that_is_there(path: Path) -> None:
    rows = questions(path)
    assert len({row["id"] for row in rows}) == len(rows)
    wrong = [
        (row["id"], gold["source"])
        for row in rows
        for gold in row.get("gold", [])
        if report_in(CORPUS / gold["source"]).text.count(gold["quote"]) != 1
    ]
    assert wrong == []


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_question_has_a_proof_if_and_only_if_it_can_be_answered(path: Path) -> None:
    assert [
        row["id"] for row in questions(path) if bool(row.get("gold")) != row["answerable"]
    ] == []


def test_there_are_as_many_questions_of_each_sort_as_a_measurement_needs() -> None:
    rows = [row for path in SETS for row in questions(path)]
    assert len({row["id"] for row in rows}) == len(rows) >= 300
    assert len({row["question"] for row in rows}) == len(rows)
    answerable = [row["lang"] for row in rows if row["answerable"]]
    assert [answerable.count(language) >= n for language, n in ANSWERABLE.items()] == [True] * 3
    kinds = [row["kind"] for row in rows if not row["answerable"]]
    assert set(kinds) == {*NEAR_MISSES, "off_topic"}
    assert kinds.count("off_topic") >= 20
    assert len(kinds) - kinds.count("off_topic") >= 100


def test_what_is_asked_of_dev_is_asked_of_test_too() -> None:
    dev, test = ({(row["lang"], row["answerable"]) for row in questions(path)} for path in SETS)
    assert dev == test
    assert {row["kind"] for row in questions(SETS[1])} >= NEAR_MISSES
