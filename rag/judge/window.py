"""A question and a sentence in its place, as one row of tokens.

``<s> question </s></s> heading </s> before </s> sentence </s> after </s>``
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rag.e5.tokenizer import Pieces

LONGEST = {"question": 64, "heading": 40, "before": 56, "sentence": 160, "after": 40}
"""Tokens read of each part: the last of what stands before the sentence, else the first."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is read beside a question; all but ``text`` may be empty."""

    text: str
    heading: str = ""
    """Title and date of its report."""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A row of tokens: ``ids[first:last]`` are the sentence's.

    ``places[i]`` says which characters of the sentence the token ``first + i`` stands for.
    """

    ids: tuple[int, ...]
    first: int
    last: int
    places: tuple[tuple[int, int], ...]


def windows(pieces: Pieces, question: str, sentences: Sequence[Sentence]) -> list[Window]:
    """Return a window for each sentence."""
    return [window(pieces, question, sentence) for sentence in sentences]


def window(pieces: Pieces, question: str, sentence: Sentence) -> Window:
    """Return the window of one sentence."""
    read = (question, sentence.heading, sentence.before, sentence.after)
    asked, heading, before, after = (row[1:-1] for row in pieces.token_ids(read, 512))
    ids, places = _placed(pieces, sentence.text)
    start, end = pieces.ends
    row = [start, *asked[: LONGEST["question"]], end, end, *heading[: LONGEST["heading"]], end]
    row += [*before[-LONGEST["before"] :], end]
    first, most = len(row), LONGEST["sentence"]
    row += [*ids[:most], end, *after[: LONGEST["after"]], end]
    return Window(tuple(row), first, first + len(ids[:most]), tuple(places[:most]))


def _placed(pieces: Pieces, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the token ids of `text`, and the characters of it that each token stands for."""
    normal, origins = _normalised(text)
    found = pieces.placed(normal)
    places = [
        (origins[start], origins[end - 1] + 1) if end > start else (0, 0) for _, start, end in found
    ]
    return [number for number, _, _ in found], places


def _normalised(text: str) -> tuple[str, list[int]]:
    """Return `text` as the vocabulary has it (NFKC), and where each of its characters is from."""
    written, origins = [], []
    for place, character in enumerate(text):
        for one in unicodedata.normalize("NFKC", character):
            written.append(one)
            origins.append(place)
    return "".join(written), origins
