"""Cards and whole reports: the quoted words are marked, and nothing is lost."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Answer, Citation, Document, Passage, Quote, Told
from ui.exchanges import Exchange
from ui.html import escaped
from ui.sources import archive_line, marked, sources_panel

if TYPE_CHECKING:
    from tests.drawn import FR, PASSAGE, QUOTE, REPORT, TEXT, answered, refused, visible
else:
    from drawn import FR, PASSAGE, QUOTE, REPORT, TEXT, answered, refused, visible


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        (["2020-05", "2025-01-02", None], "3 dépêches, 2020–2025"),
        (["2024-01", "2024"], "2 dépêches, 2024"),
        (["2024"], "1 dépêche, 2024"),
        ([None, None], "2 dépêches"),
        ([], "Aucune dépêche indexée."),
    ],
)
def test_the_archive_is_counted_and_its_years_named(dates: list[str | None], line: str) -> None:
    assert archive_line(FR, [Document("a.txt", "", date=date) for date in dates]) == line


@given(st.text(), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_marking_adds_one_mark_and_changes_no_character(
    text: str, start: int, quoted_from: int, length: int
) -> None:
    quote = Quote("a.txt", quoted_from, "x" * length)
    shown = marked(text, start, "a.txt", quote)
    inside = text[max(quoted_from - start, 0) : max(quoted_from + length - start, 0)]
    assert re.sub("</?mark>", "", shown) == escaped(text)
    assert re.findall("<mark>(.*?)</mark>", shown) == ([escaped(inside)] if inside else [])


# --- sources ---------------------------------------------------------------------------------


def test_a_card_shows_title_date_file_and_the_quote_marked_in_passage_and_report() -> None:
    drawn = sources_panel(FR, [Exchange(1, answered(), {"pont.txt": REPORT})])
    assert re.findall("<mark>(.*?)</mark>", drawn) == ["Il mesure 300 mètres."] * 2
    for shown in ("Titre", "janvier 2024", "pont.txt", "Voir la dépêche entière"):
        assert shown in visible(drawn)
    assert 'id="source-1-1"' in drawn


def test_a_card_says_the_page_the_place_and_the_agency() -> None:
    (citation,) = answered().citations
    paged = replace(answered(), citations=(replace(citation, passage=_on_page(3)),))
    report = replace(REPORT, place="Kampot", agency="<b>AKP</b>")
    drawn = sources_panel(FR, [Exchange(1, paged, {"pont.txt": report})])
    for shown in ("p. 3", "Kampot", "<b>AKP</b>"):
        assert shown in visible(drawn.split("blockquote")[0])


def test_a_teaser_is_shown_as_one_and_has_neither_agency_nor_place_of_the_report() -> None:
    (citation,) = answered().citations
    teaser = replace(citation, passage=replace(citation.passage, kind="teaser"))
    report = replace(REPORT, place="Kampot", agency="AKP")
    drawn = sources_panel(
        FR, [Exchange(1, replace(answered(), citations=(teaser,)), {"pont.txt": report})]
    )
    meta = visible(drawn.split("blockquote")[0])
    assert "annonce d’une autre dépêche" in meta
    assert "AKP" not in meta
    assert "annonce" not in visible(sources_panel(FR, [Exchange(1, answered())]))


def _on_page(page: int) -> Passage:
    return Passage("pont.txt", 7, TEXT[7:], title="Titre", date="2024-01", page=page)


def test_the_whole_report_is_offered_only_once_it_was_fetched() -> None:
    assert "<details" not in sources_panel(FR, [Exchange(1, answered())])


def test_the_whole_report_loses_no_word_and_an_unlabelled_one_is_shown_too() -> None:
    for report in (REPORT, Document("pont.txt", TEXT)):
        drawn = sources_panel(FR, [Exchange(1, answered(), {"pont.txt": report})])
        whole = drawn[drawn.index('class="whole"') :]
        words = visible(whole.replace("</p>", " </p>")[len('class="whole"') :]).split()
        assert " ".join(TEXT.split()) in " ".join(words)


def test_a_report_without_a_title_is_named_by_its_file() -> None:
    drawn = sources_panel(FR, [Exchange(1, answered(title=" "))])
    assert visible(drawn).count("pont.txt") == 2


def test_the_nearest_reports_of_a_refusal_have_no_mark() -> None:
    drawn = sources_panel(FR, [Exchange(1, refused(5), {"pont.txt": REPORT})])
    assert "<mark>" not in drawn
    assert drawn.count("<article") == 3
    assert "Dépêches les plus proches" in drawn


def test_the_latest_sources_come_first_and_no_two_cards_share_an_anchor() -> None:
    drawn = sources_panel(FR, [Exchange(1, answered()), Exchange(2, answered())])
    anchors = re.findall(r'<article class="card" id="([^"]+)"', drawn)
    assert anchors == ["source-2-1", "source-1-1"]
    assert drawn.index("source-2-1") < drawn.index("<details") < drawn.index("source-1-1")


def test_the_reports_to_fetch_are_the_cited_ones_or_the_nearest_each_once() -> None:
    twice = Answer("Qui ?", "fr", citations=tuple(Citation(n, PASSAGE, QUOTE) for n in (1, 2)))
    assert Exchange(1, twice).sources == ["pont.txt"]
    assert Exchange(1, refused(5)).sources == ["0.txt", "1.txt", "2.txt"]
    assert Exchange(1, refused(0)).sources == []


def test_reports_that_differ_stand_side_by_side_each_with_its_date() -> None:
    told = tuple(
        Told(value, replace(PASSAGE, source=f"{value}.txt", date=date), QUOTE)
        for value, date in (("300", "2024-03"), ("280", "2023"))
    )
    drawn = sources_panel(FR, [Exchange(1, replace(answered(), differing=told))])
    sides = re.findall(r"<li>(.*?)</li>", drawn)
    assert len(sides) == 2
    assert "300" in visible(sides[0])
    assert "mars 2024" in visible(sides[0])
    assert "2023 (mois non précisé)" in visible(sides[1])


def test_reports_of_one_origin_stand_together_and_name_each_other() -> None:
    other = replace(PASSAGE, source="autre.txt")
    citations = (
        Citation(1, PASSAGE, QUOTE),
        Citation(2, other, replace(QUOTE, source="autre.txt")),
    )
    reprints = {source: ["pont.txt", "autre.txt"] for source in ("pont.txt", "autre.txt")}
    answer = replace(answered(), citations=citations, reprints=reprints)
    drawn = sources_panel(FR, [Exchange(1, answer)])
    assert "Ces dépêches disent la même nouvelle" in visible(drawn)
    assert "1 autre dépêche dit la même nouvelle" in visible(drawn)
    assert drawn.count('class="origin"') == 1


def test_in_the_whole_report_every_citation_of_the_answer_is_marked() -> None:
    first = TEXT.index("Le pont")
    quote = type(QUOTE)("pont.txt", first, "Le pont est ouvert.")
    citations = (Citation(1, PASSAGE, QUOTE), Citation(2, PASSAGE, quote))
    drawn = sources_panel(
        FR, [Exchange(1, replace(answered(), citations=citations), {"pont.txt": REPORT})]
    )
    whole = drawn[drawn.index('class="whole"') :].partition("</details>")[0]
    assert re.findall("<mark( class=other)?>(.*?)</mark>", whole) == [
        (" class=other", "Le pont est ouvert."),
        ("", "Il mesure 300 mètres."),
    ]
