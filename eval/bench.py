"""Question sets in one folder and runs in another, for a program that stays open.

A run is asked in a thread, one at a time over all processes that keep theirs in the same folder. It
is kept as `sourcier eval --out` keeps it. One that was stopped, or cut short, goes on when the same
set is asked again of the same archive.
"""

import contextlib
import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from eval.command import evaluate
from eval.compare import Comparison, compared
from eval.failures import Failure, failures
from eval.records import Record
from eval.run import JOURNAL, RUN, Asked, NotARun, NotKept, OtherRun, Run, run_in
from eval.sets import Sets, read_sets
from rag.config import Settings
from rag.errors import BadRequest

_log = logging.getLogger(__name__)

LARGEST_SET = 20 * 1024 * 1024
"""Bytes of a set that is added: about 40,000 questions."""

_DATED = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d)(\d\d)(\d\d)-(.+)", re.DOTALL)


class RunGoesOn(BadRequest):
    """Another run is being asked."""


class NoSuchSet(BadRequest):
    pass


class SetTooLarge(BadRequest):
    pass


class _Stopped(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Kept:
    """A run on disk: its folder's name, of which set it is, and when it was begun."""

    name: str
    of: str
    day: str
    """An ISO date."""
    time: str
    """« 14:05:31 »: two runs of one minute are told apart."""


@dataclass(slots=True, eq=False)
class Running:
    """A run that is being asked, or was; written by its thread and read by others."""

    of: str
    done: int = 0
    total: int = 0
    name: str = ""
    """Of its folder, once it is whole."""
    trouble: Exception | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def was_stopped(self) -> bool:
        return self.ended.is_set() and not self.name and self.trouble is None

    def progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.stopping.is_set() and done < total:
            raise _Stopped


class Bench:
    """The sets of one folder, asked of one assistant, and the runs of another folder."""

    def __init__(
        self,
        assistant: Asked,
        settings: Settings,
        *,
        sets: Path,
        runs: Path,
        offered: Path | None = None,
    ) -> None:
        """Sets of the folder `offered` can be asked too; nothing is written there."""
        self._assistant = assistant
        self._settings = settings
        self._sets = sets
        self._offered = offered
        self._runs = runs
        self._starting = threading.Lock()
        self.running: Running | None = None
        """The run that is being asked, or was last."""

    # Sets

    def sets(self) -> list[str]:
        """Return the names of the sets there are."""
        return sorted(self._paths())

    def checked(self, name: str) -> Sets:
        """Return what a set holds, and all that is wrong with it.

        :raises NoSuchSet: it is not in the folder.
        :raises EmptySet: it holds nothing at all.
        """
        return read_sets([self._set(name)], lru_cache(maxsize=1000)(self._assistant.document))

    def add(self, file: Path, name: str) -> tuple[str, Sets]:
        """Keep a copy of the set `file`, and return the name it got and what it holds.

        One in which nothing can be asked is not kept: its name is "".

        :raises SetTooLarge: it is larger than any set.
        """
        if file.stat().st_size > LARGEST_SET:
            raise SetTooLarge(
                f"{name!r} is larger than {LARGEST_SET // 2**20} MB. Take a part of its lines."
            )
        found = read_sets([file], lru_cache(maxsize=1000)(self._assistant.document))
        if not found.questions:
            return "", found
        return self.keep(name, file.read_bytes()), found

    def keep(self, name: str, lines: bytes) -> str:
        """Write a set under that name, or the next that is free, and return it.

        :raises NotKept: it cannot be written.
        """
        stem = re.sub(r"[^\w .()-]+", "-", Path(name.replace("\\", "/")).stem).strip(" .-")[:80]
        stem = stem or "questions"
        try:
            self._sets.mkdir(parents=True, exist_ok=True)
            for number in range(1, 10_000):
                path = self._sets / f"{stem}{f'-{number}' if number > 1 else ''}.jsonl"
                with contextlib.suppress(FileExistsError), path.open("xb") as file:
                    file.write(lines)
                    return path.name
                if path.read_bytes() == lines:
                    return path.name
        except OSError as error:
            raise _not_kept(self._sets, error) from None
        raise NotKept(f"{str(self._sets)!r} has too many sets of that name. Choose another name.")

    def _set(self, name: str) -> Path:
        try:
            return self._paths()[name]
        except KeyError:
            raise NoSuchSet(f"There is no set {name!r} in {str(self._sets)!r}.") from None

    def _paths(self) -> dict[str, Path]:
        """Return the sets by name; of two of one name, that of the bench's own folder."""
        folders = filter(None, (self._offered, self._sets))
        found = (path for folder in folders for path in folder.glob("*.jsonl"))
        return {path.name: path for path in found if path.is_file()}

    # Runs

    def runs(self) -> list[Kept]:
        """Return the whole runs, the latest first."""
        found = [_kept(folder) for folder in self._runs.glob("*/") if (folder / RUN).is_file()]
        return sorted(found, key=lambda one: (one.day, one.time, one.name), reverse=True)

    def run(self, name: str) -> Run:
        """Return a run that is kept.

        :raises NotARun: it is there no longer, or is spoilt.
        """
        return _read(*self._stamp(name))

    def failed(self, name: str) -> list[Failure]:
        """Return what failed in a run, the worst first.

        :raises NotARun: it is there no longer, or is spoilt.
        """
        return _failed(*self._stamp(name))

    def compared(self, before: str, after: str) -> Comparison:
        """Return how two runs differ.

        :raises NotARun: one of them is there no longer, or is spoilt.
        """
        return compared(self.run(before).records, self.run(after).records)

    def unfinished(self, name: str) -> int:
        """Return how many answers are kept of a run of that set that was stopped or cut."""
        folder = self._cut(name)
        try:
            lines = (folder / JOURNAL).read_bytes().count(b"\n") if folder else 0
        except OSError:
            return 0
        return max(0, lines - 1)

    def _stamp(self, name: str) -> tuple[Path, int]:
        if name not in {folder.name for folder in self._runs.glob("*/")}:
            raise NotARun(f"There is no run {name!r} in {str(self._runs)!r}.")
        folder = self._runs / name
        try:
            return folder, (folder / RUN).stat().st_mtime_ns
        except OSError:
            return folder, 0

    def _cut(self, name: str) -> Path | None:
        cut = [
            folder
            for folder in self._runs.glob("*/")
            if (folder / JOURNAL).is_file()
            and not (folder / RUN).exists()
            and _kept(folder).of == Path(name).stem
        ]
        return max(cut, key=lambda folder: folder.name, default=None)

    # Asking

    def start(self, name: str, *, before: str = "", lenient: bool = False) -> Running:
        """Ask the questions of a set in a thread; its report is compared with the run `before`.

        :raises NoSuchSet: it is not in the folder.
        :raises RunGoesOn: another is being asked.
        """
        path = self._set(name)
        with self._starting:
            if self.running and not self.running.ended.is_set():
                raise RunGoesOn("Another run is being asked. Wait for its end, or stop it.")
            running = self.running = Running(name)
        asking = threading.Thread(
            target=self._ask, args=(running, path, before, lenient), daemon=True
        )
        asking.start()
        return running

    def stop(self) -> None:
        """Stop after the question that is being answered."""
        if self.running:
            self.running.stopping.set()

    def _ask(self, running: Running, path: Path, before: str, lenient: bool) -> None:
        try:
            running.name = self._asked_alone(running, path, before, lenient)
        except _Stopped:
            pass
        except Exception as error:  # the rim of the thread: whoever watches tells it
            running.trouble = error
            if not isinstance(error, BadRequest):
                _log.warning("A run was cut short", exc_info=error)
        finally:
            running.ended.set()

    def _asked_alone(self, running: Running, path: Path, before: str, lenient: bool) -> str:
        alone = FileLock(self._runs / ".asking", timeout=0)
        try:
            self._runs.mkdir(parents=True, exist_ok=True)
            alone.acquire()
        except Timeout:
            raise RunGoesOn("Another program is asking a run. Wait for its end.") from None
        except OSError as error:
            raise _not_kept(self._runs, error) from None
        try:
            earlier = self.run(before).records if before else None
            return self._asked(running, path, earlier, lenient=lenient)
        finally:
            alone.release()

    def _asked(
        self, running: Running, path: Path, before: Sequence[Record] | None, *, lenient: bool
    ) -> str:
        """Go on with the run of this set that was cut, if it is the same, or begin one."""
        if cut := self._cut(path.name):
            try:
                return self._evaluated(running, path, cut, before, lenient=lenient)
            except OtherRun:
                _log.info("%s is of other questions, reports or settings: a new run.", cut)
        folder = self._made(path.stem)
        try:
            return self._evaluated(running, path, folder, before, lenient=lenient)
        finally:
            if not any(folder.iterdir()):
                folder.rmdir()

    def _made(self, stem: str) -> Path:
        """Make the folder of a new run, named by the second that it begins in, or one after."""
        now = datetime.now()
        try:
            while (folder := self._runs / f"{now:%Y-%m-%d-%H%M%S}-{stem}").exists():
                now += timedelta(seconds=1)
            folder.mkdir()
        except OSError as error:
            raise _not_kept(self._runs, error) from None
        return folder

    def _evaluated(
        self,
        running: Running,
        path: Path,
        out: Path,
        before: Sequence[Record] | None,
        *,
        lenient: bool,
    ) -> str:
        evaluate(
            self._assistant,
            self._settings,
            [path],
            out=out,
            before=before,
            lenient=lenient,
            progress=running.progress,
        )
        return out.name


def _kept(folder: Path) -> Kept:
    """Return what the name of a run's folder tells, or when its file was written."""
    if named := _DATED.fullmatch(folder.name):
        return Kept(folder.name, named[5], named[1], ":".join(named.groups()[1:4]))
    file = folder / RUN if (folder / RUN).exists() else folder
    written = datetime.fromtimestamp(file.stat().st_mtime)
    return Kept(folder.name, folder.name, f"{written:%Y-%m-%d}", f"{written:%H:%M:%S}")


@lru_cache(maxsize=4)
def _read(folder: Path, _written: int) -> Run:
    return run_in(folder)


@lru_cache(maxsize=4)
def _failed(folder: Path, written: int) -> list[Failure]:
    return failures(_read(folder, written).records)


def _not_kept(folder: Path, error: OSError) -> NotKept:
    return NotKept(
        f"Nothing can be written to {str(folder)!r} ({error.strerror or error}). Make room, or "
        "name another folder."
    )
