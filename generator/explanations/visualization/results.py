"""Optimized pictures -> finished visualizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ...models.network import Network
from .items import Item, Visualization
from .objective import Objective


def to_visualizations(
    network: Network,
    items: Sequence[Item],
    pictures: Tensor,
    history: np.ndarray,
    snapshots: Mapping[int, np.ndarray],
    traces: Tensor | None = None,
) -> list[Visualization]:
    """Pictures [B, 3, S, S], history [iterations, B], snapshots [B, S, S, 3], traces [B, S, S] -> visualizations.

    What is stored and shown is the 8-bit picture, so that is what the final activation is measured on.
    """
    pixels = to_pixels(pictures)
    with torch.no_grad():
        seen = torch.from_numpy(pixels).to(network.mean.device).permute(0, 3, 1, 2).to(network.mean.dtype) / 255.0
        final = Objective(items, network.mean).measured(network, seen)
    return [
        Visualization(
            item, pixels[k], float(final[k]), history[:, k].copy(),
            {iteration: snapshot[k] for iteration, snapshot in snapshots.items()},
            None if traces is None else traces[k].float().cpu().numpy(),
        )
        for k, item in enumerate(items)
    ]  # fmt: skip


def to_pixels(pictures: Tensor) -> np.ndarray:
    """[B, 3, S, S] in [0, 1] -> uint8 [B, S, S, 3], rounded."""
    pixels = (pictures.detach() * 255.0 + 0.5).clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(pixels.permute(0, 2, 3, 1).cpu().numpy())
