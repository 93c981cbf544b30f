"""Reports that tell the same and say otherwise: another number, another date, another name.

An archive corrects itself, and a title changes hands: the reader sees each with its date, the
newest first, and is told that they differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.asked import short_answer
from rag.question import Query
from rag.relevance import Candidate
from rag.searched import stems
from rag.words import language_to_compare, words

MOST = 3

_FITS = 0.7
"""How well the words must fit what is asked for."""

_ALIKE = 0.4
"""Share of their other words, taken together, that two sentences on one thing have in common."""

_NEARLY_AS_GOOD = 4.0
"""How far below the best a sentence may score that says otherwise."""


@dataclass(frozen=True, slots=True)
class _Told:
    candidate: Candidate
    value: str
    words: frozenset[str]
    others: frozenset[str]


def differing(query: Query, candidates: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
    """Return the best sentence and those that say otherwise, each with what it says, newest first.

    Nothing where none does. `candidates` come best first.
    """
    told = [one for candidate in candidates if (one := _told(query, candidate))]
    if not told or told[0].candidate is not candidates[0]:
        return []
    kept = [told[0]]
    for one in told[1:]:
        far = candidates[0].score - one.candidate.score > _NEARLY_AS_GOOD
        if len(kept) < MOST and not far and all(_differ(one, other) for other in kept):
            kept.append(one)
    if len(kept) == 1:
        return []
    dated = sorted(kept, key=lambda one: one.candidate.passage.date or "", reverse=True)
    return [(one.candidate, one.value) for one in dated]


def _told(query: Query, candidate: Candidate) -> _Told | None:
    text, passage = candidate.quote.text, candidate.passage
    language = language_to_compare(passage.language, passage.text)
    best = short_answer(query.asked, query.text, text, language)
    if best is None or best.fit < _FITS:
        return None
    value = text[best.start : best.end]
    rest = f"{text[: best.start]} {text[best.end :]}"
    return _Told(candidate, value, frozenset(words(value)), stems(rest, language))


def _differ(one: _Told, other: _Told) -> bool:
    """Two reports say the same of a thing but for the value; « le 3 mai » is no other day."""
    if one.candidate.passage.source == other.candidate.passage.source:
        return False
    if one.words <= other.words or other.words <= one.words:
        return False
    # A report that tells both values tells of two things.
    if one.words <= _all_words(other) or other.words <= _all_words(one):
        return False
    return len(one.others & other.others) >= _ALIKE * len(one.others | other.others)


def _all_words(one: _Told) -> frozenset[str]:
    passage = one.candidate.passage
    return frozenset(words(passage.text))
