"""A file -> the reports in it. One small reader a format; the text is never rewritten (law 1).

A file may hold one report (a page, a PDF), many (a table), or other files (an archive, a message
with attachments). Whatever becomes no report becomes a `Problem`: nothing is dropped in silence.
"""

import io
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.formats.found import (
    ALWAYS_ALLOWED,
    HIGHEST_RATIO,
    LARGEST_CONTENTS,
    Found,
    Member,
    Reader,
    Unreadable,
)
from rag.records import Document, Problem

LARGEST = 64 << 20
"""Bytes of the largest file in a format that must be held whole; books of pictures are larger."""

DEEPEST = 2
"""Files within files that are looked into: an archive in an archive, and no further."""

# Files that people leave beside reports and that are none: « LICENSE », « readme_fr ».
_BESIDE = re.compile(
    r"(?:readme|sources|licen[cs]e|notice|changelog)(?:[._-][a-z]{2})?", re.IGNORECASE
)


def _here(name: str) -> Reader:
    """Return the reader of that name, imported when it is first used."""

    def read(file: BinaryIO, source: str) -> Iterator[Found]:
        module, function = name.split(":")
        reader: Reader = getattr(import_module(f"rag.formats.{module}"), function)
        return reader(file, source)

    return read


def _apart(name: str) -> Reader:
    """Return the reader of that name, run in a process of its own: its formats can do harm."""

    def read(file: BinaryIO, source: str) -> Iterator[Found]:
        from rag.apart import read_apart

        data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Unreadable(f"larger than {LARGEST >> 20} MB")
        yield from read_apart(f"rag.formats.{name}", data, source)

    return read


READERS: dict[str, Reader] = {
    ".txt": _here("text:read_text"),
    ".md": _here("text:read_text"),
    ".jsonl": _here("tables:read_json_lines"),
    ".ndjson": _here("tables:read_json_lines"),
    ".csv": _here("tables:read_cells"),
    ".tsv": _here("tables:read_cells"),
    ".zip": _here("archives:read_zip"),
    ".gz": _here("archives:read_gzip"),
    ".html": _apart("web:read_web"),
    ".htm": _apart("web:read_web"),
    ".xhtml": _apart("web:read_web"),
    ".pdf": _apart("pdf:read_pdf"),
    ".docx": _apart("office:read_docx"),
    ".odt": _apart("office:read_odt"),
    ".eml": _apart("mail:read_mail"),
}
"""One reader a format, by suffix. A new format is one function and one line here."""


def no_report(name: str) -> str | None:
    """Return why a file of this name holds no report, if it does not.

    >>> no_report("LICENSE.txt"), no_report("a/b.jpg"), no_report("a/b.txt")
    ('not a report: it stands beside them', 'no reader for .jpg', None)
    """
    path = PurePosixPath(name)
    if _BESIDE.fullmatch(path.stem):
        return "not a report: it stands beside them"
    if path.suffix.lower() not in READERS:
        return f"no reader for {path.suffix.lower() or 'files without a suffix'}"
    return None


class _Exceeded(Exception):
    """Passes all those who go on with the next member: it ends the whole file."""


class _Allowance:
    """The bytes that all the members of a file may deliver together, at any depth."""

    def __init__(self, size: int) -> None:
        self._left = min(max(ALWAYS_ALLOWED, HIGHEST_RATIO * size), LARGEST_CONTENTS)
        self._exceeded = (
            "what it holds unpacks to more than 20 GB"
            if self._left == LARGEST_CONTENTS
            else f"what it holds unpacks to more than {HIGHEST_RATIO} times its size: "
            "made to fill a disk"
        )

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise _Exceeded(self._exceeded)


class _Counted(io.RawIOBase):
    """A member, what is read of it taken from an allowance. It cannot be wound back."""

    def __init__(self, file: BinaryIO, allowance: _Allowance) -> None:
        self._file = file
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        self._allowance.take(len(data))
        buffer[: len(data)] = data
        return len(data)


def read(file: BinaryIO, source: str) -> Iterator[Document | Problem]:
    """Yield the reports in an open file whose path is `source`, and what went wrong in it.

    :raises OSError: the disk failed; the file may be read another time.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    try:
        yield from _read(file, source, 0, _Allowance(size))
    except _Exceeded as exceeded:
        yield Problem(source, str(exceeded))


def _read(
    file: BinaryIO, source: str, depth: int, allowance: _Allowance
) -> Iterator[Document | Problem]:
    reader = READERS[PurePosixPath(source).suffix.lower()]
    try:
        for found in reader(file, source):
            if isinstance(found, Member):
                yield from _read_member(found, source, depth + 1, allowance)
            else:
                yield found
    except Unreadable as problem:
        yield Problem(source, str(problem))


def _read_member(
    member: Member, within: str, depth: int, allowance: _Allowance
) -> Iterator[Document | Problem]:
    source = f"{within}/{member.name}"
    if reason := no_report(member.name):
        yield Problem(source, reason, "skipped")
    elif depth > DEEPEST:
        yield Problem(source, "it lies in a file within a file within a file; unpack one of them")
    else:
        counted = io.BufferedReader(_Counted(member.file, allowance))
        yield from _read(counted, source, depth, allowance)
