"""When things happen: the day a report was published, and the moments its text speaks of.

A moment is told from the day of publication as a reader tells it. Three rules:

1. *Where the publication day is not wholly known, every day it may be must give one answer.* So in
   a report of 2024-01 « le 28 janvier » is 2024-01-28 and « hier » is nothing; without any date
   only what names its year is known.
2. *A date without a year is the one nearest to publication*, what lies ahead taken for twice as
   far; the next one after « prévu », « aura » and the like; « dernier » and « prochain » mean what
   they say. A bare day of the week is past.
3. *A unit is taken whole*: « il y a deux semaines » is that week, « fin 2023 » the last third.

dateparser reads a publication date of a shape that no form has. It does not read moments: it knows
neither periods nor « juillet dernier », and takes 0.7 ms a date; a passage may take 0.3.
`rag.dates_words` has the words and the forms, `rag.dates_days` the reckoning.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from rag.dates_days import Days, days_of, span
from rag.dates_words import COUNTS, FORMS, FUTURE, GUARDS, LANGUAGES, SHORTHANDS, WORDS, Meaning
from rag.records import Moment


@dataclass(frozen=True, slots=True)
class _Form:
    """One form of expression in one language; with what must stand before and after it."""

    meaning: Meaning
    language: str
    before: str
    pattern: str
    after: str


def moments(text: str, published: str | None, language: str | None = None) -> list[Moment]:
    """Return the expressions of time in `text`, in order, each with the days it may mean.

    `published` is ISO 8601, cut to what is known. Without `language` all three are looked for.

    >>> moments("Signé le 28 décembre.", "2024-01-02")
    [Moment(start=6, end=20, first='2023-12-28', last='2023-12-28')]
    """
    if published is None and not _A_YEAR.search(text):
        return []
    plain, places = _plain(text)
    found = []
    for match, form in _expressions(plain, language):
        start, end = match.span(match.lastindex or 0)
        article = _ARTICLE.search(plain, max(0, start - 5), start)
        if form.meaning == "weekday" and article and "side" not in form.pattern:
            continue  # « le lundi » is every Monday
        if _VERB.fullmatch(text[places[start] : places[end]]):
            continue
        coming = _is_coming(text[max(0, places[start] - _LONGEST_CONTEXT) : places[start]], form)
        days = _days(form, plain[start:end], published, coming)
        if days:
            first = places[article.start() if article else start]
            found.append(Moment(first, places[end], days[0].isoformat(), days[1].isoformat()))
    return found


_LONGEST_CONTEXT = 80
_A_YEAR = re.compile(r"\d{4}|\d0s|ann\S{1,3}es?\s+\d0", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:(?<!\w)(?:le|la|les|the)\s{1,3}|(?<!\w)l')\Z")
# « may 20 », « march 10 »: months have a capital, the verbs have none.
_VERB = re.compile(r"(?:may|march)\s\d{1,2}")
_SENTENCE_END = re.compile(r"[.!?;]\s")


def _is_coming(before: str, form: _Form) -> bool:
    """Whether the words before an expression, as far as the sentence goes, speak of the future."""
    said = unicodedata.normalize("NFC", _SENTENCE_END.split(before)[-1])
    return bool(_future(form.language).search(said))


@cache
def _future(language: str) -> re.Pattern[str]:
    return re.compile(FUTURE[language])


# --- finding --------------------------------------------------------------------------------------


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Return `text` without case and accents, and where each of its characters stands in `text`."""
    plain = text.translate(_PLAIN)
    if _MARK.search(plain) is None:
        return plain, range(len(text) + 1)
    kept = [place for place, sign in enumerate(plain) if not _MARK.match(sign)]
    return "".join(plain[place] for place in kept), [*kept, len(text)]


def _without_accents(sign: str) -> str:
    base = unicodedata.normalize("NFD", sign)[0].lower()
    return base if len(base) == 1 else sign


# One character for one, so that places stay; letters beyond Vietnamese's are left as they are.
_PLAIN = {
    code: _without_accents(chr(code)) for code in (*range(0x41, 0x250), *range(0x1E00, 0x1F00))
} | str.maketrans("đĐ’ʼ", "dd''")
_MARK = re.compile(r"[\u0300-\u036f]")


def _expressions(plain: str, language: str | None) -> Iterator[tuple[re.Match[str], _Form]]:
    known = language if language in LANGUAGES else None
    forms = _forms(known)
    for start, end in _stretches(plain, known):
        for match in _any_form(known).finditer(plain, start, end):
            yield match, forms[(match.lastindex or 1) - 1]


# No expression begins further before its year, month ... than this, or ends further behind it.
_REACH = 60
_SIGN = re.compile(r"[a-z]{2,}|\d{4}|\d/\d|\d0s")


def _stretches(plain: str, language: str | None) -> Iterator[tuple[int, int]]:
    """Where expressions can be: trying the forms everywhere would cost three times as much."""
    names = _names(language)
    start = end = 0
    for sign in _SIGN.finditer(plain):
        if sign[0] >= "a" and sign[0] not in names:
            continue
        if sign.start() - _REACH > end:
            yield start, end
            start = max(0, sign.start() - _REACH)
        end = sign.end() + _REACH
    yield start, end


@cache
def _names(language: str | None) -> frozenset[str]:
    """Return one word of every name of a time; an expression without a year has one of them."""
    return frozenset(
        max(re.findall("[a-z]+", word), key=len, default="")
        for known in ((language,) if language else LANGUAGES)
        for name in ("m", "w", "u", "day")
        if (known, name) != ("vi", "m")  # « tháng » is there
        for word in _values(known, name)
    )


@cache
def _forms(language: str | None) -> tuple[_Form, ...]:
    """Return the forms of `language`, or of all three."""
    tables = [("any", "fr"), *((name, name) for name in ((language,) if language else LANGUAGES))]
    return tuple(
        _Form(meaning, words, *(_pattern(part, words) for part in (before, core, after)))
        for table, words in tables
        for meaning, written in FORMS[table]
        for before, _, rest in [written.rpartition(" > ")]
        for core, _, after in [rest.partition(" < ")]
    )


@cache
def _any_form(language: str | None) -> re.Pattern[str]:
    """One expression for all forms of a language; its groups are numbered as the forms are."""
    forms = "|".join(map(_in_its_place, _forms(language)))
    nameless = re.sub(r"\(\?P<\w+>", "(?:", forms)
    return re.compile(
        rf"(?<![\w/-])(?<!\d[.,–])(?:{nameless})(?![\w/]|[-–.,]\d){GUARDS['elsewhere']}"
    )


def _in_its_place(form: _Form) -> str:
    before = rf"{form.before}\s{{0,3}}" if form.before else ""
    no_year = GUARDS["no_year"] if form.meaning == "dates" else ""
    return f"{before}({form.pattern}){form.after}{no_year}"


def _pattern(written: str, language: str) -> str:
    optional = written.replace("[", "(?:").replace("]", ")?")
    dashed = re.sub(r"(?<=[}:])-(?=[{|])", r"\\s?[-–]\\s?", optional)
    spaced = dashed.replace(" ?", r"\s?").replace(" ", r"\s{1,3}")
    return re.sub(r"\{([a-zA-Z_]+)\}", lambda name: _filled(name[1], language), spaced)


def _filled(name: str, language: str) -> str:
    if name == "year":
        return rf"(?:/|\s(?:nam\s)?)(?P<y>{SHORTHANDS['y']})"
    if name in GUARDS:
        return GUARDS[name].replace(" ", r"\s")
    if name in SHORTHANDS:
        return rf"(?P<{name}>{SHORTHANDS[name]})".replace(" ", r"\s")
    listed = sorted(_values(language, name.lower()), key=len, reverse=True)
    words = "|".join(re.escape(word).replace(r"\ ", r"\s") for word in listed)
    return rf"(?P<{name}>{words}|\d{{1,3}})" if name == "n" else rf"(?P<{name}>{words})"


@cache
def _values(language: str, name: str) -> Mapping[str, int]:
    """Return what each word of a list means: the place of its entry, from 1."""
    return {
        word.replace("_", " "): value
        for value, entry in enumerate(WORDS[language][name].split(), 1)
        for word in entry.split(",")
    }


# --- reading --------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def _days(form: _Form, expression: str, published: str | None, coming: bool) -> Days | None:
    """Return the days that `expression` means; the same words are read once."""
    said = _said(form, expression)
    if said is None:  # a form read it in the text as it does not read it alone
        return None
    return days_of(form.meaning, said, published, coming)


def _said(form: _Form, expression: str) -> dict[str, int] | None:
    match = re.fullmatch(form.pattern, expression)
    return match and {
        name: _number(name, said, form)
        for name, said in match.groupdict().items()
        if said is not None
    }


def _number(name: str, said: str, form: _Form) -> int:
    listed = name.lower() if name.lower() in WORDS[form.language] else None
    words = _values(form.language, listed) if listed else COUNTS
    value = words.get(" ".join(said.split()))
    return int(re.sub(r"\D", "", said)) if value is None else value


# --- the day of publication -----------------------------------------------------------------------

_ISO = re.compile(r"\d{4}(?:[-/][01]\d(?:[-/][0-3]\d(?:[T ].*)?)?)?", re.DOTALL)
_YEAR = re.compile(SHORTHANDS["y"])


def published(written: str) -> str | None:
    """Return the day `written` names as ISO 8601 cut to what it says, None where it is in doubt.

    What stands around the date may stay: « Publié le », an hour, a zone. Of « 3/4/2024 » the day
    comes first; of two dates the first counts.

    >>> published("Publié le 28 janvier 2024 à 14h"), published("2024-01"), published("28 janvier")
    ('2024-01-28', '2024-01', None)
    """
    if _ISO.fullmatch(written.strip()):
        return _as_iso(written.strip()[:10].replace("/", "-"))
    found = moments(written, None)
    if not found:
        return _as_library_reads(written)
    first, last = found[0].first, found[0].last
    days = date.fromisoformat(first), date.fromisoformat(last)
    return next((first[:cut] for cut in (10, 7, 4) if span(first[:cut]) == days), None)


def _as_iso(written: str) -> str | None:
    try:
        span(written)
    except ValueError:
        return None
    return written if _YEAR.match(written) else None  # « 2450 » is some number


def _as_library_reads(written: str) -> str | None:
    """Return what dateparser makes of a shape that no form has, « 28-Jan-2024 », unless it guesses.

    Of « 2024-13 » it makes the 13th of the month it is asked in: so it is asked in two.
    """
    one, other = (parser.get_date_data(written.strip()) for parser in _parsers())
    if one.date_obj is None or other.date_obj is None or one.period != other.period:
        return None
    length = {"year": 4, "month": 7}.get(one.period, 10)
    days = {data.date_obj.date().isoformat()[:length] for data in (one, other)}
    return _as_iso(days.pop()) if len(days) == 1 else None


@cache
def _parsers() -> tuple[Any, Any]:
    from dateparser.date import DateDataParser

    settings: dict[str, Any] = {
        "DATE_ORDER": "DMY",
        "PREFER_LOCALE_DATE_ORDER": False,
        "PREFER_DAY_OF_MONTH": "first",
        "REQUIRE_PARTS": ["year"],
        "PARSERS": ["absolute-time"],  # no « 1706400000 », no « il y a deux ans »
    }
    languages, days = ["fr", "en", "vi"], (datetime(2001, 3, 5), datetime(2002, 8, 7))
    one, other = ({**settings, "RELATIVE_BASE": day} for day in days)
    return DateDataParser(languages, settings=one), DateDataParser(languages, settings=other)
