"""``python -m training.train --public FOLDER --out FILE``: train the judge, measure it, keep it.

First the public sets are read, for what an answer is, then what the program itself finds for their
questions; last our own pairs, for what only looks like an answer. Seeds are fixed; what was trained
so far is written beside the file every few minutes, and a run that was cut goes on from there.
"""

import argparse
import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional

from rag.config import read_settings
from rag.e5.engine import engine_folder
from rag.e5.packed import read_packed
from rag.e5.tokenizer import Pieces
from rag.judge.window import Sentence, Window, window
from training.examples import PUBLIC, Example, own, public
from training.found import found
from training.measure import Row, batches, calibrated, judged, measured
from training.model import Judge, batch_of

NOT_ASKED = ("timeqa_human",)
"""Sets for whose questions nothing is found: these passages are too many to embed."""

BESIDE = ("same_report", "found")
"""Kinds that nobody wrote: false sentences beside the pairs."""

TRAINED = 7
"""Upper layers that learn: what is stored of them takes 25 MB."""

Steps = Sequence[Row]

RATE, RATE_OF_HEADS = 1e-4, 1e-3
WARM_UP = 23
"""Steps."""

SPAN_WEIGHT = 0.4
SAVE_EVERY = 240
"""Seconds."""


def gathered(folder: Path, *, near: int, timeqa: int) -> list[Example]:
    """Return the examples of every set and our own pairs."""
    examples = [*own()]
    for name, most in (("piaf_dev", None), ("xquad_en", None), ("timeqa_human", timeqa)):
        examples += public(folder, name, near=near, most=most)
    return examples


def all_found(examples: Sequence[Example], folder: Path, most: int, kept: Path) -> list[Example]:
    """Return what the program finds beside them, of each set; `kept` begins the files' names."""
    beside = []
    for name in dict.fromkeys(one.origin for one in examples if one.origin not in NOT_ASKED):
        mine = [example for example in examples if example.origin == name]
        beside += _found(mine, folder, most, kept.with_name(f"{kept.name}-{name}.jsonl"))
        print(f"{name}: {len(beside)} sentences found in all", flush=True)
    return beside


def _found(examples: Sequence[Example], folder: Path, most: int, kept: Path) -> list[Example]:
    """Return what is found; from the file `kept`, if it was found for the same."""
    told = {"of": _digest(examples), "most": most}
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


def _digest(told: Sequence[Any]) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()


def loss_of(judge: Judge, packed: Any, batch: Sequence[Row]) -> torch.Tensor:
    drawn = batch_of(packed, [one for _, one in batch])
    with torch.autocast("cpu", torch.bfloat16):
        relevance, span = judge(drawn)
    labels = torch.tensor([float(example.answers) for example, _ in batch])
    loss = functional.binary_cross_entropy_with_logits(relevance.float(), labels)
    return loss + SPAN_WEIGHT * _span_loss(span.float(), drawn.sentence, batch)


def _span_loss(span: torch.Tensor, inside: torch.Tensor, batch: Sequence[Row]) -> torch.Tensor:
    """Cross-entropy of the first and last token, over the tokens of the sentence."""
    losses = []
    for number, (example, one) in enumerate(batch):
        outside = (1 - inside[number]) * -1e4
        for side, place in enumerate(_tokens(example, one)):
            scores = span[number, :, side] + outside
            losses.append(functional.cross_entropy(scores[None], torch.tensor([place])))
    return torch.stack(losses).mean() if losses else torch.zeros(())


def _tokens(example: Example, one: Window) -> tuple[int, int] | tuple[()]:
    """Return the first and last token of the short answer; nothing where it is not known."""
    start, end = example.short or (0, 0)
    inside = [i for i, (first, last) in enumerate(one.places) if first < end and last > start]
    return (one.first + inside[0], one.first + inside[-1]) if inside else ()


class Training:
    """The steps of one run, and where it stands; `state` is written again and again."""

    def __init__(
        self, judge: Judge, first: Sequence[Steps], last: Sequence[Steps], state: Path
    ) -> None:
        """The rate rises and stays for the `first` steps, and falls to 0 over the `last`."""
        self._judge, self._steps, self._state = judge, [*first, *last], state
        encoder = [p for p in judge.encoder.parameters() if p.requires_grad]
        heads = [p for layer in judge.output_layers for p in layer.parameters()]
        self._learning = [*encoder, *heads]
        self._optimiser = torch.optim.AdamW(
            [{"params": encoder, "lr": RATE}, {"params": heads, "lr": RATE_OF_HEADS}],
            weight_decay=0.01,
        )
        falling = max(1, len(last))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser,
            lambda n: min((n + 1) / WARM_UP, max(0.0, 1 - max(0, n - len(first)) / falling)),
        )
        self._parts: dict[str, Any] = {
            "judge": judge, "optimiser": self._optimiser, "schedule": self._schedule,
        }  # fmt: skip

    def run(self, packed: Any) -> None:
        first = self._resumed()
        self._judge.train()
        started = kept = time.monotonic()
        seen: list[float] = []
        for number in range(first, len(self._steps)):
            seen.append(self._step(packed, self._steps[number]))
            now = time.monotonic()
            if (number + 1) % 20 == 0:
                left = (now - started) / (number + 1 - first) * (len(self._steps) - number - 1)
                lately = np.mean(seen[-100:])
                told = f"step {number + 1}/{len(self._steps)}, loss {lately:.3f}"
                print(f"{told}, {left / 60:.0f} min left", flush=True)
            if now - kept > SAVE_EVERY:
                kept = now
                self._keep(number + 1)
        self._keep(len(self._steps))

    def _step(self, packed: Any, batch: Sequence[Row]) -> float:
        loss = loss_of(self._judge, packed, batch)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        self._optimiser.step()
        self._schedule.step()
        return float(loss.detach())

    def _keep(self, step: int) -> None:
        partial = self._state.with_suffix(".writing")
        kept = {name: part.state_dict() for name, part in self._parts.items()}
        told = {"step": step, "of": self._read_until(step), "chance": torch.get_rng_state()}
        torch.save({**kept, **told}, partial)
        partial.replace(self._state)

    def _read_until(self, step: int) -> str:
        """Return a digest of what was read in the first steps."""
        return _digest(
            [(one.ids, example.answers) for b in self._steps[:step] for example, one in b]
        )

    def _resumed(self) -> int:
        if not self._state.exists():
            return 0
        kept = torch.load(self._state, weights_only=True)
        step = int(kept["step"])
        if step > len(self._steps) or kept["of"] != self._read_until(step):
            raise SystemExit(
                f"{self._state} is of other examples: remove it, or give another --out."
            )
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        torch.set_rng_state(kept["chance"])
        return step


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    asked.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    asked.add_argument("--own", type=int, default=2, help="times that our own pairs are read")
    asked.add_argument("--near", type=int, default=3, help="false sentences a public question")
    asked.add_argument("--found", type=int, default=3, help="sentences that the program finds")
    asked.add_argument("--timeqa", type=int, default=800, help="questions of TimeQA")
    asked.add_argument("--most", type=int, help="of our own pairs read, for a learning curve")
    asked.add_argument("--leave-out", default="", help="a kind of near miss, for an ablation")
    given = asked.parse_args()
    torch.manual_seed(0)
    packed = read_packed()
    pieces = Pieces(engine_folder(read_settings().cache, "int8"))
    examples = gathered(given.public, near=given.near, timeqa=given.timeqa)
    examples += all_found(examples, given.public, given.found, given.out.with_suffix(".found"))
    rows = [(example, window(pieces, example.question, example.sentence)) for example in examples]
    read = [row for row in rows if not row[0].held_out and row[0].kind != given.leave_out]
    unseen = [row for row in rows if row[0].held_out]
    sets, nearer, ours = phases(read, given.own, given.most)
    readings = len(sets) + len(nearer) + len(ours)
    print(f"{readings} readings, {len(unseen)} examples unseen", flush=True)
    judge = Judge(packed, TRAINED)
    state = given.out.with_suffix(".part")
    first = [*batches(sets, 0), *batches(nearer, 1)]
    Training(judge, first, list(batches(ours, 2)), state).run(packed)
    said = judged(judge, packed, unseen)
    metadata = {"calibration": json.dumps(calibrated(unseen, said))}
    save_file(stored(judge), given.out, metadata)
    told = measured(unseen, said)
    print(json.dumps(told, indent=1))
    given.out.with_suffix(".json").write_text(json.dumps(told, indent=1))
    state.unlink(missing_ok=True)


def phases(
    rows: Sequence[Row], times: int, most: int | None
) -> tuple[list[Row], list[Row], list[Row]]:
    """Return what is read first, second and last.

    The public sets; half of them again with what was found for their questions; a quarter of them
    again with what was found for ours, and our pairs `times`.
    """
    sets = [row for row in rows if row[0].origin in PUBLIC and row[0].kind != "found"]
    nearer = [row for row in rows if row[0].origin in PUBLIC and row[0].kind == "found"]
    ours = [row for row in rows if row[0].origin not in PUBLIC]
    if most is not None:
        ours = _of_questions(ours, most)
    beside = [row for row in ours if row[0].kind in BESIDE]
    pairs = [row for row in ours if row[0].kind not in BESIDE]
    chance = random.Random(0)
    half, quarter = (chance.sample(sets, len(sets) // part) for part in (2, 4))
    return sets, [*half, *nearer], [*quarter, *beside, *pairs * times]


def _of_questions(ours: Sequence[Row], most: int) -> list[Row]:
    """Return at most about `most` pairs and what stands beside them: those of some questions."""
    by_question: dict[str, list[Row]] = defaultdict(list)
    for row in ours:
        by_question[row[0].question].append(row)
    order = list(by_question.values())
    random.Random(0).shuffle(order)
    kept: list[Row] = []
    count = 0
    for some in order:
        count += sum(example.kind not in BESIDE for example, _ in some)
        if count > most:
            break
        kept += some
    return kept


def stored(judge: Judge) -> dict[str, torch.Tensor]:
    """Return what is kept: sixteen-bit floats."""
    return {name: value.half().contiguous() for name, value in judge.trained().items()}


if __name__ == "__main__":
    main()
