"""The evaluation view in a real Chromium: a set is chosen, asked, stopped, read, compared."""

import contextlib
import gc
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from eval.bench import Bench
from rag.config import read_settings
from rag.errors import IndexNotFound
from rag.records import Turn
from ui.feedback import Feedback, keep
from ui.page import Behind
from ui.serve import serve

if TYPE_CHECKING:
    from tests import chat_page
    from tests.eval_asked import HOSTILE, ROWS, StandIn, row
else:
    import chat_page
    from eval_asked import HOSTILE, ROWS, StandIn, row

# Gradio's server leaves its event loop open behind it, and its queue uses what pandas deprecates.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@dataclass
class Served:
    assistant: StandIn
    """Whom a run asks; the chat has one of its own."""
    chat: chat_page.StandIn
    sets: Path
    runs: Path
    feedback: Path
    url: str

    def write(self, name: str, *rows: object) -> Path:
        path = self.sets / name
        lines = "".join(one if isinstance(one, str) else f"{json.dumps(one)}\n" for one in rows)
        path.write_text(lines, encoding="utf-8")
        return path


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    assistant, chat = StandIn(), chat_page.StandIn(chat_page.ARCHIVE)
    here = Served(assistant, chat, folder / "sets", folder / "runs", folder / "said.jsonl", "")
    here.sets.mkdir()
    bench = Bench(assistant, read_settings(), sets=here.sets, runs=here.runs)
    behind = Behind(chat, bench=bench, feedback=here.feedback)
    with serve(behind, host="127.0.0.1", port=0, say=lambda _: None, block=False) as page:
        here.url = page.url
        yield here
    gc.collect()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("bench")) as here:
        yield here


@pytest.fixture
def page(bench: Served, chromium: Browser) -> Iterator[Page]:
    bench.assistant.gate = bench.assistant.failure = None
    bench.write("mine.jsonl", *ROWS)
    context = chromium.new_context(viewport={"width": 390, "height": 900}, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    page.goto(bench.url)
    to_the_view(page)
    yield page
    context.close()
    expect.set_options(timeout=5_000)


def to_the_view(page: Page) -> None:
    page.get_by_role("tab", name="Évaluation").click()
    page.get_by_role("button", name="Lancer").wait_for()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label).click()
    page.get_by_role("option", name=option).first.click()


def run(page: Page, name: str = "mine.jsonl") -> None:
    choose(page, "Série à poser", name)
    expect(page.locator("#evaluation-checked .told").first).not_to_contain_text("Vérification")
    page.get_by_role("button", name="Lancer").click()


def test_a_set_is_asked_measured_and_its_failures_are_read_one_by_one(page: Page) -> None:
    run(page)
    expect(page.locator("#evaluation-status")).to_contain_text("Terminé : 3 questions posées.")
    table = page.locator("#evaluation-measures table").first
    expect(table.get_by_role("row", name="réponses justes")).to_contain_text("0,333")
    assert page.locator("#evaluation-measures img").first.get_attribute("alt", timeout=2000)
    failure = page.locator(".failure")
    expect(failure).to_contain_text("Combien pèse le pont ?")
    expect(failure).to_contain_text("répond, alors que l’archive n’en dit rien")
    expect(page.get_by_role("button", name="Précédent")).to_be_disabled()
    page.get_by_role("button", name="Suivant").click()
    expect(failure.locator("h3")).to_have_text(f"Qui préside {HOSTILE} ?")
    expect(failure).to_contain_text("Dara n’est pas dit")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_failure_is_opened_in_the_chat_with_what_was_said_before_it(
    page: Page, bench: Served
) -> None:
    said = [
        {"role": "user", "content": f"Parle du bornage {HOSTILE}."},
        {"role": "assistant", "content": f"{HOSTILE} est en cours."},
    ]
    asked = "Combien de bornes frontalières ont été posées ?"
    bench.write("after.jsonl", {**row("f1", asked, "315"), "history": said})
    page.reload()
    chat_page.ask(page, chat_page.TRADE)
    to_the_view(page)
    run(page, "after.jsonl")
    page.get_by_role("button", name="Ouvrir dans les questions").click()
    box = page.get_by_label("Votre question")
    expect(box).to_have_value(asked)
    expect(box).to_be_focused()
    expect(page.get_by_role("tab", name="Questions")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".question")).to_have_text(
        [f"Question\N{NO-BREAK SPACE}: {said[0]['content']}"]
    )
    expect(page.locator(".before")).to_contain_text(said[1]["content"])
    box.press("Enter")
    expect(page.locator(".statement").first).to_contain_text("315 bornes")
    told = [Turn("user", said[0]["content"]), Turn("assistant", said[1]["content"])]
    assert bench.chat.heard[-1] == (asked, told)
    assert page.evaluate("window.hacked") is None


@pytest.mark.slow
def test_a_run_is_stopped_and_goes_on_where_it_stopped(page: Page, bench: Served) -> None:
    bench.write("long.jsonl", *(row(f"l{n}", f"Long pont {n} ?") for n in range(5000)))
    page.reload()
    to_the_view(page)
    bench.assistant.gate = threading.Semaphore(2)
    run(page, "long.jsonl")
    bar = page.get_by_role("progressbar", name="Questions posées, série long.jsonl")
    expect(page.locator("#evaluation-status")).to_contain_text("2 sur 5")
    assert bar.get_attribute("value") == "2"
    page.reload()  # the run is not of the page: whoever comes back sees it
    to_the_view(page)
    expect(bar).to_be_visible()
    page.get_by_role("button", name="Arrêter").click()
    expect(page.locator("#evaluation-status")).to_contain_text("Arrêt après la question en cours")
    bench.assistant.gate.release(5)
    expect(page.locator("#evaluation-status")).to_contain_text("Arrêtée à 3 sur 5")
    choose(page, "Série à poser", "long.jsonl")
    expect(page.locator("#evaluation-checked")).to_contain_text("garde 3 réponses")


@pytest.mark.slow
def test_trouble_is_told_in_the_language_of_the_page_and_what_was_there_stays(
    page: Page, bench: Served
) -> None:
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("Choisissez d’abord une série.")
    run(page)
    expect(page.locator(".failure")).to_be_visible()
    bench.assistant.failure = IndexNotFound("gone")
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("L’index n’existe plus.")
    expect(page.locator(".failure")).to_be_visible()
    bench.assistant.failure = ValueError("a secret of the server")
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("Une erreur inattendue")


@pytest.mark.slow
def test_a_set_of_the_readers_own_is_added_and_its_faults_told_by_line(
    page: Page, tmp_path: Path
) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text(f"{json.dumps(ROWS[0])}\n{{broken\n", encoding="utf-8")
    upload = page.locator("#evaluation-view input[type=file]")
    upload.set_input_files(own)
    expect(page.locator("#evaluation-checked tbody tr")).to_have_text(
        ["2JSON invalide au caractère 2"]
    )
    expect(page.get_by_label("Série à poser")).to_have_value("own.jsonl")
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("La série a des défauts")
    page.get_by_label("Laisser de côté").check()
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("Terminé : 1 question posée.")
    expect(page.locator("#evaluation-failures")).to_contain_text("Rien n’a échoué.")
    (tmp_path / "no.jsonl").write_bytes(b"\x7fELF\xff")
    upload.set_input_files(tmp_path / "no.jsonl")
    expect(page.locator("#evaluation-note")).to_contain_text("no.jsonl n’a pas été ajoutée")
    expect(page.get_by_label("Série à poser")).to_have_value("own.jsonl")


@pytest.mark.slow
def test_what_was_said_of_answers_is_made_a_set_and_two_runs_are_compared(
    page: Page, bench: Served
) -> None:
    page.get_by_role("button", name="Faire une série des avis").click()
    expect(page.locator("#evaluation-note")).to_contain_text("Aucun avis")
    keep(bench.feedback, Feedback.on(bench.assistant.ask("Combien mesure le pont ?"), "good"))
    page.get_by_role("button", name="Faire une série des avis").click()
    expect(page.locator("#evaluation-checked")).to_contain_text("1 question. Rien à signaler.")
    page.get_by_role("button", name="Lancer").click()
    expect(page.locator("#evaluation-status")).to_contain_text("Terminé : 1 question posée.")
    expect(page.locator("#evaluation-failures")).to_contain_text("Rien n’a échoué.")
    first = page.get_by_label("Exécution").input_value()
    page.get_by_role("button", name="Lancer").click()
    expect(page.get_by_label("Exécution")).not_to_have_value(first)
    page.get_by_label("Comparer à").click()
    page.get_by_role("option", name=first).click()
    expect(page.locator("#evaluation-measures")).to_contain_text("Par rapport à feedback-")
    expect(page.locator("#evaluation-measures")).to_contain_text("pas de différence établie")
