"""What a question is taken to say, and which questions lean on the one before."""

import pytest

from rag.question import (
    Query,
    is_said,
    share_said,
    understood,
)
from rag.searched import stems


def forms(query: Query, language: str) -> list[tuple[tuple[str, ...], ...]]:
    return [term.forms for term in query.terms(language)]


def test_white_space_and_unpaired_surrogates_are_put_right() -> None:
    assert understood(" Qui\u202f\n est\ud800 là ? ").text == "Qui est? là ?"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Combien mesure le pont ?", "number"),
        ("Quel pourcentage reste à borner ?", "number"),
        ("How many doses?", "number"),
        ("Bao nhiêu liều?", "number"),
        ("Quand le pont ouvre-t-il ?", "date"),
        ("En quelle année ?", "date"),
        ("What year did it open?", "date"),
        ("Qui préside ?", "person"),
        ("Who chairs?", "person"),
        ("Où est le pont ?", "place"),
        ("Dans quelle ville ?", "place"),
        ("Vì sao?", "reason"),
        ("Le pont est-il ouvert ?", None),
        ("", None),
    ],
)
def test_a_question_says_what_kind_of_thing_it_asks_for(question: str, asked: str | None) -> None:
    found = understood(question).asked
    assert (found.kind if found else None) == asked


def test_the_terms_of_a_french_question_are_its_content() -> None:
    terms = understood("Que dit Dara Vannak du pont en 2023 ?").terms("fr")
    assert [(term.shown, term.named) for term in terms] == [
        ("Dara", True),
        ("Vannak", True),
        ("pont", False),
        ("2023", True),
    ]


@pytest.mark.parametrize(
    "question", ["How long is the border of Vietnam and Kralanh?", "biên giới Việt Nam, Kralanh?"]
)
def test_a_question_in_another_language_is_compared_in_french(question: str) -> None:
    said = stems("Les frontières vietnamiennes et Kralanh", "fr")
    terms = understood(question).terms("fr")
    assert share_said(terms, said, if_none=0.0) == 1.0
    assert {term.shown for term in terms} == {"frontiere", "vietnam", "Kralanh"}


def test_only_its_names_are_looked_for_in_a_language_without_a_glossary() -> None:
    assert forms(understood("Combien mesure le pont de Kralanh ?"), "en") == [(("kralanh",),)]


def test_without_terms_the_share_is_the_one_given() -> None:
    assert share_said([], frozenset({"pont"}), if_none=0.5) == 0.5
    pont, prix = understood("Quel pont, quel prix ?").terms("fr")
    assert share_said([pont, prix], frozenset({"pont"}), if_none=0.5) == 0.5
    assert (is_said(pont, frozenset({"pont"})), is_said(prix, frozenset({"pont"}))) == (True, False)


def test_a_phrase_of_the_glossary_is_said_only_whole() -> None:
    term = next(t for t in understood("When did the United States sign?").terms("fr"))
    assert is_said(term, stems("Les États-Unis ont signé.", "fr"))
    assert not is_said(term, stems("Les États membres ont signé.", "fr"))


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Quelle est la population de Luang Prabang ?", "population"),
        ("Qui est le maire de Luang Prabang ?", "maire"),
        ("Quel était l'objet de la visite ?", "objet"),
        ("Qui est le nouveau maire de Luang Prabang ?", "maire"),
        ("Quels sont les trois piliers de la Charte ?", "piliers"),
        ("Quelle est la longueur du pont ?", None),
        ("Quelle est la date du sommet ?", None),
        ("Qui a signé ?", None),
    ],
)
def test_what_is_asked_for_by_its_own_name_is_known(question: str, thing: str | None) -> None:
    assert understood(question).thing == thing
