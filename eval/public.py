"""Public sets in their own formats, written as a question set and an archive to ask it of.

SQuAD's JSON (Rajpurkar et al. 2016 and 2018; so have PIAF, FQuAD and XQuAD) and BEIR's folders
(Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl` and judgements in `qrels/*.tsv`.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import BadRequest

ARCHIVE = "archive"
QUESTIONS = "questions.jsonl"


class Written(NamedTuple):
    """What was made of a public set."""

    archive: Path
    questions: Path
    passages: int
    asked: int


def convert(public: Path, into: Path) -> Written:
    """Write `into`/archive/passages.jsonl and `into`/questions.jsonl.

    :raises BadRequest: it is neither of the formats, or cannot be read or written.
    """
    try:
        passages, questions = _beir(public) if public.is_dir() else _squad(public)
        if not questions:
            raise ValueError("it holds no question")
        (into / ARCHIVE).mkdir(parents=True, exist_ok=True)
        _write(into / ARCHIVE / "passages.jsonl", passages)
        _write(into / QUESTIONS, questions)
    except (
        *(OSError, ValueError, KeyError, TypeError),
        *(AttributeError, RecursionError, csv.Error),
    ) as error:
        raise BadRequest(
            f"{str(public)!r} is no public set that is known ({type(error).__name__}: {error}). "
            "Name a JSON file as SQuAD's, or a folder as BEIR's."
        ) from None
    return Written(into / ARCHIVE, into / QUESTIONS, len(passages), len(questions))


Rows = list[dict[str, Any]]


def _squad(path: Path) -> tuple[Rows, Rows]:
    passages: Rows = []
    questions: Rows = []
    for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        title = (article.get("title") or "").replace("_", " ")
        for place, paragraph in enumerate(article["paragraphs"]):
            source = f"{number}-{place}"
            passages.append({"id": source, "title": title, "text": paragraph["context"]})
            questions += (_asked(one, source) for one in paragraph["qas"])
    return passages, questions


def _asked(row: dict[str, Any], source: str) -> dict[str, Any]:
    answers = list(dict.fromkeys(one["text"] for one in row.get("answers", ())))
    return {
        "id": str(row["id"]),
        "question": row["question"],
        "answerable": not row.get("is_impossible", not answers),
        "answers": answers,
        "gold_passage_ids": [source] if answers else [],
    }


def _beir(folder: Path) -> tuple[Rows, Rows]:
    passages = [
        {"id": str(row["_id"]), "title": row.get("title") or "", "text": row["text"]}
        for row in _rows(folder / "corpus.jsonl")
    ]
    relevant: dict[str, list[str]] = defaultdict(list)
    for query, passage in _judgements(folder):
        relevant[query].append(passage)
    questions = [
        {
            "id": str(row["_id"]),
            "question": row["text"],
            "answerable": True,
            "gold_passage_ids": relevant[str(row["_id"])],
        }
        for row in _rows(folder / "queries.jsonl")
        if str(row["_id"]) in relevant
    ]
    return passages, questions


def _judgements(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield query and passage of each positive judgement; of several parts the test's."""
    parts = sorted((folder / "qrels").glob("*.tsv"), key=lambda path: path.stem != "test")
    if not parts:
        raise FileNotFoundError(f"no {folder / 'qrels'}/*.tsv")
    with parts[0].open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if float(row["score"]) > 0:
                yield row["query-id"], row["corpus-id"]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _write(path: Path, rows: Rows) -> None:
    lines = (f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
