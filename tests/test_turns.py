"""What a question takes from the turns before it, and what it leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import FakeListChatModel
from langchain_core.outputs import ChatResult

from rag.records import Turn
from rag.turns import courtesy, leans, less, rewritten, standing_alone
from rag.words import content_words, language_of, words

BRIDGE = [
    Turn("user", "Combien mesure le pont de Kralanh ?"),
    Turn("assistant", "412 mètres."),
]
MINISTER = [
    Turn("user", "Qui est le chef de la diplomatie vietnamienne ?"),
    Turn("assistant", "Bui Thanh Son, qui a pris ses fonctions à Hanoï."),
]


@pytest.mark.parametrize(
    "question",
    [
        "Et la République de Corée ?",
        "Et combien a-t-il coûté ?",
        "Qui l'a inauguré ?",
        "What about Laos?",
        "And the cost?",
        "Còn Lào?",
        "Pourquoi ?",
        "Quand ?",
        "Et le prix",
        "Quelle est sa longueur au Laos ?",
        "À quelle date ce pont a-t-il ouvert ?",
        "En quelle année ?",
        "Quel est le prix ?",
        "How many people crossed it?",
        "When was it opened?",
    ],
)
def test_a_question_that_leans_takes_the_one_before_with_it(question: str) -> None:
    assert standing_alone(question, BRIDGE) == f"Combien mesure le pont de Kralanh ? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Combien de tonnes de riz les paysans de Kampong Roka ont-ils récoltées ?",
        "Qui préside l'ASEAN ?",
        "How many doses did China give to Laos?",
        "Combien de mégawatts produit le grand barrage du nord ?",
        "Où servent les médecins militaires vietnamiens de l'ONU ?",
        "Où Hun Manet a-t-il appris le métier des armes ?",
        "Où la Charte a-t-elle été signée ?",
        "Quelle est la recette du phở ?",
        "Quel temps fera-t-il demain à Hanoï ?",
        "Y a-t-il un pont sur le fleuve à Kampot ?",
        "Qui a signé le traité de l'ONU et son annexe ?",
        "Et en quelle année Vo Van Thuong fut-il élu ?",
        "How many teams are there in the league?",
        "con bao nhieu phan tram bien gioi tren bo Viet Nam - Campuchia chua phan gioi cam moc ?",
        "Dân số Thành phố Hồ Chí Minh là bao nhiêu người?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standing_alone(question, BRIDGE) == question


@pytest.mark.parametrize(
    "history", [[], [Turn("assistant", "Bonjour.")], [Turn("user", " "), Turn("assistant", "?")]]
)
def test_there_is_nothing_to_lean_on_without_a_turn_of_the_user(history: list[Turn]) -> None:
    assert standing_alone("Et la Chine ?", history) == "Et la Chine ?"


def test_a_question_that_leans_on_one_that_leans_takes_both() -> None:
    history = [*BRIDGE, Turn("user", "Et celui de Kampot ?"), Turn("assistant", "300 mètres.")]
    whole = standing_alone("Pourquoi ?", history)
    assert whole == "Combien mesure le pont de Kralanh ? Et celui de Kampot ? Pourquoi ?"


def test_it_leans_on_the_last_turn_that_stands_alone() -> None:
    history = [*BRIDGE, Turn("user", "Qui est Dara Vannak ?")]
    assert standing_alone("Et lui ?", history) == "Qui est Dara Vannak ? Et lui ?"


def test_a_pronoun_takes_with_it_whom_the_answer_named_first() -> None:
    whole = standing_alone("Qui lui a succédé ?", MINISTER)
    assert whole == f"{MINISTER[0].content} Bui Thanh Son. Qui lui a succédé ?"


def test_a_pronoun_stands_for_whom_the_turn_before_asked_after() -> None:
    history = [
        Turn("user", "Qui est Hun Manet ?"),
        Turn("assistant", "Nommé par Norodom Sihamoni."),
    ]
    whole = standing_alone("Quel âge a-t-il ?", history)
    assert whole == "Qui est Hun Manet ? Quel âge a-t-il ?"
    history = [Turn("user", "Qui a succédé à Hun Sen ?"), Turn("assistant", "Hun Manet, mardi.")]
    whole = standing_alone("Quel âge a-t-il ?", history)
    assert whole == "Qui a succédé à Hun Sen ? Hun Manet. Quel âge a-t-il ?"


@pytest.mark.parametrize(
    ("question", "before", "whole"),
    [
        ("Et en 2022 ?", "Qui présidait l'ASEAN en 2021 ?", "Qui présidait l'ASEAN en 2022 ?"),
        ("Et le Laos ?", "Quel est le rang du Japon ?", "Quel est le rang du Laos ?"),
        ("And Laos?", "When does Cambodia leave it?", "When does Laos leave it?"),
        ("What about Laos?", "Who leads Cambodia?", "Who leads Laos?"),
        (
            "Et du Laos ?",
            "Qui est le Premier ministre du Cambodge ?",
            "Qui est le Premier ministre du Laos ?",
        ),
        (
            "Et le Laos ?",
            "Quel commerce entre le Japon et la Chine ?",
            "Quel commerce entre et ? Et le Laos ?",
        ),
    ],
)
def test_another_year_or_country_takes_the_place_of_the_one_before(
    question: str, before: str, whole: str
) -> None:
    assert standing_alone(question, [Turn("user", before)]) == whole


def test_an_endless_earlier_turn_does_not_drown_the_question() -> None:
    alone = standing_alone("Et le pont ?", [Turn("user", "Quel est le prix du pont ? " * 1000)])
    assert alone.endswith("Et le pont ?")
    assert len(alone) < 400


@pytest.mark.parametrize(
    "said",
    [
        *("merci", "Merci beaucoup !", "thanks", "Thank you.", "cảm ơn", "ok", "OK merci"),
        *("Bonjour", "Bonjour, ça va ?", "?", "👍"),
    ],
)
def test_what_asks_for_nothing_does_not_ask_the_question_before_it_again(said: str) -> None:
    assert standing_alone(said, BRIDGE) == said
    assert rewritten(said, BRIDGE, Broken(responses=[])) == said


def test_a_question_leans_over_a_word_of_thanks_on_the_question_before_it() -> None:
    history = [*BRIDGE, Turn("user", "merci"), Turn("assistant", "…")]
    assert standing_alone("Pourquoi ?", history) == f"{BRIDGE[0].content} Pourquoi ?"


@pytest.mark.parametrize(
    ("said", "language"),
    [("Merci bien", "fr"), ("Thanks!", "en"), ("Xin chào", "vi"), ("Merci, et le Laos ?", None)],
)
def test_what_is_only_polite_is_known_by_its_language(said: str, language: str | None) -> None:
    assert courtesy(said) == language


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=5))
def test_the_question_itself_is_never_lost(question: str, turns: list[str]) -> None:
    history = [Turn(("user", "assistant")[n % 2], said) for n, said in enumerate(turns)]
    whole = standing_alone(question, history)
    own = content_words(question, language_of(question))
    assert whole.endswith(question) or set(words(whole)).issuperset(own)


@given(st.text())
def test_any_text_leans_or_does_not(text: str) -> None:
    assert leans(text) in (True, False)


class Broken(FakeListChatModel):
    def _generate(self, *_args: Any, **_kwargs: Any) -> ChatResult:
        raise TimeoutError("no answer")


def model(*answers: str) -> FakeListChatModel:
    return FakeListChatModel(responses=list(answers))


def test_a_chat_model_makes_the_question_stand_alone() -> None:
    said = rewritten("Et lui ?", MINISTER, model("  Qui a succédé\nà Bui Thanh Son ? "))
    assert said == "Qui a succédé à Bui Thanh Son ?"


@pytest.mark.parametrize("wrong", [model(""), model("bla " * 500), Broken(responses=[])])
def test_without_a_usable_answer_of_the_model_the_rules_decide(wrong: FakeListChatModel) -> None:
    assert rewritten("Et lui ?", BRIDGE, wrong) == standing_alone("Et lui ?", BRIDGE)


def test_a_first_question_is_not_put_to_the_model() -> None:
    assert rewritten("Qui ?", [], Broken(responses=[])) == "Qui ?"


@pytest.mark.parametrize(
    ("question", "thing", "left"),
    [
        ("Qui présidait l'ASEAN en 2021 ?", "2021", "Qui présidait l'ASEAN ?"),
        (
            "Quel commerce entre le Laos et le Cambodge ?",
            "Cambodge",
            "Quel commerce entre le Laos et ?",
        ),
        ("Le commerce Laos-Cambodge ?", "Laos", "Le commerce Cambodge ?"),
        ("Qui préside ?", "Laos", "Qui préside ?"),
    ],
)
def test_a_thing_recognised_can_be_taken_out_of_a_question(
    question: str, thing: str, left: str
) -> None:
    assert less(question, (), thing) == left


def test_it_is_taken_out_of_what_a_follow_up_leans_on_too() -> None:
    before = [Turn("user", "Qui présidait l'ASEAN en 2021 ?")]
    assert "2021" not in less("Et où ?", before, "2021")
