"""The first passages read again, question and passage together, where a user has a model for it.

A bi-encoder compares two vectors made apart; a cross-encoder reads both texts at once, better and a
hundred times slower (Nogueira and Cho, 2019), so only the first few are given to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from rag.config import Settings
from rag.errors import BadRequest
from rag.prepare import in_context
from rag.records import ScoredPassage

RERANKED = 30
"""Passages that are read again."""

Reranker = Callable[[str, Sequence[str]], Sequence[float]]
"""From a question and texts to how well each answers, the more the better."""


class CrossEncoder:
    """Any cross-encoder of sentence-transformers, by name or folder; loaded when first asked.

    >>> CrossEncoder("BAAI/bge-reranker-v2-m3")("Qui préside ?", ["Le Laos."])  # doctest: +SKIP
    [0.97]

    :raises BadRequest: there is none of that name, when it is first asked.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        scores = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder as Loaded

        try:
            return Loaded(self._name)
        except Exception as error:  # hub, disk and model each raise their own
            reason = " ".join(str(error).split())[:200]
            raise BadRequest(
                f"The reranker {self._name!r} cannot be loaded ({reason}). Give SOURCIER_RERANKER "
                "the name or folder of a cross-encoder, or leave it out."
            ) from error


def reranker_of(settings: Settings) -> Reranker | None:
    return CrossEncoder(settings.reranker) if settings.reranker else None


def reranked(
    question: str, ranking: Sequence[ScoredPassage], reranker: Reranker
) -> list[ScoredPassage]:
    """Return the ranking with its first `RERANKED` in the order of `reranker`, the rest below.

    Its scores are put on the scale of the ranking, the best where the best was.
    """
    first, rest = ranking[:RERANKED], ranking[RERANKED:]
    if len(first) < 2:
        return list(ranking)
    judged = reranker(question, [in_context(scored.passage) for scored in first])
    low, width = min(judged), max(judged) - min(judged) or 1.0
    bottom, height = first[-1].score, first[0].score - first[-1].score
    together = [
        replace(scored, score=bottom + height * (score - low) / width)
        for scored, score in zip(first, judged, strict=True)
    ]
    return [*sorted(together, key=lambda scored: -scored.score), *rest]
