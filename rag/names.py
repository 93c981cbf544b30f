"""Where names stand in a sentence, and in a question: words with a capital, side by side."""

import re
from collections.abc import Callable, Iterable, Iterator

from rag.words import FUNCTION_WORDS, fold

_WORD = re.compile(r"[^\W\d_][\w’-]*")
_WORD_OF_QUESTION = re.compile(r"[^\W\d_][\w’'-]*")
_SPACES = (" ", "\u00a0")
_OPENING = " «\"'“(¿-–—"
_SYLLABLE = 6


def names(sentence: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand in a sentence of a report, ``sentence[start:end]``.

    A word that opens the sentence counts if the next one has a capital too, a small word never:
    « Le Laos », « Bui Thanh Son ».
    """
    found = _WORD.finditer(sentence)
    for start, end, length in _runs(sentence, found, lambda word: not _is_small(word, language)):
        if length > 1 or start > 0:
            yield start, end


def names_asked(question: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand in a question, ``question[start:end]``.

    The first word of a question has its capital from that; a Vietnamese name has two syllables.
    """

    def begins(word: re.Match[str]) -> bool:
        first = _opens(question, word.start()) or _is_quoted(question, word.start())
        return not (first and _is_small(word, language))

    found = _WORD_OF_QUESTION.finditer(_without_elisions(question))
    for start, end, length in _runs(question, found, begins):
        if length > 1 or _stands_alone(question, start, end, language):
            yield start, end


def _runs(
    text: str, found: Iterable[re.Match[str]], begins: Callable[[re.Match[str]], bool]
) -> Iterator[tuple[int, int, int]]:
    """Yield the first and last place of each run of words with a capital, and how many they are.

    A space is between two of them and nothing else; `begins` says which words may be the first.
    """
    start = end = length = 0
    for word in found:
        goes_on = length > 0 and text[end : word.start()] in _SPACES
        capital = word[0][0].isupper() and (goes_on or begins(word))
        if length and not (capital and goes_on):
            yield start, end, length
            length = 0
        if capital:
            start, end, length = start if length else word.start(), word.end(), length + 1
    if length:
        yield start, end, length


def _is_small(word: re.Match[str], language: str) -> bool:
    return fold(word[0]) in FUNCTION_WORDS[language]


def _opens(question: str, start: int) -> bool:
    before = question[:start].rstrip(_OPENING)
    return not before or before.endswith((".", "?", "!"))


def _stands_alone(question: str, start: int, end: int, language: str) -> bool:
    written = question[start:end]
    syllable = language == "vi" and not written.isupper() and len(written) < _SYLLABLE
    title = _is_quoted(question, start) and not question[end:].lstrip().startswith(("»", "”"))
    letter = end - start == 1
    return not (_opens(question, start) or syllable or title or letter)


def _is_quoted(question: str, start: int) -> bool:
    """Whether a quotation begins there: its first word has its capital from that."""
    return question[:start].rstrip().endswith(("«", "“"))


_ELISION = re.compile(r"\b(?:[a-zCDJLMST]|[qQ]u)['’]")


def _without_elisions(question: str) -> str:
    """Return it with blanks for « L' », which is no name; « O'Brien » and « N'Djamena » are."""
    return _ELISION.sub(lambda elided: " " * len(elided[0]), question)
