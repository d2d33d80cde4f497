"""What observers make of a study's questions: over further draws of them, and what is odd about its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..errors import StudyError
from ..explanations.stage import add_gridcams
from ..observers.calibration import calibrate, usual_spread
from ..observers.observer import Observer, scores_of
from ..questions.conditions import Condition, covered_by
from ..questions.question import QuestionSet
from ..questions.redrawn import Redrawn, redraw
from ..record.review.scores import MachineScore, machine_scores
from ..record.review.warnings import Reviewed, Scores, Warned, WithoutColour, warnings_of
from ..study import Study
from .composition import Composition
from .context import BuildContext

OfDraws = dict[tuple[str, int | str], list[dict[str, np.ndarray]]]  # (observer, condition) -> of each redrawn set


@dataclass(frozen=True)
class Draws:
    """Redrawn questions with what observers answer. scores: those of each set; gridcams: whether new examples have one.

    None are there where questions were given as files, or none were asked for.
    """

    redrawn: Redrawn | None = None
    scores: OfDraws | None = None
    gridcams: bool = False

    @property
    def count(self) -> int:
        return 0 if self.redrawn is None else len(self.redrawn.sets)

    def machine_scores(self) -> list[MachineScore]:
        """Of each neuron, condition and observer; none of fewer than two draws."""
        return [] if self.redrawn is None or self.count < 2 else machine_scores(self.redrawn, self.scores or {})

    def temperature(self, observer: str, own: Mapping[int | str, Mapping[str, np.ndarray]]) -> tuple[float, bool]:
        """An observer's temperature, and whether it is calibrated: on draws that hold no picture of the study's own.

        own: scores of the study's questions, by condition; without such draws it is their usual spread.
        """
        scores, answers = [], []
        if self.redrawn is not None and self.redrawn.apart:
            for (name, _), of_sets in (self.scores or {}).items():
                for each, of_set in zip(self.redrawn.sets, of_sets, strict=True) if name == observer else ():
                    for question in each.of_role("study"):
                        scores.append(of_set[question.id])
                        answers.append([k for k, o in enumerate(question.options) if o.id in question.answers])
        if scores:
            return calibrate(scores, answers), True
        return usual_spread([each for of_condition in own.values() for each in of_condition.values()]), False


def answer_redrawn(
    observers: Sequence[Observer],
    conditions: Sequence[Condition],
    question_set: QuestionSet,
    composed: Composition,
    study: Study,
    context: BuildContext,
    draws: int,
    gridcams: bool,
) -> Draws:
    """Draw the study's questions anew and let observers answer them; given questions are there once.

    gridcams: compute those of newly drawn examples where a condition shows them, else they are shown without.
    """
    if not draws or study.questions.kind == "files":
        return Draws()
    with context.stage("redrawn", "questions") as now:
        redrawn = redraw(
            question_set, composed.selection.neurons, composed.pictures.pixels, composed.activations,
            composed.pictures.stems, study.questions, seed=study.seed, draws=draws,
        )  # fmt: skip
        if gridcams:
            redrawn = replace(redrawn, sets=tuple(_with_gridcams(each, study, context) for each in redrawn.sets))
        scores: OfDraws = {}
        asked, done = [(each, condition) for each in observers for condition in conditions], 0
        for observer, condition in asked:
            done += 1
            try:
                scores[observer.name, condition.name] = [
                    scores_of(observer, each, condition) for each in redrawn.sets
                ]
            except StudyError:  # as at the study's own questions, where it was told
                if observer.told == "own":
                    raise
            context.reporter.advance(done, len(asked))
        shown = "with" if gridcams else "without"
        now.result = f"{draws} draws of each question, new examples {shown} grid-cams"
        if not redrawn.apart:
            context.reporter.warn(
                "groups of pictures are too small for draws without the pictures of the study's own questions: "
                "observers' probabilities are not calibrated"
            )
    return Draws(redrawn, scores, gridcams)


def _with_gridcams(question_set: QuestionSet, study: Study, context: BuildContext) -> QuestionSet:
    questions = add_gridcams(
        question_set.questions, partial(covered_by, context.conditions), study.gridcam, context.handle, context.store,
        context.executor, context.reporter.advance,
    )  # fmt: skip
    return replace(question_set, questions=tuple(questions))


def review(
    observers: Sequence[Observer],
    scores: Mapping[str, Scores],
    conditions: Sequence[Condition],
    question_set: QuestionSet,
    draws: Draws,
    study: Study,
    context: BuildContext,
) -> tuple[Reviewed, list[Warned]]:
    """The study's own questions with everything that is odd about them. scores: of each observer, by its name."""
    with context.stage("review", "questions") as now:
        looks = next((each for each in observers if each.name == "features"), None)
        grey = {}
        if looks is not None and "colour" in scores:
            without = WithoutColour(looks)
            grey = {each.name: scores_of(without, question_set, each) for each in conditions if each.shows}
        anew = {} if study.questions.kind == "drawn" else {"anew": "replace it by another"}
        reviewed = Reviewed(question_set, conditions, observers, scores, grey, draws.machine_scores(), **anew)
        found = warnings_of(reviewed, looks, study.questions.duplicate_distance)
        questions = len({each.question for each in found})
        now.result = f"warnings: {len({each.text for each in found})}, about questions: {questions}"
    return reviewed, found
