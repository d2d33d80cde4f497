"""What explains the neurons: feature visualizations and grid-cams, each kept as soon as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..models import NetworkHandle
from ..pictures import PictureSet
from ..questions.files import GivenVisualizations, read_scores
from ..questions.question import Cast
from ..selection.neurons import Neuron, Visualizer
from ..store import Store, digest_of_arrays, source_digest
from ..study import Study

if TYPE_CHECKING:
    from ..models.network import Network

HERE = Path(__file__).parent
OnProgress = Callable[[float, float], None]  # finished, of how many


class Visualizations:
    """Feature visualizations by (neuron, start), or those that were given as files.

    all_cached: whether the last call had nothing to compute; given: the files, or None.
    """

    def __init__(self, study: Study, handle: NetworkHandle, store: Store, on_progress: OnProgress) -> None:
        self.study, self.handle, self.store, self.on_progress = study, handle, store, on_progress
        self.all_cached = True
        self.given = (
            GivenVisualizations(study.visualization, handle.size) if study.visualization.method == "files" else None
        )
        self._code = source_digest(HERE / "visualization", PACKAGE / "models" / "activations.py")

    def _depends_on(self, neuron: int, start: np.ndarray | None) -> list[Any]:
        settings = self.study.visualization.model_dump(mode="json", exclude={"batch", "path", "files"})
        begins = "noise" if start is None else digest_of_arrays({"start": start})
        return [self.handle.identity, self._code, settings, neuron, self.study.seed, begins]

    def compute(self, wanted: Sequence[tuple[int, np.ndarray | None]]) -> list[dict[str, np.ndarray]]:
        """(neuron, start picture or None for noise) -> pixels uint8 [S, S, 3], representation [U], history."""
        keys = [self._depends_on(neuron, start) for neuron, start in wanted]
        kept = [self.store.read("visualizations", key) for key in keys]
        missing = [k for k, arrays in enumerate(kept) if arrays is None]
        self.all_cached = not missing
        if missing:
            from ..models.activations import compute_activations
            from .visualization.items import Item
            from .visualization.optimizer import visualize

            items = [Item(wanted[k][0], self.study.seed, wanted[k][1]) for k in missing]
            place = {id(item): k for item, k in zip(items, missing, strict=True)}
            done, total = 0, len(items) * self.study.visualization.iterations
            neurons = len({item.neuron for item in items})

            def advance(steps: int) -> None:
                nonlocal done
                done += steps
                self.on_progress(done * neurons / total, neurons)

            def keep(made: Any) -> None:
                k = place[id(made.item)]
                kept[k] = {
                    "pixels": made.pixels,
                    "representation": compute_activations(self.handle.network, made.pixels[None])[0],
                    "history": made.history,
                }
                self.store.write("visualizations", keys[k], kept[k])

            visualize(self.handle.network, items, self.study.visualization, on_progress=advance, on_finished=keep)
        return kept  # type: ignore[return-value]

    def first(self, neurons: Sequence[int]) -> list[dict[str, np.ndarray]]:
        """Each neuron's first picture, from noise or the first of its files, with its representation [U]."""
        if self.given is None:
            return self.compute([(neuron, None) for neuron in neurons])
        pixels = [self.given.pictures(neuron)[0] for neuron in neurons]
        self.all_cached = True
        return [{"pixels": picture, "representation": self._represent(picture)} for picture in pixels]

    def _represent(self, picture: np.ndarray) -> np.ndarray:
        def make() -> dict[str, np.ndarray]:
            from ..models.activations import compute_activations

            return {"representation": compute_activations(self.handle.network, picture[None])[0]}

        key = [self.handle.identity, self._code, digest_of_arrays({"picture": picture})]
        arrays, kept = self.store.get("given", key, make)
        self.all_cached &= kept
        return arrays["representation"]

    def judge(self, activations: np.ndarray) -> Visualizer:
        """What `selection.select` asks for."""
        mean = activations.mean(0)

        def visualize(neurons: Sequence[int]) -> dict[int, tuple[float, np.ndarray]]:
            before = self.all_cached
            made = self.first(neurons)
            self.all_cached &= before
            return {
                n: (float(arrays["representation"][n]), arrays["representation"] - mean)
                for n, arrays in zip(neurons, made, strict=True)
            }

        return visualize

    def of(self, neurons: Sequence[Neuron], casts: Sequence[Cast], pictures: PictureSet) -> dict[int, list[np.ndarray]]:
        """Neuron -> its files, or its visualizations from noise and from its first dataset example.

        Experiment 3 does not show that example.
        """
        if self.given is not None:
            self.all_cached = True
            return {neuron.index: self.given.pictures(neuron.index) for neuron in neurons}
        wanted: list[tuple[int, np.ndarray | None]] = [(neuron.index, None) for neuron in neurons]
        wanted += [(n.index, pictures.pixels[cast.examples[0]]) for n, cast in zip(neurons, casts, strict=True)]
        made = [arrays["pixels"] for arrays in self.compute(wanted)]
        return {neuron.index: [made[k], made[k + len(neurons)]] for k, neuron in enumerate(neurons)}


@dataclass(frozen=True)
class Gridcams:
    """Grid-cams by (neuron, "visualization" or "example", position), float32 [levels, cells, cells].

    given: how many were read from files of scores; cached: nothing had to be computed.
    """

    maps: Mapping[tuple[int, str, int], np.ndarray]
    given: int
    cached: bool


def gridcams_of(
    study: Study,
    handle: NetworkHandle,
    store: Store,
    on_progress: OnProgress,
    shown: Mapping[tuple[int, str, int], np.ndarray],
    stems: Mapping[tuple[int, str, int], str],
    units: Mapping[int, int],
) -> Gridcams:
    """Pictures uint8 [S, S, 3] by (neuron, "visualization" or "example", position) -> their grid-cams.

    stems: names of the files that pictures came from, by which their scores are found below [gridcam] path; units: the
    network's unit that is asked for each neuron. Finished maps are kept picture by picture.
    """
    kept: dict[tuple[int, str, int], np.ndarray | None] = {}
    if study.gridcam.path is not None:
        kept = {name: read_scores(study.gridcam, name[0], stem) for name, stem in stems.items()}
    given = sum(scores is not None for scores in kept.values())
    code = source_digest(HERE / "gridcam.py")
    grid = study.gridcam.model_dump(mode="json", exclude={"path", "unit"})
    keys: dict[tuple[int, str, int], list[Any]] = {}
    for name, picture in shown.items():
        if kept.get(name) is None:
            keys[name] = [handle.identity, code, grid, units[name[0]], digest_of_arrays({"picture": picture})]
            kept[name] = (store.read("gridcams", keys[name]) or {}).get("cam")
    missing = [name for name in shown if kept[name] is None]
    if missing:
        from .gridcam import compute_gridcams, window_count

        check_units(handle.network, [units[name[0]] for name in missing])
        done, per_picture = 0, window_count(study.gridcam)

        def advance(windows: int) -> None:
            nonlocal done
            done += windows
            on_progress(done, len(missing) * per_picture)

        for first in range(0, len(missing), 8):  # eight pictures at a time: an interrupted build keeps what it finished
            some = missing[first : first + 8]
            pixels, asked = np.stack([shown[name] for name in some]), [[units[name[0]]] for name in some]
            maps = compute_gridcams(handle.network, pixels, asked, study.gridcam, on_progress=advance)
            for name, cam in zip(some, maps, strict=True):
                kept[name] = cam[0]
                store.write("gridcams", keys[name], {"cam": cam[0]})
    return Gridcams({name: kept[name] for name in shown}, given, not missing)  # type: ignore[misc]


def check_units(network: Network, neurons: Sequence[int]) -> None:
    """Raises StudyError for a neuron of given questions that the network does not have."""
    beyond = [n for n in neurons if n >= network.units]
    if beyond:
        raise StudyError(
            f"neuron {beyond[0]} of the given questions is not among the {network.units} units of layer "
            f"'{network.layer}' of {network.name}: give the network that the questions are about, cell scores with "
            "[gridcam] path, or, if the visualizations are given too, set [gridcam] unit = 'nearest'"
        )
