"""What a sentence claims: its words with their meanings, numbers with their units, names, and of
each whether it is denied, or only planned, asked for or promised.

Nothing here compares; `rag.proof` does.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from rag import claims_words as say
from rag.dates import moments
from rag.meanings import Meaning, key, sense_at
from rag.numbers import number_at
from rag.records import Moment
from rag.searched import search_form
from rag.words import fold

Kind = Literal["word", "number", "name", "country", "place", "organisation", "role", "small"]
Force = Literal[0, 1, 2]
"""How surely a mark is meant for a word: 2, the words it stands at; 1, further words; 0, none."""


@dataclass(slots=True)
class Word:
    """One word, number or fixed expression of a sentence, at ``text[start:end]``."""

    start: int
    end: int
    said: str
    plain: str
    key: str
    kind: Kind
    part: int
    """The part of the sentence, between full stops, semicolons, colons and brackets."""
    comma: int = 0
    meanings: frozenset[Meaning] = frozenset()
    value: Decimal | None = None
    ordinal: bool = False
    unit: str = ""
    counted: frozenset[Meaning] = frozenset()
    measure: Literal["", ">", "<"] = ""
    denied: Force = 0
    affirmed: bool = False
    """Denied, and then affirmed with another complement: « pas le 12, mais le 22 »."""
    unreal: Force = 0
    pending: bool = False
    """Still to be done: « 16 % attendent leur bornage »."""
    when: int | None = None
    """The number of the moment it is part of."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment that is told: ISO days, first and last; and whether it is denied."""

    said: str
    first: str
    last: str
    has_year: bool
    figures: frozenset[Decimal]
    denied: bool = False
    bound: Literal["", "until", "since"] = ""
    year_known: bool = True
    """False where neither the words nor the report give a year."""


@dataclass(slots=True)
class Claims:
    """A sentence, or several, taken apart."""

    language: str
    words: list[Word] = field(default_factory=list)
    whens: list[When] = field(default_factory=list)
    extents: dict[str, str] = field(default_factory=dict)
    """The quantifiers by their class, « all », and how they are said."""
    reported: str = ""
    """How the sentence says that somebody says it, "" if it does not."""
    cause: str = ""
    against: str = ""
    ways: set[str] = field(default_factory=set)
    """« before », « after », « more », « less »: the small words that have an opposite."""


_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3}){2,}(?!\d)|\d{1,3}(?:[. ]\d{3}(?!\d))+(?:,\d+)?|\d+(?:[.,]\d+)?"
    r"|[^\W\d_]+|[%$€]|[.;:!?,()]"
)
_ENDS = frozenset(".;:!?()")
# Read where the day of publication is not known, so that days without a year can be compared.
_SOME_DAY = "2024-06-15"


def claims(text: str, language: str, published: str | None) -> Claims:
    """Return what `text` claims; days are told from `published`, ISO, cut to what is known."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if language == "fr":
        plain = " ".join(search_form(plain).text.split())
    found = Claims(language)
    tokens = list(_TOKEN.finditer(plain))
    _words(found, plain, tokens)
    _moments(found, plain, published)
    _units(found)
    _marks(found)
    return found


def joined(several: Sequence[Claims]) -> Claims:
    """Return the claims of several sentences as those of one text."""
    first, *rest = several
    for other in rest:
        parts = first.words[-1].part + 1 if first.words else 0
        length = len(first.whens)
        for word in other.words:
            word.part += parts
            word.when = None if word.when is None else word.when + length
        first.words += other.words
        first.whens += other.whens
        first.extents = other.extents | first.extents
        first.reported = first.reported and other.reported
        first.cause = first.cause or other.cause
        first.against = first.against or other.against
        first.ways |= other.ways
    return first


def is_known(words: Sequence[str], at: int, language: str) -> bool:
    """Whether the word `at`, of words in lower case, is one of `language`, as far as is known."""
    word = words[at]
    plain = word if language == "vi" else fold(word) if language == "fr" or word.isascii() else word
    return plain in say.SMALL[language] or sense_at(words, at, language) is not None


# --- words ----------------------------------------------------------------------------------------


def _words(found: Claims, text: str, tokens: Sequence[re.Match[str]]) -> None:
    lower = [token[0].lower() for token in tokens]
    part = comma = at = 0
    opens = True
    while at < len(tokens):
        token = tokens[at]
        if token[0] in _ENDS or token[0] == ",":
            part, comma = part + (token[0] != ","), comma + 1
            opens = opens or token[0] in ".!?:"
            at += 1
            continue
        word = _word(found, text, tokens, lower, at, opens)
        word.part, word.comma = part, comma
        found.words.append(word)
        at += max(1, sum(one.start() < word.end for one in tokens[at : at + 2 * 9]))
        opens = False


def _word(
    found: Claims,
    text: str,
    tokens: Sequence[re.Match[str]],
    lower: Sequence[str],
    at: int,
    opens: bool,
) -> Word:
    language, token = found.language, tokens[at]

    def made(length: int, kind: Kind) -> Word:
        end = tokens[at + length - 1].end()
        said = text[token.start() : end]
        plain = said.lower() if language == "vi" else fold(said)
        return Word(token.start(), end, said, plain, key(lower[at], language), kind, 0)

    sense = sense_at(lower, at, language)
    number = number_at(lower, at, language)
    if number and not (sense and sense.length > number.length):
        word = made(number.length, "number")
        word.value, word.ordinal = number.value, number.ordinal
        return word
    capital = token[0][0].isupper() and not opens
    if sense and not (
        sense.length == 1
        and sense.kind != "country"
        and not opens
        and _is_part_of_name(language, tokens, at)
    ):
        kind: Kind = sense.kind or "word"  # type: ignore[assignment]
        if (
            kind == "country"
            and sense.length == 1
            and not token[0][0].isupper()
            and language == "vi"
        ):
            kind = "word"
        word = made(sense.length, kind)
        alone = kind == "word" and sense.length == 1
        first = at == 1 and lower[0] in say.SMALL["fr"]  # « Aucun État »
        if alone and language == "fr" and capital and not first and _beside_capital(tokens, at):
            word.kind = "name"  # « Hun Sen » has nothing to do with « sens »
            return word
        word.meanings = sense.meanings
        if alone and not capital and word.plain in say.SMALL[language]:
            word.kind = "small"
        return word
    word = made(1, "word")
    if (
        word.plain in _TITLES
        or (word.plain in say.SMALL[language] and not (capital and _beside_capital(tokens, at)))
        or not token[0][0].isalpha()
        or (len(token[0]) == 1 and not capital)
    ):
        word.kind = "small"
    elif token[0][0].isupper() and (not opens or _beside_capital(tokens, at)):
        word.kind = "name"
    return word


_TITLES = frozenset("m mm mme mmes mlle mr mrs ms dr ông bà ngài".split())


def _is_part_of_name(language: str, tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether a syllable stands in a Vietnamese name: « Võ Văn Thưởng », where « văn » is none."""
    return language == "vi" and tokens[at][0][0].isupper() and _beside_capital(tokens, at)


def _beside_capital(tokens: Sequence[re.Match[str]], at: int) -> bool:
    beside = (tokens[at - 1] if at else None, tokens[at + 1] if at + 1 < len(tokens) else None)
    return any(
        one is not None
        and one[0][0].isupper()
        and (one.end() + 1 == tokens[at].start() or tokens[at].end() + 1 == one.start())
        for one in beside
    )


# --- moments --------------------------------------------------------------------------------------


def _moments(found: Claims, text: str, published: str | None) -> None:
    told = moments(text, published or _SOME_DAY, found.language)
    for start, end, first, last in _ranges(text, told):
        number = len(found.whens)
        within = [one for one in found.words if start < one.end and one.start < end]
        for word in within:
            word.when = number
        said = text[start:end]
        figures = frozenset(one.value for one in within if one.value is not None)
        has_year = bool(re.search(r"\d{4}", said))
        bound = _bound(text, start, found.language)
        known = has_year or published is not None
        found.whens.append(When(said, first, last, has_year, figures, False, bound, known))


# The words right before a moment, or first within it, that make it an end or a beginning.
_BOUNDS: dict[str, dict[Literal["until", "since"], re.Pattern[str]]] = {
    language: {"until": re.compile(until), "since": re.compile(since)}
    for language, until, since in (
        ("fr", r"(?i:jusqu'(?:en|au|à)|d'ici(?: à)?)", r"(?i:depuis|à partir|à compter)"),
        ("en", r"(?i:until|till|by|through)", r"(?i:since|from|starting)"),
        ("vi", r"(?i:đến|tới|cho đến)", r"(?i:từ|kể từ)"),
    )
}


def _bound(text: str, start: int, language: str) -> Literal["", "until", "since"]:
    before = text[max(0, start - 16) : start + 12].replace("’", "'")
    at = min(16, start)
    for bound, pattern in _BOUNDS[language].items():
        for match in pattern.finditer(before):
            if match.start() <= at and at - match.end() <= _CLOSE:
                return bound
    return ""


_CLOSE = 5
"""Characters between « jusqu' » and its moment: « depuis le », « à partir de l' »."""


_UNTIL = re.compile(r"\s*(?:à|au|jusqu'à|jusqu'en|to|until|through|till|đến|tới|[-–])\s*")
_FROM = re.compile(r"(?<!\w)(?:de|du|from|từ)\s+\Z", re.IGNORECASE)


def _ranges(text: str, told: Sequence[Moment]) -> Iterator[tuple[int, int, str, str]]:
    """Yield each moment; « từ tháng 1 đến tháng 8 năm 2021 », read as two, as one."""
    place = 0
    while place < len(told):
        one = told[place]
        behind = told[place + 1] if place + 1 < len(told) else None
        if (
            behind
            and _UNTIL.fullmatch(text, one.end, behind.start)
            and _FROM.search(text, max(0, one.start - 8), one.start)
        ):
            first = one.first
            if not re.search(r"\d{4}", text[one.start : one.end]):
                first = behind.last[:4] + first[4:]
            if first <= behind.last:
                yield one.start, behind.end, first, behind.last
                place += 2
                continue
        yield one.start, one.end, one.first, one.last
        place += 1


# --- units ----------------------------------------------------------------------------------------

_UNITS = {
    unit: frozenset(forms.split())
    for unit, forms in {
        "dollar": "dollar dollars usd $ đô",
        "đồng": "dong dongs đồng vnd",
        "baht": "baht bahts",
        "euro": "euro euros €",
        "km": "km kilometre kilometres kilometer kilometers",
        "m": "m metre metres meter meters mét",
        "mm": "mm",
        "ha": "ha hectare hectares",
        "mile": "mile miles dặm",
        "kg": "kg kilo kilos",
        "ton": "ton tons tonne tonnes tấn",
        "year": "an ans annee annees year years năm",
        "month": "mois month months tháng",
        "week": "semaine semaines week weeks tuần",
        "day": "jour jours day days ngày",
        "hour": "heure heures hour hours giờ",
        "minute": "minute minutes phút",
    }.items()
    for forms in [forms]
}
_UNIT_OF = {form: unit for unit, forms in _UNITS.items() for form in forms}
_PERCENT = {("pour", "cent"), ("per", "cent"), ("phần", "trăm")}
_PERCENT_AT_ONCE = frozenset(("%", "percent", "pour cent", "phần trăm"))
_BEFORE_UNIT = frozenset("de d of u s us american singapore".split())
_SQUARE = frozenset("carre carres square vuông".split())


def _units(found: Claims) -> None:
    words = found.words
    for at, word in enumerate(words):
        if word.value is None:
            continue
        _measure(found, at)
        word.unit = _unit(word, [one for one in words[at + 1 : at + 6] if one.part == word.part])
        if not word.unit and not word.counted and word.value >= _LARGE:
            # « un milliard de dollars pour l'un, 200 millions pour l'autre »
            before = [one for one in words[:at] if one.part == word.part and one.value is not None]
            word.unit = before[-1].unit if before and before[-1].unit in _MONEY else ""


def _unit(word: Word, behind: Sequence[Word]) -> str:
    """Return the unit right behind a number, which then is part of it; else set what it counts."""
    pair = tuple(one.plain for one in behind[:2])
    if pair and (pair in _PERCENT or pair[0] in _PERCENT_AT_ONCE):
        for one in behind[: 2 if pair in _PERCENT else 1]:
            one.kind = "small"
        return "%"
    while len(behind) > 1 and behind[0].plain in _BEFORE_UNIT:
        behind = behind[1:]
    said = behind[0].plain.split() if behind else []
    unit = _UNIT_OF.get(said[0], "") if said else ""
    if not unit or (word.ordinal and unit in ("year", "day")):
        word.counted = _counted(behind)
        return ""
    for one in behind[: 2 if behind[0].plain == "đô" else 1]:
        one.kind = "small"
    square = unit in ("m", "km") and any(one.plain in _SQUARE for one in behind[1:2])
    return f"{unit}²" if square else unit


_MONEY = frozenset(("dollar", "đồng", "baht", "euro"))
_LARGE = 100_000


def _counted(behind: Sequence[Word]) -> frozenset[Meaning]:
    for one in behind[:2]:
        if one.value is not None:
            break
        if one.meanings:
            return one.meanings
    return frozenset()


def _measure(found: Claims, at: int) -> None:
    word = found.words[at]
    before = [one for one in found.words[max(0, at - 3) : at] if one.part == word.part]
    text = " ".join(one.plain for one in before)
    for sign, phrases in ((">", say.MORE), ("<", say.LESS)):
        if any(
            re.search(rf"(?<!\w){phrase}(?: \w+)?\Z", text) for phrase in phrases[found.language]
        ):
            word.measure = sign  # type: ignore[assignment]


# --- marks ----------------------------------------------------------------------------------------

_REACH = 4


def _marks(found: Claims) -> None:
    _denied(found)
    _unreal(found)
    _wide(found)


def _denied(found: Claims) -> None:
    words, language = found.words, found.language
    for at, word in enumerate(words):
        if word.plain in say.NEGATOR_OPENS and language == "fr":
            _between_ne_and_pas(found, at)
        if word.plain not in say.NEGATORS[language] or word.kind == "name":
            continue
        if (
            language == "en"
            and word.plain == "t"
            and not (at and words[at - 1].plain.endswith("n"))
        ):
            continue
        if language == "vi" and at and words[at - 1].plain in say.ZERO:
            continue
        verb_before = at and words[at - 1].denied == 2
        _deny_behind(found, at, 1 if verb_before and word.plain not in ("ni", "aucun") else 2)
    for at, word in enumerate(words):
        if word.plain in say.CONTRAST[language] and any(
            one.denied for one in words[max(0, at - 12) : at]
        ):
            _affirm_other(found, at)


def _between_ne_and_pas(found: Claims, at: int) -> None:
    words = found.words
    for place in range(at + 1, min(len(words), at + 7)):
        if words[place].plain in ("que", "qu"):
            found.extents.setdefault("only", "ne … que")
            return
        if words[place].plain in say.NEGATORS["fr"] or words[place].plain == "plus":
            for one in words[at + 1 : place]:
                if one.kind != "small":
                    one.denied = 2
            if words[place].plain == "plus":
                _deny_behind(found, place, 2)
            return


def _deny_behind(found: Claims, at: int, force: Force) -> None:
    """Mark the next word that has a content, and less surely the one behind it."""
    marked = 0
    for one in found.words[at + 1 : at + 7]:
        if one.part != found.words[at].part or (marked and one.comma != found.words[at].comma):
            return
        if marked and one.plain in say.FINITE[found.language]:
            return
        if one.kind in ("small", "number"):
            continue
        if one.kind in ("name", "country") and not marked:
            continue
        one.denied = max(one.denied, force if not marked else 1)
        marked += 1
        if marked == 2:
            return


def _affirm_other(found: Claims, at: int) -> None:
    """« pas établies le 12, mais le 22 »: established they are; the 12th is what is denied."""
    core = [one for one in found.words[:at] if one.denied == 2 and one.part == found.words[at].part]
    behind = [one for one in found.words[at + 1 : at + 5] if one.kind not in ("small", "number")]
    if not core or any(one.when is None for one in behind[:1]):
        return
    for one in core:
        one.affirmed = True
    start = core[-1].start
    for word in found.words[:at]:
        if word.start > start and word.when is not None:
            found.whens[word.when] = replace(found.whens[word.when], denied=True)


def _unreal(found: Claims) -> None:
    words, language = found.words, found.language
    for at, word in enumerate(words):
        pending = _is_pending(found, at)
        if not pending and not _is_unreal(found, at):
            continue
        for one in words:
            if one.part == word.part:
                one.unreal = one.unreal or 1
        word.unreal = 2
        if pending:
            for one in words[at + 1 : at + 6]:
                one.pending = one.pending or one.part == word.part
        passive = word.plain in say.BEING[language] or any(
            one.plain in say.BEING[language] for one in words[max(0, at - 3) : at]
        )
        _raise(words[at + 1 :], word, _REACH)
        if passive and language == "fr":
            _raise(reversed(words[max(0, at - 12) : at]), word, _REACH + 1, over_commas=True)
        elif language == "vi" and word.plain.startswith("nghiên"):
            _raise(reversed(words[max(0, at - 12) : at]), word, _REACH)


def _is_pending(found: Claims, at: int) -> bool:
    """« attendent leur bornage », « restent environ 16 % », « reste à »; not « reste ministre »."""
    plain = found.words[at].plain
    if plain not in say.PENDING[found.language]:
        return False
    behind = found.words[at + 1] if at + 1 < len(found.words) else None
    if at and found.words[at - 1].plain == "chỉ":
        return False
    return plain in say.WAITING or (
        behind is not None and (behind.value is not None or behind.plain in say.STILL)
    )


def _raise(
    ahead: Sequence[Word] | Iterator[Word], marker: Word, reach: int, *, over_commas: bool = False
) -> None:
    for one in ahead:
        if one.part != marker.part or not reach or (one.comma != marker.comma and not over_commas):
            return
        if one.kind != "small":
            one.unreal = 2
            reach -= 1


def _is_unreal(found: Claims, at: int) -> bool:
    word, language = found.words[at], found.language
    if language == "fr" and word.kind in ("word", "small"):
        written = re.split(r"[\s'’]", word.said.lower())  # « s'achèvera », « entrera en vigueur »
        if any(say.FUTURE.fullmatch(one) and not say.NO_FUTURE.fullmatch(one) for one in written):
            return True
    if word.kind in ("name", "number"):
        return False
    pieces = re.split(r"[\s'’-]", word.plain)
    if any(piece.startswith("engag") for piece in pieces) and language == "fr":
        near = {one.plain for one in found.words[max(0, at - 3) : at]}
        return bool({"s", "se"} & (set(pieces) | near))  # « s'est engagé »; else it is begun
    before = found.words[at - 1].plain if at else ""
    behind = found.words[at + 1 : at + 4]
    if any(piece.startswith("demand") for piece in pieces) and any(one.value for one in behind):
        return False  # « a demandé près de 38 mois de travaux »
    if language == "vi" and before in _THINGS_VI:
        return False
    if language == "vi" and any(
        one.plain in _FORCED_VI for one in found.words[max(0, at - 8) : at]
    ):
        return False
    if any(piece in say.UNREAL[language] for piece in pieces):
        return True
    told = " ".join(one.plain for one in found.words[at : at + 2]) + " "
    return any(told.startswith(" ".join(phrase) + " ") for phrase in say.UNREAL_PHRASES[language])


_FORCED_VI = frozenset(("buộc", "khiến", "buộc phải"))
_THINGS_VI = frozenset("các những sự bản".split())


_WAYS = {
    "after": say.AFTER,
    "before": say.BEFORE,
    "more": say.MORE_THAN,
    "less": say.LESS_THAN,
}


def _wide(found: Claims) -> None:
    """What is told by single words of the whole: quantifiers, causes, who says it."""
    words, language = found.words, found.language
    plains = [piece for one in words for piece in one.plain.split()]
    for at, plain in enumerate(plains):
        before = plains[at - 1] if at else ""
        for extent, listed in say.QUANTIFIERS[language].items():
            if plain in listed and not (plain == "most" and before == "the"):
                if plain == "quelques" or (plain == "duy" and plains[at + 1 : at + 2] != ["nhất"]):
                    continue
                found.extents.setdefault(extent, plain)
        for phrase, extent in say.QUANTIFIER_PHRASES[language].items():
            if tuple(plains[at : at + len(phrase)]) == phrase:
                found.extents.setdefault(extent, " ".join(phrase))
        if plain in say.AGAINST[language]:
            found.against = plain
        for way, by_language in _WAYS.items():
            if plain in by_language[language] and before not in ("d", "ne", "n"):
                found.ways.add(way)
    text = f" {' '.join(plains)} "
    found.cause = next((one for one in say.CAUSE[language] if f" {one} " in text), "")
    text = text.replace(" selon laquelle ", " ").replace(" selon lequel ", " ")
    found.reported = next((one for one in say.REPORTED[language] if f" {one} " in text), "")
