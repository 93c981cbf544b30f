"""What days an expression of time means, once its words are numbers.

Every function here tells it as on one day, `today`, to a reader who knows which day that is.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from rag.dates_words import Meaning

Days = tuple[date, date]
"""The first and the last, both included."""

Said = Mapping[str, int]
"""The short-hands of a form and what stood for them: ``{"d": 28, "m": 1}``."""


def days_of(meaning: Meaning, said: Said, published: str | None, coming: bool) -> Days | None:
    """Return the days meant whichever day `published` may be, None where these differ.

    The first and the last day it may be are asked: what these two agree on, all between do.
    """
    try:
        one, other = (_TELLING[meaning](said, day, coming) for day in span(published))
    except (ValueError, OverflowError):  # 31 February
        return None
    return one if one == other else None


def span(published: str | None) -> Days:
    """Return the first and the last day that an ISO date, whole, cut short or None, may be."""
    if published is None:
        return date(1000, 1, 1), date(2999, 12, 31)
    return period(*map(int, published.split("-")))


def period(year: int, month: int | None = None, day: int | None = None) -> Days:
    """The days of a year, of a month, or the one day."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    days = monthrange(year, month)[1]
    return date(year, month, 1 if day is None else day), date(year, month, day or days)


def _dates(said: Said, today: date, coming: bool) -> Days | None:
    """From one date to the other; each takes from the other what is not said twice."""
    if "y" in said or "Y" in said:
        return _third(_between(said, 0), said)
    possible = [days for year in (-1, 0, 1) if (days := _or_none(said, today.year + year))]
    if "w" in said:
        named = [days for days in possible if days[0].isoweekday() == said["w"]]
        possible = named or possible
    days = _chosen(possible, said.get("side", 2) - 2, today, coming)
    return days and _third(days, said)


def _between(said: Said, year: int) -> Days:
    """From one date to the other, the second of them in `year` where none is said."""
    month = said.get("m") or said.get("k") or said.get("M")
    last_month = said.get("M") or month
    turns = (month or 0) > (last_month or 0)  # « de novembre à mars » is over a new year
    end = said.get("Y") or (said["y"] + turns if "y" in said else year)
    first, _ = period(said.get("y", end - turns), month, said.get("d"))
    _, last = period(end, last_month, said.get("D") or said.get("d"))
    if first > last:
        raise ValueError(f"{first} is after {last}")
    return first, last


def _or_none(said: Said, year: int) -> Days | None:
    try:
        return _between(said, year)
    except ValueError:
        return None


def _chosen(possible: list[Days], side: int, today: date, coming: bool) -> Days | None:
    """The last before today, the first after it, the first not yet over, or the likeliest."""
    if side < 0:
        return max((days for days in possible if days[1] < today), default=None)
    if side > 0:
        return min((days for days in possible if days[0] > today), default=None)
    if coming:
        return min((days for days in possible if days[1] >= today), default=None)
    return min(possible, key=lambda days: _distance(days[1], today), default=None)


_AHEAD = 2
"""How many times as far as the past the future counts: reports tell of what has been, and of what
is to come with a word that says so."""


def _distance(day: date, today: date) -> timedelta:
    return (day - today) * _AHEAD if day > today else today - day


def _third(days: Days, said: Said) -> Days:
    """The first, middle or last third of a month or a year, where only that is said."""
    part = said.get("part")
    if part is None:
        return days
    first, last = days
    if last.month == first.month:
        start = first.replace(day=10 * part - 9)
        return start, last if part == 3 else first.replace(day=10 * part)
    return _months(first.year, 4 * part - 3, 4)


def _months(year: int, month: int, count: int) -> Days:
    """`count` months from `month` on, which may lie outside of the year: 0 is December before."""
    before, first = divmod(month - 1, 12)
    after, last = divmod(month + count - 2, 12)
    return period(year + before, first + 1)[0], period(year + after, last + 1)[1]


def _units(unit: int, today: date, start: int, count: int = 1) -> Days:
    """`count` whole units, the first of them `start` after that of `today`."""
    if unit in (3, 4, 5, 6):
        length = {3: 1, 4: 3, 5: 6, 6: 12}[unit]
        month = (today.month - 1) // length * length + 1 + start * length
        return _months(today.year, month, count * length)
    if unit == 1:
        first, length = today + timedelta(start), 1
    else:
        first, length = today - timedelta(today.weekday()) + timedelta(7 * start), 7
    days = first, first + timedelta(length * count - 1)
    return (days[1] - timedelta(1), days[1]) if unit == 7 else days


def _unit(said: Said, today: date, _coming: bool) -> Days:
    return _units(said["u"], today, said["side"] - 2)


def _shift(said: Said, today: date, _coming: bool) -> Days:
    return _units(said["u"], today, said["n"] if "ahead" in said else -said["n"])


def _stretch(said: Said, today: date, _coming: bool) -> Days:
    """« Les trois dernières années » are this one too, and three before it."""
    count = said["n"] + 1
    return _units(said["u"], today, 1 - count if said["side"] < 3 else 0, count)


def _day(said: Said, today: date, _coming: bool) -> Days:
    day = today + timedelta(said["day"] - 3)
    return day, day


def _weekday(said: Said, today: date, coming: bool) -> Days:
    ahead = (said["w"] - today.isoweekday()) % 7
    side = said.get("side", 2)
    if side == 1 or (side == 2 and not coming and ahead):
        ahead -= 7
    if side == 3 and not ahead:
        ahead = 7
    day = today + timedelta(ahead)
    return day, day


def _slice(said: Said, today: date, coming: bool) -> Days | None:
    """A quarter, a half, the first months of a year."""
    length = said.get("n") or said.get("q") or said.get("Q") or 3
    place = said.get("o", 1)
    if length * place > 12:
        return None
    known = said.get("y") or ("now" in said and today.year)
    years = (known,) if known else (today.year - 1, today.year, today.year + 1)
    possible = [_months(year, length * (place - 1) + 1, length) for year in years]
    return possible[0] if known else _chosen(possible, 0, today, coming)


def _season(said: Said, _today: date, _coming: bool) -> Days:
    """Four months: a season begins and ends within one. Winter is of two years, so it is none."""
    return _months(said["y"], 3 * said["s"], 4)


def _decade(said: Said, _today: date, _coming: bool) -> Days:
    year = said["t"] if said["t"] > 99 else 1900 + said["t"]
    return date(year, 1, 1), date(year + 9, 12, 31)


_TELLING: dict[Meaning, Callable[[Said, date, bool], Days | None]] = {
    "dates": _dates,
    "unit": _unit,
    "shift": _shift,
    "stretch": _stretch,
    "day": _day,
    "weekday": _weekday,
    "slice": _slice,
    "season": _season,
    "decade": _decade,
}
