"""One question with what was answered, as a run keeps it and every measure reads it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eval.questions import Question, question_of
from rag.contract import answer_object, passage_object
from rag.records import Answer, Document


class Place(NamedTuple):
    """A stretch of a report, in characters from its beginning."""

    source: str
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        return self.source == other.source and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Record:
    """What a run says of a question: all that measures need, and nothing but JSON."""

    question: Question
    answer: Mapping[str, Any]
    """What `ask --json` prints."""
    passages: Sequence[Mapping[str, Any]]
    """What `search --json` prints, the first twenty."""
    gold: tuple[tuple[Place, ...], ...] = ()
    """Of each gold quote, every place where it stands."""
    quotes_found: tuple[bool, ...] = ()
    """Of each citation, whether its quote stands in the report where it says."""

    @property
    def id(self) -> str:
        return self.question.id

    @property
    def refused(self) -> bool:
        return bool(self.answer["refused"])

    @property
    def ms(self) -> int:
        return int(sum(self.answer["timings"].values()))

    @property
    def said(self) -> str:
        """What a reader sees: the statements, and the title and date beside each citation."""
        beside = (f"{one['title']} {one['date'] or ''}" for one in self.answer["citations"])
        return " ".join([*(one["text"] for one in self.answer["statements"]), *beside])

    @property
    def cited(self) -> list[Place]:
        return [Place(c["source"], c["start"], c["end"]) for c in self.answer["citations"]]

    @property
    def ranking(self) -> list[Place]:
        return [Place(p["source"], p["start"], p["end"]) for p in self.passages]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "answer": self.answer,
            "passages": self.passages,
            "ms": self.ms,
            "question": self.question.as_row(),
            "gold": self.gold,
            "quotes_found": self.quotes_found,
        }


def record_of(
    question: Question, answer: Answer, report: Callable[[str], Document | None]
) -> Record:
    """Return the record of an answer; `report` gives the report known by a source."""
    return Record(
        question,
        answer_object(answer),
        [passage_object(scored) for scored in answer.passages],
        gold=tuple(tuple(_places(g.quote, report(g.source))) for g in question.gold),
        quotes_found=tuple(
            _stands(citation.quote.text, citation.quote.start, report(citation.quote.source))
            for citation in answer.citations
        ),
    )


def record_from(row: Mapping[str, Any]) -> Record:
    """Return the record that a run keeps as `row`."""
    return Record(
        question_of(row["question"]),
        row["answer"],
        row["passages"],
        gold=tuple(tuple(Place(*place) for place in places) for places in row["gold"]),
        quotes_found=tuple(row["quotes_found"]),
    )


def _places(quote: str, document: Document | None) -> Iterator[Place]:
    start = document.text.find(quote) if document else -1
    while document and start >= 0:
        yield Place(document.source, start, start + len(quote))
        start = document.text.find(quote, start + 1)


def _stands(quote: str, start: int, document: Document | None) -> bool:
    return document is not None and document.text[start : start + len(quote)] == quote
