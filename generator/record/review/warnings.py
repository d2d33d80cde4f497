"""What to look at before publishing: questions that can be answered without their explanation, or with none.

Every rule follows from chance. Whoever picks at random has a hypergeometric number of right picks: of 9 options with 3
answers, 3 right once in 84 questions, 2 or more once in 4.4. A question is *solved* when so many right picks or more
come about in at most one question of twenty, here 3 of 3; it is *missed* when there are no more than chance has on
average, here 1. Between the two nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import stats

from ...observers.observer import Observer, Picture, Trial
from ...questions.conditions import Condition
from ...questions.drawn import distance, thumbnail
from ...questions.question import Attribution, Question, QuestionSet
from .scores import MachineScore, right_picks

CODES = {
    "blind-solves": "solved without an explanation",
    "shuffled-solves": "solved with another neuron's explanation",
    "nobody-solves": "solved by no observer",
    "near-duplicate": "an option is almost a shown picture",
    "colour-alone": "solved by colour, missed without",
}
RARE = 0.05  # chance has so many right picks at most this often: then a question is solved
CROP = 0.125  # of a side: what a picture's own near-duplicate lacks at its edges
Scores = Mapping[int | str, Mapping[str, np.ndarray]]  # condition -> id of a question -> [options], in the key's order


@dataclass(frozen=True)
class Warned:
    """What is odd about a question. condition: None where none matters; text: what, where, and what can be done."""

    code: str
    question: str
    condition: int | str | None
    text: str


@dataclass(frozen=True)
class Reviewed:
    """What observers found. scores: of each observer; grey: those of `features`, all pictures without colours.

    Of these, blind, shuffled, features and colour are known by their names. machine_scores: over redrawn questions.
    anew: what makes another question about the same neuron.
    """

    question_set: QuestionSet
    conditions: Sequence[Condition]
    observers: Sequence[Observer]
    scores: Mapping[str, Scores]
    grey: Scores
    machine_scores: Sequence[MachineScore] = ()
    anew: str = "draw it anew (another seed)"

    def right(self, observer: str, condition: int | str, question: Question) -> int | None:
        """Right picks; None where the observer was not asked."""
        scores = self.scores.get(observer, {}).get(condition, {}).get(question.id)
        return None if scores is None else right_picks(scores, question)

    def over_draws(self, observer: str, condition: int | str | None, question: Question) -> MachineScore | None:
        """An observer's machine score of a question's neuron; of any condition where it is None."""
        return next(
            (
                each
                for each in self.machine_scores
                if each.observer == observer and each.neuron == question.neuron and condition in (each.condition, None)
            ),
            None,
        )


def chance(question: Question) -> float:
    """Right picks that random ones have on average."""
    return len(question.answers) ** 2 / len(question.options)


def solved(right: int, question: Question) -> bool:
    """Whether chance has so many right picks or more in at most one question of twenty."""
    options, answers = len(question.options), len(question.answers)
    return bool(stats.hypergeom(options, answers, answers).sf(right - 1) <= RARE)


def missed(right: int, question: Question) -> bool:
    """Whether there are no more right picks than chance has on average."""
    return right <= chance(question)


def warnings_of(reviewed: Reviewed, looks: Observer | None, duplicate_distance: float) -> list[Warned]:
    """All warnings, question by question. looks, duplicate_distance: see `near_duplicates`.

    Conditions that show nothing, or another neuron's explanation on purpose, are asked for `blind-solves` alone.
    """
    found: list[Warned] = []
    explaining = [each for each in reviewed.conditions if each.shows and not each.shuffled]
    for question in reviewed.question_set.of_role("study"):
        found += _blind(reviewed, question)
        for condition in explaining:
            found += _shuffled(reviewed, condition, question)
            found += _nobody(reviewed, condition, question)
            found += _colour_alone(reviewed, condition, question)
        found += near_duplicates(question, explaining, looks, duplicate_distance, reviewed.anew)
    return found


def _blind(reviewed: Reviewed, question: Question) -> list[Warned]:
    rights = [reviewed.right("blind", condition.name, question) for condition in reviewed.conditions]
    right = next((each for each in rights if each is not None), None)  # the same in all of them
    if right is None or not solved(right, question):
        return []
    over = reviewed.over_draws("blind", None, question)
    matched = 'set [questions] distractors = "matched"'
    if over is None:
        do = f"{reviewed.anew}, or {matched}"
    elif over.low > chance(question):
        do = f"so they do in other draws ({_in_words(over)}): {matched}, or leave the neuron out"
    else:
        do = f"in other draws they do not ({_in_words(over)}): {reviewed.anew}"
    what = f"the options alone tell {right} of {len(question.answers)} answers, which are those most alike"
    return [Warned("blind-solves", question.id, None, f"{_where(question)}: {what}; {do}.")]


def _shuffled(reviewed: Reviewed, condition: Condition, question: Question) -> list[Warned]:
    right = reviewed.right("shuffled", condition.name, question)
    if right is None or not solved(right, question):
        return []
    by = replace(condition, shuffled=True).explained_by(reviewed.question_set)[question.id]
    text = (
        f"{_where(question, condition)}: the explanation of neuron {by.neuron} ({by.id}) tells {right} of "
        f"{len(question.answers)} answers; look whether the two neurons are alike (lower [selection] overlap_max or "
        f"similarity_max), or {reviewed.anew}."
    )
    return [Warned("shuffled-solves", question.id, condition.name, text)]


def _nobody(reviewed: Reviewed, condition: Condition, question: Question) -> list[Warned]:
    seeing = [each.name for each in reviewed.observers if each.told == "own" and each.name != "blind"]
    asked = {name: right for name in seeing if (right := reviewed.right(name, condition.name, question)) is not None}
    if not asked or not all(missed(right, question) for right in asked.values()):
        return []
    told = ", ".join(f"{name} {right}" for name, right in asked.items())
    over = [score for name in asked if (score := reviewed.over_draws(name, condition.name, question))]
    best = max(over, key=lambda score: score.mean, default=None)
    if best is None:
        do = f"look at it: if you cannot tell either, {reviewed.anew} or leave the neuron out"
    elif best.low > chance(question):
        do = f"other draws are answered ({_in_words(best)}): {reviewed.anew}"
    else:
        do = f"nor are others answered ({_in_words(best)} at best): if you cannot tell either, leave the neuron out"
    text = f"{_where(question, condition)}: no observer is better than chance (right picks: {told}); {do}."
    return [Warned("nobody-solves", question.id, condition.name, text)]


def _colour_alone(reviewed: Reviewed, condition: Condition, question: Question) -> list[Warned]:
    right = reviewed.right("colour", condition.name, question)
    grey = reviewed.grey.get(condition.name, {}).get(question.id)
    if right is None or grey is None:
        return []
    without = right_picks(grey, question)
    if not (solved(right, question) and missed(without, question)):
        return []
    text = (
        f"{_where(question, condition)}: colour alone tells {right} of {len(question.answers)} answers, and the same "
        f"pictures in grey tell features {without}; whoever matches colours is right without knowing what the neuron "
        f"answers to: {reviewed.anew} and see whether wrong options have these colours too, or say so in the report."
    )
    return [Warned("colour-alone", question.id, condition.name, text)]


def near_duplicates(
    question: Question, conditions: Sequence[Condition], looks: Observer | None, least: float, anew: str = Reviewed.anew
) -> list[Warned]:
    """Options that are almost a picture that these conditions show of the question's own neuron.

    Almost the same is what is nearer by thumbnail than `least` ([questions] duplicate_distance, by which drawing keeps
    options and examples apart, but neither visualizations nor given files), or what is no farther from the picture than
    its own mirrored crop, both by thumbnail (either way round) and for `looks`. Pictures of one thing in one pose are
    alike by the second alone, and what is asked for.
    """
    names: dict[int, list[int | str]] = {}  # place of a picture among the attributions -> conditions that show it
    places = {id(each): k for k, each in enumerate(question.attributions)}
    for condition in conditions:
        for picture in condition.attributions(question):
            names.setdefault(places[id(picture)], []).append(condition.name)
    found = []
    for place, shown_in in names.items():
        shown = question.attributions[place]
        for option, how in _almost(shown, question, looks, least):
            text = (
                f"{_where(question)}: option {option + 1} is almost a shown {shown.kind.replace('_', ' ')} "
                f"({how}; condition{'s' * (len(shown_in) > 1)} {', '.join(map(str, shown_in))}) and can be picked "
                f"without any idea of the neuron: {anew}, or raise [questions] duplicate_distance."
            )
            found += [Warned("near-duplicate", question.id, name, text) for name in shown_in]
    return found


def _almost(shown: Attribution, question: Question, looks: Observer | None, least: float) -> list[tuple[int, str]]:
    """Places of options that are almost this picture, in the key's order, and by which measure."""
    own, crop = thumbnail(shown.pixels), mirrored_crop(shown.pixels)
    thumbnails = [thumbnail(option.pixels) for option in question.options]
    found = {k: "thumbnail" for k, each in enumerate(thumbnails) if distance(own, each) < least}
    if looks is not None:
        options = (crop, *(option.pixels for option in question.options))
        (scores,) = looks.scores([Trial((Picture(shown.pixels, None, shown.kind),), options, 1)])
        limit = distance(own, thumbnail(crop)[:, ::-1])
        for k, each in enumerate(thumbnails):
            if scores[k + 1] >= scores[0] and min(distance(own, each), distance(own, each[:, ::-1])) <= limit:
                found[k] = "thumbnail and features"
    return sorted(found.items())


def mirrored_crop(pixels: np.ndarray) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> almost the same one: left and right changed, an eighth of each edge cut off."""
    side = pixels.shape[0]
    edge = round(side * CROP)
    cropped = Image.fromarray(np.ascontiguousarray(pixels[edge : side - edge, edge : side - edge][:, ::-1]))
    return np.asarray(cropped.resize((side, side), Image.Resampling.BICUBIC))


class WithoutColour:
    """An observer that sees every picture in grey: what is left of the answer without colours."""

    def __init__(self, observer: Observer) -> None:
        self.observer, self.name, self.told = observer, f"{observer.name} in grey", observer.told
        self.what = f"{observer.what} All pictures are grey."

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return self.observer.scores([in_grey(trial) for trial in trials])


def in_grey(trial: Trial) -> Trial:
    """The same trial with every picture's luminance in place of its colours."""
    return replace(
        trial,
        explanation=tuple(replace(each, pixels=_grey(each.pixels)) for each in trial.explanation),
        options=tuple(map(_grey, trial.options)),
    )


def _grey(pixels: np.ndarray) -> np.ndarray:
    luminance = np.asarray(Image.fromarray(pixels).convert("L"))
    return np.repeat(luminance[..., None], 3, axis=2)


def _where(question: Question, condition: Condition | None = None) -> str:
    of = "" if condition is None else f", condition {condition.name}"
    return f"{question.id} (neuron {question.neuron}){of}"


def _in_words(score: MachineScore) -> str:
    return f"{score.observer} {score.mean:.1f} right, {score.low:.1f} to {score.high:.1f}, in {score.draws}"
