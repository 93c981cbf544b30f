"""What a judge is taught to say: of a sentence alone, and of all that is read for a question."""

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch.nn import functional

from rag.e5.packed import PackedModel
from rag.judge.window import Window
from training.batches import Row
from training.examples import Example
from training.model import Judge, in_bf16, inputs_of

SPAN_WEIGHT = 0.4

SENTENCE_WEIGHT = 0.5
"""Of each sentence's own loss, beside that of its question."""

ANSWERED_WEIGHT = 1.5
"""Of a question that one of its sentences answers, beside one that none does."""


def pointwise(judge: Judge, packed: PackedModel, batch: Sequence[Row]) -> torch.Tensor:
    """Return the loss of each sentence by itself: does it answer, and with which words."""
    relevance, labels, span = _said(judge, packed, batch)
    return functional.binary_cross_entropy_with_logits(relevance, labels) + SPAN_WEIGHT * span


def listwise(judge: Judge, packed: PackedModel, batch: Sequence[Row]) -> torch.Tensor:
    """Return the loss of choosing among a question's sentences and « none of them ».

    A softmax over them (Gao et al., 2021, arXiv 2101.08751), with 0 as the score of none. Without
    it sentences of other questions count as much as those that stand beside the right one.
    """
    relevance, labels, span = _said(judge, packed, batch)
    alone = functional.binary_cross_entropy_with_logits(relevance, labels)
    losses, weights = [], []
    for places in _by_question(batch):
        losses.append(chosen(relevance[places], labels[places]))
        weights.append(ANSWERED_WEIGHT if labels[places].any() else 1.0)
    of_each, weight = torch.stack(losses), torch.tensor(weights)
    of_all = (of_each * weight).sum() / weight.sum()
    return of_all + SENTENCE_WEIGHT * alone + SPAN_WEIGHT * span


def chosen(relevance: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Return minus the log-probability of the sentences that answer, or of none of them.

    Both are (sentences,); more than one may answer.
    """
    with_none = torch.cat([torch.zeros(1), relevance])
    right = relevance[answers > 0] if answers.any() else with_none[:1]
    return torch.logsumexp(with_none, 0) - torch.logsumexp(right, 0)


def _by_question(batch: Sequence[Row]) -> list[list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, (example, _) in enumerate(batch):
        places[example.question].append(place)
    return list(places.values())


def _said(
    judge: Judge, packed: PackedModel, batch: Sequence[Row]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return relevance and whether it answers, (rows,), and the loss of the short answers."""
    drawn = inputs_of(packed, [one for _, one in batch])
    with in_bf16():
        relevance, span = judge(drawn)
    labels = torch.tensor([float(example.answers) for example, _ in batch])
    return relevance.float(), labels, _span_loss(span.float(), drawn.sentence, batch)


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
