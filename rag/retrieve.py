"""Question -> ranked passages, as a LangChain retriever."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.dates_days import span
from rag.errors import BadRequest
from rag.languages import code_of
from rag.metadata import Entry, passage_metadata, passage_of
from rag.question import Query, share_said, understood
from rag.records import Passage, ScoredPassage
from rag.searched import stems
from rag.store import Store
from rag.words import language_to_compare

TOP = 20
"""Passages a ranking holds unless told otherwise."""

POOL = 50
"""Nearest passages that are put in order by their words as well."""

DENSE = 0.6
"""Weight of the cosine; the words have the rest. Measured in `eval/README.md`."""


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


def fused(query: Query, nearest: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    """Return the passages in order of their cosine and of what they say of the question's terms.

    A convex combination after min-max scaling (Bruch, Gai and Ingber, ACM TOIS 2023). The terms
    are those of the report's language, so a Vietnamese question finds « frontière » as well.
    """
    if not nearest:
        return []
    cosines = [scored.cosine for scored in nearest]
    low, width = min(cosines), max(cosines) - min(cosines) or 1.0
    together = [
        replace(
            scored,
            score=DENSE * (scored.cosine - low) / width
            + (1 - DENSE) * _said_of(query, scored.passage),
        )
        for scored in nearest
    ]
    return sorted(together, key=lambda scored: -scored.score)


def _said_of(query: Query, passage: Passage) -> float:
    language = language_to_compare(passage.language, passage.text)
    said = stems(f"{passage.heading} {passage.text}", language)
    return share_said(query.terms(language), said, if_none=0.0)


class PassageRetriever(BaseRetriever):
    """The passages of the index nearest to a question.

    >>> retriever.invoke("Qui préside l'ASEAN en 2024 ?")  # doctest: +SKIP
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: Store
    embeddings: Embeddings
    top: int = TOP
    filters: Filters = Filters()

    def ranking(self, question: str) -> list[ScoredPassage]:
        """Return up to `top` passages, best first."""
        vector = self.embeddings.embed_query(question)
        nearest = self.store.nearest(vector, max(POOL, self.top), self._allowed_sources())
        return fused(understood(question), nearest)[: self.top]

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


def to_langchain(scored: ScoredPassage) -> LangChainDocument:
    passage = scored.passage
    told = {"score": scored.score, "cosine": scored.cosine}
    return LangChainDocument(
        id=passage.id, page_content=passage.text, metadata=passage_metadata(passage) | told
    )


def from_langchain(document: LangChainDocument) -> ScoredPassage:
    told = document.metadata
    return ScoredPassage(passage_of(document.page_content, told), told["score"], told["cosine"])
