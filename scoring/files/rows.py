"""The pages' own layout, `imetric-response/1`: a session row, then practice, catch and question rows -> a response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..conditions import ConditionId
from ..errors import Rejected
from .content import clean, shortened
from .key import CatchQuestion, Key, KeyQuestion
from .response import Response, Trial, mark_missing, survey_of

LONGEST_MS = 10**10  # some 115 days

Milliseconds = Annotated[int, Field(ge=0, le=LONGEST_MS)]
Id = Annotated[str, Field(min_length=1, max_length=200)]
Answer = str | int | float | bool | None


class AnyRow(BaseModel):
    """What every row of the pages' files carries, the pilot's too."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    trial_index: Annotated[int, Field(ge=0, le=10_000, description="place of the row in the file, from 0")]
    rt: Annotated[Milliseconds | None, Field(description="ms the question was in view, over all visits to it")] = None
    study_id: Annotated[Id, Field(description="the study, as in its key")]
    subject_id: Annotated[Id, Field(description="the person: the recruiting service's id, else drawn by the page")]
    session_id: Annotated[Id, Field(description="the visit, drawn by the page")]


class Row(AnyRow):
    """A row of an experiment. Of a person's visit time_elapsed is never null: a program has no times."""

    time_elapsed: Annotated[
        Milliseconds | None,
        Field(description="ms since the visit began, with the page open; null: in observers' files only"),
    ]
    experiment: Annotated[ConditionId, Field(description="the condition that was shown, as the key names it")]


class SessionRow(Row):
    """The visit; time_elapsed: when the instructions ended."""

    trial_type: Literal["session"]
    format: Literal["imetric-response/1"]
    build_hash: Annotated[str, Field(max_length=200, description="which build of the pages was seen")] = ""
    response: Annotated[
        dict[Annotated[str, Field(max_length=100)], Answer],
        Field(max_length=100, description="answers to the questionnaire, by field"),
    ] = {}
    set: Annotated[int, Field(ge=1, le=1000, description="the set of questions that was asked")] = 1
    subject_kind: Annotated[
        Literal["person", "observer"], Field(description="observer: a program, never pooled with people")
    ] = "person"
    observer: Annotated[
        Id | None, Field(description="name of the program; in observers' files only; missing: its subject_id")
    ] = None
    language: Annotated[Annotated[str, Field(max_length=100)] | None, Field(description="of the browser")] = None


class View(BaseModel):
    """One time that something was in view."""

    model_config = ConfigDict(strict=True, extra="ignore")

    viewing_time: Annotated[Milliseconds, Field(description="ms")]


class LevelView(View):
    """One time that the explanation was in view at one crop level; coming back adds an entry of the same level."""

    level: Annotated[Annotated[int, Field(ge=0, le=1000)] | None, Field(description="crop level, from 1")] = None


class QuestionRow(Row):
    """An answered question, or a catch question."""

    trial_type: Literal["imetric-question", "imetric-catch"]
    question_id: Annotated[Id, Field(description="as in the key")]
    choice_ids: Annotated[list[Id], Field(max_length=1000, description="ids of the picked options, as picked")]
    response: Annotated[
        list[Annotated[int, Field(ge=0, le=1000)]],
        Field(max_length=1000, description="places of choice_ids in choice_order, from 0"),
    ]
    choice_order: Annotated[list[Id], Field(max_length=1000, description="ids of all options, as shown")]
    confidence: Annotated[
        Annotated[int, Field(ge=1, le=3)] | None, Field(description="1 guessing to 3 sure; null: not asked")
    ] = None
    concept: Annotated[
        Annotated[str, Field(max_length=2000)] | None, Field(description="what the neuron detects, in words")
    ] = None
    view_history: Annotated[
        Annotated[list[LevelView], Field(max_length=100_000)] | None, Field(description="crop levels in view, in order")
    ] = None
    original_views: Annotated[
        Annotated[list[View], Field(max_length=100_000)] | None, Field(description="pictures seen without grid-cam")
    ] = None
    probabilities: Annotated[
        Annotated[list[Annotated[float, Field(ge=0)]], Field(max_length=1000)] | None,
        Field(description="of picking each option of choice_order, in sum 1; in observers' files only"),
    ] = None


class PracticeRow(BaseModel):
    """A practice question; it is not scored, and what else the row holds is not read."""

    model_config = ConfigDict(extra="ignore")

    trial_type: Literal["imetric-practice"]
    time_elapsed: Annotated[Milliseconds | None, Field(description="ms since the visit began, at its end")] = None


ROWS = TypeAdapter(
    Annotated[
        list[Annotated[SessionRow | QuestionRow | PracticeRow, Field(discriminator="trial_type")]],
        Field(min_length=2, max_length=5000),
    ]
)


def response_of_rows(parsed: Sequence[SessionRow | QuestionRow | PracticeRow], file: str, key: Key) -> Response:
    """The response in the rows of a file, held against the answer key; raises Rejected."""
    session, *rows = parsed
    if not isinstance(session, SessionRow):
        raise Rejected(f"row 0, trial_type: should be 'session', not {session.trial_type!r}")
    if session.study_id != key.study_id:
        raise Rejected(f"row 0, study_id: {shortened(session.study_id)!r}, and the answer key is of {key.study_id!r}")
    if session.experiment not in key.conditions:
        raise Rejected(f"row 0, experiment: should be {key.conditions.listed()}, not {session.experiment!r}")
    if session.set not in key.by_set:
        raise Rejected(f"row 0, set: {session.set}, and the answer key has {len(key.sets)}")
    observer = session.subject_kind == "observer"
    if session.observer is not None and not observer:
        raise Rejected(f"row 0, observer: {shortened(session.observer)!r}, and subject_kind is 'person'")
    _as_of_kind(session, 0, session)
    trials: list[Trial] = []
    marks: list[str] = []
    seen: set[str] = set()
    choices = max(len(question.answers) for question in key.questions)  # picks that the pages ask for
    practised = (row.time_elapsed or 0 for row in rows if isinstance(row, PracticeRow))
    # When the first question came: practice is over then.
    began = previous = max(session.time_elapsed or 0, *practised, 0)
    catch_asked, catch_failed, went_back, went_apart = 0, 0, False, False
    for index, each in enumerate(rows, 1):
        if isinstance(each, PracticeRow):
            continue
        row = of_visit(each, index, session)
        known = key.by_id if row.trial_type == "imetric-question" else key.catch_by_id
        if row.question_id not in known:
            raise Rejected(f"row {index}, question_id: {shortened(row.question_id)!r} is not in the answer key")
        if row.question_id in seen:
            raise Rejected(f"row {index}, question_id: {shortened(row.question_id)!r} is answered twice")
        seen.add(row.question_id)
        question = known[row.question_id]
        _asked_of(question, row, index, session, key)
        picks = _picks(row, index, question, choices)
        matched = len(question.answer_set.intersection(row.choice_ids))
        if row.time_elapsed is not None:
            went_back |= row.time_elapsed < previous
            went_apart |= row.rt is not None and row.rt > row.time_elapsed
            previous = max(previous, row.time_elapsed)
        if row.trial_type == "imetric-catch":
            catch_asked += 1
            catch_failed += matched < len(question.answers)
            continue
        views, originals = row.view_history, row.original_views
        trials.append(
            Trial(
                question.id, len(trials) + 1, picks, matched, row.rt, row.confidence, clean(row.concept or ""),
                None if views is None else _level_changes(views),
                None if originals is None else sum(view.viewing_time for view in originals),
                places=tuple(sorted(row.response)), probabilities=_probabilities(row, index, question),
            )
        )  # fmt: skip
    if not trials:
        raise Rejected("file: not one question is answered")
    if went_back:
        marks.append("time_elapsed: goes back from one row to the next")
    if went_apart:
        marks.append("rt: longer than the time since the start")
    mark_missing(marks, trials, key, session.set)
    return Response(
        file=file, experiment=session.experiment, subject_id=clean(session.subject_id),
        session_id=clean(session.session_id), trials=trials, set=session.set,
        observer=observer, observer_name=clean(session.observer or session.subject_id) if observer else "",
        survey=survey_of(session.response), build=session.build_hash, language=clean(session.language or ""),
        duration_ms=None if observer else previous - began,
        catch_asked=catch_asked, catch_failed=catch_failed, marks=marks,
    )  # fmt: skip


def of_visit(row: SessionRow | QuestionRow, index: int, session: SessionRow) -> QuestionRow:
    """The row, a question of the visit that the session row is of; raises Rejected."""
    if isinstance(row, SessionRow):
        raise Rejected(f"row {index}, trial_type: a second session in one file")
    for name in ("study_id", "experiment", "subject_id", "session_id"):
        if getattr(row, name) != getattr(session, name):
            raise Rejected(f"row {index}, {name}: differs from row 0's")
    _as_of_kind(row, index, session)
    return row


def _as_of_kind(row: SessionRow | QuestionRow, index: int, session: SessionRow) -> None:
    """Raise Rejected where a person's row holds what only a program's may, or lacks what only a program's may lack."""
    if session.subject_kind == "observer":
        return
    if row.time_elapsed is None:
        raise Rejected(f"row {index}, time_elapsed: is null, as in observers' files only")
    if isinstance(row, QuestionRow) and row.probabilities is not None:
        raise Rejected(f"row {index}, probabilities: are there, as in observers' files only")


def _asked_of(question: KeyQuestion, row: QuestionRow, index: int, session: SessionRow, key: Key) -> None:
    """Raise Rejected where the question belongs to another set or condition than the session's."""
    where = f"row {index}, question_id: {shortened(row.question_id)!r}"
    own_set = question.set if isinstance(question, CatchQuestion) else key.set_of[question.id]
    if own_set not in (None, session.set):
        raise Rejected(f"{where} is of set {own_set}, and row 0 names set {session.set}")
    if isinstance(question, CatchQuestion) and question.condition not in (None, session.experiment):
        raise Rejected(f"{where} is of condition {question.condition}, and row 0 names {session.experiment}")


def _picks(row: QuestionRow, index: int, question: KeyQuestion, choices: int) -> tuple[int, ...]:
    """Places in the key's question of the picked options, after holding ids, positions and the order together.

    choices: how many picks a catch question has at most, whose answers are fewer.
    """
    scored = row.trial_type == "imetric-question"
    wanted, picked = len(question.answers) if scored else choices, len(row.choice_ids)
    if picked > wanted or (scored and picked < wanted):
        raise Rejected(f"row {index}, choice_ids: {picked} picks, a question takes {wanted}")
    if len(set(row.choice_ids)) < len(row.choice_ids):
        raise Rejected(f"row {index}, choice_ids: the same option is picked twice")
    try:
        picks = tuple(question.index[option] for option in row.choice_ids)
    except KeyError as error:
        raise Rejected(
            f"row {index}, choice_ids: {shortened(error.args[0])!r} is not an option of {question.id}"
        ) from None
    if len(row.choice_order) != len(question.options) or set(row.choice_order) != question.index.keys():
        raise Rejected(f"row {index}, choice_order: should hold each option of {question.id} once")
    if [row.choice_order.index(option) for option in row.choice_ids] != row.response:
        raise Rejected(f"row {index}, response: does not give the places of choice_ids in choice_order")
    return picks


def _probabilities(row: QuestionRow, index: int, question: KeyQuestion) -> tuple[float, ...] | None:
    """Of each option, in the key's order, with sum 1; None where the row has none. choice_order is already checked.

    Their sum may differ from 1 by a millionth for each: they may be written with six decimals.
    """
    if row.probabilities is None:
        return None
    count, total = len(row.choice_order), sum(row.probabilities)
    if len(row.probabilities) != count:
        raise Rejected(f"row {index}, probabilities: {len(row.probabilities)}, and choice_order has {count} options")
    if abs(total - 1) > 1e-6 * count:
        raise Rejected(f"row {index}, probabilities: their sum is {total:.6g}, not 1")
    by_option = dict(zip(row.choice_order, row.probabilities, strict=True))
    return tuple(by_option[option] / total for option in question.options)


def _level_changes(views: Sequence[LevelView]) -> int | None:
    """How often the level differs from one entry to the next; None where no entry has a level."""
    levels = [view.level for view in views if view.level is not None]
    if views and not levels:
        return None
    return sum(a != b for a, b in zip(levels, levels[1:], strict=False))
