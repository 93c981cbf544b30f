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


@pytest.mark.parametrize(
    ("question", "language", "known"),
    [
        ("How many tunnels had to be dug for the railway to China?", "fr", 2 / 4),
        ("Who signed for the Prime Minister of Vietnam?", "fr", 1.0),
        ("Biên giới Việt Nam, Kralanh?", "fr", 1.0),
        ("Combien mesure le pont de Kralanh ?", "en", 1 / 3),
        ("Combien mesure le pont de Kralanh ?", "fr", 1.0),
        ("???", "fr", 1.0),
    ],
)
def test_what_a_question_speaks_of_is_known_in_another_language_as_far_as_the_glossary_goes(
    question: str, language: str, known: float
) -> None:
    assert understood(question).share_known(language) == pytest.approx(known)


@pytest.mark.parametrize(
    ("question", "only_when"),
    [
        ("Que s'est-il passé le 5 mars ?", True),
        ("Que s'est-il passé l'été 2025 ?", True),
        ("What happened in July 2025?", True),
        ("Chuyện gì đã xảy ra vào tháng 7 năm 2025?", True),
        ("Que s'est-il passé à Kampot en 2022 ?", False),
        ("Qui présidait en 2022 ?", False),
        ("Que s'est-il passé ?", False),
    ],
)
def test_a_question_that_says_only_when_is_known(question: str, only_when: bool) -> None:
    assert understood(question).only_when is only_when


def test_what_only_says_that_something_happened_is_no_term() -> None:
    terms = understood("Que s'est-il passé en juillet 2025 ?").terms("fr")
    assert [term.shown for term in terms] == ["juillet", "2025"]
    assert "passé" in [term.shown for term in understood("Quel pont est passé ?").terms("fr")]


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
