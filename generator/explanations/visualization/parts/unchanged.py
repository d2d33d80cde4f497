"""No transforms: the network is shown the pictures as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from ....study.visualization import VisualizationSettings
from ..items import Item


def unchanged(items: Sequence[Item], settings: VisualizationSettings) -> Callable[[Tensor], list[tuple[None, Tensor]]]:
    """For any items: pictures -> the same pictures."""
    return lambda pictures: [(None, pictures)]
