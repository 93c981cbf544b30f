"""Titles: each must stand in the quotes, and with the name that the statement gives it to."""

from collections.abc import Iterable, Iterator, Sequence

from rag.claims.records import Word
from rag.findings import Finding
from rag.meanings import named
from rag.proof.pairing import Pairing


def roles(pair: Pairing) -> Iterator[Finding]:
    """Yield each title that the quotes have not, or give to somebody else."""
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
