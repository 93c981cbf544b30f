"""What a passage holds; that passages tile a document is law 2, in test_laws."""

import time

import pytest

from rag.clean import labelled
from rag.records import Document, Moment, Passage, Span
from rag.split import LONGEST, TARGET, split

_SENTENCE = "Le pont de Kralanh est ouvert depuis la fête de mai. "


def passages(text: str) -> list[Passage]:
    return split(labelled(Document("a.txt", text)))


def test_passages_are_gathered_sentences_near_the_target() -> None:
    found = passages(_SENTENCE * 60)
    assert len(found) > 2
    assert all(passage.text.strip().endswith("mai.") for passage in found)
    assert all(TARGET / 2 < len(passage.text) <= TARGET for passage in found[:-1])


def test_a_short_last_line_goes_with_what_it_follows() -> None:
    full = _SENTENCE * (TARGET // len(_SENTENCE))
    found = passages(full + "Une dernière phrase, plus courte que le reste de la dépêche.")
    assert [passage.text[-8:] for passage in found] == ["dépêche."]


@pytest.mark.parametrize("text", ["mot " * 2000, "x" * 5000, "mot, " * 1000, "l'" * 3000])
def test_no_passage_is_longer_than_the_model_reads(text: str) -> None:
    found = passages(text)
    assert max(len(passage.text) for passage in found) <= LONGEST
    assert "".join(passage.text for passage in found) == text


def test_a_sentence_too_long_is_cut_between_words() -> None:
    assert {passage.text[-1] for passage in passages("mot " * 2000)} == {" "}


def test_a_passage_keeps_to_one_kind_and_carries_title_and_date() -> None:
    found = passages(f"date 2023\nUn pont\n\n{_SENTENCE}\nVoir plus\nUn tramway circule.\n")
    assert [(passage.kind, passage.title, passage.date) for passage in found] == [
        ("header", "Un pont", "2023"),
        ("headline", "Un pont", "2023"),
        ("body", "Un pont", "2023"),
        ("boilerplate", "Un pont", "2023"),
        ("teaser", "", None),
    ]


def test_each_teaser_has_its_own_title_and_none_of_the_report_it_stands_below() -> None:
    related = "Un tramway circule\nLa ville l'attendait depuis dix ans.\n\nLe riz se vend mieux\n"
    found = passages(f"date 2023\nUn pont\n\n{_SENTENCE}\n\nVoir plus\n\n{related}")
    teasers = [passage for passage in found if passage.kind == "teaser"]
    assert [teaser.title for teaser in teasers] == ["Un tramway circule", "Le riz se vend mieux"]
    assert {(teaser.date, teaser.heading) for teaser in teasers} == {(None, "")}


def test_a_passage_knows_the_page_it_begins_on() -> None:
    pages = [f"{_SENTENCE * 20}", f"\f{_SENTENCE * 20}", f"\f{_SENTENCE}"]
    text = "".join(pages)
    found = split(Document("a.pdf", text))
    for passage in found:
        first_word = passage.end - len(passage.text.lstrip())
        assert passage.page == 1 + text[:first_word].count("\f")
    assert {passage.page for passage in found} >= {1, 2}


def test_a_passage_that_begins_with_a_page_break_is_on_the_page_after_it() -> None:
    document = Document("a.pdf", "Un.\n\fDeux.", spans=(Span(0, 4, "body"), Span(4, 10, "body")))
    assert [passage.page for passage in split(document)] == [1, 2]


def test_a_report_without_pages_has_no_page_numbers() -> None:
    assert {passage.page for passage in passages(_SENTENCE * 40)} == {None}


def test_a_passage_has_the_language_of_its_report_and_the_moments_that_begin_in_it() -> None:
    first, last = Moment(3, 5, "2024-01-01", "2024-01-31"), Moment(6, 8, "2024", "2024")
    document = Document(
        "a.txt",
        "Un. Deux.",
        language="fr",
        spans=(Span(0, 4, "caption"), Span(4, 9, "body")),
        moments=(first, last),
    )
    assert [(p.language, p.moments) for p in split(document)] == [("fr", (first,)), ("fr", (last,))]


def test_many_short_spans_are_split_in_the_time_that_the_text_is_long() -> None:
    caption = "\fPhoto : le pont, le 28 mai 2024. DR\n\n"
    starts = range(0, 15_000 * len(caption), len(caption))
    document = Document(
        "a.pdf",
        caption * len(starts),
        spans=tuple(Span(start, start + len(caption), "caption") for start in starts),
        moments=tuple(
            Moment(start + 18, start + 32, "2024-05-28", "2024-05-28") for start in starts
        ),
    )
    began = time.perf_counter()
    found = split(document)
    assert time.perf_counter() - began < 3
    assert [(p.page, p.moments) for p in found] == [
        (number, (moment,)) for number, moment in enumerate(document.moments, 2)
    ]


def test_a_document_that_was_never_labelled_is_one_body() -> None:
    assert split(Document("a.txt", "Un. Deux.")) == [Passage("a.txt", 0, "Un. Deux.")]
    assert split(Document("a.txt", "")) == []


def test_passages_follow_the_spans_they_are_given() -> None:
    document = Document("a.txt", "Un. Deux.", spans=(Span(0, 4, "caption"), Span(4, 9, "body")))
    assert [(p.start, p.text, p.kind) for p in split(document)] == [
        (0, "Un. ", "caption"),
        (4, "Deux.", "body"),
    ]
