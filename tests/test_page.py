"""The chat in a real Chromium, clicked and read as a person would."""

import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.errors import RagError
from rag.records import Turn
from ui.page import Behind
from ui.serve import Served, serve

if TYPE_CHECKING:
    from tests.chat_page import (
        ARCHIVE,
        BORDER,
        BOTH,
        EXAMPLES,
        HOSTILE,
        HOSTILE_WORDS,
        MARKDOWN,
        TRADE,
        UNKNOWN,
        StandIn,
        ask,
        served,
        top_of,
    )
else:
    from chat_page import (
        ARCHIVE,
        BORDER,
        BOTH,
        EXAMPLES,
        HOSTILE,
        HOSTILE_WORDS,
        MARKDOWN,
        TRADE,
        UNKNOWN,
        StandIn,
        ask,
        served,
        top_of,
    )

# Gradio's server leaves its event loop open behind it, and its queue uses what pandas deprecates.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


# --- what a person does and reads ------------------------------------------------------------


def test_the_page_says_what_it_searches_and_in_which_language(page: Page) -> None:
    assert page.locator("#archive").inner_text() == "2 dépêches, 2021–2024"
    assert page.locator("html").get_attribute("lang") == "fr"


def test_a_question_sent_with_enter_is_answered_with_markers_and_a_verdict(
    page: Page,
) -> None:
    ask(page, BORDER)
    statement = page.locator(".statement").first
    assert "ont posé 315 bornes frontalières sur 371 prévues." in statement.inner_text()
    assert statement.locator(".marker").inner_text().endswith("[1]")
    assert statement.locator(".verdict").inner_text().endswith("mot pour mot")
    assert page.get_by_label("Votre question").input_value() == ""


def test_a_marker_leads_to_the_card_with_the_quoted_words_marked(page: Page) -> None:
    ask(page, BORDER)
    page.locator(".statement .marker").first.click()
    card = page.locator("article:focus")
    expect(card).to_be_in_viewport()
    assert card.locator("h3").inner_text().endswith(ARCHIVE[0].title)
    assert card.locator(".meta").inner_text().split("\n") == [
        "janvier 2024 (jour non précisé)",
        "texte",
        "2024/bornage.txt",
    ]
    words = "Phnom Penh - Les deux pays ont posé 315 bornes frontalières sur 371 prévues."
    assert card.locator(".passage mark").inner_text() == words
    card.get_by_text("Revenir à la phrase").click()
    expect(page.locator(".statement:focus")).to_have_count(1)


def test_the_whole_report_opens_under_its_card_with_the_same_mark(page: Page) -> None:
    ask(page, BORDER)
    card = page.locator("article.card").first
    card.get_by_text("Voir la dépêche entière").click()
    whole = card.locator(".whole")
    expect(whole.locator("mark")).to_be_in_viewport()
    assert whole.locator("mark").inner_text() == card.locator(".passage mark").inner_text()
    assert "Les experts des deux pays se retrouveront au printemps." in whole.inner_text()


def test_the_whole_report_is_scrolled_to_its_mark(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 300})
    ask(page, BOTH)
    card = page.locator("article.card").last
    card.get_by_text("Voir la dépêche entière").click()
    mark, whole = card.locator(".whole mark:not(.other)"), card.locator(".whole")
    below = "whole => whole.scrollTop > 0"
    page.wait_for_function(below, arg=whole.element_handle())
    assert top_of(whole) <= top_of(mark) < top_of(whole) + whole.evaluate("w => w.clientHeight")


def test_a_refusal_looks_different_and_offers_the_nearest_reports(page: Page) -> None:
    ask(page, UNKNOWN)
    refusal = page.locator(".refusal")
    assert "pas de réponse dans l’archive" in refusal.inner_text().lower()
    assert f"Rien n'est dit de : {UNKNOWN}" in refusal.inner_text()
    assert page.locator(".statement").count() == 0
    assert page.locator("article.card").count() == 2
    assert page.locator("#cards mark").count() == 0
    refusal.locator("a", has_text="Le commerce bilatéral").click()
    expect(page.locator("article:focus h3")).to_contain_text("Le commerce bilatéral")


def test_an_answer_grows_on_the_page_while_it_is_written(page: Page, assistant: StandIn) -> None:
    assistant.hold = threading.Event()
    page.get_by_label("Votre question").fill(BOTH)
    page.get_by_label("Votre question").press("Enter")
    page.locator(".statement").first.wait_for()
    assert page.locator(".statement").count() == 1
    assert page.locator("article.card").count() == 1
    assistant.hold.set()
    expect(page.locator(".statement")).to_have_count(2)
    expect(page.locator("article.card")).to_have_count(2)


def test_a_follow_up_takes_the_earlier_turns_along(page: Page, assistant: StandIn) -> None:
    ask(page, UNKNOWN)
    ask(page, BORDER)
    assert assistant.heard[0] == (UNKNOWN, [])
    assert assistant.heard[1] == (
        BORDER,
        [Turn("user", UNKNOWN), Turn("assistant", f"Rien n'est dit de : {UNKNOWN}")],
    )


def test_the_markers_of_an_earlier_answer_still_lead_to_its_own_source(
    page: Page,
) -> None:
    ask(page, BORDER)
    ask(page, TRADE)
    page.locator(".statement .marker").first.click()
    expect(page.locator("article:focus h3")).to_contain_text("bornage")
    expect(page.locator("article:focus .passage mark")).to_be_visible()


def test_shift_enter_breaks_the_line_and_an_empty_question_does_nothing(
    page: Page, assistant: StandIn
) -> None:
    box = page.get_by_label("Votre question")
    box.press("Enter")
    box.fill("Combien de bornes")
    box.press("Shift+Enter")
    box.press_sequentially("frontalières ?")
    assert box.input_value() == "Combien de bornes\nfrontalières ?"
    assert assistant.heard == []
    ask(page, "Combien de bornes\n\nfrontalières ?")
    assert page.locator(".question").inner_text().endswith("Combien de bornes\n\nfrontalières ?")
    assert [question for question, _ in assistant.heard] == ["Combien de bornes\n\nfrontalières ?"]


def test_an_example_is_asked_with_one_click(page: Page, assistant: StandIn) -> None:
    page.get_by_role("button", name=EXAMPLES[0]).click()
    expect(page.locator(".statement").first).to_contain_text("315 bornes")
    assert assistant.heard == [(EXAMPLES[0], [])]


def test_clearing_forgets_the_conversation_its_history_and_its_files(
    page: Page, assistant: StandIn
) -> None:
    files = page.locator("#bar a[download], #bar button").filter(has_text="Exporter")
    ask(page, BORDER)
    expect(files).to_have_count(2)
    page.get_by_role("button", name="Nouvelle conversation").click()
    expect(page.locator(".question")).to_have_count(0)
    expect(page.locator("article.card")).to_have_count(0)
    expect(files).to_have_count(0)
    ask(page, TRADE)
    assert assistant.heard[-1] == (TRADE, [])


def test_a_second_enter_waits_until_the_answer_is_written(page: Page, assistant: StandIn) -> None:
    assistant.hold = threading.Event()
    box = page.get_by_label("Votre question")
    box.fill(BOTH)
    box.press("Enter")
    page.locator(".statement").first.wait_for()
    box.fill(TRADE)
    box.press("Enter")
    page.wait_for_timeout(300)
    assistant.hold.set()
    expect(page.locator("article.card details")).to_have_count(2)
    page.wait_for_timeout(500)
    assert [question for question, _ in assistant.heard] == [BOTH]
    expect(box).to_have_value(TRADE)


def test_clearing_stops_an_answer_that_is_being_written(page: Page, assistant: StandIn) -> None:
    assistant.hold = threading.Event()
    page.get_by_label("Votre question").fill(BOTH)
    page.get_by_label("Votre question").press("Enter")
    page.locator(".statement").first.wait_for()
    page.get_by_role("button", name="Nouvelle conversation").click()
    expect(page.locator(".question")).to_have_count(0)
    assistant.hold.set()
    page.wait_for_timeout(500)
    assert page.locator(".question, .statement, article.card").count() == 0
    ask(page, TRADE)
    assert assistant.heard[-1] == (TRADE, [])


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (RagError("The index is gone. Run `sourcier index`."), "Run `sourcier index`."),
        (ValueError("a secret of the server"), "Une erreur inattendue"),
    ],
)
def test_an_error_is_a_message_and_keeps_what_was_there(
    page: Page, assistant: StandIn, failure: Exception, line: str
) -> None:
    ask(page, BORDER)
    assistant.failure = failure
    ask(page, TRADE)
    assert line in page.locator(".trouble").inner_text()
    assert "secret" not in page.locator("body").inner_text()
    assert "315 bornes" in page.locator(".statement").first.inner_text()
    expect(page.locator("article.card mark").first).to_be_visible()
    expect(page.get_by_label("Votre question")).to_have_value(TRADE)
    assistant.failure = None
    page.get_by_label("Votre question").press("Enter")
    expect(page.locator(".trouble")).to_have_count(0)
    assert len(assistant.heard[-1][1]) == 2


# --- what must not happen --------------------------------------------------------------------


@pytest.mark.slow
def test_html_script_and_markdown_of_a_report_or_a_question_show_as_text(
    opened: Callable[[str], Page],
) -> None:
    question = f"Que contient le piège {HOSTILE_WORDS} # {MARKDOWN} ?"
    with served(HOSTILE) as (_, chat):
        page = opened(chat.url)
        ask(page, question)
        page.locator("article.card summary").first.click()
        text = f"Le piège contient {HOSTILE_WORDS} et {MARKDOWN} à la fois."
        assert page.locator(".question").inner_text().endswith(question)
        assert page.locator(".statement .words").inner_text() == text
        assert page.locator(".passage").inner_text() == text
        assert page.locator(".whole .body").inner_text() == text
        assert page.locator("h3").inner_text().endswith(HOSTILE_WORDS)
        assert page.locator(".file").inner_text() == HOSTILE[0].source
        ask(page, f"{HOSTILE_WORDS} {MARKDOWN}"[:40])
        assert page.evaluate("window.hacked") is None
        assert page.locator("#desk img, #desk script, #desk b:not(.verdict b)").count() == 0
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1280


def test_the_page_asks_no_other_host(archive: tuple[StandIn, Served], chromium: Browser) -> None:
    asked: list[str] = []
    context = chromium.new_context(color_scheme="dark", locale="fr-FR")
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(archive[1].url)
    page.get_by_label("Votre question").wait_for()
    ask(page, BORDER)
    page.locator("article.card summary").first.click()
    page.evaluate("document.fonts.ready")  # Gradio's heartbeat keeps the network from idling
    context.close()
    network = [urlsplit(url) for url in asked if url.startswith(("http", "ws"))]
    assert len(network) > 5
    assert {url.netloc for url in network} == {urlsplit(archive[1].url).netloc}


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, BORDER)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert top_of(page.locator("#sources")) > top_of(page.locator("#question"))
    page.locator(".marker").click()
    expect(page.locator("article:focus .passage mark")).to_be_in_viewport()


# --- serving ---------------------------------------------------------------------------------


def test_a_taken_port_is_left_for_the_next_free_one_and_said() -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        serving = serve(
            Behind(StandIn(ARCHIVE)), host="127.0.0.1", port=port, say=said.append, block=False
        )
        with serving as chat:
            used = int(chat.url.rpartition(":")[2])
            assert used > port
            assert said == [
                f"Port {port} is taken; using {used}.",
                f"Chat ready at http://127.0.0.1:{used} (Ctrl+C stops it)",
            ]
            assert answers(chat.url)
    assert not answers(chat.url)


def test_a_web_proxy_in_the_environment_is_not_asked_for_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "intranet.example")
    with served(ARCHIVE) as (_, chat):
        assert answers(chat.url)


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=2) as response:
                return bool(response.status == 200)
        except ConnectionRefusedError:
            return False
        except OSError as error:
            if "refused" in str(error):
                return False
    return False
