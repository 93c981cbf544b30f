"""What a statement claims that its quotes do not prove, finding by finding.

A rule for each thing that chat models get wrong: numbers and their units, dates, names, denials,
plans told as facts; who did it to whom for the deeds that `meanings.csv` lists. Each says why it
stands; none guesses from a score. What belongs to what is checked only where a verb or a place
beside tells it: of two figures with two years the wrong pair may pass (`eval/README.md`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal

from rag import claims_words as say
from rag.claims import Claims, When, Word
from rag.dates_days import span
from rag.findings import Finding
from rag.meanings import Meaning, is_deed, named, opposites
from rag.words import fold

_STEM_OF_COGNATE = 5
"""« construction », "construct": letters at the beginning that are the same in both languages."""
_TAIL_OF_COGNATE = 4


@dataclass(slots=True)
class Source:
    """The words of the quotes, and where each meaning, stem and beginning stands among them."""

    claims: Claims
    by_meaning: dict[Meaning, list[int]] = field(default_factory=dict)
    by_plain: dict[str, list[int]] = field(default_factory=dict)
    by_key: dict[str, list[int]] = field(default_factory=dict)
    by_beginning: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, word in enumerate(self.claims.words):
            for meaning in word.meanings:
                self.by_meaning.setdefault(meaning, []).append(place)
            for piece in fold(word.said).split():
                self.by_plain.setdefault(piece, []).append(place)
                self.by_beginning.setdefault(piece[:_STEM_OF_COGNATE], []).append(place)
            self.by_key.setdefault(word.key, []).append(place)

    def places(self, word: Word, language: str) -> list[int]:
        """Return where the quotes say what `word` says."""
        found = {place for one in word.meanings for place in self.by_meaning.get(one, ())}
        if not word.meanings or language != "vi":
            found.update(self.by_plain.get(fold(word.said), ()))
        if language == self.claims.language:
            found.update(self.by_key.get(word.key, ()))
        if not found and language != "vi":
            found.update(self._cognates(word))
        return sorted(found)

    def _cognates(self, word: Word) -> Iterator[int]:
        plain = fold(word.said)
        if len(plain) < _STEM_OF_COGNATE or self.claims.language == "vi":
            return
        for place in self.by_beginning.get(plain[:_STEM_OF_COGNATE], ()):
            other = fold(self.claims.words[place].said)
            same = next(
                (at for at, (a, b) in enumerate(zip(plain, other, strict=False)) if a != b),
                min(len(plain), len(other)),
            )
            if (
                max(len(plain), len(other)) - same <= _TAIL_OF_COGNATE
                and same * 5 >= len(plain) * 3
            ):
                yield place


@dataclass(slots=True)
class Pairing:
    """A statement's words, each with the places of the quotes that say the same."""

    statement: Claims
    source: Source
    places: list[list[int]]

    def others(self, place: int) -> Iterator[Word]:
        words = self.source.claims.words
        return (words[one] for one in self.places[place])


def findings(statement: Claims, quotes: Claims) -> list[Finding]:
    """Return all that is wrong with `statement`, in the order of the rules."""
    source = Source(quotes)
    places = [source.places(word, statement.language) for word in statement.words]
    pairing = Pairing(statement, source, places)
    found: list[Finding] = []
    for rule in _RULES:
        found += rule(pairing)
    return list(dict.fromkeys(found))


# --- dates and numbers ----------------------------------------------------------------------------


def _dates(pair: Pairing) -> Iterator[Finding]:
    theirs = pair.source.claims.whens
    values = {one.value for one in pair.source.claims.words if one.value is not None}
    bare = {one.value for one in pair.source.claims.words if one.value and one.when is None}
    options: dict[int, list[int]] = {}
    for number, when in enumerate(pair.statement.whens):
        places = [place for place, one in enumerate(theirs) if _fits(when, one, values)]
        if when.bound and any(one.bound == when.bound for one in theirs):
            places = [place for place in places if theirs[place].bound == when.bound]
        options[number] = places
        fitting = [theirs[place] for place in places]
        if not fitting and _is_year(when) and when.figures and when.figures <= bare:
            continue  # « fixé à 2023 » is no expression of time by itself
        if not fitting:
            near = next((one.said for one in theirs if one.has_year == when.has_year), "")
            yield Finding("date", when.said, near, contradicts=bool(theirs))
        elif (all(one.denied for one in fitting) and not _denies(pair.statement)) or (
            _denies(pair.statement) and _denies_one_of_two(pair, fitting)
        ):
            yield Finding("negation", when.said, fitting[0].said, contradicts=True)
    taken: dict[int, int] = {}
    for number, places in options.items():
        # « de janvier à août 2021 … que sur la même période de 2021 » needs more than one 2021.
        if places and not _assigned(number, options, taken, set()):
            said = pair.statement.whens[number].said
            yield Finding("date", said, theirs[places[0]].said, contradicts=True)


def _assigned(
    one: int, options: dict[int, list[int]], taken: dict[int, int], tried: set[int]
) -> bool:
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


def _denies(claims: Claims) -> bool:
    return any(word.denied == 2 for word in claims.words)


def _fits(mine: When, other: When, values: set[Decimal]) -> bool:
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


def _numbers(pair: Pairing) -> Iterator[Finding]:
    theirs = [one for one in pair.source.claims.words if one.value is not None]
    # A number said twice must stand twice in the quotes: « 459 voix sur 459 ».
    often = Counter(one.value for one in pair.statement.words if one.value is not None)
    for place, word in enumerate(pair.statement.words):
        if word.value is None:
            continue
        same = [one for one in theirs if one.value == word.value]
        if word.when is not None:
            if word.value >= _A_YEAR and 0 < len(same) < often[word.value]:
                yield Finding("date", word.said, contradicts=True)
        elif same:
            yield from _number(word, same, theirs, often[word.value])
        # « cent » may be a word of the quotes
        elif not (word.said.isalpha() and pair.places[place]) and not _is_month_vi(pair, place):
            yield Finding("number", word.said, _nearest(word, theirs))


def _number(
    word: Word, same: Sequence[Word], theirs: Sequence[Word], often: int
) -> Iterator[Finding]:
    fitting = [one for one in same if _same_unit(word, one)]
    if often > len(same):
        yield Finding("number", word.said, contradicts=True)
    elif not fitting:
        told = any(one.unit for one in same)
        yield Finding("unit", word.said, same[0].said, contradicts=told)
    elif all(_is_bound_elsewhere(word, one, theirs) for one in fitting):
        yield Finding("number", word.said, fitting[0].said, contradicts=True)
    else:
        yield from _measures(word, fitting)


_MONTHS = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
)


_A_YEAR = 1000


def _is_month_vi(pair: Pairing, place: int) -> bool:
    """« đầu tháng 9 » for « au début de septembre »."""
    words = pair.statement.words
    value = words[place].value
    return (
        pair.statement.language == "vi"
        and place > 0
        and words[place - 1].plain == "tháng"
        and (
            any(when.first[5:7] == str(value).zfill(2) for when in pair.source.claims.whens)
            or any(
                month in pair.source.by_plain
                for number, month in enumerate(_MONTHS, start=1)
                if number == value
            )
        )
    )


def _nearest(word: Word, theirs: Sequence[Word]) -> str:
    """Return what the quotes count in the same unit, or of the same thing."""
    for one in theirs:
        if one.when is None and (
            (word.unit and one.unit == word.unit) or (word.counted & one.counted)
        ):
            return one.said
    return ""


def _same_unit(word: Word, other: Word) -> bool:
    if word.unit and other.unit:
        return word.unit == other.unit
    if word.ordinal != other.ordinal and not (word.said.isdigit() or other.said.isdigit()):
        return bool(word.counted & other.counted)
    return not word.unit or word.unit in _LOOSE or other.when is not None


_LOOSE = frozenset(("year", "month", "day", "week", "hour", "minute"))


def _is_bound_elsewhere(word: Word, other: Word, theirs: Sequence[Word]) -> bool:
    """Whether what the statement counts with this number, the quotes count with another."""
    if not word.counted or word.counted & other.counted:
        return False
    return any(
        one.value != word.value and one.counted & word.counted and one.when is None
        for one in theirs
    )


def _measures(word: Word, fitting: Sequence[Word]) -> Iterator[Finding]:
    measures = {one.measure for one in fitting}
    if word.measure not in measures:
        contradicts = bool(word.measure)
        yield Finding("comparison", word.said, fitting[0].said, contradicts=contradicts)


# --- names ----------------------------------------------------------------------------------------

_NAMED = frozenset(("name", "country", "place", "organisation"))
_NAME_WINDOW = 2


def _names(pair: Pairing) -> Iterator[Finding]:
    words = pair.statement.words
    for group in _groups(words):
        missing = [place for place in group if not _is_named(pair, place)]
        if missing:
            said = " ".join(words[place].said for place in group)
            kind: Literal["country", "name"] = (
                "name" if words[group[0]].kind == "name" else "country"
            )
            yield Finding(kind, said)
        elif not _stands_together(pair, group):
            yield Finding("name", " ".join(words[place].said for place in group), contradicts=True)


def _groups(words: Sequence[Word]) -> Iterator[list[int]]:
    """Yield the names: words with a capital that stand side by side are one."""
    group: list[int] = []
    for place, word in enumerate(words):
        if word.when is not None or word.kind not in _NAMED:
            if group:
                yield group
            group = []
            continue
        if group and (word.kind != "name" or words[group[-1]].kind != "name"
                      or word.comma != words[group[-1]].comma):  # fmt: skip
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def _is_named(pair: Pairing, place: int) -> bool:
    word = pair.statement.words[place]
    if pair.places[place]:
        return True
    plain = fold(word.said)
    if len(plain) > 3 and plain.endswith("s"):  # « Kishida's », « BRICS »
        return plain[:-1] in pair.source.by_plain
    return False


def _stands_together(pair: Pairing, group: Sequence[int]) -> bool:
    """Whether the parts of a name stand side by side in the quotes too: « Hun Sen » is one man."""
    if len(group) == 1:
        return True
    for start in pair.places[group[0]] or ():
        if all(
            any(abs(other - start) <= len(group) + _NAME_WINDOW for other in pair.places[place])
            for place in group[1:]
        ):
            return True
    return not pair.places[group[0]]


def _roles(pair: Pairing) -> Iterator[Finding]:
    words, others = pair.statement.words, pair.source.claims.words
    for place, word in enumerate(words):
        if word.kind != "role" or word.when is not None:
            continue
        if not pair.places[place] and not _entailed(word, others):
            theirs = [one for one in others if one.kind == "role"]
            source = theirs[0].said if theirs else ""
            yield Finding("role", word.said, source, contradicts=bool(theirs))
            continue
        yield from _bearer(pair, place)


def _entailed(word: Word, others: Iterable[Word]) -> bool:
    """A minister of foreign affairs is a minister; a vice president is no president."""
    if not word.meanings & named("ministre"):
        return False
    return any(one.meanings & named("ministre affaires etrangeres") for one in others)


_BEARER = 6


def _bearer(pair: Pairing, place: int) -> Iterator[Finding]:
    """A title that the statement gives to one name must not be nearer to another in the quotes."""
    words, others = pair.statement.words, pair.source.claims.words
    name = _closest(words, place, {"name"})
    if name is None or _closest(words, name, {"role"}) != place:
        return
    theirs = [one for one in pair.places[place] if others[one].kind == "role"]
    holders = pair.places[name]
    if not theirs or not holders:
        return
    distance = min(abs(a - b) for a in theirs for b in holders)
    if not any(word.part == others[one].part for one in theirs for word in _bearers(others)):
        return  # « il reste vice-Premier ministre »: who « il » is, the quotes do not tell
    rivals = [one for one, word in enumerate(others) if word.kind == "role" and one not in theirs]
    rival = min((abs(a - b) for a in rivals for b in holders), default=1000)
    if rival + 2 < distance:
        yield Finding("role", words[place].said, contradicts=True)


def _bearers(words: Iterable[Word]) -> Iterator[Word]:
    return (word for word in words if word.kind == "name")


def _closest(words: Sequence[Word], place: int, kinds: set[str]) -> int | None:
    near = [
        one
        for one in range(max(0, place - _BEARER), min(len(words), place + _BEARER + 1))
        if one != place and words[one].kind in kinds and words[one].part == words[place].part
    ]
    return min(near, key=lambda one: abs(one - place), default=None)


# --- denials, plans, extents ----------------------------------------------------------------------


def _denials(pair: Pairing) -> Iterator[Finding]:
    for place, word in enumerate(pair.statement.words):
        others = list(pair.others(place))
        if not others or word.kind == "small" or word.when is not None:
            continue
        if word.denied == 2 and not any(one.denied or one.pending for one in others):
            yield Finding("negation", word.said, others[0].said, contradicts=True)
        if not word.denied and all(one.denied == 2 and not one.affirmed for one in others):
            yield Finding("negation", word.said, others[0].said, contradicts=True)
    if pair.statement.against and not pair.source.claims.against:
        yield Finding("negation", pair.statement.against, contradicts=True)


def _plans(pair: Pairing) -> Iterator[Finding]:
    theirs = pair.source.claims.words
    planned_parts = {one.part for one in theirs if one.unreal}
    planned = any(word.unreal for word in pair.statement.words)
    for place, word in enumerate(pair.statement.words):
        others = list(pair.others(place))
        if not others or word.kind not in ("word", "number") or word.when is not None:
            continue
        if not planned and not word.denied and all(one.unreal == 2 for one in others):
            yield Finding("modality", word.said, others[0].said, contradicts=True)
            return
        if word.unreal == 2 and not any(one.part in planned_parts or one.denied for one in others):
            yield Finding("modality", word.said, others[0].said, contradicts=True)
            return


_STRICT = ("all", "most", "none", "only", "some")


def _extents(pair: Pairing) -> Iterator[Finding]:
    theirs = pair.source.claims.extents
    for extent in _STRICT:
        said = pair.statement.extents.get(extent)
        if said is None or extent in theirs:
            continue
        if extent == "none" and _denies(pair.source.claims):
            continue
        yield Finding("quantifier", said, next(iter(theirs.values()), ""), contradicts=True)


def _opposites(pair: Pairing) -> Iterator[Finding]:
    theirs = pair.source.claims.words
    for place, word in enumerate(pair.statement.words):
        against = opposites(word.meanings) if word.kind != "small" else frozenset()
        if not against:
            continue
        if pair.places[place]:
            other = _turned(pair, place, against)
            if other:
                yield Finding("comparison", word.said, other.said, contradicts=True)
            continue
        other = next(
            (one for one in theirs if one.meanings & against and one.when is None),
            None,
        )
        if other is not None:
            yield Finding("comparison", word.said, other.said, contradicts=True)


_WAYS = (("after", "before"), ("before", "after"), ("more", "less"), ("less", "more"))


def _ways(pair: Pairing) -> Iterator[Finding]:
    """« trois jours avant » where the quotes have only « après »; « plus » for « moins »."""
    mine, theirs = pair.statement.ways, pair.source.claims.ways
    for way, other in _WAYS:
        if way in mine and other not in mine and other in theirs and way not in theirs:
            yield Finding("comparison", way, other, contradicts=True)


def _turned(pair: Pairing, place: int, against: frozenset[Meaning]) -> Word | None:
    """Return the opposite of a word, if the quotes say that of the thing that it is said of.

    « l'offre baisse, les prix montent » does not say that the offer rises.
    """
    words, theirs = pair.statement.words, pair.source.claims.words
    before = [
        one
        for one in range(max(0, place - _NEAR), place)
        if words[one].comma == words[place].comma
        and pair.places[one]
        and words[one].kind != "small"
    ]
    if not before:
        return None
    groups = {theirs[one].comma for one in pair.places[before[-1]]}
    inside = [one for one in theirs if one.comma in groups]
    if any(one.meanings & words[place].meanings for one in inside):
        return None
    return next((one for one in inside if one.meanings & against), None)


_NEAR = 4


def _causes(pair: Pairing) -> Iterator[Finding]:
    if pair.statement.cause and not pair.source.claims.cause:
        yield Finding("cause", pair.statement.cause)


def _reports(pair: Pairing) -> Iterator[Finding]:
    """What somebody is said to have said must not be told as a fact."""
    theirs = pair.source.claims.reported
    if theirs in ("selon", "d apres", "according to", "theo") and not pair.statement.reported:
        yield Finding("attribution", "", theirs)


# --- who does it to whom --------------------------------------------------------------------------


def _directions(pair: Pairing) -> Iterator[Finding]:
    """A name before a deed in the statement and only behind it in the quotes has changed places.

    Before and behind change in a passive: « offert par le Vietnam » has Vietnam as the doer.
    """
    words, others = pair.statement.words, pair.source.claims.words
    for place, word in enumerate(words):
        theirs = [
            _around(pair.source.claims, one)
            for one in pair.places[place]
            if _tells_deed(pair.source.claims, one)
        ]
        if not theirs or not _tells_deed(pair.statement, place):
            continue
        mine = _around(pair.statement, place, near=True)
        both = _on_both_sides(pair.statement, place)
        for side, opposite in (("doer", "done"), ("done", "doer")):
            for one in getattr(mine, side):
                if words[one].plain in both:
                    continue
                places = set(pair.places[one])
                here = any(places & set(getattr(around, side)) for around in theirs)
                there = any(places & set(getattr(around, opposite)) for around in theirs)
                if side == "doer":
                    there = there or any(places & set(around.beyond) for around in theirs)
                # « la province est rattachée à la ville »: what stands behind is neither of both.
                alike = side == "doer" or (
                    mine.passive and all(around.passive for around in theirs)
                )
                foreign = alike and not here and any(getattr(around, side) for around in theirs)
                if (there and not here) or (foreign and places):
                    yield Finding("direction", f"{words[one].said} – {word.said}",
                                  others[pair.places[place][0]].said, contradicts=True)  # fmt: skip
                    return


def _on_both_sides(claims: Claims, place: int) -> set[str]:
    """Return the names that stand behind one mention of a deed and before the next.

    « A signe et B signe » does not say that A signs B.
    """
    words = claims.words
    sides: tuple[set[str], set[str]] = set(), set()
    for one, word in enumerate(words):
        if word.meanings & words[place].meanings and word.kind == "word":
            around = _around(claims, one, near=True)
            sides[0].update(words[name].plain for name in around.doer)
            sides[1].update(words[name].plain for name in around.done)
    return sides[0] & sides[1]


@dataclass(slots=True)
class Around:
    """The names on both sides of a verb, as places."""

    doer: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    passive: bool = False
    beyond: list[int] = field(default_factory=list)
    """Behind a passive: « confiée à B » is not done by B."""


_DEED = 14


# « la visite », « son aide », « nomination »: a deed as a thing has its names in any order.
_DETERMINERS = {
    "fr": frozenset(
        "le la les l un une son sa ses leur leurs ce cette ces du des d de au aux".split()
    ),
    "en": frozenset("the a an his her its their this that these of s".split()),
    "vi": frozenset("sự việc cuộc chuyến lễ".split()),
}
_CLITICS = frozenset("le la les l leur".split())
_FINITE = ("ent", "ait", "aient", "era", "eront")
_NOUN = re.compile(r".*(?:tion|sion|ment|ance|ence|eur|rice|ure|age|té|ty|or|ship|al|er)s?")
_INFINITIVE = re.compile(r".*(?:er|ir|re)")


def _tells_deed(claims: Claims, place: int) -> bool:
    word, language = claims.words[place], claims.language
    if word.kind != "word" or word.when is not None or not is_deed(word.meanings):
        return False
    if language == "vi":
        return word.plain.split()[0] not in _DETERMINERS["vi"]
    before = claims.words[place - 1].plain if place else ""
    if " " in word.said and language == "en":
        return True
    plain = fold(word.said)
    finite = language == "fr" and before in _CLITICS and plain.endswith(_FINITE)
    if before in _DETERMINERS[language] and not finite:
        return False
    if language == "fr" and before in _HAVING["fr"] | say.BEING["fr"]:
        return True  # « a félicité », which ends as « sécurité » does
    return not _NOUN.fullmatch(word.said.lower()) or (
        language == "fr" and bool(_INFINITIVE.fullmatch(plain))
    )


def _around(claims: Claims, place: int, *, near: bool = False) -> Around:
    """Return the names before and behind a deed, told apart by who does it.

    « approuvé par A »: A does it; « A được B mời », « do B mời »: B does it.
    """
    words, language = claims.words, claims.language
    passive = _is_passive(claims, place)
    found = Around(passive=passive)
    by = False
    for one in range(place + 1, min(len(words), place + _DEED + 1)):
        by = passive and (
            (by and words[one].comma == words[one - 1].comma) or words[one].plain in _BY[language]
        )
        if _is_beside(words, one, place, near):
            behind = found.beyond if passive else found.done
            (found.doer if by else behind).append(one)
    agent = False
    for one in range(max(0, place - _DEED), place):
        agent = agent or (language == "vi" and words[one].plain in _AGENT_VI)
        if _is_beside(words, one, place, near):
            (found.done if passive and not agent else found.doer).append(one)
    return found


_BY = {**say.PASSIVE, "vi": frozenset(("bởi",))}
_AGENT_VI = frozenset(("được", "bị", "do"))


def _is_beside(words: Sequence[Word], one: int, place: int, near: bool) -> bool:
    word = words[one]
    if (
        word.when is not None
        or word.part != words[place].part
        or (near and word.comma != words[place].comma)
    ):
        return False
    return word.kind in _NAMED or bool(word.meanings & _kin())


@cache
def _kin() -> frozenset[Meaning]:
    return frozenset().union(*(named(one) for one in ("père", "fils", "frère")))


def _is_passive(claims: Claims, place: int) -> bool:
    before = claims.words[max(0, place - 3) : place]
    being = any(one.plain in say.BEING[claims.language] for one in before)
    if claims.language == "vi":
        # « được bầu », « được Quốc hội bầu »: the one before it is whom it is done to
        if claims.words[place].plain.split()[0] in _AGENT_VI:
            return True
        for one in reversed(claims.words[max(0, place - 6) : place]):
            if one.plain in _AGENT_VI:
                return True
            if one.comma != claims.words[place].comma or is_deed(one.meanings):
                return False
        return False
    if any(one.plain in ("se", "s") for one in before) and claims.language == "fr":
        return False
    if not _PARTICIPLES[claims.language].fullmatch(claims.words[place].said.lower()):
        return False
    if being:
        return True
    # « offert par le Vietnam » has no « être », « a approuvé par 432 voix » has « avoir ».
    having = any(one.plain in _HAVING[claims.language] for one in before)
    by = any(one.plain in _BY[claims.language] for one in claims.words[place + 1 : place + 8])
    opens = not place or claims.words[place - 1].comma != claims.words[place].comma
    return by and not having and (claims.language == "fr" or opens)


_HAVING = {
    "fr": frozenset("a ont avait avaient aura auront ayant ai avons".split()),
    "en": frozenset("has have had having".split()),
}


_PARTICIPLES = {
    "fr": re.compile(r".*(?:ée?s?|ue?s?|ise?s?|ite?s?|erte?s?|i|ie?s?)"),
    "en": re.compile(r".*(?:ed|en|wn|lt|ld|ght|ade|nt|id)"),
}


def _pairings(pair: Pairing) -> Iterator[Finding]:
    """A number that stands with one name in the statement and with another in the quotes.

    « l'un pour un milliard, l'autre pour 200 millions »: the first number is the first one's.
    """
    words, others = pair.statement.words, pair.source.claims.words
    theirs = _number_and_name(pair.source.claims)
    for place, name in _number_and_name(pair.statement).items():
        number = words[place]
        same = [one for one in theirs if others[one].value == number.value]
        holders = {theirs[one] for one in same}
        if words[name].comma != number.comma:
            continue
        if not same or not pair.places[name] or holders & set(pair.places[name]):
            continue
        own = {one for one, holder in theirs.items() if holder in pair.places[name]}
        if own and all(others[one].value != number.value for one in own):
            yield Finding("direction", f"{words[name].said} – {number.said}",
                          others[min(holders)].said, contradicts=True)  # fmt: skip


_RESPECTIVELY = frozenset("respectivement respectively".split())


def _number_and_name(claims: Claims) -> dict[int, int]:
    """Return the name that each number stands nearest to, in its part of the sentence."""
    found: dict[int, int] = {}
    words = claims.words
    for part in {word.part for word in words}:
        inside = [place for place, word in enumerate(words) if word.part == part]
        numbers = [
            one for one in inside if words[one].value is not None and words[one].when is None
        ]
        names = [one for one in inside if words[one].kind in ("name", "country")]
        plains = [words[one].plain for one in inside]
        in_turn = _RESPECTIVELY.intersection(plains) or ("autre" in plains and "un" in plains)
        if in_turn and len(numbers) == 2 and len(names) >= 2:
            first = [one for one in names if one < numbers[0]][-2:]
            if len(first) == 2:
                found |= dict(zip(numbers, first, strict=True))
                continue
        for number in numbers:
            if names:
                found[number] = min(names, key=lambda one: (abs(one - number), one > number))
    return found


# --- all other words ------------------------------------------------------------------------------


def _words(pair: Pairing) -> Iterator[Finding]:
    planned = any(word.unreal for word in pair.statement.words)
    for place, word in enumerate(pair.statement.words):
        if word.kind == "word" and word.when is None and not pair.places[place]:
            if _is_light(word, pair.statement.language, planned=planned):
                continue
            yield Finding("word", word.said)


def _is_light(word: Word, language: str, *, planned: bool) -> bool:
    """Whether a word adds nothing by itself: « toute » (see `_extents`), « aura lieu »."""
    if tuple(word.plain.split()) in say.QUANTIFIER_PHRASES[language]:
        return True
    if any(word.plain in listed for listed in say.QUANTIFIERS[language].values()):
        return True
    return planned and bool(word.meanings & named("avoir lieu"))


_RULES = (
    _numbers,
    _dates,
    _names,
    _roles,
    _denials,
    _plans,
    _extents,
    _opposites,
    _ways,
    _causes,
    _reports,
    _directions,
    _pairings,
    _words,
)
