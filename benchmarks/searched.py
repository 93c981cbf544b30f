"""What the search form is worth: python benchmarks/searched.py ../shared

PIAF's questions over PIAF's passages, three times: as they are; with the passages damaged as copied
reports are (one space in ten lost, one line in two broken within a word, apostrophes and spaces
of other kinds, half of the questions without accents), searched as they stand; and damaged,
searched by their search form. Only questions that share a word with their passage that was damaged
there, or that lost its accents, are counted: the others cannot tell.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import numpy as np

from rag import retrieve, searched
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.question import understood
from rag.records import Passage, ScoredPassage
from rag.searched import search_form
from rag.words import content_words, fold, stem, words

SEED = 5
LOST = 0.1
POOL = 50


@dataclass(frozen=True)
class Question:
    text: str
    gold: frozenset[str]


def damaged(text: str, chance: random.Random) -> str:
    """Lose spaces and break lines as copying does."""
    pieces = re.split(r"(\s)", text.replace("'", "’"))
    out: list[str] = []
    width = 0
    for piece in pieces:
        if piece == " " and chance.random() < LOST:
            continue
        if width > 70 and len(piece) > 7 and piece.isalpha():
            cut = len(piece) // 2
            piece = f"{piece[:cut]}-\n{piece[cut:]}"
            width = 0
        out.append("\u00a0" if piece == " " and chance.random() < 0.05 else piece)
        width += len(piece)
    return "".join(out)


def read(shared: Path) -> tuple[list[Passage], list[Question]]:
    def rows(name: str) -> list[dict[str, object]]:
        lines = (shared / "eval" / name).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    passages = [
        Passage(str(row["id"]), 0, str(row["text"]), title=str(row["title"]), language="fr")
        for row in rows("piaf_dev.passages.jsonl")
    ]
    questions = [
        Question(str(row["question"]), frozenset(row["gold_passage_ids"]))  # type: ignore[call-overload]
        for row in rows("piaf_dev.questions.jsonl")
        if row["answerable"]
    ]
    return passages, questions


def telling(question: Question, before: dict[str, Passage], after: dict[str, Passage]) -> bool:
    """Whether the damage touched a content word of the question in a passage that answers it."""
    asked = {stem(word) for word in content_words(question.text, "fr")}
    return any(
        asked & ({stem(w) for w in words(before[g].text)} - {stem(w) for w in words(after[g].text)})
        for g in question.gold
    )


def plain_words(text: str, language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words(text))


def ranks(
    passages: Sequence[Passage],
    questions: Sequence[Question],
    embeddings: SentenceEmbeddings,
    form: Callable[[str], str],
) -> tuple[list[int], list[int]]:
    """Return the rank of the first gold passage for each question: by vector, and fused."""
    texts = [form(f"{passage.heading}\n{passage.text}") for passage in passages]
    vectors = np.array(embeddings.embed_documents(texts))
    dense, both = [], []
    for question in questions:
        cosines = vectors @ np.array(embeddings.embed_query(question.text))
        nearest = [
            ScoredPassage(passages[row], float(cosines[row]), float(cosines[row]))
            for row in np.argsort(-cosines)[:POOL]
        ]
        for found, kept in (
            (nearest, dense),
            (retrieve.fused(understood(question.text), nearest), both),
        ):
            places = (n for n, s in enumerate(found, 1) if s.passage.source in question.gold)
            kept.append(next(places, POOL + 1))
    return dense, both


def told(found: Sequence[int]) -> str:
    recall = (mean(rank <= k for rank in found) for k in (1, 5, 20))
    reciprocal = mean(1 / rank if rank <= 10 else 0 for rank in found)
    return "  ".join(f"{value:.3f}" for value in (*recall, reciprocal))


if __name__ == "__main__":
    passages, questions = read(Path(sys.argv[1]))
    chance = random.Random(SEED)
    broken = [replace(passage, text=damaged(passage.text, chance)) for passage in passages]
    before, after = ({p.source: p for p in some} for some in (passages, broken))
    asked = [replace(q, text=fold(q.text)) if chance.random() < 0.5 else q for q in questions]
    kept = [n for n, question in enumerate(questions) if telling(question, before, after)]
    whole, questions = [questions[n] for n in kept], [asked[n] for n in kept]
    embeddings = SentenceEmbeddings(Settings())
    print(
        f"{len(kept)} questions, {len(passages)} passages, {embeddings.name}, {embeddings.engine}"
    )
    print("                             S@1    S@5   S@20  MRR@10")
    runs = (
        ("as they are", passages, whole, lambda text: text, True),
        ("damaged, as they stand", broken, questions, lambda text: text, True),
        ("damaged, search form", broken, questions, lambda text: search_form(text).text, False),
        ("whole, search form", passages, whole, lambda text: search_form(text).text, False),
    )
    for name, some, several, form, plainly in runs:
        stems = plain_words if plainly else searched.stems
        with patch.object(retrieve, "stems", stems):
            for way, found in zip(
                ("vector", "fused"), ranks(some, several, embeddings, form), strict=True
            ):
                print(f"{name:22} {way:6}  {told(found)}", flush=True)
