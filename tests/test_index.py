"""Folder to index: what each run reports, and what it leaves alone."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.clean import labelled
from rag.config import read_settings
from rag.errors import IndexBusy, ModelUnavailable, NothingToIndex, NotStored
from rag.index import PIPELINE, Report, in_context, sync, update, writing
from rag.records import SEARCHED, Document
from rag.split import split
from rag.store import Store, Written

if TYPE_CHECKING:
    from tests.conftest import WordEmbeddings
else:
    from conftest import WordEmbeddings

Folder = Callable[..., Path]
BRIDGE = "Le pont de Kampot mesure 300 mètres."
RICE = "Le riz se vend mieux cette année."


def indexed(store: Store, *paths: Path) -> Report:
    return sync(paths, store, WordEmbeddings())


def sources(store: Store) -> list[str]:
    return [entry.source for entry in store.entries()]


def test_each_file_is_reported_by_what_became_of_it(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE, c_md="# Titre\n\nUn texte.")
    assert indexed(store, archive).added == ["a.txt", "b.txt", "c.md"]
    folder(a_txt=RICE, d_txt=BRIDGE)
    (archive / "b.txt").unlink()
    report = indexed(store, archive)
    assert report == Report(["d.txt"], ["a.txt"], ["b.txt"], ["c.md"], [], [])
    assert sources(store) == ["a.txt", "c.md", "d.txt"]


def test_reports_in_folders_below_are_known_by_their_path(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE)
    (archive / "2024" / "mai").mkdir(parents=True)
    (archive / "2024" / "mai" / "a.txt").write_text(RICE)
    assert set(indexed(store, archive).added) == {"2024/mai/a.txt", "a.txt"}


def test_a_single_file_can_be_indexed_and_leaves_its_neighbours_alone(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    (archive / "b.txt").unlink()
    report = indexed(store, archive / "a.txt")
    assert (report.unchanged, report.removed) == (["a.txt"], [])


@pytest.mark.parametrize("name", ["README.md", "SOURCES.md", "LICENSE.txt", "photo.jpg", "notes"])
def test_what_is_no_report_is_skipped_with_the_reason(
    store: Store, folder: Folder, name: str
) -> None:
    (folder(a_txt=BRIDGE) / name).write_text("Rien.")
    report = indexed(store, folder())
    assert [problem.source for problem in report.skipped] == [name]
    assert report.skipped[0].reason
    assert report.added == ["a.txt"]


BROKEN = [
    pytest.param(b"", "empty", id="empty"),
    pytest.param(b" \r\n\t", "empty", id="white space"),
    pytest.param(b"\x00\x01\x02" * 99, "binary", id="binary"),
    pytest.param("Accentué".encode() + b"\x01\x02\x03\x04", "binary", id="control characters"),
    pytest.param(b"\xff\xfea", "broken", id="half a character"),
]


@pytest.mark.parametrize(("data", "reason"), BROKEN)
def test_a_broken_file_is_reported_and_the_rest_is_indexed(
    store: Store, folder: Folder, data: bytes, reason: str
) -> None:
    archive = folder(a_txt=BRIDGE, z_txt=RICE)
    (archive / "m.txt").write_bytes(data)
    report = indexed(store, archive)
    assert [problem.source for problem in report.failed] == ["m.txt"]
    assert reason in report.failed[0].reason
    assert sources(store) == report.added == ["a.txt", "z.txt"]


def test_a_file_that_cannot_be_read_is_reported_by_name(store: Store, folder: Folder) -> None:
    (folder(a_txt=BRIDGE) / "m.txt").symlink_to("nowhere.txt")
    report = indexed(store, folder())
    assert [problem.source for problem in report.failed] == ["m.txt"]
    assert report.added == ["a.txt"]


def test_a_report_that_can_no_more_be_read_is_kept_as_it_was(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    (archive / "a.txt").unlink()
    (archive / "a.txt").symlink_to("nowhere.txt")
    report = indexed(store, archive)
    assert ([problem.source for problem in report.failed], report.removed) == (["a.txt"], [])
    document = store.document("a.txt")
    assert document is not None
    assert document.text == BRIDGE


def test_a_report_that_became_binary_is_answered_from_no_more(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    (archive / "a.txt").write_bytes(b"\x00" * 99)
    report = indexed(store, archive)
    assert ([problem.source for problem in report.failed], report.removed) == (["a.txt"], ["a.txt"])
    assert sources(store) == ["b.txt"]


def test_a_name_that_is_no_unicode_fails_alone(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE)
    try:
        Path(os.fsdecode(bytes(archive) + b"/caf\xe9.txt")).write_text(RICE)
    except OSError:
        pytest.skip("this file system takes no such name")
    report = indexed(store, archive)
    assert report.added == ["a.txt"]
    assert len(report.failed) == 1
    assert "caf" in report.failed[0].source


def test_a_folder_named_twice_is_indexed_once(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    report = indexed(store, archive, archive, archive / "a.txt")
    assert report.added == ["a.txt", "b.txt"]
    assert store.passage_count() == 2


def test_a_folder_that_is_not_named_is_left_alone(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    indexed(store, folder(a_txt=BRIDGE))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.txt").write_text(RICE)
    assert indexed(store, tmp_path / "other").removed == []
    assert sources(store) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("together", [True, False])
def test_a_second_report_of_the_same_name_does_not_replace_the_first(
    store: Store, folder: Folder, tmp_path: Path, together: bool
) -> None:
    archive, other = folder(a_txt=BRIDGE), tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text(RICE)
    report = indexed(store, archive, other) if together else indexed(store, archive)
    if not together:
        report = indexed(store, other)
    assert [problem.source for problem in report.failed] == ["a.txt"]
    assert "rename" in report.failed[0].reason
    document = store.document("a.txt")
    assert document is not None
    assert document.text == BRIDGE


def test_a_folder_that_was_moved_is_followed_and_not_embedded_again(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    (archive / "b.txt").unlink()  # which no one can tell from an archive that is unmounted
    moved = archive.rename(tmp_path / "moved")
    report = indexed(store, moved)
    assert (report.unchanged, report.removed, report.added) == (["a.txt"], [], [])
    assert [entry.root for entry in store.entries()] == [str(moved), str(archive)]


@pytest.mark.parametrize("where", ["nowhere", "void", "void/a.txt", "pictures"])
def test_a_folder_without_reports_is_refused_and_the_index_kept(
    store: Store, folder: Folder, tmp_path: Path, where: str
) -> None:
    archive = folder(a_txt=BRIDGE)
    indexed(store, archive)
    (tmp_path / "void").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(NothingToIndex, match="sourcier index"):
        indexed(store, archive, tmp_path / where)
    assert sources(store) == ["a.txt"]


def test_a_mistyped_folder_does_not_cost_the_index_on_a_rebuild(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    indexed(store, folder(a_txt=BRIDGE))
    settings = read_settings(index=str(tmp_path / "index"), embedding_model=WordEmbeddings.name)
    with pytest.raises(NothingToIndex):
        update(settings, [tmp_path / "nowhere"], rebuild=True)
    assert sources(store) == ["a.txt"]


def test_two_processes_do_not_write_at_once(tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    with writing(index), pytest.raises(IndexBusy, match="Wait"), writing(index):
        pass
    with writing(index):
        pass


@pytest.mark.parametrize("below", ["file", "file/index"])
def test_an_index_that_cannot_be_made_is_refused_by_name(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotStored, match="--index"), writing(str(tmp_path / below)):
        pass


def test_progress_goes_from_nothing_to_all(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.BATCH", 2)
    archive = folder(**{f"r{number}_txt": BRIDGE for number in range(5)})
    told: list[tuple[int, int, int]] = []
    sync([archive], store, WordEmbeddings(), progress=lambda *seen: told.append(seen))
    assert told == [(0, 5, 0), (2, 5, 2), (4, 5, 4), (5, 5, 5)]


def test_a_batch_is_embedded_while_the_one_before_is_written(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.BATCH", 2)
    writing = threading.Event()

    class SecondWaits(WordEmbeddings):
        batches = 0

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            self.batches += bool(texts)
            assert self.batches != 2 or writing.wait(30), "nothing was written meanwhile"
            return super().embed_documents(texts)

    replace = Store.replace

    def noticed(store: Store, written: Sequence[Written]) -> None:
        writing.set()
        replace(store, written)

    monkeypatch.setattr(Store, "replace", noticed)
    archive = folder(**{f"r{number}_txt": BRIDGE for number in range(4)})
    assert len(sync([archive], store, SecondWaits()).added) == 4


class FailsAtTheThird(WordEmbeddings):
    """Embeds two batches and then no more, noting what the index holds by then."""

    def __init__(self) -> None:
        self.batches = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.batches += bool(texts)
        if self.batches == 3:
            raise ModelUnavailable("It is gone.")
        return super().embed_documents(texts)


def test_what_was_embedded_before_a_failure_is_written_and_is_not_embedded_again(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.BATCH", 2)
    archive = folder(**{f"r{number}_txt": BRIDGE for number in range(8)})
    with pytest.raises(ModelUnavailable):
        sync([archive], store, FailsAtTheThird())
    assert [entry.source for entry in store.entries() if entry.whole] == [
        f"r{number}.txt" for number in range(4)
    ]
    assert len(sync([archive], store, WordEmbeddings()).unchanged) == 4


def test_a_change_of_the_pipeline_does_every_report_again(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    monkeypatch.setattr("rag.index.PIPELINE", "another")
    assert indexed(store, archive).changed == ["a.txt", "b.txt"]


RECORDED = """date 2024-01
Un pont de plus sur le Mékong

Kampot, le 3 janvier. Photo : DR
Kampot (AFP) - Le pont de Kampot mesure 300 mètres. Il a coûté 4 millions de dollars. -AFP

Voir plus
Le riz se vend mieux cette année.
"""


def test_what_is_embedded_is_what_was_recorded_for_this_pipeline() -> None:
    """Failing on purpose? Then raise PIPELINE, so that archives are indexed again, and record."""
    passages = split(labelled(Document("a.txt", RECORDED)))
    assert PIPELINE == "1"
    assert [passage.kind for passage in passages] == (
        "header headline caption dateline body sign-off teaser".split()
    )
    assert [in_context(passage) for passage in passages if passage.kind in SEARCHED] == [
        "Un pont de plus sur le Mékong (2024-01)\nKampot, le 3 janvier. Photo : DR",
        "Un pont de plus sur le Mékong (2024-01)\n"
        "Le pont de Kampot mesure 300 mètres. Il a coûté 4 millions de dollars.",
        "Voir plus\nLe riz se vend mieux cette année.",
    ]


def test_a_folder_that_cannot_be_looked_into_is_named_and_its_reports_are_kept(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE)
    (archive / "closed").mkdir()
    (archive / "closed" / "b.txt").write_text(RICE)
    indexed(store, archive)
    listed = os.scandir

    def refusing(path: str | Path) -> object:  # root, as in CI, may look into every folder
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = indexed(store, archive)
    assert [problem.source for problem in report.failed] == ["closed/"]
    assert report.removed == []
    assert sources(store) == ["a.txt", "closed/b.txt"]


def test_a_link_out_of_the_folder_is_skipped_and_one_within_it_is_not(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE)
    (tmp_path / "secret.txt").write_text(RICE)
    (archive / "out.txt").symlink_to(tmp_path / "secret.txt")
    (archive / "within.txt").symlink_to(archive / "a.txt")
    report = indexed(store, archive)
    assert report.added == ["a.txt", "within.txt"]
    assert [(p.source, p.reason) for p in report.skipped] == [
        ("out.txt", "a link out of the folder")
    ]
