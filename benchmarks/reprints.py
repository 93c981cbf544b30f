"""How well copies and reprints are told from other reports, and with which shingles and shares.

    python benchmarks/reprints.py [tests/data/reprints.jsonl] [--archive FILE ...]

The first table is of a labelled set. Each archive (.txt, or .jsonl, .jsonl.gz with a text a line)
is unlabelled: what is clustered there is printed, to be judged by eye.
"""

import gzip
import json
import random
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, islice
from pathlib import Path

from rag.clean import labelled
from rag.duplicates import SAMPLE, SHINGLE, Rule, clusters, same_report, signature
from rag.records import Document

ROOT = Path(__file__).parents[1]
REPRINTS = ROOT / "tests" / "data" / "reprints.jsonl"
AS_MANY = 20_000
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the set; `origin` is its own id where it reprints nothing."""

    id: str
    origin: str
    change: str
    document: Document


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell reprints."""

    name: str
    rule: Rule = field(default_factory=Rule)
    shingle: int = SHINGLE
    sample: int = SAMPLE


WAYS = (
    Way("as it is"),
    *(Way(f"contained {c:.2f}", Rule(contained=c)) for c in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
    *(Way(f"Jaccard {j:.2f}", Rule(contained=0, sizes=0, jaccard=j)) for j in (0.2, 0.3, 0.5, 0.7)),
    Way("3 words", shingle=3),
    Way("5 words", shingle=5),
    Way("32 sampled", sample=32),
    Way("128 sampled", sample=128),
    Way("3 words, 128", shingle=3, sample=128),
    Way("any numbers", Rule(same_numbers=0)),
    Way("any names", Rule(same_names=0)),
    Way("names .5", Rule(same_names=0.5)),
    Way("names .7", Rule(same_names=0.7)),
    Way("any details", Rule(same_numbers=0, same_names=0)),
    Way("any sizes", Rule(sizes=0)),
)


def reports(path: Path) -> list[Report]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Report(
            row["id"],
            row["origin"] or row["id"],
            row["change"] or "none",
            labelled(Document(row["id"], row["text"])),
        )
        for row in rows
    ]


def pairs(groups: Iterator[Sequence[str]]) -> set[tuple[str, str]]:
    """Return every two members of each group."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def grouped(keys: dict[str, str]) -> Iterator[list[str]]:
    """Return the sources that have one key."""
    found = defaultdict(list)
    for source, key in keys.items():
        found[key].append(source)
    return iter(found.values())


def found_by(way: Way, found: list[Report]) -> set[tuple[str, str]]:
    signed = [(r.id, signature(r.document, shingle=way.shingle, sample=way.sample)) for r in found]
    return pairs(grouped(clusters(signed, rule=way.rule)))


def same_key(found: list[Report]) -> set[tuple[str, str]]:
    keys = {one.id: same_report(one.document) for one in found}
    return pairs(grouped({source: key for source, key in keys.items() if key}))


def by_change(found: list[Report], merged: set[tuple[str, str]]) -> dict[str, float]:
    """Return, by kind of change, the share of reprints that are merged with their origin."""
    asked = [one for one in found if one.origin != one.id]
    kinds = Counter(one.change for one in asked)
    hits = Counter(
        one.change for one in asked if (min(one.id, one.origin), max(one.id, one.origin)) in merged
    )
    return {kind: hits[kind] / kinds[kind] for kind in kinds}


def judge(found: list[Report]) -> None:
    """Print a line a way, and what the way in use merged wrongly or missed."""
    true = pairs(grouped({one.id: one.origin for one in found}))
    kinds = list(Counter(one.change for one in found if one.origin != one.id))
    print(f"{len(found)} reports, {len(true)} pairs of one origin\n")
    print(f"{'':18}  precision  recall  " + "  ".join(kinds))
    merges = {"same key": same_key(found)} | {way.name: found_by(way, found) for way in WAYS}
    for name, merged in merges.items():
        right = len(merged & true)
        shares = by_change(found, merged)
        print(
            f"{name:18}  {right / max(len(merged), 1):9.1%}  {right / max(len(true), 1):6.1%}  "
            + "  ".join(f"{shares[kind]:{len(kind)}.0%}" for kind in kinds)
        )
    for name in ("same key", "as it is"):
        print(f"\n{name}, merged and not one: {sorted(merges[name] - true)}")
    print(f"\nas it is, missed with their origin: {_missed(found, merges['as it is'])}")


def _missed(found: list[Report], merged: set[tuple[str, str]]) -> list[str]:
    asked = [one for one in found if one.origin != one.id]
    return [
        one.id for one in asked if (min(one.id, one.origin), max(one.id, one.origin)) not in merged
    ]


def texts(path: Path) -> Iterator[Document]:
    """Return the reports of an archive, and its files if it is a folder."""
    if path.is_dir():
        for file in sorted(path.rglob("*.txt")):
            yield Document(file.name, file.read_text(encoding="utf-8"))
        return
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Document(row["id"], row["text"])


def look(path: Path) -> None:
    """Print what is clustered in an archive: how much, and some of it."""
    held = {one.source: labelled(one) for one in islice(texts(path), AS_MANY)}
    began = time.perf_counter()
    signed = [(source, signature(one)) for source, one in held.items()]
    middle = time.perf_counter()
    origins = clusters(signed)
    ended = time.perf_counter()
    reprints = [source for source, origin in origins.items() if source != origin]
    print(
        f"\n{path.name}: {len(held)} reports, {len(reprints)} reprints of "
        f"{len(set(origins.values()))} origins; signatures {middle - began:.1f} s, "
        f"clusters {ended - middle:.1f} s"
    )
    for source in sorted(random.Random(0).sample(reprints, min(SHOWN, len(reprints)))):
        print(f"\n  {origins[source]}: {_beginning(held[origins[source]])}")
        print(f"  {source}: {_beginning(held[source])}")


def _beginning(document: Document) -> str:
    return " ".join(document.text.split())[:300]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("reprints", type=Path, nargs="?", default=REPRINTS)
    parser.add_argument("--archive", type=Path, action="append", default=[])
    named = parser.parse_args()
    judge(reports(named.reprints))
    for path in chain([ROOT / "corpus"], named.archive):
        look(path)


if __name__ == "__main__":
    main()
