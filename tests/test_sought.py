"""What a question asks about is recognised, and shown in its own language."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import moments
from rag.records import Moment, Passage
from rag.sought import Period, periods, sought
from rag.words import language_of

TODAY = date(2026, 11, 28)


def shown(question: str) -> list[tuple[str, str]]:
    found = sought(question, language_of(question), TODAY)
    return [(one.kind, " ".join(one.shown.split())) for one in found]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Qui présidait le Laos en janvier 2024 ?",
            [("country", "Laos"), ("period", "janvier 2024")],
        ),
        (
            "Quel commerce sur les huit premiers mois de 2021 ?",
            [("period", "1 janv. – 31 août 2021")],
        ),
        ("Que s'est-il passé en 2021 ?", [("period", "2021")]),
        ("Que fit-on le 28 janvier 2024 ?", [("period", "28 janvier 2024")]),
        ("Que fit-on le 5 mars ?", [("period", "5 mars")]),
        (
            "Que fit-on en mars et en juin 2021 ?",
            [("period", "mars 2021"), ("period", "juin 2021")],
        ),
        (
            "What was done in March and June 2021?",
            [("period", "March 2021"), ("period", "June 2021")],
        ),
        (
            "Que fit-on en décembre et en janvier 2022 ?",
            [("period", "décembre 2021"), ("period", "janvier 2022")],
        ),
        (
            "Que fit-on en mars de ce qui fut dit en juin 2021 ?",
            [("period", "mars"), ("period", "juin 2021")],
        ),
        ("Que fit-on hier à Hanoï ?", [("period", "27 novembre 2026"), ("place", "Hanoï")]),
        ("Que fit-on l'an dernier ?", [("period", "2025")]),
        (
            "Who met Kao Kim Hourn in August 2024?",
            [("name", "Kao Kim Hourn"), ("period", "August 2024")],
        ),
        (
            "Ai là Bộ trưởng Ngoại giao Lào vào tháng 11 năm 2024?",
            [
                ("role", "Bộ trưởng Ngoại giao"),
                ("country", "Lào"),
                ("period", "tháng 11 năm 2024"),
            ],
        ),
        (
            "trung quoc tang bao nhieu lieu vac-xin thang 6/2021",
            [("country", "Trung Quốc"), ("period", "tháng 6 năm 2021")],
        ),
        (
            "Qu'a dit le ministre des Affaires étrangères laotien ?",
            [("role", "ministre des Affaires étrangères"), ("country", "Laos")],
        ),
        ("Que veut l'ONU en Norvège ?", [("organisation", "ONU"), ("country", "Norvège")]),
        ("Quel pont ?", []),
        ("Kao Kim Hourn, qui est-ce ?", [("name", "Kao Kim Hourn")]),
        ("Kralanh ?", []),
        ("Que dit la dépêche « L'ASEAN et la mer » ?", [("name", "ASEAN")]),
        ("Que dit la dépêche « Un traité de Hanoï » ?", [("place", "Hanoï")]),
        ("Que dit la dépêche « Frontière à Poipet » ?", [("name", "Poipet")]),
        ("Qu'est-ce que « Techo » ?", [("name", "Techo")]),
        (
            "Que dit O'Brien de l’Union d'Artois ?",
            [("name", n) for n in ("O'Brien", "Union", "Artois")],
        ),
        ("Qui vient ? Et Dara ?", [("name", "Dara")]),
        (
            "Que dit le ministre Laurent Saint-Martin ?",
            [("role", "ministre"), ("name", "Laurent Saint-Martin")],
        ),
        ("Le Laos et encore le Laos", [("country", "Laos")]),
        ("", []),
    ],
)
def test_what_a_question_is_about_is_recognised(
    question: str, expected: list[tuple[str, str]]
) -> None:
    assert shown(question) == expected


def test_a_period_has_its_days_for_programs() -> None:
    found = sought("en janvier 2024 et le 5 mars", "fr", TODAY)
    assert [(one.first, one.last) for one in found] == [("2024-01-01", "2024-01-31"), (None, None)]


def passage(text: str, published: str | None = None) -> Passage:
    told = tuple(moments(text, published, "fr"))
    return Passage("a.txt", 0, text, date=published, moments=told)


@pytest.mark.parametrize(
    ("question", "told", "fit"),
    [
        ("en janvier 2024", passage("Le 28 janvier 2024."), 1),
        ("en janvier 2024", passage("En 2024."), 0.5),
        ("en janvier 2024", passage("En février 2024."), 0),
        ("en janvier 2024", passage("Hier.", "2024-01-29"), 1),
        ("en janvier 2024", passage("Rien.", "2024"), 0.5),
        ("en janvier 2024", passage("Rien."), 0),
        ("en 2024", passage("Rien.", "2024-01"), 1),
        ("le 5 mars", passage("Le 5 mars 2021."), 1),
        ("le 5 mars", passage("Rien.", "2019-03-05"), 1),
        ("le 5 mars", passage("Rien.", "2019-03"), 0.5),
        ("le 5 mars", passage("En 2021."), 0),
        ("le 29 février", passage("Le 28 février 2023."), 1),
        ("du 20 décembre au 10 janvier", passage("Le 5 janvier 2024."), 1),
        ("du 20 décembre au 10 janvier", passage("Le 25 décembre 2024."), 1),
        ("du 20 décembre au 10 janvier", passage("Le 25 novembre 2024."), 0),
    ],
)
def test_a_passage_is_of_a_period_by_what_it_tells_or_by_its_publication(
    question: str, told: Passage, fit: float
) -> None:
    ((period, _),) = periods(question, "fr", TODAY)
    assert period.fit(told) == fit


DAYS = st.dates(date(1950, 1, 1), date(2050, 1, 1))


@given(DAYS, DAYS, DAYS, DAYS)
def test_what_lies_within_a_period_fits_better_than_what_only_may(
    one: date, two: date, three: date, four: date
) -> None:
    first, told, until, last = sorted((one, two, three, four))
    inside = Moment(0, 1, told.isoformat(), until.isoformat())
    assert Period(first, last).fit(Passage("a", 0, "x", moments=(inside,))) == 1
    wider = Moment(0, 1, first.isoformat(), last.isoformat())
    assert Period(told, until).fit(Passage("a", 0, "x", moments=(wider,))) >= 0.5


@given(st.text())
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for language in ("fr", "en", "vi"):
        sought(text, language, TODAY)
