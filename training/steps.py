"""The steps of a training run: the optimiser, its rate, and going on where a run was cut."""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from training.measure import Row
from training.model import Judge

Batch = Sequence[Row]
Loss = Callable[[Judge, Any, Batch], torch.Tensor]

SAVE_EVERY = 240
"""Seconds."""

_MEAN_OVER = 250
"""Steps that the running mean of the weights looks back on."""


class Course(NamedTuple):
    """What is read in which order, with what loss and how fast."""

    steady: Sequence[Batch]
    """Read while the rate stays, after it has risen."""
    falling: Sequence[Batch]
    """Read while the rate falls to 0."""
    loss: Loss
    rate: float
    rate_of_heads: float
    warm_up: int
    """Steps."""
    averaged: bool = False
    """Whether what is learned is the running mean of the weights (Polyak and Juditsky, 1992)."""

    @property
    def batches(self) -> list[Batch]:
        return [*self.steady, *self.falling]

    def rate_at(self, step: int) -> float:
        """Return the rate of a step, as a share of the full one."""
        past = max(0, step - len(self.steady)) / max(1, len(self.falling))
        return min((step + 1) / self.warm_up, max(0.0, 1 - past))


class Training:
    """One course of a judge, and where it stands; the file `state` is written again and again."""

    def __init__(self, judge: Judge, course: Course, state: Path) -> None:
        self._judge, self._course, self._state = judge, course, state
        self._batches = course.batches
        encoder = [p for p in judge.encoder.parameters() if p.requires_grad]
        heads = [p for layer in judge.output_layers for p in layer.parameters()]
        self._learning = [*encoder, *heads]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": encoder, "lr": course.rate},
                {"params": heads, "lr": course.rate_of_heads},
            ],
            weight_decay=0.01,
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, course.rate_at)
        self._mean = Mean(self._learning)
        self._parts: dict[str, Any] = {
            "judge": judge, "optimiser": self._optimiser, "schedule": self._schedule,
            "mean": self._mean,
        }  # fmt: skip

    def run(self, packed: Any) -> None:
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
        if self._course.averaged:
            self._mean.taken(self._learning)

    def _step(self, packed: Any, batch: Batch) -> float:
        loss = self._course.loss(self._judge, packed, batch)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
        self._optimiser.step()
        self._schedule.step()
        if self._course.averaged:
            self._mean.seen(self._learning)
        return float(loss.detach())

    def _keep(self, step: int) -> None:
        partial = self._state.with_suffix(".writing")
        kept = {name: part.state_dict() for name, part in self._parts.items()}
        told = {"step": step, "of": self._read_until(step), "chance": torch.get_rng_state()}
        torch.save({**kept, **told}, partial)
        partial.replace(self._state)

    def _read_until(self, step: int) -> str:
        """Return a digest of what was read in the first steps."""
        return digest([(one.ids, e.answers) for batch in self._batches[:step] for e, one in batch])

    def _resumed(self) -> int:
        if not self._state.exists():
            return 0
        kept = torch.load(self._state, weights_only=True)
        step = int(kept["step"])
        if step > len(self._batches) or kept["of"] != self._read_until(step):
            raise SystemExit(
                f"{self._state} is of other examples: remove it, or give another --out."
            )
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        torch.set_rng_state(kept["chance"])
        return step


class Mean(nn.Module):
    """A running mean of parameters, which forgets: each step counts 1 in `_MEAN_OVER`."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        super().__init__()
        self._count: torch.Tensor
        self.register_buffer("_count", torch.zeros((), dtype=torch.int64))
        for number, parameter in enumerate(parameters):
            self.register_buffer(f"p{number}", parameter.detach().clone())

    @torch.no_grad()
    def seen(self, parameters: Sequence[nn.Parameter]) -> None:
        self._count += 1
        share = max(1 / _MEAN_OVER, 1 / float(self._count))
        for number, parameter in enumerate(parameters):
            self.get_buffer(f"p{number}").lerp_(parameter, share)

    @torch.no_grad()
    def taken(self, parameters: Sequence[nn.Parameter]) -> None:
        """Set the parameters to their mean."""
        for number, parameter in enumerate(parameters):
            parameter.copy_(self.get_buffer(f"p{number}"))


def digest(told: Sequence[Any]) -> str:
    """Return a hash by which the same examples are known again."""
    return hashlib.sha256(repr(told).encode()).hexdigest()
