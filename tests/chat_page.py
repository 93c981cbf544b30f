"""A stand-in for the assistant behind the page, and what a person does there.

`StandIn` is not the product's assistant: it finds the sentences that share most words with the
question in a hand-made archive of two reports. It is honest (what it quotes stands in the report
at that place), so that the page can be tested before and without any model.
"""

import contextlib
import gc
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from rag.metadata import Entry
from rag.records import (
    Answer,
    Citation,
    Document,
    Passage,
    Problem,
    Quote,
    ScoredPassage,
    Sought,
    Span,
    Statement,
    Turn,
)
from rag.retrieve import Filters
from ui.page import Behind
from ui.serve import Served, serve

EXAMPLES = ["Combien de bornes frontalières ont été posées ?"]


# --- a stand-in for the assistant ------------------------------------------------------------


def report(source: str, title: str, date: str | None, *paragraphs: str) -> Document:
    text = f"{title}\n\n" + "\n".join(paragraphs)
    split = len(title) + 2
    spans = (Span(0, split, "headline"), Span(split, len(text), "body"))
    return Document(source=source, text=text, title=title, date=date, spans=spans)


ARCHIVE = [
    report(
        "2024/bornage.txt",
        "Vietnam et Cambodge avancent dans le bornage de leur frontière",
        "2024-01",
        "Phnom Penh - Les deux pays ont posé 315 bornes frontalières sur 371 prévues. "
        "Il reste à borner 16 % de la frontière terrestre.",
        "La prochaine réunion du comité mixte se tiendra à Hanoï. "
        "Les experts des deux pays se retrouveront au printemps.",
    ),
    report(
        "2021/echanges.txt",
        "Le commerce bilatéral progresse malgré l'épidémie",
        "2021-09-01",
        "Hanoï - Le commerce entre le Vietnam et le Cambodge a atteint 6,1 milliards de dollars "
        "en huit mois. La hausse est de 84 % sur un an.",
    ),
]

HOSTILE_WORDS = "<script>hacked=1</script><img src=x onerror=hacked=1>"
MARKDOWN = "*a* _b_ [c](https://example) `d` $$e$$ {{f}} ${g} @children <b>h</b>"
HOSTILE = [
    report(
        "<img src=x onerror=hacked=1>.txt",
        HOSTILE_WORDS,
        None,
        f"Le piège contient {HOSTILE_WORDS} et {MARKDOWN} à la fois.",
    )
]


class StandIn:
    """Quotes the two sentences that share most words with the question, or refuses."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = list(documents)
        self.heard: list[tuple[str, list[Turn]]] = []
        self.failure: Exception | None = None
        self.hold: threading.Event | None = None
        self.hold_suggestions: threading.Event | None = None
        self.filters: Filters | None = None
        self.suggested_within: Filters | None = None
        self.feedback = Path(tempfile.mkdtemp()) / "feedback.jsonl"

    def entries(self) -> list[Entry]:
        return [
            Entry(one.source, one.title, one.date, None, None, None, "fr", None, 1, (), None)
            for one in self.documents
        ]

    def document(self, source: str) -> Document | None:
        return next((found for found in self.documents if found.source == source), None)

    def failures(self) -> list[Problem]:
        return []

    def search(
        self, question: str, *, top: int = 20, filters: Filters | None = None
    ) -> list[ScoredPassage]:
        self.filters = filters
        found = [passage for passage, _, _ in self._found(question)]
        return [ScoredPassage(passage, 0.5, 0.5) for passage in found][:top]

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Answer:
        *_, last = self.stream(question, history=history, filters=filters)
        return last

    def suggestions(self, answer: Answer, *, filters: Filters | None = None) -> list[str]:
        self.suggested_within = filters
        if self.hold_suggestions:
            self.hold_suggestions.wait(20)
        return [] if answer.refused else [UNKNOWN]

    def less(self, question: str, history: Sequence[Turn], thing: str) -> str:
        asked = [turn.content for turn in history] + [question]
        return asked[-1].replace(f" {thing}", "")

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[Answer]:
        self.heard.append((question, list(history)))
        self.filters = filters
        if self.failure is not None:
            raise self.failure
        citations = [
            Citation(number, passage, Quote(passage.source, start, words))
            for number, (passage, start, words) in enumerate(self._found(question), 1)
        ]
        if not citations:
            yield self._refusal(question)
            return
        for length in range(1, len(citations) + 1):
            yield Answer(
                question=question,
                language="fr",
                statements=tuple(
                    Statement(citation.quote.text, (citation.number,), "verbatim")
                    for citation in citations[:length]
                ),
                citations=tuple(citations[:length]),
                sought=tuple(Sought("name", name) for name in _named(question)),
            )
            if self.hold is not None and length == 1:
                self.hold.wait(10)

    def _found(self, question: str) -> list[tuple[Passage, int, str]]:
        asked = set(re.findall(r"\w{5,}", question.lower()))
        scored = []
        for document in self.documents:
            passage = body(document)
            for sentence in re.finditer(r"[^.\n]+\.", passage.text):
                words = sentence.group().strip()
                shared = len(asked & set(re.findall(r"\w{5,}", words.lower())))
                start = passage.start + sentence.start() + sentence.group().index(words)
                if shared:
                    scored.append((-shared, start, passage, words))
        scored.sort(key=lambda each: each[:2])
        return [(passage, start, words) for _, start, passage, words in scored[:2]]

    def _refusal(self, question: str) -> Answer:
        nearest = tuple(ScoredPassage(body(document), 0.5, 0.5) for document in self.documents)
        return Answer(
            question, "fr", passages=nearest, refused=True, reason=f"Rien n'est dit de : {question}"
        )


def _named(question: str) -> list[str]:
    return [name for name in ("Vietnam", "Cambodge") if name in question]


def body(document: Document) -> Passage:
    span = document.spans[-1]
    return Passage(
        document.source,
        span.start,
        document.text[span.start : span.end],
        title=document.title,
        date=document.date,
    )


BORDER = "Combien de bornes frontalières ont été posées ?"
TRADE = "Quel commerce bilatéral entre le Vietnam et le Cambodge ?"
BOTH = "Combien de bornes frontalières, et où se tiendra la prochaine réunion du comité ?"
UNKNOWN = "Quelle est la population de Luang Prabang ?"


@contextlib.contextmanager
def served(documents: Sequence[Document]) -> Iterator[tuple[StandIn, Served]]:
    assistant = StandIn(documents)
    behind = Behind(assistant, feedback=assistant.feedback, examples=EXAMPLES)
    with serve(behind, host="127.0.0.1", port=0, say=lambda _: None, block=False) as chat:
        yield assistant, chat
    shutil.rmtree(assistant.feedback.parent)
    # What Gradio left open is collected here, where it is known to be Gradio's.
    gc.collect()


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter, and wait until its answer is complete."""
    asked = page.locator(".question").count()
    page.get_by_label("Votre question").fill(question)
    page.get_by_label("Votre question").press("Enter")
    expect(page.locator(".question")).to_have_count(asked + 1)
    expect(page.locator(".searching")).to_have_count(0)
    page.locator(".group details.report, .trouble").first.wait_for(state="attached")
    expect(page.locator("#question").get_by_role("button", name="Demander")).to_be_visible()


def top_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]
