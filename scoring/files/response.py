"""What one participant did, whichever layout it was read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import clean
from .key import Key

SURVEY = ("age", "gender", "major", "background")  # `name` is never taken over: results are meant to be shared


@dataclass(slots=True)
class Trial:
    """One answered question. picks: places of the picked options in the key's question; position from 1, as shown.

    places: where the picked options stood, from 0, in order of place. probabilities: an observer's, of picking each
    option, in the key's order, with sum 1; None where there are none.
    """

    question_id: str
    position: int
    picks: tuple[int, ...]
    matched: int
    rt_ms: int | None = None
    confidence: int | None = None
    concept: str = ""
    level_changes: int | None = None
    originals_ms: int | None = None
    places: tuple[int, ...] = ()
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """How a session's answers look beside the others', and what of it is marked (analysis/answering/).

    marks: (exclusion rule that takes it, or "", and the sentence); also_in: other files that these name. equal_picks:
    largest share of questions with the same picks as somebody else; same_places: share with the commonest places
    picked; rt_spread: standard deviation of log times. None: cannot be told.
    """

    marks: tuple[tuple[str, str], ...] = ()
    also_in: tuple[str, ...] = ()
    equal_picks: float | None = None
    same_places: float | None = None
    rt_spread: float | None = None


@dataclass(slots=True)
class Response:
    """What one participant did. marks: what is odd but usable, by field; also_in: other files that marks name.

    set: of questions that were asked; observer: a program, never pooled with people, by observer_name ("" of a person);
    answering: how the answers look beside the others'.
    """

    file: str
    experiment: int | str
    subject_id: str
    session_id: str
    trials: list[Trial]
    set: int = 1
    observer: bool = False
    observer_name: str = ""
    survey: dict[str, Any] = field(default_factory=dict)
    build: str = ""
    language: str = ""
    duration_ms: int | None = None
    catch_asked: int = 0
    catch_failed: int = 0
    marks: list[str] = field(default_factory=list)
    also_in: list[str] = field(default_factory=list)
    answering: Answering = Answering()

    @property
    def all_marks(self) -> list[str]:
        """The marks of the file, then those of its answers beside the others'."""
        return [*self.marks, *(text for _, text in self.answering.marks)]


def mark_missing(marks: list[str], trials: Sequence[Trial], key: Key, name: int = 1) -> None:
    """Mark what questions of a set are not answered."""
    answered = {trial.question_id for trial in trials}
    missing = [question.id for question in key.by_set[name] if question.id not in answered]
    if missing:
        marks.append(f"question_id: incomplete, {', '.join(missing)} not answered")


def survey_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The questionnaire's known fields. age: years as a float, or None; everything else cleaned text."""
    survey: dict[str, Any] = {}
    for name in SURVEY:
        value: Any = answers.get(name)
        if name == "age":
            try:
                age = float(value)
            except (TypeError, ValueError, OverflowError):
                age = float("nan")
            survey[name] = age if 0 < age < 130 and not isinstance(value, bool) else None
        else:
            survey[name] = clean(str(value))[:200] if isinstance(value, str | int | float) else ""
    return survey
