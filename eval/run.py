"""Ask every question of a set, keep every answer, and measure them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from eval.questions import Question, mentions
from rag.answer import Assistant
from rag.contract import answer_object, passage_object
from rag.records import Answer


@dataclass(frozen=True, slots=True)
class Record:
    """One question with what was answered."""

    question: Question
    answer: Answer

    @property
    def ms(self) -> int:
        return sum(self.answer.timings.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.question.id,
            "answer": answer_object(self.answer),
            "passages": [passage_object(scored) for scored in self.answer.passages],
            "ms": self.ms,
        }


def run(
    questions: Sequence[Question],
    assistant: Assistant,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Record]:
    """Return a record for each question, in order."""
    records = []
    for done, question in enumerate(questions, start=1):
        records.append(Record(question, assistant.ask(question.question, history=question.history)))
        progress(done, len(questions))
    return records


def facts(record: Record) -> float:
    """Share of what an answer must mention that it does; 0 if it says what it must not."""
    question, text = record.question, _said(record.answer)
    if any(mentions(text, unwanted) for unwanted in question.must_not_mention):
        return 0.0
    if record.answer.refused or not question.must_mention:
        return 0.0
    return mean(mentions(text, wanted) for wanted in question.must_mention)


def _said(answer: Answer) -> str:
    """What a reader sees: the statements, and the title and date beside each citation."""
    beside = (f"{c.passage.title} {c.passage.date or ''}" for c in answer.citations)
    return " ".join([*(statement.text for statement in answer.statements), *beside])


def cited(record: Record) -> float:
    """Share of the citations whose words overlap words that answer (citation precision)."""
    citations = record.answer.citations
    if not citations:
        return 0.0
    return mean(_is_gold(c.quote.source, c.quote.text, record.question) for c in citations)


def success_at(k: int, record: Record) -> float:
    """Whether a passage that holds gold words is among the first `k` (Success@k)."""
    first = (scored.passage for scored in record.answer.passages[:k])
    return float(any(_is_gold(p.source, p.text, record.question) for p in first))


def _is_gold(source: str, text: str, question: Question) -> bool:
    return any(gold.source == source and _overlap(text, gold.quote) for gold in question.gold)


def _overlap(one: str, other: str) -> bool:
    """Whether one holds the other, or they share a run of forty characters."""
    ones, others = " ".join(one.split()), " ".join(other.split())
    if ones in others or others in ones:
        return True
    return any(ones[i : i + 40] in others for i in range(len(ones) - 39))


def measures(records: Iterable[Record]) -> dict[str, float | int]:
    """Return the figures of a run, rounded to three decimals."""
    records = list(records)
    answerable = [record for record in records if record.question.answerable]
    refused = [record for record in records if record.answer.refused]
    given = [record for record in answerable if not record.answer.refused]
    figures: dict[str, float | int] = {"questions": len(records)}
    if answerable:
        figures["facts"] = mean(map(facts, answerable))
        figures["wrongly_refused"] = 1 - len(given) / len(answerable)
    labelled = [record for record in answerable if record.question.gold]
    for k in (1, 5, 20) if labelled else ():
        figures[f"success_at_{k}"] = mean(success_at(k, record) for record in labelled)
    if given:
        figures["statements"] = mean(len(record.answer.statements) for record in given)
    if answered := [record for record in given if record.question.gold]:
        figures["citation_precision"] = mean(map(cited, answered))
    for kind in sorted({r.question.kind for r in records if not r.question.answerable}):
        rows = [r for r in records if not r.question.answerable and r.question.kind == kind]
        name = f"refused_{kind}" if kind else "refused_unanswerable"
        figures[name] = mean(row.answer.refused for row in rows)
    if refused:
        right = sum(not record.question.answerable for record in refused)
        figures["refusal_precision"] = right / len(refused)
    figures["ms_median"] = median(record.ms for record in records)
    return {name: round(value, 3) for name, value in figures.items()}


def by_language(records: Sequence[Record]) -> dict[str, dict[str, float | int]]:
    """Return `measures` over all records and over those of each language."""
    languages = sorted({record.question.language for record in records})
    return {"all": measures(records)} | {
        language: measures(r for r in records if r.question.language == language)
        for language in languages
    }
