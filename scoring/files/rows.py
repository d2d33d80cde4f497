"""One participant's file -> a checked response. Every file is untrusted; whatever is wrong is named by its field.

Two layouts are read: the pages' own (rows, `imetric-response/1`) and that of the 2021 pages (Experiment3_NAME.json).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import Rejected
from .key import Key, KeyQuestion

LARGEST_FILE = 5_000_000  # bytes; a session of ten questions takes some 10,000
LONGEST_MS = 10**10  # some 115 days
SURVEY = ("age", "gender", "major", "background")  # `name` is never taken over: results are meant to be shared

Milliseconds = Annotated[int, Field(ge=0, le=LONGEST_MS)]
Id = Annotated[str, Field(min_length=1, max_length=200)]
Answer = str | int | float | bool | None


class Row(BaseModel):
    """What every row of the pages' files carries."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    trial_index: Annotated[int, Field(ge=0, le=10_000)]
    time_elapsed: Milliseconds
    rt: Milliseconds | None = None
    study_id: Id
    experiment: Annotated[int, Field(ge=1, le=3)]
    subject_id: Id
    session_id: Id


class _Session(Row):
    trial_type: Literal["session"]
    format: Literal["imetric-response/1"]
    build_hash: Annotated[str, Field(max_length=200)] = ""
    response: Annotated[dict[Annotated[str, Field(max_length=100)], Answer], Field(max_length=100)] = {}
    language: Annotated[str, Field(max_length=100)] | None = None


class _View(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    viewing_time: Milliseconds
    level: Annotated[int, Field(ge=0, le=1000)] | None = None  # coming back adds an entry of the same level


class _Question(Row):
    trial_type: Literal["imetric-question", "imetric-catch"]
    question_id: Id
    choice_ids: Annotated[list[Id], Field(max_length=1000)]
    response: Annotated[list[Annotated[int, Field(ge=0, le=1000)]], Field(max_length=1000)]
    choice_order: Annotated[list[Id], Field(max_length=1000)]
    confidence: Annotated[int, Field(ge=1, le=3)] | None = None
    concept: Annotated[str, Field(max_length=2000)] | None = None
    view_history: Annotated[list[_View], Field(max_length=100_000)] | None = None
    original_views: Annotated[list[_View], Field(max_length=100_000)] | None = None


class _Practice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    trial_type: Literal["imetric-practice"]
    time_elapsed: Milliseconds | None = None


_ROWS = TypeAdapter(
    Annotated[
        list[Annotated[_Session | _Question | _Practice, Field(discriminator="trial_type")]],
        Field(min_length=2, max_length=5000),
    ]
)


@dataclass(slots=True)
class Trial:
    """One answered question. picks: places of the picked options in the key's question; position from 1, as asked."""

    question_id: str
    position: int
    picks: tuple[int, ...]
    matched: int
    rt_ms: int | None = None
    confidence: int | None = None
    concept: str = ""
    level_changes: int | None = None
    originals_ms: int | None = None


@dataclass(slots=True)
class Response:
    """What one participant did. marks: what is odd but usable, by field; also_in: other files that marks name."""

    file: str
    experiment: int
    subject_id: str
    session_id: str
    trials: list[Trial]
    survey: dict[str, Any] = field(default_factory=dict)
    build: str = ""
    language: str = ""
    duration_ms: int | None = None
    catch_asked: int = 0
    catch_failed: int = 0
    marks: list[str] = field(default_factory=list)
    also_in: list[str] = field(default_factory=list)


Parsed = list[_Session | _Question | _Practice] | dict[str, Any]


def load_json(data: bytes) -> Any:
    """What a file of a participant holds, untrusted but sound JSON; raises Rejected naming what is wrong with it."""
    if len(data) > LARGEST_FILE:
        raise Rejected(f"file: {len(data):,} bytes, a participant's file has at most {LARGEST_FILE:,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(f"file: not UTF-8 text at byte {error.start}") from None
    try:
        content = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Rejected(f"file: not JSON at line {error.lineno}, column {error.colno} ({error.msg})") from None
    except RecursionError:
        raise Rejected("file: nested too deeply to be a participant's file") from None
    except ValueError as error:  # numbers of thousands of digits
        raise Rejected(f"file: not a participant's JSON ({_short(str(error))})") from None
    return _mended(content) if re.search(r"\\u[dD][89a-fA-F]", text) else content


def rows_of(content: Any, rows: TypeAdapter) -> Any:
    """The rows, checked by a type of rows; raises Rejected naming row and field."""
    if not isinstance(content, list):
        raise Rejected("file: should be an array of rows")
    try:
        return rows.validate_python(content)
    except ValidationError as error:
        raise Rejected(_sentence(error)) from None
    except RecursionError:
        raise Rejected("file: nested too deeply to be a participant's file") from None


def parse(data: bytes) -> Parsed:
    """The rows of a file, or the object of an original one; raises Rejected naming what is wrong with it."""
    content = load_json(data)
    return content if isinstance(content, dict) else rows_of(content, _ROWS)


def study_of(parsed: Parsed) -> str | None:
    """The study that a file names; None for the original layout, which names none."""
    if isinstance(parsed, dict):
        return None
    return next((row.study_id for row in parsed if not isinstance(row, _Practice)), "")


def check(parsed: Parsed, file: str, key: Key) -> Response:
    """The response in a parsed file, held against the answer key; raises Rejected."""
    if isinstance(parsed, dict):
        if key.layout != "original":
            raise Rejected(
                "file: should be an array of rows; "
                "files of the original 2021 pages need the key that `original-key` makes"
            )
        return _original(parsed, file, key)
    if key.layout == "original":
        raise Rejected("file: an array of rows, and the answer key is one of the original 2021 pages")
    session, *rows = parsed
    if not isinstance(session, _Session):
        raise Rejected(f"row 0, trial_type: should be 'session', not {session.trial_type!r}")
    if session.study_id != key.study_id:
        raise Rejected(f"row 0, study_id: {_short(session.study_id)!r}, and the answer key is of {key.study_id!r}")
    trials, marks, seen = [], [], set()
    practised = (row.time_elapsed or 0 for row in rows if isinstance(row, _Practice))
    began = previous = max(session.time_elapsed, *practised, 0)  # when the first question came: practice is over then
    asked, failed, went_back, went_apart = 0, 0, False, False
    for index, row in enumerate(rows, 1):
        if isinstance(row, _Practice):
            continue
        if isinstance(row, _Session):
            raise Rejected(f"row {index}, trial_type: a second session in one file")
        for name in ("study_id", "experiment", "subject_id", "session_id"):
            if getattr(row, name) != getattr(session, name):
                raise Rejected(f"row {index}, {name}: differs from row 0's")
        known = key.by_id if row.trial_type == "imetric-question" else key.catch_by_id
        if row.question_id not in known:
            raise Rejected(f"row {index}, question_id: {_short(row.question_id)!r} is not in the answer key")
        if row.question_id in seen:
            raise Rejected(f"row {index}, question_id: {_short(row.question_id)!r} is answered twice")
        seen.add(row.question_id)
        question = known[row.question_id]
        picks = _picks(row, index, question)
        matched = len(question.answer_set.intersection(row.choice_ids))
        went_back |= row.time_elapsed < previous
        went_apart |= row.rt is not None and row.rt > row.time_elapsed
        previous = max(previous, row.time_elapsed)
        if row.trial_type == "imetric-catch":
            asked += 1
            failed += matched < len(question.answers)
            continue
        views, originals = row.view_history, row.original_views
        trials.append(
            Trial(
                question.id, len(trials) + 1, picks, matched, row.rt, row.confidence, clean(row.concept or ""),
                None if views is None else _level_changes(views),
                None if originals is None else sum(view.viewing_time for view in originals),
            )
        )  # fmt: skip
    if not trials:
        raise Rejected("file: not one question is answered")
    if went_back:
        marks.append("time_elapsed: goes back from one row to the next")
    if went_apart:
        marks.append("rt: longer than the time since the start")
    _mark_missing(marks, trials, key)
    return Response(
        file=file, experiment=session.experiment, subject_id=clean(session.subject_id),
        session_id=clean(session.session_id), trials=trials, survey=_survey(session.response), build=session.build_hash,
        language=clean(session.language or ""), duration_ms=previous - began, catch_asked=asked,
        catch_failed=failed, marks=marks,
    )  # fmt: skip


def _picks(row: _Question, index: int, question: KeyQuestion) -> tuple[int, ...]:
    """Places in the key's question of the picked options, after holding ids, positions and the order together."""
    wanted = len(question.answers) if row.trial_type == "imetric-question" else None
    if wanted is not None and len(row.choice_ids) != wanted:
        raise Rejected(f"row {index}, choice_ids: {len(row.choice_ids)} picks, a question takes {wanted}")
    if len(set(row.choice_ids)) < len(row.choice_ids):
        raise Rejected(f"row {index}, choice_ids: the same option is picked twice")
    try:
        picks = tuple(question.index[option] for option in row.choice_ids)
    except KeyError as error:
        raise Rejected(
            f"row {index}, choice_ids: {_short(error.args[0])!r} is not an option of {question.id}"
        ) from None
    if len(row.choice_order) != len(question.options) or set(row.choice_order) != question.index.keys():
        raise Rejected(f"row {index}, choice_order: should hold each option of {question.id} once")
    if [row.choice_order.index(option) for option in row.choice_ids] != row.response:
        raise Rejected(f"row {index}, response: does not give the places of choice_ids in choice_order")
    return picks


def _level_changes(views: Sequence[_View]) -> int | None:
    """How often the level differs from one entry to the next; None where no entry has a level."""
    levels = [view.level for view in views if view.level is not None]
    if views and not levels:
        return None
    return sum(a != b for a, b in zip(levels, levels[1:], strict=False))


def _original(content: dict[str, Any], file: str, key: Key) -> Response:
    """A file of the 2021 pages: {"name", "age", …, "1": [3, 6, 8], …}, with questions and options numbered from 1."""
    named = re.match(r"experiment([123])(?:_(.*))?\.json$", PurePath(file).name, re.IGNORECASE)
    if not named:
        raise Rejected("file name: a file of the original pages is named Experiment1_…, 2_… or 3_….json")
    numbers = {str(k): question for k, question in enumerate(key.questions, 1)}
    for name in content:
        if name.isdecimal() and name not in numbers:
            raise Rejected(f"{_short(name)}: the answer key has questions 1 to {len(numbers)}")
    trials = []
    for number, question in numbers.items():
        picks = content.get(number)
        if picks is None or picks == []:
            continue
        if not isinstance(picks, list) or not all(type(p) is int and 1 <= p <= len(question.options) for p in picks):
            raise Rejected(f"{number}: should be a list of option numbers from 1 to {len(question.options)}")
        if len(picks) != len(question.answers):
            raise Rejected(f"{number}: {len(picks)} picks, a question takes {len(question.answers)}")
        if len(set(picks)) < len(picks):
            raise Rejected(f"{number}: the same option is picked twice")
        matched = sum(str(pick) in question.answer_set for pick in picks)
        trials.append(Trial(question.id, int(number), tuple(pick - 1 for pick in picks), matched))
    if not trials:
        raise Rejected("file: not one question is answered")
    _mark_missing(marks := [], trials, key)
    survey = {"background" if k == "backgrounds" else k: v for k, v in content.items() if not k.isdecimal()}
    name = content.get("name")
    who = clean(name if isinstance(name, str) else named[2] or "")[:200]
    return Response(
        file=file, experiment=int(named[1]), subject_id=_pseudonym(who or PurePath(file).stem),
        session_id=_pseudonym(PurePath(file).stem), trials=trials, survey=_survey(survey), marks=marks,
    )  # fmt: skip


def _pseudonym(name: str) -> str:
    """The original pages know people by their names alone: the same name gives the same id, which tells it no more."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _mark_missing(marks: list[str], trials: Sequence[Trial], key: Key) -> None:
    answered = {trial.question_id for trial in trials}
    missing = [question.id for question in key.questions if question.id not in answered]
    if missing:
        marks.append(f"question_id: incomplete, {', '.join(missing)} not answered")


def _survey(given: dict[str, Any]) -> dict[str, Any]:
    """The questionnaire's known fields. age: years as a float, or None; everything else cleaned text."""
    survey: dict[str, Any] = {}
    for name in SURVEY:
        value = given.get(name)
        if name == "age":
            try:
                age = float(value)
            except (TypeError, ValueError, OverflowError):
                age = float("nan")
            survey[name] = age if 0 < age < 130 and not isinstance(value, bool) else None
        else:
            survey[name] = clean(str(value))[:200] if isinstance(value, str | int | float) else ""
    return survey


def clean(text: str) -> str:
    """Text that any file or page can hold: NFC, no control characters, no half characters, single spaces."""
    text = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _mended(content: Any) -> Any:
    """Content with U+FFFD for half characters, such as an input field leaves when it cuts an emoji in two."""
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(content, list):
        return [_mended(each) for each in content]
    if isinstance(content, dict):
        return {_mended(name): _mended(value) for name, value in content.items()}
    return content


def _short(text: str) -> str:
    text = clean(text)
    return text if len(text) <= 60 else text[:57] + "…"


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for k, name in enumerate(names) if name in names[:k])
        raise Rejected(f"{_short(double)}: is there twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise Rejected(f"file: holds {name}, which is not a number in JSON")


def _sentence(error: ValidationError) -> str:
    """The first thing pydantic found, as 'row 3, choice_ids: …'."""
    first = error.errors(include_url=False)[0]
    where = list(first["loc"])
    row = f"row {where[0]}" if where and isinstance(where[0], int) else "file"
    tags = ("session", "str", "int", "float", "bool")  # which branch of a union it was
    names = [str(part) for part in where[1:] if part not in tags and not str(part).startswith(("imetric-", "pilot-"))]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        names = ["trial_type"]
    message = first["msg"].replace("Input should be", "should be").replace("List should have", "should have")
    value = first.get("input")
    got = f", not {_short(repr(value))}" if isinstance(value, str | int | float | bool | None) else ""
    if first["type"] == "missing":
        return f"{row}, {', '.join(names)}: is missing"
    if first["type"] == "union_tag_not_found":
        return f"{row}, trial_type: is missing"
    if first["type"] == "union_tag_invalid":
        return f"{row}, trial_type: should be one of {first['ctx']['expected_tags'].replace(chr(39), '')}"
    return f"{', '.join([row, *names])}: {_short_message(message)}{got if 'not ' not in message else ''}"


def _short_message(message: str) -> str:
    return message[0].lower() + message[1:] if len(message) <= 160 else message[:159] + "…"
