"""What is asked of the optimizer and what it gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...models.network import Network


@dataclass(frozen=True, eq=False)
class Direction:
    """A direction of the representation: vector float32 [U]. Its value for a picture is the inner product."""

    vector: np.ndarray

    def __str__(self) -> str:
        return f"direction {hashlib.sha256(np.ascontiguousarray(self.vector, np.float32).tobytes()).hexdigest()[:16]}"


@dataclass(frozen=True, eq=False)
class Item:
    """What to visualize: a unit, a seed for its random draws, and a start picture uint8 [S, S, 3] (None: noise).

    unit: a neuron's number, or a direction. magnitude: float32 [3, S, S // 2 + 1], the mean magnitudes of natural
    pictures' spectra (maco; None: the law that they follow).
    """

    unit: int | Direction
    seed: int = 0
    start: np.ndarray | None = None
    magnitude: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Visualization:
    """A finished item.

    pixels: uint8 [S, S, 3]; activation: the unit's value for those pixels; history [iterations]: its value before
    each step, as the network saw the picture then (lucent: transformed); snapshots: iteration -> uint8 [S, S, 3];
    trace: float32 [S, S] in [0, 1], how much the unit asked to change each place over all steps, None where the method
    does not tell.
    """

    item: Item
    pixels: np.ndarray
    activation: float
    history: np.ndarray
    snapshots: Mapping[int, np.ndarray] = field(default_factory=dict)
    trace: np.ndarray | None = None


def item_seed(item: Item, purpose: str) -> int:
    """The seed of an item's random draws for one purpose: the same in whatever batch it runs. 32 bits."""
    key = hashlib.sha256(f"{purpose} {item.unit} {item.seed}".encode()).digest()
    return int.from_bytes(key[:4], "big")


def item_generator(item: Item, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
    """torch's random draws of an item for one purpose."""
    return torch.Generator(device).manual_seed(item_seed(item, purpose))


def resized(pictures: Tensor, size: int) -> Tensor:
    """[B, C, H, H] -> [B, C, size, size], each pixel the mean of what falls on it."""
    if pictures.shape[-1] == size:
        return pictures
    return F.interpolate(pictures, size=(size, size), mode="bilinear", align_corners=False, antialias=True)


def check_item(network: Network, item: Item) -> None:
    """Raises ValueError if a unit or a start picture does not fit the network."""
    if isinstance(item.unit, Direction):
        if item.unit.vector.shape != (network.units,) or not np.isfinite(item.unit.vector).all():
            raise ValueError(
                f"a direction has shape {item.unit.vector.shape}; layer '{network.layer}' of {network.name} takes "
                f"{network.units} finite numbers"
            )
    elif not 0 <= item.unit < network.units:
        raise ValueError(
            f"neuron {item.unit} does not exist in {network.name}, layer '{network.layer}': "
            f"its neurons are 0 to {network.units - 1}"
        )
    expected = (network.size, network.size, 3)
    if item.start is not None and item.start.shape != expected:
        what = item.unit if isinstance(item.unit, Direction) else f"neuron {item.unit}"
        raise ValueError(
            f"a start picture of {what} has shape {item.start.shape}; {network.name} takes {expected}"
        )  # fmt: skip
