"""Who does it, and whom it is done to: the names around a verb, in the active and the passive."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import rag.claims.words as say
from rag.claims.records import NAMED, Claims, Word
from rag.meanings import Meaning, is_deed, named
from rag.words import fold


@dataclass(slots=True)
class Around:
    """The names on both sides of a verb, as places."""

    doer: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    passive: bool = False
    beyond: list[int] = field(default_factory=list)
    """Behind a passive: « confiée à B » is not done by B."""


_DEED = 14
"""Words on each side of a deed among which its names are looked for."""


def around(claims: Claims, place: int, *, near: bool = False) -> Around:
    """Return the names before and behind a deed, told apart by who does it.

    « approuvé par A »: A does it; « A được B mời », « do B mời »: B does it. With `near` only those
    between the same commas are looked at.
    """
    found = Around(passive=_is_passive(claims, place))
    _look_behind(found, claims, place, near)
    _look_before(found, claims, place, near)
    return found


def _look_behind(found: Around, claims: Claims, place: int, near: bool) -> None:
    words, by = claims.words, False
    for one in range(place + 1, min(len(words), place + _DEED + 1)):
        goes_on = by and words[one].comma == words[one - 1].comma
        by = found.passive and (goes_on or words[one].plain in _BY[claims.language])
        if _is_beside(words, one, place, near):
            behind = found.beyond if found.passive else found.done
            (found.doer if by else behind).append(one)


def _look_before(found: Around, claims: Claims, place: int, near: bool) -> None:
    words, agent = claims.words, False
    for one in range(max(0, place - _DEED), place):
        agent = agent or (claims.language == "vi" and words[one].plain in _AGENT_VI)
        if _is_beside(words, one, place, near):
            (found.done if found.passive and not agent else found.doer).append(one)


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
    return word.kind in NAMED or bool(word.meanings & _kin())


@cache
def _kin() -> frozenset[Meaning]:
    return frozenset().union(*(named(one) for one in ("père", "fils", "frère")))


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


def tells_deed(claims: Claims, place: int) -> bool:
    """Whether the word is a deed told as a verb: « a signé », and not « la signature »."""
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


def _is_passive(claims: Claims, place: int) -> bool:
    if claims.language == "vi":
        return _is_passive_vi(claims.words, place)
    words, language = claims.words, claims.language
    before = [one.plain for one in words[max(0, place - 3) : place]]
    if language == "fr" and ("se" in before or "s" in before):
        return False
    if not _PARTICIPLES[language].fullmatch(words[place].said.lower()):
        return False
    if not say.BEING[language].isdisjoint(before):
        return True
    # « offert par le Vietnam » has no « être », « a approuvé par 432 voix » has « avoir ».
    by = any(one.plain in _BY[language] for one in words[place + 1 : place + 8])
    opens = not place or words[place - 1].comma != words[place].comma
    return by and _HAVING[language].isdisjoint(before) and (language == "fr" or opens)


def _is_passive_vi(words: Sequence[Word], place: int) -> bool:
    """« được bầu », « được Quốc hội bầu »: the one before it is whom it is done to."""
    if words[place].plain.split()[0] in _AGENT_VI:
        return True
    for one in reversed(words[max(0, place - 6) : place]):
        if one.plain in _AGENT_VI:
            return True
        if one.comma != words[place].comma or is_deed(one.meanings):
            return False
    return False


_HAVING = {
    "fr": frozenset("a ont avait avaient aura auront ayant ai avons".split()),
    "en": frozenset("has have had having".split()),
}
_PARTICIPLES = {
    "fr": re.compile(r".*(?:ée?s?|ue?s?|ise?s?|ite?s?|erte?s?|i|ie?s?)"),
    "en": re.compile(r".*(?:ed|en|wn|lt|ld|ght|ade|nt|id)"),
}
