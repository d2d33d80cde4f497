"""What explains each unit of an atlas, made group by group and kept in the store: visualizations and grid-cams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import PACKAGE
from ..explanations.stage import Start, Visualizer
from ..explanations.visualization.methods import load_method
from ..models import ACTIVATION_SOURCES, NetworkHandle
from ..pictures import PictureSet
from ..store import Store, source_digest
from ..study import GridcamSettings

Advance = Callable[[float, float], None]  # done, of how many
UNITS_AT_ONCE = 256  # whose visualizations are in memory together
PICTURES_READ = 256  # together: painting them begins processes
PICTURES_AT_ONCE = 8  # whose grid-cams are computed together: an interrupted run keeps what it finished


@dataclass(frozen=True)
class Visualized:
    """A visualization of a unit. start: what it begins from; seed: of the noise, None where there is none.

    pixels: uint8 [S, S, 3]; activation: what the unit gives for them; history: [iterations], its values before each
    step; trace: float32 [S, S] in [0, 1] or None.
    """

    method: str
    start: str
    seed: int | None
    pixels: np.ndarray
    activation: float
    history: np.ndarray
    trace: np.ndarray | None = None


class UnitVisualizations:
    """Visualizations of units by one method, `count` of each: the first from noise, the second from the top picture.

    Further ones begin from noise of other seeds; those of a method that begins from pictures, from the first top
    pictures. Of a method whose pictures are given as files, those that there are.
    """

    def __init__(self, visualizer: Visualizer, count: int, start_of: Callable[[int, int], np.ndarray]) -> None:
        """start_of: (unit, rank) -> the unit's top picture of that rank, uint8 [S, S, 3]."""
        self.visualizer, self.count, self.start_of = visualizer, count, start_of

    def make(self, units: Sequence[int], advance: Advance) -> None:
        """Make those that are not in the store yet."""
        for _ in self.of(units, advance):
            pass

    def of(self, units: Sequence[int], advance: Advance = lambda done, total: None) -> Iterator[list[Visualized]]:
        """Each unit's visualizations, in the order of units; made where they are not in the store."""
        told = self.visualizer.on_progress
        for first in range(0, len(units), UNITS_AT_ONCE):
            group = units[first : first + UNITS_AT_ONCE]

            def within(done: float, of: float, before: int = first, size: int = len(group)) -> None:
                advance(before + done / of * size, len(units))

            self.visualizer.on_progress = within
            try:
                made = self._group(group)
            finally:
                self.visualizer.on_progress = told
            advance(first + len(group), len(units))
            yield from made

    def _group(self, units: Sequence[int]) -> list[list[Visualized]]:
        visualizer, count = self.visualizer, self.count
        if visualizer.files is not None:
            return [self._given(unit) for unit in units]
        if load_method(visualizer.settings.method).from_picture:
            starts = [(unit, self.start_of(unit, rank), visualizer.seed) for unit in units for rank in range(count)]
            return self._rows(starts, visualizer.settings, count)
        noise: list[Start] = [(unit, None, visualizer.seed) for unit in units]
        rows = self._rows(noise, visualizer.from_noise, 1)
        if count > 1:
            others = [start for unit in units for start in self._further(unit)]
            rows = [[*a, *b] for a, b in zip(rows, self._rows(others, visualizer.settings, count - 1), strict=True)]
        return rows

    def _further(self, unit: int) -> list[Start]:
        seed = self.visualizer.seed
        return [(unit, self.start_of(unit, 0), seed), *((unit, None, seed + k) for k in range(1, self.count - 1))]

    def _rows(self, starts: Sequence[Start], settings: object, each: int) -> list[list[Visualized]]:
        """Visualizations from these starts, `each` in a row."""
        arrays = self.visualizer._make(starts, settings)  # type: ignore[arg-type]
        made = [
            Visualized(
                self.visualizer.name, "noise" if start is None else "example", seed if start is None else None,
                found["pixels"], float(found["representation"][unit]), found["history"], found.get("trace"),
            )
            for (unit, start, seed), found in zip(starts, arrays, strict=True)
        ]  # fmt: skip
        return [made[k : k + each] for k in range(0, len(made), each)]

    def _given(self, unit: int) -> list[Visualized]:
        files, handle, store = self.visualizer.files, self.visualizer.handle, self.visualizer.store
        assert files is not None
        if unit not in files.neurons:
            return []
        pictures = [picture for _, picture in files.pictures(unit)[: self.count]]
        activations = handle.representations(pictures, store)[:, unit]
        nothing = np.zeros(0, np.float32)
        return [
            Visualized(self.visualizer.name, "file", None, picture, float(activation), nothing)
            for picture, activation in zip(pictures, activations, strict=True)
        ]


class UnitGridcams:
    """Grid-cams of pictures for the units that show them, each picture computed once for all of these units."""

    def __init__(self, settings: GridcamSettings, handle: NetworkHandle, store: Store, pictures: PictureSet) -> None:
        self.settings, self.handle, self.store, self.pictures = settings, handle, store, pictures

    def make(self, shown: dict[int, list[int]], advance: Advance) -> None:
        """Make those that are not in the store yet. shown: picture -> units that show it."""
        missing = {
            picture: wanted
            for picture, units in sorted(shown.items())
            if (wanted := [unit for unit in units if self.store.read("gridcams", self._key(unit, picture)) is None])
        }
        if not missing:
            return
        from ..explanations.gridcam import compute_gridcams

        places, origin = list(missing), self.handle.origin()
        for first in range(0, len(places), PICTURES_READ):
            lot = places[first : first + PICTURES_READ]
            pixels = self.pictures.pixels[lot]
            for begin in range(0, len(lot), PICTURES_AT_ONCE):
                some = lot[begin : begin + PICTURES_AT_ONCE]
                asked = [missing[picture] for picture in some]
                found = compute_gridcams(
                    self.handle.fused, pixels[begin : begin + PICTURES_AT_ONCE], asked, self.settings
                )
                for picture, units, maps in zip(some, asked, found, strict=True):
                    for unit, cam in zip(units, maps, strict=True):
                        self.store.write("gridcams", self._key(unit, picture), {"cam": cam}, origin)
                advance(first + begin + len(some), len(places))

    def of(self, unit: int, picture: int) -> np.ndarray:
        """The map float32 [levels, cells, cells] of a picture for a unit, which was made before."""
        kept = self.store.read("gridcams", self._key(unit, picture))
        assert kept is not None
        return kept["cam"]

    def _key(self, unit: int, picture: int) -> list[object]:
        digest = self.pictures.pixels.hashes[picture].tobytes().hex()
        return [self.handle.identity, self._code, self._grid, unit, digest]

    @cached_property
    def _code(self) -> str:
        return source_digest(PACKAGE / "explanations" / "gridcam.py", *ACTIVATION_SOURCES)

    @cached_property
    def _grid(self) -> dict[str, object]:
        return self.settings.model_dump(mode="json", exclude={"path", "unit"})
