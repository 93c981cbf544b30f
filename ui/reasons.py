"""Why a file was not read, and what ails the archive, in the language of the page.

`rag` says both in English. A reason is known by its row of ``words/reasons.csv``: its English words
are those of `rag`, and are matched, so that the same reason can be said in another language.
"""

import re
from functools import cache

from rag.errors import RagError
from ui.words import Words, phrases


def reason_line(words: Words, said: str) -> str:
    """Return why a file was not read; a reason that has no row is quoted as it is."""
    for name, pattern in _patterns().items():
        if found := pattern.fullmatch(said):
            return words(name, **found.groupdict())
    return words("reason_other", said=said)


def trouble_line(words: Words, error: RagError) -> str:
    """Return what a user can do about an error; what has no words of its own is told as it is."""
    known = phrases()[words.language]
    for kind in type(error).__mro__:
        if (name := f"trouble_{kind.__name__}") in known:
            return words(name)
    return str(error)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return what each reason looks like, those with the fewest gaps first."""
    reasons = {
        name: said
        for name, said in phrases()["en"].items()
        if name.startswith("reason_") and name != "reason_other"
    }
    return {
        name: _pattern(said)
        for name, said in sorted(reasons.items(), key=lambda pair: pair[1].count("{"))
    }


def _pattern(said: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", said)  # text, name of a gap, text, …
    return re.compile(
        "".join(
            f"(?P<{part}>.+?)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        ),
        re.DOTALL,
    )
