"""Items -> visualizations, many at once: any neurons, seeds and starts, by either method and either engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor

from ...errors import StudyError
from ...models.device import out_of_memory
from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .fast import fixed_shapes, quick
from .items import Item, Visualization, check_item
from .memory import batch_that_fits
from .recipes import RECIPES


def visualize(
    network: Network,
    items: Sequence[Item],
    settings: VisualizationSettings,
    *,
    snapshots: Iterable[int] = (),
    time_limit: float | None = None,
    on_progress: Callable[[int], None] | None = None,
    on_finished: Callable[[Visualization], None] | None = None,
) -> list[Visualization]:
    """Items -> visualizations in the same order, a batch at a time on the network's device.

    snapshots: iterations, 1 to settings.iterations, after which pictures are kept. time_limit: seconds after which no
    further batch (reference engine: item) is begun; what is finished by then is returned, so the list may be shorter.
    on_progress(steps) is told of finished image-steps (one picture, one iteration), on_finished of each finished item:
    whoever keeps those loses nothing to an interruption. Memory running out halves the batch, and finished items stay.
    Raises ValueError if a neuron, a start picture or a snapshot does not fit, StudyError if one picture is too much.
    """
    kept = sorted(set(snapshots))
    for item in items:
        check_item(network, item)
    if kept and not 1 <= kept[0] <= kept[-1] <= settings.iterations:
        wrong = kept[0] if kept[0] < 1 else kept[-1]
        raise ValueError(f"iteration {wrong} cannot be shown: there are iterations 1 to {settings.iterations}")
    if not items:
        return []
    if settings.engine == "reference":
        from .reference import visualize_one

        batch = 1
    else:
        climbed = quick(network) if settings.precision == "fast" else network
        batch = settings.batch or batch_that_fits(climbed, items[0], settings, len(items))
    began = time.monotonic()
    finished: list[Visualization] = []
    while len(finished) < len(items):
        if time_limit is not None and finished and time.monotonic() - began > time_limit:
            break
        chunk = items[len(finished) : len(finished) + batch]
        try:
            if settings.engine == "reference":
                made = [visualize_one(network, chunk[0], settings, kept)]
                if on_progress:
                    on_progress(settings.iterations)
            else:
                with fixed_shapes() if settings.precision == "fast" else nullcontext():
                    made = _climb(climbed, network, chunk, settings, kept, on_progress)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            if batch == 1:
                raise StudyError(
                    "memory ran out while optimizing a single feature visualization; use a smaller network or picture "
                    "size, or --device cpu"
                ) from error
            batch = max(batch // 2, 1)
            continue
        finished += made
        for one in made:
            if on_finished:
                on_finished(one)
    return finished


def _climb(
    climbed: Network,
    network: Network,
    items: Sequence[Item],
    settings: VisualizationSettings,
    snapshots: Sequence[int],
    on_progress: Callable[[int], None] | None,
) -> list[Visualization]:
    """Optimize one batch on `climbed`; the activations reported are those of `network`."""
    recipe = RECIPES[settings.method](climbed, items, settings)
    history: list[Tensor] = []
    shots: dict[int, np.ndarray] = {}
    for iteration in range(1, settings.iterations + 1):
        history.append(recipe.step())
        if iteration in snapshots:
            shots[iteration] = to_pixels(recipe.pictures())
        if on_progress:
            if climbed.mean.device.type == "cuda" and iteration % 10 == 0:
                torch.cuda.synchronize()  # or the bar would tell of work that is only queued
            on_progress(len(items))
    return finish(network, items, recipe.pictures(), torch.stack(history).cpu().numpy(), shots)


def finish(
    network: Network, items: Sequence[Item], pictures: Tensor, history: np.ndarray, shots: dict[int, np.ndarray]
) -> list[Visualization]:
    """Pictures [B, 3, S, S], history [iterations, B] and snapshots [B, S, S, 3] -> visualizations.

    What is stored and shown is the 8-bit picture, so that is what the final activation is measured on.
    """
    pixels = to_pixels(pictures)
    with torch.no_grad():
        seen = torch.from_numpy(pixels).to(network.mean.device).permute(0, 3, 1, 2).to(network.mean.dtype) / 255.0
        final = network(seen)
    return [
        Visualization(
            item, pixels[k], float(final[k, item.neuron]), history[:, k].copy(),
            {iteration: shot[k] for iteration, shot in shots.items()},
        )
        for k, item in enumerate(items)
    ]  # fmt: skip


def to_pixels(pictures: Tensor) -> np.ndarray:
    """[B, 3, S, S] in [0, 1] -> uint8 [B, S, S, 3], rounded."""
    pixels = (pictures.detach() * 255.0 + 0.5).clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(pixels.permute(0, 2, 3, 1).cpu().numpy())
