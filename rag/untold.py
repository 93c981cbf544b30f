"""Which countries and times of a question the passages that would answer it do not tell of.

Of another country, or of another year, an answer reads as well: « Le Vietnam termine en tête avec
136 médailles d'or. »
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rag.dates import moments
from rag.dates_days import span
from rag.glossary import Known, Row, known
from rag.glossary import country as country_name
from rag.question import Query
from rag.records import Moment, Passage, Quote
from rag.sought import Period, periods, placed
from rag.words import fold, language_to_compare


def untold(query: Query, passages: Sequence[Passage]) -> list[str]:
    """Return the countries of a question that no passage tells of, and its years if none is told.

    Of countries that « ou » joins one is enough.

    >>> untold(understood("Quelle ligne le Laos a-t-il ouverte en 2021 ?"), found)  # doctest: +SKIP
    ['2021']
    """
    text = query.part or query.text
    countries = {text[one.start : one.end]: one.row for one in _countries(text, query.language)}
    missing = [
        written
        for written, country in countries.items()
        if not any(_tells_of(passage, country) for passage in passages)
    ]
    if _EITHER.search(fold(text)) and len(missing) < len(countries):
        missing = []
    years = list(dict.fromkeys(_years(text, query.language)))
    if not any(_is_of(passage, year) for passage in passages for year in years):
        missing += map(str, years)
    return missing


def of_another_time(query: Query, quote: Quote, passage: Passage) -> list[str]:
    """Return the times of a question if a quote names days, and none of these times.

    Nor does its title, nor was its report published then. A quote may name other days too: those it
    compares with, and those from which on something is so (« depuis 2016 »). Where a date is asked
    for, a time of the question is mostly that of something else (« l'accord signé en 2019 »).
    """
    if query.asked and query.asked.kind == "date":
        return []
    text = query.part or query.text
    asked = list(_closed(text, query.language))
    told = _days_of(quote, passage)
    if not told or any(period.holds(*days) for period, _ in asked for days in told):
        return []
    return list(dict.fromkeys(text[moment.start : moment.end] for _, moment in asked))


def _days_of(quote: Quote, passage: Passage) -> list[tuple[date, date]]:
    """Return the days a quote may be of; nothing where it names none of its own."""
    named = [one for one in passage.moments if quote.start <= one.start < quote.end]
    own = [one for one in named if not _is_compared(passage, one)]
    if not own or any(_is_open(_before(passage, one)) for one in own):
        return []
    told = [(date.fromisoformat(one.first), date.fromisoformat(one.last)) for one in named]
    of_title = moments(passage.title, passage.date, passage.language)
    told += [(date.fromisoformat(one.first), date.fromisoformat(one.last)) for one in of_title]
    return [*told, span(passage.date)] if passage.date else told


_COMPARED = re.compile(r"\b(?:contre|par rapport a|compare\w*|than|versus|so voi)\b[^,;.]*$")
_LONGEST_BEFORE = 40


def _is_compared(passage: Passage, moment: Moment) -> bool:
    return _COMPARED.search(_before(passage, moment)) is not None


def _before(passage: Passage, moment: Moment) -> str:
    """Return the characters before what names a time, folded."""
    place = moment.start - passage.start
    return fold(passage.text[max(0, place - _LONGEST_BEFORE) : place])


def _is_open(before: str) -> bool:
    """Whether a time is only where another begins or ends: « depuis », « avant la fin de »."""
    return any(found.end() == len(before) for found in _OPEN.finditer(before))


_A_YEAR = re.compile(r"\d{4}")
_EITHER = re.compile(r"\b(?:ou|or|hay|hoac)\b")

_OPEN = re.compile(
    r"\b(?:depuis|des|avant|apres|d'ici|jusqu'?(?:a|en|au)?|since|before|after|until|by|from"
    r"|tu|truoc|sau|den|toi)\W*"
    r"(?:(?:l'annee|annee|nam|the|year|en|a|au|le|la|fin|debut|late|early|cuoi|dau)\W*)*"
)
"""Folded, what stands before a year that is only where a time begins or ends."""

_SHARED = 5
"""Letters that a name and its adjective begin with: « Singapour », « singapourien »."""


def _countries(text: str, language: str) -> Iterator[Known]:
    """Yield the countries of a question; of Vietnamese those that are surely no other word.

    « giải pháp » is no France and « Bộ Lao động » no Laos: one syllable counts only as it is
    written of the country, several with a capital each.
    """
    places = {place for place, one in placed(text, language) if one.kind == "country"}
    for one in known(text, language):
        if (one.start, one.end) not in places or _is_first_name(one, text):
            continue
        if language != "vi" or _is_no_other_word(one, text[one.start : one.end]):
            yield one


_FIRST_NAMES = frozenset("chad georgia jordan maurice".split())
"""Countries that are first names too, folded."""


def _is_first_name(one: Known, text: str) -> bool:
    """« Maurice Ravel »: another word with a capital stands right behind."""
    written, behind = text[one.start : one.end], text[one.end :]
    return fold(written) in _FIRST_NAMES and behind[:1] == " " and behind[1:2].isupper()


def _is_no_other_word(one: Known, written: str) -> bool:
    syllables = written.split()
    named = len(syllables) > 1 and all(syllable[0].isupper() for syllable in syllables)
    return named or written == country_name(one.row.kind, "vi")


def _years(text: str, language: str) -> Iterator[int]:
    """Yield the years that a question writes and in which what it asks about lies."""
    for period, moment in _closed(text, language):
        year = period.first.year
        if str(year) in text[moment.start : moment.end] and year == period.last.year:
            yield year


def _closed(text: str, language: str) -> Iterator[tuple[Period, Moment]]:
    """Yield the periods in which what a question asks about lies, and where it writes them.

    « Cette année » is not written, « en août » is of no year, « depuis 2019 » has no end.
    """
    for period, moment in periods(text, language):
        written = _A_YEAR.search(text[moment.start : moment.end])
        if written and not (period.yearly or _is_open(fold(text[: moment.start]))):
            yield period, moment


def _tells_of(passage: Passage, country: Row) -> bool:
    """Whether a passage, its title and date among it, names a country or has its adjective."""
    language = language_to_compare(passage.language, passage.text)
    text = f"{passage.heading}\n{passage.text}"
    begins = [f[:_SHARED] for f in country.forms[language] if " " not in f and len(f) >= _SHARED]
    if any(re.search(rf"\b{re.escape(begin)}", fold(text)) for begin in begins):
        return True
    return any(one.row.kind == country.kind for one in known(text, language))


def _is_of(passage: Passage, year: int) -> bool:
    """Whether a passage names a year or a day of it, or its report was published then."""
    if re.search(rf"(?<!\d){year}(?!\d)", f"{passage.heading} {passage.text}"):
        return True
    whole = Period(date(year, 1, 1), date(year, 12, 31))
    days = [(date.fromisoformat(m.first), date.fromisoformat(m.last)) for m in passage.moments]
    return any(whole.holds(*some) for some in days)
