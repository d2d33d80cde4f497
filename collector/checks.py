"""The body of a request, untrusted -> a checked file of one session; what the study's pages cannot send is refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import Field, TypeAdapter

from scoring.errors import Rejected
from scoring.files.content import LARGEST_FILE, load_json, rows_of
from scoring.files.rows import PracticeRow, QuestionRow, SessionRow, of_visit

from .errors import Refused
from .study import Condition, PublicStudy

LARGEST_BODY = LARGEST_FILE  # bytes of a request; the file in it is no larger
PARTIAL = "imetric-partial/1"  # the format of what was answered so far; no reader of complete files takes it
COMPLETE = "imetric-response/1"
SESSION = re.compile(r"[0-9a-f]{16}")
ROWS = TypeAdapter(
    Annotated[
        list[Annotated[SessionRow | QuestionRow | PracticeRow, Field(discriminator="trial_type")]],
        Field(min_length=1, max_length=5000),
    ]
)


@dataclass(frozen=True)
class Submission:
    """A checked file. content: its bytes without the typed name; name: that, "" if none; answered: its questions."""

    condition: int | str
    set: int
    session_id: str
    partial: bool
    content: bytes
    name: str
    answered: int

    def file_name(self, study_id: str) -> str:
        """As the pages name it; all its parts are checked."""
        return f"imetric_exp{self.condition}_{study_id}_{self.session_id}.json"


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
        partial = _is_partial(rows)
        parsed = rows_of([{**rows[0], "format": COMPLETE}, *rows[1:]] if partial else rows, ROWS)
        condition, group, session = _session(parsed, study)
        answered = _questions(parsed, condition, group, session)
        if not partial and not answered:
            raise Rejected("file: not one question is answered")
    except Rejected as reason:
        raise Refused(400, "INVALID_DATA", str(reason)) from None
    if condition.experiment and request["experimentID"] != condition.experiment:
        raise Refused(400, "EXPERIMENT_NOT_FOUND", "experimentID is not that of this study")
    expected = re.escape(f"imetric_exp{condition.name}_{study.study_id}_{session.session_id}")
    if not re.fullmatch(rf"{expected}(_\d{{1,6}}|_partial)?\.json", request["filename"]):
        raise Refused(400, "INVALID_DATA", "filename is not that of the session in the file")
    name = rows[0].get("response", {}).pop("name", "") if isinstance(rows[0].get("response"), dict) else ""
    content = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return Submission(
        condition.name, group, session.session_id, partial, content, "" if partial else str(name), answered
    )  # fmt: skip


def summary_of(content: bytes) -> tuple[int | str, int]:
    """The condition and the set of a stored file; raises ValueError for a file that is none."""
    try:
        session = json.loads(content)[0]
        return session["experiment"], session.get("set", 1)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("not a participant's file") from None


def _missing(sentence: str) -> NoReturn:
    raise Refused(400, "MISSING_PARAMETER", f"the request is not as DataPipe's: {sentence}")


def _is_partial(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and rows[0].get("format") == PARTIAL


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
    if not SESSION.fullmatch(session.session_id):
        raise Rejected("row 0, session_id: should be 16 hexadecimal digits")
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
