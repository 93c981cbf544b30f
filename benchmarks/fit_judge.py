"""Fit how much the judge counts in `rag/relevance.py` and `rag/refusal.py`, and print its figures.

    python benchmarks/fit_judge.py ../shared

Data: the project's own `dev` and `plain` on `corpus/`, questions on the wire reports, and of PIAF
(`piaf_dev`), XQuAD and the pairs of `training/` the groups kept apart in training (one in four);
some of each are put to the archives of the others too, where none is answered. The judge reads all
sentences that are embedded, and what it would have said had it read fewer is taken from that.
Printed are

1. the weights of the score without the judge and of its relevance: both are 1 in the program;
2. the facts in the first sentence and within three, by how many it reads and how much it weighs;
3. how well what is answered stands above each kind of question that is not: the area under the ROC
   curve, of the probability of words and vectors and of the judge's for the best sentence;
4. what is refused, by the least probability that it must give the best sentence, and by how many of
   the best sentences are looked through for the countries and figures of the question;
5. the short answers marked in the best sentence, by the rules alone and with the judge.

Nothing is read from here at run time. It takes a quarter of an hour; with ``--reads FILE`` what the
judge said is kept there, and the next run starts from it.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1]))  # for training/, which no wheel holds

from fit_relevance import Read, _hits, _holds_answer, _is_foreign, conditional_logit
from judge_reads import kept_readings
from short_answers import KINDS, how_marked

from rag.question import Query, understood
from rag.refusal import LEAST_PROBABLE_READ, refusal
from rag.relevance import JUDGED, Candidate
from rag.write import quoted

SETS = ("dev", "plain", "pairs", "wire", "piaf", "xquad")
COUNTS = (0, 3, 4, 6, 8, 12)
WEIGHTS = (0.3, 0.5, 0.7, 1.0, 1.2, 1.4, 1.7, 2.0, 3.0)
LEAST = (0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3)
"""Of the judge's probability; at 0 words and vectors decide alone."""

LOOKED_THROUGH = (0, 1, 2, 3, 6)


def without(candidate: Candidate) -> float:
    """Return the score as it is without the judge."""
    return candidate.score - candidate.relevance


def judged(read: Read, count: int = JUDGED, weight: float = 1.0) -> list[Candidate]:
    """Return the candidates, best first, as if the judge had read `count`, and weighed `weight`."""
    found = sorted(read.found, key=lambda one: -without(one))
    least = min((one.relevance for one in found[:count]), default=0.0)
    told = [replace(one, relevance=weight * one.relevance) for one in found[:count]]
    told += [replace(one, judged=None, relevance=weight * least) for one in found[count:]]
    return sorted(told, key=lambda one: -one.score)


def fitted(reads: Sequence[Read]) -> np.ndarray:
    """Return the two weights with which the sentence that holds the answer is likeliest first."""
    tables, labels = [], []
    for read in reads:
        right = np.array([_holds_answer(candidate, read) for candidate in read.found])
        if right.any():
            tables.append(np.array([[without(one), one.relevance] for one in read.found]))
            labels.append(right)
    return conditional_logit(tables, labels)


def tell_facts(reads: Sequence[Read]) -> None:
    print("\nFacts in the first sentence / within three, by the sentences that the judge reads")
    print("         " + "".join(f"{name:>14}" for name in SETS))
    for count in COUNTS:
        print(f"{count:>9}" + _facts(reads, partial(judged, count=count)))
    print(f"by its weight, {JUDGED} read")
    for weight in WEIGHTS:
        print(f"{weight:>9}" + _facts(reads, partial(judged, weight=weight)))
    print("    alone" + _facts(reads, _by_the_judge))


def _by_the_judge(read: Read) -> list[Candidate]:
    return sorted(read.found, key=lambda one: -one.relevance)


def _facts(reads: Sequence[Read], order: Callable[[Read], list[Candidate]]) -> str:
    told = ""
    for name in SETS:
        hits = [_hits(read, order(read)) for read in reads if read.archive == name]
        first, _, third = np.mean(hits, axis=0) if hits else [np.nan] * 3
        told += f"   {first:.3f}/{third:.3f}"
    return told


def tell_told_apart(reads: Sequence[Read]) -> None:
    print("\nTold apart from what is answered: AUC of words and vectors, of the judge")
    for name in SETS:
        mine = [read for read in reads if read.archive == name]
        for kind in sorted({_kind(read) for read in mine} - {"answered"}):
            both = [read for read in mine if _kind(read) in ("answered", kind)]
            labels = [_kind(read) == "answered" for read in both]
            if not any(labels):
                continue
            aucs = [
                roc_auc_score(labels, [told(judged(read)) for read in both])
                for told in (_by_words, _by_judge)
            ]
            print(f"{name:>9} {kind:<14} {aucs[0]:.3f} {aucs[1]:.3f} ({len(both) - sum(labels)})")


def _by_words(found: Sequence[Candidate]) -> float:
    return max(one.answers for one in found)


def _by_judge(found: Sequence[Candidate]) -> float:
    return found[0].judged.probability if found[0].judged else 0.0


def tell_refused(reads: Sequence[Read]) -> None:
    print(
        "\nRefused, by the least probability; at the one in force, by how many sentences are looked"
    )
    print("through for what the question names; F1 of refusing what its own archive leaves open")
    for name in SETS:
        mine = [read for read in reads if read.archive == name]
        _tell_refused(name, mine)
        for language in ("fr", "en", "vi") if name == "dev" else ():
            _tell_refused(f"dev {language}", [r for r in mine if r.question.language == language])


def _tell_refused(name: str, reads: Sequence[Read]) -> None:
    kinds = Counter(_kind(read) for read in reads)
    print(f"{name}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    best = [(read, judged(read)) for read in reads]
    for least in LEAST:
        refused = Counter(_kind(read) for read, one in best if _is_refused(read, one, least))
        print(f"{least:>9}   {_shares(kinds, refused)}")
    for count in LOOKED_THROUGH:
        refused = Counter(
            _kind(read) for read, one in best if _is_refused(read, one, looked_through=count)
        )
        print(f"{count:>3} best   {_shares(kinds, refused)}")


def _shares(kinds: Counter[str], refused: Counter[str]) -> str:
    shares = [f"{kind} {refused[kind] / kinds[kind]:.3f}" for kind in sorted(kinds)]
    return "   ".join([*shares, *_f1(kinds, refused)])


def _kind(read: Read) -> str:
    if read.answered:
        return "answered"
    if _is_foreign(read):
        return "other archive"
    if read.archive in ("piaf", "xquad"):
        return "unanswerable"
    return "off topic" if read.question.kind == "off_topic" else "near miss"


def _is_refused(
    read: Read,
    found: Sequence[Candidate],
    least: float = LEAST_PROBABLE_READ,
    looked_through: int = 0,
) -> bool:
    query = understood(read.question.question)
    return refusal(query, found, least_read=least, looked_through=looked_through) is not None


def _f1(kinds: Counter[str], refused: Counter[str]) -> Iterator[str]:
    left_open = [kind for kind in kinds if kind not in ("answered", "other archive")]
    if left_open:
        right = sum(refused[kind] for kind in left_open)
        all_of_both = right + refused["answered"] + sum(kinds[kind] for kind in left_open)
        yield f"F1 {2 * right / all_of_both:.2f}"


def tell_short(reads: Sequence[Read]) -> None:
    print("\nShort answers in the best sentence: right, wrong, none marked")
    for name in SETS[:4]:
        for kind in KINDS:
            rules, marked = Counter[str](), Counter[str]()
            for read in (read for read in reads if read.archive == name):
                query = understood(read.question.question)
                if query.asked and query.asked.kind == kind:
                    best = judged(read)[0]
                    rules[_marked(query, replace(best, judged=None), read)] += 1
                    marked[_marked(query, best, read)] += 1
            told = [
                " ".join(f"{counts[how]:>4}" for how in ("right", "wrong", "none"))
                for counts in (rules, marked)
            ]
            print(f"{name:>6} {kind:<7} by rules {told[0]}   with the judge {told[1]}")


def _marked(query: Query, best: Candidate, read: Read) -> str:
    written = next(quoted(query, [best]))
    return how_marked(written.text, written.short, read.question)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that holds eval/ and wire/")
    parser.add_argument("--reads", type=Path, help="file that keeps what the judge said")
    parser.add_argument("--most", type=int, help="questions of each set, to try it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        reads = kept_readings(given.reads, given.folder, Path(work), given.most)
    answered = [read for read in reads if read.answered and read.question.must_mention]
    weights = fitted(answered).round(2)
    print(f"weights: {weights[0]} of the score without the judge, {weights[1]} of its relevance")
    tell_facts(answered)
    tell_told_apart(reads)
    tell_refused(reads)
    tell_short(answered)


if __name__ == "__main__":
    sys.exit(main())
