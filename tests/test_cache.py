"""What is made once: whole or not at all, whoever kills, damages or shares it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.cache import is_whole, made_once
from rag.errors import NotStored

WHOLE = {"a.bin": b"a" * 20_000, "b/c.txt": b"c", "empty": b""}


class Maker:
    """Writes `WHOLE`, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "b").mkdir()
        for name, content in WHOLE.items():
            (folder / name).write_bytes(content)


def made(folder: Path, make: Callable[[Path], None] | None = None) -> Path:
    return made_once(folder, make or Maker(), megabytes=150)


def contents(folder: Path) -> dict[str, bytes]:
    found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {
        path.relative_to(folder).as_posix(): content
        for path, content in found.items()
        if path.name != "complete.json"
    }


def beside_the_lock(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.suffix != ".lock"]


def test_a_folder_that_is_whole_is_not_made_again(tmp_path: Path) -> None:
    make = Maker()
    folder = made(tmp_path / "cache" / "model", make)
    assert made(folder, make) == folder == tmp_path / "cache" / "model"
    assert (make.times, contents(folder)) == (1, WHOLE)


def one_bit_changed(folder: Path) -> None:
    """The size and the time of the last change are what they were."""
    path = folder / "a.bin"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    content = bytearray(path.read_bytes())
    content[12_345] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=times)


def file_cut(folder: Path) -> None:
    os.truncate(folder / "a.bin", 100)


def file_gone(folder: Path) -> None:
    (folder / "b" / "c.txt").unlink()


def file_is_a_folder(folder: Path) -> None:
    (folder / "empty").unlink()
    (folder / "empty").mkdir()


def manifest_gone(folder: Path) -> None:
    (folder / "complete.json").unlink()


def manifest_cut(folder: Path) -> None:
    os.truncate(folder / "complete.json", 10)


def manifest_of_nothing(folder: Path) -> None:
    (folder / "complete.json").write_text("{}")


def manifest_of_another_kind(folder: Path) -> None:
    (folder / "complete.json").write_text('{"a.bin": 20000}')


def a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def all_gone(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


DAMAGES = [
    *(one_bit_changed, file_cut, file_gone, file_is_a_folder, all_gone, a_file_in_its_place),
    *(manifest_gone, manifest_cut, manifest_of_nothing, manifest_of_another_kind),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_noticed_and_made_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = made(tmp_path / "model")
    damage(folder)
    assert not is_whole(folder)
    make = Maker()
    assert made(folder, make) == folder
    assert (make.times, contents(folder)) == (1, WHOLE)


def test_what_fails_while_it_is_made_leaves_nothing_and_the_folder_as_it_was(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "model")
    file_cut(folder)
    before = contents(folder)

    def fail(partial: Path) -> None:
        Maker()(partial)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made(folder, fail)
    assert (beside_the_lock(tmp_path), contents(folder)) == (["model"], before)


def in_a_process(code: str, *arguments: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys, time\nfrom pathlib import Path\nfrom rag.cache import made_once\n{code}",
            *map(str, arguments),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(there: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    while not there():
        assert process.poll() is None, "it ended too early: nothing was tested"
        time.sleep(0.01)


def test_one_that_is_killed_leaves_no_folder_and_what_it_left_is_cleared_away(
    tmp_path: Path,
) -> None:
    code = """
def make(folder):
    (folder / "a.bin").write_bytes(b"half")
    time.sleep(60)
made_once(Path(sys.argv[1]), make, megabytes=1)
"""
    with in_a_process(code, tmp_path / "model") as process:
        wait_for(lambda: list(tmp_path.glob(".model-*/a.bin")), process)
        process.kill()
    assert beside_the_lock(tmp_path) != []
    assert not is_whole(tmp_path / "model")
    assert contents(made(tmp_path / "model")) == WHOLE
    assert beside_the_lock(tmp_path) == ["model"]


def test_of_threads_that_start_at_once_one_makes_the_folder(tmp_path: Path) -> None:
    make, found = Maker(), list[Path]()

    def slowly(folder: Path) -> None:
        time.sleep(0.1)
        make(folder)

    threads = [
        threading.Thread(target=lambda: found.append(made(tmp_path / "model", slowly)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / "model"] * 4
    assert (make.times, beside_the_lock(tmp_path)) == (1, ["model"])


def test_of_processes_that_start_at_once_one_makes_the_folder_and_the_other_waits(
    tmp_path: Path,
) -> None:
    # The first goes on making until the second has come, and has had time to interfere.
    code = """
def make(folder):
    print("made")
    (Path(sys.argv[1]).parent / "begun").touch()
    while not (Path(sys.argv[1]).parent / "come").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    (folder / "a.bin").write_bytes(b"a")
if sys.argv[2:]:
    Path(sys.argv[2]).touch()
made_once(Path(sys.argv[1]), make, megabytes=1)
print((Path(sys.argv[1]) / "a.bin").read_text())
"""
    with in_a_process(code, tmp_path / "model") as first:
        wait_for((tmp_path / "begun").exists, first)
        with in_a_process(code, tmp_path / "model", tmp_path / "come") as second:
            assert (second.communicate()[0], second.returncode) == ("a\n", 0)
        assert (first.communicate()[0], first.returncode) == ("made\na\n", 0)


def assert_named(error: NotStored) -> None:
    """Hold the error to one line that says how much room is needed, and how to find it."""
    assert "150 MB" in str(error)
    assert "SOURCIER_CACHE" in str(error)
    assert "\n" not in str(error)


def test_a_cache_that_cannot_be_made_is_named_with_the_variable_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotStored, match=str(tmp_path / "file")) as raised:
        made(tmp_path / "file" / "cache" / "model")
    assert_named(raised.value)


@pytest.mark.parametrize("size", ["4k", "12k", "24k"])
def test_a_full_disk_is_named_and_nothing_is_left_on_it(
    disk: Callable[[str], Path], size: str
) -> None:
    cache = disk(f"size={size}")
    # There may be room for the first file and not for the second, nor for the manifest.
    with pytest.raises(NotStored) as raised:
        made(cache / "model")
    assert_named(raised.value)
    assert beside_the_lock(cache) == []
    assert contents(made(disk("size=1m") / "model")) == WHOLE


def test_a_folder_on_a_read_only_disk_is_used_and_another_is_refused(
    disk: Callable[[str], Path],
) -> None:
    folder = made(disk("size=1m") / "model")
    disk("ro")
    make = Maker()
    assert made(folder, make) == folder
    with pytest.raises(NotStored) as raised:
        made(folder.with_name("another"), make)
    assert_named(raised.value)
    assert make.times == 0
