"""The evaluation view's words and HTML: whole in each language, and nothing but text."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from lxml import html

from eval.bench import Kept, Running
from eval.compare import Verdict, compared
from eval.failures import SEVERITY, failures
from eval.figures import figures
from eval.flaws import LINES
from eval.meanings import MEANINGS
from eval.measures import MEASURES
from eval.questions import Gold
from eval.records import Record
from eval.run import Run
from eval.sets import Sets, read_sets
from rag.errors import BadRequest, IndexNotFound
from ui import feedback, measured
from ui.words import LANGUAGES, Language, Words, phrases

if TYPE_CHECKING:
    from tests.eval_records import REFUSED, SAID, answer, question, record
else:
    from eval_records import REFUSED, SAID, answer, question, record

FRENCH, ENGLISH = Words("fr"), Words("en")
NASTY = "<script>alert(1)</script> ${x} **b**\n{y}"


def run(*records: Record) -> Run:
    return Run({"model": "m", "commit": "0123+"}, Sets((), ()), records, figures(records))


def text(block: str) -> str:
    return " ".join(html.fromstring(f"<div>{block}</div>").text_content().split())


def gaps(said: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", said))


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_can_be_said_has_its_words(language: Language) -> None:
    said = phrases()[language]
    named = [f"evaluation_{of}_{one.name}" for one in MEASURES for of in ("measure", "means")]
    named += [f"evaluation_reason_{one}" for one in SEVERITY]
    named += [f"evaluation_fault_{one}" for one in LINES]
    named += [f"evaluation_{one}" for one in get_args(Verdict)]
    named += [f"evaluation_kind_{one}" for one in get_args(feedback.Judgement)]
    named += [f"feedback_{one}" for one in get_args(feedback.Judgement)]
    assert [name for name in named if not said.get(name)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_asks_for_nothing_that_is_not_told(language: Language) -> None:
    for name, line in LINES.items():
        assert gaps(phrases()[language][f"evaluation_fault_{name}"]) <= gaps(line)


def test_the_page_and_the_report_say_the_same_of_a_measure() -> None:
    for name, (french, english) in MEANINGS.items():
        assert FRENCH(f"evaluation_means_{name}").replace("\xa0", " ") == french
        assert ENGLISH(f"evaluation_means_{name}").replace("\xa0", " ") == english


def test_the_kinds_of_our_own_sets_have_names() -> None:
    files = (Path(__file__).parents[1] / "eval" / "questions").glob("*.jsonl")
    rows = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
    kinds = {row.get("kind", "") for row in rows} - {""}
    unnamed = [kind for kind in kinds if f"evaluation_kind_{kind}" not in phrases()["fr"]]
    assert len(kinds) > 10
    assert unnamed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_trouble_is_told_in_the_language_of_the_page(language: Language) -> None:
    words = Words(language)
    assert text(measured.trouble(words, ValueError("secret"))) == " ".join(
        words("unexpected").split()
    )
    known = phrases()[language]["trouble_IndexNotFound"]
    assert text(measured.trouble(words, IndexNotFound("x"))) == " ".join(known.split())


@pytest.mark.parametrize("error", ["RunGoesOn", "FaultySet", "NotKept", "EmptySet", "NotARun"])
def test_the_errors_of_a_run_have_words(error: str) -> None:
    kind = type(error, (BadRequest,), {})
    shown = {text(measured.trouble(Words(one), kind("in English"))) for one in LANGUAGES}
    assert len(shown) == 3
    assert "in English" not in shown


# A set


def test_a_set_is_counted_and_each_fault_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f'{{"id": {json.dumps(NASTY)}}}\n' + "{\n" * 40, encoding="utf-8")
    shown = measured.checked(FRENCH, read_sets([path], lambda _: None))
    assert "0 question, 41 défauts." in text(shown)
    rows = html.fromstring(f"<div>{shown}</div>").findall(".//tbody/tr")
    assert [cell.text_content() for cell in rows[0]] == ["1", "le champ question manque"]
    assert "JSON invalide au caractère 2" in rows[1].text_content()
    assert "… et 11 autres" in text(shown)


def test_progress_is_a_bar_with_its_words() -> None:
    running = Running("a.jsonl", done=1200, total=5000)
    bar = html.fromstring(measured.progress(ENGLISH, running)).find(".//progress")
    assert (bar.get("value"), bar.get("max")) == ("1200", "5000")
    assert bar.get("aria-label") == "Questions asked, set a.jsonl"
    assert "1,200 of 5,000" in text(measured.progress(ENGLISH, running))
    running.stopping.set()
    assert "Stopping" in text(measured.progress(ENGLISH, running))


def test_a_run_is_called_by_its_set_and_when_it_began() -> None:
    kept = Kept("2024-03-01-141500-dev", "dev", "2024-03-01", "14:15:00")
    assert measured.run_label(FRENCH, kept) == "dev, 1er mars 2024 à 14:15:00"


# Measures


def rows_of(block: str, table: int = 0) -> dict[str, list[str]]:
    """Return the rows of a table by what their head begins with."""
    found = html.fromstring(f"<div>{block}</div>").findall(".//table")[table].findall(".//tbody/tr")
    return {
        tr.find("th").text: [" ".join(td.itertext()) for td in tr.findall("td")] for tr in found
    }


def test_each_measure_stands_with_its_interval_by_language_and_by_kind() -> None:
    records = [
        record(question("412", id="a", kind="number"), answer(SAID)),
        record(question("413", id="b", kind="number", language="en"), answer(SAID)),
        record(question("412", id="c", kind="odd & end"), answer(SAID)),
    ]
    shown = measured.results(FRENCH, run(*records))
    by_language, by_kind = rows_of(shown), rows_of(shown, 1)
    assert by_language["réponses justes"] == ["0,667 0–1", "0 0–0", "1 1–1"]
    assert by_language["questions"] == ["3", "1", "2"]
    assert by_kind["questions"] == ["2", "1"]
    assert "odd & end" in text(shown)
    images = html.fromstring(shown).findall(".//img")
    assert len(images) == 2
    assert all(image.get("alt").startswith("Graphique") for image in images)


def test_two_runs_are_compared_by_words_and_not_by_colour() -> None:
    before = [record(question("412", id=f"q{n}"), answer("Il a plu.")) for n in range(20)]
    after = [record(question("412", id=f"q{n}"), answer(SAID)) for n in range(20)]
    shown = measured.results(ENGLISH, run(*after), compared(before, after), "dev, 1 March 2024")
    right = rows_of(shown, 1)["right answers"]
    assert right == ["0", "1", "+1", "1 … 1", "better"]
    assert "Wrong before, right now (20) q0, q1" in text(shown)
    assert "Beside dev, 1 March 2024" in text(shown)


def test_runs_that_have_nothing_in_common_say_so() -> None:
    one, other = (record(question("412", id=name), answer(SAID)) for name in "ab")
    shown = measured.results(ENGLISH, run(one), compared([other], [one]), "x")
    assert "No question was asked in both runs." in text(shown)
    assert "1 questions asked only before, 1 only now" in text(shown)


# Failures


def failed(said: Any, comment: str = "", **asked: Any) -> str:
    one = record(
        replace(question("412", **asked), comment=comment),
        said,
        passages=[{"id": "a", "source": "a.txt", "start": 0, "end": 9, "text": NASTY}],
    )
    (failure,) = failures([one])
    return measured.failure_block(FRENCH, failure, 0, 2)


def test_a_failure_shows_what_was_asked_expected_answered_and_found() -> None:
    shown = text(failed(REFUSED, "C’était 412.", kind="number", gold=[Gold("a.txt", SAID)]))
    for said in (
        "Échec 1 sur 2",
        "refuse, alors que l’archive répond",
        "q · français · nombre",
        "✗ 412 n’est pas dit",
        f"«\xa0{SAID}\xa0»".replace("\xa0", " "),
        "le bon n’y est pas",
        "C’était 412.",
    ):
        assert said in shown.replace("\xa0", " ")


def test_a_failure_where_nothing_was_to_be_said_expects_a_refusal() -> None:
    shown = failed(answer(SAID), answerable=False)
    assert "Un refus : l’archive n’en dit rien." in text(shown).replace("\xa0", " ")


def test_what_a_set_or_an_archive_says_is_text_and_no_markup() -> None:
    asked: dict[str, Any] = {"id": NASTY, "kind": NASTY, "language": NASTY}
    one = record(question("412", **asked), answer(NASTY), passages=[])
    shown = failed(answer(NASTY), **asked) + measured.results(FRENCH, run(one))
    assert "<script" not in shown
    assert not re.search(r"[$*{}`]", re.sub(r"base64,[^\"]+", "", shown))
