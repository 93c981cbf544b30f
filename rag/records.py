"""The records every other module speaks in: frozen, slotted, standard library only.

A derived value is a property, never a field that somebody must keep in step.
Offsets are counted in characters (code points) from the start of ``Document.text``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["header", "headline", "caption", "dateline", "body", "sign-off", "teaser"]
"""What a span of a report is. ``header`` is bookkeeping such as ``date 2024-01``."""

SEARCHED: frozenset[str] = frozenset({"caption", "body", "teaser"})
"""Kinds that can answer a question; the others are kept, shown, and not searched.

A headline is not among them: it goes with every passage below it, and proves nothing by itself."""

Precision = Literal["day", "month", "year", "unknown"]
Verdict = Literal["verbatim", "supported", "partial", "unsupported"]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of a document: ``document.text[start:end]`` is a ``kind``."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Document:
    """One report. ``text`` is exactly what the reader got out of the file (law 1).

    ``spans``, once `rag.clean.labelled` has set them, are in order and tile the text.
    ``date`` is ISO 8601 cut to what is known: ``2024-01-28``, ``2024-01``, ``2024`` or None.
    """

    source: str
    text: str
    title: str = ""
    date: str | None = None
    place: str | None = None
    agency: str | None = None
    spans: tuple[Span, ...] = ()

    @property
    def date_precision(self) -> Precision:
        return precision_of(self.date)


def precision_of(date: str | None) -> Precision:
    """Return how exactly an ISO date, whole or cut short, names its day."""
    lengths: dict[int, Precision] = {10: "day", 7: "month", 4: "year"}
    return lengths[len(date)] if date else "unknown"


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: ``document.text[start:end] == text`` (law 2)."""

    source: str
    start: int
    text: str
    kind: Kind = "body"
    title: str = ""
    date: str | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def id(self) -> str:
        return f"{self.source}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage at its place in a ranking; ``score`` means nothing outside that ranking."""

    passage: Passage
    score: float
    cosine: float
    """Of its vector with the question's, from which the score was made."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a report: ``document.text[start:end] == text`` (law 3)."""

    source: str
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """The proof of a statement: the quoted words, and the passage they stand in."""

    number: int
    passage: Passage
    quote: Quote


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, the numbers of its citations, and what the check said of it."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation that came before the question."""

    role: Role
    content: str


NEAREST = 3
"""Reports a refusal shows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `rag.answer.Assistant` returns. A streamed answer is a growing series of these."""

    question: str
    language: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[ScoredPassage, ...] = ()
    refused: bool = False
    reason: str | None = None
    remarks: tuple[str, ...] = ()
    timings: Mapping[str, int] = field(default_factory=dict)

    @property
    def nearest(self) -> tuple[ScoredPassage, ...]:
        """The best passage of each of the three reports nearest to the question."""
        by_report: dict[str, ScoredPassage] = {}
        for scored in self.passages:
            by_report.setdefault(scored.passage.source, scored)
        return tuple(by_report.values())[:NEAREST]

    @property
    def text(self) -> str:
        """What a person reads: the statements with their markers, or the refusal."""
        if self.refused:
            return self.reason or ""
        return " ".join(
            statement.text + "".join(f" [{number}]" for number in statement.citations)
            for statement in self.statements
        )
