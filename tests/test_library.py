"""What a person adds to an archive from the page, and takes from it: real files, a real Chroma."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rag.library
from rag.answer import Assistant
from rag.config import read_settings
from rag.errors import IndexBusy, IndexNotFound, NotStored
from rag.follow import words_folder
from rag.index import Progress, sync, writing
from rag.library import (
    LARGEST_FILE,
    MOST_FILES,
    Catalogue,
    Library,
    Upload,
    plain_name,
    uploads_folder,
)
from rag.records import Problem
from rag.store import Store

if TYPE_CHECKING:
    from tests.conftest import CloseEmbeddings
else:
    from conftest import CloseEmbeddings

MODEL = CloseEmbeddings()
BRIDGE = "Le pont de Kampot\n\nPhnom Penh, 3 mars 2024 - Le pont de Kampot mesure 300 mètres."
RICE = "Le riz se vend mieux\n\nHanoï, 5 mai 2023 - Le riz se vend mieux cette année à Hué."
PORT = "Le port de Kep rouvre\n\nKep, 9 juin 2024 - Le port de Kep accueille 40 navires."
LONG = (
    "Le comité mixte des deux pays a tenu sa réunion annuelle à Hanoï pour parler des bornes, des "
    "routes, des ponts et du commerce. Il a décidé de se réunir de nouveau au printemps prochain."
)


class Desk:
    """An archive of two reports, its assistant and its library, and files to be given to it."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.archive = where / "archive"
        self.given = where / "given"
        self.archive.mkdir()
        self.given.mkdir()
        self.settings = read_settings(index=str(where / "index"), cache=where / "cache")
        self.store = Store(self.settings.index, MODEL.name, create=True)
        self.write(self.archive, {"a.txt": BRIDGE, "b.txt": RICE})
        self.index(self.archive)
        self.assistant = Assistant(self.store, MODEL)
        self.library = Library(self.settings, MODEL, MODEL.name)

    def write(self, where: Path, files: dict[str, str]) -> list[Path]:
        for name, text in files.items():
            (where / name).write_text(text, encoding="utf-8")
        return [where / name for name in files]

    def index(self, *paths: Path) -> None:
        sync(paths, self.store, MODEL)

    def add(self, **files: str) -> list[Upload]:
        named = {name.replace("_", "."): text for name, text in files.items()}
        return self.library.add(self.write(self.given, named))

    @property
    def sources(self) -> list[str]:
        return [entry.source for entry in self.assistant.entries()]

    @property
    def kept(self) -> list[str]:
        return sorted(path.name for path in self.library.uploads.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def reasons(uploads: Sequence[Upload]) -> list[str]:
    return [problem.reason for upload in uploads for problem in upload.problems]


# --- adding --------------------------------------------------------------------------------------


def test_an_open_assistant_answers_from_what_was_added(desk: Desk) -> None:
    question = "Combien de navires le port de Kep accueille-t-il ?"
    assert desk.assistant.ask(question).refused
    (added,) = desk.add(kep_txt=PORT)
    assert (added.state, added.reports, added.passages) == ("added", 1, 1)
    assert "40 navires" in desk.assistant.ask(question).text
    assert desk.sources == ["a.txt", "b.txt", "kep.txt"]
    assert desk.library.holds("kep.txt")
    assert not desk.library.holds("a.txt")


def test_the_words_of_what_was_added_are_ready_for_the_next_command(desk: Desk) -> None:
    desk.add(kep_txt=PORT)
    noted = words_folder(desk.settings.index, desk.settings.cache) / "made_of.json"
    assert json.loads(noted.read_text())["generation"] == desk.store.generation()


def test_what_cannot_be_read_is_refused_and_leaves_nothing_and_the_rest_is_added(
    desk: Desk,
) -> None:
    (desk.given / "bad.pdf").write_bytes(b"%PDF-1.7 cut")
    (desk.given / "tool.exe").write_bytes(b"MZ\0")
    (desk.given / "tool.txt").write_bytes(b"MZ\0\0\0binary")
    (desk.given / "empty.txt").write_bytes(b"")
    with zipfile.ZipFile(desk.given / "none.zip", "w") as archive:
        archive.writestr("picture.jpg", b"x")
    good = desk.write(desk.given, {"kep.txt": PORT})
    uploads = desk.library.add([*sorted(desk.given.iterdir())])
    states = {upload.name: upload.state for upload in uploads}
    assert states.pop("kep.txt") == "added"
    assert set(states.values()) == {"refused"}
    assert reasons(uploads) == [
        "the PDF is cut off: its end is missing",
        "the file is empty",
        "no reader for .jpg",
        "no reader for .exe",
        "the file is binary, not text: 3 zero bytes, the first at byte 2",
    ]
    assert desk.kept == ["kep.txt"]
    assert desk.assistant.failures() == []
    assert good[0].exists()


def test_a_file_that_is_too_large_and_files_past_the_most_are_not_even_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (desk.given / "huge.txt").open("wb") as huge:
        huge.truncate(1 << 30)
    paths = [desk.given / "huge.txt", *desk.write(desk.given, {"kep.txt": PORT, "r.txt": RICE})]
    monkeypatch.setattr(rag.library, "MOST_FILES", 2)
    uploads = desk.library.add(paths)
    assert [upload.state for upload in uploads] == ["refused", "added", "refused"]
    assert reasons(uploads) == [
        f"larger than {LARGEST_FILE >> 20} MB",
        "more than 2 files at once; add it separately",
    ]
    assert desk.kept == ["kep.txt"]
    assert MOST_FILES == 100


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../x.txt", "x.txt"),
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/passwd.txt", "passwd.txt"),
        (".htaccess.txt", "htaccess.txt"),
        ("a\u202etxt.exe\n.txt", "atxt.exe.txt"),
        ("<img src=x>.txt", "_img src=x_.txt"),
        ("Tiê\u0301ng.txt", "Tiếng.txt"),
        ("..", "_"),
        ("", "_"),
        ("é" * 300 + ".txt", "é" * 75 + ".txt"),
    ],
)
def test_a_name_leads_nowhere_and_hides_nothing(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def test_the_same_file_twice_is_kept_once(desk: Desk) -> None:
    uploads = desk.add(kep_txt=PORT, again_txt=PORT, a2_txt=BRIDGE)
    assert [(one.state, one.like) for one in uploads] == [
        ("added", ()),
        ("known", ("kep.txt",)),
        ("known", ("a.txt",)),
    ]
    assert [one.state for one in desk.add(kep_txt=PORT)] == ["known"]
    assert desk.kept == ["kep.txt"]


def test_a_name_that_is_taken_by_an_upload_or_by_the_archive_gets_a_number(desk: Desk) -> None:
    assert desk.add(a_txt=PORT)[0].kept_as == "a (2).txt"
    assert desk.add(A_txt=LONG)[0].kept_as == "A (3).txt"
    assert {"a.txt", "a (2).txt", "A (3).txt"} <= set(desk.sources)
    assert desk.assistant.failures() == []


def test_a_table_tells_how_many_reports_it_holds_and_what_is_wrong_in_it(desk: Desk) -> None:
    lines = '{"title": "Un", "text": "Le port de Kep rouvre."}\nbroken\n{"title": "2", "text": "L"}'
    (added,) = desk.add(t_jsonl=lines)
    assert (added.state, added.reports) == ("added", 2)
    assert len(added.problems) == 1
    assert desk.kept == ["t.jsonl"]


def test_each_file_is_told_of_as_it_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.library, "_WRITTEN_TOGETHER", 1)
    files = {f"r{n}.txt": f"{LONG} Le numéro {n} est le sien." for n in range(4)}
    told: list[list[str]] = []
    shares: list[float] = []

    def watch(uploads: Sequence[Upload], share: float) -> None:
        told.append([upload.state for upload in uploads])
        shares.append(share)

    desk.library.add(desk.write(desk.given, files), watcher=watch)
    assert told[0] == ["waiting"] * 4
    assert ["reading", "waiting", "waiting", "waiting"] in told
    assert told[-1] == ["added"] * 4
    assert any(0 < states.count("added") < 4 for states in told)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_while_another_writes_nothing_is_kept_or_deleted(desk: Desk) -> None:
    desk.add(kep_txt=PORT)
    with writing(desk.settings.index):
        with pytest.raises(IndexBusy):
            desk.add(more_txt=LONG)
        with pytest.raises(IndexBusy):
            desk.library.remove("kep.txt")
        with pytest.raises(IndexBusy):
            desk.library.reindex()
    assert desk.kept == ["kep.txt"]


def test_a_full_disk_takes_nothing_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add(kep_txt=PORT)
    copied = shutil.copyfile

    def full(source: Path, target: Path) -> None:
        copied(source, target)
        if source.name == "z.txt":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(NotStored, match="No space"):
        desk.add(more_txt=LONG, z_txt=RICE + " Oui.")
    assert desk.kept == ["kep.txt"]
    assert desk.sources == ["a.txt", "b.txt", "kep.txt"]


def test_an_index_that_is_gone_is_said_and_not_made_anew(desk: Desk) -> None:
    library = Library(read_settings(index=str(desk.where / "none")), MODEL, MODEL.name)
    with pytest.raises(IndexNotFound):
        library.add(desk.write(desk.given, {"kep.txt": PORT}))
    assert not library.uploads.exists()


def test_uploads_to_an_index_on_a_server_are_kept_in_the_cache(tmp_path: Path) -> None:
    here, there = (uploads_folder(f"http://h:{port}", tmp_path) for port in (1, 2))
    assert here != there
    assert here.parent.parent == tmp_path / "pages"


# --- removing ------------------------------------------------------------------------------------


def test_an_added_report_is_removed_with_its_file_and_all_it_holds(desk: Desk) -> None:
    rows = '{"title": "Un", "text": "Le port de Kep."}\n{"title": "2", "text": "Le lac."}'
    desk.add(t_jsonl=rows)
    first, second = [source for source in desk.sources if source.startswith("t.jsonl")]
    removal = desk.library.removal(first)
    assert removal
    assert (removal.sources, removal.deleted) == ((first, second), ("t.jsonl",))
    assert desk.library.remove(first) == removal
    assert desk.sources == ["a.txt", "b.txt"]
    assert desk.kept == []
    assert desk.library.remove(first) is None
    (again,) = desk.add(t_jsonl=rows)  # nothing is left that would have its name
    assert (again.state, again.kept_as) == ("added", "")


def test_a_report_of_a_folder_leaves_the_index_until_its_file_changes(desk: Desk) -> None:
    removal = desk.library.remove("a.txt")
    assert removal
    assert (removal.deleted, removal.kept) == ((), ("a.txt",))
    assert desk.sources == ["b.txt"]
    assert desk.assistant.ask("Combien mesure le pont de Kampot ?").refused
    desk.index(desk.archive)
    desk.library.reindex()
    assert desk.sources == ["b.txt"]
    desk.write(desk.archive, {"a.txt": BRIDGE + " Il est neuf."})
    desk.index(desk.archive)
    assert desk.sources == ["a.txt", "b.txt"]


def test_the_copies_of_a_removed_report_go_too_and_none_takes_its_place(desk: Desk) -> None:
    desk.write(desk.archive, {"c.txt": LONG, "d.txt": LONG + "\n"})
    desk.index(desk.archive)
    assert desk.sources == ["a.txt", "b.txt", "c.txt"]
    removal = desk.library.remove("c.txt")
    assert removal
    assert removal.kept == ("c.txt", "d.txt")
    desk.index(desk.archive)
    assert desk.sources == ["a.txt", "b.txt"]


@pytest.mark.parametrize(("folder", "stands"), [("before", "c.txt"), ("later", "mine.txt")])
def test_removing_an_upload_never_costs_the_archive_its_own_report(
    desk: Desk, folder: str, stands: str
) -> None:
    """Of two copies the first stands, in order of place; uploads lie in ``index``."""
    other = desk.where / folder
    other.mkdir()
    desk.write(other, {"c.txt": LONG})
    desk.index(other)
    (added,) = desk.add(mine_txt=LONG + "\n")
    assert added.state == "added"
    assert desk.sources == ["a.txt", "b.txt", stands]
    removal = desk.library.remove("mine.txt")
    assert removal
    assert removal.stays == (() if stands == "c.txt" else ("c.txt",))
    assert desk.sources == ["a.txt", "b.txt", "c.txt"]
    assert (other / "c.txt").exists()
    assert desk.assistant.document("c.txt")


def test_a_report_of_a_folder_goes_with_the_copy_of_it_that_was_added(desk: Desk) -> None:
    desk.write(desk.archive, {"c.txt": LONG})
    desk.index(desk.archive)
    desk.add(mine_txt=LONG + "\n")
    removal = desk.library.remove("c.txt")
    assert removal
    assert (removal.deleted, removal.kept) == (("mine.txt",), ("c.txt",))
    assert desk.sources == ["a.txt", "b.txt"]
    assert desk.kept == []


# --- indexing again ------------------------------------------------------------------------------


def test_every_folder_is_read_again(desk: Desk) -> None:
    desk.add(kep_txt=PORT)
    desk.write(desk.archive, {"c.txt": LONG, "b.txt": RICE + " Oui."})
    (desk.archive / "a.txt").unlink()
    told: list[Progress] = []
    report = desk.library.reindex(watcher=told.append)
    assert (report.added, report.changed, report.removed) == (["c.txt"], ["b.txt"], ["a.txt"])
    assert desk.sources == ["b.txt", "c.txt", "kep.txt"]
    assert told[-1].files == 2


def test_of_a_folder_of_which_one_file_was_indexed_the_others_stay_unread(desk: Desk) -> None:
    home = desk.where / "home"
    home.mkdir()
    desk.write(home, {"letter.txt": PORT, "private.txt": LONG})
    desk.index(home / "letter.txt")
    desk.library.reindex()
    assert desk.sources == ["a.txt", "b.txt", "letter.txt"]


def test_a_folder_that_is_gone_is_said_and_its_reports_stay(desk: Desk) -> None:
    desk.archive.rename(desk.where / "elsewhere")
    report = desk.library.reindex()
    reason = "the folder is gone or empty; its reports stay as they were"
    assert report.failed == [Problem("archive/", reason)]
    assert desk.sources == ["a.txt", "b.txt"]


def test_uploads_come_back_when_the_index_was_made_anew(desk: Desk) -> None:
    desk.add(kep_txt=PORT)
    desk.store.remove(["kep.txt"])
    desk.store.forget_files(desk.store.files())
    desk.library.reindex()
    assert "kep.txt" in desk.sources


# --- looking through -----------------------------------------------------------------------------


def test_reports_are_found_by_title_source_and_language_without_accents(desk: Desk) -> None:
    desk.write(
        desk.archive, {"sông.txt": "Cầu Kampot\n\nCây cầu ở Kampot dài ba trăm mét và rất đẹp."}
    )
    desk.index(desk.archive)
    catalogue = Catalogue(desk.assistant)

    def found(query: str, language: str | None = None) -> list[str]:
        return [entry.source for entry in catalogue.found(query, language)]

    assert found("") == ["a.txt", "b.txt", "sông.txt"]
    assert found("KAMPOT") == ["a.txt", "sông.txt"]
    assert found("song") == ["sông.txt"]
    assert found("cau kampot") == ["sông.txt"]
    assert found("kampot", "vi") == ["sông.txt"]
    assert found("riz pont") == []
    assert catalogue.languages()[0] == "fr"
    desk.library.remove("a.txt")
    assert found("kampot") == ["sông.txt"]
