"""When things happen: publication days in any shape, and what words of time mean on that day."""

import json
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dateparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import moments, published
from rag.records import Moment

DATA = Path(__file__).parent / "data"
WIRE = Path(__file__).parents[2] / "shared" / "wire"


def days(found: Moment) -> str:
    return found.first if found.first == found.last else f"{found.first}..{found.last}"


def told(text: str, day: str | None, language: str | None = None) -> list[tuple[str, str]]:
    found = moments(text, day, language)
    return [(text[moment.start : moment.end], days(moment)) for moment in found]


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("28 janvier 2024", "2024-01-28"),
        ("Le 1er février 2023", "2023-02-01"),
        ("Publié le 28 janvier 2024 à 14h05", "2024-01-28"),
        ("Publié le 28/01/2024 - Mis à jour le 29/01/2024", "2024-01-28"),
        ("28/01/2024", "2024-01-28"),
        ("2024-01-28 2024-02-01", "2024-01-28"),
        ("03/04/2024", "2024-04-03"),
        ("28.1.2024 14:05", "2024-01-28"),
        ("28-1-2024", "2024-01-28"),
        ("28-Jan-2024", "2024-01-28"),
        ("28/1/24", "2024-01-28"),
        ("2024-01-28T10:20:30+07:00", "2024-01-28"),
        ("2024-01-28 10:20", "2024-01-28"),
        ("2024/01/28", "2024-01-28"),
        ("Sun, 28 Jan 2024 10:20:30 +0700", "2024-01-28"),
        ("January 28, 2024", "2024-01-28"),
        ("Updated: Jan. 28, 2024, 10:20 AM", "2024-01-28"),
        ("Ngày 28 tháng 1 năm 2024", "2024-01-28"),
        ("Chủ nhật, 28/01/2024 10:20 GMT+7", "2024-01-28"),
        ("ngay 28 thang 1 nam 2024", "2024-01-28"),
        ("janv. 2024", "2024-01"),
        ("2024-01", "2024-01"),
        ("Tháng 1/2024", "2024-01"),
        ("2024", "2024"),
        ("28 janvier", None),
        ("hier", None),
        ("2024-02-30", None),
        ("2024-13", None),
        ("2024-00-01", None),
        ("31 février 2024", None),
        ("31/02/2024", None),
        ("12 au 14 mai 2024", None),
        ("T3 2024", None),
        ("1706400000", None),
        ("résolution 2021", None),
        ("0000", None),
        ("2450", None),
        ("2450-01-28", None),
        ("", None),
    ],
)
def test_a_publication_day_is_cut_to_what_it_says(written: str, date: str | None) -> None:
    assert published(written) == date


FRENCH = [
    ("le 28 janvier", "2024-01-30", "2024-01-28"),
    ("le 28 décembre", "2024-01-02", "2023-12-28"),
    ("le 3 janvier", "2023-12-30", "2024-01-03"),
    ("le 1er mai", "2024-05-02", "2024-05-01"),
    ("le 29 février", "2024-03-02", "2024-02-29"),
    ("28 janvier 2024", None, "2024-01-28"),
    ("le dimanche 28 janvier 2024", None, "2024-01-28"),
    ("le mardi 2 janvier", "2023-07-20", "2024-01-02"),
    ("le 28 janvier dernier", "2024-01-20", "2023-01-28"),
    ("le 14 juillet prochain", "2024-08-01", "2025-07-14"),
    ("du 25 au 27 novembre 2021", None, "2021-11-25..2021-11-27"),
    ("du 30 novembre au 2 décembre 2021", None, "2021-11-30..2021-12-02"),
    ("du 30 décembre 2021 au 2 janvier", None, "2021-12-30..2022-01-02"),
    ("25-26 novembre 2021", None, "2021-11-25..2021-11-26"),
    ("25 – 26 novembre 2021", None, "2021-11-25..2021-11-26"),
    ("les 25 et 26 novembre", "2021-12-01", "2021-11-25..2021-11-26"),
    ("28/01/2024", None, "2024-01-28"),
    ("28.01.2024", None, "2024-01-28"),
    ("2024-01-28", None, "2024-01-28"),
    ("le 28/01", "2024-02-03", "2024-01-28"),
    ("entre mars et juin 2022", None, "2022-03-01..2022-06-30"),
    ("de novembre à mars 2022", None, "2021-11-01..2022-03-31"),
    ("juillet dernier", "2024-08-10", "2024-07-01..2024-07-31"),
    ("juillet dernier", "2024-07-10", "2023-07-01..2023-07-31"),
    ("mars prochain", "2024-08-10", "2025-03-01..2025-03-31"),
    ("janvier 2024", None, "2024-01-01..2024-01-31"),
    ("sept. 2023", None, "2023-09-01..2023-09-30"),
    ("avant-hier", "2024-03-01", "2024-02-28"),
    ("hier", "2024-03-01", "2024-02-29"),
    ("aujourd’hui", "2024-03-01", "2024-03-01"),
    ("demain", "2024-02-28", "2024-02-29"),
    ("lundi", "2024-05-15", "2024-05-13"),
    ("mercredi", "2024-05-15", "2024-05-15"),
    ("lundi dernier", "2024-05-13", "2024-05-06"),
    ("mardi prochain", "2024-05-15", "2024-05-21"),
    ("cette semaine", "2024-05-15", "2024-05-13..2024-05-19"),
    ("la semaine dernière", "2024-05-15", "2024-05-06..2024-05-12"),
    ("ce week-end", "2024-05-15", "2024-05-18..2024-05-19"),
    ("ce mois-ci", "2024-05-15", "2024-05-01..2024-05-31"),
    ("le mois dernier", "2024-01-15", "2023-12-01..2023-12-31"),
    ("le trimestre dernier", "2024-01-15", "2023-10-01..2023-12-31"),
    ("l'année dernière", "2024-05-15", "2023-01-01..2023-12-31"),
    ("l'an dernier", "2024", "2023-01-01..2023-12-31"),
    ("l'année 2021", None, "2021-01-01..2021-12-31"),
    ("les huit premiers mois de 2021", None, "2021-01-01..2021-08-31"),
    ("l'été 2025", None, "2025-06-01..2025-09-30"),
    ("les onze premiers mois de l'année", "2021-01-10", "2020-01-01..2020-11-30"),
    ("premier semestre 2024", None, "2024-01-01..2024-06-30"),
    ("troisième trimestre", "2024-11-10", "2024-07-01..2024-09-30"),
    ("4e trimestre de 2023", None, "2023-10-01..2023-12-31"),
    ("T3 2024", None, "2024-07-01..2024-09-30"),
    ("fin 2023", None, "2023-09-01..2023-12-31"),
    ("début mars", "2024-04-02", "2024-03-01..2024-03-10"),
    ("mi-juin 2024", None, "2024-06-11..2024-06-20"),
    ("fin février 2024", None, "2024-02-21..2024-02-29"),
    ("2021-2025", None, "2021-01-01..2025-12-31"),
    ("les années 1990", None, "1990-01-01..1999-12-31"),
    ("les années 60", None, "1960-01-01..1969-12-31"),
    ("il y a trois jours", "2024-03-01", "2024-02-27"),
    ("il y a 2 ans", "2024-03-01", "2022-01-01..2022-12-31"),
    ("dans deux semaines", "2024-03-01", "2024-03-11..2024-03-17"),
    ("les dix dernières années", "2024-03-01", "2014-01-01..2024-12-31"),
]
ENGLISH = [
    ("January 28", "2024-01-30", "2024-01-28"),
    ("January 28, 2024", None, "2024-01-28"),
    ("Jan. 28", "2024-01-30", "2024-01-28"),
    ("28 January 2024", None, "2024-01-28"),
    ("the 28th of January", "2024-01-30", "2024-01-28"),
    ("1/28/2024", None, "2024-01-28"),
    ("from 3 to 5 May", "2024-05-15", "2024-05-03..2024-05-05"),
    ("May 3-5, 2024", None, "2024-05-03..2024-05-05"),
    ("2–15 July", "2023-07-20", "2023-07-02..2023-07-15"),
    ("June of 2020", None, "2020-06-01..2020-06-30"),
    ("between March and June 2022", None, "2022-03-01..2022-06-30"),
    ("last July", "2024-08-10", "2024-07-01..2024-07-31"),
    ("next Tuesday", "2024-01-30", "2024-02-06"),
    ("Monday", "2024-05-15", "2024-05-13"),
    ("yesterday", "2024-01-01", "2023-12-31"),
    ("last week", "2024-05-15", "2024-05-06..2024-05-12"),
    ("this year", "2024", "2024-01-01..2024-12-31"),
    ("the first eight months of 2021", None, "2021-01-01..2021-08-31"),
    ("Q3 2024", None, "2024-07-01..2024-09-30"),
    ("the second half of 2022", None, "2022-07-01..2022-12-31"),
    ("the fall of 2020", None, "2020-09-01..2020-12-31"),
    ("the 1990s", None, "1990-01-01..1999-12-31"),
    ("late 2022", None, "2022-09-01..2022-12-31"),
    ("mid-June 2024", None, "2024-06-11..2024-06-20"),
    ("three days ago", "2024-03-01", "2024-02-27"),
    ("in two weeks", "2024-03-01", "2024-03-11..2024-03-17"),
    ("from 1914 to 1918", None, "1914-01-01..1918-12-31"),
    ("between 1990 and 2000", None, "1990-01-01..2000-12-31"),
]
VIETNAMESE = [
    ("ngày 28 tháng 1", "2024-01-30", "2024-01-28"),
    ("ngày 28/1", "2024-01-30", "2024-01-28"),
    ("28/1/2024", None, "2024-01-28"),
    ("ngày 28 tháng 1 năm 2024", None, "2024-01-28"),
    ("ngày 25-26/11", "2021-12-01", "2021-11-25..2021-11-26"),
    ("từ ngày 10 đến ngày 12/4", "2024-04-01", "2024-04-10..2024-04-12"),
    ("tháng 7 vừa qua", "2024-08-10", "2024-07-01..2024-07-31"),
    ("mùa hè năm 2023", None, "2023-06-01..2023-09-30"),
    ("tháng 1/2024", None, "2024-01-01..2024-01-31"),
    ("tháng Giêng năm 2024", None, "2024-01-01..2024-01-31"),
    ("hôm qua", "2024-03-01", "2024-02-29"),
    ("hôm nay", "2024-03-01", "2024-03-01"),
    ("tuần trước", "2024-05-15", "2024-05-06..2024-05-12"),
    ("tháng tới", "2024-12-15", "2025-01-01..2025-01-31"),
    ("năm ngoái", "2024", "2023-01-01..2023-12-31"),
    ("năm 2021", None, "2021-01-01..2021-12-31"),
    ("tám tháng đầu năm 2021", None, "2021-01-01..2021-08-31"),
    ("quý III năm 2024", None, "2024-07-01..2024-09-30"),
    ("cuối năm 2023", None, "2023-09-01..2023-12-31"),
    ("ba ngày trước", "2024-03-01", "2024-02-27"),
    ("10 năm qua", "2024-03-01", "2014-01-01..2024-12-31"),
]
EXPRESSIONS = [
    pytest.param(language, *row, id=f"{language}, {row[0]}, {row[1]}")
    for language, rows in (("fr", FRENCH), ("en", ENGLISH), ("vi", VIETNAMESE))
    for row in rows
]


@pytest.mark.parametrize(("language", "expression", "day", "expected"), EXPRESSIONS)
def test_an_expression_means_its_days(
    language: str, expression: str, day: str | None, expected: str
) -> None:
    assert told(f"{expression}, x", day, language) == [(expression, expected)]
    assert told(expression.capitalize(), day) == [(expression.capitalize(), expected)]


@pytest.mark.parametrize(("language", "expression", "day", "expected"), EXPRESSIONS)
def test_accents_may_be_left_out_or_come_apart(
    language: str, expression: str, day: str | None, expected: str
) -> None:
    apart = unicodedata.normalize("NFD", expression).replace("Đ", "D").replace("đ", "d")
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    assert told(apart, day, language) == [(apart, expected)]
    assert told(bare, day, language) == [(bare, expected)]


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("Depuis 2017, rien.", None, [("2017", "2017-01-01..2017-12-31")]),
        ("d'ici 2030 et jusqu'en 2045", None, [("2030", "2030"), ("2045", "2045")]),
        ("1 000 en 2021, l'accord (1994)", None, [("2021", "2021"), ("1994", "1994")]),
        ("les lois de 1884 et 1896, et la crise de 2008.", None, ["1884", "1896", "2008"]),
        ("prévu en avril", "2024-06-02", [("avril", "2025-04")]),
        ("La taxe doit être votée en mars.", "2023-11-22", [("mars", "2024-03")]),
        ("M. Chan doit se rendre à Paris en mars.", "2023-11-22", [("mars", "2024-03")]),
        (
            "Il doit être publié, a-t-il dit le 5 novembre.",
            "2023-11-22",
            [("le 5 novembre", "2023-11-05")],
        ),
        ("Le vote est attendu en mars.", "2023-11-22", [("mars", "2024-03")]),
        (
            "Lors de la visite, les 17 et 18 avril, un contrat a été signé.",
            "2025-10-20",
            [("les 17 et 18 avril", "2025-04-17..2025-04-18")],
        ),
        (
            "M. Chinh est chef du gouvernement depuis le 5 avril.",
            "2021-11-02",
            [("le 5 avril", "2021-04-05")],
        ),
        ("adopté en avril", "2024-06-02", [("avril", "2024-04")]),
        ("prévu en avril 2024", "2024-01", [("avril 2024", "2024-04")]),
        ("il se réunira jeudi", "2024-03-05", [("jeudi", "2024-03-07")]),
        ("il s'est réuni jeudi", "2024-03-05", [("jeudi", "2024-02-29")]),
        ("they will meet on Monday", "2024-03-05", [("Monday", "2024-03-11")]),
        ("Cộng đồng sẽ họp vào tháng 2", "2024-03-05", [("tháng 2", "2025-02")]),
        ("due by March 3", "2024-03-05", [("March 3", "2025-03-03")]),
        ("closed since May 3", "2024-05-05", [("May 3", "2024-05-03")]),
        ("de 1990 à 2000 la ville", None, [("de 1990 à 2000", "1990-01-01..2000-12-31")]),
        ("de 1990 à 2015 Hanoï", None, [("de 1990 à 2015", "1990-01-01..2015-12-31")]),
        ("from 1990 to 2015 exports", None, [("from 1990 to 2015", "1990-01-01..2015-12-31")]),
        ("từ năm 1990 đến 2000 cả nước", None, [("từ năm 1990 đến 2000", "1990-01-01..2000")]),
    ],
)
def test_the_words_around_an_expression_help_to_tell_it(
    text: str, day: str | None, expected: list[tuple[str, str] | str]
) -> None:
    pairs = [(item, item) if isinstance(item, str) else item for item in expected]
    found = told(text, day)
    assert [words for words, _ in found] == [words for words, _ in pairs]
    assert all(got.startswith(wanted) for (_, got), (_, wanted) in zip(found, pairs, strict=True))


@pytest.mark.parametrize(
    ("text", "coming"),
    [
        *((f"il {verb} le 3 mars", True) for verb in "ira sera aura pourra viendra devra".split()),
        *((f"ils {verb} le 3 mars", True) for verb in "iront mettront paraîtront".split()),
        (unicodedata.normalize("NFD", "prévu le 3 mars"), True),
        ("tués sur le front le 3 mars", False),
        *((f"{noun} le 3 mars", False) for noun in "choléra opéra cobra mantra agora".split()),
        *((f"{noun} le 3 mars", False) for noun in "extra diaspora sierra apsara affront".split()),
        *((f"il {past} le 3 mars", False) for past in "inaugura rencontra célébra".split()),
        ("died due to floods on March 3", False),
        ("is due to visit Hanoi on March 3", True),
        ("the vote is due on March 3", True),
        ("the payment is due March 3", True),
        ("slower than expected on March 3", False),
        ("he was expected on March 3", True),
        ("as expected on March 3", False),
    ],
)
def test_the_next_one_is_meant_only_after_words_that_speak_of_the_future(
    text: str, coming: bool
) -> None:
    ((_, day),) = told(text, "2024-03-05")
    assert day == ("2025-03-03" if coming else "2024-03-03")


@pytest.mark.parametrize(
    "text",
    [
        "16 % des 2 450 personnes, 2000 hommes, plus de 1500 habitants",
        "COVID-19, la 46e réunion, la résolution 2021, page 2024",
        "de 2000 hommes et de 2021 euros, en moyenne",
        "Entre 1500 et 2000 manifestants, de 1200 à 1500 euros, 1500-2000 fonctionnaires",
        "Between 1500 and 2000 people, from 1200 to 1500 delegates, of 1500 to 2000 tons",
        "Từ 1500 đến 2000 người, từ 1520 đến 2000 lượt khách",
        "le marché, la planète Mars, vers Mars, Mai Phuong et M. Juin",
        "le 31 février, le 30 février 2024, le 31/04/2024",
        "Le lundi, les enfants jouent ; le dernier jour du tournoi, chaque jour",
        "le 10 mai suivant, en mars de la même année, cette année-là",
        "They march 10 miles, we may 20 times, the second half of the match",
        "Route 1940 lost 2000 men; in 2000 cities",
        "thứ hai, thứ ba, 1/3 dân số, 2000 người, Việt Nam 2000 người",
        "le 28 août, 2015.12 ; May 15, 2012.12:01 ; in June, 2020-699",
        "le 12-34-2024, +84 2021 345, 12.2021.34, v2.2021",
    ],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert told(text, "2024-05-15") == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("le 28 janvier, hier, en juillet, lundi, l'an dernier, il y a trois jours", None),
        ("hier, lundi, cette semaine, demain", "2024-01"),
        ("hier, le 28 janvier, en mars, ce mois-ci, juillet dernier", "2024"),
        ("le 28 janvier dernier", "2024-01"),
        ("on 3/5/2024", "2024-01-01"),
    ],
)
def test_nothing_is_guessed(text: str, day: str | None) -> None:
    assert told(text, day, "en" if text.startswith("on") else "fr") == []


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        ("le 28 janvier", "2024-01", "2024-01-28"),
        ("juillet dernier", "2024-08", "2024-07-01..2024-07-31"),
        ("ce mois-ci", "2024-08", "2024-08-01..2024-08-31"),
        ("cette année", "2024", "2024-01-01..2024-12-31"),
        ("il y a trois ans", "2024", "2021-01-01..2021-12-31"),
    ],
)
def test_half_a_publication_date_tells_what_it_can(
    expression: str, day: str, expected: str
) -> None:
    assert told(expression, day) == [(expression, expected)]


DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
FRENCH_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
)


def written(day: date) -> dict[str, str]:
    month = FRENCH_MONTHS.split()[day.month - 1]
    return {
        "fr": f"{day.day} {month} {day.year}",
        "en": f"{day:%B} {day.day}, {day.year}",
        "vi": f"ngày {day.day} tháng {day.month} năm {day.year}",
    }


@given(DAYS, st.sampled_from(("fr", "en", "vi")))
def test_a_date_written_out_is_read_back(day: date, language: str) -> None:
    text = written(day)[language]
    assert told(text, None, language) == told(text, None) == [(text, day.isoformat())]
    assert published(text) == day.isoformat()


@given(DAYS, st.integers(-120, 240))
def test_a_date_without_its_year_is_the_nearest_and_the_past_is_nearer(
    day: date, away: int
) -> None:
    report = day + timedelta(away)
    text = "le " + written(day)["fr"][:-5]
    assert told(text, report.isoformat()) == [(text, day.isoformat())]


@given(DAYS, st.sampled_from(("fr", "en", "vi")))
def test_dateparser_reads_the_same_date(day: date, language: str) -> None:
    text = written(day)[language]
    parsed = dateparser.parse(text, languages=[language])
    assert parsed is not None
    assert moments(text, None, language)[0].first == parsed.date().isoformat()


WORDS = [row[0] for rows in (FRENCH, ENGLISH, VIETNAMESE) for row in rows]
PIECES = st.sampled_from(
    [*WORDS, *"en de le du au et - / . , ( ) 31 2021 99 00 \u0301 thứ năm".split()]
)
TEXTS = st.text() | st.lists(PIECES | st.text(max_size=3), max_size=12).map(" ".join)
REPORTS = st.none() | DAYS.flatmap(
    lambda day: st.sampled_from([day.isoformat()[:length] for length in (4, 7, 10)])
)


@given(TEXTS, REPORTS, st.sampled_from(("fr", "en", "vi", None)))
def test_moments_are_apart_in_order_and_within_the_text(
    text: str, day: str | None, language: str | None
) -> None:
    end = 0
    for moment in moments(text, day, language):
        assert end <= moment.start < moment.end <= len(text)
        assert date.fromisoformat(moment.first) <= date.fromisoformat(moment.last)
        end = moment.end


@given(TEXTS)
def test_no_publication_date_is_too_odd_to_be_read(text: str) -> None:
    found = published(text)
    assert found is None or len(found) in (4, 7, 10)


Labels = list[list[Any]]


def measured(reports: Sequence[tuple[str, str, str | None, str | None, Labels]]) -> tuple[int, ...]:
    """Return how many moments are right, found and there to be found; print every difference."""
    right = found = there = 0
    for name, text, day, language, labels in reports:
        got = {(m.start, m.end, m.first, m.last) for m in moments(text, day, language)}
        wanted = {(a, b, first, last) for a, b, first, last in labels if first}
        right, found, there = right + len(got & wanted), found + len(got), there + len(wanted)
        for start, end, first, last in sorted(got ^ wanted, key=str):
            kind = "missed" if (start, end, first, last) in wanted else "wrong"
            print(f"{name}: {kind} {text[start:end]!r} {first}..{last}")
    print(f"precision {right / found:.3f}, recall {right / there:.3f} of {there}")
    return right, found, there


def test_sentences_labelled_before_the_forms_were_written_are_read() -> None:
    lines = (DATA / "moments.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    reports = [(r["text"], r["text"], r["published"], r["language"], r["moments"]) for r in rows]
    right, found, there = measured(reports)
    assert (there, found - right, there - right) == (92, 1, 1)


@pytest.mark.skipif(not WIRE.is_dir(), reason="the reports are not ours to give")
def test_real_reports_are_read_as_a_careful_reader_would() -> None:
    labels = json.loads((DATA / "moments_wire.json").read_text(encoding="utf-8"))
    reports = [
        (name, (WIRE / name).read_bytes().decode(), of["published"], "fr", of["moments"])
        for name, of in labels.items()
    ]
    right, found, there = measured(reports)
    assert (there, found - right, there - right) == (26, 2, 3)
