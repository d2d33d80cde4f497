"""Batches of what explains neurons, as tasks: starts -> visualizations, pictures -> grid-cams, each kept in the store.

A result does not depend on what it is computed together with, so that work may be cut in any way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import StudyError
from ..store import HALFWAY, Arrays, Store
from ..study import GridcamSettings
from ..study.visualization import VisualizationSettings
from ..workers import Executor, Task, Worker, pieces

Advance = Callable[[float], None]
Start = tuple[int, np.ndarray | None, int]  # neuron, picture uint8 [S, S, 3] to begin from or None for noise, seed

MOST_VISUALIZATIONS = 768  # what a large GPU optimizes at once (visualization/memory.py)
FEWEST_VISUALIZATIONS = 8  # a processor takes a third more for each of two, and 15 percent more for each of four
MOST_GRIDCAMS = 16  # pictures
TOGETHER = {"cpu": 4}  # pictures whose grid-cams are computed and kept together; on any other device all of a task


def visualization_tasks(
    starts: Sequence[Start],
    keys: Sequence[Any],
    settings: VisualizationSettings,
    magnitude: np.ndarray | None,
    executor: Executor,
) -> list[Task]:
    """Where visualizations begin, and their keys in the store -> tasks that make them; their size is in neurons."""
    tasks, share = [], len({neuron for neuron, _, _ in starts}) / max(1, len(starts))
    for cut in pieces(len(starts), executor, MOST_VISUALIZATIONS, FEWEST_VISUALIZATIONS):
        some = starts[cut]
        name = f"visualizations of {_neurons([neuron for neuron, _, _ in some])} by {settings.method}"
        run = partial(make_visualizations, some, keys[cut], settings, magnitude, share)
        tasks.append(Task(name, run, len(some) * share))
    return tasks


def make_visualizations(
    starts: Sequence[Start],
    keys: Sequence[Any],
    settings: VisualizationSettings,
    magnitude: np.ndarray | None,
    share: float,
    worker: Worker,
    advance: Advance,
) -> None:
    """Where visualizations begin -> each in the store under its key: pixels, representation, history, maybe a trace.

    share: of a neuron that one of them counts for.
    """
    from ..models.activations import compute_activations
    from .visualization.items import Item
    from .visualization.optimizer import visualize
    from .visualization.runner import number_format

    handle = worker.handle
    origin = handle.origin(number_format(settings, handle.network.mean.device))
    items = [Item(neuron, seed, start, magnitude) for neuron, start, seed in starts]
    key_of = {id(item): key for item, key in zip(items, keys, strict=True)}

    def keep(made: Any) -> None:
        arrays = {
            "pixels": made.pixels,
            "representation": compute_activations(handle.fused, made.pixels[None])[0],
            "history": made.history,
            **({} if made.trace is None else {"trace": made.trace}),
        }
        worker.store.write("visualizations", key_of[id(made.item)], arrays, origin)

    visualize(
        handle.network, items, settings, alone_as_among_others=True,
        on_progress=lambda steps: advance(steps * share / settings.iterations), on_finished=keep,
        halfway=_Halfway(worker.store, origin, key_of),
    )  # fmt: skip


class _Halfway:
    """Batches that are not finished yet, in the store: by all of their items' keys, and by where they are computed."""

    def __init__(self, store: Store, where: Any, key_of: Mapping[int, Any]) -> None:
        self.store, self.where, self.key_of = store, where, key_of

    def read(self, items: Sequence[Any]) -> Arrays | None:
        return self.store.read(HALFWAY, self._key(items))

    def write(self, items: Sequence[Any], state: Arrays) -> None:
        self.store.write(HALFWAY, self._key(items), state)

    def forget(self, items: Sequence[Any]) -> None:
        self.store.forget(HALFWAY, self._key(items))

    def _key(self, items: Sequence[Any]) -> Any:
        return [self.where, [self.key_of[id(item)] for item in items]]


def gridcam_tasks(
    units: Sequence[Sequence[int]],
    pixels: Sequence[np.ndarray],
    keys: Sequence[Sequence[Any]],
    settings: GridcamSettings,
    executor: Executor,
) -> list[Task]:
    """Pictures uint8 [S, S, 3], the units asked about each, their keys in the store -> tasks; size is in windows."""
    tasks, windows = [], sum((settings.cells - width + 1) ** 2 for width in settings.windows)
    for cut in pieces(len(units), executor, MOST_GRIDCAMS, TOGETHER["cpu"]):
        run = partial(make_gridcams, units[cut], pixels[cut], keys[cut], settings)
        asked = [unit for of_picture in units[cut] for unit in of_picture]
        tasks.append(Task(f"grid-cams of {_neurons(asked)}", run, windows * len(units[cut])))
    return tasks


def make_gridcams(
    units: Sequence[Sequence[int]],
    pixels: Sequence[np.ndarray],
    keys: Sequence[Sequence[Any]],
    settings: GridcamSettings,
    worker: Worker,
    advance: Advance,
) -> None:
    """Pictures and the units asked about each -> grid-cams [levels, cells, cells] in the store under their keys.

    The windows of a picture go through the network once, however many units are asked about.
    """
    from .gridcam import compute_gridcams

    network, origin = worker.handle.fused, worker.handle.origin()
    together = TOGETHER.get(network.mean.device.type, len(pixels))
    for first in range(0, len(pixels), together):
        some = slice(first, first + together)
        found = compute_gridcams(network, np.stack(pixels[some]), units[some], settings, on_progress=advance)
        for of_picture, cams in zip(keys[some], found, strict=True):
            for key, cam in zip(of_picture, cams, strict=True):
                worker.store.write("gridcams", key, {"cam": cam}, origin)


def _neurons(numbers: Sequence[int]) -> str:
    """Neurons in words, the first and how many more."""
    others = len(set(numbers)) - 1
    more = f" and {others} {'other' if others == 1 else 'others'}" if others else ""
    return f"neuron {numbers[0]}{more}"


def kept_or_made(
    store: Store, stage: str, keys: Sequence[Any], make: Callable[[list[int]], None]
) -> list[Arrays]:
    """The artifacts of these keys; make(places among the keys) is called once for those that are missing, if any.

    Raises StudyError if they are not in the store afterwards.
    """
    found = store.read_all(stage, keys)
    missing = {store.name(stage, keys[k]): k for k in reversed(range(len(keys))) if found[k] is None}
    if missing:
        make(sorted(missing.values()))
        without = [k for k in range(len(keys)) if found[k] is None]
        for k, arrays in zip(without, store.read_all(stage, [keys[k] for k in without]), strict=True):
            found[k] = arrays
    if any(arrays is None for arrays in found):
        raise StudyError(
            f"{sum(arrays is None for arrays in found)} of {len(keys)} finished {stage} cannot be read from "
            f"{store.root}: run the same command again"
        )
    return [arrays for arrays in found if arrays is not None]
