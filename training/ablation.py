"""``python -m training.ablation --public FOLDER --out FILE``: what each kind of example gives.

A short last stage, of as many questions each time, the same ones but for those that have nothing
left, without the examples of one family; it starts from a judge that has read a part of the public
sets and nothing of ours.
"""

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file, save_file

from rag.e5.packed import Floats, PackedModel, read_packed
from training import stages
from training.batches import Row
from training.examples import PUBLIC, Example
from training.measure import auc_by_kind, first_found, judged, told_apart
from training.model import Judge
from training.steps import Training
from training.train import SHARE, UPPER, rows_of, weights_of

FAMILIES: Mapping[str, Callable[[Example], bool]] = {
    "nothing": lambda one: False,
    "another": lambda one: one.kind.startswith("other_") and one.kind != "other_detail",
    "what happened": lambda one: (
        one.kind in ("direction", "negation", "planned", "proposed", "unattributed")
    ),
    "never told": lambda one: one.kind in ("other_detail", "false_premise", "off_topic"),
    "found": lambda one: one.kind == "found",
    "from memory": lambda one: one.origin == stages.FROM_MEMORY,
    "plain": lambda one: one.origin == stages.PLAIN,
    "first sentences": lambda one: one.origin == stages.LEADS,
    "English, Vietnamese": lambda one: one.language != "fr" and one.origin not in PUBLIC,
    "public sets": lambda one: one.origin in PUBLIC,
}
"""What is left out, by name."""


def first_weights(
    packed: PackedModel, rows: Sequence[Row], count: int, kept: Path
) -> dict[str, Floats]:
    """Return the weights of a judge that has read so many public sentences; kept in a file."""
    if not kept.exists():
        judge = Judge(packed, UPPER)
        public = [row for row in rows if row[0].origin in PUBLIC]
        public = random.Random(3).sample(public, min(count, len(public)))
        state = kept.with_suffix(".part-public")
        Training(judge, stages.sentences(public, 0), state).run(packed)
        save_file(weights_of(judge), kept)
        state.unlink()
    return load_file(kept)


def without(
    family: str, rows: Sequence[Row], count: int, start: Mapping[str, Floats], out: Path
) -> Judge:
    """Return a judge that has read `count` questions, and nothing of the family."""
    packed = read_packed()
    judge = Judge(packed, packed.layers)
    if family != "public sets":
        judge.start_from(start)
    groups = stages.asked(rows, SHARE)
    random.Random(1).shuffle(groups)
    left = [[row for row in group if not FAMILIES[family](row[0])] for group in groups]
    read = [group for group in left if group][:count]
    if len(read) < count:
        raise SystemExit(
            f"Without {family} only {len(read)} questions are left: lower --questions."
        )
    stage = stages.whole_questions(read)._replace(averaged=False)
    Training(judge, stage, out.with_suffix(".part")).run(packed)
    out.with_suffix(".part").unlink()
    return judge


def told(judge: Judge, unseen: Sequence[Row]) -> dict[str, Any]:
    said = judged(judge, read_packed(), unseen)
    examples = [example for example, _ in unseen]
    return {
        "first": first_found(examples, said),
        "apart": told_apart(examples, said),
        "auc": auc_by_kind(examples, said),
    }


def measured_with(rows: Sequence[Row], count: int) -> list[Row]:
    """Return the rows of so many of our questions kept apart, as the last stage would read them."""
    ours = [row for row in rows if row[0].held_out and row[0].origin not in PUBLIC]
    groups = stages.asked(ours, 1, {})
    some = random.Random(2).sample(groups, min(count, len(groups)))
    return [row for group in some for row in group]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    asked.add_argument("--out", type=Path, required=True, help="JSON file to write, or to go on")
    asked.add_argument("--sentences", type=int, default=6000, help="public ones, read before")
    asked.add_argument("--questions", type=int, default=1200, help="read by each")
    asked.add_argument("--unseen", type=int, default=900, help="questions to measure on")
    asked.add_argument("--only", nargs="*", default=list(FAMILIES), choices=list(FAMILIES))
    given = asked.parse_args()
    packed = read_packed()
    rows = rows_of(given.public, given.out.with_suffix(".found"))
    read = [row for row in rows if not row[0].held_out]
    unseen = measured_with(rows, given.unseen)
    kept = given.out.with_suffix(f".{given.sentences}.safetensors")
    start = first_weights(packed, read, given.sentences, kept)
    found = json.loads(given.out.read_text()) if given.out.exists() else {}
    for family in given.only:
        if family not in found:
            torch.manual_seed(0)
            judge = without(family, read, given.questions, start, given.out)
            found[family] = told(judge, unseen)
            given.out.write_text(json.dumps(found, indent=1))
            print(family, json.dumps(found[family]), flush=True)


if __name__ == "__main__":
    main()
