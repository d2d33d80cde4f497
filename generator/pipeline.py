"""build(study): from pictures and a network to three experiment sites, in the order of the paper's method section."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .config import PATHS, Study
from .datasets import PictureSet
from .errors import StudyError
from .explanations import Gridcams, Visualizations, check_units, gridcams_of
from .given import digest_of_files, nearest_units, read_questions
from .manifest import write_private, write_selection
from .models import NetworkHandle
from .questions import Cast, assemble, cast_pictures
from .selection import Neuron, Selection, check_groups, select
from .selection_page import faces, render_page
from .site import render_sites
from .site_folder import check_out
from .spares import Spares, pick_spares
from .stages import BuildReport, Observer, Work, begin, describe, read_activations, read_pictures
from .store import digest_of

# A stage imports torch only when it has something to compute: a build with nothing changed does without.


@dataclass(frozen=True)
class _Asked:
    """Which neurons are asked about with which pictures, chosen or given.

    neurons, casts: the study's own and then the spares'; units: the network's unit behind each neuron's grid-cams;
    stems: file names of given pictures, by position.
    """

    pictures: PictureSet
    activations: np.ndarray
    selection: Selection
    spares: Spares
    casts: list[Cast]
    units: dict[int, int]
    stems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def neurons(self) -> list[Neuron]:
        return [*self.selection.neurons, *self.spares.neurons]


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
    check_out(out, experiments)
    work = begin(study, artifacts, device, fresh, observer)
    report, stage = work.report, work.stage
    asked = _given(work) if study.questions.kind == "files" else _chosen(work)
    neurons, casts, pictures = asked.neurons, asked.casts, asked.pictures

    with stage("visualization", "neurons") as now:
        visualizations = work.visualizations.of(neurons, casts, pictures)
        now.cached = work.visualizations.all_cached
        count = sum(map(len, visualizations.values()))
        how = "given" if work.visualizations.given else f"{study.visualization.iterations} iterations"
        now.result = f"{count} feature visualizations, {how}"

    with stage("grid-cam", "windows") as now:
        shown, stems = _shown(asked, visualizations, work.visualizations)
        gridcams = gridcams_of(study, work.handle, work.store, observer.advance, shown, stems, asked.units)
        now.cached, now.result = gridcams.cached, f"{len(shown)} pictures, {len(study.gridcam.windows)} levels"
        if gridcams.given:
            now.result += f", {gridcams.given} given"

    with stage("questions", "questions") as now:
        made = (pictures.pixels, asked.activations, visualizations, gridcams.maps)
        count = len(asked.selection.neurons)
        question_set = assemble(
            neurons[:count], casts[:count], *made, study_id=report.study_id, title=study.name, seed=study.seed
        )
        question_set = asked.spares.add(question_set, casts[count:], *made, seed=study.seed)
        report.private = private / report.study_id
        write_private(
            report.private, study, work.handle.identity, pictures, asked.activations, asked.selection, casts,
            question_set, _selection_page(work, asked, [*asked.notes, *_gridcam_notes(work, asked, gridcams)]),
        )  # fmt: skip
        now.cached, now.result = False, f"{len(question_set.questions)} questions, answer key in {report.private}"

    with stage("sites", "sites") as now:
        report.sites = render_sites(question_set, study.site, out, experiments, observer.warn)
        now.cached, now.result = False, ", ".join(f"{site.path} ({site.bytes / 1e6:.2f} MB)" for site in report.sites)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report.peak_memory = peak if sys.platform == "darwin" else peak * 1024
    return report


def explain_selection(
    study: Study,
    *,
    private: Path = Path("private"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    observer: Observer,
) -> BuildReport:
    """Choose the neurons as a build would, and write only the page and the JSON file that explain the choice.

    Raises StudyError.
    """
    if study.questions.kind == "files":
        raise StudyError(
            "[questions] kind = 'files' gives the neurons with their questions: there is nothing to select"
        )
    work = begin(study, artifacts, device, False, observer)
    asked = _chosen(work, spares=False)
    work.report.private = private / work.report.study_id
    write_selection(work.report.private, study, asked.selection, _selection_page(work, asked, []))
    return work.report


def _chosen(work: Work, spares: bool = True) -> _Asked:
    """Pictures, activations, and the neurons that the study names or its criteria find."""
    study, report, observer = work.study, work.report, work.observer
    pictures = read_pictures(study, work.handle, work.store, observer, work.stage)
    check_groups(len(pictures.names), study.selection)
    with work.stage("activations", "pictures") as now:
        activations = read_activations(work.handle, pictures, work.store, observer, now)
    given = work.visualizations.given
    report.study_id = _study_id(work, pictures, [given.digest(given.neurons)] if given else [])
    report.units = activations.shape[1]
    with work.stage("selection", "neurons") as now:
        judge = work.visualizations.judge(activations)
        explained = given.neurons if given else None
        selection = select(activations, study.selection, study.seed, judge, explained)
        assert selection.criteria is not None
        report.neurons = tuple(neuron.index for neuron in selection.neurons)
        report.passing = int(selection.criteria.passes.sum())
        beside = (
            pick_spares(selection, activations, pictures.pixels, study, judge, observer.warn) if spares else Spares()
        )
        now.cached = work.visualizations.all_cached
        now.result = f"{report.passing} of {report.units} neurons pass, {len(report.neurons)} chosen"
    casts = (
        [cast_pictures(n, pictures.pixels, study.questions, study.seed) for n in selection.neurons] if spares else []
    )
    casts += beside.cast(pictures.pixels, study)
    units = {neuron.index: neuron.index for neuron in [*selection.neurons, *beside.neurons]}
    return _Asked(pictures, activations, selection, beside, casts, units)


def _given(work: Work) -> _Asked:
    """Questions that somebody else composed: their pictures, neurons and answers."""
    study, report, observer, given = work.study, work.report, work.observer, work.visualizations.given
    with work.stage("pictures", "pictures") as now:
        named, size = study.selection.neurons, work.handle.size
        told = read_questions(study.questions, named, size, work.store, observer.advance)
        now.cached, now.result = told.pictures.cached, describe(told.pictures)
    report.neurons = tuple(neuron.index for neuron in told.neurons)
    files = [told.digest, *([given.digest(report.neurons)] if given else [])]
    if study.gridcam.path is not None:
        files.append(digest_of_files(study.gridcam.path, report.neurons))
    report.study_id = _study_id(work, told.pictures, files)
    if study.site.catch_questions:
        raise StudyError(
            "[site] catch_questions cannot be made for given questions: there is no other neuron to ask about"
        )
    units, notes = {n: n for n in report.neurons}, []
    if study.gridcam.unit == "nearest":
        if given is None:
            raise StudyError(
                "[gridcam] unit = 'nearest' is for given visualizations: another unit's would explain another neuron"
            )
        with work.stage("activations", "pictures") as now:
            activations = read_activations(work.handle, told.pictures, work.store, observer, now)
        units, notes = nearest_units(activations, told.neurons, told.casts, study.model.name)
        report.units = activations.shape[1]
    elif given is None:
        check_units(work.handle.network, report.neurons)
    if study.site.practice:
        observer.warn("there is no practice: it is about other neurons, and given questions bring none")
    selection = Selection(neurons=list(told.neurons))
    return _Asked(
        told.pictures, told.activations, selection, Spares(), list(told.casts), units, told.stems, tuple(notes)
    )


def _study_id(work: Work, pictures: PictureSet, given: Sequence[str]) -> str:
    exclude: dict[str, set[str]] = {}
    for section, key in PATHS:
        exclude.setdefault(section, set()).add(key)
    settings = work.study.model_dump(mode="json", exclude=exclude)  # type: ignore[arg-type]
    return digest_of([settings, work.handle.identity, pictures.digest, *given])[:10]


def _shown(
    asked: _Asked, visualizations: Mapping[int, Sequence[np.ndarray]], source: Visualizations
) -> tuple[dict[tuple[int, str, int], np.ndarray], dict[tuple[int, str, int], str]]:
    """Every picture that gets a grid-cam by (neuron, kind, position), and the names of those that came as files."""
    shown, stems = {}, {}
    for neuron, cast in zip(asked.neurons, asked.casts, strict=True):
        n = neuron.index
        files = source.given.files(n) if source.given else []
        for k, picture in enumerate(visualizations[n]):
            shown[n, "visualization", k] = picture
            if files:
                stems[n, "visualization", k] = files[k].stem
        for k, i in enumerate(cast.examples):
            shown[n, "example", k] = asked.pictures.pixels[i]
            if asked.stems:
                stems[n, "example", k] = asked.stems[i]
    return shown, stems


def _gridcam_notes(work: Work, asked: _Asked, gridcams: Gridcams) -> list[str]:
    """What a researcher must know of the grid-cams of given questions."""
    if not asked.stems:
        return []
    total, given = len(gridcams.maps), gridcams.given
    if given == total:
        return [f"All {total} grid-cams were drawn from given cell scores."]
    drawn = (
        f"{given} of the {total} grid-cams were drawn from given cell scores; the others" if given else "All grid-cams"
    )
    return [
        f"{drawn} were computed here by {work.study.model.name}, which need not be the network the questions are about."
    ]


def _selection_page(work: Work, asked: _Asked, notes: Sequence[str]) -> bytes:
    study, report, selection = work.study, work.report, asked.selection
    seen = {n.index for n in selection.neurons} | {d.neuron for d in selection.dropped if d.kind != "pictures"}
    about = seen | {d.neuron for d in selection.dropped} | {d.other for d in selection.dropped if d.other is not None}
    before = work.visualizations.all_cached
    first = work.visualizations.first(sorted(seen)) if selection.criteria is not None else []
    work.visualizations.all_cached = before
    pixels = {n: arrays["pixels"] for n, arrays in zip(sorted(seen), first, strict=False)}
    shown = faces(sorted(about), asked.activations, asked.pictures.pixels, selection.criteria, pixels)
    return render_page(
        selection, study.selection, asked.activations, shown, study=study.name, study_id=report.study_id,
        network=study.model.name, pictures=len(asked.pictures.names), notes=notes,
    )  # fmt: skip


def prepare(
    study: Study, *, artifacts: Path, device: str, observer: Observer
) -> tuple[NetworkHandle, PictureSet, np.ndarray]:
    """The network, the pictures and their activations [N, units], which every experiment begins with."""
    work = begin(study, artifacts, device, False, observer)
    pictures = read_pictures(study, work.handle, work.store, observer, work.stage)
    with work.stage("activations", "pictures") as now:
        return work.handle, pictures, read_activations(work.handle, pictures, work.store, observer, now)
