"""What a question asks for, and the words of a sentence that are it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asked import Asked, asked_for, short_answer, short_answers
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


def marked(question: str, sentence: str) -> str | None:
    one = short_answer(asked(question), question, sentence, "fr")
    return sentence[one.start : one.end] if one else None


TWO_MINISTERS = (
    "Le Premier ministre malaisien Sok Dara et son homologue laotien Keo Phally sont venus."
)
FOUNDED = "Fondée le 8 août 1967, la ligue avait accueilli Kralanh le 7 janvier 1984."


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("Qui est le Premier ministre du Laos ?", TWO_MINISTERS, "Keo Phally"),
        ("Qui est le Premier ministre de Malaisie ?", TWO_MINISTERS, "Sok Dara"),
        ("Qui est le Premier ministre de Brunei ?", TWO_MINISTERS, None),
        ("Qui est le président ?", "L'ancien président Sok Dara est venu.", None),
        ("Qui est le ministre du Laos ?", "Sok Dara, ministre vietnamien, est venu au Laos.", None),
        (
            "Qui est le Premier ministre du Laos ?",
            "Keo Phally a vu le président Sok Dara, et au Laos le Premier ministre Bui Hoa.",
            "Bui Hoa",
        ),
        ("Quel dirigeant japonais est venu ?", "Le Laotien Keo Phally est venu.", None),
    ],
)
def test_a_name_beside_which_another_role_or_country_stands_is_not_marked(
    question: str, sentence: str, words: str | None
) -> None:
    assert marked(question, sentence) == words


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        (
            "Quand le pont a-t-il ouvert ?",
            "Le pont n'a pas ouvert le 12 mars 2021, comme écrit, mais le 22 mars 2021.",
            "le 22 mars 2021",
        ),
        (
            "Quand le pont a-t-il ouvert ?",
            "Le pont a ouvert le 22 mars 2021 et non le 12 mars 2021.",
            "le 22 mars 2021",
        ),
        ("Combien de députés ont voté ?", "Non pas 12 mais 22 députés ont voté.", "22"),
    ],
)
def test_what_a_sentence_denies_is_not_marked(question: str, sentence: str, words: str) -> None:
    assert marked(question, sentence) == words


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("Quand Kralanh est-il devenu membre ?", FOUNDED, None),
        ("Quand la ligue a-t-elle accueilli Kralanh ?", FOUNDED, "le 7 janvier 1984"),
        ("Quand le pont de Kralanh a-t-il ouvert ?", "Kralanh a voté le 3 mai 2021.", None),
        ("Où le pont a-t-il ouvert ?", "Le pont a ouvert à Kampot, et un bac à Kep.", "Kampot"),
        ("Quelles villes ont un pont ?", "Un pont a ouvert à Kampot.", None),
    ],
)
def test_the_date_or_place_of_another_event_is_not_marked(
    question: str, sentence: str, words: str | None
) -> None:
    assert marked(question, sentence) == words


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("Combien de membres compte l'ASEAN ?", "L'ASEM compte 26 membres.", None),
        ("Combien de médailles a le Laos ?", "Le Vietnam a 136 médailles.", None),
        ("Combien de membres compte l'ASEAN ?", "Neuf des dix membres ont voté.", "dix"),
        ("Combien de membres ont voté ?", "Neuf des dix membres ont voté.", "Neuf"),
        ("How many members are there?", "149 des 151 members ont voté.", "151"),
        ("Combien de provinces ?", "34 unités contre 63 auparavant : 28 provinces.", "28"),
    ],
)
def test_the_number_of_another_thing_is_not_marked(
    question: str, sentence: str, words: str | None
) -> None:
    assert marked(question, sentence) == words


@given(st.text(), st.sampled_from(["Combien ?", "Quand ?", "Qui ?", "Où ?", "Pourquoi ?", SAID]))
def test_what_is_found_is_a_slice_of_any_sentence(sentence: str, question: str) -> None:
    for one in short_answers(asked(question), question, sentence, "fr"):
        assert 0 <= one.start < one.end <= len(sentence)
        assert 0 < one.fit <= 1
