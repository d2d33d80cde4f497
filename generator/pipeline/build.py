"""build(study): pictures and a network -> a site for each condition, in the order of the paper's method section."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import StudyError
from ..explanations.stage import gridcam_notes
from ..progress import Reporter
from ..questions.conditions import chosen, conditions_of
from ..questions.question import QuestionSet
from ..record.manifest import write_private, write_selection
from ..record.paths import NeuronPath
from ..selection.page import page_of
from ..sites.folder import MARKER, check_apart, check_out, networks_told, record_at, sites_in
from ..sites.page import SiteReport
from ..sites.render import render_sites
from ..store import Place
from ..study import Study
from .composition import Composition, compose, compose_drawn
from .context import BuildContext, Executors, begin, here
from .explaining import explained, path_similarities
from .reports import BuildReport, SelectionReport

# A stage imports torch only when it has something to compute: a build with nothing changed does without.


def build(
    study: Study,
    *,
    conditions: Sequence[int | str] | None = None,
    out: Path = Path("dist"),
    private: Path = Path("private"),
    artifacts: Place = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    executors: Executors = here,
    reporter: Reporter,
) -> BuildReport:
    """Precompute what the conditions show, render their sites under `out`, keep the answer key under `private`.

    conditions: their names (questions/conditions.py); None: those of the study. The key is of the study's conditions,
    of these and of those whose sites are under `out` already: visitors are sent to all of them.
    Finished work is kept in `artifacts` and taken from there unless `fresh`; executors: where tasks are done, see
    `executing`. Raises StudyError.
    """
    conditions = study.study.conditions if conditions is None else conditions
    chosen(study, conditions)
    check_apart(out, private, artifacts)
    check_out(out, conditions)
    sites_there = sites_in(out)
    there = [site.experiment for site in sites_there if site.experiment in conditions_of(study)]
    context = begin(study, artifacts, device, reporter, fresh, [*conditions, *there], executors=executors)
    composed = compose(study, context)
    stay = [site.experiment for site in sites_there if site.study_id == composed.study_id]
    context = context.prepared_for([*study.study.conditions, *conditions, *stay])
    if context.handle.identity in networks_told(record_at(out / "atlas" / MARKER)):
        reporter.warn(
            f"{out / 'atlas'} is an atlas of the same network: whoever takes part could look answers up in it; move "
            "it, or build with another --out"
        )
    question_set = explained(composed, study, context)
    paths = path_similarities(question_set, composed, context)
    folder = _record(question_set, composed, study, private, context, paths)
    sites = _render(question_set, study, out, conditions, context)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    criteria = composed.selection.criteria
    return BuildReport(
        study_id=composed.study_id,
        name=study.name,
        neurons=tuple(neuron.index for neuron in composed.selection.neurons),
        units=composed.units,
        passing=None if criteria is None else int(criteria.passes.sum()),
        out=out,
        private=folder,
        stages=context.stage.finished,
        sites=sites,
        peak_memory=peak if sys.platform == "darwin" else peak * 1024,
    )


def explain_selection(
    study: Study,
    *,
    private: Path | None = Path("private"),
    artifacts: Place = Path("artifacts"),
    device: str = "auto",
    executors: Executors = here,
    reporter: Reporter,
) -> SelectionReport:
    """Choose the neurons as a build would, and write only the page and the JSON file that explain the choice.

    private: None: neither is written; executors: as of `build`. Raises StudyError.
    """
    if study.questions.kind == "files":
        raise StudyError(
            "[questions] kind = 'files' gives the neurons with their questions: there is nothing to select"
        )
    context = begin(study, artifacts, device, reporter, executors=executors)
    composed = compose_drawn(study, context, questions=False)
    folder = None if private is None else private / composed.study_id
    chosen_neurons = [neuron.index for neuron in composed.selection.neurons]
    with context.stage("visualization", "neurons") as now:
        made = context.visualizer.first(chosen_neurons)
        now.result = f"of {len(made)} neurons"
        if folder is not None:
            page = _selection_page(composed, study, context, [])
            now.result += " and those that they are like"
            write_selection(folder, study.selects, composed.selection, page)
    return SelectionReport(
        composed.study_id, study, composed.selection, composed.pictures, composed.activations,
        {neuron: arrays["pixels"] for neuron, arrays in made.items()}, folder, context.stage.finished,
    )  # fmt: skip


def _record(
    question_set: QuestionSet,
    composed: Composition,
    study: Study,
    private: Path,
    context: BuildContext,
    paths: Sequence[NeuronPath],
) -> Path:
    """Write the study's own folder under `private`; returns it."""
    folder = private / question_set.study_id
    with context.stage("questions", "questions", kept=False) as now:
        own = composed.selection.criteria is not None
        notes = [*composed.notes, *gridcam_notes(question_set.questions, study.model.name, own)]
        write_private(
            folder, study, context.handle.identity, composed.pictures, composed.activations, composed.selection,
            question_set, context.conditions, _selection_page(composed, study, context, notes), context.store.origins,
            paths, context.handle.network.neurons if study.model.units == "both" else None,
        )  # fmt: skip
        of = f" in {question_set.sets} sets" if question_set.sets > 1 else ""
        now.result = f"{len(question_set.of_role('study'))} questions{of}, answer key in {folder}"
    return folder


def _render(
    question_set: QuestionSet, study: Study, out: Path, conditions: Sequence[int | str], context: BuildContext
) -> list[SiteReport]:
    """Render a site for each condition under `out`."""
    with context.stage("sites", "sites", kept=False) as now:
        sites = render_sites(question_set, study.site, out, chosen(study, conditions), context.reporter.warn)
        now.result = ", ".join(f"{site.path} ({site.bytes / 1e6:.2f} MB)" for site in sites)
    return sites


def _selection_page(composed: Composition, study: Study, context: BuildContext, notes: Sequence[str]) -> bytes:
    """The page that explains the selection, with the visualizations of the neurons that were looked at."""
    return page_of(
        composed.selection, study.selects, composed.activations, composed.pictures, context.visualizer.first,
        study=study.name, study_id=composed.study_id, network=study.model.name, notes=notes,
    )  # fmt: skip
