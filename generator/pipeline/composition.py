"""The questions of a study with their pictures, from two sources: drawn about selected neurons, or given as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import StudyError
from ..explanations.stage import check_units
from ..pictures import PictureSet
from ..pictures.neuron_folders import digest_of_files
from ..questions.drawn import draw_questions
from ..questions.files import nearest_units, read_questions
from ..questions.practice_and_catch import OtherNeurons
from ..questions.question import Question
from ..selection.neurons import Selection, check_groups, select
from ..store import digest_of
from ..study import PATHS, Study
from .context import BuildContext, activations_of, read_pictures


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


def compose_drawn(study: Study, context: BuildContext, questions: bool = True) -> Composition:
    """Questions about the neurons that the study names or its criteria find, from their groups of pictures."""
    visualizer, seed = context.visualizer, study.seed
    pictures = read_pictures(study, context)
    check_groups(len(pictures.names), study.selection)
    activations = activations_of(pictures, context)
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


def compose_from_files(study: Study, context: BuildContext) -> Composition:
    """Questions that somebody else composed: their pictures, neurons and answers."""
    handle, visualizer = context.handle, context.visualizer
    with context.stage("pictures", "pictures") as now:
        read = read_questions(
            study.questions, study.selection.neurons, handle.size, context.store, context.reporter.advance
        )
        now.result = read.pictures.describe()
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
        activations = activations_of(read.pictures, context)
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
