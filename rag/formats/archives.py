"""Archives, read in place: nothing is written to disk, and only what is asked for is unpacked."""

import errno
import gzip
import io
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from rag.formats.found import HIGHEST_RATIO, LARGEST_CONTENTS, Member, Unreadable
from rag.records import Problem

# Twenty years of a wire service; a report takes some bytes of memory until all are read.
MOST_MEMBERS = 200_000
# Small files of one repeated line may shrink to anything, and do no harm.
RATIO_COUNTS_FROM = 10_000_000
# An archive within an archive must be read from its end, and so is held in memory.
LARGEST_INNER_ARCHIVE = 100_000_000
# What `MOST_MEMBERS` take up with names of a hundred letters.
LARGEST_DIRECTORY = 30_000_000

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    gzip.BadGzipFile,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a password is asked for
    NotImplementedError,
    LookupError,
    OverflowError,
)
"""What zipfile and gzip raise for bytes that are not as they should be."""

# A file packed by LZMA says itself how many gigabytes of memory unpacking it takes.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}

_END = b"PK\x05\x06"
_LOCATOR_64 = b"PK\x06\x07"
_RECORD_64 = b"PK\x06\x06"


def read_zip(file: BinaryIO, source: str) -> Iterator[Member | Problem]:
    """Yield the files of a zip archive, and a problem for each that is refused.

    A member that turns out to be damaged raises `Unreadable` when it is read; the next ones are
    not touched by it. Hidden files and folders are passed over.

    :raises Unreadable: damaged, or more than is meant to be unpacked.
    """
    with _opened(file) as archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        _check_amount(entries)
        latest = {_plain_name(entry): entry for entry in entries}
        for entry in entries:
            name = _plain_name(entry)
            if _is_hidden(name) and not _leads_out(entry):
                continue
            if reason := _refused(entry, is_latest=latest[name] is entry):
                yield Problem(f"{source}/{_shown(name)}", reason)
                continue
            yield from _member(archive, entry, f"{source}/{name}")


def read_gzip(file: BinaryIO, source: str) -> Iterator[Member]:
    """Yield the file that was compressed, known by its name without ``.gz``.

    Damage further in raises `Unreadable` when the member is read.

    :raises Unreadable: no gzip file, or damaged at its beginning.
    """
    with io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=file))) as member:
        member.peek(1)
        yield Member(re.sub(r"\.gz\Z", "", posixpath.basename(source), flags=re.IGNORECASE), member)


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive, its directory read.

    :raises Unreadable: damaged, or with a directory that would fill the memory.
    """
    seekable = _seekable(file)
    with _damage_is("the archive is damaged ({})"):
        _check_directory(seekable)
        return zipfile.ZipFile(seekable)


@contextmanager
def _damage_is(reason: str) -> Iterator[None]:
    """Make of what is wrong with the bytes an `Unreadable`; an error of the disk stays what it is.

    A place that cannot be, named in a damaged archive, is an error of the disk by its class alone.
    """
    try:
        yield
    except Unreadable:  # the archive lies in another, and that is the damaged one
        raise
    except _DAMAGED as error:
        for cause in (error, error.__context__):  # zipfile hides some
            if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):
                raise cause from None
        raise Unreadable(reason.format(_said(error))) from None


def _seekable(file: BinaryIO) -> BinaryIO:
    if file.seekable():
        return file
    data = file.read(LARGEST_INNER_ARCHIVE + 1)
    if len(data) > LARGEST_INNER_ARCHIVE:
        raise Unreadable("an archive of more than 100 MB within an archive: unpack the outer one")
    return io.BytesIO(data)


def _check_directory(file: BinaryIO) -> None:
    """Refuse a directory too large before zipfile makes an object of each entry."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise Unreadable("the archive is damaged (its end is missing)")
    small = struct.unpack_from("<HI", tail, end + 10)
    for entries, length in _claims(file, size - len(tail) + end, small):
        if entries > MOST_MEMBERS or length > LARGEST_DIRECTORY:
            raise Unreadable(f"the archive holds {entries:,} files, more than {MOST_MEMBERS:,}")


def _claims(file: BinaryIO, end: int, small: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the entries and bytes of the directory by each record that zipfile may go by.

    It is the record of large archives right before its locator, or else the small one; for newer
    versions it is the record that the locator names.
    """
    file.seek(max(0, end - 76))
    before = file.read(min(end, 76))
    if before[56:60] != _LOCATOR_64:
        yield small
        return
    yield struct.unpack_from("<QQ", before, 32) if before.startswith(_RECORD_64) else small
    file.seek(min(struct.unpack_from("<Q", before, 64)[0], end))
    if (named := file.read(56)).startswith(_RECORD_64):
        yield struct.unpack_from("<QQ", named, 32)


def _check_amount(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_MEMBERS:
        raise Unreadable(f"the archive holds {len(entries):,} files, more than {MOST_MEMBERS:,}")
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_CONTENTS:
        raise Unreadable(f"the archive unpacks to {total / 1e9:,.0f} GB, more than 20 GB")


def _plain_name(entry: zipfile.ZipInfo) -> str:
    return posixpath.normpath(entry.filename) if entry.filename else ""


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    """Whether unpacking under this name might write outside a folder, on any system."""
    name = entry.orig_filename
    return (
        name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in name.split("/")
        or re.match(r"[A-Za-z]:", name) is not None
    )


def _refused(entry: zipfile.ZipInfo, *, is_latest: bool) -> str | None:
    """Return why an entry is not read."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if _leads_out(entry):
        return "its name leads out of the archive"
    if kind not in (0, stat.S_IFREG):
        return "it is a link or a device, which may lead out of the archive"
    if not entry.filename:
        return "it has no name in the archive"
    if not entry.filename.isprintable():
        return "its name holds control characters"
    if not is_latest:
        return "the archive holds a later file of the same name, which is read instead"
    if entry.flag_bits & 1:
        return "password-protected"
    if entry.compress_type not in _METHODS:
        return "packed by a method that is not read: pack it again as an ordinary zip"
    if entry.file_size > max(RATIO_COUNTS_FROM, HIGHEST_RATIO * entry.compress_size):
        times = entry.file_size // max(1, entry.compress_size)
        return f"unpacks to {times:,} times its size: made to fill a disk"
    return None


def _member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str
) -> Iterator[Member | Problem]:
    try:
        with _damage_is("damaged in the archive ({})"):
            packed = archive.open(entry)
    except Unreadable as error:
        yield Problem(source, str(error))
        return
    with io.BufferedReader(_Unpacked(packed)) as member:
        yield Member(_plain_name(entry), member)


class _Unpacked(io.RawIOBase):
    """A member as it is unpacked; whatever is wrong with it is `Unreadable`.

    It cannot be wound back: what has to be read from its end is read into memory by its reader.
    """

    def __init__(self, packed: gzip.GzipFile | IO[bytes]) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with _damage_is("damaged in the archive ({})"):
            data = self._packed.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


def _said(error: Exception) -> str:
    """Return what the library says, in one line."""
    return " ".join(str(error).split())[:100] or type(error).__name__
