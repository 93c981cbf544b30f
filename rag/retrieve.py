"""Question -> ranked passages, as a LangChain retriever."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cache

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.dates_days import span
from rag.errors import BadRequest
from rag.follow import FollowedWords
from rag.languages import code_of
from rag.metadata import Entry, passage_metadata, passage_of
from rag.question import Query, Term, share_said, understood
from rag.records import Passage, ScoredPassage
from rag.searched import stems
from rag.store import Store
from rag.words import language_to_compare

TOP = 20
"""Passages a ranking holds unless told otherwise."""

POOL = 50
"""Passages that each of the two rankings gives to their fusion."""

DENSE = 0.5
"""Weight of the cosine; the words have the rest. Measured in `eval/README.md`."""


Rarity = Callable[[tuple[Term, ...], str], Mapping[Term, float]]
"""From terms and the language of a report to how much each counts."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which reports may answer. Dates are ISO, whole or cut short; `source` is a glob.

    `language` is ``fr``, ``en``, ``vi`` or another code of ISO 639-1, or a name of the three.

    :raises BadRequest: a date is none.
    """

    since: str | None = None
    until: str | None = None
    source: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        for date in filter(None, (self.since, self.until)):
            if not _is_date(date):
                raise BadRequest(
                    f"{date!r} is no date. Write 2024, 2024-01 or 2024-01-28: `--since 2024-01`."
                )

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.source, self.language))

    def allow(self, entry: Entry) -> bool:
        """Whether `entry` may lie within the period: « 2024-01 » is not before 15 January.

        A report without a date is in no period. It is known by each place it was found in.
        """
        if self.source and not any(fnmatchcase(s, self.source) for s in entry.places):
            return False
        if self.language and code_of(entry.language or "") != code_of(self.language):
            return False
        if not (self.since or self.until):
            return True
        if entry.date is None:
            return False
        first, last = span(entry.date)
        since = span(self.since)[0] if self.since else first
        until = span(self.until)[1] if self.until else last
        return first <= until and last >= since


def _is_date(written: str) -> bool:
    """Whether it is an ISO date, whole or cut short; `span` alone would take « 2024-1 » too."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", written) and span(written))
    except ValueError:  # 31 February
        return False


def fused(
    query: Query, found: Sequence[ScoredPassage], rarity: Rarity | None = None
) -> list[ScoredPassage]:
    """Return the passages in order of their cosine and of what they say of the question's terms.

    A convex combination after min-max scaling (Bruch, Gai and Ingber, ACM TOIS 2023). The share of
    the terms that a passage says, the rare ones counting for more, takes the place of BM25, which
    it beat (`eval/README.md`): BM25 is for finding. The terms are those of the report's language,
    so a Vietnamese question finds « frontière » as well.
    """
    if not found:
        return []
    cosines = [scored.cosine for scored in found]
    low, width = min(cosines), max(cosines) - min(cosines) or 1.0
    together = [
        replace(
            scored,
            score=DENSE * (scored.cosine - low) / width
            + (1 - DENSE) * _said_of(query, scored.passage, rarity),
        )
        for scored in found
    ]
    return sorted(together, key=lambda scored: -scored.score)


def _said_of(query: Query, passage: Passage, rarity: Rarity | None) -> float:
    language = language_to_compare(passage.language, passage.text)
    said = stems(f"{passage.heading} {passage.text}", language)
    terms = query.terms(language)
    weights = rarity(terms, language) if rarity else None
    return share_said(terms, said, if_none=0.0, weights=weights)


class PassageRetriever(BaseRetriever):
    """The passages of the index nearest to a question.

    >>> retriever.invoke("Qui préside l'ASEAN en 2024 ?")  # doctest: +SKIP
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: Store
    embeddings: Embeddings
    words: FollowedWords
    top: int = TOP
    filters: Filters = Filters()

    def ranking(self, question: str) -> list[ScoredPassage]:
        """Return up to `top` passages, best first."""
        query, sources, pool = understood(question), self._allowed_sources(), max(POOL, self.top)
        vector = self.embeddings.embed_query(question)
        nearest = self.store.nearest(vector, pool, sources)
        by_vector = _ranks(scored.passage.id for scored in nearest)
        words = self.words.current()
        by_words = _ranks(words.best(query, pool, sources=sources))
        others = self.store.compared([one for one in by_words if one not in by_vector], vector)
        found = [
            replace(
                scored,
                by_vector=by_vector.get(scored.passage.id),
                by_words=by_words.get(scored.passage.id),
            )
            for scored in (*nearest, *others)
        ]
        return fused(query, found, cache(words.rarity))[: self.top]

    def _allowed_sources(self) -> Sequence[str] | None:
        if not self.filters:
            return None
        return [entry.source for entry in self.store.entries() if self.filters.allow(entry)]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[LangChainDocument]:
        return [to_langchain(scored) for scored in self.ranking(query)]


_SCORES = tuple(one.name for one in fields(ScoredPassage) if one.name != "passage")


def _ranks(ids: Iterable[str]) -> dict[str, int]:
    return {one: rank for rank, one in enumerate(ids, start=1)}


def to_langchain(scored: ScoredPassage) -> LangChainDocument:
    passage = scored.passage
    return LangChainDocument(
        id=passage.id,
        page_content=passage.text,
        metadata=passage_metadata(passage) | {name: getattr(scored, name) for name in _SCORES},
    )


def from_langchain(document: LangChainDocument) -> ScoredPassage:
    told = document.metadata
    scores = {name: told[name] for name in _SCORES}
    return ScoredPassage(passage_of(document.page_content, told), **scores)
