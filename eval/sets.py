"""Question sets: files of questions, and everything that is wrong with them."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.questions import FIELDS, Question, question_of
from rag.errors import BadRequest
from rag.records import Document

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a set."""

    path: Path
    line: int
    reason: str
    of_a_field: bool = False
    """The rest of the line can be asked without it."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Sets:
    """The questions that can be asked, and all that is wrong with the lines of the files."""

    questions: tuple[Question, ...]
    faults: tuple[Fault, ...]
    drafts: int = 0
    """Questions that the program proposed and nobody accepted: they are not asked."""


def read_sets(files: Sequence[Path], report: Callable[[str], Document | None]) -> Sets:
    """Return what the files hold; `report` gives the indexed report known by a source, if any.

    A question with a fault is not among the questions, but for a field that is not known.

    :raises BadRequest: a file cannot be read, or none of them holds a question.
    """
    questions: list[Question] = []
    faults: list[Fault] = []
    ids: set[str] = set()
    drafts = 0
    for path in files:
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            question, unknown, reasons = _read(line)
            if question:
                reasons += _out_of_place(question, ids, report)
                ids.add(question.id)
                if question.draft:
                    drafts += 1
                elif not reasons:
                    questions.append(question)
            faults += [Fault(path, number, f"unknown field {one!r}", True) for one in unknown]
            faults += [Fault(path, number, reason) for reason in reasons]
    if not (questions or faults or drafts):
        raise BadRequest(
            f"{', '.join(map(str, files))}: no question. Write one JSON object a line."
        )
    return Sets(tuple(questions), tuple(faults), drafts)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(
            f"The question set {str(path)!r} cannot be read ({error}). Name a .jsonl file: "
            "`sourcier eval FILE`."
        ) from None


def _read(line: str) -> tuple[Question | None, list[str], list[str]]:
    """Return the question of a line, its unknown fields, and why it holds no question."""
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
        question = question_of(row)
    except json.JSONDecodeError as error:
        return None, [], [f"broken JSON at character {error.pos + 1}: {error.msg}"]
    except UnicodeEncodeError:
        return None, [], ["it holds characters that cannot be stored"]
    except (ValueError, RecursionError) as error:
        return None, [], [str(error) or "nested too deeply"]
    return question, sorted(row.keys() - FIELDS), []


def _out_of_place(
    question: Question, ids: set[str], report: Callable[[str], Document | None]
) -> Iterator[str]:
    """Say what of a question does not fit the others, or the archive."""
    if question.id in ids:
        yield f"the id {question.id!r} stands twice"
    for gold in question.gold:
        document = report(gold.source)
        if document is None:
            yield f"the source {gold.source!r} is not indexed"
        elif gold.quote not in document.text:
            yield f"{gold.source!r} does not hold the quote « {_shown(gold.quote)} »"
    for named in question.gold_passage_ids:
        if report(named) is None and report(source_of(named)) is None:
            yield f"no passage {named!r} is indexed"


def source_of(passage_id: str) -> str:
    """Return the report a passage belongs to by its id; that of a record of a table is its own.

    >>> source_of("a.txt:120-240"), source_of("riz-7")
    ('a.txt', 'riz-7')
    """
    return re.sub(r":\d+-\d+\Z", "", passage_id)


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"
