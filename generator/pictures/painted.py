"""The creature world as a listing: every picture is painted when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import PACKAGE
from ..store import source_digest
from .sources import Listing


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture of the creature world: the number-th of its kind."""

    kind: str
    number: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.number:05d}"

    @property
    def computed(self) -> bool:
        return True

    def reader(self) -> Any:
        return source_digest(PACKAGE / "world" / "painter")

    def digest(self) -> Any:
        return [self.kind, self.number, self.seed]

    def stamp(self) -> Any:
        return None

    def pixels(self, size: int) -> np.ndarray | str:
        from ..world.painter import paint

        return paint(self.kind, self.number, seed=self.seed, size=size).pixels


def list_world(per_class: int, seed: int) -> Listing:
    """`per_class` pictures of every kind of the creature world."""
    from ..world.painter import CLASSES

    sources = tuple(Painted(kind, number, seed) for kind in CLASSES for number in range(per_class))
    return Listing("the creature world", sources, tuple(each.kind for each in sources), tuple(CLASSES))
