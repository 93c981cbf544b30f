"""Whether none of the sentences found answers, so that the question is refused.

Words and vectors say whether the archive speaks of it; the judge, where there is one, whether the
best sentence answers, and what the question names, whether it is told of the right thing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rag.glossary import Known, Row, known
from rag.glossary import country as country_name
from rag.question import Query
from rag.records import Passage
from rag.relevance import Candidate
from rag.searched import stems
from rag.sought import Period, periods, placed
from rag.words import fold, is_among, language_to_compare, stem

LEAST_PROBABLE = 0.5
"""Below it the best sentence is no answer; in every language, others were tried
(`eval/README.md`)."""

LEAST_PROBABLE_ELSEWHERE = 0.8
"""The same where the question asks for a thing by its name (« la population de … », « le maire de
… ») that the best passage does not name."""

LEAST_PROBABLE_UNNAMED = 0.98
"""The same where no passage read names it: what people ask first of an archive that cannot know."""

LEAST_PROBABLE_READ = 0.0225
"""Below it, by the judge, the best sentence is no answer."""

LEAST_PROBABLE_UNTOLD = 0.6
"""Below it, by the judge, or without one, a country or a year of the question must stand in a
passage of the `LOOKED_THROUGH` best sentences: of another year an answer reads as well."""

LOOKED_THROUGH = 2

LEAST_SURE = 0.12
"""Below it that is told beside the answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """That none of the sentences answers."""

    untold: tuple[str, ...] = ()
    """The countries and years of the question that the best passages do not tell of, if that is
    why."""


def refusal(
    query: Query,
    found: Sequence[Candidate],
    *,
    least_read: float = LEAST_PROBABLE_READ,
    looked_through: int = LOOKED_THROUGH,
) -> Refusal | None:
    """Return one where the archive does not speak of it, or the best sentence of another thing.

    :param found: best first
    """
    if max(one.answers for one in found) < _least_probable(query, found):
        return Refusal()
    judged = found[0].judged
    if judged and judged.probability < least_read:
        return Refusal()
    if query.only_when or (judged and judged.probability >= LEAST_PROBABLE_UNTOLD):
        return None  # what happened in a period is chosen by its days already
    passages = {one.passage.id: one.passage for one in found[:looked_through]}
    missing = untold(query, list(passages.values())) if passages else []
    return Refusal(tuple(missing)) if missing else None


def is_unsure(found: Sequence[Candidate]) -> bool:
    """Whether the judge holds the best sentence for a doubtful answer."""
    judged = found[0].judged if found else None
    return judged is not None and judged.probability < LEAST_SURE


def _least_probable(query: Query, found: Sequence[Candidate]) -> float:
    if query.thing is None:
        return LEAST_PROBABLE
    thing = stem(fold(query.thing), "fr")
    best = found[0].passage
    if is_among(thing, stems(f"{best.heading} {best.text}", "fr")):
        return LEAST_PROBABLE
    read = " ".join({one.passage.id: one.passage.text for one in found}.values())
    named = is_among(thing, stems(read, "fr"))
    return LEAST_PROBABLE_ELSEWHERE if named else LEAST_PROBABLE_UNNAMED


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
    for period, moment in periods(text, language):
        year = period.first.year
        written = str(year) in text[moment.start : moment.end]  # « cette année » is not
        before = fold(text[: moment.start])
        opens = any(found.end() == len(before) for found in _OPEN.finditer(before))
        if written and not opens and year == period.last.year:
            yield year


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
