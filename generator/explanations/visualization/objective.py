"""What is maximized: the value of each item's unit, a neuron's activation or a direction's inner product."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...models.network import FakeReLU, Network
from .items import Direction, Item


class Objective:
    """The units of a batch of items. like: a tensor of the network's device and number format."""

    def __init__(self, items: Sequence[Item], like: Tensor) -> None:
        units = [item.unit for item in items]
        neurons = [-1 if isinstance(unit, Direction) else unit for unit in units]
        self._neurons = torch.tensor(neurons, device=like.device)[:, None]
        self._directions = {
            row: torch.from_numpy(u.vector).to(like) for row, u in enumerate(units) if isinstance(u, Direction)
        }

    def values(self, representation: Tensor, rows: Sequence[int] | None = None) -> Tensor:
        """Representation [B, U] of the items in these rows (None: of all) -> the values of their units [B]."""
        neurons = self._neurons if rows is None else self._neurons[list(rows)]
        if not self._directions:
            return representation.gather(1, neurons)[:, 0]
        values = list(representation.gather(1, neurons.clamp(min=0))[:, 0])
        for place, row in enumerate(range(len(values)) if rows is None else rows):
            if row in self._directions:
                values[place] = representation[place] @ self._directions[row]
        return torch.stack(values)

    def measured(
        self, network: Network, pictures: Tensor, rows: Sequence[int] | None = None, fake_relu: FakeReLU = False
    ) -> Tensor:
        """Pictures [B, 3, S, S] shown for the items in these rows (None: all) -> the values of their units [B].

        Of a dictionary's features only those asked for are computed.
        """
        if network.dictionary is None or self._directions:
            return self.values(network(pictures, fake_relu), rows)
        neurons = self._neurons if rows is None else self._neurons[list(rows)]
        return network.values(pictures, neurons[:, 0], fake_relu)
