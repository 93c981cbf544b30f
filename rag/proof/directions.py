"""Who does it to whom must not be turned round: « A invite B » is not « B invite A »."""

from collections.abc import Iterator, Sequence

from rag.claims.records import Claims
from rag.findings import Finding
from rag.proof.deeds import Around, around, tells_deed
from rag.proof.pairing import Pairing


def directions(pair: Pairing) -> Iterator[Finding]:
    """A name before a deed in the statement and only behind it in the quotes has changed places.

    Before and behind change in a passive: « offert par le Vietnam » has Vietnam as the doer.
    """
    words, theirs = pair.statement.words, pair.source.claims.words
    for place, word in enumerate(words):
        name = _turned(pair, place)
        if name is not None:
            said, source = f"{words[name].said} – {word.said}", theirs[pair.places[place][0]].said
            yield Finding("direction", said, source, contradicts=True)
            return


def _turned(pair: Pairing, place: int) -> int | None:
    """Return the first name beside the deed at `place` that is on its other side in the quotes."""
    quotes = pair.source.claims
    if not tells_deed(pair.statement, place):
        return None
    theirs = [around(quotes, one) for one in pair.places[place] if tells_deed(quotes, one)]
    if not theirs:
        return None
    mine = around(pair.statement, place, near=True)
    both = _on_both_sides(pair.statement, place)
    for names, turned in ((mine.doer, _is_no_doer), (mine.done, _is_not_done)):
        for name in names:
            said = frozenset(pair.places[name])
            if pair.statement.words[name].plain not in both and turned(said, mine, theirs):
                return name
    return None


def _is_no_doer(said: frozenset[int], _mine: Around, theirs: Sequence[Around]) -> bool:
    """Whether a doer of the statement, at the places `said` of the quotes, does it in none."""
    if any(said.intersection(one.doer) for one in theirs):
        return False
    there = any(said.intersection(one.done + one.beyond) for one in theirs)
    return there or (bool(said) and any(one.doer for one in theirs))


def _is_not_done(said: frozenset[int], mine: Around, theirs: Sequence[Around]) -> bool:
    """Whether it is done to a name of the statement, and to this name in none of the quotes."""
    if any(said.intersection(one.done) for one in theirs):
        return False
    there = any(said.intersection(one.doer) for one in theirs)
    # « la province est rattachée à la ville »: what stands behind is neither of both.
    alike = mine.passive and all(one.passive for one in theirs)
    return there or (bool(said) and alike and any(one.done for one in theirs))


def _on_both_sides(claims: Claims, place: int) -> set[str]:
    """Return the names that stand behind one mention of a deed and before the next.

    « A signe et B signe » does not say that A signs B.
    """
    words = claims.words
    doers: set[str] = set()
    done: set[str] = set()
    for one, word in enumerate(words):
        if word.meanings & words[place].meanings and word.kind == "word":
            beside = around(claims, one, near=True)
            doers.update(words[name].plain for name in beside.doer)
            done.update(words[name].plain for name in beside.done)
    return doers & done
