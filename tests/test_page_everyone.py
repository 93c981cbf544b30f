"""Every view for everyone: read aloud, on a phone, in the dark, by keyboard, and by no one else.

One walk through all views looks at each of them; the tests say what must hold of what it saw.
"""

import contextlib
import gc
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from eval.bench import Bench
from rag.answer import Assistant
from rag.config import read_settings
from rag.index import sync
from rag.library import Library
from rag.store import Store
from ui.page import Behind
from ui.serve import serve
from ui.words import LANGUAGES, Language, Words

if TYPE_CHECKING:
    from tests import eval_asked
    from tests.chat_page import ARCHIVE, BORDER
    from tests.conftest import CloseEmbeddings
else:
    import eval_asked
    from chat_page import ARCHIVE, BORDER
    from conftest import CloseEmbeddings

# Gradio's server leaves its event loop open behind it, and its queue uses what pandas deprecates.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

STRANGE = "Combien de manchots vivent à Ushuaïa ?"
SET = "mine.jsonl"
ADDED = "Le port de Kep rouvre\n\nKep, 9 juin 2024 - Le port de Kep accueille 40 navires."

Look = tuple[Literal["light", "dark"], int]
"""A colour scheme and the width of the window."""

LOOKS: list[Look] = [("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)]

# What reaches over the side of the window, and lies in nothing that can be pushed sideways: Gradio
# clips it, so that the page is no wider, and no one can read it.
_CUT_OFF = """
() => {
  const pushed = (one) => one.id !== "page" && (one.matches(".sr, .visually-hidden")
    || ["auto", "scroll"].includes(getComputedStyle(one).overflowX)
    || pushed(one.parentElement));
  return [...document.querySelectorAll("#page *")].filter((one) =>
    one.checkVisibility({ visibilityProperty: true })
    && one.getBoundingClientRect().right > innerWidth + 1 && !pushed(one))
    .map((one) => one.outerHTML.slice(0, 160));
}
"""

_AXE = Axe()
_RULES = {"resultTypes": ["violations"]}


@dataclass
class Seen:
    """What a walk saw."""

    findings: list[str] = field(default_factory=list)
    """What axe-core finds serious or critical: view, look, rule and element."""
    too_wide: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    hosts: dict[str, int] = field(default_factory=dict)
    """How many requests went to each host."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole page over a real index; stand-ins for the embedding model and whom a run asks."""
    with everything(tmp_path_factory.mktemp("site")) as url:
        yield url


@contextlib.contextmanager
def everything(where: Path) -> Iterator[str]:
    archive, sets = where / "archive", where / "sets"
    for report in ARCHIVE:
        path = archive / report.source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.text, encoding="utf-8")
    (archive / "broken.pdf").write_text("%PDF-1.7 cut")
    sets.mkdir()
    rows = (f"{json.dumps(row)}\n" for row in eval_asked.ROWS)
    (sets / SET).write_text("".join(rows), encoding="utf-8")
    model = CloseEmbeddings()
    settings = read_settings(index=str(where / "index"), cache=where / "cache")
    store = Store(settings.index, model.name, create=True)
    sync([archive], store, model)
    behind = Behind(
        Assistant(store, model),
        Library(settings, model, model.name),
        Bench(eval_asked.StandIn(), settings, sets=sets, runs=where / "runs"),
        where / "feedback.jsonl",
        [BORDER],
    )
    with serve(behind, host="127.0.0.1", port=0, say=lambda _: None, block=False) as chat:
        yield chat.url
    gc.collect()


@contextlib.contextmanager
def windows(chromium: Browser, language: Language = "fr") -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale=language, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    yield context
    context.close()
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def seen(site: str, chromium: Browser) -> Seen:
    """One French walk, each view looked at wide in the light and narrow in the dark."""
    return walked(chromium, site, "fr", LOOKS[:2])


def walked(chromium: Browser, url: str, language: Language, looks: list[Look]) -> Seen:
    """Use every view as a person would, and look at each."""
    seen = Seen()
    with windows(chromium, language) as context:

        def asked(address: str) -> None:
            if address.startswith(("http", "ws")):
                host = urlsplit(address).netloc
                seen.hosts[host] = seen.hosts.get(host, 0) + 1

        context.on("request", lambda request: asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: asked(socket.url)))
        page = context.new_page()
        page.goto(f"{url}/{language if language != 'fr' else ''}")
        for view in _VIEWS:
            view(page, Words(language))
            name = view.__name__.removeprefix("_")
            seen.views.append(name)
            for look in looks:
                _looked_at(page, f"{name} {language} {look[0]} {look[1]}", look, seen)
    return seen


def _looked_at(page: Page, name: str, look: Look, seen: Seen) -> None:
    scheme, width = look
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("dark => document.body.classList.contains('dark') === dark",
                           arg=scheme == "dark")  # fmt: skip
    if page.evaluate("document.documentElement.scrollWidth") > width:
        seen.too_wide.append(name)
    seen.too_wide += [f"{name}: {one}" for one in page.evaluate(_CUT_OFF)]
    found = _AXE.run(page, options=_RULES).response["violations"]
    for violation in found:
        if violation["impact"] in ("serious", "critical"):
            seen.findings += [
                f"{name}: {violation['id']} at {' '.join(map(str, node['target']))} | "
                f"{node['html'][:160]} | {[one['message'] for one in node['any']][:1]}"
                for node in violation["nodes"]
            ]


# --- what a person does in each view -----------------------------------------------------------


def _empty_chat(page: Page, words: Words) -> None:
    page.get_by_label(words("question")).wait_for()
    page.locator("#conversation .example").first.wait_for()


def _answer(page: Page, words: Words) -> None:
    _ask(page, words, BORDER)
    page.locator(".statement").first.wait_for()
    page.locator("article.card summary").first.click()
    page.locator("#next button").first.wait_for()


def _refusal(page: Page, words: Words) -> None:
    _ask(page, words, STRANGE)
    page.locator(".refusal").wait_for()
    page.locator("details.earlier summary").first.click()


def _unfolded(page: Page, words: Words) -> None:
    """The comment on an answer, the exports, the filters and the list of conversations."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name=words("feedback_good")).first.click()
    page.locator("#judged textarea").wait_for()
    for name in ("markdown", "docx"):
        with page.expect_download() as download:
            page.get_by_role("link", name=words(f"export_{name}")).or_(
                page.get_by_role("button", name=words(f"export_{name}"))
            ).first.click()
        assert download.value.path().stat().st_size > 200
    page.get_by_role("button", name=words("filters"), exact=True).click()
    page.locator("#filters input, #filters textarea").first.wait_for()
    page.get_by_role("button", name=words("conversations"), exact=True).click()
    page.locator("#listed li").first.wait_for()


def _library(page: Page, words: Words) -> None:
    """With a report added, one refused, one that may be removed, and the failures unfolded."""
    page.get_by_role("tab", name=words("view_library")).click()
    page.locator("#library-reports tbody tr").first.wait_for()
    files: list[FilePayload] = [
        {"name": "kep.txt", "mimeType": "text/plain", "buffer": ADDED.encode()},
        {"name": "vide.txt", "mimeType": "text/plain", "buffer": b""},
    ]
    page.locator("#library-acts input[type=file]").set_input_files(files)
    expect(page.locator("#library-uploads li")).to_have_count(2)
    expect(page.locator("#library-reports tbody tr")).to_have_count(3)
    page.locator("#library-failures summary").click()
    page.locator("#library-reports button").first.click()
    page.locator("#library-question .ask").wait_for()


def _evaluation(page: Page, words: Words) -> None:
    page.get_by_role("tab", name=words("view_evaluation")).click()
    page.get_by_label(words("evaluation_choose_set")).click()
    page.get_by_role("option", name=SET).first.click()
    page.get_by_role("button", name=words("evaluation_run"), exact=True).click()
    page.locator(".failure").wait_for()
    page.locator("#evaluation-measures table").first.wait_for()


_VIEWS: list[Callable[[Page, Words], None]] = [
    _empty_chat,
    _answer,
    _refusal,
    _unfolded,
    _library,
    _evaluation,
]


def _ask(page: Page, words: Words, question: str) -> None:
    box = page.get_by_label(words("question"))
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".searching")).to_have_count(0)


# --- what must hold ----------------------------------------------------------------------------


@pytest.mark.slow
def test_axe_finds_nothing_serious_in_any_view(seen: Seen) -> None:
    assert len(seen.views) == len(_VIEWS)
    assert not seen.findings, "\n".join(seen.findings)


@pytest.mark.slow
def test_no_view_is_wider_than_the_window(seen: Seen) -> None:
    assert not seen.too_wide, seen.too_wide


@pytest.mark.slow
def test_no_view_asks_another_host(seen: Seen, site: str) -> None:
    assert list(seen.hosts) == [urlsplit(site).netloc]
    assert seen.hosts[urlsplit(site).netloc] > 50


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_in_every_look(tmp_path: Path, chromium: Browser, language: Language) -> None:
    with everything(tmp_path) as url:
        seen = walked(chromium, url, language, LOOKS)
    assert not seen.findings, "\n".join(seen.findings)
    assert not seen.too_wide, seen.too_wide
    assert list(seen.hosts) == [urlsplit(url).netloc]


# --- by keyboard alone ---------------------------------------------------------------------------

# What a person can act on in the page as it is shown now, each with a name to complain by.
_CONTROLS = """
() => [...document.querySelectorAll(
  "#page a[href], #page button, #page input, #page textarea, #page select, #page summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled
    && !one.closest(".visually-hidden") && one.type !== "file"
    && one.getBoundingClientRect().width > 1)
"""

# Whether whoever looks sees where the focus is: on the element, or on the frame around it.
_SHOWS_FOCUS = """
() => {
  const ringed = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  };
  const one = document.activeElement;
  return ringed(one) || ringed(one.closest(".input-container, .wrap") ?? one);
}
"""


def tabbed(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab through the whole page; return what it never reached, and what shows no focus."""
    page.evaluate(
        f"() => {{ window.unreached = new Set(({_CONTROLS})()); document.activeElement.blur(); }}"
    )
    unseen = []
    for _ in range(page.evaluate("window.unreached.size") + 30):
        page.keyboard.press("Tab")
        if page.evaluate("() => window.unreached.delete(document.activeElement)") and not (
            page.evaluate(_SHOWS_FOCUS)
        ):
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))
        if not page.evaluate("window.unreached.size"):
            break
    missed = page.evaluate("[...unreached].map((one) => one.outerHTML.slice(0, 160))")
    return missed, unseen


def to(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(90):
        if control.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {control}")


@pytest.mark.slow
def test_every_view_is_used_by_keyboard_alone(tmp_path: Path, chromium: Browser) -> None:
    with everything(tmp_path) as url, windows(chromium) as context:
        page = context.new_page()
        # Early: Chromium may open a file dialog before Playwright's asking for it has reached it.
        page.on("filechooser", lambda _: None)
        page.goto(url)
        box = page.get_by_label("Votre question")
        expect(box).to_be_focused()
        page.keyboard.type(BORDER)
        page.keyboard.press("Enter")
        page.locator("#next button").first.wait_for()

        to(page, page.locator(".statement .marker").first)
        page.keyboard.press("Enter")
        expect(page.locator("article.card").first).to_be_focused()
        to(page, page.locator("article.card summary").first)
        page.keyboard.press("Space")
        expect(page.locator("article.card .whole").first).to_be_visible()
        to(page, page.locator("button.act.good").first)
        page.keyboard.press("Enter")
        expect(page.locator("#judged textarea")).to_be_visible()
        to(page, page.get_by_role("button", name="Filtres", exact=True))
        page.keyboard.press("Space")
        expect(page.get_by_label("Depuis")).to_be_visible()
        to(page, page.get_by_role("button", name="Conversations", exact=True))
        page.keyboard.press("Enter")
        page.locator("#listed li").first.wait_for()
        assert tabbed(page) == ([], [])

        to(page, page.get_by_role("tab", name="Dépêches"))
        page.keyboard.press("Enter")
        page.locator("#library-reports tbody tr").first.wait_for()
        to(page, page.get_by_role("button", name="Choisir des fichiers"))
        with page.expect_file_chooser():
            page.keyboard.press("Enter")
        to(page, page.locator("#library-reports button").first)
        page.keyboard.press("Enter")
        expect(page.locator("#library-no")).to_be_focused()
        assert tabbed(page) == ([], [])

        to(page, page.get_by_role("tab", name="Évaluation"))
        page.keyboard.press("Space")
        to(page, page.get_by_label("Série à poser"))
        page.keyboard.press("ArrowDown")
        page.get_by_role("option", name=SET).wait_for()
        page.keyboard.press("Enter")
        expect(page.locator("#evaluation-checked")).to_contain_text("3 questions")
        to(page, page.get_by_role("button", name="Lancer"))
        page.keyboard.press("Enter")
        page.locator(".failure").wait_for()
        assert tabbed(page) == ([], [])
