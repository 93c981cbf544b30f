"""The JSON objects other programs read, exactly as DESIGN.md lays them down."""

from typing import Any

from rag.index import Report
from rag.records import Answer, Citation, ScoredPassage
from rag.store import Entry


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


def entry_object(entry: Entry) -> dict[str, Any]:
    """Return one element of what `documents --json` prints."""
    return {
        "source": entry.source,
        "title": entry.title,
        "date": entry.date,
        "place": entry.place,
        "agency": entry.agency,
        "passages": entry.passages,
    }


def report_object(report: Report) -> dict[str, Any]:
    """Return what `index --json` prints: sources by what became of them."""
    return {
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": [{"source": p.source, "reason": p.reason} for p in report.skipped],
        "failed": [{"source": p.source, "reason": p.reason} for p in report.failed],
    }
