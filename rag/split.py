"""Document -> Passages that tile it (law 2): joined in order they are the document's text."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from rag.records import PAGE_BREAK, Document, Passage, Span
from rag.sentences import boundaries

TARGET = 800
"""Characters a passage aims at: about 190 tokens of French, the size MODELS were measured at."""

LONGEST = 1600
"""Characters no passage exceeds: French stays below the 512 tokens the default model can read."""

_SHORT_TAIL = 200


def split(document: Document) -> list[Passage]:
    """Return the passages of a labelled document, in order: whole sentences, gathered.

    Each keeps to one span, so a teaser never shares a passage with the body above it.
    """
    spans = document.spans or (Span(0, len(document.text), "body"),)
    breaks = [found.start() for found in re.finditer(PAGE_BREAK, document.text)]
    return [
        _passage(document, breaks, span, start, end)
        for span in spans
        for start, end in _pieces(document.text, span)
    ]


def _passage(
    document: Document, breaks: Sequence[int], span: Span, start: int, end: int
) -> Passage:
    teaser = span.kind == "teaser"
    text = document.text[start:end]
    # Moments and breaks are in order; passages may be many, so none looks through all of them.
    first, after = (
        bisect_left(document.moments, at, key=attrgetter("start")) for at in (start, end)
    )
    word = end - len(text.lstrip())
    return Passage(
        source=document.source,
        start=start,
        text=text,
        kind=span.kind,
        title=span.title if teaser else document.title,
        date=None if teaser else document.date,
        language=document.language,
        page=1 + bisect_left(breaks, word) if breaks else None,
        moments=document.moments[first:after],
    )


def _pieces(text: str, span: Span) -> list[tuple[int, int]]:
    """Gather sentences until the next one would pass the target."""
    pieces: list[tuple[int, int]] = []
    for start, end in _sentences(text, span):
        if pieces and end - pieces[-1][0] <= TARGET:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    # A last line of its own says little: it goes with what it follows.
    if len(pieces) > 1 and pieces[-1][1] - pieces[-1][0] < _SHORT_TAIL:
        start, end = pieces[-2][0], pieces[-1][1]
        if end - start <= LONGEST:
            pieces[-2:] = [(start, end)]
    return pieces


def _sentences(text: str, span: Span) -> Iterator[tuple[int, int]]:
    for first, last in boundaries(text[span.start : span.end]):
        start, end = span.start + first, span.start + last
        while end - start > LONGEST:
            cut = _cut(text, start)
            yield start, cut
            start = cut
        yield start, end


def _cut(text: str, start: int) -> int:
    """Return where to cut a sentence too long for any passage: after its last white space."""
    window = text[start : start + LONGEST]
    for mark in ("\n", "; ", ", ", " "):
        if (at := window.rfind(mark)) > 0:
            return start + at + len(mark)
    return start + LONGEST
