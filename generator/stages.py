"""What the stages of a build share: whom they tell, what they report, pictures and activations as they are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import PACKAGE
from .explanations.stage import Visualizations
from .models import NetworkHandle
from .pictures import PictureSet, load_pictures
from .sites.render import SiteReport
from .store import Store, clear_unfinished, source_digest
from .study import Study


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
    """What a build made. passing: neurons that pass the criteria, None where questions were given as files.
    peak_memory: bytes of the main process at its largest."""

    study_id: str = ""
    stages: list[StageReport] = field(default_factory=list)
    sites: list[SiteReport] = field(default_factory=list)
    private: Path = Path()
    passing: int | None = None
    units: int = 0
    neurons: tuple[int, ...] = ()
    peak_memory: int = 0


@dataclass
class Stage:
    cached: bool = True
    result: str = ""


@dataclass
class Work:
    """What every stage of a build works with."""

    study: Study
    handle: NetworkHandle
    store: Store
    observer: Observer
    report: BuildReport
    stage: Callable[[str, str], Any]
    visualizations: Visualizations


def begin(study: Study, artifacts: Path, device: str, fresh: bool, observer: Observer) -> Work:
    """Everything a build works with. Raises StudyError for what is wrong before minutes of work, not after."""
    clear_unfinished(artifacts)
    report, store, handle = BuildReport(), Store(artifacts, fresh), NetworkHandle(study.model, device)
    _check_network(handle, device)
    visualizations = Visualizations(study, handle, store, observer.advance)
    return Work(study, handle, store, observer, report, _stages(report, observer), visualizations)


def read_pictures(
    study: Study, handle: NetworkHandle, store: Store, observer: Observer, stage: Callable[[str, str], Any]
) -> PictureSet:
    with stage("pictures", "pictures") as now:
        pictures = load_pictures(study.data, handle.size, study.seed, store, observer.advance)
        now.cached, now.result = pictures.cached, describe(pictures)
        if pictures.skipped:
            observer.warn(_skipped(pictures))
    return pictures


def _stages(report: BuildReport, observer: Observer) -> Callable[[str, str], Any]:
    @contextmanager
    def stage(name: str, unit: str) -> Iterator[Stage]:
        observer.begin(name, unit)
        began, now = time.monotonic(), Stage()
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


def describe(pictures: PictureSet) -> str:
    side = pictures.pixels.shape[1]
    classes = len(pictures.classes)
    return f"{len(pictures.names)} pictures of {side} x {side} px, {classes} {'class' if classes == 1 else 'classes'}"


def _skipped(pictures: PictureSet) -> str:
    named = "; ".join(f"{name} ({reason})" for name, reason in pictures.skipped[:5])
    more = f"; and {len(pictures.skipped) - 5} more" if len(pictures.skipped) > 5 else ""
    count = len(pictures.skipped)
    told = "1 picture could not be read and was" if count == 1 else f"{count} pictures could not be read and were"
    return f"{told} skipped: {named}{more}"


def read_activations(
    handle: NetworkHandle, pictures: PictureSet, store: Store, observer: Observer, now: Stage
) -> np.ndarray:
    """Activations [N, units], kept part by part of the pictures."""
    code = source_digest(PACKAGE / "models" / "activations.py")
    done, made = 0, []

    def advance(count: int) -> None:
        nonlocal done
        done += count
        observer.advance(done, len(pictures.names))

    def make(start: int, stop: int) -> dict[str, np.ndarray]:
        from .models.activations import compute_activations

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
