"""A Chroma server, in earnest: several processes at once, kills, and whatever a folder can hold."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.errors import IndexNotFound, IndexUnreachable
from rag.follow import FollowedWords
from rag.index import sync
from rag.question import understood
from rag.store import Store, wipe

if TYPE_CHECKING:
    from tests import test_follow, test_index, test_store
    from tests.chroma_server import ChromaServer
    from tests.test_index_laws import archive_of, archive_of_all_sorts
    from tests.test_server import (
        DAM,
        RICE,
        WORDS,
        asking,
        assert_refused,
        everything,
        indexed,
        is_short,
        made,
        of_any_store,
        said,
        words_of,
    )
    from tests.test_store import BRIDGE, written
else:
    import test_follow
    import test_index
    import test_store
    from chroma_server import ChromaServer
    from test_index_laws import archive_of, archive_of_all_sorts
    from test_server import (
        DAM,
        RICE,
        WORDS,
        asking,
        assert_refused,
        everything,
        indexed,
        is_short,
        made,
        of_any_store,
        said,
        words_of,
    )
    from test_store import BRIDGE, written

pytestmark = pytest.mark.slow

Folder = Callable[..., Path]


@pytest.fixture
def store(chroma: ChromaServer) -> Store:
    """Takes the place of the fixture that keeps the index in a folder."""
    wipe(chroma.url)
    return made(chroma.url)


@pytest.fixture
def words(store: Store, tmp_path: Path) -> FollowedWords:
    return FollowedWords(store, tmp_path / "words")


globals().update(of_any_store(test_index))
globals().update(
    {name: test for name, test in of_any_store(test_store).items() if not is_short(test)}
)
globals().update(of_any_store(test_follow))


def test_a_server_can_serve_the_folder_of_an_index(tmp_path: Path, folder: Folder) -> None:
    before = everything(indexed(str(tmp_path / "index"), folder(a_txt=BRIDGE, b_txt=DAM)))
    server = ChromaServer(tmp_path / "index" / "chroma")
    try:
        assert everything(Store(server.url, WORDS.name)) == before
    finally:
        server.stop()


def test_a_report_larger_than_a_server_takes_at_once_is_written_in_parts(store: Store) -> None:
    """4,096 dimensions a passage: more than the 40 MB that a request may have."""
    report = written(
        "".join(f"Le mot{n} ministre accord{n} et mot{n // 7}. " for n in range(40_000))
    )
    assert len(report.passages) * len(WORDS.embed_query("")) * 4 * 4 / 3 > 40 * 2**20
    store.replace([report])
    assert store.passage_count() == len(report.passages)
    assert store.document("a.txt") == report.document


def test_killed_while_it_is_asked_every_answer_is_whole_or_a_clear_line(
    mortal: ChromaServer, folder: Folder
) -> None:
    assistant = asking(indexed(mortal.url, folder(a_txt=BRIDGE, b_txt=DAM)))
    expected = assistant.ask(BRIDGE).text
    ended = threading.Event()

    def kill() -> None:
        for _ in range(3):
            time.sleep(random.uniform(0.02, 0.1))
            mortal.stop()
            time.sleep(0.05)
            mortal.start()
        ended.set()

    killing = threading.Thread(target=kill)
    killing.start()
    answered = unreachable = 0
    while not ended.is_set():
        try:
            assert assistant.ask(BRIDGE).text == expected
            answered += 1
        except IndexUnreachable as error:
            assert_refused(error, "chroma run")
            unreachable += 1
    killing.join()
    assert answered
    assert unreachable
    assert assistant.ask(BRIDGE).text == expected


def test_a_server_that_comes_back_without_the_index_is_told_from_one_with_another(
    mortal: ChromaServer, folder: Folder, tmp_path: Path
) -> None:
    store = indexed(mortal.url, folder(a_txt=BRIDGE))
    assistant, words = asking(store, tmp_path), words_of(store, tmp_path / "own")
    assert said(words, "le pont") == ["a.txt"]
    mortal.path = tmp_path / "another"
    mortal.start()
    for meets in (lambda: assistant.ask(BRIDGE), lambda: said(words, "le pont")):
        with pytest.raises(IndexNotFound) as raised:
            meets()
        assert_refused(raised.value, "sourcier index FOLDER")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "z.txt").write_text(DAM)
    indexed(mortal.url, tmp_path / "other")
    assert [scored.passage.source for scored in assistant.search(DAM)] == ["z.txt"]
    assert assistant.ask(DAM).text.startswith(DAM)
    assert (said(words, "le pont"), said(words, "le barrage")) == ([], ["z.txt"])
    assert [entry.source for entry in assistant.entries()] == ["z.txt"]


# --- in processes of their own ---------------------------------------------------------------


class Processes:
    """Commands of `sourcier`, each in a process of its own, that share an index and a cache."""

    def __init__(self, index: str, cache: Path) -> None:
        self._environment = {
            **os.environ,
            "SOURCIER_INDEX": index,
            "SOURCIER_CACHE": str(cache),
        }

    def start(self, *arguments: str | Path, slowly: float = 0.0) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("sourcier_of_words.py")
        return subprocess.Popen(
            [sys.executable, str(script), *map(str, arguments)],
            env={**self._environment, "SLOWLY": str(slowly)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, slowly: float = 0.0) -> tuple[int, str, str]:
        return ended(self.start(*arguments, slowly=slowly))


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for its end; return its exit code and what it said."""
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    assert "should not have happened" not in err
    return process.returncode, out, err


def until_there_are(reports: int, store: Store, process: subprocess.Popen[str]) -> None:
    while len(store.entries()) < reports:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def test_while_one_process_indexes_others_ask_and_in_the_end_all_see_the_same(
    mortal: ChromaServer, tmp_path: Path
) -> None:
    archive = archive_of_all_sorts(tmp_path)
    (archive / "0.txt").write_text(BRIDGE)
    here = made(mortal.url)
    mine, shared = tmp_path / "mine", tmp_path / "shared"
    own, one, other = (Processes(mortal.url, cache) for cache in (tmp_path / "own", shared, shared))
    assistant, words = asking(here, mine), words_of(here, shared)
    indexing = one.start("index", archive, slowly=0.3)
    until_there_are(1, here, indexing)
    asked: list[str] = []
    while indexing.poll() is None:
        answer = assistant.ask(BRIDGE)
        assert answer.refused or answer.text.startswith(BRIDGE)
        assert set(said(words, BRIDGE)) <= {entry.source for entry in here.entries()}
        for place in (own, other):
            process = place.start("ask", BRIDGE, "--json")
            while process.poll() is None:  # it has its time to start
                found = [scored.passage for scored in assistant.search("ministre accord12")]
                assert all(passage.text for passage in found)
                assert len({passage.id for passage in found}) == len(found)
            code, out, err = ended(process)
            assert code == 0, err
            asked.append("refused" if json.loads(out)["refused"] else json.loads(out)["text"])
    assert ended(indexing)[0] == 0
    assert {text.removesuffix(" [1]") for text in asked} <= {BRIDGE, "refused"}
    assert len(asked) >= 2
    whole = indexed(str(tmp_path / "whole"), archive)
    assert everything(here) == everything(whole)
    expected = found_by_words(words_of(whole))
    places = [words, *(words_of(here, cache) for cache in (mine, shared, tmp_path / "own"))]
    assert [found_by_words(place) == expected for place in places] == [True] * 4
    printed = {place.run("search", "mot7x3 ministre", "--json")[1] for place in (own, one, other)}
    assert len(printed) == 1


def found_by_words(words: FollowedWords) -> list[list[str]]:
    questions = ["mot7x3 mot7x5", "ministre accord12 mot20x1", BRIDGE]
    index = words.current()
    return [sorted(index.best(understood(question), 1000)) for question in questions]


def test_two_processes_that_index_at_once_end_as_one_after_the_other(
    mortal: ChromaServer, tmp_path: Path
) -> None:
    """Their folders share a report (of which one place stands for the other) and a name."""
    archives = []
    for place in ("one", "other"):
        (tmp_path / place).mkdir()
        archives.append(archive_of(30, tmp_path / place))
    for number, path in enumerate(sorted(archives[1].iterdir())):
        path.rename(path.with_name(f"o{path.name}"))
        if number > 5:
            path.with_name(f"o{path.name}").write_text(f"{DAM} {number}. " * 20)
    archives[1].joinpath("000.txt").write_text(RICE)
    places = [Processes(mortal.url, tmp_path / f"cache{number}") for number in range(2)]
    started = [
        place.start("index", archive, slowly=0.3)
        for place, archive in zip(places, archives, strict=True)
    ]
    done = [ended(process) for process in started]
    codes = sorted(code for code, _, _ in done)
    refused = [(n, err) for n, (code, _, err) in enumerate(done) if "Another `sourcier" in err]
    for number, err in refused:
        assert err.count("\n") == 1
        done[number] = places[number].run("index", archives[number])
    assert len(refused) <= 1
    assert codes[0] <= 1
    first = 1 - refused[0][0] if refused else 0
    sequel = [archives[first], archives[1 - first]]
    whole = indexed(str(tmp_path / "whole"), sequel[0])
    sync([sequel[1]], whole, WORDS)
    is_there = everything(Store(mortal.url, WORDS.name))
    for what, expected in everything(whole).items():
        assert is_there[what] == expected, what


def test_a_server_killed_while_it_is_written_to_ends_in_a_line_and_indexed_again_equals_never(
    mortal: ChromaServer, tmp_path: Path
) -> None:
    archive = archive_of_all_sorts(tmp_path)
    place, store = Processes(mortal.url, tmp_path / "cache"), made(mortal.url)
    assistant = asking(store, tmp_path / "mine")
    for reports in (8, 50):
        indexing = place.start("index", archive, slowly=0.1)
        until_there_are(reports, store, indexing)
        time.sleep(random.uniform(0, 0.2))
        mortal.stop()
        code, out, err = ended(indexing)
        assert (code, out) == (1, ""), err
        assert err.splitlines()[-1].startswith("sourcier: The Chroma server")
        assert "chroma run" in err
        with pytest.raises(IndexUnreachable, match="chroma run"):
            assistant.ask("ministre accord12")
        mortal.start()
        assert assistant.search("ministre accord12")
    killed = place.start("index", archive, slowly=0.1)
    time.sleep(6)  # it waits for the turn of the one before to be silent for long enough
    killed.kill()
    killed.communicate()
    code, _, err = place.run("index", archive)
    assert code == 0, err
    whole = indexed(str(tmp_path / "whole"), archive)
    assert everything(store) == everything(whole)
    assert found_by_words(words_of(store, tmp_path / "cache")) == found_by_words(words_of(whole))
