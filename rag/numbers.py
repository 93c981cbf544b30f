"""What number some words say, in French, English and Vietnamese.

« 6,65 milliards », "6.65 billion" and « 6,65 tỷ » are one number; so are « quatorze », "14",
« mười bốn ». A comma is a decimal comma or a thousands comma by the language it stands in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from rag.words import fold


@dataclass(frozen=True, slots=True)
class Number:
    """A number, said by `length` words; `figure` where it is written in figures, as in « 13e »."""

    value: Decimal
    length: int
    ordinal: bool = False


def _listed(written: str, start: int = 0, step: int = 1) -> dict[str, int]:
    entries = enumerate(written.split(), 0)
    return {form: start + place * step for place, entry in entries for form in entry.split(",")}


_SMALL: Mapping[str, Mapping[str, int]] = {
    "fr": {
        **_listed("zero un,une deux trois quatre cinq six sept huit neuf dix onze douze treize"),
        **_listed("quatorze quinze seize", 14),
        **_listed("vingt,vingts trente quarante cinquante soixante", 20, 10),
        "septante": 70,
        "octante": 80,
        "nonante": 90,
    },
    "en": {
        **_listed("zero one two,twice three,thrice four five six seven eight nine ten eleven"),
        **_listed("twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 12),
        **_listed("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
        "both": 2,
    },
    "vi": {
        **_listed("- một,mốt hai ba bốn,tư năm,lăm sáu bảy tám chín mười"),
    },
}
_SCALES: Mapping[str, Mapping[str, int]] = {
    "fr": {
        **dict.fromkeys(("cent", "cents"), 100),
        "mille": 1000,
        **dict.fromkeys(("million", "millions"), 10**6),
        **dict.fromkeys(("milliard", "milliards"), 10**9),
    },
    "en": {
        "hundred": 100,
        "thousand": 1000,
        "million": 10**6,
        "millions": 10**6,
        "billion": 10**9,
        "billions": 10**9,
        "trillion": 10**12,
    },
    "vi": {
        "mươi": 10,
        "trăm": 100,
        "nghìn": 1000,
        "ngàn": 1000,
        "vạn": 10**4,
        "triệu": 10**6,
        "tỷ": 10**9,
        "tỉ": 10**9,
    },
}
_ABOUT_FR = {
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "soixantaine": 60,
    "centaine": 100,
    "millier": 1000,
}
_ORDINALS_EN = {
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "twentieth": 20,
    "thirtieth": 30,
    "fortieth": 40,
    "fiftieth": 50,
    "sixtieth": 60,
    "seventieth": 70,
    "eightieth": 80,
    "ninetieth": 90,
    "hundredth": 100,
    **{
        f"{teen}th": 13 + place
        for place, teen in enumerate(
            "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
        )
    },
}
_ORDINAL_TAIL = frozenset("e er re es eme ere nd nde st nd rd th".split())
# « năm » is five or a year: five where something is counted right behind it.
_COUNTED_VI = frozenset(
    "năm tháng ngày tuần giờ phút tầng nước người lần thành điểm quốc tỉnh đối đại ghế phiếu mươi "
    "trăm nghìn ngàn triệu tỷ vụ chiếc thập trường tàu".split()
)
_LONGEST = 9


def number_at(tokens: Sequence[str], at: int, language: str) -> Number | None:
    """Return the number that the words from `at` say, None if they say none.

    `tokens` are in lower case with their accents. A bare article is no number.
    """
    if tokens[at][0].isdecimal():
        return _in_figures(tokens, at, language)
    return {"fr": _in_french, "en": _in_english, "vi": _in_vietnamese}[language](tokens, at)


def spelled(text: str, language: str) -> Iterator[Number]:
    """Yield the numbers that a text says in words: « trente et un », « une dizaine »."""
    tokens = re.findall(r"[^\W\d_]+", text.lower())
    at = 0
    while at < len(tokens):
        number = number_at(tokens, at, language)
        if number:
            yield number
        at += number.length if number else 1


def figure(written: str, language: str) -> Decimal:
    """Return the value of a number in figures: ``figure("4,800", "en")`` is 4800."""
    closed = "".join(written.split())
    if language == "en":
        closed = re.sub(r",(?=\d{3}(?:\D|\Z))", "", closed).replace(",", ".")
    else:
        closed = re.sub(r"\.(?=\d{3}(?:\D|\Z))", "", closed)
        if closed.count(",") > 1:
            closed = closed.replace(",", "")
        closed = closed.replace(",", ".")
    if closed.count(".") > 1:
        closed = closed.replace(".", "")
    return Decimal("".join(str(int(sign)) if sign.isdecimal() else sign for sign in closed))


def _in_figures(tokens: Sequence[str], at: int, language: str) -> Number:
    value, length = figure(tokens[at], language), 1
    behind = fold(tokens[at + 1]) if at + 1 < len(tokens) else ""
    if behind in _ORDINAL_TAIL and language != "vi":
        return Number(value, 2, ordinal=True)
    scales = _SCALES[language]
    while at + length < len(tokens) and tokens[at + length] in scales and length < _LONGEST:
        value *= scales[tokens[at + length]]
        length += 1
    return Number(value, length)


def _in_french(tokens: Sequence[str], at: int) -> Number | None:
    word = fold(tokens[at])
    about = _ABOUT_FR.get(word.removesuffix("s"))
    if about:
        return None if word.endswith("s") else Number(Decimal(about), 1)
    cardinal, ordinals = _SMALL["fr"], _ordinals_fr()
    if word in ordinals:
        return Number(Decimal(ordinals[word]), 1, ordinal=True)
    found = _spelled(tokens, at, cardinal, _SCALES["fr"], "et")
    if found is None:
        return None
    end = at + found.length
    last = fold(tokens[end]) if end < len(tokens) else ""
    if last in ordinals and ordinals[last] < 10 and found.value >= 20:  # « vingt et unième » ...
        return Number(found.value + ordinals[last], found.length + 1, ordinal=True)
    return found


@cache
def _ordinals_fr() -> Mapping[str, int]:
    found = {}
    for word, value in (*_SMALL["fr"].items(), ("cent", 100)):
        root = {"cinq": "cinqu", "neuf": "neuv"}.get(word, word.removesuffix("e"))
        if value > 1 and not word.endswith("vingts"):
            found[f"{root}ieme"] = found[f"{root}iemes"] = value
    return {**found, "second": 2, "seconde": 2, "tiers": 3, "quart": 4, "quarts": 4}


def _in_english(tokens: Sequence[str], at: int) -> Number | None:
    word = tokens[at]
    if word.removesuffix("s") in _ORDINALS_EN:
        return Number(Decimal(_ORDINALS_EN[word.removesuffix("s")]), 1, ordinal=True)
    if word == "quarter" and at and tokens[at - 1] in ("a", "one"):
        return Number(Decimal(4), 1, ordinal=True)
    found = _spelled(tokens, at, _SMALL["en"], _SCALES["en"], "and")
    if found is None:
        return None
    end = at + found.length
    last = _ORDINALS_EN.get(tokens[end], 0) if end < len(tokens) else 0
    if 0 < last < 10 and found.value >= 20:
        return Number(found.value + last, found.length + 1, ordinal=True)
    return found


def _in_vietnamese(tokens: Sequence[str], at: int) -> Number | None:
    ordinal = tokens[at] in ("thứ", "phần")
    start = at + ordinal
    if start >= len(tokens) or (tokens[at] == "thứ" and at and tokens[at - 1] in ("hôm", "ngày")):
        return None
    behind = tokens[start + 1] if start + 1 < len(tokens) else ""
    if tokens[start] == "năm" and not ordinal and behind not in _COUNTED_VI:
        return None
    if tokens[start] in ("tư", "lăm", "mốt", "mươi", "tỷ", "tỉ") and not ordinal:
        return None
    if ordinal and tokens[start][0].isdecimal():
        return Number(figure(tokens[start], "vi"), 2, ordinal=True)
    value, length = _vietnamese(tokens, start)
    if not length or (value == 1 and not ordinal):
        return None
    return Number(value, length + ordinal, ordinal=ordinal)


def _vietnamese(tokens: Sequence[str], start: int) -> tuple[Decimal, int]:
    """Return the value of the words from `start`, and how many they are.

    « năm năm » is five years: a second digit is read behind « mười » and « mươi » only.
    """
    total = group = Decimal(0)
    place, free = start, True
    while place < len(tokens) and place - start < _LONGEST:
        word = tokens[place]
        if word in _SMALL["vi"] and word != "-" and free:
            group += _SMALL["vi"][word]
            free = word == "mười"
        elif word in _SCALES["vi"] and group:
            if _SCALES["vi"][word] >= 1000:
                total, group = total + group * _SCALES["vi"][word], Decimal(0)
            else:
                group *= _SCALES["vi"][word]
            free = True
        else:
            break
        if word == "mươi" and place + 1 < len(tokens):
            free = tokens[place + 1] != "năm"
        place += 1
    return total + group, place - start


def _spelled(
    tokens: Sequence[str],
    at: int,
    small: Mapping[str, int],
    scales: Mapping[str, int],
    and_: str,
) -> Number | None:
    total: Decimal = Decimal(0)
    group: Decimal = Decimal(0)
    place = at
    while place < len(tokens) and place - at < _LONGEST:
        word = fold(tokens[place])
        if word in small:
            value = small[word]
            if group and group % 100 and not _goes_on(group, value):
                break
            if word == "vingts" or (word == "vingt" and group % 100 == 4):
                group += 76  # quatre-vingts
            else:
                group += value
        elif word in scales and (group or total or word in ("cent", "mille")):
            if scales[word] >= 1000:
                total, group = total + (group or Decimal(1)) * scales[word], Decimal(0)
            else:
                group = (group or Decimal(1)) * scales[word]
        elif not (word == and_ and place > at and _is_small(tokens, place + 1, small)):
            break
        place += 1
    while place > at and fold(tokens[place - 1]) == and_:
        place -= 1
    whole = total + group
    if place == at or (whole <= 1 and place == at + 1):
        return None  # « un », « one », « zéro » by themselves: an article, or a word
    return Number(whole, place - at)


def _goes_on(group: Decimal, value: int) -> bool:
    """« soixante » goes on with « douze », « dix » with « sept », « quatre » with « vingts »."""
    tens = group % 100
    if tens == 4 and value == 20:
        return True
    if tens in (60, 80):
        return value < 20
    return (tens >= 20 and not tens % 10 and value < 10) or (tens == 10 and 7 <= value <= 9)


def _is_small(tokens: Sequence[str], at: int, small: Mapping[str, int]) -> bool:
    """« vingt et un », « two hundred and fifty »; but « deux et trois » are two numbers."""
    word = fold(tokens[at]) if at < len(tokens) else ""
    before = fold(tokens[at - 2])
    return word in small and (
        word in ("un", "une", "onze") or before in ("hundred", "thousand", "million")
    )
