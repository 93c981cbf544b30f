"""The lines of a report, and those that are known by their form wherever they stand."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from rag import signs
from rag.records import PAGE_BREAK, Kind
from rag.words import fold

# Beyond it a line is a paragraph, and a run of a million spaces would cost patterns a minute.
_LONGEST_LINE_OF_A_PAGE = 600

_DIGIT = re.compile(r"\d")
_LINE = re.compile(r"[^\s][^\r\n]*")

# Lines at the top and at the bottom of a page, and how long they may be.
_EDGE = 2
_LONGEST_RUNNING = 100
_PAGE_NUMBER = re.compile(
    r"(?:p(?:age|\.)? ?|trang )?[-–—]? ?0(?: ?(?:/|sur|of|de|tren) ?0)? ?[-–—]?"
)


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
    is_running: bool = False
    """It stands at the edge of a page, with its number or as on others: a running head or foot."""
    is_row: bool = False
    """Another line of as many cells stands right above or below: a table, no menu."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_short(self) -> bool:
        """Whether it may be something else than prose."""
        return len(self.text) <= _LONGEST_LINE_OF_A_PAGE

    @property
    def is_boilerplate(self) -> bool:
        """Whether it is what the page around a report says."""
        return self.is_running or (self.is_short and (_is_boilerplate(self.text) or self._is_menu))

    @property
    def _is_menu(self) -> bool:
        return not (self.is_row or _DIGIT.search(self.text)) and bool(
            signs.MENU.fullmatch(self.text)
        )

    @property
    def is_caption(self) -> bool:
        """Whether it ends with who took the picture."""
        tail = self.text[-_LONGEST_LINE_OF_A_PAGE:]
        found = signs.CREDIT.finditer(tail)
        return any(credit.end() == len(tail) and "»" not in credit[0] for credit in found)

    def marked(self, kind: Kind, title: str = "", *, start: int = 0) -> Mark:
        return Mark(self.start + start, self.end, kind, title)


def lines_of(text: str, position: int) -> list[Line]:
    """Return the lines from `position` on that hold something."""
    matches = list(re.compile(r"[^\s][^\r\n\f]*").finditer(text, position))
    lines: list[Line] = []
    running = _running(text)
    cells_above = 0
    for match, after in zip_longest(matches, matches[1:]):
        gap = text[match.end() : after.start()].count("\n") if after else 0
        cells = match[0].count("|")
        goes_on = bool(after) and gap == 1 and after[0].count("|") == cells
        is_row = bool(cells) and (goes_on or cells == cells_above)
        is_running = match.start() in running
        lines.append(Line(match.start(), match[0].rstrip(), gap, is_running, is_row))
        cells_above = cells if gap == 1 else 0
    return lines


def _running(text: str) -> set[int]:
    """Return where running heads and feet begin: page numbers, and what most pages have there."""
    if PAGE_BREAK not in text:
        return set()
    edges: dict[str, list[int]] = defaultdict(list)
    start = 0
    pages = text.split(PAGE_BREAK)
    for page in pages:
        lines = list(_LINE.finditer(page))
        for line in dict.fromkeys([*lines[:_EDGE], *lines[-_EDGE:]]):
            if len(line[0]) <= _LONGEST_RUNNING:
                edges[_alike(line[0])].append(start + line.start())
        start += len(page) + 1
    enough = max(2, len(pages) / 2)
    return {
        place
        for said, places in edges.items()
        if len(places) >= enough or _PAGE_NUMBER.fullmatch(said)
        for place in places
    }


def _alike(line: str) -> str:
    """The line with its numbers made one, as those of pages differ."""
    return re.sub(r"\d+", "0", " ".join(fold(line).split()))


@lru_cache(maxsize=4096)
def _is_boilerplate(text: str) -> bool:
    folded = fold(text)
    return bool(signs.BOILERPLATE.fullmatch(folded)) or _is_sharing(folded)


def _is_sharing(folded: str) -> bool:
    said = set(re.findall(r"[\w-]+", folded))
    return bool(said & signs.SHARING) and said <= signs.SHARING | signs.SHARED
