"""Folder to index: what each run reports, and what it leaves alone."""

import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from rag.answer import Assistant
from rag.clean import labelled
from rag.config import read_settings
from rag.errors import IndexBusy, ModelUnavailable, NothingToIndex, NotStored
from rag.index import Move, Progress, Report, sync, update, writing
from rag.metadata import FileRecord, Written
from rag.prepare import PIPELINE, digest_of_file, in_context
from rag.records import SEARCHED, Document, Problem
from rag.searched import search_form
from rag.split import split
from rag.store import Store

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
    assert report == Report(
        added=["d.txt"], changed=["a.txt"], removed=["b.txt"], unchanged=["c.md"]
    )
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
    assert [one.root for one in store.known().values()] == [str(moved), str(archive)]


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
    monkeypatch.setattr("rag.prepare.BATCH", 2)
    archive = folder(**{f"r{number}_txt": f"{BRIDGE} {number}" for number in range(5)})
    size = len(BRIDGE.encode()) + 2
    told: list[Progress] = []
    sync([archive], store, WordEmbeddings(), watcher=told.append)
    assert told[0] == Progress(0, 5, 0, 5 * size, 0, reading="r0.txt")
    assert [progress.passages for progress in told] == [0, 2, 4, 5]
    assert [progress.files for progress in told] == [0, 1, 3, 5]
    assert [progress.reading for progress in told] == ["r0.txt", "r1.txt", "r3.txt", ""]
    assert told[-1] == Progress(5, 5, 5 * size, 5 * size, 5, done=("r3.txt", "r4.txt"))


def test_a_batch_is_embedded_while_the_one_before_is_written(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.prepare.BATCH", 2)
    writing = threading.Event()

    class SecondWaits(WordEmbeddings):
        batches = 0

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            self.batches += bool(texts)
            assert self.batches != 2 or writing.wait(30), "nothing was written meanwhile"
            return super().embed_documents(texts)

    replace = Store.replace

    def noticed(store: Store, written: Sequence[Written], files: Sequence[FileRecord] = ()) -> None:
        writing.set()
        replace(store, written, files)

    monkeypatch.setattr(Store, "replace", noticed)
    archive = folder(**{f"r{number}_txt": f"{BRIDGE} {number}" for number in range(4)})
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
    monkeypatch.setattr("rag.prepare.BATCH", 2)
    archive = folder(**{f"r{number}_txt": f"{BRIDGE} {number}" for number in range(8)})
    with pytest.raises(ModelUnavailable):
        sync([archive], store, FailsAtTheThird())
    assert [entry.source for entry in store.entries() if entry.whole] == [
        f"r{number}.txt" for number in range(4)
    ]
    assert len(sync([archive], store, WordEmbeddings()).unchanged) == 4


def test_a_change_of_the_pipeline_does_every_report_again(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=LONG)
    indexed(store, archive)
    monkeypatch.setattr("rag.prepare.PIPELINE", "another")
    monkeypatch.setattr("rag.prepare.search_form", lambda text: search_form(f"{text} autrement"))
    folder(a_md=LONG, c_txt=LONG)  # copies, one of which will stand for b.txt
    assert indexed(store, archive).changed == ["a.txt", "b.txt"]
    fresh = Store(str(tmp_path / "fresh"), WordEmbeddings.name, create=True)
    indexed(fresh, archive)
    assert store.vectors() == fresh.vectors()


def test_a_report_left_half_written_lends_no_vector_of_its_former_pipeline(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE)
    indexed(store, archive)
    monkeypatch.setattr("rag.prepare.PIPELINE", "another")
    monkeypatch.setattr("rag.prepare.search_form", lambda text: search_form(f"{text} autrement"))
    with monkeypatch.context() as patch:
        patch.delattr(Store, "_delete_passages")
        with pytest.raises(AttributeError):
            indexed(store, archive)
    assert not store.known()["a.txt"].is_whole
    indexed(store, archive)
    fresh = Store(str(tmp_path / "fresh"), WordEmbeddings.name, create=True)
    indexed(fresh, archive)
    assert store.vectors() == fresh.vectors()


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
    assert PIPELINE == "6"
    assert [passage.kind for passage in passages] == (
        "header headline caption dateline body sign-off boilerplate teaser".split()
    )
    assert [in_context(passage) for passage in passages if passage.kind in SEARCHED] == [
        "Un pont de plus sur le Mékong (2024-01) Kampot, le 3 janvier. Photo : DR",
        "Un pont de plus sur le Mékong (2024-01) "
        "Le pont de Kampot mesure 300 mètres. Il a coûté 4 millions de dollars.",
        "Le riz se vend mieux cette année.",
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


# --- what is remembered ----------------------------------------------------------------------

LONG = "Le riz se vend mieux cette année sur les marchés de la capitale, disent les paysans."
NEWS = (
    "La province de Kampot a ouvert un pont neuf sur le fleuve et trois routes vers la mer. " * 3
    + "Il a coûté 4 millions de dollars."
)


class Counting(WordEmbeddings):
    """Remembers what it embedded."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return super().embed_documents(texts)


def table(path: Path, *records: dict[str, Any] | str) -> None:
    lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
    path.write_text("".join(f"{line}\n" for line in lines))


def record(id_: str, text: str, **more: str) -> dict[str, str]:
    return {"id": id_, "text": text, **more}


def text_of(store: Store, source: str) -> str:
    document = store.document(source)
    assert document is not None, source
    return document.text


def failures(store: Store) -> list[Problem]:
    return Assistant(store, WordEmbeddings()).failures()


def test_a_failure_is_told_by_every_run_without_reading_the_file_again(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE, empty_txt="")
    first = indexed(store, archive)
    monkeypatch.setattr("rag.index.read", None)  # it would raise
    again = indexed(store, archive)
    assert [problem.source for problem in first.failed] == ["empty.txt"]
    assert again.failed == first.failed == failures(store)


def test_a_file_that_was_mended_or_removed_is_no_failure_any_more(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt="", c_txt="")
    indexed(store, archive)
    folder(b_txt=RICE)
    (archive / "c.txt").unlink()
    assert (indexed(store, archive).failed, failures(store)) == ([], [])


def test_a_broken_line_of_a_table_is_named_with_its_number_and_the_good_ones_are_indexed(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE)
    table(archive / "t.jsonl", record("r1", RICE), '{"id": "r2", "text"', record("r3", NEWS))
    report = indexed(store, archive)
    assert report.added == ["a.txt", "r1", "r3"]
    assert [problem.source for problem in report.failed] == ["t.jsonl:2"]
    assert failures(store) == report.failed == indexed(store, archive).failed


def test_the_second_of_two_records_with_one_id_is_named_and_the_first_is_kept(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE)
    table(archive / "t.jsonl", record("r1", RICE), record("r1", NEWS))
    report = indexed(store, archive)
    assert [problem.source for problem in report.failed] == ["t.jsonl:2"]
    assert "r1" in report.failed[0].reason
    assert text_of(store, "r1") == RICE


def test_an_id_that_two_files_use_is_the_first_ones_until_that_gives_it_up(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE)
    table(archive / "t.jsonl", record("r1", RICE), record("r2", NEWS))
    table(archive / "u.jsonl", record("r1", LONG))
    report = indexed(store, archive)
    assert [problem.source for problem in report.failed] == ["r1"]
    assert str(archive / "t.jsonl") in report.failed[0].reason
    assert text_of(store, "r1") == RICE
    assert indexed(store, archive).failed == report.failed
    table(archive / "t.jsonl", record("r2", NEWS))
    report = indexed(store, archive)
    assert (report.changed, report.failed, failures(store)) == (["r1"], [], [])
    assert sorted(report.unchanged) == ["a.txt", "r2"]
    assert text_of(store, "r1") == LONG


def test_an_id_is_taken_over_from_a_file_that_is_gone(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=BRIDGE)
    table(archive / "t.jsonl", record("r1", RICE))
    table(archive / "u.jsonl", record("r1", LONG))
    indexed(store, archive)
    (archive / "t.jsonl").unlink()
    report = indexed(store, archive)
    assert (report.changed, report.removed, report.failed) == (["r1"], [], [])
    assert text_of(store, "r1") == LONG


@pytest.mark.parametrize(("before", "after"), [("t.jsonl", "u.jsonl"), ("u.jsonl", "t.jsonl")])
def test_a_record_that_moves_to_another_table_is_as_it_was_and_not_embedded_again(
    store: Store, folder: Folder, before: str, after: str
) -> None:
    archive, words = folder(a_txt=BRIDGE), Counting()
    table(archive / before, record("r1", RICE), record("r2", NEWS))
    table(archive / after, record("r3", LONG))
    indexed(store, archive)
    table(archive / before, record("r2", NEWS))
    table(archive / after, record("r3", LONG), record("r1", RICE))
    report = sync([archive], store, words)
    assert sorted(report.unchanged) == ["a.txt", "r1", "r2", "r3"]
    assert report == Report(unchanged=report.unchanged)
    assert words.embedded == []
    assert store.known()["r1"].file == after
    assert indexed(store, archive).failed == []


@pytest.mark.parametrize("text", [BRIDGE, NEWS])
def test_a_file_that_moved_keeps_its_vectors(store: Store, folder: Folder, text: str) -> None:
    archive, words = folder(a_txt=text, b_txt=RICE), Counting()
    indexed(store, archive)
    (archive / "below").mkdir()
    (archive / "a.txt").rename(archive / "below" / "z.txt")
    report = sync([archive], store, words)
    assert report == Report(moved=[Move("a.txt", "below/z.txt")], unchanged=["b.txt"])
    assert words.embedded == []
    assert text_of(store, "below/z.txt") == text
    assert store.document("a.txt") is None


def test_of_two_files_that_one_became_only_one_is_that_moved(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=NEWS, b_txt=RICE)
    indexed(store, archive)
    (archive / "a.txt").unlink()
    folder(c_txt=NEWS, d_txt=NEWS)
    report = indexed(store, archive)
    assert (report.moved, report.copies) == ([Move("a.txt", "c.txt")], ["d.txt"])


def test_a_file_whose_date_is_in_its_name_is_embedded_with_it(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=NEWS, b_txt=RICE)
    indexed(store, archive)
    (archive / "a.txt").rename(archive / "2024-01-28 pont.txt")
    report = indexed(store, archive)
    assert report.moved == [Move("a.txt", "2024-01-28 pont.txt")]
    (entry,) = [one for one in store.entries() if one.source.startswith("2024")]
    assert (entry.date, entry.date_from) == ("2024-01-28", "file name")


# --- copies ----------------------------------------------------------------------------------


def test_a_report_saved_twice_is_indexed_once_and_both_places_are_known(
    store: Store, folder: Folder
) -> None:
    report = indexed(store, folder(a_txt=NEWS, b_txt=f"Kampot (AFP) - {NEWS}"))
    assert (report.added, report.copies) == (["a.txt"], ["b.txt"])
    assert [entry.places for entry in store.entries()] == [("a.txt", "b.txt")]
    assert text_of(store, "b.txt") == NEWS
    assert len({scored.passage.source for scored in store.nearest([1.0] * 4096, 9)}) == 1


def test_reports_of_few_words_are_no_copies(store: Store, folder: Folder) -> None:
    assert indexed(store, folder(a_txt=RICE, b_txt=RICE)).added == ["a.txt", "b.txt"]


def test_a_copy_stands_where_its_original_was_removed_and_is_not_embedded_again(
    store: Store, folder: Folder
) -> None:
    archive, words = folder(a_txt=NEWS, b_txt=NEWS, c_txt=NEWS), Counting()
    indexed(store, archive)
    (archive / "a.txt").unlink()
    report = sync([archive], store, words)
    assert report == Report(removed=["a.txt"], unchanged=["b.txt", "c.txt"])
    assert [entry.places for entry in store.entries()] == [("b.txt", "c.txt")]
    assert text_of(store, "b.txt") == NEWS
    assert words.embedded == []


def test_a_copy_in_a_table_stands_where_its_original_was_removed(
    store: Store, folder: Folder
) -> None:
    archive, words = folder(a_txt=NEWS, b_txt=RICE), Counting()
    table(archive / "t.jsonl", record("r1", LONG), record("r2", NEWS), "{")
    indexed(store, archive)
    (archive / "a.txt").unlink()
    report = sync([archive], store, words)
    assert (report.removed, report.unchanged) == (["a.txt"], ["b.txt", "r1", "r2"])
    assert [problem.source for problem in report.failed] == ["t.jsonl:3"]
    assert text_of(store, "r2") == NEWS
    assert words.embedded == []


def test_a_copy_with_a_fuller_date_takes_over(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=NEWS)
    indexed(store, archive)
    folder(b_txt=f"date 2024-01-28\n{NEWS}")
    report = indexed(store, archive)
    assert (report.added, report.unchanged, report.copies) == (["b.txt"], ["a.txt"], [])
    assert [(e.places, e.date) for e in store.entries()] == [(("b.txt", "a.txt"), "2024-01-28")]
    assert {source for source in store.known() if store.known()[source].stands} == {"b.txt"}
    assert text_of(store, "a.txt").startswith("date 2024-01-28")


def test_of_new_copies_the_one_with_the_fuller_date_is_told_as_added(
    store: Store, folder: Folder
) -> None:
    report = indexed(store, folder(a_txt=NEWS, b_txt=f"date 2024-01-28\n{NEWS}"))
    assert (report.added, report.copies) == (["b.txt"], ["a.txt"])


def test_the_same_words_on_two_days_are_two_reports(store: Store, folder: Folder) -> None:
    archive = folder(a_txt=f"date 2024-01-28\n{NEWS}", b_txt=f"date 2024-02-28\n{NEWS}")
    assert indexed(store, archive).added == ["a.txt", "b.txt"]


# --- reprints --------------------------------------------------------------------------------


def origins(store: Store) -> dict[str, str | None]:
    return {entry.source: entry.origin for entry in store.entries()}


def test_reprints_have_one_origin_and_lose_it_when_one_is_removed(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=NEWS, b_txt=f"{NEWS} Les travaux ont duré deux ans.", c_txt=RICE)
    indexed(store, archive)
    assert origins(store) == {"a.txt": "a.txt", "b.txt": "a.txt", "c.txt": None}
    assert store.reprints(["b.txt"]) == {"b.txt": ["a.txt", "b.txt"]}
    (archive / "a.txt").unlink()
    indexed(store, archive)
    assert origins(store) == {"b.txt": None, "c.txt": None}


def test_the_origin_of_reprints_is_the_first_by_date_and_those_without_one_come_last(
    store: Store, folder: Folder
) -> None:
    archive = folder(
        a_txt=NEWS,
        b_txt=f"date 2024-02-01\n{NEWS} Les travaux ont duré deux ans.",
        c_txt=f"date 2024-01-31\n{NEWS} Les travaux ont duré trois ans.",
    )
    indexed(store, archive)
    assert set(origins(store).values()) == {"c.txt"}


def test_a_notice_that_says_the_same_each_week_is_no_reprint_of_the_last(
    store: Store, folder: Folder
) -> None:
    weeks = {f"{day}_txt": f"date 2024-01-{day}\n{LONG}" for day in ("05", "12", "19")}
    indexed(store, folder(**weeks))
    assert origins(store) == dict.fromkeys(["05.txt", "12.txt", "19.txt"])


@pytest.mark.parametrize("text", [RICE, LONG])
def test_reprints_lose_their_origin_when_one_of_them_becomes_another_report(
    store: Store, folder: Folder, text: str
) -> None:
    archive = folder(a_txt=NEWS, b_txt=f"{NEWS} Les travaux ont duré deux ans.", c_txt=LONG)
    indexed(store, archive)
    folder(a_txt=text)
    indexed(store, archive)
    assert store.reprints(["a.txt", "b.txt"]) == (
        {} if text == RICE else {"a.txt": ["a.txt", "c.txt"]}
    )
    assert origins(store)["b.txt"] is None


@pytest.mark.parametrize("fails_at", range(3))
def test_an_origin_is_lost_even_if_the_run_is_killed_when_half_of_it_is_written(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    archive = folder(
        a_txt=NEWS,
        b_txt=f"{NEWS} Les travaux ont duré deux ans.",
        c_txt=f"{NEWS} Les travaux ont duré trois ans.",
    )
    indexed(store, archive)
    (archive / "a.txt").unlink()
    calls, set_origins = iter(range(99)), Store.set_origins

    def killed(store: Store, origins: dict[str, str]) -> None:
        if next(calls) == fails_at:
            set_origins(store, dict(list(origins.items())[:1]))
            raise KeyboardInterrupt
        set_origins(store, origins)

    monkeypatch.setattr(Store, "set_origins", killed)
    with pytest.raises(KeyboardInterrupt):
        indexed(store, archive)
    monkeypatch.undo()
    indexed(store, archive)
    assert origins(store) == {"b.txt": "b.txt", "c.txt": "b.txt"}


def kept_failures(store: Store) -> list[tuple[str, str]]:
    """What `sourcier documents` tells of files that could not be read."""
    return [(one.source, one.reason) for one in Assistant(store, WordEmbeddings()).failures()]


# --- files that change under the reader's eyes -----------------------------------------------


def test_a_file_that_vanishes_while_it_is_read_keeps_what_is_known_of_it(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE)
    table(archive / "t.jsonl", record("r1", RICE), record("r2", NEWS))
    indexed(store, archive)
    table(archive / "t.jsonl", record("r1", RICE), record("r2", LONG))
    from rag.load import read

    def breaking(file: BinaryIO, source: str) -> Any:
        yield next(iter(read(file, source)))
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("rag.index.read", breaking)
    report = indexed(store, archive)
    assert [(p.source, p.reason) for p in report.failed] == [("t.jsonl", "Input/output error")]
    assert (report.removed, text_of(store, "r2")) == ([], NEWS)
    assert kept_failures(store) == [("t.jsonl", "Input/output error")]
    monkeypatch.undo()
    report = indexed(store, archive)
    assert (report.changed, report.failed, text_of(store, "r2")) == (["r2"], [], LONG)
    assert kept_failures(store) == []


def test_a_file_that_vanishes_before_it_is_opened_keeps_what_is_known_of_it(
    store: Store, folder: Folder
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)
    indexed(store, archive)
    folder(b_txt=LONG)

    def vanish(progress: Progress) -> None:
        if not progress.files:
            (archive / "b.txt").unlink()

    report = sync([archive], store, WordEmbeddings(), watcher=vanish)
    assert [problem.source for problem in report.failed] == ["b.txt"]
    assert text_of(store, "b.txt") == RICE
    assert [source for source, _ in kept_failures(store)] == ["b.txt"]
    assert indexed(store, archive).removed == ["b.txt"]
    assert kept_failures(store) == []


def test_a_file_that_the_disk_does_not_give_is_told_of_until_it_does(
    store: Store, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt=BRIDGE, b_txt=RICE)

    def refusing(path: Path) -> str:  # root, as in CI, may read every file
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return digest_of_file(path)

    monkeypatch.setattr("rag.index.digest_of_file", refusing)
    for _ in range(2):
        indexed(store, archive)
        assert kept_failures(store) == [("b.txt", "Permission denied")]
    monkeypatch.undo()
    assert indexed(store, archive).added == ["b.txt"]
    assert kept_failures(store) == []


# --- several folders -------------------------------------------------------------------------


def test_a_report_is_a_copy_of_one_in_another_folder_and_outlives_it(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    archive, other, words = folder(a_txt=NEWS, b_txt=RICE), tmp_path / "other", Counting()
    other.mkdir()
    (other / "z.txt").write_text(NEWS)
    (other / "y.txt").write_text(LONG)
    indexed(store, archive)
    assert indexed(store, other).copies == ["z.txt"]
    (archive / "a.txt").unlink()
    report = sync([archive], store, words)
    assert report == Report(removed=["a.txt"], unchanged=["b.txt"])
    assert [entry.places for entry in store.entries()] == [("b.txt",), ("y.txt",), ("z.txt",)]
    assert text_of(store, "z.txt") == NEWS
    assert words.embedded == []


def test_of_two_folders_that_could_be_the_one_that_moved_one_is(
    store: Store, folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt=BRIDGE)
    indexed(store, archive)
    one, other = tmp_path / "one", tmp_path / "two"
    archive.rename(one)
    other.mkdir()
    (other / "a.txt").write_text(BRIDGE)
    report = indexed(store, one, other)
    assert report.unchanged == ["a.txt"]
    assert [problem.source for problem in report.failed] == ["a.txt"]
    (one / "a.txt").unlink()
    (one / "b.txt").write_text(RICE)
    report = indexed(store, one, other)
    assert (report.added, report.unchanged, report.failed) == (["b.txt"], ["a.txt"], [])
