"""Text -> words: each with what it means, and whether it is a number, a name, or a small word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import rag.claims.words as say
from rag.claims.records import Kind, Word
from rag.meanings import Sense, key, sense_at
from rag.numbers import number_at
from rag.words import fold

_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3}){2,}(?!\d)|\d{1,3}(?:[. ]\d{3}(?!\d))+(?:,\d+)?|\d+(?:[.,]\d+)?"
    r"|[^\W\d_]+|[%$€]|[.;:!?,()]"
)
_ENDS = frozenset(".;:!?()")


def is_known(words: Sequence[str], at: int, language: str) -> bool:
    """Whether the word `at`, of words in lower case, is one of `language`, as far as is known."""
    word = words[at]
    plain = word if language == "vi" else fold(word) if language == "fr" or word.isascii() else word
    return plain in say.SMALL[language] or sense_at(words, at, language) is not None


def words_of(text: str, language: str) -> list[Word]:
    """Return the words of `text`, with the part of the sentence that each stands in."""
    tokens = list(_TOKEN.finditer(text))
    lower = [token[0].lower() for token in tokens]
    found: list[Word] = []
    part = comma = at = 0
    opens = True
    while at < len(tokens):
        token = tokens[at]
        if token[0] in _ENDS or token[0] == ",":
            part, comma = part + (token[0] != ","), comma + 1
            opens = opens or token[0] in ".!?:"
            at += 1
            continue
        word = _word(_Place(text, language, tokens, lower, at, opens))
        word.part, word.comma = part, comma
        found.append(word)
        at += max(1, sum(one.start() < word.end for one in tokens[at : at + _LONGEST]))
        opens = False
    return found


_LONGEST = 18
"""Tokens of the longest fixed expression or number."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A token among those of its text; `opens` where a sentence begins with it."""

    text: str
    language: str
    tokens: Sequence[re.Match[str]]
    lower: Sequence[str]
    at: int
    opens: bool

    @property
    def token(self) -> str:
        return self.tokens[self.at][0]

    @property
    def upper(self) -> bool:
        """Whether it has a capital."""
        return self.token[0].isupper()

    @property
    def capital(self) -> bool:
        """Whether it has a capital that does not come from its place."""
        return self.upper and not self.opens

    @property
    def beside_capital(self) -> bool:
        """Whether a word with a capital stands beside it, one space apart."""
        tokens, at = self.tokens, self.at
        before = tokens[at - 1] if at else None
        behind = tokens[at + 1] if at + 1 < len(tokens) else None
        return any(
            one is not None
            and one[0][0].isupper()
            and (one.end() + 1 == tokens[at].start() or tokens[at].end() + 1 == one.start())
            for one in (before, behind)
        )

    def made(self, length: int, kind: Kind) -> Word:
        """Return the word that this token and those behind it make, `length` in all."""
        start, end = self.tokens[self.at].start(), self.tokens[self.at + length - 1].end()
        said = self.text[start:end]
        plain = said.lower() if self.language == "vi" else fold(said)
        return Word(start, end, said, plain, key(self.lower[self.at], self.language), kind, 0)


def _word(place: _Place) -> Word:
    """Return the number, the known expression or the single word that begins here."""
    sense = sense_at(place.lower, place.at, place.language)
    number = number_at(place.lower, place.at, place.language)
    if number and not (sense and sense.length > number.length):
        word = place.made(number.length, "number")
        word.value, word.ordinal = number.value, number.ordinal
        return word
    if sense and not _is_part_of_name(place, sense):
        return _known(place, sense)
    return _unknown(place)


def _known(place: _Place, sense: Sense) -> Word:
    """Return the word or expression that has this sense."""
    kind: Kind = sense.kind or "word"  # type: ignore[assignment]
    single = sense.length == 1
    if kind == "country" and single and not place.upper and place.language == "vi":
        kind = "word"
    word = place.made(sense.length, kind)
    alone = kind == "word" and single
    first = place.at == 1 and place.lower[0] in say.SMALL["fr"]  # « Aucun État »
    if alone and place.language == "fr" and place.capital and not first and place.beside_capital:
        word.kind = "name"  # « Hun Sen » has nothing to do with « sens »
        return word
    word.meanings = sense.meanings
    if alone and not place.capital and word.plain in say.SMALL[place.language]:
        word.kind = "small"
    return word


def _unknown(place: _Place) -> Word:
    """Return a word that the tables do not have: a small one, a name, or any other."""
    word = place.made(1, "word")
    named = place.capital and place.beside_capital
    if (
        word.plain in _TITLES
        or (word.plain in say.SMALL[place.language] and not named)
        or not place.token[0].isalpha()
        or (len(place.token) == 1 and not place.capital)
    ):
        word.kind = "small"
    elif place.upper and (not place.opens or place.beside_capital):
        word.kind = "name"
    return word


_TITLES = frozenset("m mm mme mmes mlle mr mrs ms dr ông bà ngài".split())


def _is_part_of_name(place: _Place, sense: Sense) -> bool:
    """Whether a syllable stands in a Vietnamese name: « Võ Văn Thưởng », where « văn » is none."""
    if sense.length > 1 or sense.kind == "country" or place.language != "vi":
        return False
    return place.capital and place.beside_capital
