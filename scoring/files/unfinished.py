"""Files of sessions that were not finished (`imetric-partial/1`): what was answered so far -> how far each came.

The pages send such a file after every question where `upload_partial` is on; the collector keeps the last one of a
session under `partial/` until the complete file is there (docs/collect.md). They enter no result but the count of who
left, and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from ..errors import Rejected, ScoringError
from .content import clean, load_json, read_bytes, rows_of
from .key import Key
from .rows import PracticeRow, QuestionRow, SessionRow, of_visit

PARTIAL = "imetric-partial/1"
COMPLETE = "imetric-response/1"
FOLDERS = ("complete", "partial")  # of what the collector received
# Of a session that has begun, also where nothing is answered yet.
BEGUN = TypeAdapter(
    Annotated[
        list[Annotated[SessionRow | QuestionRow | PracticeRow, Field(discriminator="trial_type")]],
        Field(min_length=1, max_length=5000),
    ]
)


@dataclass(frozen=True)
class Left:
    """A session that was not finished.

    answered: how many questions, catch questions among them; last: the id of the last one, "" if none.
    """

    file: str
    session_id: str
    experiment: int | str
    set: int
    answered: int
    last: str


@dataclass
class Unfinished:
    """Sessions that were not finished, and (file, reason) of what is no such file, or of a session that was."""

    sessions: list[Left] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def is_collected(folder: Path) -> bool:
    """Whether a folder is one that the collector writes."""
    return all((folder / name).is_dir() for name in FOLDERS)


def partial_beside(paths: Iterable[Path]) -> list[Path] | None:
    """The partial files of the collector's folders that are named, or whose complete files are; None where none is."""
    folders: dict[Path, None] = {}
    for path in paths:
        inside = path if path.is_dir() else path.parent
        for folder in (inside, inside.parent if inside.name == FOLDERS[0] else inside):
            if is_collected(folder):
                folders[folder] = None
    return [path for folder in folders for path in partial_in(folder / FOLDERS[1])] if folders else None


def partial_in(folder: Path) -> list[Path]:
    """The partial files in a folder, by name; raises ScoringError where there is none."""
    if not folder.is_dir():
        raise ScoringError(f"{folder} is no folder of partial files; name the collector's, such as results/partial")
    return sorted(folder.glob("*.json"))


def is_partial(rows: Any) -> bool:
    """Whether a file's content calls itself what was answered so far."""
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and rows[0].get("format") == PARTIAL


def rows_so_far(rows: list[Any]) -> list[SessionRow | QuestionRow | PracticeRow]:
    """The checked rows of a partial file, from its session row on; raises Rejected naming row and field."""
    return rows_of([{**rows[0], "format": COMPLETE}, *rows[1:]], BEGUN)


def questions_answered(content: Any) -> int:
    """How many different questions a file's content holds answers to, whatever else is in it."""
    rows = content if isinstance(content, list) else []
    answered = ("imetric-question", "imetric-catch")
    named = [row for row in rows if isinstance(row, dict) and row.get("trial_type") in answered]
    return len({str(row.get("question_id")) for row in named})


def read_unfinished(files: Sequence[Path], key: Key, finished: Iterable[str]) -> Unfinished:
    """Read partial files; finished: ids of sessions whose complete file is there, which left nowhere."""
    known, found = set(finished), Unfinished()
    for path in files:
        try:
            left = _left(read_bytes(path), str(path), key)
            if left.session_id in known:
                raise Rejected("session_id: was finished, or is in another file")
            known.add(left.session_id)
            found.sessions.append(left)
        except Rejected as reason:
            found.rejected.append((str(path), str(reason)))
    return found


def _left(data: bytes, file: str, key: Key) -> Left:
    content = load_json(data)
    if not is_partial(content):
        raise Rejected(f"file: should be an array of rows whose first has the format {PARTIAL}")
    session, *rows = rows_so_far(content)
    if not isinstance(session, SessionRow):
        raise Rejected("row 0, trial_type: should be 'session'")
    if session.study_id != key.study_id:
        raise Rejected(f"row 0, study_id: is not that of the answer key, {key.study_id}")
    if session.experiment not in key.conditions or session.set not in key.by_set:
        raise Rejected("row 0, experiment or set: is none of the answer key")
    if session.subject_kind == "observer":
        raise Rejected("row 0, subject_kind: is of a program")
    answered = [of_visit(row, k, session) for k, row in enumerate(rows, 1) if not isinstance(row, PracticeRow)]
    if any(row.question_id not in key.by_id and row.question_id not in key.catch_by_id for row in answered):
        raise Rejected("question_id: is not in the answer key")
    last = max(answered, key=lambda row: row.time_elapsed or 0).question_id if answered else ""
    return Left(file, clean(session.session_id), session.experiment, session.set, questions_answered(content), last)
