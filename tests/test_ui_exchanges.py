"""A conversation, and what a browser keeps of it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rag.records import Document, Turn
from rag.retrieve import Filters
from ui.exchanges import Conversation, Exchange, kept, restored

if TYPE_CHECKING:
    from tests.drawn import REPORT, TEXT, answered, refused
else:
    from drawn import REPORT, TEXT, answered, refused


def archive(source: str) -> Document | None:
    return replace(REPORT, source=source) if source != "gone.txt" else None


def talk() -> Conversation:
    first = Exchange(1, answered(), filters=Filters(since="2024"))
    return Conversation().plus(first).plus(Exchange(2, refused(5), stopped=True))


def test_a_conversation_is_named_by_its_first_question_and_keeps_name_and_id() -> None:
    two = talk()
    assert two.name == "Quelle longueur ?"
    again = two.upto(2).plus(Exchange(2, answered()))
    assert (again.id, again.name) == (two.id, two.name)
    assert len(again.exchanges) == 2


def test_its_history_is_its_turns_in_order() -> None:
    assert [turn.role for turn in talk().history] == ["user", "assistant"] * 2
    assert talk().history[0] == Turn("user", "Quelle longueur ?")


def test_what_is_kept_comes_back_as_it_was_with_the_reports_of_today() -> None:
    before = talk()
    after = restored(json.loads(kept(before)), archive)
    assert (after.id, after.name) == (before.id, before.name)
    assert [one.answer.text for one in after.exchanges] == [
        one.answer.text for one in before.exchanges
    ]
    assert after.exchanges[0].filters == Filters(since="2024")
    assert after.exchanges[0].reports == {"pont.txt": REPORT}
    assert after.exchanges[1].answer.nearest == before.exchanges[1].answer.nearest
    assert after.exchanges[1].stopped


def test_a_report_that_says_no_longer_what_was_quoted_is_not_shown_as_its_source() -> None:
    data = json.loads(kept(talk()))
    changed = replace(REPORT, text=TEXT.replace("300", "301"))
    assert restored(data, lambda _: changed).exchanges[0].reports == {}
    assert restored(data, lambda _: None).exchanges[0].reports == {}


def test_a_kept_sentence_is_checked_again_and_what_was_altered_is_not_word_for_word() -> None:
    data = json.loads(kept(talk()))
    assert _first(data)["verdict"] == "verbatim"
    assert restored(data, archive).exchanges[0].answer.statements[0].verdict == "verbatim"
    _first(data)["text"] = "Il mesure 900 mètres."
    assert restored(data, archive).exchanges[0].answer.statements[0].verdict == "partial"


def test_a_report_that_was_removed_vouches_for_nothing() -> None:
    data = json.loads(kept(talk()))
    after = restored(data, lambda _: None).exchanges[0].answer
    assert [one.verdict for one in after.statements] == ["unsupported"]


def test_a_kept_sentence_that_cites_what_is_not_there_cannot_be_read() -> None:
    data = json.loads(kept(talk()))
    _first(data)["citations"] = [99]
    with pytest.raises(ValueError, match="cites what is not there"):
        restored(data, archive)


def _first(data: Any) -> Any:
    return data["exchanges"][0]["answer"]["statements"][0]


@pytest.mark.parametrize("data", [None, 3, "x", [], {}, {"id": 1}, {"exchanges": [{}]}])
def test_what_no_version_kept_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        restored(data, archive)


def test_what_was_said_before_the_first_question_is_part_of_the_history_and_is_kept() -> None:
    said = (Turn("user", "Et le pont ?"), Turn("assistant", "Il est long."))
    two = Conversation(before=said).plus(Exchange(1, answered())).plus(Exchange(2, answered()))
    assert two.history[:2] == list(said)
    assert two.upto(1).history == list(said)
    assert restored(json.loads(kept(two)), archive).history == two.history
