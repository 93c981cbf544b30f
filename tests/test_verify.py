"""Verbatim is word for word; whatever is not is unsupported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Citation, Passage, Quote, Verdict
from rag.verify import verdict


def cited(*texts: str) -> list[Citation]:
    """Return a citation of each text, in a passage that begins with it."""
    return [
        Citation(number, Passage("a.txt", 10, f"{text} Fin."), Quote("a.txt", 10, text))
        for number, text in enumerate(texts, start=1)
    ]


@pytest.mark.parametrize(
    ("statement", "quotes", "expected"),
    [
        ("Il mesure 412 mètres.", ["Il mesure 412 mètres."], "verbatim"),
        ("Il mesure 412 mètres.", ["Il mesure\r\n412\u202fmètres."], "verbatim"),
        ("Il mesure 412 mètres.", ["Ilmesure 412 mètres."], "verbatim"),
        ("Il ouvre. Il ferme.", ["Il ouvre.", "Il ferme."], "verbatim"),
        ("Il mesure 413 mètres.", ["Il mesure 412 mètres."], "unsupported"),
        ("Il mesure 412 metres.", ["Il mesure 412 mètres."], "unsupported"),
        ("Il mesure 412", ["Il mesure 412 mètres."], "unsupported"),
        ("il mesure 412 mètres.", ["Il mesure 412 mètres."], "unsupported"),
        ("Il ferme. Il ouvre.", ["Il ouvre.", "Il ferme."], "unsupported"),
        ("Il ouvre.", [], "unsupported"),
        ("", [], "unsupported"),
    ],
)
def test_a_statement_is_verbatim_only_if_it_is_its_quotes(
    statement: str, quotes: list[str], expected: Verdict
) -> None:
    assert verdict(statement, cited(*quotes)) == expected


@given(st.text(), st.text())
def test_white_space_is_all_that_may_differ(statement: str, quote: str) -> None:
    same = "".join(statement.split()) == "".join(quote.split())
    assert (verdict(statement, cited(quote)) == "verbatim") is same


@pytest.mark.parametrize(
    "quote",
    [
        Quote("a.txt", 11, "Il ouvre."),
        Quote("a.txt", 0, "Il ouvre."),
        Quote("b.txt", 10, "Il ouvre."),
        Quote("a.txt", 10, "Il ferme."),
    ],
)
def test_a_quote_that_is_no_slice_of_its_passage_proves_nothing(quote: Quote) -> None:
    passage = Passage("a.txt", 10, "Il ouvre. Fin.")
    assert verdict(quote.text, [Citation(1, passage, quote)]) == "unsupported"
