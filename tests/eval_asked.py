"""A stand-in for the assistant that a run asks, and questions for it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.records import Answer, Citation, Document, Passage, Quote, ScoredPassage, Statement, Turn

SAID = "Le pont mesure 412 mètres."
REPORT = Document("a.txt", f"Un pont\n\n{SAID}", title="Un pont", date="2024-01")
PASSAGE = Passage("a.txt", 9, SAID, title="Un pont", date="2024-01")
HOSTILE = "<img src=x onerror=hacked=1> ${hacked=1} **b**"


@dataclass
class StandIn:
    """Says how long the bridge is to whoever asks of a bridge, and refuses all else."""

    failure: Exception | None = None
    gate: threading.Semaphore | None = None
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:  # noqa: ARG002
        self.asked.append(question)
        if self.gate:
            self.gate.acquire(timeout=10)
        if self.failure:
            raise self.failure
        found = (ScoredPassage(PASSAGE, 0.9, 0.9),)
        if "pont" not in question:
            return Answer(question, "fr", passages=found, refused=True, reason="Rien n’en est dit.")
        return Answer(
            question,
            "fr",
            statements=(Statement(SAID, (1,), "verbatim"),),
            citations=(Citation(1, PASSAGE, Quote("a.txt", 9, SAID)),),
            passages=found,
        )

    def document(self, source: str) -> Document | None:
        return REPORT if source == "a.txt" else None

    def identity(self) -> dict[str, str]:
        return {"model": "words", "reports": "abc"}

    def warm(self) -> None:
        """There is nothing to load."""


def row(name: str, question: str, *must: str, answerable: bool = True) -> dict[str, object]:
    return {
        "id": name,
        "question": question,
        "answerable": answerable,
        "lang": "fr",
        "kind": "number",
        "must_mention": list(must),
    }


ROWS = [
    row("q1", "Combien mesure le pont ?", "412"),
    row("q2", "Combien pèse le pont ?", answerable=False),
    row("q3", f"Qui préside {HOSTILE} ?", "Dara"),
]
