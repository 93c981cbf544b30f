"""Statement x cited words -> verdict: the same check for quoted and for generated text."""

from collections.abc import Sequence

from rag.records import Citation, Verdict


def verdict(statement: str, citations: Sequence[Citation]) -> Verdict:
    """Return ``verbatim`` if the statement is its quotes but for white space, else ``unsupported``.

    A quote counts only if it is the slice of its passage that it says it is (law 3). Whatever is
    not word for word is unsupported for now: a check that cannot prove a paraphrase must not wave
    it through.
    """
    quoted = "".join(citation.quote.text for citation in citations)
    proven = citations and all(map(_is_slice, citations))
    return "verbatim" if proven and _ink(statement) == _ink(quoted) else "unsupported"


def _is_slice(citation: Citation) -> bool:
    passage, quote = citation.passage, citation.quote
    start = quote.start - passage.start
    return (
        quote.source == passage.source
        and start >= 0
        and passage.text[start : start + len(quote.text)] == quote.text
    )


def _ink(text: str) -> str:
    """The text without any white space: reports lose and gain spaces when they are copied."""
    return "".join(text.split())
