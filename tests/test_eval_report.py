"""What failed and why, and the report that shows it: escaped, whole, and of no other host."""

from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import escape

from eval.compare import compared
from eval.failures import SEVERITY, failures
from eval.figures import figures
from eval.meanings import MEANINGS
from eval.measures import MEASURES
from eval.questions import Gold
from eval.records import Record
from eval.report import report
from eval.run import Run
from eval.sets import Sets

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.eval_records import REFUSED, SAID, answer, passage, question, record
else:
    from eval_records import REFUSED, SAID, answer, passage, question, record

LANGUAGES = ["fr", "en", "vi", "km", "lo", "th", "$\\x$"]
GOLD = Gold("a.txt", SAID)
WHERE = [[("a.txt", 0, len(SAID))]]


def asked(**others: Any) -> Any:
    return question("412", gold=[GOLD], **others)


RIGHT = record(asked(id="right"), answer(SAID), gold=WHERE)
FAILED: dict[str, Record] = {
    "answered_without_answer": record(question(id="n", answerable=False), answer(SAID)),
    "invented_quote": record(asked(id="i"), answer(SAID), gold=WHERE, found=[False]),
    "says_what_is_wrong": record(asked(id="s", must_not=["3 mai"]), answer(SAID), gold=WHERE),
    "misses_all": record(asked(id="a"), answer("Il a plu."), gold=WHERE),
    "unsupported": record(asked(id="u"), answer(SAID, verdict="unsupported"), gold=WHERE),
    "misses_some": record(question("412", "juin", id="m"), answer(SAID)),
    "refused": record(asked(id="r"), REFUSED, gold=WHERE),
    "cites_elsewhere": record(asked(id="c"), answer(SAID), gold=[[("b.txt", 0, 9)]]),
}


@pytest.mark.parametrize("reason", FAILED)
def test_each_failure_has_its_reason(reason: str) -> None:
    (failure,) = failures([FAILED[reason], RIGHT])
    assert failure.reasons == (reason,)


def test_the_worst_comes_first() -> None:
    found = failures([*reversed(FAILED.values()), RIGHT])
    assert tuple(failure.reasons[0] for failure in found) == SEVERITY


def test_the_rank_of_the_first_passage_that_answers_is_told() -> None:
    ranking = [passage("b.txt", 0, 9), passage("a.txt", 0, 9)]
    wrong = record(asked(), answer("Il a plu."), passages=ranking, gold=WHERE)
    assert [failure.rank for failure in failures([wrong, FAILED["refused"]])] == [2, None]


def run(*records: Record) -> Run:
    settings = {
        "sets": [{"file": "sets/mine.jsonl"}],
        "model": "m",
        "reports": "abc",
        "commit": "0123456789abcdef",
        "machine": {"processor": "P", "cores": 2},
    }
    return Run(settings, Sets((), ()), records, figures(records))


def with_texts(*records: Record) -> list[Record]:
    for one in records:
        for found in one.passages:
            assert isinstance(found, dict)
            found |= {"text": "Un passage.", "date": None}
    return list(records)


def test_every_failure_is_shown_with_what_was_expected_and_found() -> None:
    ranking = [passage("b.txt", 0, 9), passage("a.txt", 0, 9)]
    wrong = record(asked(id="q7"), answer("Il a plu."), passages=ranking, gold=WHERE)
    page = report(run(*with_texts(wrong), RIGHT, FAILED["answered_without_answer"]))
    assert "mine.jsonl" in page
    assert page.index('id="n"') < page.index('id="q7"')
    assert 'id="right"' not in page
    assert f"« {SAID} »" in page
    assert "le bon est au rang 2" in page
    assert "the right one is at rank 2" in page
    assert page.count("<svg") == 1


def test_a_report_tells_how_it_differs_from_another_run() -> None:
    now = record(asked(id="right"), answer("Il a plu."), gold=WHERE)
    page = report(run(now), compared([RIGHT], [now]))
    assert page.count("<svg") == 2
    turned = '<dd><a href="#right">right</a></dd>'
    assert f"From right to wrong</span> (1)</dt>{turned}" in page


def test_what_a_set_or_an_archive_says_is_text_and_no_markup() -> None:
    nasty = "<script>alert(1)</script> & <b>"
    one = record(question("412", id=nasty, kind=f"{nasty} $x^{{$"), answer(nasty), gold=WHERE)
    page = report(run(one))
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.count("&lt;script&gt;") >= 4


def test_every_measure_of_a_report_is_explained_in_two_languages() -> None:
    assert MEANINGS.keys() == {measure.name for measure in MEASURES}
    page = report(run(RIGHT))
    for name in run(RIGHT).figures["all"]:
        assert all(escape(told) in page for told in MEANINGS[name])


def test_a_report_takes_any_number_of_languages_whatever_they_are_called() -> None:
    records = [record(asked(id=one, language=one), answer(SAID), gold=WHERE) for one in LANGUAGES]
    assert "<svg" in report(run(*records))


@pytest.mark.parametrize("width", [390, 1280])
def test_a_report_asks_no_host_fits_a_phone_and_speaks_two_languages(
    chromium: "Browser", width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    hosts: list[str] = []
    page.on("request", lambda request: hosts.append(request.url))
    page.set_content(report(run(*FAILED.values(), RIGHT), compared([RIGHT], [RIGHT])))
    assert hosts == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_text("refuse, alors que l’archive répond").is_visible()
    page.get_by_label("English").check()
    assert page.get_by_text("refuses, though the archive answers").is_visible()
    assert not page.get_by_text("refuse, alors que l’archive répond").is_visible()
    page.close()
