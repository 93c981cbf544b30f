"""Which words of the news mean the same in French, English and Vietnamese, and which the opposite.

`meanings.csv` is ours; countries, places and roles are those of the glossary. A word may have
several meanings, those of every line it stands in; two words agree if they share one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rag.glossary import LANGUAGES, Row, country, rows
from rag.words import fold, stem

Meaning = int
"""A line of the two tables, by its number."""

# Words that a French or English expression may have between its own: « ministre des Affaires … ».
_BETWEEN = {
    "fr": frozenset(
        "a au aux avait d de des du en est et ete etait l la le les leur leurs ont s sa se ses son "
        "sont un une y".split()
    ),
    "en": frozenset("a an be been had has have in is its of on the their to was were".split()),
    "vi": frozenset(),
}  # fmt: skip
_LONGEST = 6
# The old way of setting a tone mark, and the new one: « hoà bình » is « hòa bình ».
_TONES = {
    old: new
    for pair in ("oà òa", "oá óa", "oả ỏa", "oã õa", "oạ ọa", "oè òe", "oé óe", "oẻ ỏe", "oẽ õe",
                 "oẹ ọe", "uỳ ùy", "uý úy", "uỷ ủy", "uỹ ũy", "uỵ ụy")
    for old, new in [pair.split()]
}  # fmt: skip
_OLD_TONE = re.compile(rf"(?<!q)(?:{'|'.join(_TONES)})\b")
_WORD = re.compile(r"[^\W_]+")
_SYLLABLE = 6
# What Vietnamese calls countries beside their names in CLDR.
_ALSO = {"US": ("Mỹ",), "AU": ("Úc",), "MM": ("Miến Điện",), "LA": ("Lào",)}


@dataclass(frozen=True, slots=True)
class Sense:
    """What a stretch of `length` words means; `kind` is that of the glossary, or ""."""

    length: int
    meanings: frozenset[Meaning]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    forms: Mapping[str, Mapping[tuple[str, ...], frozenset[Meaning]]]
    kinds: Mapping[Meaning, str]
    opposites: Mapping[Meaning, frozenset[Meaning]]
    deeds: frozenset[Meaning]


@lru_cache(maxsize=50_000)
def key(word: str, language: str) -> str:
    """Return the form in which a word is compared: its stem, in Vietnamese the word itself.

    The stemmer takes « passagers » to « passager » and that to « passag »: it is asked again until
    nothing changes. It knows « demandée » by its accent, so accents go last.
    """
    lower = unicodedata.normalize("NFC", word).lower()
    if language == "vi":
        return _OLD_TONE.sub(lambda old: _TONES[old[0]], lower)
    for turn in range(3):
        shorter = _stemmed(lower, language)
        if shorter == lower or (turn and len(shorter) < _SHORTEST):
            break
        lower = shorter
    return fold(lower)


def _stemmed(word: str, language: str) -> str:
    if language == "fr" and len(word) > _SHORTEST and word.endswith("s"):
        word = word[:-1]
    return stem(word, language) if word else word


_SHORTEST = 4
_PARTICIPLE = re.compile(r"é(?:e?s?)\Z")


def _keys(word: str, language: str) -> tuple[str, ...]:
    """Return the keys a word can be found by: « succèdent » and « succédé » as « succéder »."""
    first = key(word, language)
    if language != "fr" or len(word) <= _SHORTEST:
        return (first,)
    if word.endswith("ent"):
        return first, key(f"{word[:-3]}er", language)
    return first, key(_PARTICIPLE.sub("er", word), language)


def sense_at(words: Sequence[str], at: int, language: str) -> Sense | None:
    """Return what the longest expression that begins with the word `at` means, if any does.

    `words` are in lower case, with their accents.
    """
    found: Sense | None = None
    table = _table()
    for end, chain in _chains(words, at, language):
        bare = tuple(_bare(word, language) for word in chain)
        known = table.forms[f"bare {language}"].get(bare, frozenset())
        land = tuple(_country(word, language) for word in chain)
        known |= table.forms[f"land {language}"].get(land, frozenset())
        own = table.forms[language].get(tuple(key(word, language) for word in chain), frozenset())
        meant: frozenset[Meaning] | None = own | known
        if not meant and len(chain) == 1 and language == "fr":
            meant = table.forms["fr"].get(_keys(chain[0], language)[-1:])
        if meant:
            kinds = {table.kinds.get(one, "") for one in meant}
            found = Sense(end - at, meant, max(kinds, default=""))
    return found


def _bare(word: str, language: str) -> str:
    """Return the key by which the glossary, which has no accents, knows a word."""
    return fold(word) if language == "vi" else key(fold(word), language)


_FEMININE = re.compile(r"(?:ne|e)?s?\Z")


def _country(word: str, language: str) -> str:
    """Return the key of a country or its people: their stem would make « libérer » a Liberian."""
    folded = fold(word)
    if language == "fr":
        return _FEMININE.sub("", folded, count=1).removesuffix("s")
    return folded.removesuffix("s") if language == "en" else folded


def _chains(words: Sequence[str], at: int, language: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the stretches from `at`, ever longer, without the small words within them."""
    chain: list[str] = []
    small = _BETWEEN[language]
    for place in range(at, min(len(words), at + _LONGEST * 2)):
        if not words[place][0].isalnum():
            return
        if chain and fold(words[place]) in small:
            continue
        chain.append(words[place])
        if len(chain) > _LONGEST:
            return
        yield place + 1, tuple(chain)


def opposites(meanings: Iterable[Meaning]) -> frozenset[Meaning]:
    """Return the meanings that are the opposite of one of these."""
    table = _table().opposites
    return frozenset().union(*(table.get(one, ()) for one in meanings))


@cache
def named(french: str) -> frozenset[Meaning]:
    """Return the meanings of a French form."""
    sense = sense_at([word.lower() for word in _WORD.findall(french)], 0, "fr")
    return sense.meanings if sense else frozenset()


def is_deed(meanings: Iterable[Meaning]) -> bool:
    """Whether one of these is something that one does to another: to succeed, to release."""
    return not _table().deeds.isdisjoint(meanings)


@cache
def _table() -> _Table:
    forms: dict[str, dict[tuple[str, ...], set[Meaning]]] = {one: {} for one in LANGUAGES}
    forms |= {f"{table} {one}": {} for table in ("bare", "land") for one in LANGUAGES}
    kinds: dict[Meaning, str] = {}
    first: dict[str, Meaning] = {}
    opposed: list[tuple[str, str]] = []
    deeds: set[str] = set()
    lines = (Path(__file__).parent / "meanings.csv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("!"):
            one, other = (part.strip() for part in line[1:].split(";"))
            opposed.append((one, other))
        elif line.startswith(">"):
            deeds.update(name.strip() for name in line[1:].split(","))
        elif line.strip() and not line.startswith("#"):
            columns = [[form.strip() for form in part.split(",")] for part in line.split(";")]
            first.setdefault(columns[0][0], number)
            for language, listed in zip(LANGUAGES, columns, strict=True):
                for form in listed:
                    forms[language].setdefault(_chain(form, language), set()).add(number)
    for number, row in enumerate(rows(), len(lines)):
        if row.kind and row.kind != "RE":  # « la réunion » is a meeting
            kinds[number] = "country" if row.is_country else row.kind
            for table, chain in _of_glossary(row):
                forms[table].setdefault(chain, set()).add(number)
    return _Table(
        {
            language: {chain: frozenset(meant) for chain, meant in listed.items() if chain}
            for language, listed in forms.items()
        },
        kinds,
        _both_ways((first[one], first[other]) for one, other in opposed),
        frozenset(first[one] for one in deeds),
    )


def _both_ways(pairs: Iterable[tuple[Meaning, Meaning]]) -> dict[Meaning, frozenset[Meaning]]:
    found: dict[Meaning, frozenset[Meaning]] = {}
    for one, other in pairs:
        found[one] = found.get(one, frozenset()) | {other}
        found[other] = found.get(other, frozenset()) | {one}
    return found


def _of_glossary(row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the table and the chain of each form of a row of the glossary.

    Its Vietnamese has no accents: forms of one short syllable, other words without them, are left
    out, and the countries' names taken from CLDR as well.
    """
    for language in LANGUAGES:
        for form in row.forms[language]:
            written = _WORD.findall(form)
            if form == "diplomatie":
                continue  # a role in « chef de la diplomatie » only
            if language != "vi" or len(written) > 1 or len(form) > _SYLLABLE:
                small = _BETWEEN[language]
                table, keyed = ("land", _country) if row.is_country else ("bare", _bare)
                yield (
                    f"{table} {language}",
                    tuple(
                        keyed(word, language)
                        for place, word in enumerate(written)
                        if not place or word not in small
                    ),
                )
    for name in (country(row.kind, "vi"), *_ALSO.get(row.kind, ())) if row.is_country else ():
        yield "vi", _chain(re.split(r"[(,]", name)[0], "vi")


def _chain(form: str, language: str) -> tuple[str, ...]:
    """Return the keys of an expression, without the small words within it."""
    small = _BETWEEN[language]
    return tuple(
        key(word.lower(), language)
        for place, word in enumerate(_WORD.findall(form))
        if not place or fold(word) not in small
    )
