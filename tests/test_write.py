"""The quoting writer: how many sentences, which, and how they are numbered."""

from rag.records import Citation, Passage, Quote
from rag.relevance import Candidate, Features
from rag.write import GAP, LONGEST_ANSWER, quoted

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
            Quote("a.txt", place, text),
            Passage("a.txt", 0, text),
            Features(0.0, score, 0.0, 0.0, 0.0, 0.0, 0.0),
        )
        for place, (text, score) in enumerate(told)
    ]


def texts(*told: tuple[str, float]) -> list[str]:
    return [text for text, _ in quoted(candidates(*told))]


def test_the_best_sentences_are_quoted_in_order_and_numbered_from_one() -> None:
    written = list(quoted(found := candidates((_SAID[0], 1.0), (_SAID[1], 0.95))))
    assert written == [
        (one.quote.text, Citation(number, one.passage, one.quote))
        for number, one in enumerate(found, start=1)
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
    ((text, citation),) = quoted(candidates(("Le pont\r\n  est <b>ouvert</b>.", 1.0)))
    assert text == "Le pont est <b>ouvert</b>."
    assert citation.quote.text == "Le pont\r\n  est <b>ouvert</b>."


def test_nothing_found_is_nothing_quoted() -> None:
    assert texts() == []
