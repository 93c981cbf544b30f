"""What is refused because the best passages tell of another country, year or figure."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import moments
from rag.judge.judge import Judged
from rag.question import understood
from rag.records import Passage, Quote
from rag.refusal import (
    LEAST_PROBABLE_READ,
    LEAST_PROBABLE_UNTOLD,
    LOOKED_THROUGH,
    Refusal,
    refusal,
)
from rag.relevance import LEAST_SURE, Candidate, Features
from rag.untold import of_another_time, untold

TRADE = "Les échanges du Vietnam et du Cambodge ont atteint 6,65 milliards de dollars en 2021."
KNOWN = Features(0.9, 0.9, 0.9, 0.9, 0.95, 1.0, 0.0, 0.9, 0.9)
STRANGE = Features(0.1, 0.1, 0.75, 0.75, 0.3, 0.0, 1.0, 0.1, 0.1)


def passage(text: str = TRADE, date: str | None = None, source: str = "a.txt") -> Passage:
    told = tuple(moments(text, date, "fr"))
    return Passage(source, 0, text, title="Commerce", date=date, language="fr", moments=told)


def candidate(
    probability: float | None = None,
    *,
    told: Passage | None = None,
    features: Features = KNOWN,
) -> Candidate:
    told = told or passage()
    judged = None if probability is None else Judged(0.0, probability, None)
    return Candidate(Quote(told.source, 0, told.text), told, features, judged=judged)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Combien valaient les échanges du Vietnam et du Cambodge en 2021 ?", []),
        ("Combien valaient les échanges vietnamiens avec le Laos en 2021 ?", ["Laos"]),
        ("Combien valaient les échanges du Vietnam en 2022 ?", ["2022"]),
        ("Combien valaient les échanges du Vietnam en mars 2022 ?", ["2022"]),
        ("What was Vietnam's trade with Laos in 2019?", ["Laos", "2019"]),
        ("What did the Cambodian side export?", []),
        ("Kim ngạch thương mại giữa Việt Nam và Lào năm 2021?", ["Lào"]),
        ("Kim ngach thuong mai giua Viet Nam va Campuchia thang 12 nam 2021?", []),
        ("Qui est Hun Many ?", []),
        ("Qui est l'ambassadeur de Maurice ?", ["Maurice"]),
    ],
)
def test_a_country_or_a_year_that_no_passage_tells_of_is_named(
    question: str, missing: list[str]
) -> None:
    assert untold(understood(question), [passage()]) == missing


@pytest.mark.parametrize(
    "question",
    [
        "Giải pháp cho Campuchia gồm mấy điểm?",  # « pháp » without its capital is no France
        "Bộ Lao động Việt Nam nói gì?",
        "Campuchia đã làm chủ tịch ba lần vào năm nào?",
        "Combien valaient les échanges du Vietnam depuis 2019 ?",
        "Combien valaient les échanges avant la fin de 2019 ?",
        "What was the trade of Vietnam since 2019?",
        "Combien valaient les échanges dans les années 1990 ?",
        "Combien valent les échanges cette année ?",
        "Combien valaient les échanges entre 2016 et 2020 ?",
        "Combien valaient les échanges en 2020, puis en 2021 ?",
        "Combien valaient les 30 produits échangés le 03/12/2021 ?",
        "Which 1,245 products did Vietnam export?",
        "Est-ce le Cambodge ou le Laos qui exporte le plus ?",
        "Que dit la réunion du Vietnam et du Cambodge ?",
        "Qui est Maurice Ravel ?",  # a first name
        "What did Chad Mirkin sell to Vietnam?",
    ],
)
def test_what_may_be_told_in_other_words_is_not_missed(question: str) -> None:
    assert untold(understood(question), [passage()]) == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Que fait Singapour ?", "Le ministre singapourien est venu."),
        ("Que fait l'Allemagne ?", "Le ministre allemand est venu."),
        ("Que fait le Royaume-Uni ?", "Le ministre britannique est venu."),
        ("What does Britain do?", "La Grande-Bretagne a signé."),
        ("Hàn Quốc làm gì?", "Le ministre sud-coréen est venu."),
        ("Que fait la Corée du Sud ?", "Séoul a signé."),
    ],
)
def test_a_country_is_told_of_by_its_adjective_too(question: str, text: str) -> None:
    assert untold(understood(question), [passage(text)]) == []
    assert untold(understood(question), [passage("Le pont est ouvert.")]) != []


def test_the_date_of_a_report_tells_its_year_and_an_adjective_its_country() -> None:
    query = understood("Combien de touristes le Laos a-t-il reçus en 2023 ?")
    told = passage("Les autorités laotiennes ont compté trois millions de visiteurs.", "2023-07-14")
    assert untold(query, [told]) == []
    assert untold(query, [passage(told.text, "2024-07-14")]) == ["2023"]


def test_one_passage_may_tell_of_the_country_and_another_of_the_year() -> None:
    query = understood("Combien de touristes le Laos a-t-il reçus en 2023 ?")
    both = [passage("Le Laos compte ses visiteurs."), passage("En 2023, ils étaient nombreux.")]
    assert untold(query, both) == []
    assert untold(query, both[:1]) == ["2023"]


ELECTED = "L'ONU l'a élu le 11 octobre 2022 pour le mandat 2023-2025."


@pytest.mark.parametrize(
    ("question", "published", "another"),
    [
        ("Avec combien de voix est-il élu pour 2014-2016 ?", "2023-11-23", ["2014-2016"]),
        ("Avec combien de voix est-il élu en octobre 2021 ?", "2023-11-23", ["octobre 2021"]),
        ("How many votes did it get in 2008?", None, ["2008"]),
        ("Avec combien de voix est-il élu pour 2023-2025 ?", "2023-11-23", []),
        ("Qui siège en novembre 2023 ?", "2023-11-23", []),  # as the report has it
        ("Qui siège cette année ?", "2023-11-23", []),
        ("Quand l'accord signé en 2019 est-il appliqué ?", "2023-11-23", []),  # of another thing
        ("Qui siège depuis 2014 ?", "2023-11-23", []),
        ("Qui siège en décembre ?", "2023-11-23", []),
        ("Qui siège ?", "2023-11-23", []),
    ],
)
def test_a_sentence_that_names_other_days_than_the_question_is_of_another_time(
    question: str, published: str | None, another: list[str]
) -> None:
    told = passage(ELECTED, published)
    assert of_another_time(understood(question), Quote("a.txt", 0, ELECTED), told) == another


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Le Vietnam termine en tête.", ""),
        ("Il y en a cinq, contre quatre en 2020.", ""),
        ("Il est roi depuis 2016.", ""),
        ("Il y en avait cinq le 3 mars 2021.", "Le bilan de 2022"),
    ],
)
def test_a_sentence_that_names_no_day_of_its_own_may_be_of_any(text: str, title: str) -> None:
    told = replace(passage(text, "2023-05-17"), title=title)
    query = understood("Combien y en avait-il en 2022 ?")
    assert of_another_time(query, Quote("a.txt", 0, text), told) == []


def test_a_sentence_of_another_time_is_refused_though_its_passage_names_the_one_asked() -> None:
    query = understood("Avec combien de voix est-il élu en 2014 ?")
    told = passage(f"{ELECTED} Il siégeait déjà en 2014.")
    best = Candidate(Quote("a.txt", 0, ELECTED), told, KNOWN)
    assert refusal(query, [best]) == Refusal(("2014",))
    assert refusal(understood("Avec combien de voix est-il élu en 2022 ?"), [best]) is None


DOUBTED = LEAST_SURE - 0.001


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("En quelle année le pont a-t-il été ouvert ?", "Le pont mesure 300 mètres."),
        ("Qui a ouvert le pont ?", "Le pont a coûté quatre millions."),
        ("How many members does ASEM have?", "L'ASEAN compte dix membres."),
        ("Combien de sièges le Vietnam a-t-il ?", "Le Laos a deux sièges."),
    ],
)
def test_a_doubted_sentence_without_what_is_asked_for_is_refused(question: str, text: str) -> None:
    query, told = understood(question), passage(f"{text} Le Vietnam regarde.")
    best = Candidate(Quote("a.txt", 0, text), told, KNOWN, judged=Judged(0.0, DOUBTED, None))
    assert refusal(query, [best]) == Refusal()
    sure = replace(best, judged=Judged(0.0, LEAST_SURE, None))
    assert refusal(query, [sure]) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("En quelle année le pont a-t-il été ouvert ?", "Le pont a été ouvert lundi."),
        ("Combien de ponts sont ouverts ?", "Une dizaine de ponts sont ouverts."),
        ("Pourquoi le pont est-il fermé ?", "Le pont menace de tomber."),
        ("Que fait le Laos ?", "Il ouvre un pont au Laos, avec le Vietnam."),
        ("Qui préside l'ASEAN ?", "Le Laos assure la présidence de l'ASEAN."),
        ("Qui a financé le pont ?", "Il est payé par le Japon."),
        ("Où le président laotien a-t-il étudié ?", "Ce Laotien a étudié aux États-Unis."),
        ("Quel est le PIB du pays ?", "La production a atteint 400 milliards USD."),
        ("QUEL EST LE PRIX DU RIZ ?", "Le riz se vend 600 USD la tonne."),
    ],
)
def test_a_doubted_sentence_that_may_have_it_is_shown(question: str, text: str) -> None:
    assert refusal(understood(question), [candidate(DOUBTED, told=passage(text))]) is None


def test_a_doubted_sentence_that_leans_back_has_what_the_one_before_it_has() -> None:
    told = passage("Sok Dara est venu lundi. Il a inauguré le pont.")
    best = Candidate(Quote("a.txt", 25, told.text[25:]), told, KNOWN, 0, Judged(0.0, DOUBTED, None))
    assert refusal(understood("Qui a inauguré le pont ?"), [best]) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_untold_stands_in_the_question_once(question: str, text: str) -> None:
    query = understood(question)
    told = passage(text)
    missing = untold(query, [told])
    missing += [
        one for one in of_another_time(query, Quote("a.txt", 0, text), told) if one not in missing
    ]
    assert len(set(missing)) == len(missing)
    written = unicodedata.normalize("NFKC", query.text)
    assert all(unicodedata.normalize("NFKC", one) in written for one in missing)


def test_another_year_than_the_passages_tell_of_is_refused_with_a_judge_and_without() -> None:
    query = understood("Combien valaient les échanges du Vietnam et du Cambodge en 2022 ?")
    assert refusal(query, [candidate()]) == Refusal(("2022",))
    assert refusal(query, [candidate(LEAST_PROBABLE_UNTOLD - 0.01)]) == Refusal(("2022",))
    assert refusal(query, [candidate(LEAST_PROBABLE_UNTOLD)]) is None


def test_what_is_told_is_refused_only_where_the_judge_doubts_it() -> None:
    query = understood("Combien valaient les échanges du Vietnam et du Cambodge en 2021 ?")
    assert refusal(query, [candidate()]) is None
    assert refusal(query, [candidate(LEAST_PROBABLE_READ)]) is None
    assert refusal(query, [candidate(LEAST_PROBABLE_READ - 0.001)]) == Refusal()


def test_only_the_passages_of_the_best_sentences_are_looked_through() -> None:
    query = understood("Combien valaient les échanges du Vietnam et du Cambodge en 2022 ?")
    other = candidate(told=passage("En 2022, ils ont baissé.", source="b.txt"))
    undated = TRADE.removesuffix(" en 2021.")
    above = [candidate(told=passage(undated, source=f"{n}.txt")) for n in range(LOOKED_THROUGH)]
    assert refusal(query, [*above[1:], other]) is None
    assert refusal(query, [*above, other]) == Refusal(("2022",))


def test_what_the_judge_doubts_is_refused_for_that_and_not_for_what_is_untold() -> None:
    query = understood("Combien valaient les échanges du Vietnam et du Cambodge en 2022 ?")
    assert refusal(query, [candidate(LEAST_PROBABLE_READ - 0.001)]) == Refusal()


def test_what_happened_in_a_period_is_chosen_by_its_days_and_not_refused_for_its_year() -> None:
    query = understood("Que s'est-il passé en 2022 ?")
    assert query.only_when
    assert refusal(query, [candidate()]) is None


def test_a_question_that_the_archive_does_not_speak_of_is_refused_without_a_reason() -> None:
    query = understood("Quelle est la population de Lima en 2022 ?")
    assert refusal(query, [candidate(0.99, features=STRANGE)]) == Refusal()
