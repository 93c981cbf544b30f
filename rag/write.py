"""The quoting writer: the one to three sentences that answer, word for word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.records import Citation, Quote, Statement
from rag.relevance import Candidate
from rag.verify import verdict
from rag.words import stems

LONGEST_ANSWER = 3
GAP = 0.12
"""How far below the best sentence another may score and still be quoted."""

_SAME = 0.6
"""Share of common words from which two sentences tell the same."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One more statement, with the citations that are new with it."""

    statement: Statement
    citations: tuple[Citation, ...]


def quoted(candidates: Sequence[Candidate]) -> Iterator[Draft]:
    """Yield the statements of an answer, the best first; `candidates` come best first."""
    for number, candidate in enumerate(_chosen(candidates), start=1):
        citation = Citation(number, candidate.passage, candidate.quote)
        yield Draft(_statement(candidate.quote, number), (citation,))


def _chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    chosen: list[Candidate] = []
    for candidate in candidates:
        if candidate.score < candidates[0].score - GAP or len(chosen) == LONGEST_ANSWER:
            break
        if not any(_same(candidate.quote, other.quote) for other in chosen):
            chosen.append(candidate)
    return chosen


def _statement(quote: Quote, number: int) -> Statement:
    text = " ".join(quote.text.split())
    return Statement(text, (number,), verdict(text, [quote]))


def _same(one: Quote, other: Quote) -> bool:
    """Jaccard similarity of the words: reprints and headlines say a thing twice."""
    ones, others = stems(one.text, "fr"), stems(other.text, "fr")
    return len(ones & others) > _SAME * len(ones | others)
