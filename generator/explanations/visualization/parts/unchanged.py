"""No transforms: the network is shown the pictures as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from ....models.network import Network
from ....study.visualization import VisualizationSettings
from ..items import Item

Shown = Callable[[Tensor], list[tuple[None, Tensor]]]


def unchanged(network: Network, items: Sequence[Item], settings: VisualizationSettings) -> Shown:
    """For any items: pictures -> the same pictures."""
    return lambda pictures: [(None, pictures)]
