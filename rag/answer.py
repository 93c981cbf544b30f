"""One question from start to end: `Assistant.ask` and `Assistant.stream`.

The chain is made of LangChain Runnables: the retriever finds passages, `candidates` reads their
sentences, the writer quotes the best. Each answer that is streamed is the one before with something
added, and `ask` returns the last: there is one code path.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import (
    Runnable,
    RunnableConfig,
    RunnableLambda,
    RunnablePassthrough,
)
from langchain_core.runnables.config import run_in_executor

from rag.chat import chat_model
from rag.compose import NotComposed, composed
from rag.config import Settings
from rag.dates_days import span
from rag.differ import differing
from rag.embed import Remembering, SentenceEmbeddings
from rag.findings import reason
from rag.follow import FollowedWords, words_folder
from rag.judge.judge import judge_of
from rag.metadata import Entry
from rag.parts import parts
from rag.phrases import phrase
from rag.question import Query, understood
from rag.records import Answer, Document, Problem, ScoredPassage, Statement, Told, Turn
from rag.refusal import refusal
from rag.relevance import Candidate, Judging, candidates, told_once
from rag.remarks import remarks
from rag.rerank import Reranker, reranker_of
from rag.retrieve import TOP, Filters, PassageRetriever, from_langchain
from rag.sought import Period, is_told_of, shown_period
from rag.store import Store
from rag.suggest import SUGGESTED, suggested
from rag.turns import courtesy, less, rewritten, standing_alone
from rag.verify import Check, checked
from rag.words import words
from rag.write import Written, quoted

LONGEST_QUESTION = 2000
"""Characters read of a question; what the model reads ends at 512 tokens anyway."""


class Assistant:
    """Answers questions from one index.

    >>> assistant = Assistant(store, embeddings)  # doctest: +SKIP
    >>> assistant.ask("Qui préside l'ASEAN en 2024 ?").text  # doctest: +SKIP
    'Le Laos assure la présidence de l'ASEAN en 2024. [1]'
    """

    def __init__(
        self,
        store: Store,
        embeddings: Embeddings,
        words: FollowedWords | None = None,
        reranker: Reranker | None = None,
        chat: BaseChatModel | None = None,
        judge: Callable[[], Judging | None] = lambda: None,
    ) -> None:
        """`judge` returns the judge of sentences; it is called once, at the first question."""
        self._store = store
        self._make_judge, self._making = judge, threading.Lock()
        self._made: tuple[Judging | None] | None = None
        self._reranker = reranker
        self._chat = chat
        self._embeddings = Remembering(embeddings)
        self._words = words or FollowedWords(store)

    @classmethod
    def opened(cls, settings: Settings, embeddings: SentenceEmbeddings) -> "Assistant":
        """Return one for the index that the settings name.

        :raises IndexNotFound: there is none.
        """
        store = Store(settings.index, embeddings.name)
        words = FollowedWords(store, words_folder(settings.index, settings.cache))
        reranker, chat = reranker_of(settings), chat_model(settings)
        return cls(store, embeddings, words, reranker, chat, lambda: judge_of(settings))

    @property
    def _judge(self) -> Judging | None:
        with self._making:  # two first questions at once would each load it
            self._made = self._made or (self._make_judge(),)
            return self._made[0]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Return the whole answer, or a refusal with the nearest reports.

        `config` is LangChain's, here and below: ``{"callbacks": [...]}`` follows every step.

        >>> assistant.ask("Qui préside l'ASEAN ?", filters=Filters(since="2024"))  # doctest: +SKIP
        """
        return self.answering().invoke(_asked(question, history, filters), config)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        config: RunnableConfig | None = None,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows: first the passages found, then each statement.

        >>> for answer in assistant.stream("Qui préside l'ASEAN ?"):  # doctest: +SKIP
        ...     print(len(answer.statements))
        """
        return self.answering().stream(_asked(question, history, filters), config)

    def batch(
        self,
        questions: Sequence[str],
        *,
        filters: Filters | None = None,
        config: RunnableConfig | None = None,
    ) -> list[Answer | Exception]:
        """Return one answer a question, in order; what a question failed of stands in its place.

        ``config={"max_concurrency": 2}`` says how many are answered at once.

        >>> assistant.batch(["Qui préside l'ASEAN ?", "Où est Vientiane ?"])  # doctest: +SKIP
        """
        asked = [_asked(question, (), filters) for question in questions]
        found: list[Answer | Exception] = []
        found += self.answering().batch(asked, config, return_exceptions=True)
        return found

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Return what `ask` does, and let others work meanwhile.

        >>> await assistant.aask("Qui préside l'ASEAN ?")  # doctest: +SKIP
        """
        return await self.answering().ainvoke(_asked(question, history, filters), config)

    def astream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        config: RunnableConfig | None = None,
    ) -> AsyncIterator[Answer]:
        """Yield what `stream` does, and let others work meanwhile.

        >>> async for answer in assistant.astream("Qui préside l'ASEAN ?"):  # doctest: +SKIP
        ...     print(len(answer.statements))
        """
        return self.answering().astream(_asked(question, history, filters), config)

    def answering(self) -> Runnable[dict[str, Any], Answer]:
        """Return what all of these run: ``{"question", "history", "filters"}`` -> the answer."""
        return RunnableLambda(self._growing, afunc=self._agrowing, name="Assistant")

    async def _agrowing(self, asked: dict[str, Any]) -> AsyncIterator[Answer]:
        growing = self._growing(asked)
        while answer := await run_in_executor(None, next, growing, None):
            yield answer

    def _growing(self, given: dict[str, Any]) -> Iterator[Answer]:
        question, history, filters = given["question"], given["history"], given["filters"]
        asked = understood(question[:LONGEST_QUESTION])
        answer = Answer(question=question, language=asked.language)
        if not asked.text:
            yield _refused(answer, phrase("empty", asked.language))
            return
        if polite := courtesy(asked.text):
            yield _refused(replace(answer, language=polite), phrase("courtesy", polite))
            return
        query = self._with_history(asked, history)
        answer = replace(answer, sought=query.sought)
        untold: list[str] = []
        questions = parts(query)
        if len(questions) != len(parts(asked)):  # cut out of earlier turns, as nobody typed it
            questions = [query]
        for part in questions:
            for grown in self._part_answered(answer, part, filters, untold):
                answer = grown
                yield answer
        yield self._ended(answer, questions, filters, untold)

    def _part_answered(
        self, answer: Answer, query: Query, filters: Filters | None, untold: list[str]
    ) -> Iterator[Answer]:
        """Yield the answer with what is found for `query`, then with a statement more each time.

        What it is refused for is added to `untold`.
        """
        started = time.perf_counter()
        for found in self.chain(filters).stream({"query": query}):
            if "documents" in found:
                answer = _with_passages(answer, _ranking(found))
            if "reprints" in found:
                answer = replace(answer, reprints={**answer.reprints, **found["reprints"]})
                answer = _timed(answer, "retrieve_ms", started)
                started = time.perf_counter()
                yield answer
            if "candidates" in found:
                grown = answer
                for grown in self._grown(answer, query, found["candidates"], untold):
                    yield _timed(grown, "answer_ms", started)
                yield _timed(grown, "answer_ms", started)

    def chain(self, filters: Filters | None = None) -> Runnable[dict[str, Any], dict[str, Any]]:
        """Return the chain: ``{"query"}`` -> the same with documents, reprints and candidates.

        Every step is a Runnable of its own, so the chain streams, batches and can be traced.
        """
        retriever = self._retriever(TOP, filters)

        def question(found: dict[str, Any]) -> str:
            return str(found["query"].text)

        def reprints(found: dict[str, Any]) -> dict[str, list[str]]:
            return self._store.reprints(scored.passage.source for scored in _ranking(found))

        def read(found: dict[str, Any]) -> list[Candidate]:
            ranking = told_once(_ranking(found), found["reprints"])
            return candidates(found["query"], ranking, self._embeddings, self._judge)

        return (
            RunnablePassthrough.assign(documents=RunnableLambda(question) | retriever)
            | RunnablePassthrough.assign(reprints=RunnableLambda(reprints))
            | RunnablePassthrough.assign(candidates=RunnableLambda(read))
        )

    def search(
        self, question: str, *, top: int = TOP, filters: Filters | None = None
    ) -> list[ScoredPassage]:
        """Return the `top` passages nearest to `question`, best first; none if it is empty."""
        text = understood(question[:LONGEST_QUESTION]).text
        return self._retriever(top, filters).ranking(text) if text else []

    def _retriever(self, top: int, filters: Filters | None) -> PassageRetriever:
        return PassageRetriever(
            store=self._store,
            embeddings=self._embeddings,
            words=self._words,
            top=top,
            filters=filters or Filters(),
            reranker=self._reranker,
        )

    def suggestions(self, answer: Answer, *, filters: Filters | None = None) -> list[str]:
        """Return at most three questions to ask next; each was tried, and has an answer.

        By quoting, also where a chat model writes the answers: it would be asked six times.
        """
        if answer.citations and not answer.passages:  # as a browser keeps it
            near = self.search(answer.citations[0].quote.text, filters=filters)
            answer = replace(answer, passages=tuple(near))
        quoting = copy(self)
        quoting._chat = None
        answered = (
            one for one in suggested(answer) if not quoting.ask(one, filters=filters).refused
        )
        return list(islice(answered, SUGGESTED))

    def less(self, question: str, history: Sequence[Turn], thing: str) -> str:
        """Return `question` without what was recognised in it as `thing`: ``Sought.shown``."""
        return less(question, history, thing)

    def document(self, source: str) -> Document | None:
        """Return the whole report known as `source`."""
        return self._store.document(source)

    def identity(self) -> dict[str, str]:
        """Return what an answer depends on: the model, and the identity of the index."""
        return {"model": self._store.model, "reports": self._store.identity()}

    def entries(self) -> list[Entry]:
        """Return what is known of every report of the archive."""
        return self._store.entries()

    def failures(self) -> list[Problem]:
        """Return what should have been indexed and could not be read, with the reasons."""
        problems = (problem for file in self._store.files() for problem in file.problems)
        return [problem for problem in problems if problem.grade == "failed"]

    def warm(self) -> None:
        """Ask something, so that model, vectors and word lists are loaded by the first question."""
        self.ask("Que disent les dépêches ?")

    def _with_history(self, asked: Query, history: Sequence[Turn]) -> Query:
        """Return the query to look for; what it asks for is what the new turn asks, if it says."""
        alone = rewritten(asked.text, history, self._chat) if self._chat else None
        whole = understood(alone or standing_alone(asked.text, history))
        return replace(whole, asked=asked.asked or whole.asked, thing=asked.thing)

    def _grown(
        self, answer: Answer, query: Query, found: Sequence[Candidate], untold: list[str]
    ) -> Iterator[Answer]:
        """Yield the answer with one more statement each time, none where none answers."""
        if query.only_when:  # nothing else of the question tells one report from another
            found = [one for one in found if is_told_of(query.periods, one.quote, one.passage)]
        if not (found and words(query.text)):
            return
        if refused := refusal(query, found):
            untold += refused.untold
            return
        if query.asked and query.asked.kind == "statement":  # what X said is not what others said
            found = [one for one in found if one.features.holds_asked]
        yield from self._quoting(answer, query, found)

    def _quoting(
        self, answer: Answer, query: Query, found: Sequence[Candidate]
    ) -> Iterator[Answer]:
        """Yield the answer with one more proved statement each time."""
        if found and found[0].is_doubted:
            answer = _with_remark(answer, phrase("doubtful", answer.language))
        known = {statement.text for statement in answer.statements}
        apart = differing(query, found)
        if apart:
            answer = _with_differing(answer, apart)
            yield answer
        for written in self._written(answer, query, found, [one for one, _ in apart]):
            if isinstance(written, str):
                answer = _with_remark(answer, written)
                yield answer
                continue
            check = checked(written.text, written.citations)
            if check.verdict == "unsupported":  # nothing is shown that its source does not prove
                continue
            answered = dict.fromkeys((*answer.answered, query.part))
            answer = replace(answer, answered=tuple(answered))
            if written.text not in known:  # nor twice for two parts
                answer = _with_statement(answer, written, check)
            yield answer

    def _written(
        self,
        answer: Answer,
        query: Query,
        found: Sequence[Candidate],
        apart: Sequence[Candidate],
    ) -> Iterator[Written | str]:
        """Yield what is composed; where a chat model fails, a remark that says so, and quotes.

        `apart` are the sentences of reports that say otherwise.
        """
        first = len(answer.citations) + 1
        if self._chat:
            try:
                yield from composed(query, found, self._chat, first)
                return
            except NotComposed as failure:
                yield phrase(failure.why, answer.language)
        said = [citation.quote for citation in answer.citations]
        yield from quoted(query, found, first, apart=apart, said=said)

    def _ended(
        self,
        answer: Answer,
        questions: Sequence[Query],
        filters: Filters | None,
        untold: Sequence[str],
    ) -> Answer:
        """Return the answer with its remarks, or the refusal that it comes to."""
        if not answer.passages:
            why = "nothing_allowed" if filters else "nothing_indexed"
            return _refused(answer, phrase(why, answer.language))
        if not answer.statements:
            sought = ", ".join(dict.fromkeys(_sought(query) for query in questions))
            nothing_told = replace(answer, differing=(), remarks=())
            why = phrase("refused", answer.language)
            if untold:
                why = phrase("untold", answer.language, names=", ".join(dict.fromkeys(untold)))
            looked_for = phrase("looked_for", answer.language, sought=sought)
            return _refused(nothing_told, f"{why} {looked_for}.")
        found = remarks(answer, questions, self._store.document)
        return replace(answer, remarks=(*answer.remarks, *found))


def _asked(question: str, history: Sequence[Turn], filters: Filters | None) -> dict[str, Any]:
    return {"question": question, "history": history, "filters": filters}


def _ranking(found: dict[str, Any]) -> tuple[ScoredPassage, ...]:
    return tuple(from_langchain(document) for document in found["documents"])


def _with_remark(answer: Answer, remark: str) -> Answer:
    return replace(answer, remarks=tuple(dict.fromkeys((*answer.remarks, remark))))


def _with_statement(answer: Answer, written: Written, check: Check) -> Answer:
    """Return the answer with one more sentence; what is cited already keeps its number."""
    known = {citation.quote: citation for citation in answer.citations}
    for citation in written.citations:
        known.setdefault(citation.quote, replace(citation, number=len(known) + 1))
    numbers = tuple(known[citation.quote].number for citation in written.citations)
    lacks = tuple(reason(finding, answer.language) for finding in check.findings)
    statement = Statement(written.text, numbers, check.verdict, written.short, lacks)
    statements = (*answer.statements, statement)
    return replace(answer, statements=statements, citations=tuple(known.values()))


def _with_differing(answer: Answer, apart: Sequence[tuple[Candidate, str]]) -> Answer:
    """Return the answer with what reports say otherwise, and the remark that says so."""
    told = tuple(Told(value, one.passage, one.quote) for one, value in apart)
    said = []
    for one in told:
        date = one.passage.date
        when = shown_period(Period(*span(date)), answer.language) if date else "?"
        said.append(f"« {one.value} » ({when})")
    remark = phrase("differ", answer.language, told=", ".join(said))
    together = tuple(dict.fromkeys((*answer.differing, *told)))  # two parts may find the same
    return replace(_with_remark(answer, remark), differing=together)


def _with_passages(answer: Answer, ranking: Sequence[ScoredPassage]) -> Answer:
    """Return the answer with these passages between those that it has, each once, best first."""
    places = zip_longest(answer.passages, ranking)
    together = {one.passage.id: one for place in places for one in place if one}
    return replace(answer, passages=tuple(together.values())[:TOP])


def _refused(answer: Answer, reason: str) -> Answer:
    return replace(answer, refused=True, reason=reason)


def _sought(query: Query) -> str:
    """The words of the question that were looked for, as they were typed."""
    if query.only_when:
        return ", ".join(shown_period(period, query.language) for period in query.periods)
    return ", ".join(term.shown for term in query.terms(query.language)) or query.text


def _timed(answer: Answer, name: str, started: float) -> Answer:
    spent = answer.timings.get(name, 0) + round(1000 * (time.perf_counter() - started))
    return replace(answer, timings={**answer.timings, name: spent})
