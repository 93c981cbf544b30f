"""What can be done with an answer, a question and a whole conversation, in a real Chromium."""

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from rag.retrieve import Filters
from ui.serve import Served

if TYPE_CHECKING:
    from tests.chat_page import BORDER, BOTH, TRADE, UNKNOWN, StandIn, ask, top_of
else:
    from chat_page import BORDER, BOTH, TRADE, UNKNOWN, StandIn, ask, top_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

QUOTED = "Phnom Penh - Les deux pays ont posé 315 bornes frontalières sur 371 prévues."


def heard(assistant: StandIn) -> list[str]:
    return [question for question, _ in assistant.heard]


def conversations(page: Page, count: int = 1) -> list[str]:
    """Unfold the list if it is folded, and return its names once there are so many."""
    fold = page.get_by_role("button", name="Conversations", exact=True)
    if fold.get_attribute("aria-expanded") != "true":
        fold.click()
    listed = page.locator("#listed .open")
    expect(listed).to_have_count(count)  # they are kept before they are listed
    return listed.all_inner_texts()


# --- a question ------------------------------------------------------------------------------


def test_stopping_keeps_what_was_written_and_says_that_it_is_not_all(
    page: Page, assistant: StandIn
) -> None:
    assistant.hold = threading.Event()
    page.get_by_label("Votre question").fill(BOTH)
    page.get_by_label("Votre question").press("Enter")
    page.locator(".statement").first.wait_for()
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_text("Réponse interrompue.")).to_be_visible()
    assistant.hold.set()
    page.wait_for_timeout(300)
    assert page.locator(".statement").count() == 1
    ask(page, TRADE)
    expect(page.locator(".statement")).to_have_count(2)


def test_the_question_box_does_not_move_while_an_answer_grows(
    page: Page, assistant: StandIn
) -> None:
    box = page.get_by_label("Votre question")
    before = top_of(box)
    assistant.hold = threading.Event()
    box.fill(BOTH)
    box.press("Enter")
    page.locator(".statement").first.wait_for()
    assert top_of(box) == before
    assistant.hold.set()
    expect(page.locator(".statement")).to_have_count(2)
    assert top_of(box) == before


def test_an_edited_question_replaces_itself_and_what_followed_it(
    page: Page, assistant: StandIn
) -> None:
    ask(page, BORDER)
    ask(page, UNKNOWN)
    page.get_by_role("button", name="Modifier").first.click()
    box = page.get_by_label("Votre question")
    expect(box).to_have_value(BORDER)
    expect(page.get_by_text("Vous modifiez la question 1")).to_be_visible()
    box.fill(TRADE)
    box.press("Enter")
    expect(page.locator(".statement").first).to_contain_text("6,1 milliards")
    assert page.locator(".question").count() == 1
    assert assistant.heard[-1] == (TRADE, [])
    expect(page.get_by_text("Vous modifiez la question")).to_have_count(0)


@pytest.mark.slow
def test_not_editing_after_all_leaves_the_conversation_as_it_was(page: Page) -> None:
    ask(page, BORDER)
    page.get_by_role("button", name="Modifier").click()
    page.get_by_role("button", name="Ne pas modifier").click()
    expect(page.get_by_label("Votre question")).to_have_value("")
    ask(page, UNKNOWN)
    assert page.locator(".question").count() == 2


def test_an_answer_is_asked_for_again_with_one_click(page: Page, assistant: StandIn) -> None:
    ask(page, BORDER)
    page.get_by_role("button", name="Reposer").click()
    page.wait_for_timeout(300)
    expect(page.locator(".acts")).to_have_count(1)
    assert assistant.heard == [(BORDER, []), (BORDER, [])]


def test_what_was_recognised_can_be_taken_back(page: Page) -> None:
    ask(page, TRADE)
    page.get_by_role("button", name="Chercher sans « Vietnam »").click()
    expect(page.locator(".question")).to_contain_text("entre le et le Cambodge")
    assert page.locator(".question").count() == 1
    expect(page.locator(".sought li")).to_have_count(1)


def test_asking_an_earlier_question_again_is_confirmed_and_an_error_keeps_every_answer(
    page: Page, assistant: StandIn
) -> None:
    told: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    ask(page, BORDER)
    ask(page, TRADE)
    page.locator("#next button").first.wait_for()  # nothing is under way any more
    again = page.get_by_role("button", name="Reposer")
    page.on("dialog", dismiss)
    assistant.hold = threading.Event()
    again.last.click()
    expect(again).to_have_count(1)
    assistant.hold.set()
    expect(again).to_have_count(2)
    assert (told, heard(assistant)) == ([], [BORDER, TRADE, TRADE])
    again.first.click()
    page.wait_for_timeout(300)
    assert heard(assistant) == [BORDER, TRADE, TRADE]
    assert len(told) == 1
    assert "seront effacées" in told[0]

    page.remove_listener("dialog", dismiss)
    page.once("dialog", lambda dialog: dialog.accept())
    assistant.failure = ValueError()
    again.first.click()
    expect(page.locator(".trouble")).to_be_visible()
    expect(page.locator(".statement")).to_contain_text(["315 bornes", "6,1 milliards"])
    page.reload()
    expect(page.locator(".statement")).to_contain_text(["315 bornes", "6,1 milliards"])


def test_a_suggested_question_is_asked_with_one_click_and_a_draft_stays(
    page: Page, assistant: StandIn
) -> None:
    ask(page, BORDER)
    page.get_by_label("Votre question").fill("Et")
    page.locator("#next").get_by_role("button", name=UNKNOWN).click()
    expect(page.locator(".refusal")).to_be_visible()
    assert heard(assistant) == [BORDER, UNKNOWN]
    expect(page.locator("#next button")).to_have_count(0)
    expect(page.get_by_label("Votre question")).to_have_value("Et")


def test_what_is_suggested_too_late_is_not_shown_below_the_next_answer(
    page: Page, assistant: StandIn
) -> None:
    late = assistant.hold_suggestions = threading.Event()
    ask(page, BORDER)
    page.wait_for_timeout(300)
    assistant.hold_suggestions = None
    ask(page, UNKNOWN)
    late.set()
    page.wait_for_timeout(1000)
    expect(page.locator("#next button")).to_have_count(0)


@pytest.mark.parametrize("failure", [None, ValueError()])
def test_what_is_typed_while_a_question_is_on_its_way_stays(
    page: Page, assistant: StandIn, failure: Exception | None
) -> None:
    assistant.failure = failure
    box = page.get_by_label("Votre question")
    box.fill(BORDER)
    page.route("**/queue/join*", lambda _: None)  # held up until it is routed no more
    box.press("Enter")
    expect(box).to_have_value("")
    page.keyboard.type("Et")
    page.unroute("**/queue/join*")
    page.locator(".trouble, .acts").wait_for()
    page.wait_for_timeout(300)
    assert box.input_value() == "Et"


def test_a_draft_outlives_a_reload_and_is_forgotten_when_it_is_sent(page: Page) -> None:
    ask(page, BORDER)
    page.wait_for_function(ASKED, arg=[[BORDER]])
    box = page.get_by_label("Votre question")
    box.fill(TRADE)
    page.reload()
    expect(page.locator(".acts")).to_have_count(1)
    assert box.input_value() == TRADE
    box.press("Enter")
    page.wait_for_function(ASKED, arg=[[BORDER, TRADE]])
    page.reload()
    expect(page.locator(".acts")).to_have_count(2)
    assert box.input_value() == ""


def test_filters_are_written_as_people_write_dates_and_hold_for_answer_and_suggestions(
    page: Page, assistant: StandIn
) -> None:
    page.get_by_role("button", name="Filtres").click()
    page.get_by_label("Depuis").fill("mars 2021")
    page.get_by_label("Jusqu’à").fill("2024")
    page.get_by_label("Fichier").fill("2024/*")
    expect(page.get_by_role("button", name="Filtres (3)")).to_be_visible()
    ask(page, BORDER)
    within = Filters(since="2021-03-01", until="2024", source="2024/*")
    assert assistant.filters == within
    page.locator("#next button").wait_for()
    assert assistant.suggested_within == within
    expect(page.locator(".sought")).to_contain_text("depuis 1er mars 2021")
    page.get_by_role("button", name="Effacer les filtres").click()
    expect(page.get_by_label("Depuis")).to_have_value("")
    ask(page, TRADE)
    assert assistant.filters is None


def test_a_filter_that_is_no_date_is_said_to_be_none_and_the_question_stays(
    page: Page, assistant: StandIn
) -> None:
    page.get_by_role("button", name="Filtres").click()
    page.get_by_label("Depuis").fill("bientôt")
    page.get_by_label("Votre question").fill(BORDER)
    page.get_by_label("Votre question").press("Enter")
    expect(page.locator("#notice")).to_contain_text("n’est pas une date")
    expect(page.get_by_label("Votre question")).to_have_value(BORDER)
    assert assistant.heard == []


@pytest.mark.parametrize("question", ["ما هو الجسر؟ 🌉 \u202ecba", "🎈" * 200])
def test_letters_from_right_to_left_and_emoji_show_as_they_were_typed(
    page: Page, question: str
) -> None:
    ask(page, question)
    assert page.locator(".question").inner_text().endswith(question)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_of_fifty_thousand_characters_the_first_are_read_and_the_reader_is_told(
    page: Page, assistant: StandIn
) -> None:
    page.get_by_label("Votre question").fill(BORDER + " et" * 17_000)
    page.get_by_label("Votre question").press("Enter")
    expect(page.locator("#notice")).to_contain_text("les 2 000 premiers".replace(" ", "\u202f"))
    expect(page.locator(".statement").first).to_be_visible()
    assert len(assistant.heard[-1][0]) == 2000


# --- an answer -------------------------------------------------------------------------------


def test_an_answer_is_copied_with_its_references(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, BORDER)
    page.get_by_role("button", name="Copier avec les sources").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    for told in (BORDER, f"{QUOTED} [1]", "janvier 2024", "2024/bornage.txt"):
        assert told in copied


def test_feedback_is_kept_at_once_and_a_comment_goes_with_it(
    page: Page, assistant: StandIn
) -> None:
    ask(page, BORDER)
    page.get_by_role("button", name="Mauvaise source").click()
    expect(page.locator("#thanks")).to_contain_text("Merci")
    page.get_by_label("Commentaire").fill("Voir <l'autre> dépêche")
    page.get_by_label("Commentaire").press("Enter")
    expect(page.get_by_label("Commentaire")).to_have_count(0)
    lines = [json.loads(line) for line in assistant.feedback.read_text("utf-8").splitlines()]
    assert [line["verdict"] for line in lines[-2:]] == ["source_wrong"] * 2
    assert lines[-1]["comment"] == "Voir <l'autre> dépêche"


def test_a_citation_is_reached_and_opened_by_keyboard_alone(page: Page) -> None:
    ask(page, BORDER)
    for _ in range(80):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "marker":
            break
    page.keyboard.press("Enter")
    expect(page.locator("article:focus mark").first).to_be_visible()


# --- conversations ---------------------------------------------------------------------------


def test_a_conversation_is_kept_across_a_reload_and_answers_go_on_in_it(
    page: Page, assistant: StandIn
) -> None:
    ask(page, BORDER)
    page.wait_for_function("Object.keys(localStorage).length === 1")
    page.reload()
    expect(page.locator(".statement").first).to_contain_text("315 bornes")
    page.locator(".marker").first.click()
    expect(page.locator("article:focus .passage mark")).to_have_text(QUOTED)
    ask(page, UNKNOWN)
    assert assistant.heard[-1][1][0].content == BORDER


def test_conversations_are_listed_by_their_first_question_opened_renamed_and_deleted(
    page: Page,
) -> None:
    ask(page, BORDER)
    page.wait_for_function("Object.keys(localStorage).length === 1")
    page.get_by_role("button", name="Nouvelle conversation").click()
    expect(page.locator(".question")).to_have_count(0)
    ask(page, TRADE)
    page.wait_for_function("Object.keys(localStorage).length === 2")
    assert set(conversations(page, 2)) == {BORDER, TRADE}
    page.locator("#listed").get_by_role("button", name=BORDER, exact=True).click()
    expect(page.locator(".question")).to_contain_text(BORDER)
    page.once("dialog", lambda dialog: dialog.accept("Le <b>bornage</b>"))
    page.get_by_role("button", name=f"Renommer « {BORDER} »").click()
    expect(page.locator("#listed .open[aria-current]")).to_have_text("Le <b>bornage</b>")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Supprimer « Le <b>bornage</b> »").click()
    expect(page.locator("#listed .open")).to_have_text([TRADE])
    expect(page.locator(".question")).to_have_count(0)


@pytest.mark.slow
def test_two_tabs_keep_a_conversation_each(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Votre question").wait_for()
    ask(page, BORDER)
    ask(other, TRADE)
    other.wait_for_function("Object.keys(localStorage).length === 2")
    assert set(conversations(other, 2)) == {BORDER, TRADE}


def test_two_tabs_that_answer_in_one_conversation_overwrite_nothing(page: Page) -> None:
    ask(page, BORDER)
    page.wait_for_function("Object.keys(localStorage).length === 1")
    other = page.context.new_page()
    other.goto(page.url)
    conversations(other)
    other.locator("#listed .open").click()
    expect(other.locator(".question")).to_have_count(1)
    ask(page, TRADE)
    page.wait_for_function(ASKED, arg=[[BORDER, TRADE]])
    ask(other, UNKNOWN)
    other.wait_for_function(ASKED, arg=[[BORDER, TRADE], [BORDER, UNKNOWN]])


def test_renaming_the_open_conversation_while_it_is_answered_keeps_name_and_answer(
    page: Page, assistant: StandIn
) -> None:
    ask(page, BORDER)
    page.wait_for_function("Object.keys(localStorage).length === 1")
    conversations(page)
    assistant.hold = threading.Event()
    page.get_by_label("Votre question").fill(BOTH)
    page.get_by_label("Votre question").press("Enter")
    page.locator(".statement").nth(1).wait_for()
    page.once("dialog", lambda dialog: dialog.accept("Le bornage"))
    page.get_by_role("button", name=f"Renommer « {BORDER} »").click()
    expect(page.locator("#listed .open")).to_have_text("Le bornage")
    assistant.hold.set()
    expect(page.locator(".acts")).to_have_count(2)
    page.wait_for_function(ASKED, arg=[[BORDER, BOTH]])
    assert page.evaluate("JSON.parse(Object.values(localStorage)[0]).name") == "Le bornage"


# The questions of each conversation that this browser keeps, whichever order it keeps them in.
ASKED = """(wanted) => {
  const kept = Object.values(localStorage).map((one) => JSON.parse(one).exchanges
    .map(({ answer }) => answer.question));
  return JSON.stringify(kept.sort()) === JSON.stringify(wanted.sort());
}"""


def test_what_a_browser_keeps_and_this_version_cannot_read_is_said_and_harms_nothing(
    page: Page,
) -> None:
    key = "sourcier.conversation." + "0" * 32
    kept = {"id": "0" * 32, "name": "<img src=x onerror=hacked=1>", "at": "jadis", "exchanges": 3}
    page.evaluate("([key, kept]) => { localStorage[key] = kept }", [key, json.dumps(kept)])
    page.reload()
    assert conversations(page) == [kept["name"]]
    page.locator("#listed .open").click()
    expect(page.locator("#notice")).to_contain_text("ne peut plus être lue")
    assert page.evaluate("window.hacked") is None


def test_a_conversation_is_exported_as_markdown_and_as_docx(page: Page, tmp_path: Path) -> None:
    ask(page, BORDER)
    for name, suffix in (("Markdown", ".md"), ("DOCX", ".docx")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Exporter en {name}").click()
        assert download.value.suggested_filename.endswith(suffix)
        download.value.save_as(tmp_path / f"talk{suffix}")
    assert "315 bornes frontalières" in (tmp_path / "talk.md").read_text("utf-8")
    told = [paragraph.text for paragraph in docx.Document(str(tmp_path / "talk.docx")).paragraphs]
    assert any(QUOTED in text for text in told)


# --- languages -------------------------------------------------------------------------------


@pytest.mark.slow
def test_who_asks_for_vietnamese_gets_it_and_keeps_the_language_chosen_afterwards(
    archive: tuple[StandIn, Served], chromium: Browser
) -> None:
    context = chromium.new_context(locale="vi-VN")
    page = context.new_page()
    page.goto(archive[1].url)
    expect(page.get_by_label("Câu hỏi của bạn")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_label("Your question")).to_be_visible()
    page.goto(archive[1].url)
    expect(page.get_by_label("Your question")).to_be_visible()
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_label("Votre question")).to_be_visible()
    context.close()


FRENCH = "Votre Nouvelle Filtres Demander dépêche Cherché mot Copier Modifier Reposer".split()
ENGLISH = "Your New Filters Ask report Looked word Copy Edit again Clear Submit Loading".split()


@pytest.mark.parametrize(
    ("language", "label", "foreign"),
    [("en", "Your question", FRENCH), ("vi", "Câu hỏi của bạn", FRENCH + ENGLISH)],
)
def test_no_page_is_half_in_another_language(
    archive: tuple[StandIn, Served],
    chromium: Browser,
    language: str,
    label: str,
    foreign: list[str],
) -> None:
    page = chromium.new_page(locale=language)
    page.goto(f"{archive[1].url}/{language}")
    page.get_by_label(label).fill(BORDER)
    page.get_by_label(label).press("Enter")
    page.locator(".acts").wait_for()
    said = page.evaluate(SAID_BY_THE_PAGE)
    assert [word for word in foreign if word in said.split()] == []
    assert ("tháng 1 năm 2024" if language == "vi" else "January 2024") in said
    page.close()


SAID_BY_THE_PAGE = """() => {
  const quoted = ".words, .passage, h3, .whole, .question, #listed, #next li, nav, .thing, .file";
  const said = [];
  for (const one of document.querySelectorAll("body *")) {
    if (one.closest(quoted) || !one.checkVisibility()) continue;
    for (const name of ["aria-label", "title", "placeholder"]) said.push(one.getAttribute(name));
    for (const text of one.childNodes) if (text.nodeType === Node.TEXT_NODE) said.push(text.data);
  }
  return said.join(" ");
}"""
