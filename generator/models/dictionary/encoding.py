"""A layer's output at each of its places -> features of a dictionary, pooled over the places: a representation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = Literal["relu", "topk", "jumprelu", "none"]
Normalization = Literal["none", "layer_norm", "constant_norm_rescale"]
Pool = Literal["mean", "max"]

BLOCK = (
    1024  # features computed together: 20,000 at 64 places of 32 pictures would be 160 MB, and as much again backwards
)
EPSILON = 1e-5  # of layer_norm (SAELens 6.54, saes/sae.py: run_time_activation_ln_in; the same in Prisma)


@dataclass(frozen=True)
class Rule:
    """What is done at a place beside the products with the encoder.

    activation: relu keeps what is positive; topk the `k` largest, of equal ones those with the lower numbers, as far as
    they are positive; jumprelu what is positive and exceeds the feature's threshold; none everything (directions).
    normalization: of a place's numbers, before the decoder's bias is subtracted (SAELens' and Prisma's names).
    """

    activation: Activation = "relu"
    k: int = 0
    normalization: Normalization = "none"


class _Kept(torch.autograd.Function):
    """Numbers where they are kept, 0 elsewhere; gradients where they pass."""

    @staticmethod
    def forward(ctx: Any, numbers: Tensor, kept: Tensor, passing: Tensor | None) -> Tensor:
        """passing: where gradients pass; None: everywhere."""
        if passing is not None:
            ctx.save_for_backward(passing)
        return numbers.where(kept, 0.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        passing = ctx.saved_tensors
        return (gradient * passing[0] if passing else gradient), None, None


class Dictionary(nn.Module):
    """Features of a layer `width` numbers wide: activation((normalized x - decoder_bias) @ encoder.T + encoder_bias).

    encoder [features, width], encoder_bias [features], decoder_bias [width], threshold [features] or None (jumprelu).
    Whatever the network computes in, features are computed in 32 bits or more. `digest` is a hash of all of it.
    """

    encoder: Tensor
    encoder_bias: Tensor
    decoder_bias: Tensor
    threshold: Tensor | None

    def __init__(
        self, encoder: Tensor, encoder_bias: Tensor, decoder_bias: Tensor, threshold: Tensor | None, rule: Rule
    ) -> None:
        super().__init__()
        self.rule = rule
        self.features, self.width = encoder.shape
        digest = hashlib.sha256(repr(rule).encode())
        parts = {"encoder": encoder, "encoder_bias": encoder_bias, "decoder_bias": decoder_bias, "threshold": threshold}
        for name, tensor in parts.items():
            held = None if tensor is None else tensor.detach().float().contiguous()
            self.register_buffer(name, held, persistent=False)
            if held is not None:
                digest.update(f"{name}{tuple(held.shape)}".encode())
                digest.update(held.cpu().numpy().tobytes())
        self.digest = digest.hexdigest()

    @property
    def rectifies(self) -> bool:
        """Whether features are 0 where they are not active, so that nothing there has a gradient."""
        return self.rule.activation != "none"

    def forward(self, x: Tensor) -> Tensor:
        """Places [N, width] -> features [N, features], a block at a time."""
        x = self._centred(x)
        ranked = self._ranked(x)
        return torch.cat([self._kept(x, block, ranked)[0] for block in self._blocks()], 1)

    def pooled(self, x: Tensor, pool: Pool, passing: bool | Literal["dead"] = False) -> Tensor:
        """Places [B, P, width] -> features over all places [B, features], a block at a time.

        passing: gradients that the activation lets through although it is 0, as `fake_relu` of Network.forward.
        """
        pictures, places = x.shape[:2]
        x = self._centred(x.flatten(0, 1))
        ranked = self._ranked(x)
        made = []
        for block in self._blocks():
            numbers, kept = self._numbers_kept(x, block, ranked)  # [B * P, block]
            shape = (pictures, places, numbers.shape[1])
            made.append(self._pool(numbers.view(shape), kept.view(shape), pool, passing))
        return torch.cat(made, 1)

    def columns(self, x: Tensor, features: Sequence[int], pool: Pool) -> Tensor:
        """Places [B, P, width] -> these features over all places [B, len(features)].

        Each is computed by itself: its numbers do not depend on which others are asked for.
        """
        x = self._centred(x)
        ranked = self._ranked(x.flatten(0, 1))
        index = torch.tensor(features, device=x.device)
        return torch.stack([self._values(x, ranked, number.expand(len(x)), pool, False) for number in index], 1)

    def values(self, x: Tensor, features: Tensor, pool: Pool, passing: bool | Literal["dead"] = False) -> Tensor:
        """Places [B, P, width] and a feature for each picture [B] -> its value over all places [B]."""
        x = self._centred(x)
        return self._values(x, self._ranked(x.flatten(0, 1)), features, pool, passing)

    def _values(
        self, x: Tensor, ranked: Tensor | None, features: Tensor, pool: Pool, passing: bool | Literal["dead"]
    ) -> Tensor:
        """Centred places [B, P, width] -> as `values`. ranked: see `_ranked`, of the places [B * P]."""
        own = self.encoder[features]  # [B, width]
        numbers = (x @ own[..., None])[..., 0] + self.encoder_bias[features, None]
        if ranked is not None:
            among = (ranked.view(*x.shape[:2], -1) == features[:, None, None]).any(2)
            kept = among & (numbers > 0)
        else:
            kept = self._active(numbers, None if self.threshold is None else self.threshold[features, None])
        return self._pool(numbers[..., None], kept[..., None], pool, passing)[:, 0]

    def to_numbers(self, dtype: torch.dtype) -> None:
        """Compute in these numbers from now on, or in 32 bits where they are fewer."""
        self.to(torch.promote_types(dtype, torch.float32))

    def _centred(self, x: Tensor) -> Tensor:
        """Places [N, width] -> what the encoder sees of them."""
        x = x.to(self.encoder.dtype)
        if self.rule.normalization == "layer_norm":
            x = x - x.mean(-1, keepdim=True)
            x = x / (x.std(-1, keepdim=True) + EPSILON)
        elif self.rule.normalization == "constant_norm_rescale":
            x = x * (self.width**0.5 / x.norm(dim=-1, keepdim=True))
        return x - self.decoder_bias

    def _blocks(self) -> Iterator[slice]:
        for start in range(0, self.features, BLOCK):
            yield slice(start, min(start + BLOCK, self.features))

    def _numbers(self, x: Tensor, block: slice) -> Tensor:
        """Centred places [N, width] -> the encoder's products [N, block]."""
        return F.linear(x, self.encoder[block], self.encoder_bias[block])

    def _active(self, numbers: Tensor, threshold: Tensor | None) -> Tensor:
        """Where a feature is kept by its own number."""
        if self.rule.activation == "none":
            return torch.ones_like(numbers, dtype=torch.bool)
        return numbers > (0 if threshold is None else threshold.clamp(min=0))

    def _numbers_kept(self, x: Tensor, block: slice, ranked: Tensor | None) -> tuple[Tensor, Tensor]:
        """The encoder's products [N, block], and which of them are kept. ranked: see `_ranked`."""
        numbers = self._numbers(x, block)
        kept = self._active(numbers, None if self.threshold is None else self.threshold[block])
        if ranked is not None:
            width = numbers.shape[1]
            inside = (ranked >= block.start) & (ranked < block.stop)
            among = torch.zeros(
                len(x), width + 1, dtype=torch.bool, device=x.device
            )  # the last: ranked in other blocks
            among.scatter_(1, (ranked - block.start).where(inside, width), True)
            kept = kept & among[:, :width]
        return numbers, kept

    def _kept(self, x: Tensor, block: slice, ranked: Tensor | None) -> tuple[Tensor, Tensor]:
        numbers, kept = self._numbers_kept(x, block, ranked)
        return numbers.where(kept, 0.0), kept

    def _pool(self, numbers: Tensor, kept: Tensor, pool: Pool, passing: bool | Literal["dead"]) -> Tensor:
        """Products [B, P, K] and which are kept -> [B, K]."""
        if self.rectifies:
            through = None if passing is True else kept
            if passing == "dead":
                through = kept | ~kept.any(1, keepdim=True)
            numbers = _Kept.apply(numbers, kept, through)
        return numbers.mean(1) if pool == "mean" else numbers.amax(1)

    @torch.no_grad()
    def _ranked(self, x: Tensor) -> Tensor | None:
        """Centred places [N, width] -> numbers of the k features with the largest products [N, k]; None: not asked for.

        Exact, a block at a time: of equal products those of the lower numbers, which torch.topk alone does not promise.
        """
        if self.rule.activation != "topk":
            return None
        k, rows = self.rule.k, len(x)
        best, of = x.new_empty(rows, 0), torch.empty(rows, 0, dtype=torch.long, device=x.device)
        for block in self._blocks():
            numbers = torch.arange(block.start, block.stop, device=x.device).expand(rows, -1)
            best, of = torch.cat([best, self._numbers(x, block)], 1), torch.cat([of, numbers], 1)  # numbers ascend
            if best.shape[1] <= k:
                continue
            least = best.topk(k, 1).values[:, -1:]
            above, equal = best > least, best == least
            room = k - above.sum(1, keepdim=True)
            places = (above | (equal & (equal.cumsum(1) <= room))).nonzero()[:, 1].view(rows, k)
            best, of = best.gather(1, places), of.gather(1, places)
        return of
