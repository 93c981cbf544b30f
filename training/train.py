"""``python -m training.train --public FOLDER --out FILE``: train the judge, measure it, keep it.

Two stages: sentences one by one, with the upper layers of the encoder, then whole questions, with
all of them (`stages`). Seeds are fixed; what was trained so far is written beside the file every
few minutes, and a run that was cut goes on from there.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file, save_file

from rag.config import read_settings
from rag.e5.engine import engine_folder
from rag.e5.packed import Floats, PackedModel, read_packed
from rag.e5.tokenizer import Pieces
from rag.judge.weights import dequantized, quantized
from rag.judge.window import Sentence, window
from training import stages
from training.batches import Row
from training.examples import PUBLIC, Example, own, public
from training.found import found
from training.measure import calibrated, judged, measured
from training.model import Judge
from training.steps import Training, digest

NOT_ASKED = ("timeqa_human",)
"""Sets for whose questions nothing is found: these passages are too many to embed."""

UPPER = 7
"""Layers that learn of sentences; of questions all do."""

SHARE = 0.1
"""Of the questions of a file that `stages.SHARES` does not name: what an hour can read."""

STATES = (".part", ".part-2")
"""Of the two stages, where they stand."""


def rows_of(
    folder: Path, kept: Path, *, near: int = 3, timeqa: int = 800, most: int = 4
) -> list[Row]:
    """Return all examples and what is found beside them, each as a judge reads it.

    :param kept: what the files of what was found begin with
    """
    examples = gathered(folder, near=near, timeqa=timeqa)
    examples += all_found(examples, folder, most, kept)
    pieces = Pieces(engine_folder(read_settings().cache, "int8"))
    return [(example, window(pieces, example.question, example.sentence)) for example in examples]


def gathered(folder: Path, *, near: int, timeqa: int) -> list[Example]:
    """Return the examples of every set and our own pairs."""
    examples = [*own()]
    for name, most in (("piaf_dev", None), ("xquad_en", None), ("timeqa_human", timeqa)):
        examples += public(folder, name, near=near, most=most)
    return examples


def all_found(examples: Sequence[Example], folder: Path, most: int, kept: Path) -> list[Example]:
    """Return what the program finds beside them, of each set; `kept` begins the files' names."""
    sets = {name: [one for one in examples if one.origin == name] for name in PUBLIC}
    sets["own"] = [one for one in examples if one.origin not in PUBLIC]
    beside = []
    for name, mine in sets.items():
        if name not in NOT_ASKED:
            beside += _found(mine, folder, most, kept.with_name(f"{kept.name}-{name}.jsonl"))
            print(f"{name}: {len(beside)} sentences found in all", flush=True)
    return beside


def _found(examples: Sequence[Example], folder: Path, most: int, kept: Path) -> list[Example]:
    """Return what is found; from the file `kept`, if it was found for the same."""
    told = {"of": digest(examples), "most": most}
    if kept.exists():
        first, *stored = kept.read_text(encoding="utf-8").splitlines()
        if json.loads(first) == told:
            return [_example(json.loads(line)) for line in stored]
    beside = list(found(examples, folder, most))
    lines = (json.dumps(one) for one in (told, *map(asdict, beside)))
    kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return beside


def _example(row: dict[str, Any]) -> Example:
    return Example(**{**row, "sentence": Sentence(**row["sentence"])})


def trained(
    packed: PackedModel,
    rows: Sequence[Row],
    *,
    own: int,
    share: float,
    start: Path | None,
    out: Path,
) -> Judge:
    """Return a judge that has passed both stages, or the last one from a stored judge on."""
    first, last = (out.with_suffix(suffix) for suffix in STATES)
    if start:
        weights = dequantized(load_file(start))
    else:
        upper = Judge(packed, UPPER)
        Training(upper, stages.sentences(rows, own), first).run(packed)
        weights = weights_of(upper)
    judge = Judge(packed, packed.layers)
    judge.start_from(weights)
    Training(judge, stages.questions(rows, share), last).run(packed)
    return judge


def weights_of(judge: Judge) -> dict[str, Floats]:
    return {name: value.numpy() for name, value in judge.trained().items()}


def keep(judge: Judge, packed: PackedModel, unseen: Sequence[Row], out: Path) -> None:
    """Write the weights and their calibration, and beside them the figures of what is written."""
    stored = quantized(weights_of(judge))
    judge.start_from(dequantized(stored))
    said = judged(judge, packed, unseen)
    save_file(stored, out, {"calibration": json.dumps(calibrated(unseen, said))})
    told = json.dumps(measured(unseen, said), indent=1)
    print(told)
    out.with_suffix(".json").write_text(told)
    for suffix in STATES:
        out.with_suffix(suffix).unlink(missing_ok=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    asked.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    asked.add_argument("--own", type=int, default=1, help="times that our own pairs are read")
    asked.add_argument("--near", type=int, default=3, help="false sentences a public question")
    asked.add_argument("--found", type=int, default=4, help="sentences that the program finds")
    asked.add_argument("--timeqa", type=int, default=800, help="questions of TimeQA")
    asked.add_argument(
        "--share", type=float, default=SHARE, help="of the other questions, read whole"
    )
    asked.add_argument("--most", type=int, help="of our own pairs read, for a learning curve")
    asked.add_argument("--leave-out", default="", help="a kind of near miss, for an ablation")
    asked.add_argument("--start", type=Path, help="a stored judge in place of the first stage")
    given = asked.parse_args()
    torch.manual_seed(0)
    packed = read_packed()
    kept = given.out.with_suffix(".found")
    rows = rows_of(given.public, kept, near=given.near, timeqa=given.timeqa, most=given.found)
    read = [row for row in rows if not row[0].held_out and row[0].kind != given.leave_out]
    unseen = [row for row in rows if row[0].held_out]
    if given.most is not None:
        read = stages.fewer(read, given.most)
    print(f"{len(read)} examples to read, {len(unseen)} unseen", flush=True)
    judge = trained(
        packed, read, own=given.own, share=given.share, start=given.start, out=given.out
    )
    keep(judge, packed, unseen, given.out)


if __name__ == "__main__":
    main()
