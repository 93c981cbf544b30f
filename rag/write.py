"""The quoting writer: the one to three sentences that answer, word for word."""

from collections.abc import Iterator, Sequence

from rag.records import Citation, Quote
from rag.relevance import Candidate
from rag.searched import stems

LONGEST_ANSWER = 3
GAP = 0.12
"""How far below the best sentence another may score and still be quoted."""

_SAME = 0.6
"""Share of common words from which two sentences tell the same."""


def quoted(candidates: Sequence[Candidate]) -> Iterator[tuple[str, Citation]]:
    """Yield the sentences of an answer, each with its citation; `candidates` come best first."""
    for number, candidate in enumerate(_chosen(candidates), start=1):
        text = " ".join(candidate.quote.text.split())
        yield text, Citation(number, candidate.passage, candidate.quote)


def _chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    chosen: list[Candidate] = []
    for candidate in candidates:
        if candidate.score < candidates[0].score - GAP or len(chosen) == LONGEST_ANSWER:
            break
        if not any(_same(candidate.quote, other.quote) for other in chosen):
            chosen.append(candidate)
    return chosen


def _same(one: Quote, other: Quote) -> bool:
    """Jaccard similarity of the words: reprints and headlines say a thing twice."""
    ones, others = stems(one.text, "fr"), stems(other.text, "fr")
    return len(ones & others) > _SAME * len(ones | others)
