"""build(study): from pictures and a network to three experiment sites, in the order of the paper's method section."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .config import Study
from .datasets import PictureSet, load_pictures
from .manifest import write_private
from .models import NetworkHandle
from .questions import Cast, assemble, cast_pictures
from .selection import Neuron, check_groups, select
from .site import SiteReport, render_sites
from .spares import pick_spares
from .store import Store, digest_of, digest_of_arrays, source_digest

# A stage imports torch only when it has something to compute: a build with nothing changed does without.

HERE = Path(__file__).parent


class Observer(Protocol):
    """Told what the build does; the command line shows it, tests count it."""

    def begin(self, stage: str, unit: str) -> None: ...
    def advance(self, done: float, total: float) -> None: ...
    def end(self, stage: StageReport) -> None: ...
    def warn(self, sentence: str) -> None: ...


@dataclass(frozen=True)
class StageReport:
    """One stage of a build: wall-clock seconds, whether everything was there already, what came out."""

    name: str
    seconds: float
    cached: bool
    result: str


@dataclass
class BuildReport:
    """What a build made. peak_memory: bytes of the main process at its largest."""

    study_id: str = ""
    stages: list[StageReport] = field(default_factory=list)
    sites: list[SiteReport] = field(default_factory=list)
    private: Path = Path()
    passing: int = 0
    units: int = 0
    neurons: tuple[int, ...] = ()
    peak_memory: int = 0


@dataclass
class _Stage:
    cached: bool = True
    result: str = ""


def build(
    study: Study,
    *,
    experiments: Sequence[int] = (1, 2, 3),
    out: Path = Path("dist"),
    private: Path = Path("private"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    observer: Observer,
) -> BuildReport:
    """Precompute what the experiments show, render their sites under `out`, keep the answer key under `private`.

    Finished work is kept in `artifacts` and taken from there unless `fresh`. Raises StudyError.
    """
    report = BuildReport()
    store = Store(artifacts, fresh)
    handle = NetworkHandle(study.model, device)
    stage = _stages(report, observer)

    pictures = _pictures(study, handle, device, store, observer, stage)
    check_groups(len(pictures.names), study.selection)
    with stage("activations", "pictures") as now:
        activations = _activations(handle, pictures, store, observer, now)

    study_id = digest_of(
        [
            study.model_dump(mode="json", exclude={"data": {"path"}, "model": {"weights"}}),
            handle.identity,
            pictures.digest,
        ]
    )[:10]
    report.study_id, report.units = study_id, activations.shape[1]
    visualizer = _Visualizer(study, handle, store, observer)

    with stage("selection", "neurons") as now:
        selection = select(activations, study.selection, study.seed, visualizer.judge(activations))
        report.neurons = tuple(neuron.index for neuron in selection.neurons)
        judge = visualizer.judge(activations)
        spares = pick_spares(selection, activations, pictures.pixels, study, judge, observer.warn)
        neurons = [*selection.neurons, *spares.neurons]
        assert selection.criteria is not None
        report.passing = int(selection.criteria.passes.sum())
        now.cached = visualizer.all_cached
        now.result = f"{report.passing} of {report.units} neurons pass, {len(report.neurons)} chosen"

    with stage("visualization", "neurons") as now:
        casts = [cast_pictures(neuron, pictures.pixels, study.questions, study.seed) for neuron in selection.neurons]
        casts += spares.cast(pictures.pixels, study)
        visualizations = _visualizations(visualizer, neurons, casts, pictures)
        now.cached = visualizer.all_cached
        now.result = f"{2 * len(neurons)} feature visualizations, {study.visualization.iterations} iterations"

    with stage("grid-cam", "windows") as now:
        gridcams = _gridcams(study, handle, store, observer, now, neurons, casts, pictures, visualizations)

    with stage("questions", "questions") as now:
        count, made = len(selection.neurons), (pictures.pixels, activations, visualizations, gridcams)
        question_set = assemble(
            selection.neurons, casts[:count], *made, study_id=study_id, title=study.name, seed=study.seed
        )
        question_set = spares.add(question_set, casts[count:], *made, seed=study.seed)
        report.private = private / study_id
        write_private(report.private, study, handle.identity, pictures, activations, selection, casts, question_set)
        now.cached, now.result = False, f"{len(question_set.questions)} questions, answer key in {report.private}"

    with stage("sites", "sites") as now:
        report.sites = render_sites(question_set, study.site, out, experiments)
        now.cached, now.result = False, ", ".join(f"{site.path} ({site.bytes / 1e6:.2f} MB)" for site in report.sites)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report.peak_memory = peak if sys.platform == "darwin" else peak * 1024
    return report


def prepare(
    study: Study, *, artifacts: Path, device: str, observer: Observer
) -> tuple[NetworkHandle, PictureSet, np.ndarray]:
    """The network, the pictures and their activations [N, units], which every experiment begins with."""
    store, handle = Store(artifacts), NetworkHandle(study.model, device)
    stage = _stages(BuildReport(), observer)
    pictures = _pictures(study, handle, device, store, observer, stage)
    with stage("activations", "pictures") as now:
        return handle, pictures, _activations(handle, pictures, store, observer, now)


def _pictures(
    study: Study, handle: NetworkHandle, device: str, store: Store, observer: Observer, stage: Callable[[str, str], Any]
) -> PictureSet:
    with stage("pictures", "pictures") as now:
        _check_network(handle, device)
        pictures = load_pictures(study.data, handle.size, study.seed, store, observer.advance)
        now.cached, now.result = pictures.cached, _describe(pictures)
        if pictures.skipped:
            observer.warn(_skipped(pictures))
    return pictures


def _stages(report: BuildReport, observer: Observer) -> Callable[[str, str], Any]:
    @contextmanager
    def stage(name: str, unit: str) -> Iterator[_Stage]:
        observer.begin(name, unit)
        began, now = time.monotonic(), _Stage()
        yield now
        report.stages.append(StageReport(name, time.monotonic() - began, now.cached, now.result))
        observer.end(report.stages[-1])

    return stage


def _check_network(handle: NetworkHandle, device: str) -> None:
    """Raises ModelError for what is wrong with weights, model or device before minutes of painting, not after."""
    if device not in ("auto", "cpu"):
        from .models.device import pick_device

        pick_device(device)
    _ = handle.identity


def _describe(pictures: PictureSet) -> str:
    side = pictures.pixels.shape[1]
    classes = len(pictures.classes)
    return f"{len(pictures.names)} pictures of {side} x {side} px, {classes} {'class' if classes == 1 else 'classes'}"


def _skipped(pictures: PictureSet) -> str:
    named = "; ".join(f"{name} ({reason})" for name, reason in pictures.skipped[:5])
    more = f"; and {len(pictures.skipped) - 5} more" if len(pictures.skipped) > 5 else ""
    count = len(pictures.skipped)
    told = "1 picture could not be read and was" if count == 1 else f"{count} pictures could not be read and were"
    return f"{told} skipped: {named}{more}"


def _activations(
    handle: NetworkHandle, pictures: PictureSet, store: Store, observer: Observer, now: _Stage
) -> np.ndarray:
    """Activations [N, units], kept part by part of the pictures."""
    code = source_digest(HERE / "activations.py")
    done, made = 0, []

    def advance(count: int) -> None:
        nonlocal done
        done += count
        observer.advance(done, len(pictures.names))

    def make(start: int, stop: int) -> dict[str, np.ndarray]:
        from .activations import compute_activations

        some, names = pictures.pixels[start:stop], pictures.names[start:stop]
        return {"activations": compute_activations(handle.network, some, names=names, on_progress=advance)}

    for part in pictures.pixels.parts:
        span = part.start, part.stop
        arrays, kept = store.get("activations", [handle.identity, code, part.digest], lambda span=span: make(*span))
        made.append(arrays["activations"])
        now.cached &= kept
        if kept:
            advance(part.stop - part.start)
    activations = np.concatenate(made)
    now.result = f"{activations.shape[0]} x {activations.shape[1]}"
    return activations


class _Visualizer:
    """Feature visualizations by (neuron, start), each kept as soon as it is finished."""

    def __init__(self, study: Study, handle: NetworkHandle, store: Store, observer: Observer) -> None:
        self.study, self.handle, self.store, self.observer = study, handle, store, observer
        self.all_cached = True
        self._code = source_digest(HERE / "visualization", HERE / "activations.py")

    def _depends_on(self, neuron: int, start: np.ndarray | None) -> list[Any]:
        settings = self.study.visualization.model_dump(mode="json", exclude={"batch"})
        begins = "noise" if start is None else digest_of_arrays({"start": start})
        return [self.handle.identity, self._code, settings, neuron, self.study.seed, begins]

    def __call__(self, wanted: Sequence[tuple[int, np.ndarray | None]]) -> list[dict[str, np.ndarray]]:
        """(neuron, start picture or None for noise) -> pixels uint8 [S, S, 3], activation, representation [U]."""
        keys = [self._depends_on(neuron, start) for neuron, start in wanted]
        kept = [self.store.read("visualizations", key) for key in keys]
        missing = [k for k, arrays in enumerate(kept) if arrays is None]
        self.all_cached = not missing
        if missing:
            from .activations import compute_activations
            from .visualization.items import Item
            from .visualization.optimizer import visualize

            items = [Item(wanted[k][0], self.study.seed, wanted[k][1]) for k in missing]
            place = {id(item): k for item, k in zip(items, missing, strict=True)}
            done, total = 0, len(items) * self.study.visualization.iterations
            neurons = len({item.neuron for item in items})

            def advance(steps: int) -> None:
                nonlocal done
                done += steps
                self.observer.advance(done * neurons / total, neurons)

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

    def judge(self, activations: np.ndarray) -> Callable[[Sequence[int]], Mapping[int, tuple[float, np.ndarray]]]:
        """What `selection.select` asks for."""
        mean = activations.mean(0)

        def visualize(neurons: Sequence[int]) -> dict[int, tuple[float, np.ndarray]]:
            before = self.all_cached
            made = self([(neuron, None) for neuron in neurons])
            self.all_cached &= before
            return {
                n: (float(arrays["representation"][n]), arrays["representation"] - mean)
                for n, arrays in zip(neurons, made, strict=True)
            }

        return visualize


def _visualizations(
    visualizer: _Visualizer, neurons: Sequence[Neuron], casts: Sequence[Cast], pictures: PictureSet
) -> dict[int, list[np.ndarray]]:
    """Neuron -> its visualizations from noise and from its first dataset example (which experiment 3 does not show)."""
    wanted: list[tuple[int, np.ndarray | None]] = [(neuron.index, None) for neuron in neurons]
    wanted += [(neuron.index, pictures.pixels[cast.examples[0]]) for neuron, cast in zip(neurons, casts, strict=True)]
    made = [arrays["pixels"] for arrays in visualizer(wanted)]
    return {neuron.index: [made[k], made[k + len(neurons)]] for k, neuron in enumerate(neurons)}


def _gridcams(
    study: Study,
    handle: NetworkHandle,
    store: Store,
    observer: Observer,
    now: _Stage,
    neurons: Sequence[Neuron],
    casts: Sequence[Cast],
    pictures: PictureSet,
    visualizations: Mapping[int, Sequence[np.ndarray]],
) -> dict[tuple[int, str, int], np.ndarray]:
    """(neuron, "visualization" or "example", position) -> [levels, cells, cells]; kept picture by picture."""
    wanted: list[tuple[tuple[int, str, int], np.ndarray]] = []
    for neuron, cast in zip(neurons, casts, strict=True):
        wanted += [((neuron.index, "visualization", k), p) for k, p in enumerate(visualizations[neuron.index])]
        wanted += [((neuron.index, "example", k), pictures.pixels[i]) for k, i in enumerate(cast.examples)]
    code = source_digest(HERE / "gridcam.py")
    keys = [
        [handle.identity, code, study.gridcam.model_dump(mode="json"), name[0], digest_of_arrays({"picture": picture})]
        for name, picture in wanted
    ]
    kept = [store.read("gridcams", key) for key in keys]
    missing = [k for k, arrays in enumerate(kept) if arrays is None]
    if missing:
        from .gridcam import compute_gridcams, window_count

        done, per_picture = 0, window_count(study.gridcam)

        def advance(windows: int) -> None:
            nonlocal done
            done += windows
            observer.advance(done, len(missing) * per_picture)

        for first in range(0, len(missing), 8):  # eight pictures at a time: an interrupted build keeps what it finished
            some = missing[first : first + 8]
            maps = compute_gridcams(
                handle.network,
                np.stack([wanted[k][1] for k in some]),
                [[wanted[k][0][0]] for k in some],
                study.gridcam,
                on_progress=advance,
            )
            for k, cam in zip(some, maps, strict=True):
                kept[k] = {"cam": cam[0]}
                store.write("gridcams", keys[k], {"cam": cam[0]})
    now.cached = not missing
    now.result = f"{len(wanted)} pictures, {len(study.gridcam.windows)} levels"
    return {name: arrays["cam"] for (name, _), arrays in zip(wanted, kept, strict=True) if arrays is not None}
