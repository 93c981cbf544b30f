"""What diplomacy's words and the countries of the world are called in three languages.

Not a translation: only the words diplomacy is made of, so that a question can be compared with
French sentences by its words and not by its vector alone, and what it is about be recognised. All
forms are folded (no case, no accents), so Vietnamese typed without its accents is read as well.
`glossary.csv` is ours; the names of the countries it leaves out are Unicode's (CLDR, by Babel).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.words import fold

LANGUAGES = ("fr", "en", "vi")

_SHORTEST = 4
"""Letters of a country's name that CLDR adds: « Ý », « Áo » without accents are other words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, in every form of each language; `kind` is an ISO code, ``role`` ... or ""."""

    forms: Mapping[str, tuple[str, ...]]
    kind: str = ""

    @property
    def is_country(self) -> bool:
        return self.kind.isupper()


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the glossary that a question names, in the stretch ``question[start:end]``."""

    start: int
    end: int
    row: Row


@cache
def rows() -> tuple[Row, ...]:
    """Return the table, and below it the countries that are not in it."""
    ours = tuple(_table())
    named = {row.kind for row in ours if row.is_country}
    return ours + tuple(row for row in _countries() if row.kind not in named)


def _table() -> Iterator[Row]:
    table = (Path(__file__).parent / "glossary.csv").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            *columns, kind = line.split(";") if line.count(";") == 3 else [*line.split(";"), ""]
            forms = (tuple(form.strip() for form in column.split(",")) for column in columns)
            yield Row(dict(zip(LANGUAGES, forms, strict=True)), kind.strip())


def _countries() -> Iterator[Row]:
    by_language = {language: _territories(language) for language in LANGUAGES}
    for code in filter(_is_country, by_language["fr"]):
        names = {language: _spaced(fold(named[code])) for language, named in by_language.items()}
        forms = {one: (name,) if len(name) >= _SHORTEST else () for one, name in names.items()}
        yield Row(forms, code)


_NO_COUNTRIES = frozenset("EU EZ QO UN XA XB ZZ".split())
_ANOTHER_WORD = frozenset({"RE"})
"""« la réunion »: of the island reports tell less often than of meetings."""


def _is_country(code: str) -> bool:
    return code.isalpha() and code not in _NO_COUNTRIES | _ANOTHER_WORD


def _spaced(name: str) -> str:
    """« Myanmar (Birmanie) », « Hong Kong, Chine »: what stands first is what people write."""
    return " ".join(re.split(r"[(,]", name)[0].replace("-", " ").split())


@cache
def _territories(language: str) -> Any:
    from babel import Locale

    return Locale(language).territories


def country(code: str, language: str) -> str:
    """Return what a country is called: ``country("LA", "vi")`` is « Lào »."""
    return str(_territories(language)[code])


# « ministre des Affaires étrangères » is listed as « ministre affaires etrangeres ».
_BETWEEN = {
    "fr": r"(?:[\W_]+(?:du|de|des|d|l|la|le|les|aux?))*[\W_]+",
    "en": r"[\W_]+",
    "vi": r"[\W_]+",
}
_ENDING = {"fr": r"(?:n?e?s?)", "en": "", "vi": ""}


@cache
def _glossary(language: str) -> tuple[re.Pattern[str], dict[str, Row]]:
    """Return a pattern of every form, and the row of each, by the name of its group."""
    forms = [(form, row) for row in rows() for form in row.forms[language]]
    forms.sort(key=lambda pair: -len(pair[0]))
    named = {f"g{place}": row for place, (_, row) in enumerate(forms)}
    either = "|".join(
        f"(?P<g{place}>{_BETWEEN[language].join(map(re.escape, form.split()))}{_ENDING[language]})"
        for place, (form, _) in enumerate(forms)
    )
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)"), named


def known(question: str, language: str) -> list[Known]:
    """Return what the glossary knows of `question`, in order; the longest form that fits counts."""
    pattern, named = _glossary(language)
    # « œ » folds into two letters, a mark by itself into none.
    places = [at for at, sign in enumerate(question) for _ in fold(sign)]
    return [
        Known(places[match.start()], places[match.end() - 1] + 1, named[match.lastgroup])
        for match in pattern.finditer(fold(question))
        if match.lastgroup
    ]


def in_french(question: str, language: str) -> tuple[list[list[str]], str]:
    """Return the French forms for what the glossary knows of `question`, and the rest of it.

    Each element of the list holds forms of which any one will do: a country and its adjective.

    >>> in_french("Who led the Vietnamese delegation?", "en")
    ([['vietnam', 'vietnamien'], ['delegation']], 'who led the    ?')
    """
    found = known(question, language)
    ends = [0, *(one.end for one in found)]
    starts = [*(one.start for one in found), len(question)]
    rest = " ".join(fold(question[end:start]) for end, start in zip(ends, starts, strict=True))
    return [list(one.row.forms["fr"]) for one in found], rest
