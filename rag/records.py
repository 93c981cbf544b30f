"""The records every other module speaks in: frozen, slotted, standard library only.

A derived value is a property, never a field that somebody must keep in step.
Offsets are counted in characters (code points) from the start of ``Document.text``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "header", "headline", "caption", "dateline", "body", "sign-off", "teaser", "boilerplate"
]
"""What a span of a report is. ``header`` is bookkeeping such as ``date 2024-01``, ``boilerplate``
what the page around a report says: menus, share buttons, cookie notices, running heads."""

SEARCHED: frozenset[str] = frozenset({"caption", "body", "teaser"})
"""Kinds that can answer a question; the others are kept, shown, and not searched.

A headline is not among them: it goes with every passage below it, and proves nothing by itself."""

_MARKER = re.compile(r"\[(\s*\d[\s\d,;–-]*)\]")

PAGE_BREAK = "\f"
"""Begins a page in the text of a document (the form feed, as pdftotext writes it)."""

Precision = Literal["day", "month", "year", "unknown"]
DateOrigin = Literal["header", "dateline", "metadata", "file name"]
Verdict = Literal["verbatim", "supported", "partial", "unsupported"]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of a document: ``document.text[start:end]`` is a ``kind``.

    ``title`` is that of a teaser, a small report of its own; every other span has none.
    """

    start: int
    end: int
    kind: Kind
    title: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Words that say when something happens: from ``first`` to ``last``, ISO days, both included.

    They are ``document.text[start:end]``: « le 28 janvier », « les huit premiers mois de 2021 ».
    """

    start: int
    end: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Document:
    """One report. ``text`` is exactly what the reader got out of the file (law 1).

    ``spans``, once `rag.clean.labelled` has set them, are in order and tile the text.
    ``date`` is when it was published, ISO 8601 cut to what is known: ``2024-01-28``, ``2024-01``,
    ``2024`` or None; ``date_from`` says where that was found. ``agency`` is who published it: a
    news agency, a site.
    """

    source: str
    text: str
    title: str = ""
    date: str | None = None
    date_from: DateOrigin | None = None
    place: str | None = None
    agency: str | None = None
    language: str | None = None
    url: str | None = None
    spans: tuple[Span, ...] = ()
    moments: tuple[Moment, ...] = ()

    @property
    def date_precision(self) -> Precision:
        return precision_of(self.date)


def precision_of(date: str | None) -> Precision:
    """Return how exactly an ISO date, whole or cut short, names its day."""
    lengths: dict[int, Precision] = {10: "day", 7: "month", 4: "year"}
    return lengths[len(date)] if date else "unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """What became of a file, or of a part of one, that is not indexed as it stands.

    ``failed``: it should have been a report. ``skipped``: it is none. ``noted``: it is indexed, and
    something about it is to be known.
    """

    source: str
    reason: str
    grade: Literal["failed", "skipped", "noted"] = "failed"


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: ``document.text[start:end] == text`` (law 2).

    ``title`` and ``date`` are its report's; of a teaser, which tells of another report, its own
    title and no date. ``page`` is that of its first word, None where the report has no pages.
    """

    source: str
    start: int
    text: str
    kind: Kind = "body"
    title: str = ""
    date: str | None = None
    language: str | None = None
    page: int | None = None
    moments: tuple[Moment, ...] = ()

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def heading(self) -> str:
        """What goes with the passage where it is embedded and compared; nothing with a teaser.

        The words of its report's title are no words of a teaser's, and its own begin its text.
        """
        if self.kind == "teaser":
            return ""
        return f"{self.title} ({self.date})" if self.date else self.title

    @property
    def id(self) -> str:
        return f"{self.source}:{self.start}-{self.end}"

    def contains(self, other: "Passage") -> bool:
        same = self.source == other.source
        return same and self.start <= other.start and other.end <= self.end


def source_of(passage_id: str) -> str:
    """Return the source of the report that the passage known by this id is from."""
    return passage_id.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage at its place in a ranking; ``score`` means nothing outside that ranking."""

    passage: Passage
    score: float
    cosine: float
    """Of its vector with the question's."""
    by_vector: int | None = None
    """Its rank, from 1, among the passages found by their vectors; None if it was not."""
    by_words: int | None = None
    """The same of those found in the word index."""


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

    @property
    def page(self) -> int | None:
        """The page on which the quote begins, None where the report has no pages."""
        if self.passage.page is None:
            return None
        before = self.passage.text[: self.quote.start - self.passage.start]
        return self.passage.page + before.lstrip().count(PAGE_BREAK)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer, the numbers of its citations, and what the check said of it.

    ``text[short[0] : short[1]]`` is the number, date, name … that the question asks for, where it
    could be recognised.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    short: tuple[int, int] | None = None
    lacks: tuple[str, ...] = ()
    """What its quotes do not say of it, a sentence each in the answer's language."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one report says where others say otherwise: ``value`` stands in ``quote``."""

    value: str
    passage: Passage
    quote: Quote


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation that came before the question."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Something a question asks about, as it was understood.

    ``first`` and ``last`` are the ISO days of a period, both included; None for the same days of
    any year, and for what is no period.
    """

    kind: Literal["period", "country", "place", "organisation", "role", "name"]
    shown: str
    first: str | None = None
    last: str | None = None


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
    differing: tuple[Told, ...] = ()
    """What reports say otherwise of the thing asked for, newest first; none where they agree."""
    reprints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of a passage's source, all reports that tell the same news in nearly the same words."""
    sought: tuple[Sought, ...] = ()
    """What was recognised in the question and in the turns it leans on."""
    answered: tuple[str, ...] = ()
    """Of a question with several parts, those that are answered; of another, "" if it is."""
    timings: Mapping[str, int] = field(default_factory=dict)

    @property
    def nearest(self) -> tuple[ScoredPassage, ...]:
        """The best passage of each of the three reports nearest to the question.

        Reports of one origin count once. Text comes before captions and teasers, which name the
        persons and places of the question more often than they tell of them.
        """
        by_origin: dict[str, ScoredPassage] = {}
        for scored in sorted(self.passages, key=lambda one: one.passage.kind != "body"):
            source = scored.passage.source
            by_origin.setdefault(self.reprints.get(source, [source])[0], scored)
        return tuple(by_origin.values())[:NEAREST]

    @property
    def text(self) -> str:
        """What a person reads: the statements with their markers, or the refusal.

        What looks like a marker in a report's own words, « [2] », is put in round brackets.
        """
        if self.refused:
            return self.reason or ""
        return " ".join(
            _MARKER.sub(r"(\1)", statement.text)
            + "".join(f" [{number}]" for number in statement.citations)
            for statement in self.statements
        )
