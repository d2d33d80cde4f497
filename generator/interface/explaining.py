"""What explains a neuron: feature visualizations and grid-cams, without a study around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from ..explanations.overlay import NEUTRAL, overlay, where_asked
from ..models import NetworkHandle
from ..pictures.given import Picture, pixels_of
from ..pictures.sheet import Row, Sheet, Shown
from ..progress import Progress
from ..study import VisualizationSettings, load_study
from .checks import check_neuron

if TYPE_CHECKING:
    from ..explanations.visualization.items import Direction, Visualization

ACROSS = 8  # visualizations in a row of a sheet


@dataclass(frozen=True, repr=False)
class Visualizations(Shown):
    """Feature visualizations in the order they were asked for; `method` and the rest of how they were made.

    Each has pixels uint8 [S, S, 3], the activation that they give, and history [iterations], its values on the way.
    """

    made: tuple[Visualization, ...]
    settings: VisualizationSettings

    def __len__(self) -> int:
        return len(self.made)

    def __iter__(self) -> Iterator[Visualization]:
        return iter(self.made)

    def __getitem__(self, place: int) -> Visualization:
        return self.made[place]

    def __repr__(self) -> str:
        return repr(self.sheet)

    @property
    def sheet(self) -> Sheet:
        """The pictures, each with its neuron and activation."""
        title = f"{self.settings.method}, {self.settings.iterations} iterations"
        rows = []
        for first in range(0, len(self), ACROSS):
            some = self.made[first : first + ACROSS]
            captions = [f"{_unit(each.item.unit)}: {each.activation:.3g}" for each in some]
            rows.append(Row(title if first == 0 else "", [self._shown(each) for each in some], captions))
        return Sheet(tuple(rows))

    def _shown(self, made: Visualization) -> np.ndarray:
        """The picture, fading where the settings ask for it."""
        if not self.settings.transparency or made.trace is None:
            return made.pixels
        return where_asked(made.pixels, made.trace, NEUTRAL)


@dataclass(frozen=True, repr=False)
class GridCam(Shown):
    """How much each cell of a picture has to do with a neuron.

    scores: float32 [levels, cells, cells], mean activation of the windows that cover a cell; windows: how many cells
    wide those of each crop level are; picture: uint8 [S, S, 3]; activation: that of the whole picture.
    """

    neuron: int
    picture: np.ndarray
    activation: float
    scores: np.ndarray
    windows: tuple[int, ...]

    def __repr__(self) -> str:
        return repr(self.sheet)

    def overlay(self, level: int) -> np.ndarray:
        """The picture under one crop level, as participants see it, uint8 [S, S, 3]; level: from 0, the finest."""
        return overlay(self.picture, self.scores[level])

    @property
    def sheet(self) -> Sheet:
        """The picture, and it under the scores of each crop level."""
        captions = [f"{self.activation:.3g}"]
        captions += [f"{width} x {width} cells" for width in self.windows]
        levels = [self.overlay(level) for level in range(len(self.windows))]
        return Sheet((Row(f"neuron {self.neuron}: grid-cam", [self.picture, *levels], captions),))


def visualize(
    network: NetworkHandle,
    neurons: int | Sequence[int] | np.ndarray,
    *,
    method: str | None = None,
    iterations: int | None = None,
    seed: int = 0,
    start: Picture | None = None,
    progress: Progress | None = None,
    **settings: object,
) -> Visualizations:
    """Neurons -> a picture of each that activates it, all made together.

    neurons: numbers, or directions of the representation, float [units] or [directions, units]; method: None: that of a
    study of this network (docs/methods.md): madry for the creature world's, which was made robust, and for
    torchvision's with weights of one's own, as the paper's; maco for all others, functions and modules included; start:
    a picture to begin from instead of noise; iterations: None: as many as the method takes; settings: any other of
    [visualization], such as step_size. Raises StudyError.
    """
    from ..explanations.visualization.items import Item
    from ..explanations.visualization.methods import load_method
    from ..explanations.visualization.optimizer import visualize as optimize

    given = {"method": method, "iterations": iterations}
    asked = {name: value for name, value in given.items() if value is not None} | settings
    model = {"name": network.settings.name, "weights": network.settings.weights}
    recipe = load_study(None, {"model": model, "visualization": asked}).visualization
    if recipe.method == "files":
        raise StudyError("method = 'files' is for pictures that a study is given; the other methods make them")
    beginning = load_method(recipe.method).begins
    if beginning == "picture" and start is None:
        raise StudyError(f"method = {recipe.method!r} begins from a picture: give start")
    if beginning == "noise" and start is not None:
        raise StudyError(f"method = {recipe.method!r} begins from noise and takes no start")
    begins = None if start is None else pixels_of(start, network.size)
    items = [Item(unit, seed, begins) for unit in _units(network, neurons)]
    done, total = 0, len(items) * recipe.iterations

    def told(steps: int) -> None:
        nonlocal done
        done += steps
        if progress:
            progress("visualization", done, total)

    return Visualizations(tuple(optimize(network.network, items, recipe, on_progress=told)), recipe)


def gridcam(
    network: NetworkHandle,
    picture: Picture,
    neuron: int,
    *,
    cells: int = 8,
    windows: Sequence[int] = (1, 2, 4, 7),
    progress: Progress | None = None,
) -> GridCam:
    """A picture of any size and a neuron -> where in the picture the neuron is active, at each crop level.

    cells: along each side; windows: how many cells wide those of each level are. Raises StudyError.
    """
    from ..explanations.gridcam import compute_gridcams, window_count
    from ..models.activations import compute_activations

    grid = load_study(None, {"gridcam": {"cells": cells, "windows": tuple(windows)}}).gridcam
    number, pixels = check_neuron(network, neuron), pixels_of(picture, network.size)
    done, total = 0, window_count(grid)

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress("grid-cam", done, total)

    (scores,) = compute_gridcams(network.fused, pixels[None], [[number]], grid, on_progress=told)
    whole = float(compute_activations(network.fused, pixels[None])[0, number])
    return GridCam(number, pixels, whole, scores[0], grid.windows)


def _units(network: NetworkHandle, neurons: object) -> list[int | Direction]:
    """What is to be visualized. Raises StudyError for a neuron or a direction that the layer does not have."""
    from ..explanations.visualization.items import Direction, Item, check_item

    if isinstance(neurons, np.ndarray) and np.issubdtype(neurons.dtype, np.floating):
        found = [Direction(each.astype(np.float32)) for each in np.atleast_2d(neurons)]
        try:
            for each in found:
                check_item(network.network, Item(each))
        except ValueError as error:
            raise StudyError(str(error)) from None
        return list(found)
    several = list(neurons) if isinstance(neurons, (Sequence, np.ndarray, range)) and np.ndim(neurons) else [neurons]
    if not several or isinstance(neurons, str):
        raise StudyError(f"neurons cannot be {neurons!r}: they are whole numbers from 0 to {network.units - 1}")
    return [check_neuron(network, each) for each in several]


def _unit(unit: int | Direction) -> str:
    return f"neuron {unit}" if isinstance(unit, int) else str(unit)[:18]
