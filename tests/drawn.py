"""Records that views are drawn from in tests, and what a drawing shows."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from rag.records import (
    Answer,
    Citation,
    Document,
    Passage,
    Quote,
    ScoredPassage,
    Span,
    Statement,
    Verdict,
)
from ui.words import Words

FR = Words("fr")
TEXT = "Titre\n\nLe pont est ouvert. Il mesure 300 mètres.\nIl a coûté cher."
REPORT = Document(
    source="pont.txt",
    text=TEXT,
    title="Titre",
    date="2024-01",
    spans=(Span(0, 7, "headline"), Span(7, len(TEXT), "body")),
)
PASSAGE = Passage("pont.txt", 7, TEXT[7:], title="Titre", date="2024-01")
QUOTE = Quote("pont.txt", TEXT.index("Il mesure"), "Il mesure 300 mètres.")


def answered(
    verdict: Verdict = "verbatim", *, title: str = "Titre", remarks: Sequence[str] = ()
) -> Answer:
    passage = Passage("pont.txt", 7, TEXT[7:], title=title, date="2024-01")
    return Answer(
        question="Quelle longueur ?",
        language="fr",
        statements=(Statement(QUOTE.text, (1,), verdict),),
        citations=(Citation(1, passage, QUOTE),),
        remarks=tuple(remarks),
    )


def refused(passages: int = 1) -> Answer:
    return Answer(
        question="Qui ?",
        language="fr",
        passages=tuple(
            ScoredPassage(replace(PASSAGE, source=f"{number}.txt"), 0.5, 0.5)
            for number in range(passages)
        ),
        refused=True,
        reason="Rien sur ce point.",
    )


def visible(markup: str) -> str:
    """Return what the markup shows, tags taken away and references resolved."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))
