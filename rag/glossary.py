"""What the words of an English or Vietnamese question are called in a French report.

Not a translation: only the words diplomacy is made of, so that a question can be compared with
French sentences by its words and not by its vector alone. All forms are folded (no case, no
accents), so Vietnamese typed without its accents is read as well.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rag.words import fold


def _rows() -> Iterator[list[str]]:
    table = (Path(__file__).parent / "glossary.csv").read_text(encoding="utf-8")
    for row in table.splitlines():
        if not row.startswith("#"):
            yield row.split(";")


@cache
def _glossary(language: str) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """Return a pattern of every foreign form, and the French forms for each."""
    forms: dict[str, list[str]] = {}
    for french, english, vietnamese in _rows():
        for form in (english if language == "en" else vietnamese).split(","):
            forms[form.strip()] = [one.strip() for one in french.split(",")]
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"), forms


def in_french(question: str, language: str) -> tuple[list[list[str]], str]:
    """Return the French forms for what the glossary knows of `question`, and the rest of it.

    Each element of the list holds forms of which any one will do: a country and its adjective.

    >>> in_french("Who led the Vietnamese delegation?", "en")
    ([['vietnam', 'vietnamien'], ['delegation']], 'who led the   ?')
    """
    pattern, forms = _glossary(language)
    folded = fold(question)
    return [forms[m[0]] for m in pattern.finditer(folded)], pattern.sub(" ", folded)
