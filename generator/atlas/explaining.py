"""What explains each unit of an atlas, made group by group and kept in the store: visualizations and grid-cams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..explanations.batches import Start
from ..explanations.stage import Visualizer, gridcam_maps
from ..explanations.visualization.methods import load_method
from ..models import NetworkHandle
from ..pictures import PictureSet
from ..store import Store
from ..study import GridcamSettings, VisualizationSettings
from ..workers import Executor

Advance = Callable[[float, float], None]  # done, of how many
UNITS_AT_ONCE = 256  # whose visualizations are in memory together
PICTURES_AT_ONCE = 256  # that are in memory together for their grid-cams


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

    def _rows(self, starts: Sequence[Start], settings: VisualizationSettings, each: int) -> list[list[Visualized]]:
        """Visualizations from these starts, `each` in a row."""
        arrays = self.visualizer.make(starts, settings)
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

    def __init__(
        self, settings: GridcamSettings, handle: NetworkHandle, store: Store, executor: Executor, pictures: PictureSet
    ) -> None:
        self.settings, self.handle, self.store, self.executor = settings, handle, store, executor
        self.pictures = pictures

    def make(self, shown: Mapping[int, Sequence[int]], advance: Advance) -> None:
        """Make those that are not in the store yet. shown: picture -> units that show it."""
        places = sorted(shown)
        for first in range(0, len(places), PICTURES_AT_ONCE):
            some = places[first : first + PICTURES_AT_ONCE]

            def within(done: float, of: float, before: int = first, size: int = len(some)) -> None:
                advance(before + done / of * size, len(places))

            self._maps({(unit, picture): None for picture in some for unit in shown[picture]}, within)
            advance(first + len(some), len(places))

    def of(self, unit: int, pictures: Sequence[int]) -> list[np.ndarray]:
        """The maps float32 [levels, cells, cells] of pictures for a unit."""
        return self._maps(dict.fromkeys((unit, picture) for picture in pictures), lambda done, total: None)

    def _maps(self, places: Mapping[tuple[int, int], None], advance: Advance) -> list[np.ndarray]:
        """(unit, picture) -> the map of each."""
        wanted = _Wanted(list(places), self.pictures)
        found = gridcam_maps(wanted, self.settings, self.handle, self.store, self.executor, advance)
        return [found[place] for place in wanted.places]


class _Wanted(Mapping[tuple[int, str], np.ndarray]):
    """(unit, picture's digest) -> picture uint8 [S, S, 3], all of them read as soon as one is asked for."""

    def __init__(self, shown: Sequence[tuple[int, int]], pictures: PictureSet) -> None:
        self.pictures = pictures
        self.numbers = {pictures.pixels.hashes[number].tobytes().hex(): number for _, number in shown}
        digests = {number: digest for digest, number in self.numbers.items()}
        self.places = [(unit, digests[number]) for unit, number in shown]

    def __len__(self) -> int:
        return len(set(self.places))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter(dict.fromkeys(self.places))

    def __getitem__(self, place: tuple[int, str]) -> np.ndarray:
        return self._read[place[1]]

    @cached_property
    def _read(self) -> dict[str, np.ndarray]:
        return dict(zip(self.numbers, self.pictures.pixels[list(self.numbers.values())], strict=True))
