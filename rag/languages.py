"""The language a report is written in."""

from functools import cache
from typing import Any

_ENOUGH = 300
"""Characters looked at: more say nothing new, and cost time."""

_LEAST = 20
"""Letters below which nothing is said."""


def language_of_report(text: str) -> str | None:
    """Return the language as ISO 639-1, None of a text too short to say.

    py3langid (Barbaresi, after Lui and Baldwin's langid.py, ACL 2012) knows 97 languages and is all
    but always right on a paragraph. On a question it is not: see `rag.words.language_of`.
    """
    beginning = text.lstrip()[:_ENOUGH]
    if sum(map(str.isalpha, beginning[: 4 * _LEAST])) < _LEAST:
        return None
    return str(_identifier().classify(beginning)[0])


@cache
def _identifier() -> Any:
    import py3langid

    return py3langid
