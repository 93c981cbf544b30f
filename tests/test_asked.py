"""What a question asks for, and the words of a sentence that are it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked import Asked, asked_for, short_answers
from rag.words import language_of


def asked(question: str) -> Asked:
    found = asked_for(question, language_of(question))
    assert found is not None
    return found


def best(question: str, sentence: str, before: str = "") -> str | None:
    """Return the words that fit best, the first of those that fit alike."""
    found = short_answers(asked(question), question, sentence, "fr", before)
    first = max(found, key=lambda one: (one.fit, -one.start), default=None)
    return sentence[first.start : first.end] if first else None


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("Quel pourcentage de la frontière reste à borner ?", "percent"),
        ("Quelle part attendait encore ?", "percent"),
        ("Quel était le montant des échanges ?", "money"),
        ("How much money did Japan promise?", "money"),
        ("Quelle est la longueur du pont ?", "length"),
        ("Combien mesure le pont ?", "length"),
        ("Quelle superficie a le lac ?", "area"),
        ("Combien de temps le siège a-t-il duré ?", "time"),
        ("Combien de députés ont voté ?", ""),
    ],
)
def test_a_number_is_asked_for_in_its_unit(question: str, unit: str) -> None:
    assert (asked(question).kind, asked(question).unit) == ("number", unit)


VOTE = (
    "Les 440 députés, dont 12 % de femmes, ont voté le 3 mai 2021 pour 6,65 milliards de dollars."
)


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("Combien de députés ont voté ?", VOTE, "440"),
        ("How many deputies voted?", VOTE, "440"),
        ("Quelle part de femmes ?", VOTE, "12 %"),
        ("Quel est le montant ?", VOTE, "6,65 milliards de dollars"),
        ("Quand ont-ils voté ?", VOTE, "le 3 mai 2021"),
        (
            "Combien coûte le pont ?",
            "Il a 180 km et coûtera 2 milliards d'euros.",
            "2 milliards d'euros",
        ),
        ("Qui vient ?", "Le ministre Bui Thanh Son vient.", "Bui Thanh Son"),
        ("Combien mesure le pont ?", "Ouvert le 3 mai, il mesure 412 mètres.", "412 mètres"),
        ("Combien mesure le pont ?", "Il ouvre le 3 mai 2023, après le COVID-19.", None),
        ("Combien sont-ils en 2023 ?", "En 2023, ils sont venus.", None),
        ("Combien de ponts ?", "Elle a trois ponts.", "trois"),
        ("Quelle superficie ?", "Sur 23 400 mètres carrés, il a 5 étages.", "23 400 mètres carrés"),
        ("Quand ouvre-t-il ?", "Il ouvre avec 412 invités.", None),
        ("Qui a vu Bui Thi Hoa ?", "Bui Thi Hoa est venue.", None),
        ("Qui a vu Bui Thi Hoa ?", "Bùi Thị Hoa a vu Sok Dara à Kampot.", "Sok Dara"),
        ("Qui a signé ?", "Le Vietnam a signé à Kuala Lumpur.", None),
        ("Qui est venu ?", "Le ministre Laurent Saint-Martin est venu.", "Laurent Saint-Martin"),
        ("Où est-il ?", "Le pont est à Kralanh.", "Kralanh"),
        ("Quel pays ?", "Les Malaisiens sont venus.", "Malaisiens"),
        ("Pourquoi ?", "Il ferme car il est vieux.", "car il est vieux"),
        ("Pourquoi ?", "Il ferme.", None),
    ],
)
def test_the_words_that_answer_are_found(question: str, sentence: str, words: str | None) -> None:
    assert best(question, sentence) == words


SAID = "Qu'a déclaré Sok Dara ?"


@pytest.mark.parametrize(
    ("sentence", "before", "found"),
    [
        ("Sok Dara a déclaré que le pont est sûr.", "", True),
        ("Le pont est sûr, selon Sok Dara.", "", True),
        ("Il a promis un second pont.", "Sok Dara est venu.", True),
        ("Il a promis un second pont.", "Le ministre est venu.", False),
        ("Les deux parties ont affirmé leur accord.", "", False),
        ("Keo Phally a déclaré que le pont est sûr.", "", False),
        ("Sok Dara est venu.", "", False),
    ],
)
def test_only_what_a_report_gives_to_a_person_was_said_by_that_person(
    sentence: str, before: str, found: bool
) -> None:
    assert (best(SAID, sentence, before) is not None) is found


@given(st.text(), st.sampled_from(["Combien ?", "Quand ?", "Qui ?", "Où ?", "Pourquoi ?", SAID]))
def test_what_is_found_is_a_slice_of_any_sentence(sentence: str, question: str) -> None:
    for one in short_answers(asked(question), question, sentence, "fr"):
        assert 0 <= one.start < one.end <= len(sentence)
        assert 0 < one.fit <= 1
