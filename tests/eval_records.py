"""Records made by hand: what was asked, what was said, and where it was found."""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.questions import Gold, Question
from eval.records import Place, Record

SAID = "Le pont de Kralanh mesure 412 mètres et il a été inauguré le 3 mai par le ministre."


def question(
    *must: str,
    id: str = "q",  # noqa: A002
    answerable: bool = True,
    kind: str = "",
    language: str = "fr",
    must_not: Sequence[str] = (),
    answers: Sequence[str] = (),
    gold: Sequence[Gold] = (),
    gold_passage_ids: Sequence[str] = (),
) -> Question:
    return Question(
        id,
        f"{id} ?",
        answerable,
        language,
        kind,
        answers=tuple(answers),
        must_mention=must,
        must_not_mention=tuple(must_not),
        gold=tuple(gold),
        gold_passage_ids=tuple(gold_passage_ids),
    )


def answer(*texts: str, language: str = "fr", verdict: str = "verbatim", ms: int = 20) -> Any:
    """Return the answer that says and cites these sentences, one below the other in a.txt."""
    starts = [sum(map(len, texts[:n])) for n in range(len(texts))]
    return {
        "question": "?",
        "language": language,
        "refused": False,
        "reason": None,
        "remarks": [],
        "text": " ".join(texts),
        "statements": [
            {"text": text, "citations": [n], "verdict": verdict} for n, text in enumerate(texts, 1)
        ],
        "citations": [
            {
                "number": n,
                "source": "a.txt",
                "title": "Un pont",
                "date": "2023-05",
                "kind": "body",
                "quote": text,
                "start": start,
                "end": start + len(text),
            }
            for n, (text, start) in enumerate(zip(texts, starts, strict=True), 1)
        ],
        "timings": {"retrieve_ms": ms // 2, "answer_ms": ms - ms // 2},
    }


REFUSED: Any = answer() | {"refused": True, "reason": "Rien."}


def passage(source: str, start: int, end: int) -> dict[str, Any]:
    return {"id": f"{source}:{start}-{end}", "source": source, "start": start, "end": end}


def record(
    asked: Question,
    said: Any,
    *,
    passages: Sequence[Mapping[str, Any]] = (),
    gold: Sequence[Sequence[tuple[str, int, int]]] = (),
    found: Sequence[bool] = (),
) -> Record:
    """Return a record; without `found` every quote is where it says."""
    return Record(
        asked,
        said,
        list(passages),
        gold=tuple(tuple(Place(*place) for place in places) for places in gold),
        quotes_found=tuple(found) or (True,) * len(said["citations"]),
    )
