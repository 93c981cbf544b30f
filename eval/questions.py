"""Questions, as the lines of a question set lay them down (DESIGN.md)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eval.flaws import Flawed
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
    comment: str = ""
    """What a person said of an answer to it: shown with a failure, and never asked."""

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

    :raises Flawed: it holds none; the message says what is wrong with it.
    """
    if not isinstance(row, dict):
        raise Flawed("no_object")
    for name, kind, flaw in (("question", str, "no_text"), ("answerable", bool, "no_truth")):
        if not isinstance(row.get(name), kind):
            raise Flawed(flaw if name in row else "missing", field=name)
    if not isinstance(row.get("id"), str | int) or not str(row["id"]).strip():
        raise Flawed("no_id") if "id" in row else Flawed("missing", field="id")
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
        comment=_text(row, "comment"),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | None):
        raise Flawed("no_text", field=name)
    return value or ""


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name)
    if not isinstance(values, list | None) or not all(isinstance(v, str) for v in values or ()):
        raise Flawed("no_texts", field=name)
    return tuple(values or ())


def _pairs(row: Mapping[str, Any], name: str, one: str, other: str) -> list[tuple[Any, Any]]:
    values = row.get(name)
    if not isinstance(values, list | None):
        raise Flawed("no_list", field=name)
    pairs = [
        (v.get(one), v.get(other)) if isinstance(v, dict) else (None, None) for v in values or ()
    ]
    if name == "history" and not all(role in ("user", "assistant") for role, _ in pairs):
        raise Flawed("no_role")
    for first, second in pairs:
        if not (isinstance(first, str) and isinstance(second, str) and second.strip()):
            raise Flawed("incomplete", field=name, one=one, other=other)
    return pairs
