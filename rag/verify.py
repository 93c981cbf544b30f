"""Statement x cited words -> verdict: the same check for quoted and for generated text."""

from collections.abc import Sequence

from rag.records import Quote, Verdict


def verdict(statement: str, quotes: Sequence[Quote]) -> Verdict:
    """Return ``verbatim`` if the statement is its quotes but for white space, else ``unsupported``.

    Whatever is not word for word is unsupported for now: a check that cannot prove a paraphrase
    must not wave it through.
    """
    quoted = "".join(quote.text for quote in quotes)
    return "verbatim" if quotes and _ink(statement) == _ink(quoted) else "unsupported"


def _ink(text: str) -> str:
    """The text without any white space: reports lose and gain spaces when they are copied."""
    return "".join(text.split())
