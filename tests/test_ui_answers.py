"""An answer as a message: what a reader sees of it, and that text stays text."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rag.records import Answer, Citation, Document, Passage, Quote, Sought, Statement, Verdict
from rag.retrieve import Filters
from ui.answers import (
    acts_block,
    answer_block,
    next_block,
    question_block,
    searching_block,
    trouble_block,
)
from ui.exchanges import Exchange
from ui.sources import sources_panel
from ui.words import Language, Words

if TYPE_CHECKING:
    from tests.drawn import FR, answered, refused, visible
else:
    from drawn import FR, answered, refused, visible


def test_a_message_holds_no_blank_line_that_would_end_its_html_block() -> None:
    assert "\n" not in question_block(FR, "Un\n\n    deux\r\n\r\n# trois")
    assert "\n" not in trouble_block(FR, "Un\n\ndeux")


def test_a_hostile_title_or_file_name_opens_no_tag() -> None:
    hostile = '"><script>alert(1)</script>'
    passage = Passage(hostile, 0, hostile, title=hostile, date=hostile)
    citation = Citation(1, passage, Quote(hostile, 0, hostile))
    answer = Answer(hostile, "fr", (Statement(hostile, (1,), "partial"),), (citation,))
    report = Document(hostile, hostile, title=hostile)
    exchange = Exchange(1, answer, {hostile: report})
    drawn = (
        answer_block(FR, exchange)
        + question_block(FR, hostile)
        + sources_panel(FR, [exchange, Exchange(2, refused())])
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
    drawn = answer_block(FR, Exchange(4, answered(verdict)))
    assert visible(drawn).startswith("Il mesure 300 mètres. Source [1] ")
    assert visible(drawn).endswith(f"{word} janvier 2024")
    assert 'href="#source-4-1"' in drawn


def test_remarks_stand_under_the_answer() -> None:
    drawn = answer_block(FR, Exchange(1, answered(remarks=["Les sources parlent de 2021."])))
    assert visible(drawn).endswith("À noter Les sources parlent de 2021.")


def test_an_answer_without_a_statement_yet_says_that_the_search_goes_on() -> None:
    drawn = answer_block(FR, Exchange(1, Answer("Qui ?", "fr")), growing=True)
    assert drawn == searching_block(FR)


def test_a_statement_already_shown_is_drawn_the_same_when_the_answer_grows() -> None:
    one = answered()
    two = Answer(
        one.question,
        "fr",
        (*one.statements, Statement("De plus.", (1,), "verbatim")),
        one.citations,
    )
    shown = answer_block(FR, Exchange(1, one))
    assert answer_block(FR, Exchange(1, two)).split("\n\n")[0] == shown


def test_a_refusal_says_so_and_names_the_three_nearest_reports() -> None:
    drawn = answer_block(FR, Exchange(1, refused(passages=5)))
    assert "Pas de réponse dans l’archive" in visible(drawn)
    assert "Rien sur ce point." in visible(drawn)
    assert drawn.count("<li>") == 3
    assert 'class="statement' not in drawn


def test_a_refusal_with_nothing_near_offers_nothing() -> None:
    drawn = answer_block(FR, Exchange(1, refused(passages=0)))
    assert "les plus proches" not in drawn


def test_the_short_answer_is_marked_within_its_sentence() -> None:
    statement = Statement("Il mesure <412> mètres.", (1,), "verbatim", (10, 22))
    answer = replace(answered(), statements=(statement,))
    drawn = answer_block(FR, Exchange(1, answer))
    assert '<b class="short">&lt;412&gt; mètres</b>' in drawn
    assert visible(drawn).startswith("Il mesure <412> mètres.")


def test_what_was_recognised_in_a_question_is_shown_escaped() -> None:
    answer = replace(answered(), sought=(Sought("country", "Laos"), Sought("name", "<b>Dara")))
    drawn = answer_block(FR, Exchange(1, answer))
    shown = visible(drawn)
    assert "Laos" in shown
    assert (
        "Chercher sans « <b>Dara »".replace(" ", "\u00a0").replace("\u00a0sans\u00a0", " sans ")
        in shown
    )
    assert "<b>Dara" not in drawn


def test_what_the_quotes_do_not_say_stands_beside_the_sentence() -> None:
    (statement,) = answered("partial").statements
    lacking = replace(statement, lacks=("Le nombre 300 manque.",))
    drawn = answer_block(FR, Exchange(1, replace(answered("partial"), statements=(lacking,))))
    assert "Non confirmé: Le nombre 300 manque." in visible(drawn)


def test_a_stopped_answer_says_that_it_is_not_whole_and_a_growing_one_does_not() -> None:
    stopped = Exchange(1, answered(), stopped=True)
    assert "Réponse interrompue." in answer_block(FR, stopped)
    assert "interrompue" not in answer_block(FR, stopped, growing=True)


def test_the_filters_in_force_are_said_in_words() -> None:
    filters = Filters(since="2024-03", source="a/*", language="vi", kind="caption")
    drawn = visible(answer_block(FR, Exchange(1, answered(), filters=filters)))
    for said in ("depuis mars 2024", "a/*", "vietnamien", "légende d’une image"):
        assert said in drawn


def test_each_act_names_its_answer_in_its_id() -> None:
    drawn = acts_block(FR, Exchange(3, answered()), "a <b>\nb", {"good": "Bonne"})
    for name in ("copy", "edit", "retry", "good"):
        assert f'id="act-{name}-3"' in drawn
    assert visible(drawn).endswith("a <b>\nb")
    assert "\n" not in drawn


def test_suggestions_carry_their_question_escaped() -> None:
    drawn = next_block(FR, ['Qui est "<b>" ?'])
    assert "<b>" not in drawn
    assert next_block(FR, []) == ""


@pytest.mark.parametrize("language", ["fr", "en", "vi"])
def test_every_drawing_is_in_the_language_of_the_page(language: Language) -> None:
    words = Words(language)
    drawn = answer_block(words, Exchange(1, answered("partial")))
    assert words("verdict_partial") in drawn
    assert words("refused") in answer_block(words, Exchange(1, refused()))
