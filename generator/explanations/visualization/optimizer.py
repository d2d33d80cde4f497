"""Items -> visualizations, many at once: any neurons, seeds and starts, by either method and either engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ...errors import StudyError
from ...models.device import out_of_memory, repeatable_kernels
from ...models.network import Network
from ...study.visualization import VisualizationSettings
from .batch import Batch
from .items import Item, Visualization, check_item
from .memory import batch_that_fits
from .results import to_pixels, to_visualizations
from .runner import runner_of

OFTEN, SELDOM = 2.0, 50.0  # seconds between looks at what a batch has come to, that are kept
SLOW = 5e6  # bytes of them for each second: a twentieth of what a disk writes


class Halfway(Protocol):
    """Keeps batches that are not finished yet, so that an interrupted one goes on where it was."""

    def read(self, items: Sequence[Item]) -> dict[str, np.ndarray] | None: ...
    def write(self, items: Sequence[Item], state: dict[str, np.ndarray]) -> None: ...
    def forget(self, items: Sequence[Item]) -> None: ...


def visualize(
    network: Network,
    items: Sequence[Item],
    settings: VisualizationSettings,
    *,
    snapshots: Iterable[int] = (),
    time_limit: float | None = None,
    alone_as_among_others: bool = False,
    on_progress: Callable[[int], None] | None = None,
    on_finished: Callable[[Visualization], None] | None = None,
    halfway: Halfway | None = None,
) -> list[Visualization]:
    """Items -> visualizations in the same order, a batch at a time on the network's device.

    snapshots: iterations, 1 to settings.iterations, after which pictures are kept. time_limit: seconds after which no
    further batch (reference engine: item) is begun; what is finished by then is returned, so the list may be shorter.
    alone_as_among_others: last digits differ between a batch of one and any larger one (processors convolve a single
    picture another way), and between no others; with this an item that would be alone is computed twice at once, so
    that it comes out the same whatever it is asked for with.
    on_progress(steps) is told of finished image-steps (one picture, one iteration), on_finished of each finished item:
    whoever keeps those loses nothing of them to an interruption, and nearly nothing of the others with halfway (native
    engine, no snapshots). Memory running out halves the batch, and finished items stay.
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
        try:
            runner = runner_of(network, settings)
        except RuntimeError as error:
            raise _too_much(error) from error
        fewest = 2 if alone_as_among_others else 1
        batch = settings.batch or batch_that_fits(runner, items[0], settings, max(fewest, len(items)))
    began = time.monotonic()
    finished: list[Visualization] = []
    while len(finished) < len(items):
        if time_limit is not None and finished and time.monotonic() - began > time_limit:
            break
        chunk = items[len(finished) : len(finished) + batch]
        computed = [*chunk, *chunk] if alone_as_among_others and len(chunk) == 1 < batch else chunk
        try:
            if settings.engine == "reference":
                made = [visualize_one(network, chunk[0], settings, kept)]
                if on_progress:
                    on_progress(settings.iterations)
            else:
                told = partial(on_progress, len(chunk)) if on_progress else None
                with repeatable_kernels():
                    made = _optimize(runner, network, computed, settings, kept, told, halfway)[: len(chunk)]
        except RuntimeError as error:
            if batch == 1 or not out_of_memory(error):
                raise _too_much(error) from error
            batch = max(batch // 2, 1)
            continue
        finished += made
        for one in made:
            if on_finished:
                on_finished(one)
        if halfway:
            halfway.forget(computed)
    return finished


def _too_much(error: RuntimeError) -> StudyError:
    """The sentence for when not even one picture can be optimized. Raises the error itself if memory is not why."""
    if not out_of_memory(error):
        raise error
    return StudyError(
        "memory ran out while optimizing a single feature visualization; use a smaller network or picture size, or "
        "--device cpu"
    )


def _optimize(
    runner: Network,
    network: Network,
    items: Sequence[Item],
    settings: VisualizationSettings,
    snapshot_iterations: Sequence[int],
    on_step: Callable[[], None] | None,
    halfway: Halfway | None,
) -> list[Visualization]:
    """Optimize one batch on `runner`; the activations reported are those of `network`."""
    batch = Batch(runner, items, settings)
    history: list[Tensor] = []
    snapshots: dict[int, np.ndarray] = {}
    if halfway and not snapshot_iterations and (state := halfway.read(items)):
        batch.resume(state)
        history += torch.from_numpy(state["history"]).to(runner.mean)
        for _ in history:
            if on_step:
                on_step()
    last, wait = time.monotonic(), OFTEN
    for iteration in range(len(history) + 1, settings.iterations + 1):
        history.append(batch.step())
        if halfway and time.monotonic() - last > wait:
            state = {**batch.state(), "history": torch.stack(history).cpu().numpy()}
            size = sum(each.nbytes for each in state.values())
            wait, waited = min(SELDOM, max(OFTEN, size / SLOW)), wait
            if waited >= wait:
                halfway.write(items, state)
                last = time.monotonic()
        if iteration in snapshot_iterations:
            snapshots[iteration] = to_pixels(batch.pictures())
        if on_step:
            if runner.mean.device.type == "cuda" and iteration % 10 == 0:
                torch.cuda.synchronize()  # or the bar would tell of work that is only queued
            on_step()
    return to_visualizations(
        network, items, batch.pictures(), torch.stack(history).cpu().numpy(), snapshots, batch.traces()
    )
