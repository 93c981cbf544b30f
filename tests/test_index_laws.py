"""Law 4: twice equals once, killed and run again equals never killed, nothing is done twice."""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.clean import labelled
from rag.index import Report, sync
from rag.load import read
from rag.metadata import Known
from rag.prepare import in_context
from rag.records import SEARCHED, Document
from rag.split import split
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

KILLS = 10

# --- folders that change ---------------------------------------------------------------------

NAMES = ["a.txt", "b.txt", "c.md", "below/a.txt", "2024-01-09_d.txt"]
RICE = "Le riz se vend mieux cette année sur les marchés de la capitale, disent les paysans."
TEXTS = [
    "Le pont de Kampot mesure 300 mètres.",  # too short to be known as a copy
    "Kampot (AFP) - La pêche rapporte moins.",
    "Une phrase assez longue pour remplir des passages. " * 40,
    # One report in seven editions, two of which contradict each other's dates.
    RICE,
    f"Kampot (AFP) - {RICE}",
    RICE.replace(" sur ", "\r\nsur "),
    f"date 2024-01\nUn titre\n\n{RICE} -AFP\n\nVoir plus\nUn ailleurs.",
    f"date 2024-01-05\n{RICE}",
    f"date 2024-02-03\n{RICE}",
    f"Partager sur Facebook\n{RICE}\n",
    # A reprint: the same news in nearly the same words.
    "La province de Kampot a ouvert un pont neuf sur le fleuve et trois routes vers la mer. " * 3
    + "Il a coûté 4 millions de dollars. Les travaux ont duré deux ans et demi, dit le ministre.",
    "La province de Kampot a ouvert un pont neuf sur le fleuve et trois routes vers la mer. " * 3
    + "Il a coûté 4 millions de dollars. Les travaux ont duré deux ans.",
]
TABLE, ZIP = "t.jsonl", "z.zip"
IDS = ["r1", "r2", ""]
MEMBERS = ["m.txt", "n.txt"]

Parts = dict[str, str]
Files = dict[str, str | Parts]
"""The text of each file, or what a table or an archive holds, in its order."""
Step = tuple[str, str, str]

STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.tuples(st.just("remove"), st.sampled_from([*NAMES, TABLE, ZIP]), st.just("")),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("record"), st.sampled_from(IDS), st.sampled_from(TEXTS)),
    st.tuples(st.just("member"), st.sampled_from(MEMBERS), st.sampled_from(TEXTS)),
    st.tuples(st.just("take out"), st.sampled_from([*IDS, *MEMBERS]), st.just("")),
    st.tuples(st.just("reorder"), st.sampled_from([TABLE, ZIP]), st.just("")),
    st.tuples(st.just("sync"), st.just(""), st.just("")),
)
FULL: Files = {
    "always.txt": "Ce fichier ne change pas.",
    **{name: TEXTS[number] for number, name in enumerate(NAMES)},
    TABLE: {"r1": TEXTS[5], "r2": TEXTS[10], "": TEXTS[0]},
    ZIP: {"m.txt": TEXTS[11], "n.txt": TEXTS[6]},
}
"""There is something to change and to take away from the first."""


def taken(step: Step, files: Files) -> Files:
    """Return the files after the step."""
    verb, name, other = step
    files = dict(files)
    for inner in (TABLE, ZIP):
        files[inner] = dict(parts_of(files, inner))
    if verb == "write":
        files[name] = other
    elif verb == "remove":
        files.pop(name, None)
    elif verb == "rename" and name in files:
        files[other] = files.pop(name)
    elif verb in ("record", "member"):
        parts_of(files, TABLE if verb == "record" else ZIP)[name] = other
    elif verb == "take out":
        parts_of(files, TABLE if name in IDS else ZIP).pop(name, None)
    elif verb == "reorder":
        files[name] = dict(reversed(parts_of(files, name).items()))
    return {name: content for name, content in files.items() if content}


def parts_of(files: Files, name: str) -> Parts:
    parts = files.get(name, {})
    assert isinstance(parts, dict)
    return parts


def write(files: Files, archive: Path) -> None:
    """Make the folder hold these files and no others."""
    shutil.rmtree(archive, ignore_errors=True)
    for name, content in files.items():
        path = archive / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, newline="")
        elif name == TABLE:
            records = [{"id": id_, "text": text} for id_, text in content.items()]
            path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        else:
            with zipfile.ZipFile(path, "w") as zipped:
                for member, text in content.items():
                    zipped.writestr(member, text)


# --- what is compared ------------------------------------------------------------------------


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


def to_embed(archive: Path, paths: Sequence[str]) -> list[str]:
    """Return what the reports of these files are embedded as, as often as they are there."""
    texts = []
    for path in paths:
        with (archive / path).open("rb") as file:
            for found in read(file, path):
                assert isinstance(found, Document)
                passages = split(labelled(found))
                texts += [in_context(one) for one in passages if one.kind in SEARCHED]
    return sorted(texts)


def contents(store: Store) -> dict[str, Any]:
    """Everything two indexes are compared by."""
    entries = store.entries()
    questions = ["pont Kampot", "riz", "mot7x3 mot7x5", "ministre accord12 mot20x1"]
    return {
        "entries": entries,
        "known": store.known(),
        "files": store.files(),
        "documents": {entry.source: store.document(entry.source) for entry in entries},
        "copies": {copy: store.document(copy) for entry in entries for copy in entry.copies},
        "reprints": store.reprints([entry.source for entry in entries]),
        "vectors": store.vectors(),
        "found": [found(store, question) for question in questions],
    }


def found(store: Store, question: str) -> list[tuple[float, str]]:
    """Return what is nearest, but for the tail: Chroma picks freely among equals."""
    nearest = store.nearest(WordEmbeddings().embed_query(question), 20)
    scores = [(-round(scored.score, 3), scored.passage.id) for scored in nearest]
    return sorted(pair for pair in scores if pair[0] < scores[-1][0])


def assert_as_fresh(store: Store, archive: Path, index: Path) -> None:
    """Hold an index to what it would be if it were made of the folder as it is now."""
    fresh = opened(index)
    sync([archive], fresh, WordEmbeddings())
    expected = contents(fresh)
    for what, is_there in contents(store).items():
        assert is_there == expected[what], what


def files(archive: Path) -> list[str]:
    paths = [path for path in archive.rglob("*") if path.is_file()]
    return [path.relative_to(archive).as_posix() for path in paths]


def synced(archive: Path, store: Store) -> None:
    """Index, and hold the run to the law: it says what happened, and does nothing twice."""
    before = store.known()
    stood = {s: embedded_as(store, s) for s, one in before.items() if one.stands}
    words = CountingWords()
    report = sync([archive], store, words)
    assert_told(report, before, store.known())
    kept = {text for s, texts in stood.items() if s not in report.changed for text in texts}
    assert [text for text in words.embedded if text in kept] == []
    assert len(words.embedded) == len(set(words.embedded))


def embedded_as(store: Store, source: str) -> set[str]:
    """Return what a report is embedded as, but for its teasers: others may have the same."""
    return {in_context(one) for one, _ in store.embedded([source]) if one.kind != "teaser"}


def assert_told(report: Report, before: dict[str, Known], now: dict[str, Known]) -> None:
    """Hold a report to what an index held before and holds now; each source is told once."""
    moved = [move.after for move in report.moved]
    here = [*report.added, *report.changed, *moved, *report.unchanged, *report.copies]
    assert sorted(here) == sorted(now)
    gone = [*report.removed, *(move.before for move in report.moved)]
    assert sorted(gone) == sorted(set(before) - set(now))
    stayed = before.keys() & now.keys()
    assert set(report.unchanged) == {s for s in stayed if before[s].digest == now[s].digest}
    assert set(report.changed) == stayed - set(report.unchanged)
    assert set(report.copies) == {
        s for s in now.keys() - before.keys() - set(moved) if now[s].copy_of
    }


# --- the laws --------------------------------------------------------------------------------


@given(st.lists(STEPS, min_size=1, max_size=8))
@example([("remove", "a.txt", ""), ("write", "c.md", TEXTS[0])])
@example([("rename", "a.txt", "b.txt"), ("sync", "", ""), ("rename", "b.txt", "a.txt")])
@example([("write", "b.txt", TEXTS[6]), ("sync", "", ""), ("remove", "b.txt", "")])
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_however_a_folder_changes_its_index_is_that_of_the_folder_as_it_is(
    steps: list[Step],
) -> None:
    with tempfile.TemporaryDirectory() as there:
        archive, store, now = Path(there, "archive"), opened(Path(there, "index")), FULL
        for step in [("sync", "", ""), *steps, ("sync", "", "")]:
            now = taken(step, now)
            if step[0] == "sync":
                write(now, archive)
                synced(archive, store)
        assert_as_fresh(store, archive, Path(there, "fresh"))


class Fragile:
    """A collection of Chroma's during whose `fails`-th write, of all of them, the power fails."""

    left = 0

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        if name in ("upsert", "update", "delete"):
            if Fragile.left == 0:
                raise KeyboardInterrupt
            Fragile.left -= 1
        return getattr(self._collection, name)


def interrupted(archive: Path, store: Store, fails: int) -> None:
    Fragile.left = fails
    for name in ("_passages", "_documents", "_files"):
        setattr(store, name, Fragile(getattr(store, name)))
    with suppress(KeyboardInterrupt), patch("rag.prepare.BATCH", 3):
        sync([archive], store, WordEmbeddings())


@given(
    st.lists(STEPS, min_size=1, max_size=5),
    st.integers(0, 30),
    st.lists(STEPS, max_size=2),
)
@example([("take out", "r2", "")], 4, [])
@example([("write", "b.txt", TEXTS[6])], 7, [])
@example([("remove", "2024-01-09_d.txt", "")], 6, [])
# The table is read twice, for a copy that must stand, and each time it has lost a record.
@example(
    [
        ("remove", "c.md", ""),
        ("reorder", "t.jsonl", ""),
        ("write", "below/a.txt", TEXTS[7]),
        ("take out", "n.txt", ""),
    ],
    26,
    [],
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
def test_interrupted_before_any_write_and_run_again_equals_never_interrupted(
    steps: list[Step], fails: int, later: list[Step]
) -> None:
    with tempfile.TemporaryDirectory() as there:
        archive, index, now = Path(there, "archive"), Path(there, "index"), FULL
        write(now, archive)
        sync([archive], opened(index), WordEmbeddings())
        for step in steps:
            now = taken(step, now)
        write(now, archive)
        interrupted(archive, opened(index), fails)
        for step in later:
            now = taken(step, now)
        write(now, archive)
        sync([archive], opened(index), WordEmbeddings())
        assert_as_fresh(opened(index), archive, Path(there, "fresh"))


def text_of(number: int) -> str:
    """Return a report of one to three passages with words of its own, as real ones have."""
    words = (f"mot{number}x{place % 7} ministre accord{place} et" for place in range(60))
    text = ". ".join(words) + ". "
    return f"Titre {number}\n\nHanoï (AFP) - {text * (1 + number % 3)}"


def archive_of(reports: int, where: Path) -> Path:
    archive = where / "archive"
    archive.mkdir()
    for number in range(reports):
        (archive / f"{number:03}.txt").write_text(text_of(number))
    return archive


def archive_of_all_sorts(where: Path) -> Path:
    """Write some reports, a table of forty more, and two copies: of a file and of a record."""
    archive = archive_of(36, where)
    records = [{"id": f"r{number}", "text": text_of(100 + number)} for number in range(40)]
    (archive / "020.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    (archive / "copy.txt").write_text(f"date 2024-01-05\n{text_of(7)}")
    (archive / "000-copy.txt").write_text(text_of(103))
    return archive


def test_indexing_twice_is_indexing_once(tmp_path: Path) -> None:
    archive, store = archive_of_all_sorts(tmp_path), opened(tmp_path / "index")
    first = sync([archive], store, WordEmbeddings())
    once, words = contents(store), CountingWords()
    report = sync([archive], store, words)
    assert contents(store) == once
    assert words.embedded == []
    assert (len(first.added), len(first.copies)) == (76, 2)
    assert sorted(report.unchanged) == sorted(first.added + first.copies)


@pytest.mark.parametrize("fails", range(3))
def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    monkeypatch.setattr("rag.prepare.BATCH", 3)
    archive, store = archive_of(8, tmp_path), opened(tmp_path / "index")
    stopped, resumed = CountingWords(fails), CountingWords()
    with pytest.raises(KeyboardInterrupt):
        sync([archive], store, stopped)
    sync([archive], store, resumed)
    whole = opened(tmp_path / "whole")
    sync([archive], whole, WordEmbeddings())
    assert contents(store) == contents(whole)
    assert sorted(stopped.embedded + resumed.embedded) == to_embed(archive, files(archive))


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


@pytest.mark.slow
def test_killed_at_ten_random_moments_and_run_again_equals_never_killed(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    archive = archive_of_all_sorts(tmp_path)
    needed = finished(slowly(archive, tmp_path / "whole"))
    for _ in range(KILLS):
        process = slowly(archive, tmp_path / "killed")
        time.sleep(moments.uniform(0, needed / 6))
        process.kill()
        process.communicate()
        assert process.returncode == -9, "it had ended before it was killed: nothing was tested"
    finished(slowly(archive, tmp_path / "killed"))
    assert contents(opened(tmp_path / "killed")) == contents(opened(tmp_path / "whole"))
