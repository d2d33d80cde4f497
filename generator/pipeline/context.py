"""What every stage works with, and the two stages that everything begins with: pictures and activations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import StudyError
from ..explanations.stage import Visualizer
from ..explanations.visualization.methods import load_method
from ..models import Activations, NetworkHandle, activate_parts
from ..pictures import PictureSet, load_pictures
from ..progress import Reporter, Stages
from ..questions.conditions import Condition, chosen, visualizations_needed
from ..store import Place, Store, clear_unfinished
from ..study import Study
from ..study.model import DOWNLOAD
from ..workers import Executor, Local, Worker

if TYPE_CHECKING:
    from ..workers.cluster import Cluster


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


class Executors(Protocol):
    """Makes what does the tasks of a network. needs: files and folders that tasks read."""

    def __call__(self, handle: NetworkHandle, store: Store, needs: Sequence[Path] = ()) -> Executor: ...


def here(handle: NetworkHandle, store: Store, needs: Sequence[Path] = ()) -> Executor:
    """Tasks are done in this process."""
    return Local(Worker(handle, store))


@contextmanager
def executing(cluster: str | None, device: str, reporter: Reporter) -> Iterator[Executors]:
    """Where a command's tasks are done: None: in this process; `auto` or an address: on one Ray cluster for all.

    It is begun when the first executor is made. Which nodes work is told to the reporter. Raises StudyError.
    """
    if cluster is None:
        yield here
        return
    with ExitStack() as stack:
        shared: Cluster | None = None

        def make(handle: NetworkHandle, store: Store, needs: Sequence[Path] = ()) -> Executor:
            nonlocal shared
            from ..workers.cluster import Cluster

            shared = shared or stack.enter_context(closing(Cluster(cluster, device, reporter.warn)))
            weights = handle.settings.weights
            if weights is not None and str(weights) != DOWNLOAD:
                weights = weights.absolute()  # nodes run in other folders
            settings = handle.settings.model_copy(update={"weights": weights})
            return shared.executor(partial(NetworkHandle, settings), handle.identity, store, needs)

        yield make


def begin(
    study: Study,
    artifacts: Place,
    device: str,
    reporter: Reporter,
    fresh: bool = False,
    conditions: Sequence[int | str] = (),
    *,
    methods: Sequence[str] | None = None,
    executors: Executors = here,
) -> BuildContext:
    """What every stage works with. Raises StudyError for what is wrong before minutes of work, not after.

    conditions: names of those to prepare for beside the study's own; methods: names of those whose visualizations are
    needed, None: those that the conditions show; executors: see `executing`.
    """
    own = study.study.conditions
    prepared = chosen(study, [*own, *(name for name in conditions if name not in own)])
    main = study.visualization.method
    if methods is None and main != "files" and load_method(main).from_picture:
        raise StudyError(
            f"[visualization] method = {study.visualization.method!r} begins from pictures, and neurons are chosen by "
            "what is made from noise: name it under [visualizations.NAME] and show it in a condition"
        )
    if study.model.units == "both" and (study.questions.kind == "files" or study.questions.sets % 2):
        raise StudyError(
            f"[questions] kind = {study.questions.kind!r} with sets = {study.questions.sets} is not allowed with "
            "[model] units = 'both': the first half of drawn sets asks about neurons and the second about features, so "
            "that their number is even"
        )
    clear_unfinished(artifacts)
    handle, store = NetworkHandle(study.model, device), Store(artifacts, fresh)
    handle.check()
    store.check()
    executor = executors(handle, store, [study.data.path] if study.data.path else [])
    visualizers = {
        name: Visualizer(
            name, _section(name, study), study.methods[name], study.seed, handle, store, reporter.advance,
            executor=executor,
        )
        for name in (visualizations_needed(prepared, study) if methods is None else methods)
    }  # fmt: skip
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
