"""The steps of a stage of training: the optimiser, its rate, and going on where a run was cut."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from rag.e5.packed import PackedModel
from training.batches import Row
from training.model import Judge
from training.stages import Stage

SAVE_EVERY = 240
"""Seconds."""

DECAY = 0.996
"""Of the moving average of the weights, a step."""


class Training:
    """One stage of a judge, and where it stands; the file `state` is written again and again."""

    def __init__(self, judge: Judge, stage: Stage, state: Path) -> None:
        self._judge, self._stage, self._state = judge, stage, state
        self._batches = stage.batches
        start = hashlib.sha256()
        for value in judge.trained().values():
            start.update(value.numpy().tobytes())
        self._of = digest([start.hexdigest(), stage.rate, len(self._batches)])
        encoder = [p for p in judge.encoder.parameters() if p.requires_grad]
        heads = [p for layer in judge.output_layers for p in layer.parameters()]
        self._learning = [*encoder, *heads]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": encoder, "lr": stage.rate},
                {"params": heads, "lr": stage.rate_of_heads},
            ],
            weight_decay=0.01,
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, stage.rate_at)
        self._parts: dict[str, Any] = {
            "judge": judge, "optimiser": self._optimiser, "schedule": self._schedule,
        }  # fmt: skip
        self._average: AveragedModel | None = None
        if stage.averaged:
            moving = get_ema_multi_avg_fn(DECAY)  # type: ignore[no-untyped-call]
            self._average = AveragedModel(judge, multi_avg_fn=moving)
            self._parts["average"] = self._average

    def run(self, packed: PackedModel) -> None:
        """Take the steps that are left; the judge has learned then."""
        first, count = self._resumed(), len(self._batches)
        self._judge.train()
        started = kept = time.monotonic()
        seen: list[float] = []
        for number in range(first, count):
            seen.append(self._step(packed, self._batches[number]))
            now = time.monotonic()
            if (number + 1) % 20 == 0:
                left = (now - started) / (number + 1 - first) * (count - number - 1)
                told = f"step {number + 1}/{count}, loss {np.mean(seen[-100:]):.3f}"
                print(f"{told}, {left / 60:.0f} min left", flush=True)
            if now - kept > SAVE_EVERY:
                kept = now
                self._keep(number + 1)
        self._keep(count)
        if self._average:
            self._judge.load_state_dict(self._average.module.state_dict())

    def _step(self, packed: PackedModel, batch: Sequence[Row]) -> float:
        loss = self._stage.loss(self._judge, packed, batch)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        self._optimiser.step()
        self._schedule.step()
        if self._average:
            self._average.update_parameters(self._judge)
        return float(loss.detach())

    def _keep(self, step: int) -> None:
        partial = self._state.with_suffix(".writing")
        kept = {name: part.state_dict() for name, part in self._parts.items()}
        told = {"step": step, "of": self._read_until(step), "chance": torch.get_rng_state()}
        torch.save({**kept, **told}, partial)
        partial.replace(self._state)

    def _read_until(self, step: int) -> str:
        """Return a digest of where it began and what was read in the first steps."""
        read = [(one.ids, e.answers, e.short) for batch in self._batches[:step] for e, one in batch]
        return digest([self._of, read])

    def _resumed(self) -> int:
        if not self._state.exists():
            return 0
        kept = torch.load(self._state, weights_only=True)
        step = int(kept["step"])
        if step > len(self._batches) or kept["of"] != self._read_until(step):
            raise SystemExit(
                f"{self._state} is of other examples or another start: remove it, "
                "or give another --out."
            )
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        torch.set_rng_state(kept["chance"])
        return step


def digest(told: Sequence[Any]) -> str:
    """Return a hash by which the same examples are known again."""
    return hashlib.sha256(repr(told).encode()).hexdigest()
