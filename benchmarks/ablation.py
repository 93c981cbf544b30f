"""What each part of finding passages is worth: python benchmarks/ablation.py ../shared

Two sets, each over an index of its own that is made for the run: `dev`, our own questions on
corpus/, where a passage answers if it overlaps the labelled words; and PIAF over its own passages.
Passages are few enough here to compare each with each question, so every row differs from the next
in one thing only:

- by what is embedded: the text alone; below its title; below title and date (what the program
  does); with the sentence before it as well; and without the search form;
- by what puts passages in order: vectors alone, words alone, both, with the periods asked about,
  and with reports kept from crowding (what the program does).

Recall counts the labelled passages among the first five, nDCG the first ten; with 95 % intervals.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from eval.figures import drawn_questions, interval
from eval.measures import ndcg, recall
from eval.questions import Question, question_of
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.index import update
from rag.lexical import WordIndex
from rag.question import understood
from rag.rank import fused, spread
from rag.records import Passage, ScoredPassage
from rag.searched import search_form
from rag.sentences import boundaries
from rag.store import Store
from rag.turns import standing_alone

POOL = 50
ROOT = Path(__file__).parents[1]

Texts = Mapping[str, str]
"""What is embedded of each passage, by its id."""


@dataclass(frozen=True)
class Archive:
    """Passages in the order of their reports, and which of them answer each question."""

    passages: Mapping[str, Passage]
    before: Mapping[str, str]
    """The sentence before each passage, of the same kind and report."""
    questions: Sequence[tuple[str, frozenset[str]]]
    words: WordIndex


def opened(folder: Path, embeddings: SentenceEmbeddings, questions: Sequence[Question]) -> Archive:
    with tempfile.TemporaryDirectory() as index:
        update(Settings(index=index), [folder])
        store = Store(index, embeddings.name)
        sources = [entry.source for entry in store.entries()]
        passages = sorted(store.passages_of(sources), key=lambda one: (one.source, one.start))
    words = WordIndex()
    words.change(None, passages)
    asked = [
        (standing_alone(one.question, one.history), gold)
        for one in questions
        if one.answerable and (gold := frozenset(_gold(one, passages)))
    ]
    return Archive({one.id: one for one in passages}, _before(passages), asked, words)


def _before(passages: Sequence[Passage]) -> dict[str, str]:
    found = {}
    for one, previous in zip(passages, [None, *passages], strict=False):
        if previous and (previous.source, previous.kind) == (one.source, one.kind):
            start, end = list(boundaries(previous.text, one.language or "fr"))[-1]
            found[one.id] = previous.text[start:end].strip()
    return found


def _gold(question: Question, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield, of each labelled quote, the first passage that has a part of it."""
    for gold in question.gold:
        report = [one for one in passages if one.source == gold.source]
        yield from [one.id for one in report if gold.quote[:60] in one.text][:1]
    yield from (one.id for one in passages if one.source in question.gold_passage_ids)


def embedded(archive: Archive) -> dict[str, Texts]:
    """Return the ways to make of a passage what is embedded."""

    def made(shown: Callable[[Passage], str], *, searched: bool = True) -> Texts:
        texts = {id_: shown(one).strip() for id_, one in archive.passages.items()}
        if not searched:
            return texts
        return {id_: search_form(text).text for id_, text in texts.items()}

    def in_context(one: Passage) -> str:
        return f"{one.heading}\n{one.text.strip()}"

    return {
        "text alone": made(lambda one: one.text),
        "below its title": made(lambda one: f"{one.title}\n{one.text.strip()}"),
        "below title and date": made(in_context),
        "+ sentence before": made(
            lambda one: f"{one.heading}\n{archive.before.get(one.id, '')} {one.text.strip()}"
        ),
        "no search form": made(in_context, searched=False),
    }


Ranking = list[str]


def ways(
    archive: Archive, texts: Texts, embeddings: SentenceEmbeddings
) -> dict[str, list[Ranking]]:
    """Return the rankings of every question, by each way of putting passages in order."""
    ids = list(texts)
    vectors = np.array(embeddings.embed_documents([texts[one] for one in ids]))
    found: dict[str, list[Ranking]] = {}
    for text, _ in archive.questions:
        query = understood(text)
        cosines = dict(
            zip(ids, vectors @ np.array(embeddings.embed_query(query.text)), strict=True)
        )
        near = sorted(ids, key=lambda one: -cosines[one])[:POOL]
        told = archive.words.best(query, POOL)
        both = [
            ScoredPassage(archive.passages[one], float(cosines[one]), float(cosines[one]))
            for one in dict.fromkeys([*near, *told])
        ]
        rarity = cache(archive.words.rarity)
        undated = fused(replace(query, periods=()), both, rarity)
        dated = fused(query, both, rarity)
        for way, ranking in {
            "vectors": near,
            "words": told,
            "fused": _ids(undated),
            "+ dates": _ids(dated),
            "+ spread": _ids(spread(dated)),
        }.items():
            found.setdefault(way, []).append(ranking)
    return found


def _ids(ranking: Sequence[ScoredPassage]) -> Ranking:
    return [scored.passage.id for scored in ranking]


def row(archive: Archive, rankings: Sequence[Ranking]) -> str:
    golds = [gold for _, gold in archive.questions]
    cells = []
    for measure, k in ((recall, 1), (recall, 5), (ndcg, 10)):
        values = np.array([measure(r, g, k) for r, g in zip(rankings, golds, strict=True)])
        low, high = interval(values[drawn_questions(len(values))].mean(-1))
        cells.append(f"{values.mean():.3f} [{low:.2f}, {high:.2f}]")
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds eval/")
    folder = parser.parse_args().folder / "eval"
    embeddings = SentenceEmbeddings(Settings())
    print("| set | embedded | order | recall@1 | recall@5 | nDCG@10 |")
    print("|---|---|---|---|---|---|")
    for name, archive in (
        ("dev", opened(ROOT / "corpus", embeddings, _set(ROOT / "eval/questions/dev.jsonl"))),
        ("piaf_dev", _public(folder, "piaf_dev", embeddings)),
    ):
        label = f"{name}, {len(archive.passages)} passages, {len(archive.questions)} questions"
        for embedded_as, texts in embedded(archive).items():
            for way, rankings in ways(archive, texts, embeddings).items():
                print(f"| {label} | {embedded_as} | {way} | {row(archive, rankings)} |", flush=True)


def _set(file: Path) -> list[Question]:
    return [question_of(json.loads(line)) for line in file.open()]


def _public(folder: Path, name: str, embeddings: SentenceEmbeddings) -> Archive:
    with tempfile.TemporaryDirectory() as archive:
        table = Path(archive) / f"{name}.jsonl"
        table.write_text((folder / f"{name}.passages.jsonl").read_text(encoding="utf-8"))
        return opened(Path(archive), embeddings, _set(folder / f"{name}.questions.jsonl"))


if __name__ == "__main__":
    main()
