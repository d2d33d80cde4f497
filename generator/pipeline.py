"""build(study): pictures and a network -> a site for each condition, in the order of the paper's method section."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .errors import StudyError
from .explanations.stage import Visualizer, add_gridcams, check_units
from .models import NetworkHandle
from .pictures import PictureSet, load_pictures
from .pictures.neuron_folders import digest_of_files
from .progress import Reporter, StageReport, Stages
from .questions.conditions import EXPERIMENTS, named
from .questions.drawn import draw_questions
from .questions.files import nearest_units, read_questions
from .questions.practice_and_catch import OtherNeurons
from .questions.question import Question, QuestionSet
from .record.manifest import write_private, write_selection
from .selection.neurons import Selection, check_groups, select
from .selection.page import page_of
from .sites.folder import check_out
from .sites.render import SiteReport, render_sites
from .store import Store, clear_unfinished, digest_of
from .study import PATHS, Study

# A stage imports torch only when it has something to compute: a build with nothing changed does without.


@dataclass
class BuildReport:
    """What a build made. passing: neurons that pass the criteria, None where questions came from files.

    peak_memory: bytes of the main process at its largest.
    """

    study_id: str
    neurons: tuple[int, ...]
    units: int
    passing: int | None
    private: Path
    stages: list[StageReport]
    sites: list[SiteReport] = field(default_factory=list)
    peak_memory: int = 0


@dataclass(frozen=True)
class BuildContext:
    """What every stage works with: the network, the store of finished work, whom to tell, how stages are run."""

    handle: NetworkHandle
    store: Store
    reporter: Reporter
    stage: Stages
    visualizer: Visualizer


@dataclass(frozen=True)
class Composition:
    """The questions with their pictures, and where they come from.

    selection: the study's neurons; activations: float32 [N, U] of the pictures; notes: what a researcher must know.
    """

    study_id: str
    questions: list[Question]
    pictures: PictureSet
    activations: np.ndarray
    selection: Selection
    units: int
    notes: tuple[str, ...] = ()


def build(
    study: Study,
    *,
    conditions: Sequence[int | str] = tuple(EXPERIMENTS),
    out: Path = Path("dist"),
    private: Path = Path("private"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    reporter: Reporter,
) -> BuildReport:
    """Precompute what the conditions show, render their sites under `out`, keep the answer key under `private`.

    conditions: their names (questions/conditions.py).
    Finished work is kept in `artifacts` and taken from there unless `fresh`. Raises StudyError.
    """
    check_out(out, conditions)
    context = begin(study, artifacts, device, reporter, fresh)
    composed = _from_files(study, context) if study.questions.kind == "files" else _drawn(study, context)
    questions = visualize(composed.questions, study, context)
    questions = explain_places(questions, study, context)
    question_set = QuestionSet(composed.study_id, tuple(questions))
    folder = private / composed.study_id
    with context.stage("questions", "questions", kept=False) as now:
        page = _selection_page(composed, study, context, [*composed.notes, *_gridcam_notes(composed, questions, study)])
        write_private(
            folder, study, context.handle.identity, composed.pictures, composed.activations, composed.selection,
            question_set, page, context.store.origins,
        )  # fmt: skip
        now.result = f"{len(question_set.of_role('study'))} questions, answer key in {folder}"
    with context.stage("sites", "sites", kept=False) as now:
        sites = render_sites(question_set, study.site, out, named(*conditions), reporter.warn)
        now.result = ", ".join(f"{site.path} ({site.bytes / 1e6:.2f} MB)" for site in sites)
    return _report(composed, folder, context, sites)


def explain_selection(
    study: Study,
    *,
    private: Path = Path("private"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    reporter: Reporter,
) -> BuildReport:
    """Choose the neurons as a build would, and write only the page and the JSON file that explain the choice.

    Raises StudyError.
    """
    if study.questions.kind == "files":
        raise StudyError(
            "[questions] kind = 'files' gives the neurons with their questions: there is nothing to select"
        )
    context = begin(study, artifacts, device, reporter)
    composed = _drawn(study, context, questions=False)
    folder = private / composed.study_id
    with context.stage("visualization", "neurons") as now:
        page = _selection_page(composed, study, context, [])
        now.result = f"of {len(composed.selection.neurons)} neurons and those that they are like"
    write_selection(folder, study.selection, composed.selection, page)
    return _report(composed, folder, context)


def begin(study: Study, artifacts: Path, device: str, reporter: Reporter, fresh: bool = False) -> BuildContext:
    """What every stage works with. Raises StudyError for what is wrong before minutes of work, not after."""
    clear_unfinished(artifacts)
    handle, store = NetworkHandle(study.model, device), Store(artifacts, fresh)
    handle.check()
    visualizer = Visualizer(study.visualization, study.seed, handle, store, reporter.advance)
    return BuildContext(handle, store, reporter, Stages(store, reporter), visualizer)


def activate(study: Study, context: BuildContext) -> tuple[PictureSet, np.ndarray]:
    """The study's pictures and their activations [N, units], which every experiment begins with."""
    pictures = _read_pictures(study, context)
    return pictures, _activate(pictures, context)


def visualize(questions: Sequence[Question], study: Study, context: BuildContext) -> list[Question]:
    """The questions with feature visualizations of their neurons."""
    with context.stage("visualization", "neurons") as now:
        made = context.visualizer.add(questions)
        how = "given" if context.visualizer.files else f"{study.visualization.iterations} iterations"
        now.result = f"{sum(len(question.visualizations) for question in made)} feature visualizations, {how}"
    return made


def explain_places(questions: Sequence[Question], study: Study, context: BuildContext) -> list[Question]:
    """The questions with a grid-cam for each picture that explains."""
    with context.stage("grid-cam", "windows") as now:
        made = add_gridcams(questions, study.gridcam, context.handle, context.store, context.reporter.advance)
        total, scored = _count_gridcams(made)
        now.result = f"{total} pictures, {len(study.gridcam.windows)} levels"
        if scored:
            now.result += f", {scored} given"
    return made


def _drawn(study: Study, context: BuildContext, questions: bool = True) -> Composition:
    """Questions about the neurons that the study names or its criteria find, from their groups of pictures."""
    visualizer, seed = context.visualizer, study.seed
    pictures = _read_pictures(study, context)
    check_groups(len(pictures.names), study.selection)
    activations = _activate(pictures, context)
    files = [visualizer.files.digest(visualizer.files.neurons)] if visualizer.files else []
    if study.gridcam.path is not None:
        files.append(digest_of_files(study.gridcam.path))
    study_id = _study_id(study, context, pictures, files)
    with context.stage("selection", "neurons") as now:
        represent = visualizer.representer(activations)
        explained = visualizer.files.neurons if visualizer.files else None
        selection = select(activations, study.selection, seed, represent, explained)
        others = OtherNeurons(selection, activations, pictures.pixels, study.selection, study.questions, seed)
        counts = (study.site.practice, study.site.catch_questions) if questions else (0, 0)
        beside = others.for_practice_and_catch(*counts, represent, context.reporter.warn)
        assert selection.criteria is not None
        now.result = (
            f"{int(selection.criteria.passes.sum())} of {activations.shape[1]} neurons pass, "
            f"{len(selection.neurons)} chosen"
        )
    composed = []
    if questions:
        composed = draw_questions(
            {"study": selection.neurons, "practice": beside.practice, "catch": beside.catch},
            pictures.pixels, activations, pictures.stems, study.questions, study_id=study_id, seed=seed,
        )  # fmt: skip
    return Composition(study_id, composed, pictures, activations, selection, activations.shape[1])


def _from_files(study: Study, context: BuildContext) -> Composition:
    """Questions that somebody else composed: their pictures, neurons and answers."""
    handle, visualizer = context.handle, context.visualizer
    with context.stage("pictures", "pictures") as now:
        read = read_questions(
            study.questions, study.selection.neurons, handle.size, context.store, context.reporter.advance
        )
        now.result = _describe(read.pictures)
    neurons = tuple(neuron.index for neuron in read.neurons)
    files = [read.digest, *([visualizer.files.digest(neurons)] if visualizer.files else [])]
    if study.gridcam.path is not None:
        files.append(digest_of_files(study.gridcam.path, neurons))
    study_id = _study_id(study, context, read.pictures, files)
    if study.site.catch_questions:
        raise StudyError(
            "[site] catch_questions cannot be made for given questions: there is no other neuron to ask about"
        )
    units, number_of_units = {n: n for n in neurons}, 0
    notes: list[str] = []
    if study.gridcam.unit == "nearest":
        if visualizer.files is None:
            raise StudyError(
                "[gridcam] unit = 'nearest' is for given visualizations: another unit's would explain another neuron"
            )
        activations = _activate(read.pictures, context)
        units, notes = nearest_units(activations, read.neurons, read.parts, study.model.name)
        number_of_units = activations.shape[1]
    elif visualizer.files is None:
        check_units(handle.network, neurons)
    if study.site.practice:
        context.reporter.warn("there is no practice: it is about other neurons, and given questions bring none")
    return Composition(
        study_id, read.questions(units, study_id=study_id, seed=study.seed), read.pictures, read.activations,
        Selection(neurons=list(read.neurons)), number_of_units, tuple(notes),
    )  # fmt: skip


def _study_id(study: Study, context: BuildContext, pictures: PictureSet, files: Sequence[str]) -> str:
    """Ten hex digits that change when anything does that participants are shown or asked. files: digests of them."""
    exclude: dict[str, set[str]] = {}
    for section, key in PATHS:
        exclude.setdefault(section, set()).add(key)
    settings = study.model_dump(mode="json", exclude=exclude)  # type: ignore[arg-type]
    return digest_of([settings, context.handle.identity, pictures.digest, *files])[:10]


def _read_pictures(study: Study, context: BuildContext) -> PictureSet:
    with context.stage("pictures", "pictures") as now:
        pictures = load_pictures(study.data, context.handle.size, study.seed, context.store, context.reporter.advance)
        now.result = _describe(pictures)
        if pictures.skipped:
            context.reporter.warn(_skipped(pictures))
    return pictures


def _activate(pictures: PictureSet, context: BuildContext) -> np.ndarray:
    with context.stage("activations", "pictures") as now:
        activations = context.handle.activations(pictures, context.store, context.reporter.advance)
        now.result = f"{activations.shape[0]} x {activations.shape[1]}"
    return activations


def _describe(pictures: PictureSet) -> str:
    side = pictures.pixels.shape[1]
    classes = len(pictures.classes)
    return f"{len(pictures.names)} pictures of {side} x {side} px, {classes} {'class' if classes == 1 else 'classes'}"


def _skipped(pictures: PictureSet) -> str:
    named = "; ".join(f"{name} ({reason})" for name, reason in pictures.skipped[:5])
    more = f"; and {len(pictures.skipped) - 5} more" if len(pictures.skipped) > 5 else ""
    count = len(pictures.skipped)
    what = "1 picture could not be read and was" if count == 1 else f"{count} pictures could not be read and were"
    return f"{what} skipped: {named}{more}"


def _count_gridcams(questions: Sequence[Question]) -> tuple[int, int]:
    """How many grid-cams there are, and how many of them came from files."""
    scored = [shown.scored for question in questions for shown in question.attributions]
    return len(scored), sum(scored)


def _gridcam_notes(composed: Composition, questions: Sequence[Question], study: Study) -> list[str]:
    """What a researcher must know of grid-cams from files, or of another network than the questions'."""
    total, scored = _count_gridcams(questions)
    own = composed.selection.criteria is not None
    if own and not scored:
        return []
    if scored == total:
        return [f"All {total} grid-cams were drawn from given cell scores."]
    which = (
        f"{scored} of the {total} grid-cams were drawn from given cell scores; the others"
        if scored
        else "All grid-cams"
    )
    network = "" if own else ", which need not be the network the questions are about"
    return [f"{which} were computed here by {study.model.name}{network}."]


def _selection_page(composed: Composition, study: Study, context: BuildContext, notes: Sequence[str]) -> bytes:
    """The page that explains the selection, with the visualizations of the neurons that were looked at."""
    return page_of(
        composed.selection, study.selection, composed.activations, composed.pictures, context.visualizer.first,
        study=study.name, study_id=composed.study_id, network=study.model.name, notes=notes,
    )  # fmt: skip


def _report(
    composed: Composition, private: Path, context: BuildContext, sites: Sequence[SiteReport] = ()
) -> BuildReport:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    criteria = composed.selection.criteria
    return BuildReport(
        study_id=composed.study_id,
        neurons=tuple(neuron.index for neuron in composed.selection.neurons),
        units=composed.units,
        passing=None if criteria is None else int(criteria.passes.sum()),
        private=private,
        stages=context.stage.finished,
        sites=list(sites),
        peak_memory=peak if sys.platform == "darwin" else peak * 1024,
    )
