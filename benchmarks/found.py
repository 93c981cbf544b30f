"""Whether the right passage is found, and by what: python benchmarks/found.py ../shared --work DIR

The answerable questions of public sets over their passages; with `--distractors N`, of PIAF over
its own and every N-th passage of distractors_fr besides. A question counts the first passage of a
report that answers it. The ways, all asked in one run over one index:

- vectors: the nearest by cosine; words: BM25 of the word index alone;
- RRF: their reciprocal ranks summed (Cormack, Clarke and Büttcher, SIGIR 2009; k = 60);
- near only: the 50 nearest in the order of `rag.rank.fused`, without what only words find;
- fused: what the program does;
- peers: all-MiniLM-L6-v2 over chunks of 1,000 characters that overlap by 200, vectors alone.

The indexes are kept in DIR and made only once; one of 20,000 passages takes more than half an hour.
"""

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from eval.figures import drawn_questions, interval
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.follow import FollowedWords, words_folder
from rag.index import update
from rag.lexical import WordIndex
from rag.question import understood
from rag.rank import fused
from rag.retrieve import POOL, PassageRetriever
from rag.store import Store

SETS = ("piaf_dev", "xquad_en", "rgb_fact")
TOP = 20


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    gold: frozenset[str]


Ranking = Callable[[str], Sequence[str]]
"""From a question to the sources of the reports found, best first."""


def rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)


def archive(folder: Path, name: str, every: int | None, into: Path) -> Path:
    """Write the passages of a set, and the distractors asked for, as a table to be indexed."""
    into.mkdir(parents=True, exist_ok=True)
    told = list(rows(folder / f"{name}.passages.jsonl"))
    if every:
        told += islice(rows(folder / "distractors_fr.passages.jsonl.gz"), 0, None, every)
    lines = (json.dumps(row, ensure_ascii=False) for row in told)
    (into / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return into


def ways(store: Store, embeddings: SentenceEmbeddings, words: FollowedWords) -> dict[str, Ranking]:
    index: WordIndex = words.current()
    retriever = PassageRetriever(store=store, embeddings=embeddings, words=words, top=POOL)

    def nearest(text: str) -> list[str]:
        found = store.nearest(embeddings.embed_query(text), POOL)
        return [scored.passage.id for scored in found]

    def told(text: str) -> list[str]:
        return index.best(understood(text), POOL)

    def reciprocal(text: str) -> list[str]:
        score: dict[str, float] = {}
        for ids in (nearest(text), told(text)):
            for rank, one in enumerate(ids, start=1):
                score[one] = score.get(one, 0.0) + 1 / (60 + rank)
        return sorted(score, key=lambda one: -score[one])

    def near_only(text: str) -> list[str]:
        found = store.nearest(embeddings.embed_query(text), POOL)
        return [scored.passage.id for scored in fused(understood(text), found, index.rarity)]

    def ours(text: str) -> list[str]:
        return [scored.passage.id for scored in retriever.ranking(text)]

    return {
        "vectors": nearest,
        "words": told,
        "RRF": reciprocal,
        "near only": near_only,
        "fused": ours,
    }


def peers(folder: Path) -> Callable[[list[dict]], Ranking]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), local_files_only=True, device="cpu")
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)

    def over(passages: list[dict]) -> Ranking:
        chunks = [
            (row["id"], chunk) for row in passages for chunk in splitter.split_text(row["text"])
        ]
        vectors = model.encode([chunk for _, chunk in chunks], normalize_embeddings=True)

        def ranking(text: str) -> list[str]:
            order = np.argsort(-(vectors @ model.encode(text, normalize_embeddings=True)))
            return [chunks[at][0] for at in order[:POOL]]

        return ranking

    return over


def asked(ranking: Ranking, questions: Sequence[Question]) -> tuple[np.ndarray, list[float]]:
    """Return the rank of the first report that answers (a large number for none), and seconds."""
    ranks, seconds = [], []
    for question in questions:
        started = time.perf_counter()
        found = ranking(question.text)
        seconds.append(time.perf_counter() - started)
        sources = list(dict.fromkeys(one.rsplit(":", 1)[0] for one in found))[:TOP]
        hits = (rank for rank, one in enumerate(sources, 1) if one in question.gold)
        ranks.append(next(hits, 10**9))
    return np.array(ranks), seconds


def told(name: str, way: str, ranks: np.ndarray, seconds: Sequence[float]) -> str:
    drawn = drawn_questions(len(ranks))
    cells = [f"{(ranks <= 1).mean():.3f}"]
    within = (ranks <= 5).astype(float)
    low, high = interval(within[drawn].mean(-1))
    cells += [f"{within.mean():.3f} [{low:.2f}, {high:.2f}]", f"{(ranks <= TOP).mean():.3f}"]
    cells += [f"{np.where(ranks <= 10, 1 / ranks, 0).mean():.3f}"]
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return f"| {name} | {len(ranks)} | {way} | {' | '.join(cells)} | {p50:.0f} / {p95:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds eval/")
    parser.add_argument("--work", type=Path, required=True, help="where the indexes are kept")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument(
        "--distractors", type=int, metavar="N", help="PIAF among every N-th of them"
    )
    parser.add_argument("--peers", type=Path, metavar="MODEL", help="folder of all-MiniLM-L6-v2")
    given = parser.parse_args()
    folder = given.folder / "eval"
    runs = [(name, None) for name in given.sets]
    runs += [("piaf_dev", given.distractors)] if given.distractors else []
    print("| set | questions | way | R@1 | R@5 | R@20 | MRR@10 | ms p50 / p95 |")
    print("|---|---|---|---|---|---|---|---|")
    over = peers(given.peers) if given.peers else None
    for name, every in runs:
        work = given.work / (f"{name}+{every}" if every else name)
        settings = Settings(index=str(work / "index"))
        embeddings = SentenceEmbeddings(settings)
        update(settings, [archive(folder, name, every, work / "archive")])
        store = Store(settings.index, embeddings.name)
        words = FollowedWords(store, words_folder(settings.index, settings.cache))
        questions = [
            Question(row["question"], frozenset(row["gold_passage_ids"]))
            for row in rows(folder / f"{name}.questions.jsonl")
            if row["answerable"]
        ]
        label = f"{name}, {store.passage_count()} passages"
        for way, ranking in ways(store, embeddings, words).items():
            ranking("Bonjour ?")
            print(told(label, way, *asked(ranking, questions)), flush=True)
        if over and not every:
            passages = list(rows(folder / f"{name}.passages.jsonl"))
            print(told(label, "peers", *asked(over(passages), questions)), flush=True)


if __name__ == "__main__":
    main()
