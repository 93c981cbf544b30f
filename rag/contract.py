"""The JSON objects other programs read, exactly as DESIGN.md lays them down."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.metadata import Entry
from rag.records import Answer, Citation, Problem, ScoredPassage

if TYPE_CHECKING:
    from rag.index import Report


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return what `ask --json` prints."""
    return {
        "question": answer.question,
        "language": answer.language,
        "refused": answer.refused,
        "reason": answer.reason,
        "remarks": list(answer.remarks),
        "text": answer.text,
        "statements": [
            {
                "text": statement.text,
                "citations": list(statement.citations),
                "verdict": statement.verdict,
            }
            for statement in answer.statements
        ],
        "citations": [_citation_object(citation) for citation in answer.citations],
        "timings": dict(answer.timings),
    }


def _citation_object(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "source": citation.quote.source,
        "title": citation.passage.title,
        "date": citation.passage.date,
        "kind": citation.passage.kind,
        "quote": citation.quote.text,
        "start": citation.quote.start,
        "end": citation.quote.end,
    }


def search_object(question: str, ranking: Sequence[ScoredPassage]) -> dict[str, Any]:
    """Return what `search --json` prints."""
    return {"question": question, "passages": [passage_object(scored) for scored in ranking]}


def passage_object(scored: ScoredPassage) -> dict[str, Any]:
    """Return one element of what `search --json` prints."""
    passage = scored.passage
    return {
        "id": passage.id,
        "source": passage.source,
        "title": passage.title,
        "date": passage.date,
        "kind": passage.kind,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(scored.score, 4),
    }


def _entry_object(entry: Entry) -> dict[str, Any]:
    return {
        "source": entry.source,
        "title": entry.title,
        "date": entry.date,
        "date_from": entry.date_from,
        "place": entry.place,
        "agency": entry.agency,
        "kind": "report",
        "language": entry.language,
        "url": entry.url,
        "passages": entry.passages,
        "teasers": list(entry.teasers),
        "copies": list(entry.copies),
        "origin": entry.origin,
    }


def report_object(report: "Report") -> dict[str, Any]:
    """Return what `index --json` prints: sources by what became of them."""
    return {
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "moved": [{"from": move.before, "to": move.after} for move in report.moved],
        "copies": report.copies,
        "skipped": _problem_objects(report.skipped),
        "failed": _problem_objects(report.failed),
        "noted": _problem_objects(report.noted),
    }


def documents_object(entries: Sequence[Entry], problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what `documents --json` prints: the reports, and what could not be read."""
    return {
        "documents": [_entry_object(entry) for entry in entries],
        "failed": _problem_objects(problems),
    }


def _problem_objects(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"source": problem.source, "reason": problem.reason} for problem in problems]
