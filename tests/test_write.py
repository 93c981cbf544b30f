"""The quoting writer: how many sentences, which, and how they are numbered."""

import pytest

from rag.question import understood
from rag.records import Citation, Passage, Quote
from rag.relevance import Candidate, Features
from rag.write import GAP, LONGEST_ANSWER, Written, quoted

ASKED = understood("Que se passe-t-il ?")

_SAID = [
    "Le pont de Kralanh est ouvert.",
    "Un barrage produit du courant.",
    "Les paysans récoltent le riz.",
    "La ministre visite une école.",
]


def candidates(*told: tuple[str, float]) -> list[Candidate]:
    """Return candidates of these texts and scores, which come best first."""
    return [
        Candidate(
            Quote("a.txt", 1000 * place, text),
            Passage("a.txt", 0, text),
            Features(score / 3.0, *[0.0] * 8),
        )
        for place, (text, score) in enumerate(told)
    ]


def texts(*told: tuple[str, float]) -> list[str]:
    return [written.text for written in quoted(ASKED, candidates(*told))]


def test_the_best_sentences_are_quoted_in_order_and_numbered_from_one() -> None:
    written = list(quoted(ASKED, found := candidates((_SAID[0], 1.0), (_SAID[1], 0.95)), first=3))
    assert written == [
        Written(one.quote.text, (Citation(number, one.passage, one.quote),))
        for number, one in enumerate(found, start=3)
    ]


def test_an_answer_has_no_more_than_three_sentences() -> None:
    assert texts(*((text, 1.0) for text in _SAID)) == _SAID[:LONGEST_ANSWER]


def test_a_sentence_far_below_the_best_is_left_out() -> None:
    told = [(_SAID[0], 1.0), (_SAID[1], 1.0 - GAP + 0.01), (_SAID[2], 1.0 - GAP - 0.01)]
    assert texts(*told) == _SAID[:2]


def test_what_was_said_already_is_not_said_again() -> None:
    again = "Le pont de Kralanh est ouvert !"
    assert texts((_SAID[0], 1.0), (again, 0.99), (_SAID[1], 0.98)) == _SAID[:2]


def test_a_statement_closes_up_white_space_and_its_quote_does_not() -> None:
    (written,) = quoted(ASKED, candidates(("Le pont\r\n  est <b>ouvert</b>.", 1.0)))
    assert written.text == "Le pont est <b>ouvert</b>."
    assert written.citations[0].quote.text == "Le pont\r\n  est <b>ouvert</b>."


def test_the_short_answer_is_marked_in_the_text_as_it_is_shown() -> None:
    query = understood("Combien mesure le pont ?")
    (written,) = quoted(query, candidates(("Ouvert le 3 mai, il mesure\r\n412 mètres.", 1.0)))
    assert written.short
    assert written.text[slice(*written.short)] == "412 mètres"


def test_nothing_is_marked_where_nothing_is_of_the_kind_asked_for() -> None:
    (written,) = quoted(understood("Combien mesure le pont ?"), candidates((_SAID[0], 1.0)))
    assert written.short is None


REPORT = "Sok Dara est venu à Kampot. Il a promis un pont. Les deux ministres ont signé."


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (0, "Sok Dara est venu à Kampot."),
        (28, "Sok Dara est venu à Kampot. Il a promis un pont."),
        (49, "Il a promis un pont. Les deux ministres ont signé."),
    ],
)
def test_a_sentence_that_leans_back_is_quoted_with_the_one_before_it(start: int, text: str) -> None:
    passage = Passage("a.txt", 100, REPORT)
    starts = [100, 128, 149]
    end = {0: 27, 28: 48, 49: 78}[start]
    before = starts[starts.index(100 + start) - 1] if start else None
    quote = Quote("a.txt", 100 + start, REPORT[start:end])
    found = Candidate(quote, passage, Features(*[0.0] * 9), before)
    (written,) = quoted(ASKED, [found])
    assert written.text == text
    (citation,) = written.citations
    assert REPORT[citation.quote.start - 100 : citation.quote.end - 100] == text


def test_nothing_found_is_nothing_quoted() -> None:
    assert texts() == []


def test_a_sentence_quoted_before_a_pronoun_is_not_quoted_again() -> None:
    passage = Passage("a.txt", 100, REPORT)
    first = Candidate(Quote("a.txt", 100, REPORT[:27]), passage, Features(*[0.0] * 9))
    second = Candidate(Quote("a.txt", 128, REPORT[28:48]), passage, Features(*[0.0] * 9), 100)
    assert [one.text for one in quoted(ASKED, [second, first])] == [REPORT[:48]]
