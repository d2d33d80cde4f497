"""What explains each unit of an atlas, made group by group and kept in the store.

Visualizations, whether their paths are those of top pictures, and grid-cams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, islice
from typing import Any

import numpy as np

from ..explanations.batches import Start, kept_or_made
from ..explanations.files import read_scores
from ..explanations.paths import Paths, PathSimilarity, others_than, path_similarity
from ..explanations.stage import Visualizer, gridcam_maps
from ..explanations.visualization.methods import load_method
from ..models import NetworkHandle
from ..pictures import PictureSet
from ..pictures.pixels import hash_of
from ..store import Store, digest_of_arrays
from ..study import GridcamSettings, VisualizationSettings
from ..workers import Executor
from .figures import UnitFigures

Advance = Callable[[float, float], None]  # done, of how many
UNITS_AT_ONCE = 256  # whose visualizations are in memory together
PATHS_AT_ONCE = 32  # units whose top pictures are in memory together
REMEMBERED = 2**30  # bytes of pictures' paths that are at hand: 26,000 of ResNet50
FEWEST = 3  # top pictures, and others, that paths are compared with
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


class UnitPaths:
    """Path similarities of units' visualizations, by method. Each is kept; pictures' paths, which are many, are not."""

    def __init__(self, paths: Paths, pictures: PictureSet, figures: UnitFigures) -> None:
        self.paths, self.pictures, self.figures = paths, pictures, figures
        self._known: dict[int, tuple[np.ndarray, ...]] = {}  # picture -> its path, [C] of each layer

    def make(self, units: Sequence[int], visualizations: Sequence[UnitVisualizations], advance: Advance) -> None:
        """Make those that are not in the store yet."""
        each = zip(*(of.of(units) for of in visualizations), strict=True)
        for first in range(0, len(units), PATHS_AT_ONCE):
            some = units[first : first + PATHS_AT_ONCE]
            self.of(some, [list(chain(*of_methods)) for of_methods in islice(each, len(some))])
            advance(first + len(some), len(units))
        self._known.clear()

    def of(self, units: Sequence[int], made: Sequence[Sequence[Visualized]]) -> list[dict[str, PathSimilarity]]:
        """Units and the visualizations of each -> method -> similarity; none of dead units and of very few pictures."""
        wanted = [
            _Compared(unit, method, list(own), *self._beside(unit))
            for unit, of_unit in zip(units, made, strict=True)
            for method, own in groupby(of_unit, key=lambda one: one.method)
        ]
        wanted = [each for each in wanted if min(len(each.top), len(each.others)) >= FEWEST]
        keys = [self._depends_on(each) for each in wanted]

        def make(missing: list[int]) -> None:
            for k, similarity in zip(missing, self._compare([wanted[k] for k in missing]), strict=True):
                arrays = {"each": similarity.each, "natural": similarity.natural}
                self.paths.store.write("similarities", keys[k], arrays, self.paths.handle.origin())

        found: dict[int, dict[str, PathSimilarity]] = {unit: {} for unit in units}
        for each, arrays in zip(wanted, kept_or_made(self.paths.store, "similarities", keys, make), strict=True):
            found[each.unit][each.method] = PathSimilarity(self.paths.layers, arrays["each"], arrays["natural"])
        return list(found.values())

    def _beside(self, unit: int) -> tuple[list[int], list[int]]:
        """The unit's top pictures and any others."""
        if self.figures.dead[unit]:
            return [], []
        top = self.figures.more[:, unit]
        return top.tolist(), others_than(top, len(self.pictures.names))

    def _depends_on(self, each: _Compared) -> list[Any]:
        hashes = self.pictures.pixels.hashes
        beside = digest_of_arrays({"top": hashes[each.top], "others": hashes[each.others]})
        return [*self.paths.depends_on, [hash_of(own.pixels).hex() for own in each.own], beside]

    def _compare(self, wanted: Sequence[_Compared]) -> list[PathSimilarity]:
        """The similarities of these; a picture goes through the network once, as far as paths can be remembered."""
        if sum(layer.nbytes for path in self._known.values() for layer in path) > REMEMBERED:
            self._known.clear()
        missing = sorted({picture for each in wanted for picture in (*each.top, *each.others)} - set(self._known))
        if missing:
            found = self.paths.unkept(self.pictures.pixels[missing])
            self._known |= zip(missing, zip(*found, strict=True), strict=True)
        own = zip(*self.paths.unkept([one.pixels for each in wanted for one in each.own]), strict=True)
        return [
            path_similarity(
                self.paths.layers, _by_layer(islice(own, len(each.own))),
                _by_layer(self._known[k] for k in each.top), _by_layer(self._known[k] for k in each.others),
            )
            for each in wanted
        ]  # fmt: skip


@dataclass(frozen=True)
class _Compared:
    """A unit's visualizations by one method, and the numbers of the pictures that they are compared with."""

    unit: int
    method: str
    own: list[Visualized]
    top: list[int]
    others: list[int]


def _by_layer(paths: Iterable[tuple[np.ndarray, ...]]) -> list[np.ndarray]:
    """Paths, [C] of each layer -> of each layer [N, C]."""
    return [np.stack(layer) for layer in zip(*paths, strict=True)]


class UnitGridcams:
    """Grid-cams of pictures for the units that show them: given cell scores, else computed, once for all units."""

    def __init__(
        self, settings: GridcamSettings, handle: NetworkHandle, store: Store, executor: Executor, pictures: PictureSet
    ) -> None:
        self.settings, self.handle, self.store, self.executor = settings, handle, store, executor
        self.pictures = pictures

    def make(self, shown: Mapping[int, Sequence[int]], advance: Advance) -> None:
        """Make those that are not in the store yet. shown: picture -> units that show it."""
        shown = {
            picture: [unit for unit in units if self._given(unit, picture) is None] for picture, units in shown.items()
        }
        places = sorted(picture for picture, units in shown.items() if units)
        for first in range(0, len(places), PICTURES_AT_ONCE):
            some = places[first : first + PICTURES_AT_ONCE]

            def within(done: float, of: float, before: int = first, size: int = len(some)) -> None:
                advance(before + done / of * size, len(places))

            self._maps({(unit, picture): None for picture in some for unit in shown[picture]}, within)
            advance(first + len(some), len(places))

    def of(self, unit: int, pictures: Sequence[int]) -> list[np.ndarray]:
        """The maps float32 [levels, cells, cells] of pictures for a unit."""
        given = {picture: self._given(unit, picture) for picture in pictures}
        wanted = [(unit, picture) for picture in pictures if given[picture] is None]
        made = iter(self._maps(dict.fromkeys(wanted), lambda done, total: None))
        return [next(made) if (scores := given[picture]) is None else scores for picture in pictures]

    def _given(self, unit: int, picture: int) -> np.ndarray | None:
        """Cell scores from [gridcam] path; None where there are none of this unit and picture."""
        if self.settings.path is None:
            return None
        return read_scores(self.settings, unit, self.pictures.stems[picture])

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
