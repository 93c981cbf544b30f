"""Question sets: files of questions, and everything that is wrong with them."""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from eval.flaws import Flaw, Flawed, flaw
from eval.questions import FIELDS, Question, question_of
from rag.errors import BadRequest
from rag.records import Document

_LONGEST_SHOWN = 60


class UnreadableSet(BadRequest):
    pass


class EmptySet(BadRequest):
    pass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a set."""

    path: Path
    line: int
    flaw: Flaw

    @property
    def reason(self) -> str:
        return str(self.flaw)

    @property
    def of_a_field(self) -> bool:
        """Whether the rest of the line can be asked without it."""
        return self.flaw.name == "unknown"

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

    :raises UnreadableSet: a file cannot be read.
    :raises EmptySet: none of them holds a question.
    """
    questions: list[Question] = []
    faults: list[Fault] = []
    ids: set[str] = set()
    drafts = 0
    for path in files:
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            question, unknown, flaws = _read(line)
            slips = {one: meant for one in unknown if (meant := _meant_by(one))}
            flaws += [flaw("slip", field=one, meant=meant) for one, meant in slips.items()]
            unknown = [one for one in unknown if one not in slips]
            if question:
                flaws += _out_of_place(question, ids, report)
                ids.add(question.id)
                if question.draft:
                    drafts += 1
                elif not flaws:
                    questions.append(question)
            flaws = [*(flaw("unknown", field=one) for one in unknown), *flaws]
            faults += [Fault(path, number, one) for one in flaws]
    if not (questions or faults or drafts):
        raise EmptySet(f"{', '.join(map(str, files))}: no question. Write one JSON object a line.")
    return Sets(tuple(questions), tuple(faults), drafts)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        raise UnreadableSet(
            f"The question set {str(path)!r} cannot be read ({error.strerror}). Name a .jsonl "
            "file: `sourcier eval FILE`."
        ) from None


def _meant_by(field: str) -> str | None:
    """Return the known field that `field` is a slip for, if it looks like one."""
    return next(iter(get_close_matches(field, sorted(FIELDS), n=1, cutoff=0.8)), None)


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return the object of these members.

    :raises Flawed: one stands twice, which JSON allows and a person did not mean.
    """
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Flawed("twice", field=twice)
    return dict(pairs)


def _read(line: bytes) -> tuple[Question | None, list[str], list[Flaw]]:
    """Return the question of a line, its unknown fields, and why it holds no question."""
    try:
        row = json.loads(line.decode(), object_pairs_hook=_once)
        json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
        question = question_of(row)
    except json.JSONDecodeError as error:
        return None, [], [flaw("broken", place=error.pos + 1, why=error.msg)]
    except UnicodeDecodeError as error:
        return None, [], [flaw("no_utf8", place=error.start + 1)]
    except UnicodeEncodeError:
        return None, [], [flaw("not_kept")]
    except Flawed as error:
        return None, [], [error.flaw]
    except ValueError as error:  # a number of too many digits
        return None, [], [flaw("unread", why=str(error))]
    except RecursionError:
        return None, [], [flaw("too_deep")]
    return question, sorted(row.keys() - FIELDS), []


def _out_of_place(
    question: Question, ids: set[str], report: Callable[[str], Document | None]
) -> Iterator[Flaw]:
    """Say what of a question does not fit the others, or the archive."""
    if not question.question.strip():
        yield flaw("empty")
    for name in ("must_mention", "must_not_mention"):
        if any(not one.strip() for told in getattr(question, name) for one in told.split("|")):
            yield flaw("empty_mention", field=name)
    if question.id in ids:
        yield flaw("id_twice", id=question.id)
    for gold in question.gold:
        document = report(gold.source)
        if document is None:
            yield flaw("no_source", source=gold.source)
        elif gold.quote not in document.text:
            yield flaw("no_quote", source=gold.source, quote=_shown(gold.quote))
    for named in question.gold_passage_ids:
        if report(named) is None and report(source_of(named)) is None:
            yield flaw("no_passage", passage=named)


def source_of(passage_id: str) -> str:
    """Return the report a passage belongs to by its id; that of a record of a table is its own.

    >>> source_of("a.txt:120-240"), source_of("riz-7")
    ('a.txt', 'riz-7')
    """
    return re.sub(r":\d+-\d+\Z", "", passage_id)


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"
