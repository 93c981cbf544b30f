"""Processes that build and run the ways of `engine_kinds`, one process a way.

A process of its own makes memory and loading time a way's own, and lets a setting of the
environment hold for one way alone.
"""

import contextlib
import multiprocessing
import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from engine_kinds import BUILDS, KINDS, Role

from rag.e5.packed import Floats

# A fork would inherit the parent's memory and modules.
_PROCESSES = multiprocessing.get_context("spawn")


class Failed(Exception):
    """A way could not be built, or died."""


@dataclass(frozen=True, slots=True)
class Built:
    """Files that were made: where, in how many seconds, how large."""

    path: Path
    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Encoded:
    vectors: Floats
    seconds: float


def build(name: str, folder: Path, limit: float) -> Built:
    """Make the files of a build in the new folder `folder`.

    :raises Failed: it took more than `limit` seconds, or broke.
    """
    folder.mkdir()
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_building, args=(theirs, name, folder), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit):
            raise Failed(f"given up after {limit:.0f} s")
        return _received(ours)
    finally:
        process.kill()
        process.join()


def _building(connection: Connection, name: str, folder: Path) -> None:
    _quiet()
    try:
        started = time.perf_counter()
        path = BUILDS[name](folder)
        seconds = time.perf_counter() - started
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        connection.send(Built(path, seconds, size / 1e6))
    except Exception as error:
        connection.send(_failure(error))


class Worker:
    """A process that has loaded one kind and encodes what it is sent.

    `load_seconds`: from the start of the process until it has answered its first query.
    """

    def __init__(self, name: str, built: Built) -> None:
        self._ours, theirs = _PROCESSES.Pipe()
        started = time.perf_counter()
        arguments = (theirs, name, built.path)
        self._process = _PROCESSES.Process(target=_encoding, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self.encode(["Qui préside l'ASEAN en 2024 ?"], "query")
        self.load_seconds = time.perf_counter() - started

    def encode(self, texts: Sequence[str], role: Role) -> Encoded:
        """Encode the texts; the seconds are the encoder's, without the way there and back.

        :raises Failed: the kind cannot be loaded, or the process died.
        """
        self._ours.send((list(texts), role))
        encoded: Encoded = _received(self._ours)
        return encoded

    def megabytes(self) -> float:
        """Return the memory that the process holds (resident)."""
        return float(psutil.Process(self._process.pid).memory_info().rss / 1e6)

    def close(self) -> None:
        """Let the process end by itself; make it, if it does not."""
        with contextlib.suppress(OSError):
            self._ours.send(None)
        self._process.join(5)
        self._process.kill()


def _encoding(connection: Connection, name: str, path: Path) -> None:
    kind = KINDS[name]
    os.environ.update(kind.environment)
    _quiet()
    try:
        encoder = kind.load(path)
        while asked := connection.recv():
            texts, role = asked
            started = time.perf_counter()
            vectors = encoder.encode(texts, role)
            connection.send(Encoded(vectors, time.perf_counter() - started))
    except Exception as error:
        connection.send(_failure(error))


def _quiet() -> None:
    """Keep the libraries' progress and advice off the screen."""
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    warnings.simplefilter("ignore")


def _failure(error: Exception) -> Failed:
    return Failed(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _received(connection: Connection) -> Any:
    try:
        answer = connection.recv()
    except (EOFError, ConnectionError):
        raise Failed("its process died") from None
    if isinstance(answer, Failed):
        raise answer
    return answer
