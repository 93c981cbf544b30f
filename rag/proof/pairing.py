"""A statement beside its quotes: where they say what each of its words says."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.claims.records import Claims, Word
from rag.meanings import Meaning
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
