"""A folder: which of its files are looked into, and why the others are not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import NothingToIndex
from rag.folder import contents, files_in
from rag.load import READERS, no_report
from rag.records import Problem

Folder = Callable[..., Path]


def named(*paths: Path) -> list[str]:
    return [file.source for file in contents(paths).files]


def problems(*paths: Path) -> list[tuple[str, str, str]]:
    return [(one.source, one.reason, one.grade) for one in contents(paths).problems]


@pytest.mark.parametrize("name", ["README.md", "SOURCES.md", "LICENSE.txt", "photo.jpg", "notes"])
def test_what_is_no_report_is_skipped_with_the_reason(folder: Folder, name: str) -> None:
    (folder(a_txt="Un.") / name).write_text("Rien.")
    reason = no_report(name)
    assert reason
    assert named(folder()) == ["a.txt"]
    assert problems(folder()) == [(name, reason, "skipped")]


@pytest.mark.parametrize("suffix", [*READERS, ".TXT", ".Pdf"])
def test_a_name_with_the_suffix_of_a_reader_may_hold_a_report(suffix: str) -> None:
    assert no_report(f"2024/un pont{suffix}") is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/b.jpg", "no reader for .jpg"),
        ("a/B.JPG", "no reader for .jpg"),
        ("txt", "no reader for files without a suffix"),
        (".txt", "no reader for files without a suffix"),
        ("a.txt.bak", "no reader for .bak"),
        ("readme.txt", "not a report: it stands beside them"),
        ("x/License.md", "not a report: it stands beside them"),
        ("LICENCE-fr.txt", "not a report: it stands beside them"),
        ("Sources.jsonl", "not a report: it stands beside them"),
        ("README", "not a report: it stands beside them"),
        ("readme.fr.md", "not a report: it stands beside them"),
        ("notice_FR.txt", "not a report: it stands beside them"),
    ],
)
def test_a_name_says_why_it_holds_no_report(name: str, reason: str) -> None:
    assert no_report(name) == reason


@pytest.mark.parametrize(
    "name",
    [
        "licences.txt",
        "noticed.md",
        "les sources.txt",
        "Sources concordantes - le ministre démissionne.txt",
        "notice-rouge-interpol.txt",
        "licence-export-2024.html",
    ],
)
def test_a_name_that_only_begins_like_readme_or_notice_may_be_a_report_s(name: str) -> None:
    assert no_report(name) is None


def test_a_folder_is_walked_in_order_and_without_hidden_or_linked_folders(tmp_path: Path) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    for path in (
        archive / "b.txt",
        archive / "a" / "z.txt",
        archive / "a" / "c.pdf",
        archive / ".git" / "x.txt",
        archive / ".hidden.txt",
        elsewhere / "y.txt",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (archive / "link").symlink_to(elsewhere, target_is_directory=True)
    found = [path.relative_to(archive).as_posix() for path in files_in(archive)]
    assert found == ["b.txt", "link", "a/c.pdf", "a/z.txt"]
    assert named(archive) == ["b.txt", "a/c.pdf", "a/z.txt"]


def test_a_link_to_a_folder_is_named_and_not_followed_even_where_it_leads_in_a_circle(
    folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt="Un.")
    (archive / "below").mkdir()
    (archive / "below" / "up").symlink_to(archive, target_is_directory=True)
    (archive / "here").symlink_to(archive / "below", target_is_directory=True)
    (archive / "out.txt").symlink_to(tmp_path, target_is_directory=True)
    assert named(archive) == ["a.txt"]
    assert problems(archive) == [
        (name, "a link to a folder; name that folder itself", "skipped")
        for name in ("here", "out.txt", "below/up")
    ]


def test_a_link_that_points_at_itself_is_skipped(folder: Folder) -> None:
    archive = folder(a_txt="Un.")
    (archive / "loop.txt").symlink_to("loop.txt")
    (archive / "one.txt").symlink_to("other.txt")
    (archive / "other.txt").symlink_to("one.txt")
    assert named(archive) == ["a.txt"]
    found = contents([archive]).problems
    assert [problem.source for problem in found] == ["loop.txt", "one.txt", "other.txt"]
    assert all(problem.grade == "skipped" and problem.reason for problem in found)


def test_a_link_out_of_the_folder_is_skipped_and_one_within_it_is_not(
    folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt="Un.")
    (tmp_path / "secret.txt").write_text("Deux.")
    (archive / "out.txt").symlink_to(tmp_path / "secret.txt")
    (archive / "within.txt").symlink_to(archive / "a.txt")
    assert named(archive) == ["a.txt", "within.txt"]
    assert problems(archive) == [("out.txt", "a link out of the folder", "skipped")]


def test_a_link_that_leads_nowhere_is_looked_into_and_fails_there(folder: Folder) -> None:
    archive = folder(a_txt="Un.")
    (archive / "gone.txt").symlink_to("nowhere.txt")
    assert named(archive) == ["a.txt", "gone.txt"]


def test_a_file_of_which_the_disk_tells_nothing_is_not_taken_for_vanished(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt="Un.", b_txt="Deux.")
    told = Path.stat

    def refusing(path: Path, **options: bool) -> os.stat_result:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return told(path, **options)

    monkeypatch.setattr(Path, "stat", refusing)
    assert named(archive) == ["a.txt", "b.txt"]
    assert problems(archive) == []


def test_a_path_longer_than_any_is_refused_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match="`sourcier index FOLDER`"):
        contents([tmp_path / ("a" * 300)])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_what_is_no_regular_file_is_not_opened(folder: Folder) -> None:
    archive = folder(a_txt="Un.")
    os.mkfifo(archive / "pipe.txt")
    assert named(archive) == ["a.txt"]
    assert problems(archive) == [("pipe.txt", "not a regular file", "skipped")]


def test_a_name_that_is_no_unicode_fails_alone(folder: Folder) -> None:
    archive = folder(a_txt="Un.")
    try:
        Path(os.fsdecode(bytes(archive) + b"/caf\xe9.txt")).write_text("Deux.")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert named(archive) == ["a.txt"]
    ((source, reason, grade),) = problems(archive)
    assert (source, grade) == ("caf?.txt", "failed")
    assert "rename" in reason


def test_a_folder_that_cannot_be_looked_into_is_named_and_not_taken_for_empty(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder(a_txt="Un.")
    (archive / "closed" / "below").mkdir(parents=True)
    listed = os.scandir

    def refusing(path: str | Path) -> object:  # root, as in CI, may look into every folder
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = contents([archive])
    assert list(found.problems) == [Problem("closed/", "Permission denied", "failed")]
    root = str(archive)
    assert found.covers(root, "b.txt")
    assert not found.covers(root, "closed/below/b.txt")
    assert found.covers(root, "closed.txt")


def test_only_folders_that_were_named_are_known_to_be_looked_through(
    folder: Folder, tmp_path: Path
) -> None:
    archive = folder(a_txt="Un.", b_txt="Deux.")
    whole, one = contents([archive]), contents([archive / "a.txt"])
    assert whole.covers(str(archive), "c.txt")
    assert not whole.covers(str(tmp_path), "c.txt")
    assert not one.covers(str(archive), "b.txt")
    assert one.files[0] in whole.files


def test_a_file_is_listed_once_however_often_it_is_named(folder: Folder, tmp_path: Path) -> None:
    archive = folder(a_txt="Un.", b_txt="Deux.", c_jpg="")
    (tmp_path / "link").symlink_to(archive, target_is_directory=True)
    assert named(archive, archive / "a.txt", tmp_path / "link") == ["a.txt", "b.txt"]
    assert len(problems(archive, archive)) == 1


@pytest.mark.parametrize("where", ["nowhere", "void", "void/a.txt", "pictures", "pictures/a.jpg"])
def test_a_path_that_holds_no_report_is_refused_with_what_to_type(
    folder: Folder, tmp_path: Path, where: str
) -> None:
    (tmp_path / "void").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(NothingToIndex, match="`sourcier index") as raised:
        contents([folder(a_txt="Un."), tmp_path / where])
    assert Path(where).name in str(raised.value)
