"""Each number of a statement must stand in its quotes, with its unit, of what it counts there."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.claims.records import Word
from rag.findings import Finding
from rag.proof.pairing import Pairing

_A_YEAR = 1000


def numbers(pair: Pairing) -> Iterator[Finding]:
    """Yield each number that the quotes have not, or in another unit, or of another thing."""
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
