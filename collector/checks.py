"""The body of a request, untrusted -> a checked file of one session; what the study's pages cannot send is refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from scoring.errors import Rejected
from scoring.files.content import LARGEST_FILE, load_json, rows_of
from scoring.files.pilot import FORMAT as PILOT_FORMAT
from scoring.files.pilot import PILOT_ROWS, IterationsRow, PilotSession
from scoring.files.rows import PracticeRow, SessionRow, of_visit
from scoring.files.unfinished import BEGUN, is_partial, questions_answered, rows_so_far

from .errors import Refused
from .study import PILOT, Condition, Pilot, PublicStudy

LARGEST_BODY = LARGEST_FILE  # bytes of a request; the file in it is no larger
SESSION = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Submission:
    """A checked file. content: its bytes without the typed name; name: that, "" if none; answered: its questions."""

    study_id: str
    condition: int | str
    set: int
    session_id: str
    partial: bool
    content: bytes
    name: str
    answered: int

    @property
    def file_name(self) -> str:
        """As the pages name it; all its parts are checked."""
        return f"imetric_exp{self.condition}_{self.study_id}_{self.session_id}.json"


def read_submission(body: bytes, study: PublicStudy) -> Submission:
    """A request's body, JSON {experimentID, filename, data}, checked; raises Refused (400 for whatever is wrong)."""
    try:
        request = load_json(body)
    except Rejected as reason:
        raise Refused(400, "INVALID_DATA", f"the request is not sound: {reason}") from None
    if not isinstance(request, dict):
        _missing("should be an object with experimentID, filename and data")
    for field in ("experimentID", "filename", "data"):
        if not isinstance(request.get(field), str) or not request[field]:
            _missing(f"{field} should be there, as text")
    try:
        rows = load_json(request["data"].encode("utf-8", "replace"))
        if study.pilot and _format(rows) == PILOT_FORMAT:
            asked, found = study.pilot.experiment, _pilot(rows, study.pilot)
        else:
            asked, found = _response(rows, study)
    except Rejected as reason:
        raise Refused(400, "INVALID_DATA", str(reason)) from None
    if asked and request["experimentID"] != asked:
        raise Refused(400, "EXPERIMENT_NOT_FOUND", "experimentID is not that of this study")
    if not re.fullmatch(rf"{re.escape(found.file_name[:-5])}(_\d{{1,6}}|_partial)?\.json", request["filename"]):
        raise Refused(400, "INVALID_DATA", "filename is not that of the session in the file")
    name = rows[0].get("response", {}).pop("name", "") if isinstance(rows[0].get("response"), dict) else ""
    content = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return replace(found, content=content, name="" if found.partial else str(name))


def summary_of(content: bytes) -> tuple[tuple[int | str, int], int]:
    """A stored file's condition and set, and how many questions it answers; raises ValueError for what is none."""
    try:
        rows = json.loads(content)
        return (rows[0]["experiment"], rows[0].get("set", 1)), questions_answered(rows)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("not a participant's file") from None


def _missing(sentence: str) -> NoReturn:
    raise Refused(400, "MISSING_PARAMETER", f"the request is not as DataPipe's: {sentence}")


def _format(rows: Any) -> Any:
    return rows[0].get("format") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None


def _response(rows: Any, study: PublicStudy) -> tuple[str, Submission]:
    """The experimentID and the file of a session of a condition, complete or not; raises Rejected."""
    partial = is_partial(rows)
    parsed = rows_so_far(rows) if partial else rows_of(rows, BEGUN)
    condition, group, session = _session(parsed, study)
    answered = _questions(parsed, condition, group, session)
    if not partial and not answered:
        raise Rejected("file: not one question is answered")
    return condition.experiment, Submission(
        study.study_id, condition.name, group, session.session_id, partial, b"", "", answered
    )


def _pilot(rows: Any, pilot: Pilot) -> Submission:
    """The file of a session of the pilot; raises Rejected."""
    session, *tasks = rows_of(rows, PILOT_ROWS)
    if not isinstance(session, PilotSession):
        raise Rejected("row 0, trial_type: should be 'session'")
    if session.study_id != pilot.study_id:
        raise Rejected("row 0, study_id: is of another study")
    _check_session_id(session.session_id)
    seen: set[str] = set()
    for index, row in enumerate(tasks, 1):
        if isinstance(row, PilotSession):
            raise Rejected(f"row {index}, trial_type: a second session in one file")
        for name in ("study_id", "subject_id", "session_id"):
            if getattr(row, name) != getattr(session, name):
                raise Rejected(f"row {index}, {name}: differs from row 0's")
        task = pilot.tasks.get(row.question_id)
        if task is None or row.question_id in seen:
            raise Rejected(f"row {index}, question_id: is no task of the pilot, or answered twice")
        seen.add(row.question_id)
        if (row.trial_type, row.neuron, row.method) != (f"pilot-{task.part}", task.neuron, task.method):
            raise Rejected(f"row {index}, trial_type, neuron or method: is not that of the task")
        if isinstance(row, IterationsRow) and row.response.iterations not in task.iterations:
            raise Rejected(f"row {index}, response, iterations: is none of those shown")
    return Submission(pilot.study_id, PILOT, 1, session.session_id, False, b"", "", len(seen))


def _check_session_id(session_id: str) -> None:
    if not SESSION.fullmatch(session_id):
        raise Rejected("row 0, session_id: should be 16 hexadecimal digits")


def _session(parsed: list[Any], study: PublicStudy) -> tuple[Condition, int, SessionRow]:
    """What the first row tells: the condition, the set, the row; raises Rejected."""
    session = parsed[0]
    if not isinstance(session, SessionRow):
        raise Rejected("row 0, trial_type: should be 'session'")
    if session.study_id != study.study_id:
        raise Rejected("row 0, study_id: is of another study")
    if session.subject_kind == "observer" or session.observer is not None:
        raise Rejected("row 0, subject_kind: is of an observer, and pages send what people answer")
    if session.time_elapsed is None:
        raise Rejected("row 0, time_elapsed: is null, as in observers' files only")
    condition = study.conditions.get(session.experiment)
    if condition is None:
        raise Rejected("row 0, experiment: is no condition of this study")
    group = session.set
    if group not in condition.sets:
        raise Rejected("row 0, set: is no set of this study")
    _check_session_id(session.session_id)
    return condition, group, session


def _questions(parsed: list[Any], condition: Condition, group: int, session: SessionRow) -> int:
    """How many questions are answered, each held against what the page asks; raises Rejected."""
    seen: set[str] = set()
    for index, each in enumerate(parsed[1:], 1):
        if isinstance(each, PracticeRow):
            continue
        row = of_visit(each, index, session)
        if row.question_id not in condition.sets[group] or row.question_id in seen:
            raise Rejected(f"row {index}, question_id: is not asked in this set, or answered twice")
        seen.add(row.question_id)
        asked = condition.questions[row.question_id]
        if asked.catch != (row.trial_type == "imetric-catch"):
            raise Rejected(f"row {index}, trial_type: is not that of the question")
        if len(row.choice_order) != len(asked.options) or set(row.choice_order) != asked.options:
            raise Rejected(f"row {index}, choice_order: should hold each option of the question once")
        if len(set(row.choice_ids)) != asked.choices or len(row.choice_ids) != asked.choices:
            raise Rejected(f"row {index}, choice_ids: should be {asked.choices} options, each once")
        if not asked.options.issuperset(row.choice_ids):
            raise Rejected(f"row {index}, choice_ids: holds what is no option of the question")
        if [row.choice_order.index(option) for option in row.choice_ids] != row.response:
            raise Rejected(f"row {index}, response: does not give the places of choice_ids in choice_order")
    return len(seen)
