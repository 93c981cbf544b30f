"""What the records derive, and that nothing can change them."""

import dataclasses

import pytest

from rag.records import Answer, Document, Passage, Precision, Quote, Statement


@pytest.mark.parametrize(
    ("date", "precision"),
    [("2024-01-28", "day"), ("2024-01", "month"), ("2024", "year"), (None, "unknown")],
)
def test_a_date_cut_short_says_how_exact_it_is(date: str | None, precision: Precision) -> None:
    assert Document("a.txt", "x", date=date).date_precision == precision


def test_a_passage_and_a_quote_end_where_their_text_ends() -> None:
    assert Passage("a.txt", 10, " cinq\n").end == 16
    assert Quote("a.txt", 3, "é\r\n").end == 6


def test_the_id_of_a_passage_names_its_place() -> None:
    assert Passage("2024/a.txt", 10, "cinq").id == "2024/a.txt:10-14"


def test_the_text_of_an_answer_puts_each_marker_behind_its_statement() -> None:
    statements = (Statement("Un.", (1, 2), "verbatim"), Statement("Deux.", (), "unsupported"))
    assert Answer("?", "fr", statements).text == "Un. [1] [2] Deux."


def test_the_text_of_a_refusal_is_its_reason_and_nothing_else() -> None:
    statements = (Statement("Un.", (1,), "verbatim"),)
    assert Answer("?", "fr", statements, refused=True, reason="Rien.").text == "Rien."
    assert Answer("?", "fr", statements, refused=True).text == ""


@pytest.mark.parametrize("record", [Document("a", "x"), Passage("a", 0, "x"), Answer("?", "fr")])
def test_no_record_can_be_changed(record: Document | Passage | Answer) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, dataclasses.fields(record)[0].name, "other")
