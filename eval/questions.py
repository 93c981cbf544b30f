"""Question sets: one JSON object a line, as DESIGN.md lays them down."""

import json
import re
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
        lines = path.read_text(encoding="utf-8-sig").split("\n")
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
    if not isinstance(row["question"], str):
        raise TypeError("question is no text")
    for name in ("must_mention", "must_not_mention"):
        if not isinstance(row.get(name, []), list):
            raise TypeError(f"{name} is no list")
    if not all(gold["quote"].strip() for gold in row.get("gold", ())):
        raise ValueError("a gold quote is empty")
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

    A number counts only as a number of its own: « 16 » is not in « 2016 », « 16,5 » or « 16 000 ».
    """
    said = _plain(text)
    return any(_occurs(_plain(choice), said) for choice in wanted.split("|"))


_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:[ .]\d{3})+(?!\d)")


def _plain(text: str) -> str:
    """The text folded, white space single, thousands closed up."""
    folded = " ".join(fold(text).split())
    return _THOUSANDS.sub(lambda m: re.sub(r"[ .]", "", m[0]), folded)


def _occurs(wanted: str, said: str) -> bool:
    if not wanted:
        return False
    before = r"(?<!\d)(?<!\d[.,])" if wanted[0].isdigit() else ""
    after = r"(?![.,]?\d)" if wanted[-1].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, said) is not None
