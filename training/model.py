"""The judge in torch: the packed encoder, of which upper layers or all learn, and three heads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rag.e5.engine import processor_features
from rag.e5.packed import Floats, PackedModel
from rag.judge.judge import inputs
from rag.judge.window import Window

_BF16 = frozenset({"avx512_bf16", "amx_bf16"})

HEADS = ("pooled", "relevance", "span")


@dataclass(frozen=True, slots=True)
class Inputs:
    """``words``: (rows, tokens, 384); the masks (rows, tokens) are 1 for a token, a sentence's."""

    words: Tensor
    mask: Tensor
    sentence: Tensor


def in_bf16() -> torch.autocast:
    """Return the context in which a judge computes in bf16, where the processor does.

    Where it does not, torch emulates it, in two and a half times what f32 takes.
    """
    return torch.autocast("cpu", torch.bfloat16, bool(_BF16 & processor_features()))


def inputs_of(packed: PackedModel, windows: Sequence[Window]) -> Inputs:
    given = inputs(packed.words, windows)
    return Inputs(*(torch.from_numpy(given[name]) for name in ("words", "mask", "sentence")))


class Judge(nn.Module):
    """Windows -> (how well each answers, start and end of the short answer).

    The names of the encoder's weights are those of `PackedModel.weights`.
    """

    def __init__(self, packed: PackedModel, trained: int) -> None:
        """The `trained` upper layers and the heads learn; what is below them stays as it is."""
        super().__init__()
        self.heads, self.eps = packed.heads, packed.layer_norm_eps
        self.layers = packed.layers
        self.frozen = packed.layers - trained
        weights = {name: torch.from_numpy(value.copy()) for name, value in packed.weights()}
        table = weights.pop("embeddings.position_embeddings.weight")
        table = table + weights.pop("embeddings.token_type_embeddings.weight")[0]
        self.positions: Tensor
        self.register_buffer("positions", table)
        learning = [f"encoder.layer.{layer}." for layer in range(self.frozen, packed.layers)]
        self.encoder = nn.ParameterDict(
            {
                name.replace(".", "/"): nn.Parameter(value, any(map(name.startswith, learning)))
                for name, value in weights.items()
            }
        )
        size = packed.hidden
        self.pooled = nn.Linear(2 * size, size)
        self.relevance = nn.Linear(size, 1)
        self.span = nn.Linear(size, 2)
        self.dropout = nn.Dropout(0.1)

    def forward(self, given: Inputs) -> tuple[Tensor, Tensor]:
        """Return relevance (rows,) and the log-odds of start and end (rows, tokens, 2)."""
        with torch.no_grad():
            x = self._norm(
                given.words + self.positions[: given.words.shape[1]], "embeddings.LayerNorm"
            )
            for layer in range(self.frozen):
                x = self._layer(x, given.mask, layer)
        for layer in range(self.frozen, self.layers):
            x = self._layer(x, given.mask, layer)
        inside = given.sentence.unsqueeze(-1)
        mean = (x * inside).sum(1) / inside.sum(1).clamp(min=1)
        pooled = torch.tanh(self.pooled(self.dropout(torch.cat([x[:, 0], mean], -1))))
        return self.relevance(pooled).squeeze(-1), self.span(x)

    def _layer(self, x: Tensor, mask: Tensor, layer: int) -> Tensor:
        name = f"encoder.layer.{layer}"
        rows, tokens, size = x.shape
        query, key, value = (
            self._linear(x, f"{name}.attention.self.{part}")
            .view(rows, tokens, self.heads, size // self.heads)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        allowed = (mask > 0)[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        mixed = mixed.transpose(1, 2).reshape(rows, tokens, size)
        seen = self.dropout(self._linear(mixed, f"{name}.attention.output.dense"))
        x = self._norm(x + seen, f"{name}.attention.output.LayerNorm")
        wide = functional.gelu(self._linear(x, f"{name}.intermediate.dense"))
        wide = self.dropout(self._linear(wide, f"{name}.output.dense"))
        return self._norm(x + wide, f"{name}.output.LayerNorm")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self._weight(f"{name}.weight"), self._weight(f"{name}.bias"))

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return functional.layer_norm(x, x.shape[-1:], weight, bias, self.eps)

    def _weight(self, name: str) -> Any:
        return self.encoder[name.replace(".", "/")]

    def trained(self) -> dict[str, Tensor]:
        """Return what differs from the packed weights, by the names the graph knows."""
        found = {
            name.replace("/", "."): value.detach()
            for name, value in self.encoder.items()
            if value.requires_grad
        }
        for name, layer in zip(HEADS, self.output_layers, strict=True):
            found |= {f"{name}.weight": layer.weight.detach(), f"{name}.bias": layer.bias.detach()}
        return found

    @torch.no_grad()
    def start_from(self, trained: Mapping[str, Floats]) -> None:
        """Take over what another has learned, by the names of `trained()`."""
        heads = dict(zip(HEADS, self.output_layers, strict=True))
        for name, values in trained.items():
            layer, _, part = name.partition(".")
            own = heads[layer].get_parameter(part) if layer in heads else self._weight(name)
            own.copy_(torch.from_numpy(values))

    @property
    def output_layers(self) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
        return self.pooled, self.relevance, self.span
