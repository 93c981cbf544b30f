"""Readers that hang, crash, eat memory or print, for tests/test_apart.py."""

import contextlib
import ctypes
import io
import os
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

from rag.formats.found import Found, Member, Unreadable
from rag.records import Document, Problem


def echoes(file: BinaryIO, source: str) -> Iterator[Found]:
    text = file.read().decode()
    yield Document(source, text, title="Écho", date="2024-01-28", date_from="metadata", url="u")
    yield Problem(source, "page 3 holds only pictures", "noted")
    yield Member("dans/annexe.txt", io.BytesIO(text.encode()))


def tells_its_process(file: BinaryIO, source: str) -> Iterator[Found]:
    yield Document(source, f"{os.getpid()} {len(file.read())}")


def hangs(file: BinaryIO, source: str) -> Iterator[Found]:
    time.sleep(600)
    yield Document(source, repr(file))


def hangs_in_c(file: BinaryIO, source: str) -> Iterator[Found]:
    yield Document(source, f"{sum(range(10**13))}{file}")


def eats_memory(file: BinaryIO, source: str) -> Iterator[Found]:
    eaten = [bytes(50_000_000) for _ in range(1000)]
    yield Document(source, f"{len(eaten)}{file}")


def crashes(file: BinaryIO, source: str) -> Iterator[Found]:
    yield Document(source, f"{ctypes.string_at(0)!r}{file}")


def refuses(file: BinaryIO, source: str) -> Iterator[Found]:
    raise Unreadable(f"{source} is no report of {len(file.read())} bytes")
    yield  # a generator like the others


def stumbles(file: BinaryIO, source: str) -> Iterator[Found]:
    yield Document(source, "the first half")
    raise KeyError(f"of two\nlines {file.read()!r}")


def gives_up(file: BinaryIO, source: str) -> Iterator[Found]:
    yield Document(source, "the first half")
    raise Unreadable(f"the rest is broken: {file}")


def answers_itself(file: BinaryIO, source: str) -> Iterator[Found]:
    """Write the file's contents to every open file, the pipe for answers among them."""
    answer = file.read() + b"\n"
    for handle in range(3, 20):
        with contextlib.suppress(OSError):
            os.write(handle, answer)
    yield Document(source, "the answer after the answer")


def prints(file: BinaryIO, source: str) -> Iterator[Found]:
    print('{"found": []}', flush=True)
    os.write(1, b'{"found": []}\n')
    print("to stderr", file=sys.stderr, flush=True)
    yield Document(source, file.read().decode())
