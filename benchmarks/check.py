"""How well statements are checked: python benchmarks/check.py [--half dev|test|fresh] [--misses]

Asks `rag.verify.checked` about every pair of `eval/pairs/check.jsonl`. A false statement is caught
if its verdict is neither ``verbatim`` nor ``supported``, a true one is let through if it is either.
Prints precision, recall and F1 of both, by language pair; the share caught, or let through, by
kind; each with its 95 % interval (bootstrap over pairs); and, with `--misses`, every wrong verdict.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.figures import drawn_questions, interval
from rag.findings import reason
from rag.records import Citation, Passage, Quote
from rag.verify import Check, checked

HALVES = ("dev", "test", "fresh")
PAIRS = Path(__file__).parent.parent / "eval" / "pairs" / "check.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement with its quotes, whether it is true of them, and what the check said."""

    id: str
    half: str
    languages: str
    kind: str
    is_true: bool
    statement: str
    quotes: tuple[str, ...]
    check: Check

    @property
    def passes(self) -> bool:
        return self.check.verdict in ("verbatim", "supported")


def pairs() -> Iterator[Pair]:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        citations = [
            Citation(
                number,
                Passage(said["source"], 0, quote, date=said["date"], language=said["quote_lang"]),
                Quote(said["source"], 0, quote),
            )
            for number, quote in enumerate(said["quotes"], start=1)
        ]
        yield Pair(
            said["id"], said["half"], f"{said['quote_lang']} → {said['lang']}", said["kind"],
            said["true"], said["statement"], tuple(said["quotes"]),
            checked(said["statement"], citations),
        )  # fmt: skip


def row(name: str, of: Sequence[Pair]) -> str:
    """One line: precision, recall and F1 of « caught » and of « let through »."""
    is_true, passes = (
        np.array([getattr(pair, one) for pair in of]) for one in ("is_true", "passes")
    )
    figures = [*_figures(~is_true, ~passes), *_figures(is_true, passes)]
    return f"| {name} | {len(of)} | {' | '.join(figures)} |"


def _figures(wanted: np.ndarray, said: np.ndarray) -> list[str]:
    drawn = drawn_questions(len(wanted))
    cells = []
    for measure in (_precision, _recall, _f1):
        value = measure(wanted[None], said[None])[0]
        low, high = interval(measure(wanted[drawn], said[drawn]))
        cells.append(f"{value:.3f} [{low:.2f}, {high:.2f}]")
    return cells


def _precision(wanted: np.ndarray, said: np.ndarray) -> np.ndarray:
    return _share((wanted & said).sum(1), said.sum(1))


def _recall(wanted: np.ndarray, said: np.ndarray) -> np.ndarray:
    return _share((wanted & said).sum(1), wanted.sum(1))


def _f1(wanted: np.ndarray, said: np.ndarray) -> np.ndarray:
    return _share(2 * (wanted & said).sum(1), wanted.sum(1) + said.sum(1))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def share(name: str, of: Sequence[Pair]) -> str:
    """One line: of a kind, how many have the right verdict, and the verdicts given."""
    right = np.array([pair.passes == pair.is_true for pair in of], dtype=float)
    low, high = interval(right[drawn_questions(len(right))].mean(1))
    given = [pair.check.verdict for pair in of]
    verdicts = " | ".join(
        str(given.count(one)) for one in ("verbatim", "supported", "partial", "unsupported")
    )
    sign = "let through" if of[0].is_true else "caught"
    return (
        f"| {name} | {sign} | {len(of)} | {right.mean():.3f} [{low:.2f}, {high:.2f}] | {verdicts} |"
    )


def table(half: str, of: Sequence[Pair]) -> Iterator[str]:
    yield f"\n{half}: {len(of)} pairs\n"
    yield (
        "| quote → statement | pairs | false caught: precision | recall | F1 "
        "| true let through: precision | recall | F1 |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    yield row("all", of)
    for languages in sorted({pair.languages for pair in of}):
        group = [pair for pair in of if pair.languages == languages]
        if len({pair.is_true for pair in group}) > 1:
            yield row(languages, group)
    yield "\n| kind | right is | pairs | right | verbatim | supported | partial | unsupported |"
    yield "|---|---|---|---|---|---|---|---|"
    for is_true in (True, False):
        for kind in sorted({pair.kind for pair in of if pair.is_true is is_true}):
            yield share(kind, [pair for pair in of if pair.kind == kind])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    every = list(pairs())
    for half in (options.half,) if options.half else HALVES:
        of = [pair for pair in every if pair.half == half]
        print("\n".join(table(half, of)))
        for pair in of if options.misses else ():
            if pair.passes != pair.is_true:
                said = "; ".join(reason(one, "fr") for one in pair.check.findings)
                truth = "TRUE" if pair.is_true else "FALSE"
                print("", f"{pair.id} {pair.kind} {truth}: {pair.check.verdict}", sep="\n")
                print("  " + pair.statement, *pair.quotes, said, sep="\n  ")


if __name__ == "__main__":
    main()
