"""Question sets: files of questions, and everything that is wrong with them."""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

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

    def as_json(self) -> dict[str, Any]:
        """Return what `--check --json` prints."""
        faults = [
            {"file": str(one.path), "line": one.line, "reason": one.reason} for one in self.faults
        ]
        return {"questions": len(self.questions), "drafts": self.drafts, "faults": faults}


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
            slips = {one: meant for one in unknown if (meant := _meant_by(one))}
            reasons += [f"unknown field {one!r}: is it {it!r}?" for one, it in slips.items()]
            unknown = [one for one in unknown if one not in slips]
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


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        raise BadRequest(
            f"The question set {str(path)!r} cannot be read ({error}). Name a .jsonl file: "
            "`sourcier eval FILE`."
        ) from None


def _meant_by(field: str) -> str | None:
    """Return the known field that `field` is a slip for, if it looks like one."""
    return next(iter(get_close_matches(field, sorted(FIELDS), n=1, cutoff=0.8)), None)


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return the object of these members.

    :raises ValueError: one stands twice, which JSON allows and a person did not mean.
    """
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice!r} stands twice in the line")
    return dict(pairs)


def _read(line: bytes) -> tuple[Question | None, list[str], list[str]]:
    """Return the question of a line, its unknown fields, and why it holds no question."""
    try:
        row = json.loads(line.decode(), object_pairs_hook=_once)
        json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
        question = question_of(row)
    except json.JSONDecodeError as error:
        return None, [], [f"broken JSON at character {error.pos + 1}: {error.msg}"]
    except UnicodeDecodeError as error:
        return None, [], [f"byte {error.start + 1} is not UTF-8"]
    except UnicodeEncodeError:
        return None, [], ["it holds characters that cannot be stored"]
    except (ValueError, RecursionError) as error:
        return None, [], [str(error) or "nested too deeply"]
    return question, sorted(row.keys() - FIELDS), []


def _out_of_place(
    question: Question, ids: set[str], report: Callable[[str], Document | None]
) -> Iterator[str]:
    """Say what of a question does not fit the others, or the archive."""
    if not question.question.strip():
        yield "the question is empty"
    for name in ("must_mention", "must_not_mention"):
        if any(not one.strip() for told in getattr(question, name) for one in told.split("|")):
            yield f"an element of {name} is empty: nothing can mention it"
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
