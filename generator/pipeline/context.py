"""What every stage works with, and the two stages that everything begins with: pictures and activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import StudyError
from ..explanations.stage import Visualizer
from ..explanations.visualization.methods import load_method
from ..models import Activations, NetworkHandle, activate_parts
from ..pictures import PictureSet, load_pictures
from ..progress import Reporter, Stages
from ..questions.conditions import Condition, chosen, visualizations_needed
from ..store import Store, clear_unfinished
from ..study import Study
from ..workers import Executor, Local, Worker


@dataclass(frozen=True)
class BuildContext:
    """What every stage works with: the network, the store of finished work, where tasks are done, whom to tell.

    visualizers: of the methods whose pictures are needed, by name; conditions: that the study is prepared for.
    """

    handle: NetworkHandle
    store: Store
    executor: Executor
    reporter: Reporter
    stage: Stages
    visualizers: dict[str, Visualizer]
    conditions: tuple[Condition, ...]

    @property
    def visualizer(self) -> Visualizer:
        """The one of [visualization]: neurons are chosen by its pictures."""
        return next(iter(self.visualizers.values()))

    def take_magnitudes(self, pictures: PictureSet) -> None:
        """Let methods that hold a picture's spectrum take its magnitudes from the study's pictures."""
        for each in self.visualizers.values():
            each.take_magnitude(pictures)

    def prepared_for(self, names: Sequence[int | str]) -> BuildContext:
        """The same, of these conditions alone."""
        return replace(self, conditions=tuple(each for each in self.conditions if each.name in names))


def begin(
    study: Study,
    artifacts: Path,
    device: str,
    reporter: Reporter,
    fresh: bool = False,
    conditions: Sequence[int | str] = (),
) -> BuildContext:
    """What every stage works with. Raises StudyError for what is wrong before minutes of work, not after.

    conditions: names of those to prepare for beside the study's own.
    """
    own = study.study.conditions
    prepared = chosen(study, [*own, *(name for name in conditions if name not in own)])
    if study.visualization.method != "files" and load_method(study.visualization.method).from_picture:
        raise StudyError(
            f"[visualization] method = {study.visualization.method!r} begins from pictures, and neurons are chosen by "
            "what is made from noise: name it under [visualizations.NAME] and show it in a condition"
        )
    clear_unfinished(artifacts)
    handle, store = NetworkHandle(study.model, device), Store(artifacts, fresh)
    handle.check()
    visualizers = {
        name: Visualizer(name, _section(name, study), study.methods[name], study.seed, handle, store, reporter.advance)
        for name in visualizations_needed(prepared, study)
    }
    executor = Local(Worker(handle, store))
    return BuildContext(handle, store, executor, reporter, Stages(store, reporter), visualizers, tuple(prepared))


def _section(method: str, study: Study) -> str:
    """Where the study file sets a method of visualization."""
    return f"[visualizations.{method}]" if method in study.visualizations else "[visualization]"


def activate(study: Study, context: BuildContext) -> tuple[PictureSet, Activations]:
    """The study's pictures and their activations [N, units], which every experiment begins with.

    Pictures are read and activations computed in one pass, which the stage of the pictures takes; that of the
    activations computes those of pictures that were known before.
    """
    before = context.store.written
    with context.stage("pictures", "pictures") as now:
        pictures = load_pictures(
            study.data, context.handle.size, study.seed, context.store, context.reporter.advance, context.executor,
            activate_parts,
        )  # fmt: skip
        now.result = pictures.describe()
        if pictures.skipped:
            context.reporter.warn(pictures.describe_skipped())
        if pictures.duplicates:
            context.reporter.warn(pictures.describe_duplicates())
        made = context.store.written != before
        context.take_magnitudes(pictures)
    return pictures, activations_of(pictures, context, made)


def activations_of(pictures: PictureSet, context: BuildContext, made: bool = False) -> Activations:
    """Activations [N, units] of the pictures. made: whether some were computed just before, as the pictures were."""
    with context.stage("activations", "pictures", kept=not made) as now:
        activations = context.handle.activations(pictures, context.store, context.reporter.advance, context.executor)
        now.result = f"{activations.shape[0]} x {activations.shape[1]}"
    return activations
