"""Questions with everything that explains their neurons: composed -> with visualizations, then with grid-cams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..explanations.paths import TOP, Paths, others_than, path_similarity
from ..explanations.stage import add_gridcams, count_gridcams
from ..questions.conditions import covered_by, visualizations_needed
from ..questions.question import Question, QuestionSet
from ..record.paths import NeuronPath
from ..study import Study
from .composition import Composition
from .context import BuildContext


def explained(composed: Composition, study: Study, context: BuildContext) -> QuestionSet:
    """The study's questions with all that its context's conditions show of their neurons."""
    questions = add_explanations(composed.questions, study, context)
    return QuestionSet(composed.study_id, tuple(questions), study.questions.sets)


def add_explanations(questions: Sequence[Question], study: Study, context: BuildContext) -> list[Question]:
    """Any questions of the study's network with all that its context's conditions show of their neurons."""
    return _add_gridcams(_visualize(questions, study, context), study, context)


def _visualize(questions: Sequence[Question], study: Study, context: BuildContext) -> list[Question]:
    """The questions with feature visualizations of their neurons."""
    with context.stage("visualization", "neurons") as now:
        made, done = list(questions), []
        for name, count in visualizations_needed(context.conditions, study).items():
            before = sum(len(question.visualizations) for question in made)
            made = context.visualizers[name].add(made, count)
            added = sum(len(question.visualizations) for question in made) - before
            given = context.visualizers[name].files is not None
            how = "given" if given else f"{study.methods[name].iterations} iterations"
            of = f" of {name}" if study.visualizations else ""
            done.append(f"{added} feature visualizations{of}, {how}")
        now.result = "; ".join(done)
    return made


def _add_gridcams(questions: Sequence[Question], study: Study, context: BuildContext) -> list[Question]:
    """The questions with a grid-cam for each picture that a condition shows under one."""
    with context.stage("grid-cam", "windows") as now:
        made = add_gridcams(
            questions, partial(covered_by, context.conditions), study.gridcam, context.handle, context.store,
            context.executor, context.reporter.advance,
        )  # fmt: skip
        total, scored = count_gridcams(made)
        now.result = f"{total} pictures, {len(study.gridcam.windows)} levels"
        if scored:
            now.result += f", {scored} given"
    return made


def path_similarities(question_set: QuestionSet, composed: Composition, context: BuildContext) -> list[NeuronPath]:
    """How the visualizations of the study's questions go through the network; none of given questions."""
    if composed.selection.criteria is None:
        return []
    with context.stage("paths", "neurons") as now:
        paths, pixels = Paths(context.handle, context.store), composed.pictures.pixels
        found: list[NeuronPath] = []
        asked = question_set.of_role("study")
        for number, (question, neuron) in enumerate(zip(asked, composed.selection.neurons, strict=True), start=1):
            top = [int(k) for k in neuron.top[:TOP]]
            others = others_than(neuron.top, len(composed.pictures.names))
            of_top, of_others = (paths.of_numbers(pixels, some) for some in (top, others))
            for method in dict.fromkeys(each.method for each in question.visualizations):
                own = [each.pixels for each in question.visualizations if each.method == method]
                similarity = path_similarity(paths.layers, paths.of(own), of_top, of_others)
                found.append(NeuronPath(neuron.index, method or "", similarity, own[0], pixels[top[0]]))
            context.reporter.advance(number, len(asked))
        now.result = f"{sum(each.similarity.parts for each in found)} of {len(found)} neurons reached by another way"
    return found
