"""Activations -> the figures that an atlas gives of every unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..explanations.paths import TOP
from ..models import Activations
from ..pictures import PictureSet
from ..selection.neurons import Criteria, apply_criteria
from ..study import SelectionSettings
from .likeness import describe_units

EXAMPLES = 9  # top pictures of a unit
BINS = 40  # of the distribution of activations


@dataclass(frozen=True)
class UnitFigures:
    """Figures of all U units of a layer over N pictures; of every array the last dimension is the unit.

    top, values: int and float32 [k, U], the pictures of highest activation, the most active first, and how active;
    more: int [30, U], these and further ones, with which the paths of visualizations are compared;
    dead: bool [U], units that give the same for every picture; counts [bins, U], edges [bins + 1, U]: of activations;
    class_mean, class_most: [C, U], NaN of a class without pictures.
    """

    top: np.ndarray
    values: np.ndarray
    more: np.ndarray
    dead: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    class_mean: np.ndarray
    class_most: np.ndarray
    criteria: Criteria
    labels: np.ndarray
    classes: tuple[str, ...]

    def class_of(self, unit: int) -> tuple[int, int]:
        """The class most common among a unit's top pictures, of equals that of the more active, and how many are of it.

        -1 and 0 of a dead unit.
        """
        if self.dead[unit]:
            return -1, 0
        labels = self.labels[self.top[:, unit]].tolist()
        most = max(labels, key=lambda label: (labels.count(label), -labels.index(label)))
        return most, labels.count(most)

    def top_mean(self, unit: int) -> float:
        """Mean activation of a unit's top pictures; 0 of a dead one."""
        return 0.0 if self.dead[unit] else float(self.values[:, unit].mean(dtype=np.float64))


def figures_of(
    activations: Activations, pictures: PictureSet, settings: SelectionSettings, seed: int
) -> tuple[UnitFigures, np.ndarray]:
    """Activations of pictures -> the figures of every unit, and its description for the map, float32 [U, d].

    Raises StudyError if the groups of the criteria do not fit the pictures.
    """
    criteria = apply_criteria(activations, settings)
    more, active = activations.top(TOP, seed)
    top, values = more[:EXAMPLES], active[:EXAMPLES]
    highest, lowest = activations.extremes(1)
    dead = highest == lowest
    figures = UnitFigures(
        top, values, more, dead, *activations.histogram(BINS),
        *activations.by_class(pictures.labels, len(pictures.classes)),
        criteria, pictures.labels, pictures.classes,
    )  # fmt: skip
    return figures, describe_units(activations, top, dead)
