"""What people say of answers: kept as lines on disk, and made a question set of."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from eval.questions import Gold, Question
from rag.contract import answer_object
from rag.errors import NotStored
from rag.records import Answer, Turn, Verdict
from rag.retrieve import Filters

Judgement = Literal["good", "wrong", "source_wrong", "should_refuse"]
"""Of a refusal, « good » says that it was right to refuse, « wrong » that it was not."""

_PROVED: tuple[Verdict, ...] = ("verbatim", "supported")

LONGEST_COMMENT = 2000
"""Characters kept of a comment."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of one answer, with all that is needed to ask the question again."""

    question: str
    verdict: Judgement
    answer: Mapping[str, Any]
    """What `ask --json` prints."""
    comment: str = ""
    short: tuple[str, ...] = ()
    """The short answers that were marked: a number, a date, a name."""
    filters: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Turn, ...] = ()
    when: str = ""
    """An ISO time, UTC."""

    @classmethod
    def on(
        cls,
        answer: Answer,
        verdict: Judgement,
        *,
        comment: str = "",
        filters: Filters | None = None,
        history: Sequence[Turn] = (),
    ) -> Self:
        """Return what is said now of `answer`, asked after `history` and under `filters`."""
        marked = [(one.text, one.short) for one in answer.statements if one.verdict in _PROVED]
        names = Filters.__dataclass_fields__
        given = {name: getattr(filters, name) for name in names} if filters else {}
        return cls(
            question=answer.question,
            verdict=verdict,
            answer=answer_object(answer),
            comment=comment.strip()[:LONGEST_COMMENT],
            short=tuple(dict.fromkeys(text[slice(*short)] for text, short in marked if short)),
            filters={name: str(value) for name, value in given.items() if value},
            history=tuple(history),
            when=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @property
    def id(self) -> str:
        """The same for all that is said of one question after the same turns and filters."""
        turns = [[turn.role, turn.content] for turn in self.history]
        asked = json.dumps([self.question, turns, dict(self.filters)], sort_keys=True)
        return f"feedback-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"


class Said(NamedTuple):
    """What a file of feedback holds."""

    feedback: tuple[Feedback, ...]
    unread: tuple[int, ...]
    """Numbers of the lines that hold none, from 1 on: cut short, or spoilt."""


_FEEDBACK = TypeAdapter(Feedback)


def keep(path: Path, feedback: Feedback) -> None:
    """Add a line to the file, in one write; other processes may do so at the same time.

    :raises NotStored: it cannot be written; what was said before is kept.
    """
    line = _FEEDBACK.dump_json(feedback) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"), path.open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = b"\n" * (file.read(1) != b"\n") + line  # a line that was cut stays alone
            file.write(line)
    except OSError as error:
        mend = "Make room there, and send it again."
        raise NotStored(str(path), error.strerror or str(error), mend) from None


def said(path: Path) -> Said:
    """Return what was kept, in order; a line that cannot be read is counted, and passed over.

    :raises NotStored: the file is there and cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return Said((), ())
    except OSError as error:
        mend = "Mend that, and try again."
        raise NotStored(str(path), error.strerror or str(error), mend) from None
    found, unread = [], []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(_FEEDBACK.validate_json(line))
        except ValidationError:
            unread.append(number)
    return Said(tuple(found), tuple(unread))


def question_set(path: Path) -> list[str]:
    """Return the lines of a question set, one for each question something was said of.

    Of two that were said of one question, the later counts. What was asked under filters, which a
    set cannot name, is a draft: a person decides whether it holds for the whole archive.

    :raises NotStored: the file is there and cannot be read.
    """
    last = {one.id: one for one in said(path).feedback}
    return [json.dumps(_question(one).as_row(), ensure_ascii=False) for one in last.values()]


def _question(one: Feedback) -> Question:
    refused = bool(one.answer.get("refused"))
    good = one.verdict == "good"
    answerable = not (one.verdict == "should_refuse" or (good and refused))
    labelled = good and not refused
    # Between two bars a set would read alternatives.
    facts = tuple(text for text in one.short if labelled and text.strip() and "|" not in text)
    return Question(
        id=one.id,
        question=one.question,
        answerable=answerable,
        language=str(one.answer.get("language") or "fr"),
        kind=one.verdict,
        answers=facts,
        must_mention=facts,
        gold=tuple(_gold(one.answer)) if labelled else (),
        history=one.history,
        draft=bool(one.filters),
        comment=one.comment,
    )


def _gold(answer: Mapping[str, Any]) -> list[Gold]:
    """Return the quotes of what was proved: a browser may have kept others, or been given them."""
    proved = {
        number
        for statement in answer.get("statements", ())
        if statement["verdict"] in _PROVED
        for number in statement["citations"]
    }
    cited = (one for one in answer.get("citations", ()) if one["number"] in proved)
    quotes = ((one["source"], one["quote"]) for one in cited)
    return [Gold(source, quote) for source, quote in dict.fromkeys(quotes) if quote.strip()]
