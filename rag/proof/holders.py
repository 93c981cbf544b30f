"""Whose a number is, and of what: of the same name and the same thing as in the quotes."""

from collections.abc import Iterator, Sequence

from rag.claims.records import Claims, Word
from rag.findings import Finding
from rag.proof.pairing import Pairing


def holders(pair: Pairing) -> Iterator[Finding]:
    """Yield each number that stands with one name in the statement, with another in the quotes.

    « l'un pour un milliard, l'autre pour 200 millions »: the first number is the first one's.
    """
    words, others = pair.statement.words, pair.source.claims.words
    theirs = _held(pair.source.claims)
    for place, name in _held(pair.statement).items():
        number, said = words[place], pair.places[name]
        holding = {theirs[one] for one in theirs if others[one].value == number.value}
        if words[name].comma != number.comma or not holding or not said or holding & set(said):
            continue
        own = [others[one].value for one, holder in theirs.items() if holder in said]
        if own and number.value not in own:
            whose = f"{words[name].said} – {number.said}"
            yield Finding("direction", whose, others[min(holding)].said, contradicts=True)


def _held(claims: Claims) -> dict[int, int]:
    """Return the place of each number -> that of the name whose it is."""
    found: dict[int, int] = {}
    for part in claims.parts:
        found |= _held_within(claims.words, part)
    return found


def _held_within(words: Sequence[Word], inside: Sequence[int]) -> dict[int, int]:
    """Of a part of the sentence: the names in turn, if it says so, else the nearest."""
    numbers = [one for one in inside if words[one].value is not None and words[one].when is None]
    names = [one for one in inside if words[one].kind in ("name", "country")]
    plains = [words[one].plain for one in inside]
    in_turn = _RESPECTIVELY.intersection(plains) or ("autre" in plains and "un" in plains)
    if in_turn and len(numbers) == 2:
        first = [one for one in names if one < numbers[0]][-2:]
        if len(first) == 2:
            return dict(zip(numbers, first, strict=True))
    if not names:
        return {}
    return {
        number: min(names, key=lambda one: (abs(one - number), one > number)) for number in numbers
    }


_RESPECTIVELY = frozenset("respectivement respectively".split())


def counted(pair: Pairing) -> Iterator[Finding]:
    """Yield each number that counts something else in the quotes, where another number counts this.

    « 12 chapitres et 15 annexes » has no 12 annexes. Within one language: a translation may have
    another word right behind its number. `numbers` does this for words that the tables know.
    """
    if pair.statement.language != pair.source.claims.language:
        return
    words, others = pair.statement.words, pair.source.claims.words
    theirs = _things(others)
    for place, thing in _things(words).items():
        number, said = words[place], pair.places[thing]
        holding = {theirs[one] for one in theirs if others[one].value == number.value}
        own = [one for one, other in theirs.items() if other in said]
        if holding and own and not holding & set(said):
            source = f"{others[own[0]].said} {words[thing].said}"
            yield Finding("number", f"{number.said} {words[thing].said}", source, contradicts=True)


def _things(words: Sequence[Word]) -> dict[int, int]:
    """Return the place of each number -> that of the first word with a content behind it."""
    found: dict[int, int] = {}
    for place, number in enumerate(words):
        if number.value is None or number.when is not None or number.unit:
            continue
        for one in range(place + 1, min(len(words), place + _BEHIND + 1)):
            word = words[one]
            if word.comma != number.comma or word.value is not None or word.when is not None:
                break
            if word.kind == "word":
                found[place] = one
                break
    return found


_BEHIND = 2
"""« 12 de ces chapitres » is too far."""
