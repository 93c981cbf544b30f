"""The lines of a report, and those that are known by their form wherever they stand."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from rag import signs
from rag.records import Kind
from rag.words import fold

# Beyond it a line is a paragraph, and a run of a million spaces would cost patterns a minute.
_LONGEST_LINE_OF_A_PAGE = 600


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line, or the rest of one, is: ``text[start:end]``. Its part reaches to the next."""

    start: int
    end: int
    kind: Kind
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds something."""

    start: int
    text: str
    gap: int
    """Line ends between it and the next one; two or more are a blank line, 0 the end."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_short(self) -> bool:
        """Whether it may be something else than prose."""
        return len(self.text) <= _LONGEST_LINE_OF_A_PAGE

    def marked(self, kind: Kind, title: str = "", *, start: int = 0) -> Mark:
        return Mark(self.start + start, self.end, kind, title)


def lines_of(text: str, position: int) -> list[Line]:
    """Return the lines from `position` on that hold something."""
    matches = list(re.compile(r"[^\s][^\r\n\f]*").finditer(text, position))
    lines = []
    for match, after in zip_longest(matches, matches[1:]):
        gap = text[match.end() : after.start()].count("\n") if after else 0
        lines.append(Line(match.start(), match[0].rstrip(), gap))
    return lines


@lru_cache(maxsize=4096)
def is_boilerplate(text: str) -> bool:
    """Whether a line is what the page around a report says."""
    if len(text) > _LONGEST_LINE_OF_A_PAGE:
        return False
    folded = fold(text)
    return bool(
        signs.BOILERPLATE.fullmatch(folded) or signs.MENU.fullmatch(text) or _is_sharing(folded)
    )


def _is_sharing(folded: str) -> bool:
    said = set(re.findall(r"[\w-]+", folded))
    return bool(said & signs.SHARING) and said <= signs.SHARING | signs.SHARED


def is_caption(text: str) -> bool:
    """Whether a line ends with who took the picture."""
    tail = text[-_LONGEST_LINE_OF_A_PAGE:]
    found = signs.CREDIT.finditer(tail)
    return any(credit.end() == len(tail) and "»" not in credit[0] for credit in found)
