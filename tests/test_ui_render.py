"""Records to HTML: what a reader sees, and that text of an archive stays text."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui
from rag.records import (
    Answer,
    Citation,
    Document,
    Passage,
    Quote,
    ScoredPassage,
    Sought,
    Span,
    Statement,
    Verdict,
)
from ui import render
from ui.render import Exchange

_TEXT = "Titre\n\nLe pont est ouvert. Il mesure 300 mètres.\nIl a coûté cher."
_REPORT = Document(
    source="pont.txt",
    text=_TEXT,
    title="Titre",
    date="2024-01",
    spans=(Span(0, 7, "headline"), Span(7, len(_TEXT), "body")),
)
_PASSAGE = Passage("pont.txt", 7, _TEXT[7:], title="Titre", date="2024-01")
_QUOTE = Quote("pont.txt", _TEXT.index("Il mesure"), "Il mesure 300 mètres.")


def answered(
    verdict: Verdict = "verbatim", *, title: str = "Titre", remarks: Sequence[str] = ()
) -> Answer:
    passage = Passage("pont.txt", 7, _TEXT[7:], title=title, date="2024-01")
    return Answer(
        question="Quelle longueur ?",
        language="fr",
        statements=(Statement(_QUOTE.text, (1,), verdict),),
        citations=(Citation(1, passage, _QUOTE),),
        remarks=tuple(remarks),
    )


def refused(passages: int = 1) -> Answer:
    return Answer(
        question="Qui ?",
        language="fr",
        passages=tuple(
            ScoredPassage(replace(_PASSAGE, source=f"{number}.txt"), 0.5, 0.5)
            for number in range(passages)
        ),
        refused=True,
        reason="Rien sur ce point.",
    )


def visible(markup: str) -> str:
    """Return what the markup shows, tags taken away and references resolved."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


# --- dates and the archive -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("2024-01-28", "28 janvier 2024"),
        ("2021-08-01", "1er août 2021"),
        ("2024-01", "janvier 2024"),
        ("2023", "2023"),
        (None, "date inconnue"),
        ("2024-13", "2024-13"),
        ("2024-00", "2024-00"),
        ("jadis", "jadis"),
    ],
)
def test_a_date_is_written_as_precisely_as_it_is_known(date: str | None, written: str) -> None:
    assert render.french_date(date) == written


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
    assert render.archive_line([Document("a.txt", "", date=date) for date in dates]) == line


# --- text stays text -------------------------------------------------------------------------


@given(st.text())
def test_escaped_text_shows_exactly_its_characters_and_holds_nothing_to_act_on(text: str) -> None:
    shown = render.escaped(text)
    assert html.unescape(shown) == html.unescape(html.escape(text))
    assert not set(shown) & set("<>\"'*_[]\\~|${}`@\n\r")


@given(st.text(), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_marking_adds_one_mark_and_changes_no_character(
    text: str, start: int, quoted_from: int, length: int
) -> None:
    quote = Quote("a.txt", quoted_from, "x" * length)
    shown = render.marked(text, start, quote)
    inside = text[max(quoted_from - start, 0) : max(quoted_from + length - start, 0)]
    assert re.sub("</?mark>", "", shown) == render.escaped(text)
    assert re.findall("<mark>(.*?)</mark>", shown) == ([render.escaped(inside)] if inside else [])


def test_a_message_holds_no_blank_line_that_would_end_its_html_block() -> None:
    assert "\n" not in render.question_block("Un\n\n    deux\r\n\r\n# trois")
    assert "\n" not in render.trouble_block("Un\n\ndeux")


def test_a_hostile_title_or_file_name_opens_no_tag() -> None:
    hostile = '"><script>alert(1)</script>'
    passage = Passage(hostile, 0, hostile, title=hostile, date=hostile)
    citation = Citation(1, passage, Quote(hostile, 0, hostile))
    answer = Answer(hostile, "fr", (Statement(hostile, (1,), "partial"),), (citation,))
    report = Document(hostile, hostile, title=hostile)
    exchange = Exchange(1, answer, {hostile: report})
    drawn = (
        render.answer_block(exchange)
        + render.question_block(hostile)
        + render.sources_panel([exchange, Exchange(2, refused())])
    )
    assert "<script" not in drawn
    assert visible(drawn).count(hostile) >= 6


# --- answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("verbatim", "mot pour mot"),
        ("supported", "confirmé"),
        ("partial", "en partie"),
        ("unsupported", "non vérifié"),
    ],
)
def test_every_statement_carries_its_marker_its_verdict_as_a_word_and_its_date(
    verdict: Verdict, word: str
) -> None:
    drawn = render.answer_block(Exchange(4, answered(verdict)))
    assert visible(drawn).startswith("Il mesure 300 mètres. Source [1] ")
    assert visible(drawn).endswith(f"{word} janvier 2024")
    assert 'href="#source-4-1"' in drawn


def test_remarks_stand_under_the_answer() -> None:
    drawn = render.answer_block(Exchange(1, answered(remarks=["Les sources parlent de 2021."])))
    assert visible(drawn).endswith("À noter Les sources parlent de 2021.")


def test_an_answer_without_a_statement_yet_says_that_the_search_goes_on() -> None:
    drawn = render.answer_block(Exchange(1, Answer("Qui ?", "fr")))
    assert drawn == render.searching_block()


def test_a_statement_already_shown_is_drawn_the_same_when_the_answer_grows() -> None:
    one = answered()
    two = Answer(
        one.question,
        "fr",
        (*one.statements, Statement("De plus.", (1,), "verbatim")),
        one.citations,
    )
    shown = render.answer_block(Exchange(1, one))
    assert render.answer_block(Exchange(1, two)).split("\n\n")[0] == shown


def test_a_refusal_says_so_and_names_the_three_nearest_reports() -> None:
    drawn = render.answer_block(Exchange(1, refused(passages=5)))
    assert "Pas de réponse dans l’archive" in visible(drawn)
    assert "Rien sur ce point." in visible(drawn)
    assert drawn.count("<li>") == 3
    assert 'class="statement' not in drawn


def test_a_refusal_with_nothing_near_offers_nothing() -> None:
    drawn = render.answer_block(Exchange(1, refused(passages=0)))
    assert "les plus proches" not in drawn


# --- sources ---------------------------------------------------------------------------------


def test_a_card_shows_title_date_file_and_the_quote_marked_in_passage_and_report() -> None:
    drawn = render.sources_panel([Exchange(1, answered(), {"pont.txt": _REPORT})])
    assert re.findall("<mark>(.*?)</mark>", drawn) == ["Il mesure 300 mètres."] * 2
    for shown in ("Titre", "janvier 2024", "pont.txt", "Voir la dépêche entière"):
        assert shown in visible(drawn)
    assert 'id="source-1-1"' in drawn


def test_a_card_says_the_page_the_place_and_the_agency() -> None:
    (citation,) = answered().citations
    paged = replace(answered(), citations=(replace(citation, passage=_on_page(3)),))
    report = replace(_REPORT, place="Kampot", agency="<b>AKP</b>")
    drawn = render.sources_panel([Exchange(1, paged, {"pont.txt": report})])
    for shown in ("p. 3", "Kampot", "<b>AKP</b>"):
        assert shown in visible(drawn.split("blockquote")[0])


def test_a_teaser_is_shown_as_one_and_has_neither_agency_nor_place_of_the_report() -> None:
    (citation,) = answered().citations
    teaser = replace(citation, passage=replace(citation.passage, kind="teaser"))
    report = replace(_REPORT, place="Kampot", agency="AKP")
    drawn = render.sources_panel(
        [Exchange(1, replace(answered(), citations=(teaser,)), {"pont.txt": report})]
    )
    meta = visible(drawn.split("blockquote")[0])
    assert "annonce d’une autre dépêche" in meta
    assert "AKP" not in meta
    assert "annonce" not in visible(render.sources_panel([Exchange(1, answered())]))


def _on_page(page: int) -> Passage:
    return Passage("pont.txt", 7, _TEXT[7:], title="Titre", date="2024-01", page=page)


def test_the_whole_report_is_offered_only_once_it_was_fetched() -> None:
    assert "<details" not in render.sources_panel([Exchange(1, answered())])


def test_the_whole_report_loses_no_word_and_an_unlabelled_one_is_shown_too() -> None:
    for report in (_REPORT, Document("pont.txt", _TEXT)):
        drawn = render.sources_panel([Exchange(1, answered(), {"pont.txt": report})])
        whole = drawn[drawn.index('class="whole"') :]
        words = visible(whole.replace("</p>", " </p>")[len('class="whole"') :]).split()
        assert " ".join(_TEXT.split()) in " ".join(words)


def test_a_report_without_a_title_is_named_by_its_file() -> None:
    drawn = render.sources_panel([Exchange(1, answered(title=" "))])
    assert visible(drawn).count("pont.txt") == 2


def test_the_nearest_reports_of_a_refusal_have_no_mark() -> None:
    drawn = render.sources_panel([Exchange(1, refused(5), {"pont.txt": _REPORT})])
    assert "<mark>" not in drawn
    assert drawn.count("<article") == 3
    assert "Dépêches les plus proches" in drawn


def test_the_latest_sources_come_first_and_no_two_cards_share_an_anchor() -> None:
    drawn = render.sources_panel([Exchange(1, answered()), Exchange(2, answered())])
    anchors = re.findall(r'<article class="card" id="([^"]+)"', drawn)
    assert anchors == ["source-2-1", "source-1-1"]
    assert drawn.index("source-2-1") < drawn.index("<details") < drawn.index("source-1-1")


def test_the_reports_to_fetch_are_the_cited_ones_or_the_nearest_each_once() -> None:
    twice = Answer("Qui ?", "fr", citations=tuple(Citation(n, _PASSAGE, _QUOTE) for n in (1, 2)))
    assert render.shown_sources(twice) == ["pont.txt"]
    assert render.shown_sources(refused(5)) == ["0.txt", "1.txt", "2.txt"]
    assert render.shown_sources(refused(0)) == []


# --- the style sheet -------------------------------------------------------------------------

_READ_ON = [
    *[(ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "sheet", "wash")],
    ("on-accent", "accent"),
    ("on-mark", "mark"),
    *[(ink, "warn-wash") for ink in ("ink", "muted", "warn", "accent")],
    ("warn", "paper"),
    *[(ink, "bad-wash") for ink in ("ink", "bad")],
]


@pytest.mark.parametrize("scheme", [":root", ".dark"])
@pytest.mark.parametrize(("ink", "ground"), _READ_ON)
def test_text_stands_out_from_its_ground(scheme: str, ink: str, ground: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    sheet = Path(ui.__file__).with_name("style.css").read_text(encoding="utf-8")
    block = sheet[sheet.index(f"{scheme} {{") :].partition("}")[0]
    palette = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    light, dark = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_style_sheet_and_the_script_fetch_nothing() -> None:
    for name in ("style.css", "page.js"):
        text = Path(ui.__file__).with_name(name).read_text(encoding="utf-8")
        assert not re.search(r"url\(|@import|https?:|fetch\(", text)


def test_the_short_answer_is_marked_within_its_sentence() -> None:
    statement = Statement("Il mesure <412> mètres.", (1,), "verbatim", (10, 22))
    answer = replace(answered(), statements=(statement,))
    drawn = render.answer_block(Exchange(1, answer))
    assert '<b class="short">&lt;412&gt; mètres</b>' in drawn
    assert visible(drawn).startswith("Il mesure <412> mètres.")


def test_what_was_recognised_in_a_question_is_shown_escaped() -> None:
    answer = replace(answered(), sought=(Sought("country", "Laos"), Sought("name", "<b>Dara")))
    drawn = render.answer_block(Exchange(1, answer))
    assert "Cherché Laos · <b>Dara" in visible(drawn)
    assert "<b>Dara" not in drawn
