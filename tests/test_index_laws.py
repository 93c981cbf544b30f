"""Law 4: twice equals once, killed and run again equals never killed, nothing is done twice."""

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.clean import labelled
from rag.index import in_context, sync
from rag.load import read
from rag.records import SEARCHED
from rag.split import split
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

KILLS = 10
NAMES = ["a.txt", "b.txt", "c.md", "below/a.txt"]
SENTENCES = [
    "Le pont de Kampot mesure 300 mètres.",
    "Le riz se vend mieux cette année.",
    "Kampot (AFP) - La pêche rapporte moins.",
    "date 2024-01\nUn titre\n\nUn corps. -AFP\n\nVoir plus\nUn ailleurs.",
    "Une phrase assez longue pour remplir des passages. " * 40,
]
STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(SENTENCES)),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("sync"), st.just(""), st.just("")),
)


class CountingWords(WordEmbeddings):
    """Remembers what it embedded; from the `fails`-th call on it is interrupted."""

    def __init__(self, fails: int | None = None) -> None:
        self.embedded: list[str] = []
        self._calls_left = fails

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if self._calls_left == 0:
            raise KeyboardInterrupt
        if self._calls_left is not None:
            self._calls_left -= 1
        self.embedded += texts
        return super().embed_documents(texts)


def opened(index: Path) -> Store:
    return Store(str(index), WordEmbeddings.name, create=True)


def to_embed(archive: Path, sources: list[str]) -> list[str]:
    reports = [labelled(read(archive / source, source)) for source in sources]
    passages = [passage for report in reports for passage in split(report)]
    return sorted(in_context(passage) for passage in passages if passage.kind in SEARCHED)


def contents(store: Store) -> dict[str, Any]:
    """Everything two indexes are compared by."""
    entries = store.entries()
    questions = ["pont Kampot", "riz", "mot7x3 mot7x5", "ministre accord12 mot20x1"]
    return {
        "entries": entries,
        "documents": {entry.source: store.document(entry.source) for entry in entries},
        "vectors": store.vectors(),
        "found": [found(store, question) for question in questions],
    }


def found(store: Store, question: str) -> list[tuple[float, str]]:
    """Return what is nearest, but for the tail: Chroma picks freely among equals."""
    nearest = store.nearest(WordEmbeddings().embed_query(question), 20)
    scores = [(-round(scored.score, 3), scored.passage.id) for scored in nearest]
    return sorted(pair for pair in scores if pair[0] < scores[-1][0])


def files(archive: Path) -> dict[str, str]:
    paths = [path for path in archive.rglob("*") if path.is_file()]
    return {path.relative_to(archive).as_posix(): path.read_text() for path in paths}


def take(step: tuple[str, str, str], archive: Path) -> None:
    verb, name, other = step
    path = archive / name
    if verb == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(other)
    elif verb == "remove":
        path.unlink(missing_ok=True)
    elif verb == "rename" and path.exists():
        (archive / other).parent.mkdir(exist_ok=True)
        path.rename(archive / other)


def synced(archive: Path, store: Store, before: dict[str, str]) -> None:
    """Index, and hold the run to the law: only what is not as `before` is embedded."""
    words, now = CountingWords(), files(archive)
    report = sync([archive], store, words)
    assert {entry.source for entry in store.entries()} == set(now)
    assert set(report.unchanged) == {name for name in now if before.get(name) == now[name]}
    assert set(report.added) == set(now) - set(before)
    assert set(report.removed) == set(before) - set(now)
    assert sorted(words.embedded) == to_embed(archive, report.added + report.changed)


@given(st.lists(STEPS, min_size=1, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_a_folder_changes_its_index_is_that_of_the_folder_as_it_is(
    steps: list[tuple[str, str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as there:
        archive = Path(there, "archive")
        archive.mkdir()
        (archive / "always.txt").write_text("Ce fichier ne change pas.")
        store, before = opened(Path(there, "index")), dict[str, str]()
        # From a full folder on, so that there is something to change and to take away.
        first = [("write", name, SENTENCES[number]) for number, name in enumerate(NAMES)]
        for step in [*first, ("sync", "", ""), *steps, ("sync", "", "")]:
            take(step, archive)
            if step[0] == "sync":
                synced(archive, store, before)
                before = files(archive)
        fresh = opened(Path(there, "fresh"))
        sync([archive], fresh, WordEmbeddings())
        assert contents(store) == contents(fresh)


def archive_of(reports: int, where: Path) -> Path:
    """Write reports of one to three passages; each has words of its own, as real ones have."""
    archive = where / "archive"
    archive.mkdir()
    for number in range(reports):
        words = (f"mot{number}x{place % 7} ministre accord{place} et" for place in range(60))
        text = ". ".join(words) + ". "
        report = f"Titre {number}\n\nHanoï (AFP) - {text * (1 + number % 3)}"
        (archive / f"{number:03}.txt").write_text(report)
    return archive


def test_indexing_twice_is_indexing_once(tmp_path: Path) -> None:
    archive, store = archive_of(8, tmp_path), opened(tmp_path / "index")
    sync([archive], store, WordEmbeddings())
    once, words = contents(store), CountingWords()
    report = sync([archive], store, words)
    assert contents(store) == once
    assert words.embedded == []
    assert len(report.unchanged) == 8


@pytest.mark.parametrize("fails", range(3))
def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    monkeypatch.setattr("rag.index.BATCH", 3)
    archive, store = archive_of(8, tmp_path), opened(tmp_path / "index")
    stopped, resumed = CountingWords(fails), CountingWords()
    with pytest.raises(KeyboardInterrupt):
        sync([archive], store, stopped)
    sync([archive], store, resumed)
    whole = opened(tmp_path / "whole")
    sync([archive], whole, WordEmbeddings())
    assert contents(store) == contents(whole)
    assert sorted(stopped.embedded + resumed.embedded) == to_embed(archive, list(files(archive)))


def slowly(archive: Path, index: Path) -> subprocess.Popen[str]:
    """Start indexing in a process of its own; return once it is under way."""
    script = Path(__file__).with_name("index_slowly.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(archive), str(index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "indexing\n", process.communicate()[1]
    return process


def finished(process: subprocess.Popen[str]) -> float:
    """Wait for its end; return how many seconds that took."""
    started = time.monotonic()
    _, said = process.communicate()
    assert process.returncode == 0, said
    return time.monotonic() - started


def test_killed_at_ten_random_moments_and_run_again_equals_never_killed(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    archive = archive_of(60, tmp_path)
    needed = finished(slowly(archive, tmp_path / "whole"))
    for _ in range(KILLS):
        process = slowly(archive, tmp_path / "killed")
        time.sleep(moments.uniform(0, needed / 6))
        process.kill()
        process.communicate()
        assert process.returncode == -9, "it had ended before it was killed: nothing was tested"
    finished(slowly(archive, tmp_path / "killed"))
    assert contents(opened(tmp_path / "killed")) == contents(opened(tmp_path / "whole"))
