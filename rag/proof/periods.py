"""Which period a number is of: « 12 en 2021 et 15 en 2022 » says nothing of 15 in 2021."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.claims.records import Claims, When, Word
from rag.findings import Finding
from rag.proof.pairing import Pairing
from rag.proof.times import fits


@dataclass(frozen=True, slots=True)
class _Dated:
    """A number with the moment that it stands with, in one coordinate part of a sentence."""

    number: Word
    when: When


def periods(pair: Pairing) -> Iterator[Finding]:
    """Yield each number that the quotes give to another moment, and to this one another number.

    Only where no other place of the quotes has the number.
    """
    quotes = pair.source.claims
    theirs = list(_dated(quotes))
    values = {word.value for word in quotes.words if word.value is not None}
    for mine in _dated(pair.statement):
        same = [one for one in theirs if one.number.value == mine.number.value]
        told = [one for one in quotes.words if one.value == mine.number.value]
        if not same or len(same) < len(told):
            continue
        if any(fits(mine.when, one.when, values) for one in same):
            continue
        for one in theirs:
            if fits(mine.when, one.when, values) and _is_alike(one.number, mine.number, same):
                whose = f"{mine.number.said} – {mine.when.said}"
                yield Finding("date", whose, f"{one.number.said} – {one.when.said}", True)
                break


def _is_alike(other: Word, mine: Word, same: Sequence[_Dated]) -> bool:
    """Whether another number of the quotes counts what this one does.

    It says so by its unit or its noun, or stands in one sentence with it: « 12 ponts en 2021 et 15
    en 2022 ».
    """
    if other.unit != mine.unit:
        return False
    if other.unit or other.counted & mine.counted:
        return True
    return any(
        bool(other.counted & one.number.counted)  # « vụ tai nạn » may be said without « vụ »
        or (one.number.part == other.part and not (other.counted and mine.counted))
        for one in same
    )


def _dated(claims: Claims) -> Iterator[_Dated]:
    """Yield each number with its moment, of the parts of a sentence where all of them pair off."""
    for part in claims.parts:
        told = _told([claims.words[place] for place in part])
        pairs = list(zip(told[::2], told[1::2], strict=False))
        if len(told) % 2 or any((one.when is None) == (other.when is None) for one, other in pairs):
            continue
        for one, other in pairs:
            number, moment = (one, other) if one.when is None else (other, one)
            assert moment.when is not None
            yield _Dated(number, claims.whens[moment.when])


def _told(words: Sequence[Word]) -> list[Word]:
    """Return the numbers and the moments in order; one of several words, « le 5 mars », once."""
    found: list[Word] = []
    for word in words:
        goes_on = found and word.when is not None and found[-1].when == word.when
        if not goes_on and (word.when is not None or _is_number(word)):
            found.append(word)
    return found


def _is_number(word: Word) -> bool:
    """« une hausse » counts nothing, « la 13e » is one of many."""
    one = word.value == 1 and word.said.isalpha()
    return word.value is not None and not word.ordinal and not one
