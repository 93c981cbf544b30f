"""A question with two parts is two questions."""

import pytest

from rag.parts import parts
from rag.question import understood


def texts(question: str) -> list[str]:
    return [one.part for one in parts(understood(question))]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Quand le Timor-Leste est-il devenu membre, et dans quelle ville ?",
            ["Quand le Timor-Leste est-il devenu membre", "dans quelle ville ?"],
        ),
        (
            "Who chairs ASEAN, and in which year did Laos chair it?",
            ["Who chairs ASEAN", "in which year did Laos chair it?"],
        ),
        (
            "Qui présidait l'ASEAN en 2022, puis en 2024 ?",
            ["Qui présidait l'ASEAN en 2022 ?", "Qui présidait l'ASEAN en 2024 ?"],
        ),
        (
            "What was the trade in 2021 and in 2022?",
            ["What was the trade in 2021?", "What was the trade in 2022?"],
        ),
        (
            "Qui présidait de 2021 à 2022 et en 2024 ?",
            ["Qui présidait de 2021 à 2022 ?", "Qui présidait en 2024 ?"],
        ),
    ],
)
def test_its_parts_are_told_apart(question: str, expected: list[str]) -> None:
    assert texts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Quel est le commerce entre le Vietnam et le Laos ?",
        "Quel était le rang de 2020 à 2022 ?",
        "Quel était le commerce entre 2021 et 2023 ?",
        "Who met Kao Kim Hourn and Sok Dara?",
        "Qui est venu, et pourquoi pas lui, dit le ministre ?" * 40,
        "When imperialism impacts social norms, what is it called?",
        "",
    ],
)
def test_a_question_of_one_part_stays_whole(question: str) -> None:
    (one,) = parts(understood(question))
    assert (one.text, one.part) == (understood(question).text, "")


def test_a_part_that_does_not_stand_alone_is_looked_for_with_the_words_of_all() -> None:
    first, second = parts(understood("Quand le pont de Kralanh a-t-il ouvert, et qui l'a béni ?"))
    assert first.text == "Quand le pont de Kralanh a-t-il ouvert"
    assert "Kralanh" in second.text
    assert second.asked
    assert second.asked.kind == "person"


def test_each_part_asks_of_its_own_period() -> None:
    periods = [one.periods for one in parts(understood("Qui présidait en 2022 et en 2024 ?"))]
    assert [[one.first.year for one in found] for found in periods] == [[2022], [2024]]


def test_a_month_takes_the_year_of_the_one_beside_it_along() -> None:
    found = parts(understood("Qui présidait l'ASEAN en mars et en juin 2021 ?"))
    assert [one.text for one in found] == [
        "Qui présidait l'ASEAN en mars 2021 ?",
        "Qui présidait l'ASEAN en juin 2021 ?",
    ]
