"""The questions of a study with their pictures, from two sources: drawn about selected neurons, or given as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..errors import StudyError
from ..explanations.stage import check_units
from ..models import Activations
from ..pictures import PictureSet
from ..pictures.neuron_folders import digest_of_files
from ..questions.conditions import visualizations_needed
from ..questions.drawn import draw_questions
from ..questions.files import nearest_units, read_questions
from ..questions.practice_and_catch import OtherNeurons
from ..questions.question import Question
from ..selection.groups import Neuron
from ..selection.neurons import Selection, check_groups, select
from ..store import digest_of
from ..study import PATHS, Study
from ..study.visualization import LATER as LATER_OF_METHODS
from .context import BuildContext, activate, activations_of
from .rating import Rater

# Settings that earlier versions did not have.
LATER = (
    ("questions", "sets"), ("questions", "count"), ("questions", "distractors"), ("selection", "by"),
    ("site", "upload_partial"), ("site", "assign_url"),
)  # fmt: skip


@dataclass(frozen=True)
class Composition:
    """The questions with their pictures, and where they come from.

    selection: the study's neurons; activations: of the pictures [N, U]; notes: what a researcher must know.
    """

    study_id: str
    questions: list[Question]
    pictures: PictureSet
    activations: Activations
    selection: Selection
    units: int
    notes: tuple[str, ...] = ()


def compose(study: Study, context: BuildContext) -> Composition:
    """The study's questions, drawn or given as files. Raises StudyError."""
    return compose_from_files(study, context) if study.questions.kind == "files" else compose_drawn(study, context)


def compose_drawn(study: Study, context: BuildContext, questions: bool = True) -> Composition:
    """Questions about the neurons that the study names or its criteria find, from their groups of pictures."""
    visualizer, seed = context.visualizer, study.seed
    pictures, activations = activate(study, context)
    check_groups(len(pictures.names), study.selects)
    given = [each.files for each in context.visualizers.values() if each.files]
    check_files(study, context, study.selection.neurons)
    files = [each.digest(each.neurons) for each in given]
    if study.gridcam.path is not None:
        files.append(digest_of_files(study.gridcam.path))
    rater = None if study.selection.by == "criteria" or study.selection.neurons else Rater(study, context)
    if rater is not None:
        files.append(rater.digest)
    study_id = _study_id(study, context, pictures, files)
    with context.stage("selection", "neurons") as now:
        represent = visualizer.representer(activations)
        explained = _explained(study, context) if given else None
        by = None if rater is None else partial(rater.rate, pictures=pictures, activations=activations)
        selection = select(activations, study.selects, seed, represent, explained, by)
        selection.neurons = _set_by_set(selection, activations.mean, study)
        others = OtherNeurons(selection, activations, pictures.pixels, study.selects, study.questions, seed)
        counts = (study.site.practice, study.site.catch_questions) if questions else (0, 0)
        beside = others.for_practice_and_catch(*counts, represent, context.reporter.warn)
        assert selection.criteria is not None
        now.result = (
            f"{int(selection.criteria.passes.sum())} of {activations.shape[1]} neurons pass, "
            f"{len(selection.neurons)} chosen{'' if selection.scores is None else ', ' + study.selection.by}"
        )
    composed = []
    if questions:
        composed = draw_questions(
            {"study": selection.neurons, "practice": beside.practice, "catch": beside.catch},
            pictures.pixels, activations, pictures.stems, study.questions, study_id=study_id, seed=seed,
        )  # fmt: skip
    return Composition(study_id, composed, pictures, activations, selection, activations.shape[1])


def compose_from_files(study: Study, context: BuildContext) -> Composition:
    """Questions that somebody else composed: their pictures, neurons and answers."""
    handle = context.handle
    with context.stage("pictures", "pictures") as now:
        read = read_questions(
            study.questions, study.selection.neurons, handle.size, context.store, context.reporter.advance
        )
        now.result = read.pictures.describe()
        context.take_magnitudes(read.pictures)
    neurons = tuple(neuron.index for neuron in read.neurons)
    sets = study.questions.sets
    if len(neurons) % sets:
        raise StudyError(f"[questions] sets = {sets} does not divide the {len(neurons)} given questions")
    if len(neurons) == sets and (shuffled := [each.name for each in context.conditions if each.shuffled]):
        raise StudyError(
            f"condition {shuffled[0]!r} shows another neuron's explanation, and a set of this study asks about one "
            "neuron: ask about two or more"
        )
    check_files(study, context, neurons)
    files = [read.digest, *(each.files.digest(neurons) for each in context.visualizers.values() if each.files)]
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
        if any(each.files is None for each in context.visualizers.values()):
            raise StudyError(
                "[gridcam] unit = 'nearest' is for given visualizations: another unit's would explain another neuron"
            )
        activations = activations_of(read.pictures, context)
        units, notes = nearest_units(activations, read.neurons, read.parts, study.model.name)
        number_of_units = activations.shape[1]
    elif any(each.files is None for each in context.visualizers.values()):
        check_units(handle.network, neurons)
    if study.site.practice:
        context.reporter.warn("there is no practice: it is about other neurons, and given questions bring none")
    return Composition(
        study_id, read.questions(units, study_id=study_id, seed=study.seed), read.pictures, read.activations,
        Selection(neurons=list(read.neurons)), number_of_units, tuple(notes),
    )  # fmt: skip


def _set_by_set(selection: Selection, mean: np.ndarray, study: Study) -> list[Neuron]:
    """The selected neurons, set after set, so that no set is clearer, or easier, than another.

    Ranked by their machine score where they are chosen by it, else by how far their top group stands above their mean,
    they are dealt in snake order (1, 2, 3, 3, 2, 1, …); a set keeps the order of selection. Named neurons, and those of
    a single set, stay as they are. mean: activation of each unit [U].
    """
    sets, neurons = study.questions.sets, selection.neurons
    if sets == 1 or study.selection.neurons:
        return neurons
    assert selection.criteria is not None
    floor = np.maximum(mean.astype(np.float32), np.finfo(np.float32).tiny)
    clearness = [float(selection.criteria.top_smallest[n.index] / floor[n.index]) for n in neurons]
    if selection.scores is not None:
        clearness = [selection.scores.of[n.index] for n in neurons]
    snake = [*range(sets), *reversed(range(sets))]
    dealt = {k: snake[rank % len(snake)] for rank, k in enumerate(np.argsort(clearness)[::-1].tolist())}
    return [neurons[k] for k in sorted(range(len(neurons)), key=lambda k: (dealt[k], k))]


def _explained(study: Study, context: BuildContext) -> list[int]:
    """Neurons that every folder of given pictures has enough of."""
    files = {name: each.files for name, each in context.visualizers.items() if each.files}
    least = _least_files(study, context)
    return [
        neuron
        for neuron in next(iter(files.values())).neurons
        if all(
            neuron in each.neurons and len(each.files(neuron)) >= least.get(name, (1, ""))[0]
            for name, each in files.items()
        )
    ]


def check_files(study: Study, context: BuildContext, neurons: Sequence[int]) -> None:
    """Raises StudyError for a neuron of the study without the files that a condition shows."""
    least = _least_files(study, context)
    for name, each in context.visualizers.items():
        for neuron in neurons if each.files else ():
            assert each.files is not None
            count, condition = least.get(name, (1, ""))
            each.files.check(neuron, count, condition)


def _least_files(study: Study, context: BuildContext) -> dict[str, tuple[int, int | str]]:
    """Method -> the most of its pictures that a declared condition shows, and which; presets show what there is."""
    least: dict[str, tuple[int, int | str]] = {}
    for condition in context.conditions:
        if condition.name in study.conditions:
            for method, count in visualizations_needed([condition], study).items():
                least[method] = max(least.get(method, (0, "")), (count, condition.name), key=lambda pair: pair[0])
    return least


def _study_id(study: Study, context: BuildContext, pictures: PictureSet, files: Sequence[str]) -> str:
    """Ten hex digits that change when anything does that participants are shown or asked. files: digests of them."""
    settings = study.model_dump(mode="json", exclude={"analysis", "observers"})
    for section, key in PATHS:
        settings.get(section, {}).pop(key, None)
    for method in settings["visualizations"].values():
        del method["path"]
    # What earlier versions had no setting for is left out as long as nobody sets it: their studies keep their names.
    untouched = Study().model_dump(mode="json")
    for section in ("study", "conditions", "visualizations"):
        if settings[section] == untouched[section]:
            del settings[section]
    for section, setting in LATER:
        if settings[section][setting] == untouched[section][setting]:
            del settings[section][setting]
    for method in (settings["visualization"], *settings.get("visualizations", {}).values()):
        for setting in LATER_OF_METHODS:
            if method[setting] == untouched["visualization"][setting]:
                del method[setting]
    return digest_of([settings, context.handle.identity, pictures.digest, *files])[:10]
