"""Questions with everything that explains their neurons: composed -> with visualizations, then with grid-cams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..explanations.stage import add_gridcams, count_gridcams
from ..questions.conditions import covered_by, visualizations_needed
from ..questions.question import Question, QuestionSet
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
