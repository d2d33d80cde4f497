"""Pictures and a network -> every unit's activation for every picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..errors import StudyError
from .device import out_of_memory, pictures_at_once, repeatable_kernels
from .network import Network

LARGEST_BATCH = {"cpu": 32, "mps": 128, "cuda": 256}  # on a CPU more pictures leave its caches and take longer each


def to_network(pixels: np.ndarray, device: torch.device) -> torch.Tensor:
    """Pictures uint8 [B, S, S, 3] -> float32 [B, 3, S, S] in [0, 1] on the device."""
    x = torch.from_numpy(np.ascontiguousarray(pixels))
    if device.type == "cuda":  # from pinned memory the way to the device does not wait for what is computed there
        x = x.pin_memory()
    x = x.to(device, non_blocking=True).permute(0, 3, 1, 2)
    return x.to(torch.float32).div(255.0).contiguous(memory_format=torch.channels_last)


def in_batches(run: Callable[[int, int], None], total: int, batch: int, what: str) -> None:
    """Call run(start, stop) over 0..total; when memory runs out, halve the batch and go on where it was.

    Raises StudyError if a single item does not fit.
    """
    start = 0
    while start < total:
        try:
            run(start, min(start + batch, total))
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            if batch == 1:
                raise StudyError(
                    f"memory ran out while computing {what}, even for one picture at a time; use a smaller "
                    "network or picture size, or --device cpu"
                ) from error
            batch = batch // 2
            continue
        start += batch


def forward_batch(network: Network) -> int:
    """Pictures to run through the network together."""
    device = network.mean.device
    return pictures_at_once(device, network.largest_map, LARGEST_BATCH[device.type])


@torch.inference_mode()
def compute_activations(
    network: Network,
    pixels: np.ndarray,
    *,
    names: Sequence[str] = (),
    batch: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """uint8 [N, S, S, 3] -> float32 [N, units].

    batch: pictures at once, None: what suits the device; names: of the pictures, for the error; on_progress(pictures)
    is told of each finished batch. Raises StudyError if an activation is not a finite number.
    """
    result = np.empty((len(pixels), network.units), np.float32)

    def run(start: int, stop: int) -> None:
        result[start:stop] = network(to_network(pixels[start:stop], network.mean.device)).cpu().numpy()
        if on_progress:
            on_progress(stop - start)

    with repeatable_kernels():
        in_batches(run, len(pixels), batch or forward_batch(network), "activations")
    bad = ~np.isfinite(result)
    if bad.any():
        picture, unit = (int(k) for k in np.argwhere(bad)[0])
        first = names[picture] if names else f"picture {picture}"
        raise StudyError(
            f"layer '{network.layer}' of {network.name} gives activations that are not finite numbers "
            f"for {int(bad.any(1).sum())} of {len(pixels)} pictures (first: {first}, neuron {unit}); "
            "check its weights and normalization"
        )
    return result
