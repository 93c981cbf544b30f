"""What the page says, in each of its languages: one table a view, a row a phrase.

A name ends in ``.one`` and ``.other`` where a count changes the words.
"""

import csv
import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

Language = Literal["fr", "en", "vi"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The first is that of a browser which asks for none of them."""

_LOCALES = {"fr": "fr_FR", "en": "en_GB", "vi": "vi_VN"}


class Words:
    """The words of the page in one language.

    >>> Words("en")("sources")
    'Sources'
    >>> Words("fr").count("reports", 2)
    '2 dépêches'
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._phrases = phrases()[language]
        self._locale = Locale.parse(_LOCALES[language])

    def __call__(self, name: str, /, **values: object) -> str:
        """Return the phrase `name`, ``{value}`` filled in.

        :raises KeyError: there is no such phrase.
        """
        return self._phrases[name].format(**values)

    def count(self, name: str, number: int, **values: object) -> str:
        """Return the phrase `name` with ``{n}``, in the plural that the language has for it."""
        form = "one" if self._locale.plural_form(number) == "one" else "other"
        return self(f"{name}.{form}", n=self.number(number), **values)

    def number(self, number: float) -> str:
        """Write a number: 1 234,5 in French, 1,234.5 in English."""
        return str(format_decimal(number, locale=self._locale))

    def date(self, date: str | None) -> str:
        """Write an ISO date as precisely as it is known: « 1er mars 2024 », « mars 2024 ».

        What is not a date of the calendar is shown as it stands rather than corrected.
        """
        if not date:
            return self("no_date")
        try:
            day = datetime.date.fromisoformat(f"{date}-01-01"[:10])
        except ValueError:
            return date
        written = {4: str(day.year), 7: self._month(day), 10: self._day(day)}
        return written.get(len(date), date)

    def unstated(self, date: str | None) -> str:
        """Say what of an ISO date the report does not state, "" where nothing is missing."""
        missing = {7: "month_only", 4: "year_only"}.get(len(date or ""))
        return self(missing) if missing else ""

    def _month(self, day: datetime.date) -> str:
        return str(format_skeleton("yMMMM", day, locale=self._locale))

    def _day(self, day: datetime.date) -> str:
        if self.language == "fr" and day.day == 1:  # CLDR writes « 1 mars »
            return f"1er {self._month(day)}"
        if self.language == "vi":
            return f"{day.day} {self._month(day)}"
        return str(format_date(day, "long", locale=self._locale))


@cache
def phrases() -> dict[Language, dict[str, str]]:
    """Return every phrase by language and name.

    :raises ValueError: two tables have a row of one name.
    """
    found: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
    for row in _rows():
        for language in LANGUAGES:
            if row["name"] in found[language]:
                raise ValueError(f"The page has two phrases {row['name']!r}.")
            found[language][row["name"]] = row[language]
    return found


def _rows() -> Iterator[dict[str, str]]:
    for table in sorted(Path(__file__).parent.glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
