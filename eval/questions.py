"""Questions, as the lines of a question set lay them down (DESIGN.md)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rag.records import Turn
from rag.words import language_of


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
    answers: tuple[str, ...] = ()
    must_mention: tuple[str, ...] = ()
    must_not_mention: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    gold_passage_ids: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    draft: bool = False
    """Proposed by the program, and not yet looked at by a person."""

    @property
    def is_labelled(self) -> bool:
        return bool(self.gold or self.gold_passage_ids)

    def as_row(self) -> dict[str, Any]:
        """Return the line of a set that it stands for, without what says nothing."""
        row: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # lists, not tuples
        row["lang"] = row.pop("language")
        return {name: value for name, value in row.items() if value or name in REQUIRED}


REQUIRED = ("id", "question", "answerable")
FIELDS = {field for field in Question.__dataclass_fields__ if field != "language"} | {"lang"}

_TEXTS = ("answers", "must_mention", "must_not_mention", "gold_passage_ids")


def question_of(row: Mapping[str, Any]) -> Question:
    """Return the question that a line of a set holds.

    :raises ValueError: it holds none; the message says what is wrong with it.
    """
    if not isinstance(row, dict):
        raise ValueError("the line holds no object")
    for name, kind, called in (("question", str, "text"), ("answerable", bool, "true or false")):
        if not isinstance(row.get(name), kind):
            raise ValueError(f"{name} is not {called}" if name in row else f"{name} is missing")
    if not isinstance(row.get("id"), str | int) or not str(row["id"]).strip():
        raise ValueError("id is missing" if "id" not in row else "id is neither text nor a number")
    return Question(
        id=str(row["id"]),
        question=row["question"],
        answerable=row["answerable"],
        language=_text(row, "lang") or language_of(row["question"]),
        kind=_text(row, "kind"),
        **{name: _texts(row, name) for name in _TEXTS},
        gold=tuple(Gold(*pair) for pair in _pairs(row, "gold", "source", "quote")),
        history=tuple(Turn(*pair) for pair in _pairs(row, "history", "role", "content")),
        draft=row.get("draft") is True,
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | None):
        raise ValueError(f"{name} is not text")
    return value or ""


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name)
    if not isinstance(values, list | None) or not all(isinstance(v, str) for v in values or ()):
        raise ValueError(f"{name} is no list of texts")
    return tuple(values or ())


def _pairs(row: Mapping[str, Any], name: str, one: str, other: str) -> list[tuple[Any, Any]]:
    values = row.get(name)
    if not isinstance(values, list | None):
        raise ValueError(f"{name} is no list")
    pairs = [
        (v.get(one), v.get(other)) if isinstance(v, dict) else (None, None) for v in values or ()
    ]
    if name == "history" and not all(role in ("user", "assistant") for role, _ in pairs):
        raise ValueError("an element of history has another role than user and assistant")
    for first, second in pairs:
        if not (isinstance(first, str) and isinstance(second, str) and second.strip()):
            raise ValueError(f"an element of {name} has no {one} or no {other}")
    return pairs
