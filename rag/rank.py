"""The order of what was found: by meaning, by words, by the period asked about; no report crowds.

A convex combination after min-max scaling (Bruch, Gai and Ingber, ACM TOIS 2023), chosen among
others in `eval/README.md`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import mean

from rag.question import Query, Term, share_said
from rag.records import Passage, ScoredPassage
from rag.searched import stems
from rag.words import language_to_compare

DENSE = 0.5
"""Weight of the cosine; the words have the rest."""

DATED = 0.2
"""Added where a passage is of the periods that the question names, whole."""

FROM_ONE = 2
"""Passages of one report that may stand together unlowered."""

CROWDED = 0.1
"""Taken for each better passage of the same report beyond these."""

REPEATED = 0.3
"""Taken where another report said the same: a reprint comes after what else there is."""

_THE_SAME = 0.9
"""Share of their words, taken together, that two passages that say the same have in common."""

Rarity = Callable[[tuple[Term, ...], str], Mapping[Term, float]]
"""From terms and the language of a report to how much each counts."""


def said_by(passage: Passage) -> frozenset[str]:
    """Return the stems of a passage and its heading."""
    language = language_to_compare(passage.language, passage.text)
    return stems(f"{passage.heading} {passage.text}", language)


def fused(
    query: Query,
    found: Sequence[ScoredPassage],
    rarity: Rarity | None = None,
    said: Callable[[Passage], frozenset[str]] = said_by,
) -> list[ScoredPassage]:
    """Return the passages in order of cosine, of the question's terms that each says, of its dates.

    The share of the terms that a passage says, the rare ones counting for more, takes the place of
    BM25, which it beat: BM25 is for finding. The terms are those of the report's language, so a
    Vietnamese question finds « frontière » as well.
    """
    if not found:
        return []
    cosines = [scored.cosine for scored in found]
    low, width = min(cosines), max(cosines) - min(cosines) or 1.0
    together = [
        replace(
            scored,
            score=DENSE * (scored.cosine - low) / width
            + (1 - DENSE) * _said_of(query, scored.passage, rarity, said(scored.passage))
            + DATED * _fit(query, scored.passage),
        )
        for scored in found
    ]
    return _sorted(together)


def _said_of(query: Query, passage: Passage, rarity: Rarity | None, said: frozenset[str]) -> float:
    language = language_to_compare(passage.language, passage.text)
    terms = query.terms(language)
    weights = rarity(terms, language) if rarity else None
    return share_said(terms, said, if_none=0.0, weights=weights)


def _fit(query: Query, passage: Passage) -> float:
    """How well a passage is of the periods asked about, on the average."""
    return mean(period.fit(passage) for period in query.periods) if query.periods else 0.0


def spread(ranking: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    """Return the ranking so that neither one report nor its reprints fill the first places.

    The third and later passages of a report are lowered, the more the later; and so is what
    a better passage of another report says in the same words. Nothing is left out.
    """
    better: Counter[str] = Counter()
    kept: list[tuple[str, frozenset[str]]] = []
    lowered = []
    for scored in ranking:
        source, said = scored.passage.source, _stems(scored.passage)
        crowd = max(0, better[source] + 1 - FROM_ONE)
        better[source] += 1
        repeats = any(other != source and _is_the_same(said, told) for other, told in kept)
        if not repeats:
            kept.append((source, said))
        lowered.append(replace(scored, score=scored.score - CROWDED * crowd - REPEATED * repeats))
    return _sorted(lowered)


def _stems(passage: Passage) -> frozenset[str]:
    return stems(passage.text, language_to_compare(passage.language, passage.text))


def _is_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    return shorter >= _THE_SAME * longer and len(one & other) >= _THE_SAME * len(one | other)


def _sorted(found: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    return sorted(found, key=lambda scored: -scored.score)
