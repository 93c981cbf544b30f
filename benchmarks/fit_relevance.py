"""Fit the two small models of `rag/relevance.py` and print their weights and figures.

    python benchmarks/fit_relevance.py ../shared

Data: PIAF (`piaf_dev`, 500 of its answerable questions and its 250 unanswerable ones), the
project's own questions on `corpus/` and on the wire reports, and each put to the other archives,
where none is answered. The order of sentences is learnt on PIAF alone.
Weights are rounded by hand into `rag/relevance.py`, and tempered where the sample archive asks for
it; nothing is read from here at run time. Takes some ten minutes on two cores.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from eval.questions import Question, question_of
from eval.text import mentions
from rag.answer import LEAST_PROBABLE, Assistant
from rag.config import Settings
from rag.embed import SentenceEmbeddings
from rag.index import sync
from rag.question import understood
from rag.relevance import Candidate
from rag.store import Store

HERE = Path(__file__).parents[1]
ORDER = ("said", "said_around", "sentence_cosine", "passage_cosine", "holds_asked")
ANSWERS = ("said_around", "sentence_cosine", "passage_cosine", "names_missing", "common_said")


@dataclass(frozen=True, slots=True)
class Read:
    """The candidates found for a question in one archive, and whether the archive answers it."""

    archive: str
    question: Question
    answered: bool
    found: list[Candidate]


class CachedEmbeddings(SentenceEmbeddings):
    """Remembers vectors: the same sentences come up for many questions."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._known: dict[str, list[float]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, super().embed_documents(new), strict=True))
        return [self._known[text] for text in texts]


def piaf_questions(folder: Path) -> list[Question]:
    rows = [json.loads(line) for line in (folder / "piaf_dev.questions.jsonl").open()]
    chosen = random.Random(1).sample([row for row in rows if row["answerable"]], 500)
    chosen += [row for row in rows if not row["answerable"]]
    return [
        Question(
            id=row["id"],
            question=row["question"],
            answerable=row["answerable"],
            language="fr",
            must_mention=tuple(row["answers"][:1]),
        )
        for row in chosen
    ]


def piaf_archive(folder: Path, into: Path) -> Path:
    """Write each paragraph of PIAF as a report of its own."""
    for line in (folder / "piaf_dev.passages.jsonl").open():
        row = json.loads(line)
        title = row.get("title") or row["id"]
        (into / f"{row['id']}.md").write_text(f"---\ntitle: {title}\n---\n{row['text']}")
    return into


def _questions(name: str) -> list[Question]:
    lines = (HERE / f"eval/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [question_of(json.loads(line)) for line in lines]


def readings(folder: Path, work: Path) -> Iterator[Read]:
    embeddings = CachedEmbeddings(Settings())
    (work / "piaf").mkdir()
    archives = {
        "piaf": (piaf_archive(folder / "eval", work / "piaf"), piaf_questions(folder / "eval")),
        "corpus": (HERE / "corpus", _questions("dev")),
        "wire": (folder / "wire", _questions("wire")),
    }
    for name, (reports, _) in archives.items():
        store = Store(str(work / f"index-{name}"), embeddings.name, create=True)
        sync([reports], store, embeddings)
        chain = Assistant(store, embeddings).chain()
        for home, (_, questions) in archives.items():
            asked = questions if home == name else questions[:200]
            for question in asked:
                found = chain.invoke({"query": understood(question.question)})["candidates"]
                if found:
                    yield Read(name, question, home == name and question.answerable, found)


def features(candidate: Candidate, names: Sequence[str]) -> list[float]:
    return [getattr(candidate.features, name) for name in names]


def fit_order(reads: list[Read]) -> np.ndarray:
    """Which sentence of those found holds the answer: logistic regression within questions."""
    rows, labels = [], []
    for read in reads:
        if not read.answered or read.archive != "piaf":
            continue
        right = [
            all(mentions(c.quote.text, wanted) for wanted in read.question.must_mention)
            for c in read.found
        ]
        if any(right):
            table = np.array([features(candidate, ORDER) for candidate in read.found])
            rows.append(table - table.mean(axis=0))
            labels += right
    table = np.vstack(rows)
    scale = table.std(axis=0)
    model = LogisticRegression(max_iter=3000).fit(table / scale, labels)
    return model.coef_[0] / scale


def fit_answers(reads: list[Read]) -> tuple[np.ndarray, float]:
    """Whether the archive answers, from the best sentence; near misses are left out."""
    used = [r for r in reads if r.answered or r.question.kind != "near_miss"]
    table = np.array([features(read.found[0], ANSWERS) for read in used])
    groups = [f"{r.archive} {r.question.language} {r.answered}" for r in used]
    weights = np.array([1 / np.sqrt(groups.count(group)) for group in groups])
    scale = table.std(axis=0)
    labels = [read.answered for read in used]
    model = LogisticRegression(C=10, max_iter=3000)
    model.fit(table / scale, labels, sample_weight=weights / weights.mean())
    return model.coef_[0] / scale, float(model.intercept_[0])


def tell(reads: list[Read], weights: np.ndarray, answers: tuple[np.ndarray, float]) -> None:
    for archive in ("piaf", "corpus", "wire"):
        for language in ("fr", "en", "vi"):
            rows = [r for r in reads if (r.archive, r.question.language) == (archive, language)]
            given = [r for r in rows if r.answered]
            if not given:
                continue
            fitted = np.mean([_hits(read, _ordered(read, weights)) for read in given], axis=0)
            in_force = np.mean([_hits(read, read.found) for read in given], axis=0)
            print(f"{archive} {language}: {len(given)} answerable; facts within 1, 2, 3: ", end="")
            print(f"fitted {fitted.round(3)}, in force {in_force.round(3)}")
            print(f"   refused in force (below {LEAST_PROBABLE}): {_shares(rows, _refused_now)}")
            for threshold in (0.2, 0.25, 0.3, 0.35, 0.4):
                print(f"   refused below {threshold}: {_refusals(rows, answers, threshold)}")


def _ordered(read: Read, weights: np.ndarray) -> list[Candidate]:
    return sorted(read.found, key=lambda c: -float(np.dot(weights, features(c, ORDER))))


def _hits(read: Read, best: list[Candidate]) -> list[float]:
    wanted = read.question.must_mention
    texts = [" ".join(c.quote.text for c in best[:n]) for n in (1, 2, 3)]
    return [float(np.mean([mentions(text, w) for w in wanted])) for text in texts]


def _refusals(rows: list[Read], answers: tuple[np.ndarray, float], threshold: float) -> str:
    weights, bias = answers

    def refused(read: Read) -> bool:
        value = bias + float(np.dot(weights, features(read.found[0], ANSWERS)))
        return bool(1 / (1 + np.exp(-value)) < threshold)

    return _shares(rows, refused)


def _refused_now(read: Read) -> bool:
    return read.found[0].answers < LEAST_PROBABLE


def _shares(rows: list[Read], refused: Callable[[Read], bool]) -> str:
    """Return the share of the questions that are refused, by why they should or should not be."""
    shares: dict[str, list[bool]] = {}
    for read in rows:
        kind = "answered" if read.answered else read.question.kind or "unanswerable"
        if not read.answered and read.question.answerable:
            kind = "other archive"
        shares.setdefault(kind, []).append(refused(read))
    return ", ".join(f"{k} {np.mean(v):.2f} ({len(v)})" for k, v in sorted(shares.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds eval/ and wire/")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as work:
        reads = list(readings(folder, Path(work)))
    weights = fit_order(reads)
    answers = fit_answers(reads)
    print("score  ", dict(zip(ORDER, weights.round(2).tolist(), strict=True)))
    print("answers", dict(zip(ANSWERS, answers[0].round(2).tolist(), strict=True)), answers[1])
    tell(reads, weights, answers)


if __name__ == "__main__":
    sys.exit(main())
