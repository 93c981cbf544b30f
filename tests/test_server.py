"""A Chroma server holds an index as a folder does; killed and started again, it goes on."""

import contextlib
import http.server
import inspect
import math
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as ChromaSettings

import rag.server
from rag.answer import Assistant
from rag.errors import (
    BadRequest,
    IndexBusy,
    IndexMismatch,
    IndexNotFound,
    IndexUnreachable,
    NoChromaServer,
    NotOurs,
    RagError,
)
from rag.follow import FollowedWords, words_folder
from rag.index import sync, writing
from rag.question import understood
from rag.store import Store, exists, wipe

if TYPE_CHECKING:
    from tests import test_store
    from tests.chroma_server import ChromaServer
    from tests.conftest import WordEmbeddings
    from tests.test_cli import StandIn, assert_one_line, run, take_the_place
    from tests.test_index_laws import contents
    from tests.test_store import BRIDGE, texts, written
else:
    import test_store
    from chroma_server import ChromaServer
    from conftest import WordEmbeddings
    from test_cli import StandIn, assert_one_line, run, take_the_place
    from test_index_laws import contents
    from test_store import BRIDGE, texts, written

Folder = Callable[..., Path]
WORDS = WordEmbeddings()
DAM = "Le barrage de Namthan produit 2 450 mégawatts."
RICE = "Le riz se vend mieux cette année."


def made(index: str) -> Store:
    return Store(index, WORDS.name, create=True)


def indexed(index: str, *folders: Path) -> Store:
    store = made(index)
    sync(folders, store, WORDS)
    return store


def words_of(store: Store, cache: Path | None = None) -> FollowedWords:
    return FollowedWords(store, cache and words_folder(store.index, cache))


def asking(store: Store, cache: Path | None = None) -> Assistant:
    return Assistant(store, WORDS, words_of(store, cache))


def everything(store: Store) -> dict[str, Any]:
    """Return all that two indexes are compared by: a server tells 32-bit floats in decimals."""
    vectors = {
        id_: np.asarray(vector, np.float32).tobytes() for id_, vector in store.vectors().items()
    }
    return {**contents(store), "vectors": vectors}


def said(words: FollowedWords, question: str) -> list[str]:
    """Return the reports that the word index finds."""
    return sorted(one.rsplit(":", 1)[0] for one in words.current().best(understood(question), 10))


def assert_refused(error: RagError, *named: str) -> None:
    assert "\n" not in str(error)
    assert [word for word in named if word not in str(error)] == []


# --- as in a folder ----------------------------------------------------------------------------


@pytest.fixture
def store(chroma: ChromaServer) -> Store:
    """Takes the place of the fixture that keeps the index in a folder."""
    wipe(chroma.url)
    return made(chroma.url)


def of_any_store(module: Any) -> dict[str, Any]:
    """Return the tests of a module that ask for a store, and do not care where it is."""
    tests = {name: test for name, test in vars(module).items() if name.startswith("test_")}
    asked_for = {name: inspect.signature(test).parameters for name, test in tests.items()}
    return {
        name: test
        for name, test in tests.items()
        if "store" in asked_for[name] and "tmp_path" not in asked_for[name]
    }


def is_short(test: Any) -> bool:
    """Whether a test has few cases; the others are left to the slow run."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return math.prod(len(mark.args[1]) for mark in marks) <= 4


# Collected here once more, these tests get the `store` above.
globals().update({name: test for name, test in of_any_store(test_store).items() if is_short(test)})


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    take_the_place(monkeypatch, StandIn)
    monkeypatch.setenv("SOURCIER_EMBEDDING_MODEL", WORDS.name)
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("command_line")
def test_every_command_says_of_a_server_what_it_says_of_a_folder(
    chroma: ChromaServer, folder: Folder
) -> None:
    wipe(chroma.url)
    long = f"date 2024-01-28\n{RICE[:-1]} sur les marchés de la capitale, disent les paysans."
    archive = folder(a_txt=BRIDGE, b_txt=DAM, c_txt=long, d_txt=long, empty_txt="")

    def told(index: str) -> list[tuple[int, str]]:
        assert_one_line(run("ask", BRIDGE, "--index", index), "sourcier index")
        commands: list[list[str | Path]] = [
            ["index", archive],
            ["index", archive],
            ["documents", "--json"],
            ["ask", BRIDGE, "--json"],
            ["ask", "Quelle est la population du Laos ?"],
            ["search", "le barrage et le riz", "--json"],
            ["search", "le barrage et le riz", "--since", "2024-01", "--source", "[cd]*"],
            ["doctor"],
            ["index", archive, "--rebuild"],
            ["documents"],
        ]
        results = [run(*command, "--index", index) for command in commands]
        return [
            (result.exit_code, re.sub(r'_ms": \d+', "", result.output).replace(index, "INDEX"))
            for result in results
        ]

    on_a_server = told(chroma.url)
    assert on_a_server == told("folder")
    assert "3 added, 0 changed, 1 copies" in on_a_server[0][1]
    assert "3 reports, 3 passages" in on_a_server[7][1]


# --- where it is, and what else may be there -----------------------------------------------------


@pytest.mark.parametrize(
    "beyond", ["user:secret@127.0.0.1:8000", "127.0.0.1:8000/api/v2", "127.0.0.1:8000?tenant=a"]
)
def test_an_address_that_says_more_than_where_the_server_is_is_refused(beyond: str) -> None:
    for meets in (lambda index: Store(index, WORDS.name), wipe):
        with pytest.raises(BadRequest, match="--index") as raised:
            meets(f"http://{beyond}")
        assert_refused(raised.value, "http(s)://host:port")
        assert "secret" not in str(raised.value)


def test_an_address_is_one_however_it_is_written(store: Store) -> None:
    store.replace([written(BRIDGE)])
    for written_so in (store.index.upper(), f"{store.index}/"):
        assert texts(Store(written_so, WORDS.name), "pont") == [BRIDGE]
        assert exists(written_so)


def test_a_company_s_web_proxy_is_not_asked_for_a_server_on_this_machine(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "example.org")
    assert Store(store.index, WORDS.name).passage_count() == 0
    assert "example.org" in os.environ["NO_PROXY"]


def test_https_where_the_server_speaks_http_is_said_in_a_line(chroma: ChromaServer) -> None:
    with pytest.raises(IndexUnreachable) as raised:
        Store(chroma.url.replace("http", "https"), WORDS.name)
    assert_refused(raised.value, "SSL", "--index")


def test_an_address_of_the_sixth_version_is_understood() -> None:
    with pytest.raises(IndexUnreachable) as raised:
        Store("http://[::1]:9", WORDS.name)
    assert "port" not in str(raised.value)


class Page(http.server.BaseHTTPRequestHandler):
    """A web page at every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>\n<p>Bonjour.</p>\n</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("command_line")
def test_a_web_page_at_that_port_is_told_from_a_chroma_server(folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE)
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever).start()
        index = f"http://127.0.0.1:{pages.server_port}"
        for command in (["ask", BRIDGE], ["index", archive], ["index", "--rebuild", archive]):
            assert_one_line(run(*command, "--index", index), "no Chroma server", "chroma run")
        assert "no Chroma server" in run("doctor", "--index", index).stderr
        pages.shutdown()
    with pytest.raises(IndexUnreachable):
        Store(index, WORDS.name)
    assert NoChromaServer in RagError.__subclasses__()


def test_what_listens_and_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.server.CONNECTS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(IndexUnreachable) as raised:
            Store(f"http://127.0.0.1:{silent.getsockname()[1]}", WORDS.name)
        assert_refused(raised.value, "timed out", "chroma run")


def test_a_server_that_freezes_is_not_waited_for_for_ever(
    chroma: ChromaServer, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.server.ANSWERS", 0.5)
    wipe(chroma.url)
    assistant = asking(indexed(chroma.url, folder(a_txt=BRIDGE)))
    before = assistant.search(BRIDGE)
    chroma.freeze()
    try:
        with pytest.raises(IndexUnreachable, match="timed out"):
            assistant.search(BRIDGE)
    finally:
        chroma.thaw()
    assert assistant.search(BRIDGE) == before


def test_a_collection_of_another_program_is_left_alone(
    chroma: ChromaServer, folder: Folder
) -> None:
    wipe(chroma.url)
    host, port = chroma.url.removeprefix("http://").split(":")
    client = chromadb.HttpClient(
        host=host, port=int(port), settings=ChromaSettings(anonymized_telemetry=False)
    )
    theirs = client.create_collection("documents", embedding_function=None, metadata={"by": "them"})
    vectors: Any = [[1.0, 2.0]]
    theirs.add(ids=["1"], embeddings=vectors)
    try:
        for meets in (lambda: indexed(chroma.url, folder(a_txt=BRIDGE)), lambda: wipe(chroma.url)):
            with pytest.raises(NotOurs, match=r"'documents'.*--index"):
                meets()
        kept = client.get_collection("documents", embedding_function=None)
        assert (kept.count(), kept.metadata) == (1, {"by": "them"})
    finally:
        client.delete_collection("documents")


# --- the server is killed, and started again -----------------------------------------------------


@pytest.mark.usefixtures("command_line")
def test_a_server_that_was_killed_is_named_and_once_it_is_back_the_same_assistant_answers(
    mortal: ChromaServer, folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=DAM)
    store = indexed(mortal.url, archive)
    assistant = asking(store, tmp_path / "cache")
    before, listed = assistant.ask(BRIDGE), assistant.entries()
    mortal.stop()
    meets: list[Callable[[], Any]] = [
        lambda: assistant.ask(BRIDGE),
        lambda: assistant.search(BRIDGE),
        assistant.entries,
        assistant.failures,
        lambda: assistant.document("a.txt"),
        lambda: sync([archive], store, WORDS),
        lambda: store.remove(["a.txt"]),
        lambda: wipe(mortal.url),
    ]
    for meet in meets:
        with pytest.raises(IndexUnreachable) as raised:
            meet()
        assert_refused(raised.value, mortal.url, "chroma run", "--index")
    for command in (["ask", BRIDGE], ["search", BRIDGE], ["documents"], ["index", archive]):
        assert_one_line(run(*command, "--index", mortal.url), "chroma run", "--index")
    assert run("doctor", "--index", mortal.url).exit_code == 1
    mortal.start()
    after = assistant.ask(BRIDGE)
    assert (after.text, after.citations) == (before.text, before.citations)
    assert assistant.entries() == listed
    (archive / "c.txt").write_text(RICE)
    assert run("index", archive, "--index", mortal.url).exit_code == 0
    assert assistant.ask(RICE).text.startswith(RICE)


# --- an index made anew by another process -------------------------------------------------------


def test_an_index_made_anew_by_another_process_is_followed(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE)
    sync([archive], store, WORDS)
    assistant, words = asking(store, tmp_path), words_of(store)
    assert assistant.ask(BRIDGE).text.startswith(BRIDGE)
    assert said(words, "le pont") == ["a.txt"]
    wipe(store.index)
    with pytest.raises(IndexNotFound, match="sourcier index"):
        assistant.ask(BRIDGE)
    (archive / "a.txt").write_text(DAM)
    indexed(store.index, archive)
    assert assistant.ask(DAM).text.startswith(DAM)
    assert said(words, "le pont") == []
    assert [entry.title for entry in assistant.entries()] == [DAM]
    assert everything(store) == everything(Store(store.index, WORDS.name))


def test_of_an_index_made_anew_that_nobody_said_to_hold_anything_the_old_words_are_not_used(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed between the last word of a report and what it says of the whole."""
    monkeypatch.setattr(Store, "changed", lambda _: None)
    store.replace([written(BRIDGE)])
    words = words_of(store)
    assert said(words, "le pont") == ["a.txt"]
    assert [entry.title for entry in store.entries()] == [BRIDGE]
    wipe(store.index)
    made(store.index).replace([replace(written(DAM), digest="another")])
    assert (said(words, "le pont"), said(words, "le barrage")) == ([], ["a.txt"])
    assert [entry.title for entry in store.entries()] == [DAM]


def test_an_index_made_anew_with_another_model_is_refused_by_name(store: Store) -> None:
    store.replace([written(BRIDGE)])
    wipe(store.index)
    Store(store.index, "another", create=True)
    with pytest.raises(IndexMismatch, match="'another'"):
        texts(store, "pont")


def test_what_is_being_written_into_an_index_that_was_made_anew_stops(store: Store) -> None:
    store.replace([written(BRIDGE)])
    wipe(store.index)
    anew = made(store.index)
    with pytest.raises(IndexNotFound, match="sourcier index"):
        store.replace([written(DAM)])
    with pytest.raises(IndexNotFound, match="sourcier index"):
        store.remove(["a.txt"])
    assert everything(anew)["known"] == {}


# --- one writes at a time --------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.server.BEATS", 0.1)
    monkeypatch.setattr("rag.server.SILENT", 1.0)


@pytest.mark.usefixtures("hurried")
def test_two_do_not_write_to_a_server_at_once(chroma: ChromaServer) -> None:
    with writing(chroma.url) as held:
        for _ in range(2):
            with pytest.raises(IndexBusy, match="Wait"), writing(chroma.url):
                pass
        held()
    with writing(chroma.url) as held:
        held()


@pytest.mark.usefixtures("hurried")
def test_the_turn_of_a_process_that_was_killed_is_taken_over_and_lost_to_it(
    chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()
    beat = rag.server._beat

    def stopping(turn: Any, ended: threading.Event, lost: threading.Event) -> None:
        stopped.wait()
        beat(turn, ended, lost)

    with monkeypatch.context() as patched, contextlib.ExitStack() as first:
        patched.setattr("rag.server._beat", stopping)
        held = first.enter_context(writing(chroma.url))
        patched.setattr("rag.server._beat", beat)
        with writing(chroma.url) as taken:
            stopped.set()
            time.sleep(0.5)
            taken()
            with pytest.raises(IndexBusy, match="run the command again"):
                held()
            first.close()  # which must not give back what it lost
            with pytest.raises(IndexBusy), writing(chroma.url):
                pass
    with writing(chroma.url):
        pass
