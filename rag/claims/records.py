"""What is kept of a sentence taken apart: its words, its moments, and what is of all of it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rag.meanings import Meaning

Kind = Literal["word", "number", "name", "country", "place", "organisation", "role", "small"]
NAMED: frozenset[Kind] = frozenset(("name", "country", "place", "organisation"))
Force = Literal[0, 1, 2]
"""How surely a mark is meant for a word: 2, the words it stands at; 1, further words; 0, none."""


@dataclass(slots=True)
class Word:
    """One word, number or fixed expression of a sentence, at ``text[start:end]``."""

    start: int
    end: int
    said: str
    plain: str
    key: str
    kind: Kind
    part: int
    """The part of the sentence, between full stops, semicolons, colons and brackets."""
    comma: int = 0
    meanings: frozenset[Meaning] = frozenset()
    value: Decimal | None = None
    ordinal: bool = False
    unit: str = ""
    counted: frozenset[Meaning] = frozenset()
    measure: Literal["", ">", "<"] = ""
    denied: Force = 0
    affirmed: bool = False
    """Denied, and then affirmed with another complement: « pas le 12, mais le 22 »."""
    unreal: Force = 0
    pending: bool = False
    """Still to be done: « 16 % attendent leur bornage »."""
    when: int | None = None
    """The number of the moment it is part of."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment that is told: ISO days, first and last; and whether it is denied."""

    said: str
    first: str
    last: str
    has_year: bool
    figures: frozenset[Decimal]
    denied: bool = False
    bound: Literal["", "until", "since"] = ""
    year_known: bool = True
    """False where neither the words nor the report give a year."""


@dataclass(slots=True)
class Claims:
    """A sentence, or several, taken apart."""

    language: str
    words: list[Word] = field(default_factory=list)
    whens: list[When] = field(default_factory=list)
    extents: dict[str, str] = field(default_factory=dict)
    """The quantifiers by their class, « all », and how they are said."""
    reported: str = ""
    """How the sentence says that somebody says it, "" if it does not."""
    cause: str = ""
    against: str = ""
    ways: set[str] = field(default_factory=set)
    """« before », « after », « more », « less »: the small words that have an opposite."""

    @property
    def parts(self) -> list[list[int]]:
        """The places of the words of each part of the sentence."""
        found: dict[int, list[int]] = {}
        for place, word in enumerate(self.words):
            found.setdefault(word.part, []).append(place)
        return list(found.values())

    @property
    def denies(self) -> bool:
        """Whether a word of it is denied for sure."""
        return any(word.denied == 2 for word in self.words)
