"""The library in a real Chromium, over a real index; only the embedding model is a stand-in."""

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import gradio as gr
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from rag.answer import Assistant
from rag.config import read_settings
from rag.errors import IndexNotFound
from rag.index import sync, writing
from rag.library import Library
from rag.metadata import Entry
from rag.records import Problem
from rag.store import Store
from ui.library import library_view
from ui.page import Behind
from ui.serve import serve
from ui.words import Words

if TYPE_CHECKING:
    from tests.chat_page import ask
    from tests.conftest import CloseEmbeddings
else:
    from chat_page import ask
    from conftest import CloseEmbeddings

# Gradio's server leaves its event loop open behind it, and its queue uses what pandas deprecates.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

MODEL = CloseEmbeddings()
HOSTILE = "<img src=x onerror=hacked=1>"
BRIDGE = "Le pont de Kampot\n\nPhnom Penh, 3 mars 2024 - Le pont de Kampot mesure 300 mètres."
RICE = "Le riz se vend mieux\n\nHanoï, 5 mai 2023 - Le riz se vend mieux cette année à Hué."
SHIPS = "Combien de navires le port de Kep accueille-t-il ?"
PORT = "Le port de Kep rouvre\n\nKep, 9 juin 2024 - Le port de Kep accueille 40 navires."


class Served(NamedTuple):
    url: str
    assistant: Assistant
    library: Library
    archive: Path


@contextlib.contextmanager
def served(where: Path, files: dict[str, str], *, writes: bool = True) -> Iterator[Served]:
    archive = where / "archive"
    archive.mkdir()
    for name, text in files.items():
        (archive / name).write_text(text, encoding="utf-8")
    settings = read_settings(index=str(where / "index"), cache=where / "cache")
    store = Store(settings.index, MODEL.name, create=True)
    sync([archive], store, MODEL)
    assistant = Assistant(store, MODEL)
    library = Library(settings, MODEL, MODEL.name)
    behind = Behind(assistant, library if writes else None)
    with serve(behind, host="127.0.0.1", port=0, say=lambda _: None, block=False) as page:
        yield Served(page.url, assistant, library, archive)
    gc.collect()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened_at(url: str, width: int = 1280) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="fr-FR")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(url)
        page.get_by_role("tab").nth(1).click()
        page.locator("#library-place p").wait_for()
        return page

    yield opened_at
    for context in contexts:
        context.close()


def upload(page: Page, *files: FilePayload) -> None:
    page.locator("#library-acts input[type=file]").set_input_files(files)


def file(name: str, text: str = "") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def rows(page: Page) -> list[str]:
    return page.locator("#library-reports tbody th .title").all_inner_texts()


def test_a_report_is_added_asked_and_removed(tmp_path: Path, opened: Callable[..., Page]) -> None:
    with served(tmp_path, {"a.txt": BRIDGE, "b.txt": RICE}) as here:
        page = opened(here.url)
        assert rows(page) == ["Le pont de Kampot", "Le riz se vend mieux"]
        expect(page.locator("#archive")).to_have_text("2 dépêches, 2023–2024")
        assert here.assistant.ask(SHIPS).refused
        upload(page, file("kep.txt", PORT), file("vide.txt"), file("outil.exe", "MZ"))
        said = page.locator("#library-said")
        expect(said).to_have_text("1 fichier ajouté, 2 refusés")
        states = page.locator("#library-uploads li")
        expect(states.nth(0)).to_contain_text("ajouté")
        expect(states.nth(1)).to_contain_text("le fichier est vide")
        expect(states.nth(2)).to_contain_text("aucun lecteur pour les fichiers .exe")
        expect(page.locator("#library-reports tbody tr")).to_have_count(3)
        expect(page.locator("#archive")).to_have_text("3 dépêches, 2023–2024")
        page.get_by_role("tab", name="Questions").click()
        ask(page, SHIPS)
        expect(page.locator(".statement .words")).to_contain_text("40 navires")
        expect(page.locator("article.card h3")).to_contain_text("Le port de Kep rouvre")

        page.get_by_role("tab", name="Dépêches").click()
        page.get_by_role("button", name="Retirer « Le port de Kep rouvre »").click()
        sure = page.locator("#library-sure")
        expect(sure).to_contain_text("« kep.txt », ajouté depuis cette page, sera supprimé")
        expect(page.get_by_role("button", name="Ne pas retirer")).to_be_focused()
        page.get_by_role("button", name="Ne pas retirer").click()
        expect(sure).to_be_hidden()
        page.get_by_role("button", name="Retirer « Le port de Kep rouvre »").click()
        page.get_by_role("button", name="Oui, retirer").click()
        expect(page.locator("#library-reports tbody tr")).to_have_count(2)
        expect(said).to_contain_text("est retirée de l’archive")
        assert not list(here.library.uploads.glob("*.txt"))
        expect(page.locator("#archive")).to_have_text("2 dépêches, 2023–2024")
        assert here.assistant.ask(SHIPS).refused


@pytest.mark.slow
def test_what_is_bad_is_refused_in_words_and_what_was_there_stays(
    tmp_path: Path, opened: Callable[..., Page]
) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as sparse:
        sparse.truncate(1 << 30)
    with served(tmp_path, {"a.txt": f"{HOSTILE}\n\nLe piège de {HOSTILE} est grand."}) as here:
        page = opened(here.url)
        assert rows(page) == [HOSTILE]
        chosen = page.locator("#library-acts input[type=file]")
        chosen.set_input_files([huge])
        expect(page.locator(".too-large p")).to_have_text(
            "« huge.txt » n’est pas envoyé : il dépasse 64 Mo."
        )
        (tmp_path / "a.txt").write_text(RICE)
        chosen.set_input_files([huge, tmp_path / "a.txt"])
        expect(page.locator("#library-said")).to_have_text("1 fichier ajouté")
        expect(page.locator(".too-large p")).to_have_count(1)
        expect(page.locator("#library-uploads li")).to_contain_text("gardé sous « a (2).txt »")
        upload(page, file("../../x", "out"), file(f"{HOSTILE}.txt", PORT))
        expect(page.locator("#library-said")).to_have_text("1 fichier ajouté, 1 refusé")
        assert page.locator("#library-uploads li").first.inner_text().startswith("x ")
        kept = {path.name for path in here.library.uploads.iterdir()}
        assert "a (2).txt" in kept
        assert len(kept) == 2
        upload(page, file("encore.txt", RICE))
        expect(page.locator("#library-said")).to_have_text("1 déjà présent")
        page.locator("#library-reports button").first.click()
        page.locator("#library-question .ask").wait_for()
        with writing(str(tmp_path / "index")):
            page.get_by_role("button", name="Oui, retirer").click()
            expect(page.locator("#library-said")).to_contain_text(
                "Une autre indexation est en cours"
            )
            upload(page, file("kep.txt", PORT))
            expect(page.locator("#library-said")).to_contain_text(
                "Une autre indexation est en cours"
            )
        assert {path.name for path in here.library.uploads.iterdir()} == kept
        expect(page.locator("#library-reports tbody tr")).to_have_count(3)
        assert page.evaluate("window.hacked") is None
        assert page.locator("#library img").count() == 0


@pytest.mark.slow
def test_many_reports_are_searched_and_paged_and_fit_a_phone(
    tmp_path: Path, opened: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.library.A_PAGE", 5)
    reports = {
        f"r{number:02}.txt": f"Séance {number} du comité\n\nLe comité a tenu sa séance {number}."
        for number in range(12)
    }
    with served(tmp_path, {**reports, "broken.pdf": "%PDF-1.7 cut"}, writes=False) as here:
        page = opened(f"{here.url}/en", 390)
        place = page.locator("#library-place")
        expect(place).to_have_text("Reports 1 to 5 of 12")
        assert page.locator("#library-reports tbody tr").count() == 5
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.locator("#library-add").count() == 0
        assert page.locator("#library-reports button").count() == 0
        expect(page.locator("#library-heading")).to_contain_text("This page only reads")
        expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
        page.get_by_role("button", name="Next page").click()
        expect(place).to_have_text("Reports 6 to 10 of 12")
        page.get_by_label("Look for a report").press_sequentially("SEANCE 1")
        expect(place).to_have_text("3 reports · 3 passages")
        assert rows(page)[-1] == "Séance 11 du comité"
        page.get_by_label("Look for a report").fill("nothing such")
        expect(page.locator("#library-reports")).to_have_text("No report matches this search.")
        page.locator("#library-failures summary").click()
        expect(page.locator("#library-failures tbody td")).to_have_text(
            "the PDF is cut off: its end is missing"
        )


class Gone:
    """An archive whose index was deleted."""

    def entries(self) -> list[Entry]:
        raise IndexNotFound("x")

    def failures(self) -> list[Problem]:
        raise IndexNotFound("x")


def test_an_index_that_is_gone_is_said_where_the_reports_were() -> None:
    with gr.Blocks():
        desk = library_view(Gone(), None, Words("fr")).desk
    assert "L’index n’existe plus" in desk.refreshed("", "", 1)[0]
    assert "L’index n’existe plus" in desk.searched("", "")[0]


def test_a_page_that_only_reads_changes_nothing_whatever_is_sent_to_it(tmp_path: Path) -> None:
    """Its buttons are not shown, but what they send can be sent without them."""
    given = tmp_path / "a.txt"
    given.write_text("Un texte.")
    with gr.Blocks():
        desk = library_view(Gone(), None, Words("fr")).desk
    assert list(desk.add([str(given)])) == [("", "", None)]
    assert "n’existe plus" in list(desk.remove("a.txt"))[-1][0]
    assert "Cette page lit l’archive sans la modifier" in list(desk.reindex())[-1][0]
