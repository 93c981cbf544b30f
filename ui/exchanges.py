"""A conversation as the page holds it, and as a browser keeps it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.records import Answer, Document, Quote, Turn
from rag.retrieve import Filters
from rag.verify import Check, checked


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation with its answer, and the whole text of the reports shown."""

    number: int
    answer: Answer
    reports: Mapping[str, Document] = field(default_factory=dict)
    filters: Filters | None = None
    stopped: bool = False
    """Whether its answer is not whole: the reader stopped it, or it is still being written."""

    @property
    def sources(self) -> list[str]:
        """The files of the reports that the page shows with the answer, each once."""
        answer = self.answer
        if answer.refused:
            return list(dict.fromkeys(scored.passage.source for scored in answer.nearest))
        told = [one.passage.source for one in answer.differing]
        return list(dict.fromkeys([c.quote.source for c in answer.citations] + told))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions and answers in order; named by the first question unless it was renamed."""

    exchanges: tuple[Exchange, ...] = ()
    id: str = ""
    name: str = ""
    before: tuple[Turn, ...] = ()
    """What was said before the first question, elsewhere: in a question set, for one."""

    def __bool__(self) -> bool:
        return bool(self.exchanges)

    def upto(self, number: int) -> "Conversation":
        """Return what came before question `number`."""
        kept = tuple(one for one in self.exchanges if one.number < number)
        return replace(self, exchanges=kept)

    def plus(self, exchange: Exchange) -> "Conversation":
        """Return the conversation with `exchange` in the place of that number, or at its end."""
        exchanges = (*self.upto(exchange.number).exchanges, exchange)
        name = self.name or exchange.answer.question[:200]
        return Conversation(exchanges, self.id or uuid.uuid4().hex, name, self.before)

    def exchange(self, number: int) -> Exchange | None:
        return next((one for one in self.exchanges if one.number == number), None)

    @property
    def history(self) -> list[Turn]:
        """The conversation as the assistant reads it."""
        turns = list(self.before)
        for exchange in self.exchanges:
            turns.append(Turn("user", exchange.answer.question))
            turns.append(Turn("assistant", exchange.answer.text))
        return turns


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a browser keeps of an exchange: no whole report, for the archive has them."""

    answer: Answer
    filters: Filters | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _KeptConversation:
    id: str
    name: str
    at: str
    exchanges: tuple[_Kept, ...]
    before: tuple[Turn, ...] = ()


_CONVERSATION = TypeAdapter(_KeptConversation)


def kept(conversation: Conversation) -> str:
    """Return the conversation as JSON, some 3 KB an answer."""
    exchanges = tuple(
        _Kept(_lean(one.answer), one.filters, one.stopped) for one in conversation.exchanges
    )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    whole = _KeptConversation(
        conversation.id, conversation.name, now, exchanges, conversation.before
    )
    return _CONVERSATION.dump_json(whole).decode()


def restored(data: Any, document: Callable[[str], Document | None]) -> Conversation:
    """Return what `kept` wrote, each answer with the reports as the archive has them now.

    :raises ValueError: it is not what `kept` writes, or an older version's.
    """
    try:
        whole = _CONVERSATION.validate_python(data)
    except ValidationError as error:
        raise ValueError(str(error)) from None
    exchanges = tuple(
        _checked(with_reports(Exchange(number, one.answer, {}, one.filters, one.stopped), document))
        for number, one in enumerate(whole.exchanges, 1)
    )
    return Conversation(exchanges, whole.id, whole.name, whole.before)


def _checked(exchange: Exchange) -> Exchange:
    """Return the exchange with the verdicts of today: a browser's word is no proof.

    What a report no longer says, or never said, proves nothing.

    :raises ValueError: a sentence cites what is not among the citations.
    """
    cited = {citation.number: citation for citation in exchange.answer.citations}
    statements = []
    for statement in exchange.answer.statements:
        if not cited.keys() >= set(statement.citations):
            raise ValueError("a sentence cites what is not there")
        proofs = [cited[number] for number in statement.citations]
        stands = all(proof.quote.source in exchange.reports for proof in proofs)
        check = checked(statement.text, proofs) if stands else Check("unsupported")
        lacks = statement.lacks if check.verdict == "partial" else ()
        statements.append(replace(statement, verdict=check.verdict, lacks=lacks))
    return replace(exchange, answer=replace(exchange.answer, statements=tuple(statements)))


def with_reports(exchange: Exchange, document: Callable[[str], Document | None]) -> Exchange:
    """Return the exchange with those of its reports that still say what was quoted of them."""
    found = {source: document(source) for source in exchange.sources}
    quotes = [citation.quote for citation in exchange.answer.citations]
    reports = {
        source: report
        for source, report in found.items()
        if report is not None and _says(report, quotes)
    }
    return replace(exchange, reports=reports)


def _says(report: Document, quotes: Sequence[Quote]) -> bool:
    return all(
        report.text[quote.start : quote.end] == quote.text
        for quote in quotes
        if quote.source == report.source
    )


def _lean(answer: Answer) -> Answer:
    """Return the answer without the passages that the page does not show."""
    passages = answer.nearest if answer.refused else ()
    shown = {one.passage.source for one in passages} | {c.quote.source for c in answer.citations}
    reprints = {source: list(all_) for source, all_ in answer.reprints.items() if source in shown}
    return replace(answer, passages=passages, reprints=reprints)
