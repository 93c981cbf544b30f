"""What a question asks about: periods, countries, organisations, places, roles, names.

They are shown to the reader, so that he sees what was understood; and passages that tell of the
period asked about are preferred (`Period.fit`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.dates import moments
from rag.dates_days import span
from rag.glossary import Known, country, known
from rag.names import names_asked
from rag.records import Moment, Passage, Quote, Sought
from rag.words import fold

# A day to read dates without a year from, and another one of the same year: « le 5 mars » is the
# same day of the year from both, « hier » is not.
_EARLY, _LATE = "2024-01-02", "2024-12-30"
_LONGEST_YEARLY = 200


Place = tuple[int, int]
"""Where words stand in a question: from the first character to behind the last."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days a question asks about, first and last included; with `yearly`, those of any year."""

    first: date
    last: date
    yearly: bool = False

    def fit(self, passage: Passage) -> float:
        """Return how well a passage is of this period, 0, 0.5 or 1.

        1 if something it tells, or its report's publication, lies within; 0.5 if it may.
        """
        told = [(moment.first, moment.last) for moment in passage.moments]
        days = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in told]
        if passage.date:
            days.append(span(passage.date))
        return max((self.holds(first, last) for first, last in days), default=0.0)

    def holds(self, first: date, last: date) -> float:
        """Return how well these days lie within it: 1, 0.5 if some of them do, 0."""
        if not self.yearly:
            return _within(first, last, self.first, self.last)
        if (last - first).days > _LONGEST_YEARLY:
            return 0.0
        turns = self.last.year - self.first.year  # « du 20 décembre au 10 janvier » began before
        years = (first.year, first.year - 1) if turns else (first.year,)
        return max(
            _within(first, last, _in(self.first, year), _in(self.last, year + turns))
            for year in years
        )


def days_told(quote: Quote, passage: Passage) -> list[tuple[date, date]]:
    """Return the days, first and last, that the words of a quote name."""
    return [
        (date.fromisoformat(one.first), date.fromisoformat(one.last))
        for one in passage.moments
        if quote.start <= one.start < quote.end
    ]


def is_told_of(periods: Iterable[Period], quote: Quote, passage: Passage) -> bool:
    """Whether a quote names a day of these periods: « lundi » of a dated report is one."""
    told = days_told(quote, passage)
    return any(period.holds(*days) == 1 for period in periods for days in told)


def _within(first: date, last: date, start: date, end: date) -> float:
    if start <= first and last <= end:
        return 1.0
    return 0.5 if first <= end and start <= last else 0.0


def _in(day: date, year: int) -> date:
    year = min(max(year, date.min.year), date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return day.replace(year=year, day=28)


def periods(question: str, language: str, today: date | None = None) -> list[tuple[Period, Moment]]:
    """Return the periods of a question with where it names them, in order.

    What names no year is of any year, « en août »; what is told from today is told from `today`.

    >>> [period.first.isoformat() for period, _ in periods("Qui présidait en août 2024 ?", "fr")]
    ['2024-08-01']
    """
    found = {_place(one): (_period(one), one) for one in moments(question, None, language)}
    early, late = (_by_place(question, language, day) for day in (_EARLY, _LATE))
    yearly = {
        place: (_period(one, yearly=True), one)
        for place, one in early.items()
        if place in late and _is_yearly(one, late[place])
    }
    told = _by_place(question, language, (today or date.today()).isoformat())
    from_today = {place: (_period(one), one) for place, one in told.items()}
    for others in (yearly, from_today):
        found |= {place: one for place, one in others.items() if not _meets(place, found)}
    return _with_years([found[place] for place in sorted(found)], question)


_LISTED = re.compile(
    r"[\s,]*(?:et|puis|ou|and|or|then|va|roi|hay)?[\s,]*"
    r"(?:(?:en|au|du|de|le|in|on|vao|thang|ngay)\b|[dl]['’])?\s*"
)


def _with_years(
    found: Sequence[tuple[Period, Moment]], question: str
) -> list[tuple[Period, Moment]]:
    """Give each period of a list the year behind it: « en mars et en juin 2021 »."""
    dated: list[tuple[Period, Moment]] = []
    for period, moment in reversed(found):
        if dated and period.yearly:
            behind, next_moment = dated[-1]
            gap = fold(question[moment.end : next_moment.start])
            if not behind.yearly and _LISTED.fullmatch(gap):
                period = _ending_before(period, behind)
        dated.append((period, moment))
    return dated[::-1]


def _ending_before(yearly: Period, other: Period) -> Period:
    """Return these days of the year of `other`, of the one before in « décembre et janvier »."""
    turns = yearly.last.year - yearly.first.year
    year = other.first.year
    if _in(yearly.first, year) > other.first:
        year -= 1
    return Period(_in(yearly.first, year), _in(yearly.last, year + turns))


def _place(one: Moment) -> Place:
    return one.start, one.end


def _by_place(question: str, language: str, today: str) -> dict[Place, Moment]:
    return {_place(one): one for one in moments(question, today, language)}


def _meets(place: Place, others: Iterable[Place]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _period(moment: Moment, *, yearly: bool = False) -> Period:
    return Period(date.fromisoformat(moment.first), date.fromisoformat(moment.last), yearly)


def _is_yearly(early: Moment, late: Moment) -> bool:
    same = (early.first[4:], early.last[4:]) == (late.first[4:], late.last[4:])
    period = _period(early, yearly=True)
    return same and (period.last - period.first).days < _LONGEST_YEARLY


def sought(question: str, language: str, today: date | None = None) -> tuple[Sought, ...]:
    """Return what `question` asks about, in the order in which it says it, each thing once.

    >>> [one.shown for one in sought("Qui présidait le Laos en août 2024 ?", "fr")]
    ['Laos', 'août 2024']
    """
    return tuple(dict.fromkeys(one for _, one in placed(question, language, today)))


def placed(question: str, language: str, today: date | None = None) -> list[tuple[Place, Sought]]:
    """Return each thing that `question` asks about with where it says it, in order."""
    found = {
        _place(moment): Sought("period", shown_period(period, language), *_iso(period))
        for period, moment in periods(question, language, today)
    }
    names = list(names_asked(question, language))
    for one in known(question, language):
        if _is_in_a_name(one, question, names):
            continue
        if one.row.kind and not _meets((one.start, one.end), found):
            found[one.start, one.end] = _known_shown(one, question, language)
    for start, end in names:
        if not _meets((start, end), found):
            found[start, end] = Sought("name", question[start:end])
    return sorted(found.items(), key=lambda one: one[0])


def _is_in_a_name(one: Known, question: str, names: Sequence[Place]) -> bool:
    """Whether a country is one word of a longer name: « Laurent Saint-Martin », « Chad Smith »."""
    if not one.row.is_country or len(one.row.forms["fr"]) > 1:
        return False  # our own table has the countries that a question stands beside a title of
    return any(
        start <= one.start and one.end <= end and " " in question[start:end]
        for start, end in names
        if (start, end) != (one.start, one.end)
    )


def _known_shown(one: Known, question: str, language: str) -> Sought:
    written = question[one.start : one.end]
    if one.row.is_country:
        return Sought("country", country(one.row.kind, language))
    kinds: dict[str, Any] = {"role": "role", "organisation": "organisation", "place": "place"}
    return Sought(kinds[one.row.kind], written)


def shown_period(period: Period, language: str) -> str:
    """« janvier 2024 », « 1 janv. – 31 août 2021 »: as the dates of the language are written."""
    from babel.dates import format_date, format_interval, format_skeleton

    first, last = period.first, period.last
    year = "" if period.yearly else "y"
    if first == last and not period.yearly:
        shown = format_date(first, "long", locale=language)
    elif first == last:
        shown = format_skeleton("MMMMd", first, locale=language)
    elif (first.day, first.month, last.day, last.month) == (1, 1, 31, 12):
        shown = str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    elif first.day == 1 and _is_month(first, last):
        shown = format_skeleton(f"{year}MMMM", first, locale=language)
    else:
        shown = format_interval(first, last, f"{year}MMMd", locale=language)
    return str(shown)


def _iso(period: Period) -> tuple[str, str] | tuple[None, None]:
    return (None, None) if period.yearly else (period.first.isoformat(), period.last.isoformat())


def _is_month(first: date, last: date) -> bool:
    return (first, last) == span(first.isoformat()[:7])
