"""Statement x cited words -> verdict: the same check for quoted and for generated text.

``verbatim``: the statement is its quotes but for white space. ``supported``: nothing it claims is
missing from them or contradicts them. ``partial``: most of it is there, and what is not is named.
``unsupported``: the quotes say otherwise, say hardly any of it, or are not in their report.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rag.claims import claims, joined
from rag.claims.records import Claims
from rag.claims.tokens import is_known
from rag.findings import Finding
from rag.glossary import LANGUAGES
from rag.proof.rules import findings
from rag.records import Citation, Verdict
from rag.words import language_of, language_to_compare

LONGEST = 2_000
"""Characters of a statement, and of its quotes together ten times as many: a statement is a
sentence. What is longer is compared word for word only."""

_MOST = 0.5
"""Share of the statement's words that a partial one must have in its quotes."""


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on a statement, and what was found wrong with it."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()


def verdict(statement: str, citations: Sequence[Citation]) -> Verdict:
    """Return the verdict of `checked` alone."""
    return checked(statement, citations).verdict


def checked(statement: str, citations: Sequence[Citation]) -> Check:
    """Compare `statement` with its quotes.

    A quote counts only if it is the slice of its passage that it says it is (law 3); one that is
    not makes the statement unsupported, whatever the others prove. A paraphrase that cannot be
    proved is not waved through.
    """
    if not all(map(_is_slice, citations)):
        return Check("unsupported", (Finding("quote", statement),))
    if not citations:
        return Check("unsupported")
    quoted = "".join(citation.quote.text for citation in citations)
    if _ink(statement) == _ink(quoted):
        return Check("verbatim")
    if len(statement) > LONGEST or len(quoted) > 10 * LONGEST:
        return Check("unsupported")
    mine = claims(statement, _language(statement), citations[0].passage.date)
    found = tuple(findings(mine, joined([_quoted(citation) for citation in citations])))
    return Check(_verdict(mine, found), found)


def _language(statement: str) -> str:
    """Return the language that most words of the statement are known in.

    That of a question, by its function words alone, takes « Bui Thanh Son remains » for French.
    """
    likely = language_of(statement)
    lower = [word.lower() for word in _WORD.findall(unicodedata.normalize("NFC", statement))]
    known = {
        language: sum(is_known(lower, at, language) for at in range(len(lower)))
        for language in LANGUAGES
    }
    return max(LANGUAGES, key=lambda language: (known[language], language == likely))


_WORD = re.compile(r"[^\W\d_]+")


def _quoted(citation: Citation) -> Claims:
    passage, text = citation.passage, citation.quote.text
    return claims(text, language_to_compare(passage.language, text), passage.date)


def _verdict(statement: Claims, found: Sequence[Finding]) -> Verdict:
    said = [word for word in statement.words if word.kind != "small"]
    if not said or any(one.contradicts for one in found):
        return "unsupported"
    if not found:
        return "supported"
    missing = sum(len(one.said.split()) for one in found)
    whole = sum(len(word.said.split()) for word in said)
    return "partial" if missing <= whole * (1 - _MOST) else "unsupported"


def _is_slice(citation: Citation) -> bool:
    passage, quote = citation.passage, citation.quote
    start = quote.start - passage.start
    return (
        quote.source == passage.source
        and start >= 0
        and passage.text[start : start + len(quote.text)] == quote.text
    )


def _ink(text: str) -> str:
    """The text without any white space: reports lose and gain spaces when they are copied.

    Composed, for « é » is one letter whether it is written as one sign or as two.
    """
    return unicodedata.normalize("NFC", "".join(text.split()))
