"""What the records derive, and that nothing can change them."""

import dataclasses

import pytest

from rag.records import (
    Answer,
    Citation,
    Document,
    Passage,
    Precision,
    Quote,
    ScoredPassage,
    Statement,
)


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


@pytest.mark.parametrize(
    ("title", "date", "heading"),
    [("Un pont", "2024-01", "Un pont (2024-01)"), ("Un pont", None, "Un pont"), ("", None, "")],
)
def test_what_goes_with_a_passage_is_its_title_and_date_and_with_a_teaser_nothing(
    title: str, date: str | None, heading: str
) -> None:
    assert Passage("a.txt", 0, "x", "body", title, date).heading == heading
    assert Passage("a.txt", 0, "x", "teaser", title, date).heading == ""


@pytest.mark.parametrize(
    ("page", "quoted", "expected"),
    [(3, "Un.", 3), (3, "Deux.", 4), (3, "Trois.", 5), (None, "Deux.", None)],
)
def test_a_citation_is_on_the_page_where_its_quote_begins(
    page: int | None, quoted: str, expected: int | None
) -> None:
    passage = Passage("a.pdf", 100, "Un. \fDeux. \fTrois.", page=page)
    quote = Quote("a.pdf", 100 + passage.text.index(quoted), quoted)
    assert Citation(1, passage, quote).page == expected


def test_a_page_break_before_the_first_word_of_a_passage_is_counted_once() -> None:
    passage = Passage("a.pdf", 100, "\fDeux. \fTrois.", page=2)
    assert Citation(1, passage, Quote("a.pdf", 101, "Deux.")).page == 2
    assert Citation(1, passage, Quote("a.pdf", 108, "Trois.")).page == 3


def test_the_text_of_an_answer_puts_each_marker_behind_its_statement() -> None:
    statements = (Statement("Un.", (1, 2), "verbatim"), Statement("Deux.", (), "unsupported"))
    assert Answer("?", "fr", statements).text == "Un. [1] [2] Deux."


def test_what_looks_like_a_marker_in_a_report_does_not_pass_for_one() -> None:
    told = Statement("Il a voté [2] la loi [3, 4] [sic].", (1,), "verbatim")
    assert Answer("?", "fr", (told,)).text == "Il a voté (2) la loi (3, 4) [sic]. [1]"
    assert told.text == "Il a voté [2] la loi [3, 4] [sic]."


def test_the_text_of_a_refusal_is_its_reason_and_nothing_else() -> None:
    statements = (Statement("Un.", (1,), "verbatim"),)
    assert Answer("?", "fr", statements, refused=True, reason="Rien.").text == "Rien."
    assert Answer("?", "fr", statements, refused=True).text == ""


@pytest.mark.parametrize("record", [Document("a", "x"), Passage("a", 0, "x"), Answer("?", "fr")])
def test_no_record_can_be_changed(record: Document | Passage | Answer) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, dataclasses.fields(record)[0].name, "other")


def test_the_nearest_reports_are_told_by_their_text_before_any_caption() -> None:
    found = [
        ScoredPassage(Passage("a.txt", 90, "Photo : le pont.", "caption"), 0.9, 0.9),
        ScoredPassage(Passage("b.txt", 0, "Le tunnel est long."), 0.8, 0.8),
        ScoredPassage(Passage("a.txt", 0, "Le pont est ouvert."), 0.7, 0.7),
        ScoredPassage(Passage("c.txt", 40, "Photo : le quai.", "caption"), 0.6, 0.6),
    ]
    nearest = Answer("?", "fr", passages=tuple(found), refused=True).nearest
    assert [one.passage.id for one in nearest] == ["b.txt:0-19", "a.txt:0-19", "c.txt:40-56"]
