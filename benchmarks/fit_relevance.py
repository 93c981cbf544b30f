"""Fit the two small models of `rag/relevance.py` and print their weights and figures.

    python benchmarks/fit_relevance.py ../shared

Data: PIAF (`piaf_dev`, 900 of its answerable questions and its 250 unanswerable ones), XQuAD (400),
the project's own `dev` on `corpus/` and questions on the wire reports, and each put to archives of
other matters, where none is answered. The order of sentences is learnt on the public sets alone.
Weights are rounded by hand into `rag/relevance.py`; nothing is read from here at run time. Draws
the reliability of the probability, by language, into `eval/results/reliability.svg`.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

sys.path.insert(0, str(Path(__file__).parents[1]))  # for training/, which no wheel holds

from eval.questions import Question, question_of
from eval.text import mentions
from rag.answer import Assistant
from rag.config import Settings
from rag.index import sync
from rag.question import understood
from rag.refusal import LEAST_PROBABLE
from rag.relevance import Candidate
from rag.store import Store
from training.found import CachedEmbeddings, public_archive

HERE = Path(__file__).parents[1]
PUBLIC = ("piaf", "xquad")
ORDER = ("said", "said_around", "sentence_cosine", "passage_score", "holds_asked")
ANSWERS = ("score", "sentence_cosine", "passage_said", "names_missing", "common_said")


@dataclass(frozen=True, slots=True)
class Read:
    """The candidates found for a question in one archive, and whether the archive answers it."""

    archive: str
    question: Question
    answered: bool
    found: list[Candidate]


def public_questions(folder: Path, name: str, language: str, count: int) -> list[Question]:
    """Return some of a set's questions with an answer, and all without."""
    rows = [json.loads(line) for line in (folder / f"{name}.questions.jsonl").open()]
    answerable = [row for row in rows if row["answerable"]]
    chosen = random.Random(1).sample(answerable, min(count, len(answerable)))
    chosen += [row for row in rows if not row["answerable"]]
    return [
        Question(
            id=row["id"],
            question=row["question"],
            answerable=row["answerable"],
            language=language,
            must_mention=tuple(row["answers"][:1]),
        )
        for row in chosen
    ]


def _questions(name: str) -> list[Question]:
    lines = (HERE / f"eval/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [question_of(json.loads(line)) for line in lines]


def readings(folder: Path, work: Path) -> Iterator[Read]:
    embeddings = CachedEmbeddings(Settings())
    public = folder / "eval"
    archives = {
        "piaf": (
            public_archive(public, "piaf_dev", work / "piaf"),
            public_questions(public, "piaf_dev", "fr", 900),
        ),
        "xquad": (
            public_archive(public, "xquad_en", work / "xquad"),
            public_questions(public, "xquad_en", "en", 400),
        ),
        "corpus": (HERE / "corpus", _questions("dev")),
        "wire": (folder / "wire", _questions("wire")),
    }
    for name, (reports, _) in archives.items():
        store = Store(str(work / f"index-{name}"), embeddings.name, create=True)
        sync([reports], store, embeddings)
        chain = Assistant(store, embeddings).chain()
        for home, (_, questions) in archives.items():
            if {home, name} == {"corpus", "wire"}:  # both tell of the same events
                continue
            for question in questions if home == name else questions[:150]:
                found = chain.invoke({"query": understood(question.question)})["candidates"]
                if found:
                    yield Read(name, question, home == name and question.answerable, found)


def features(candidate: Candidate, names: Sequence[str]) -> list[float]:
    told = candidate.features
    return [candidate.score if name == "score" else getattr(told, name) for name in names]


def fit_order(reads: list[Read]) -> np.ndarray:
    """Which sentence of those found holds the answer."""
    tables, labels = [], []
    for read in reads:
        right = np.array([_holds_answer(candidate, read) for candidate in read.found])
        if read.answered and read.archive in PUBLIC and right.any():
            tables.append(np.array([features(candidate, ORDER) for candidate in read.found]))
            labels.append(right)

    return conditional_logit(tables, labels)


def conditional_logit(tables: list[np.ndarray], labels: list[np.ndarray]) -> np.ndarray:
    """Return the weights of the columns (McFadden, 1974): a table holds a question's sentences.

    The probability of a sentence is the softmax of the scores of all that were read.
    """

    def loss(weights: np.ndarray) -> float:
        total = float(weights @ weights) / 2000
        for table, right in zip(tables, labels, strict=True):
            scores = table @ weights
            total += float(logsumexp(scores) - logsumexp(scores[right]))
        return total

    return minimize(loss, np.ones(tables[0].shape[1]), method="L-BFGS-B").x


def _holds_answer(candidate: Candidate, read: Read) -> bool:
    return all(mentions(candidate.quote.text, wanted) for wanted in read.question.must_mention)


def fit_answers(reads: list[Read]) -> tuple[LogisticRegression, np.ndarray, list[Read]]:
    """Whether the archive answers, from the best sentence; near misses are left out.

    Also returns, for each question used, the probability that a model gives it which was fitted
    without it (five folds).
    """
    used = [
        r for r in reads if r.answered or r.question.kind in ("", "off_topic") or _is_foreign(r)
    ]
    table = np.array([features(read.found[0], ANSWERS) for read in used])
    groups = [f"{r.archive} {r.question.language} {r.answered}" for r in used]
    weights = np.array([1 / np.sqrt(groups.count(group)) for group in groups])
    labels = np.array([read.answered for read in used])
    model = LogisticRegression(C=1000, max_iter=10_000)
    options = {"sample_weight": weights / weights.mean()}
    held_out = cross_val_predict(
        model, table, labels, cv=5, method="predict_proba", params=options
    )[:, 1]
    return model.fit(table, labels, **options), held_out, used


_OFF_TOPIC = ("", "off_topic")


def _is_foreign(read: Read) -> bool:
    """A question with an answer, put to an archive that has none."""
    return not read.answered and read.question.answerable


def reliability(held_out: np.ndarray, used: list[Read], file: Path) -> None:
    """Draw how often the archive answers where a model, fitted without the question, said so."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    answered = np.array([read.answered for read in used])
    languages = np.array([read.question.language for read in used])
    edges = np.linspace(0, 1, 8)
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for language in ("fr", "en", "vi"):
        mine = languages == language
        cut = np.clip(np.digitize(held_out[mine], edges) - 1, 0, len(edges) - 2)
        bins = [cut == n for n in range(len(edges) - 1) if (cut == n).sum() >= 5]
        told = [held_out[mine][one].mean() for one in bins]
        seen = [answered[mine][one].mean() for one in bins]
        error = sum(one.sum() * abs(t - s) for one, t, s in zip(bins, told, seen, strict=True))
        axes.plot(told, seen, "o-", label=f"{language}: {mine.sum()} questions")
        print(f"{language}: expected calibration error {error / mine.sum():.3f}")
    axes.set(xlabel="probability that the archive answers", ylabel="share that it does answer")
    axes.legend()
    figure.savefig(file)


def tell(reads: list[Read], weights: np.ndarray, probable: Callable[[Read], float]) -> None:
    for archive in ("piaf", "xquad", "corpus", "wire"):
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
            for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
                refused = partial(_is_below, probable, threshold)
                print(f"   refused below {threshold}: {_shares(rows, refused)}")


def _ordered(read: Read, weights: np.ndarray) -> list[Candidate]:
    return sorted(read.found, key=lambda c: -float(np.dot(weights, features(c, ORDER))))


def _hits(read: Read, best: list[Candidate]) -> list[float]:
    wanted = read.question.must_mention
    texts = [" ".join(c.quote.text for c in best[:n]) for n in (1, 2, 3)]
    return [float(np.mean([mentions(text, w) for w in wanted])) for text in texts]


def _is_below(probable: Callable[[Read], float], threshold: float, read: Read) -> bool:
    return probable(read) < threshold


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
    print("score  ", dict(zip(ORDER, weights.round(2).tolist(), strict=True)))
    model, held_out, used = fit_answers(reads)
    known = {id(read): probability for read, probability in zip(used, held_out, strict=True)}

    def probable(read: Read) -> float:
        if id(read) in known:
            return float(known[id(read)])
        return float(model.predict_proba([features(read.found[0], ANSWERS)])[0, 1])

    told = dict(zip(ANSWERS, model.coef_[0].round(2).tolist(), strict=True))
    print("answers", told, model.intercept_[0].round(2))
    reliability(held_out, used, HERE / "eval/results/reliability.svg")
    tell(reads, weights, probable)


if __name__ == "__main__":
    sys.exit(main())
