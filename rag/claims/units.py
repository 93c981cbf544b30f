"""What each number counts: its unit, or the thing behind it; and « plus de », « au moins »."""

import re
from collections.abc import Sequence

import rag.claims.words as say
from rag.claims.records import Claims, Word
from rag.meanings import Meaning

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


def mark_units(found: Claims) -> None:
    """Give each number its unit or what it counts, and the sign of its measure."""
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
        elif not word.unit and not word.counted:
            _take_before(words, at)


def _take_before(words: Sequence[Word], at: int) -> None:
    """« 12 accidents en 2021 et 15 en 2022 »: the 15 are accidents too."""
    word, behind = words[at], [one for one in words[at + 1 : at + 3] if one.kind != "small"]
    if word.ordinal or word.when is not None or not behind or behind[0].when is None:
        return
    for one in reversed(words[:at]):
        if one.part != word.part:
            return
        if one.value is not None and one.when is None and not one.ordinal:
            word.unit, word.counted = one.unit, one.counted
            return


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
        if one.meanings and one.kind != "small":
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
