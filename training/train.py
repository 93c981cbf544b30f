"""``python -m training.train --public FOLDER --out FILE``: train the judge, measure it, keep it.

First the public sets are read once, for what an answer is; then half of them again and our own
pairs, these more often, for what only looks like one. Seeds are fixed; what was trained so far is
written beside the file every few minutes, and a run that was cut goes on from there.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
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
from rag.judge.window import Window, window
from training.examples import PUBLIC, Example, own, public
from training.measure import Row, batches, calibrated, judged, measured
from training.model import Judge, batch_of

TRAINED = 7
"""Upper layers that learn: what is stored of them takes 25 MB."""

Steps = Sequence[Row]

RATE, RATE_OF_HEADS = 1e-4, 1e-3
WARM_UP = 0.06
SPAN_WEIGHT = 0.4
SAVE_EVERY = 240
"""Seconds."""


def gathered(folder: Path, *, near: int, timeqa: int) -> list[Example]:
    """Return all examples, of every set and of our own pairs."""
    found = [*own()]
    for name, most in (("piaf_dev", None), ("xquad_en", None), ("timeqa_human", timeqa)):
        found += public(folder, name, near=near, most=most)
    return found


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
        self, judge: Judge, first: Sequence[Steps], second: Sequence[Steps], state: Path
    ) -> None:
        """The rate rises and stays for the `first` steps, and falls to 0 over the `second`."""
        self._judge, self._steps, self._state = judge, [*first, *second], state
        encoder = [p for p in judge.encoder.parameters() if p.requires_grad]
        heads = [p for layer in judge.output_layers for p in layer.parameters()]
        self._learning = [*encoder, *heads]
        self._optimiser = torch.optim.AdamW(
            [{"params": encoder, "lr": RATE}, {"params": heads, "lr": RATE_OF_HEADS}],
            weight_decay=0.01,
        )
        rise, falling = max(1, round(WARM_UP * len(first))), max(1, len(second))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser,
            lambda n: min((n + 1) / rise, max(0.0, 1 - max(0, n - len(first)) / falling)),
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
        torch.save({**kept, "step": step}, partial)
        partial.replace(self._state)

    def _resumed(self) -> int:
        if not self._state.exists():
            return 0
        kept = torch.load(self._state, weights_only=True)
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        return int(kept["step"])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--public", type=Path, required=True, help="folder of the public sets")
    asked.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    asked.add_argument("--own", type=int, default=3, help="times that our own pairs are read")
    asked.add_argument("--only-public", action="store_true", help="stop before our own pairs")
    asked.add_argument("--near", type=int, default=3, help="false sentences a public question")
    asked.add_argument("--timeqa", type=int, default=800, help="questions of TimeQA")
    asked.add_argument("--most", type=int, help="of our own pairs read, for a learning curve")
    given = asked.parse_args()
    torch.manual_seed(0)
    packed = read_packed()
    pieces = Pieces(engine_folder(read_settings().cache, "int8"))
    examples = gathered(given.public, near=given.near, timeqa=given.timeqa)
    rows = [(example, window(pieces, example.question, example.sentence)) for example in examples]
    first, second = phases([row for row in rows if not row[0].held_out], given.own, given.most)
    unseen = [row for row in rows if row[0].held_out]
    print(f"{len(first) + len(second)} readings, {len(unseen)} examples unseen", flush=True)
    judge = Judge(packed, TRAINED)
    later = [] if given.only_public else list(batches(second, 1))
    state = given.out.with_suffix(".part")
    Training(judge, list(batches(first, 0)), later, state).run(packed)
    if given.only_public:
        return
    found = judged(judge, packed, unseen)
    metadata = {"calibration": json.dumps(calibrated(unseen, found))}
    save_file(stored(judge), given.out, metadata)
    told = measured(unseen, found)
    print(json.dumps(told, indent=1))
    given.out.with_suffix(".json").write_text(json.dumps(told, indent=1))
    state.unlink(missing_ok=True)


def phases(rows: Sequence[Row], times: int, most: int | None) -> tuple[list[Row], list[Row]]:
    """Return what is read first, and then: half of it again, and our own pairs `times`."""
    public_rows = [row for row in rows if row[0].origin in PUBLIC]
    ours = [row for row in rows if row[0].origin not in PUBLIC]
    chance = random.Random(0)
    chance.shuffle(ours)
    again = chance.sample(public_rows, len(public_rows) // 2)
    return public_rows, [*again, *ours[:most] * times]


def stored(judge: Judge) -> dict[str, torch.Tensor]:
    """Return what is kept: sixteen-bit floats."""
    return {name: value.half().contiguous() for name, value in judge.trained().items()}


if __name__ == "__main__":
    main()
