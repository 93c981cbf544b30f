"""Question -> ranked passages, as a LangChain retriever."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import cache

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.dates_days import span
from rag.errors import BadFilter
from rag.follow import FollowedWords
from rag.languages import code_of, is_language
from rag.metadata import Entry, passage_metadata, passage_of
from rag.question import Query, understood
from rag.rank import fused, said_by, spread
from rag.records import SEARCHED, ScoredPassage
from rag.rerank import Reranker, reranked
from rag.store import Store
from rag.widen import widened

TOP = 20
"""Passages a ranking holds unless told otherwise."""

POOL = 50
"""Passages that each of the two rankings gives to their fusion."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What may answer: which reports, and of these which passages.

    Dates are ISO, whole or cut short; `source` is a glob; `language` is ``fr``, ``en``, ``vi`` or
    another code of ISO 639-1, or a name of the three. `kind` is one of those that are searched.

    :raises BadFilter: a date is none, or a kind, a language or a glob; or the period ends before
        it begins.
    """

    since: str | None = None
    until: str | None = None
    source: str | None = None
    language: str | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        if self.kind and self.kind not in SEARCHED:
            kinds = ", ".join(sorted(SEARCHED))
            why = f"{self.kind!r} is no kind of passage. Write one of {kinds}."
            raise BadFilter(("kind",), why)
        for name, date in (("since", self.since), ("until", self.until)):
            if date and not _is_date(date):
                why = f"{date!r} is no date. Write 2024, 2024-01 or 2024-01-28."
                raise BadFilter((name,), why)
        if self.since and self.until and span(self.since)[0] > span(self.until)[1]:
            why = f"{self.since!r} is later than {self.until!r}, and no report is of both."
            raise BadFilter(("since", "until"), f"{why} Exchange them.")
        if self.language and not is_language(self.language):
            why = f"{self.language!r} is no language. Write fr, en, vi or another of ISO 639-1."
            raise BadFilter(
                ("language",), f"{why} `sourcier documents` lists those of the reports."
            )
        if self.source and _UNCLOSED.search(self.source):
            why = f"The [ of {self.source!r} is not closed. Write 2024/*.txt or [ab]*.txt."
            raise BadFilter(("source",), f"{why} `sourcier documents` lists the sources.")

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.source, self.language, self.kind))

    @property
    def of_reports(self) -> "Filters":
        """What of it asks something of a report, and not of each passage."""
        return replace(self, kind=None)

    def among(self, entries: "ByDate") -> frozenset[str]:
        """Return the sources of those that may lie within the period, and all else that is asked.

        « 2024-01 » is not before 15 January. A report without a date is in no period. It is known
        by each place it was found in.
        """
        return frozenset(
            entry.source
            for known, some in entries.items()
            if self._fits(*known)
            for entry in some
            if self._is_named(entry)
        )

    def _fits(self, date: str | None, language: str | None) -> bool:
        if self.language and code_of(language or "") != code_of(self.language):
            return False
        if not (self.since or self.until):
            return True
        # ISO dates are in order as strings are; where one is the beginning of the other, they meet.
        return date is not None and not (
            (self.since and date[: len(self.since)] < self.since[: len(date)])
            or (self.until and date[: len(self.until)] > self.until[: len(date)])
        )

    def _is_named(self, entry: Entry) -> bool:
        return not self.source or any(fnmatchcase(s, self.source) for s in entry.places)


ByDate = Mapping[tuple[str | None, str | None], Sequence[Entry]]
"""Reports by date and language: an archive has many of one day, and most are not looked at."""


def by_date(entries: Iterable[Entry]) -> ByDate:
    found = defaultdict(list)
    for entry in entries:
        found[entry.date, entry.language].append(entry)
    return found


_UNCLOSED = re.compile(r"\[(?!!?\]?[^\]]*\])")
"""A set without its end, which would be looked for as it is written."""


def _is_date(written: str) -> bool:
    """Whether it is an ISO date, whole or cut short; `span` alone would take « 2024-1 » too."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", written) and span(written))
    except ValueError:  # 31 February
        return False


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
    reranker: Reranker | None = None
    widened_by: int = 0
    """Passages of the same report that LangChain gets with each, before it and after it."""

    def ranking(self, question: str) -> list[ScoredPassage]:
        """Return up to `top` passages, best first."""
        query, pool = understood(question), max(POOL, self.top)
        sources = self._of_the_period(query, self._allowed_sources())
        vector = self.embeddings.embed_query(question)
        nearest = self.store.nearest(vector, pool, sources, self.filters.kind)
        by_vector = _ranks(scored.passage.id for scored in nearest)
        words = self.words.current()
        by_words = _ranks(words.best(query, pool, sources=sources, kind=self.filters.kind))
        others = self.store.compared([one for one in by_words if one not in by_vector], vector)
        found = [
            replace(
                scored,
                by_vector=by_vector.get(scored.passage.id),
                by_words=by_words.get(scored.passage.id),
            )
            for scored in (*nearest, *others)
        ]
        known = words.said([scored.passage.id for scored in found])
        ranking = fused(
            query, found, cache(words.rarity), lambda one: known.get(one.id) or said_by(one)
        )
        if self.reranker:
            ranking = reranked(question, ranking, self.reranker)
        return spread(ranking[: 2 * self.top])[: self.top]

    def _of_the_period(self, query: Query, allowed: frozenset[str] | None) -> frozenset[str] | None:
        """Return those of the allowed reports to look at, None for all.

        For « Que s'est-il passé en juillet 2025 ? » those of that period, if there are any.
        """
        if not query.only_when:
            return allowed
        dated = self.store.derived("by date", lambda: by_date(self.store.entries()))
        then = frozenset(
            entry.source
            for (day, _), entries in dated.items()
            if day and any(period.holds(*span(day)) for period in query.periods)
            for entry in entries
        )
        return (then if allowed is None else then & allowed) or allowed

    def _allowed_sources(self) -> frozenset[str] | None:
        asked = self.filters.of_reports
        if not asked:
            return None
        store = self.store

        def allowed() -> frozenset[str]:
            return asked.among(store.derived("by date", lambda: by_date(store.entries())))

        return store.derived(asked, allowed)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
        top: int | None = None,
    ) -> list[LangChainDocument]:
        asked = self if top is None else self.model_copy(update={"top": top})
        ranking = asked.ranking(query)
        if self.widened_by:
            ranking = widened(ranking, self.store, self.widened_by)
        return [to_langchain(scored) for scored in ranking]


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
