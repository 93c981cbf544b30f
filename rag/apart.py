"""Runs readers in a process of their own, with limits: no file can take the indexing down.

Libraries for rich formats are large, partly in C, and fed with files from anywhere. One helper
process (``python -m rag.apart``) is started at the first such file and used for the next ones; what
it answers is JSON, never pickled objects, for a file may have taken it over.
"""

import atexit
import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from rag.formats.found import Found, Member, Reader, Unreadable
from rag.records import Document, Problem

SECONDS = 60.0
# Of address space: readers and their libraries take some 150 MB for ordinary files.
MEMORY = 1_000_000_000
_LONGEST_ANSWER = 256_000_000

_TOO_MUCH_MEMORY = "reading it needs too much memory"


def read_apart(
    reader: str, data: bytes, source: str, *, seconds: float = SECONDS
) -> Iterator[Found]:
    """Yield what a reader finds in the bytes of a file.

    `reader` is a module and a function in it that is a `Reader`: ``rag.formats.pdf:read_pdf``.

    :raises Unreadable: after what was found, with the reader's reason; or at once, for a file that
        is too much for it.
    """
    with _LOCK:
        found, reason = _HELPER.asked({"reader": reader, "source": source}, data, seconds)
    yield from found
    if reason:
        raise Unreadable(reason)


class _Helper:
    """The process, started when it is first asked, and again whenever it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def asked(
        self, request: dict[str, Any], data: bytes, seconds: float
    ) -> tuple[list[Found], str]:
        """Return what it found and why no more, "" if that is all.

        Without an answer it is ended, whatever the reason, Ctrl+C among them.
        """
        process = self._running()
        started = time.monotonic()
        timer = Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        line = b""
        try:
            line = _line_from(process, {**request, "bytes": len(data), "seconds": seconds}, data)
        finally:
            timer.cancel()
            overdue = time.monotonic() >= started + seconds
            if overdue or not line.endswith(b"\n"):
                self.end()
        try:
            found, reason = _understood(line)
        except (ValueError, KeyError, RecursionError):
            self.end()  # it is no longer what was started
            late = f"reading it took more than {seconds:.0f} s"
            raise Unreadable(late if overdue else "its reader crashed") from None
        if reason == _TOO_MUCH_MEMORY:
            self.end()  # what is left of its memory may be too little for the next file
        return found, reason

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "rag.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _search_path()},
            )
        return self._process

    def end(self) -> None:
        """Leave nothing behind: no process, no zombie, no open pipe."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        process.wait()


_LOCK = Lock()
_HELPER = _Helper()
atexit.register(_HELPER.end)


def _search_path() -> str:
    """Modules are found in the helper where they are found here."""
    return os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)


def _line_from(process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.write(data)
        process.stdin.flush()
    except OSError:  # it has ended: what it could not take, it cannot answer
        return b""
    return process.stdout.readline(_LONGEST_ANSWER)


_OF_A_DOCUMENT = [one.name for one in fields(Document) if one.name not in ("spans", "moments")]


def _packed(found: Found) -> list[Any]:
    match found:
        case Member(name, file):
            return ["member", name, b64encode(file.read()).decode()]
        case Problem(source, reason, grade):
            return ["problem", source, reason, grade]
        case Document():
            return ["document", {name: getattr(found, name) for name in _OF_A_DOCUMENT}]


def _understood(line: bytes) -> tuple[list[Found], str]:
    """Return what was found and why no more; what answers may be the file, not its reader.

    :raises ValueError, KeyError, RecursionError: it is no answer.
    """
    match json.loads(line):
        case {"found": list(found), "unreadable": str(reason)}:
            return [_unpacked(one) for one in found], reason
    raise ValueError


def _unpacked(packed: Any) -> Found:
    match packed:
        case ["member", str(name), str(data)]:
            return Member(name, io.BytesIO(b64decode(data)))
        case ["problem", str(source), str(reason), "failed" | "skipped" | "noted" as grade]:
            return Problem(source, reason, grade)
        case ["document", {"source": str(), "text": str(), "title": str(), **others} as values]:
            if all(value is None or isinstance(value, str) for value in others.values()):
                return Document(**{name: values[name] for name in _OF_A_DOCUMENT})
    raise ValueError


# In the helper ------------------------------------------------------------------------------


def _serve() -> None:
    """Answer until the other side closes its pipe, by ending or by choice."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    _keep_quiet()
    _limit_memory()
    while line := questions.readline():
        request = json.loads(line)
        _end_by_itself(int(request["seconds"]) + 5)
        answer = _answer(request, questions.read(request["bytes"]))
        _end_by_itself(0)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _keep_quiet() -> None:
    """What libraries print must not reach the terminal, nor be taken for an answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    logging.disable()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end_by_itself(seconds: int) -> None:
    """Who asked may have been killed, and nobody be there to end a reader that hangs; 0: never."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    found: list[Any] = []
    reason = ""
    try:
        module, _, function = request["reader"].partition(":")
        reader: Reader = getattr(import_module(module), function)
        found.extend(map(_packed, reader(io.BytesIO(data), request["source"])))
    except Unreadable as error:
        reason = str(error)
    except MemoryError:
        found, reason = [], _TOO_MUCH_MEMORY
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        reason = f"it cannot be read: {what[:200]}"
    return {"found": found, "unreadable": reason}


if __name__ == "__main__":
    _serve()
