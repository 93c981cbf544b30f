"""The days of a statement must be days of its quotes, or lie within them."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from rag.claims.records import Claims, When
from rag.dates_days import span
from rag.findings import Finding
from rag.proof.pairing import Pairing


def dates(pair: Pairing) -> Iterator[Finding]:
    """Yield each moment that the quotes do not tell, or deny, or tell less often."""
    mine, theirs = pair.statement.whens, pair.source.claims.whens
    options = [_options(pair.source.claims, when) for when in mine]
    for when, places in zip(mine, options, strict=True):
        yield from _date(pair, when, [theirs[place] for place in places])
    taken: dict[int, int] = {}
    for number, places in enumerate(options):
        # « de janvier à août 2021 … que sur la même période de 2021 » needs more than one 2021.
        if places and not _assigned(number, options, taken, set()):
            yield Finding("date", mine[number].said, theirs[places[0]].said, contradicts=True)


def _options(quotes: Claims, when: When) -> list[int]:
    """Return which moments of the quotes may be the statement's, by their numbers."""
    theirs = quotes.whens
    values = {one.value for one in quotes.words if one.value is not None}
    places = [place for place, one in enumerate(theirs) if fits(when, one, values)]
    if when.bound and any(one.bound == when.bound for one in theirs):
        places = [place for place in places if theirs[place].bound == when.bound]
    return places


def _date(pair: Pairing, when: When, fitting: Sequence[When]) -> Iterator[Finding]:
    quotes, denies = pair.source.claims, pair.statement.denies
    bare = {one.value for one in quotes.words if one.value and one.when is None}
    if not fitting and _is_year(when) and when.figures and when.figures <= bare:
        return  # « fixé à 2023 » is no expression of time by itself
    if not fitting:
        near = next((one.said for one in quotes.whens if one.has_year == when.has_year), "")
        yield Finding("date", when.said, near, contradicts=bool(quotes.whens))
    elif _denies_one_of_two(pair, fitting) if denies else all(one.denied for one in fitting):
        yield Finding("negation", when.said, fitting[0].said, contradicts=True)


def _assigned(
    one: int, options: Sequence[Sequence[int]], taken: dict[int, int], tried: set[int]
) -> bool:
    """Whether the moment finds one of the quotes for itself alone, in a matching of the two."""
    for place in options[one]:
        if place in tried:
            continue
        tried.add(place)
        if place not in taken or _assigned(taken[place], options, taken, tried):
            taken[place] = one
            return True
    return False


def _denies_one_of_two(pair: Pairing, fitting: Sequence[When]) -> bool:
    """« pas établies le 12, mais le 22 »: what is denied of the 22nd is not denied there."""
    both = any(word.affirmed for word in pair.source.claims.words)
    return both and not any(one.denied for one in fitting)


def fits(mine: When, other: When, values: set[Decimal]) -> bool:
    """Whether the quotes' moment is the statement's, or lies within its year, month or days.

    Its figures must be the quotes' too, unless both moments are the same days.
    """
    if (mine.first, mine.last) == (other.first, other.last):
        return other.year_known or not mine.has_year  # an undated report yields no year
    if not mine.has_year and (mine.first[4:], mine.last[4:]) == (other.first[4:], other.last[4:]):
        return not mine.figures or mine.figures <= values
    within = mine.first <= other.first and other.last <= mine.last
    month = {Decimal(mine.first[5:7])} if mine.first[:7] == mine.last[:7] else set()
    if within and mine.figures - month <= values:  # « tháng 11 » is « novembre »
        return True
    # « les 6 et 7 octobre »: the 7th is one of these days.
    short = (date.fromisoformat(other.last) - date.fromisoformat(other.first)).days <= _FEW_DAYS
    part = other.first <= mine.first and mine.last <= other.last
    return part and short


_FEW_DAYS = 3


def _is_year(when: When) -> bool:
    return (date.fromisoformat(when.first), date.fromisoformat(when.last)) == span(when.first[:4])
