"""Archives: what is read from them in place, and what is refused before it does harm."""

import contextlib
import errno
import gzip
import io
import random
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.formats import archives
from rag.formats.archives import read_gzip, read_zip
from rag.formats.found import Member, Unreadable
from rag.records import Problem

_SAID = "Un pont rouvre sur le Mékong.\n".encode()


def zipped(
    members: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    whole = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(whole, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)  # of names that occur twice
        for name, data in members:
            archive.writestr(name, data)
    return whole.getvalue()


def read(data: bytes) -> dict[str, bytes | str]:
    """Return the contents of each member, or the reason why there are none."""
    return {
        (one.name if isinstance(one, Member) else one.source): contents(one)
        for one in read_zip(io.BytesIO(data), "a.zip")
    }


def contents(one: Member | Problem) -> bytes | str:
    if isinstance(one, Problem):
        return one.reason
    try:
        return one.file.read()
    except Unreadable as error:
        return str(error)


def unzipped(data: bytes, name: str = "x/a.txt.gz") -> tuple[str, bytes]:
    (pair,) = ((one.name, one.file.read()) for one in read_gzip(io.BytesIO(data), name))
    return pair


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_files_of_an_archive_are_read_in_place(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("a.txt", _SAID), ("2024/é.txt", b"x")], method))
    with path.open("rb") as file:
        members = [
            (one.name, one.file.read())
            for one in read_zip(file, "a.zip")
            if isinstance(one, Member)
        ]
    assert members == [("a.txt", _SAID), ("2024/é.txt", b"x")]
    assert list(tmp_path.iterdir()) == [path]


def test_folders_and_hidden_files_are_passed_over_in_silence() -> None:
    names = ["d/", ".cache", "d/.git/x", "__MACOSX/d/._a.txt", "d/a.txt", "./b.txt"]
    assert read(zipped([(name, b"x" * (name[-1] != "/")) for name in names])) == {
        "d/a.txt": b"x",
        "b.txt": b"x",
    }


@pytest.mark.parametrize("name", ["../a.txt", "d/../../a", "/etc/a", "d\\a.txt", "C:a", "a\0.txt"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    data = zipped([(name.replace("\0", "\1"), _SAID), ("b.txt", b"x")])
    found = read(data.replace(b"a\1.txt", b"a\0.txt"))
    assert found.pop("b.txt") == b"x"
    assert list(found.values()) == ["its name leads out of the archive"]


def test_a_file_without_a_name_is_a_problem() -> None:
    data = zipped([("a.txt", _SAID), ("b.txt", b"x")]).replace(b"a.txtPK\1\2", b"\0.txtPK\1\2")
    assert list(read(data).values()) == ["its name leads out of the archive", b"x"]
    named = bytearray(zipped([("a.txt", _SAID), ("b.txt", b"x")]))
    # The directory's entry has its name for a comment, and none for a name.
    struct.pack_into("<HHH", named, named.find(b"PK\1\2") + 28, 0, 0, 5)
    assert read(bytes(named)) == {"a.zip/": "it has no name in the archive", "b.txt": b"x"}


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("lien.txt")
    link.external_attr = 0o120777 << 16
    (reason,) = read(zipped([(link, b"/etc/passwd")])).values()
    assert "lead out of the archive" in str(reason)


def test_of_files_of_one_name_the_last_is_read() -> None:
    found = read(zipped([("a.txt", b"1"), ("./a.txt", b"2"), ("b.txt", b"x")]))
    assert (found["a.txt"], found["b.txt"]) == (b"2", b"x")
    assert "later file of the same name" in str(found["a.zip/a.txt"])


def test_a_member_under_a_password_is_a_problem_and_the_others_are_read() -> None:
    data = bytearray(zipped([("a.txt", _SAID), ("b.txt", b"x")]))
    data[data.find(b"PK\1\2") + 8] |= 1
    assert read(bytes(data)) == {"a.zip/a.txt": "password-protected", "b.txt": b"x"}


def test_a_damaged_member_says_so_when_read_and_the_others_are_read() -> None:
    data = bytearray(zipped([("a.txt", _SAID), ("b.txt", b"x")], zipfile.ZIP_STORED))
    data[data.find(_SAID) + 3] ^= 1
    found = read(bytes(data))
    assert "damaged in the archive (Bad CRC" in str(found["a.txt"])
    assert found["b.txt"] == b"x"


@pytest.mark.parametrize("method", [9, zipfile.ZIP_LZMA, 98])
def test_a_member_packed_by_a_method_that_is_not_read_says_what_to_do(method: int) -> None:
    data = bytearray(zipped([("a.txt", _SAID), ("b.txt", b"x")]))
    struct.pack_into("<H", data, data.find(b"PK\1\2") + 10, method)
    found = read(bytes(data))
    assert "pack it again as an ordinary zip" in str(found["a.zip/a.txt"])
    assert found["b.txt"] == b"x"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = zipped([("a.txt", b"\0" * 11_000_000), ("b.txt", b"x"), ("c.txt", b"\0" * 9_000_000)])
    found = read(data)
    assert "made to fill a disk" in str(found["a.zip/a.txt"])
    assert found["b.txt"] == b"x"
    assert len(found["c.txt"]) == 9_000_000


def test_an_archive_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped([(f"{number}.txt", b"x") for number in range(11)])
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    with pytest.raises(Unreadable, match="holds 11 files, more than 10"):
        read(data)
    with pytest.raises(Unreadable, match="11 files"):
        read(data.replace(b"\x0b\0\x0b\0", b"\1\0\1\0"))  # which claims to hold one


def record_64(entries: int, length: int, offset: int) -> bytes:
    return struct.pack("<4sQ2H2I4Q", _RECORD, 44, 45, 45, 0, 0, entries, entries, length, offset)


_RECORD, _LOCATOR = b"PK\6\6", b"PK\6\7"


@pytest.mark.parametrize("true_one", ["before the locator", "where it points", "the small one"])
def test_an_archive_cannot_hide_how_many_files_it_holds(
    monkeypatch: pytest.MonkeyPatch, true_one: str
) -> None:
    data = zipped([(f"{number}.txt", b"x") for number in range(11)])
    end = data.find(b"PK\5\6")
    entries, length, offset = struct.unpack_from("<HII", data, end + 10)
    true, false = record_64(entries, length, offset), record_64(1, 50, offset)
    small = data[end:] if true_one == "the small one" else data[end:].replace(b"\x0b\0", b"\1\0")
    at, before = {
        "before the locator": (false, true),
        "where it points": (true, false),
        "the small one": (false, bytes(56)),
    }[true_one]
    locator = struct.pack("<4sIQI", _LOCATOR, 0, end, 1)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: pytest.fail("its directory was read"))
    with pytest.raises(Unreadable, match="holds 11 files, more than 10"):
        read(data[:end] + at + before + locator + small)


def test_an_archive_with_the_record_of_large_ones_is_read() -> None:
    data = zipped([("a.txt", _SAID)])
    end = data.find(b"PK\5\6")
    large = record_64(*struct.unpack_from("<HII", data, end + 10))
    locator = struct.pack("<4sIQI", _LOCATOR, 0, end, 1)
    small = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 0)
    assert read(data[:end] + large + locator + small) == {"a.txt": _SAID}


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_CONTENTS", 50)
    with pytest.raises(Unreadable, match="unpacks to"):
        read(zipped([("a.txt", b"x" * 30), ("b.txt", b"x" * 30)]))


def test_an_archive_within_an_archive_is_read_though_it_cannot_be_wound_back() -> None:
    outer = read_zip(io.BytesIO(zipped([("b.zip", zipped([("a.txt", _SAID)]))])), "a.zip")
    member = next(outer)
    assert isinstance(member, Member)
    assert [contents(one) for one in read_zip(member.file, "a.zip/b.zip")] == [_SAID]


@pytest.mark.parametrize("length", [0, 10, -30, -1])
def test_an_archive_cut_short_is_unreadable(length: int) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(zipped([("a.txt", _SAID)])[:length])


def test_a_compressed_file_is_known_by_its_name_without_the_ending() -> None:
    assert unzipped(gzip.compress(_SAID)) == ("a.txt", _SAID)
    assert unzipped(gzip.compress(_SAID), "A.CSV.GZ") == ("A.CSV", _SAID)
    assert unzipped(gzip.compress(b"a") + gzip.compress(b"b"))[1] == b"ab"


@pytest.mark.parametrize(
    "data", [b"Du texte.", gzip.compress(_SAID, mtime=0)[:-3], gzip.compress(_SAID, mtime=0)[:12]]
)
def test_what_is_no_whole_compressed_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        unzipped(data)


def test_damage_within_a_compressed_file_shows_when_it_is_read() -> None:
    whole = bytearray(gzip.compress(random.Random(1).randbytes(100_000)))
    whole[-6] ^= 1
    with pytest.raises(Unreadable, match="damaged"):
        unzipped(bytes(whole))


class Failing(io.BytesIO):
    """A file on a disk that fails from the read on that is told."""

    fails_after = 10**9

    def read(self, size: int | None = -1) -> bytes:
        self.fails_after -= 1
        if self.fails_after < 0:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("reads", range(9))
def test_a_disk_that_fails_is_no_damage_of_the_archive(reads: int) -> None:
    for data, reader in ((zipped([("a.txt", _SAID)]), read_zip), (gzip.compress(_SAID), read_gzip)):
        file = Failing(data)
        file.fails_after = reads
        with contextlib.suppress(OSError):
            assert [contents(one) for one in reader(file, "a.gz")] == [_SAID]
            assert file.fails_after >= 0


def test_a_place_that_no_file_has_is_damage_of_the_archive(tmp_path: Path) -> None:
    data = bytearray(zipped([("a.txt", _SAID), ("b.txt", b"x")]))
    struct.pack_into("<I", data, data.find(b"PK\1\2") + 42, 2**32 - 9)
    (tmp_path / "a.zip").write_bytes(data)
    with (tmp_path / "a.zip").open("rb") as file:
        first, second = (contents(one) for one in read_zip(file, "a.zip"))
    assert "damaged in the archive" in str(first)
    assert second == b"x"


@given(st.binary())
def test_bytes_of_any_kind_are_an_archive_or_unreadable(data: bytes) -> None:
    check(data)


_VALID = [
    zipped([("a.txt", _SAID), ("d/é.txt", b"x" * 50)]),
    zipped([("a.txt", _SAID)], zipfile.ZIP_BZIP2),
    gzip.compress(_SAID, mtime=0),
]


@given(st.randoms(use_true_random=False), st.sampled_from(_VALID))
def test_a_damaged_archive_is_an_archive_or_unreadable(chance: random.Random, data: bytes) -> None:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    check(bytes(damaged))


def check(data: bytes) -> None:
    for reader in (read_zip, read_gzip):
        try:
            for one in reader(io.BytesIO(data), "a.zip"):
                contents(one)
        except Unreadable:
            pass
