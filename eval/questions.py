"""Question sets: one JSON object a line, as DESIGN.md lays them down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import BadRequest
from rag.records import Turn
from rag.words import fold, language_of


@dataclass(frozen=True, slots=True)
class Gold:
    """Words of a report that answer. Named by source and words, they outlive any splitting."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    question: str
    answerable: bool
    language: str
    kind: str = ""
    must_mention: tuple[str, ...] = ()
    must_not_mention: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    history: tuple[Turn, ...] = field(default=())


def read_questions(path: Path) -> list[Question]:
    """Return the questions of a set.

    :raises BadRequest: it cannot be read, or a line of it is no question; the line is named.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(
            f"The question set {str(path)!r} cannot be read ({error}). Name a .jsonl file: "
            "`sourcier eval FILE`."
        ) from None
    questions = list(_parsed(lines, path))
    repeated = {q.id for q in questions if [other.id for other in questions].count(q.id) > 1}
    if repeated:
        raise BadRequest(f"{path}: the id {min(repeated)!r} stands twice. Give it another.")
    if not questions:
        raise BadRequest(f"{path} holds no question. Write one JSON object a line.")
    return questions


def _parsed(lines: list[str], path: Path) -> Iterator[Question]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _question(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise BadRequest(
                f"{path}, line {number} is no question ({type(error).__name__}: {error}). Required "
                "are id, question and answerable; mend the line and run it again."
            ) from None


def _question(row: dict[str, Any]) -> Question:
    if not isinstance(row["answerable"], bool):
        raise TypeError("answerable is neither true nor false")
    return Question(
        id=str(row["id"]),
        question=row["question"],
        answerable=row["answerable"],
        language=row.get("lang") or language_of(row["question"]),
        kind=row.get("kind", ""),
        must_mention=tuple(row.get("must_mention", ())),
        must_not_mention=tuple(row.get("must_not_mention", ())),
        gold=tuple(Gold(gold["source"], gold["quote"]) for gold in row.get("gold", ())),
        history=tuple(Turn(turn["role"], turn["content"]) for turn in row.get("history", ())),
    )


def mentions(text: str, wanted: str) -> bool:
    """Whether `text` says `wanted` (« a|b »: either), case and accents aside.

    A number counts only as a number of its own: « 16 » is not in « 2016 » nor in « 16,5 ».
    """
    said = " ".join(fold(text).split())
    return any(_occurs(" ".join(fold(choice).split()), said) for choice in wanted.split("|"))


def _occurs(wanted: str, said: str) -> bool:
    start = said.find(wanted)
    while wanted and start >= 0:
        end = start + len(wanted)
        before = said[:start][-2:]
        after = said[end:][:2]
        inside = (wanted[0].isdigit() and _goes_on(before[::-1])) or (
            wanted[-1].isdigit() and _goes_on(after)
        )
        if not inside:
            return True
        start = said.find(wanted, start + 1)
    return False


def _goes_on(beside: str) -> bool:
    """Whether a number goes on in `beside`: a digit, or a decimal mark and a digit."""
    return beside[:1].isdigit() or (beside[:1] in (",", ".") and beside[1:].isdigit())
