"""Names, countries and organisations: each must stand in the quotes, and its words together."""

from collections.abc import Iterator, Sequence
from typing import Literal

from rag.claims.records import NAMED, Word
from rag.findings import Finding
from rag.proof.pairing import Pairing
from rag.words import fold

_NAME_WINDOW = 2


def names(pair: Pairing) -> Iterator[Finding]:
    """Yield each name that the quotes have not, or whose words stand apart there."""
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
        if word.when is not None or word.kind not in NAMED:
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
