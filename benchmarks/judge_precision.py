"""The stored judge on our pairs that were kept apart: in 8 bits beside 32, by language and kind.

    python benchmarks/judge_precision.py

Both are the file that is shipped, run by the engine that runs it. It takes ten minutes.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # for training/, which no wheel holds

from rag.config import read_settings
from rag.judge.judge import Judge, Judged, judge_of
from training.examples import Example, own
from training.measure import Found, auc_by_kind, short_found


def said(judge: Judge, examples: Sequence[Example]) -> list[Judged]:
    """Return what the judge says of each, in their order."""
    found: list[Judged] = []
    for example in examples:
        found += judge(example.question, example.language, [example.sentence])
    return found


def main() -> None:
    examples = [example for example in own() if example.held_out]
    found = {}
    for engine in ("exact", "int8"):
        judge = judge_of(read_settings().model_copy(update={"engine": engine}))
        if judge is None:
            raise SystemExit("There is no judge here: see rag/judge/CARD.md.")
        found[engine] = said(judge, examples)
        told = [Found(one.relevance, one.short) for one in found[engine]]
        print(f"{engine}: {len(examples)} examples, short answers {short_found(examples, told)}")
        for kind, (auc, count) in auc_by_kind(examples, told).items():
            print(f"  {kind:<28} AUC {auc:.3f} of {count}")
    exact, small = (np.array([one.relevance for one in found[e]]) for e in ("exact", "int8"))
    same = np.mean([a.short == b.short for a, b in zip(*found.values(), strict=True)])
    print(f"correlation {np.corrcoef(exact, small)[0, 1]:.3f}, the same short answer {same:.3f}")


if __name__ == "__main__":
    main()
