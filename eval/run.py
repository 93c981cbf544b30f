"""Ask every question of a set and keep every answer, so that a run that was cut goes on."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from eval.figures import Figures, figures
from eval.questions import Question
from eval.records import Record, record_from, record_of
from eval.sets import Sets
from rag.errors import BadRequest
from rag.records import Answer, Document, Turn

_log = logging.getLogger(__name__)

Report = Callable[[str], Document | None]
Progress = Callable[[int, int], None]

RUN = "run.json"
JOURNAL = "records.jsonl"


class Asked(Protocol):
    """What a run needs of `rag.answer.Assistant`."""

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer: ...

    def document(self, source: str) -> Document | None: ...

    def identity(self) -> Mapping[str, str]: ...

    def warm(self) -> None: ...


class NotARun(BadRequest):
    pass


class OtherRun(BadRequest):
    """An unfinished run has other questions, settings or reports."""


class NotKept(BadRequest):
    """What was made cannot be written."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is whole: under what it was made, and what came of it."""

    settings: dict[str, Any]
    sets: Sets
    records: tuple[Record, ...]
    figures: Figures

    @property
    def languages(self) -> list[str]:
        """The groups of a short table: all questions, and those of each language."""
        return list(self.figures)[: 1 + len({one.question.language for one in self.records})]

    @property
    def kinds(self) -> list[str]:
        return list(self.figures)[len(self.languages) :]

    def as_json(self) -> dict[str, Any]:
        """Return it as DESIGN.md lays `run.json` down, the intervals beside the measures."""
        return {
            "settings": self.settings,
            "measures": {
                group: {name: one.value for name, one in found.items()}
                for group, found in self.figures.items()
            },
            "intervals": {
                group: {name: [one.low, one.high] for name, one in found.items()}
                for group, found in self.figures.items()
            },
            "records": [record.as_json() for record in self.records],
        }


def run_in(path: Path) -> Run:
    """Return an earlier run: its `run.json`, or the folder that holds it.

    :raises NotARun: there is none, or it is none.
    """
    file = path / RUN if path.is_dir() else path
    try:
        kept = json.loads(file.read_bytes())
        records = tuple(record_from(row) for row in kept["records"])
        # A record of another version may lack what measures read.
        return Run(kept.get("settings", {}), Sets((), ()), records, figures(records))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise NotARun(
            f"{str(file)!r} is no run ({why}). Make one: "
            "`sourcier eval FILE --out DIR`, and name DIR."
        ) from None


def run(
    questions: Sequence[Question],
    assistant: Asked,
    *,
    report: Report,
    progress: Progress = lambda done, total: None,
    journal: "Journal | None" = None,
) -> list[Record]:
    """Return a record for each question, in order; what the journal holds is not asked again."""
    records = []
    if journal and journal.kept:
        _log.warning("Going on: %d of %d are answered already.", len(journal.kept), len(questions))
    for done, question in enumerate(questions, start=1):
        record = journal.kept.get(question.id) if journal else None
        if record is None:
            answer = assistant.ask(question.question, history=question.history)
            record = record_of(question, answer, report)
            if journal:
                journal.add(record)
        records.append(record)
        progress(done, len(questions))
    return records


class Journal:
    """The records of a run so far, one a line, below a line that says which run it is.

    A line that was cut short, by a kill or a full disk, is asked again.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        """Open the journal of the run of this identity.

        :raises OtherRun: the journal is that of another run.
        :raises NotKept: it cannot be written.
        """
        self._path = path
        first = json.dumps({"run": _digest(identity)}).encode()
        try:
            path.touch()
            written = path.read_bytes()
            lines = written[: written.rfind(b"\n") + 1].splitlines()
            if lines[:1] not in ([], [first]):
                raise OtherRun(
                    f"{path} is that of an unfinished run with other questions, settings or "
                    "reports. Delete it or name another folder: `--out DIR`."
                )
            self.kept = {record.id: record for record in _whole(lines[1:])}
            self._file = path.open("r+b")
            self._file.truncate(written.rfind(b"\n") + 1)
            self._file.seek(0, os.SEEK_END)
            if not lines:
                self._write(first)
        except OSError as error:
            raise self._failed(error) from None

    def add(self, record: Record) -> None:
        """Write the record, so that nothing that comes after can lose it.

        :raises NotKept: the disk is full, or gone.
        """
        try:
            self._write(json.dumps(record.as_json(), ensure_ascii=False).encode())
        except OSError as error:
            raise self._failed(error) from None

    def _write(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()

    def _failed(self, error: OSError) -> NotKept:
        return NotKept(
            f"{self._path} cannot be written ({error.strerror or error}). What was answered is "
            "kept; make room and run the same command again."
        )

    def close(self) -> None:
        with suppress(OSError):  # what a full disk did not take was told already
            self._file.close()


def _digest(identity: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _whole(lines: Sequence[bytes]) -> Iterator[Record]:
    for line in lines:
        try:
            yield record_from(json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue
