"""Ids of people and visits -> numbers that stand for them in what is shared, and the private file that knows both."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import ScoringError, first_fault
from .atomically import json_of, write_atomically

FORMAT = "imetric-pseudonyms/1"


class _Names(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    subjects: dict[str, str] = {}
    sessions: dict[str, str] = {}


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    format: str
    studies: dict[str, _Names] = {}


def pseudonyms(
    path: Path, study_id: str, subjects: Iterable[str], sessions: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """`sub-001` for each person's id and `ses-001` for each visit's, kept in a file and the same the next time.

    Who is new gets the next numbers in an order drawn afresh, so that numbers tell nothing about ids or their order:
    only the file does. It holds every study that was shared with it. Raises ScoringError if it cannot be read.
    """
    known = _read(path)
    names = known.studies.setdefault(study_id, _Names())
    _number(names.subjects, subjects, "sub")
    _number(names.sessions, sessions, "ses")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json_of(known.model_dump()))
    path.chmod(0o600)
    return names.subjects, names.sessions


def _read(path: Path) -> _File:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _File(format=FORMAT)
    try:
        found = _File.model_validate(json.loads(content))
    except ValidationError as error:
        where, what = first_fault(error)
        raise ScoringError(f"{path}: the pseudonyms cannot be read: {where}: {what}; move the file away") from None
    except ValueError as error:
        raise ScoringError(f"{path}: the pseudonyms cannot be read: {error}; move the file away") from None
    if found.format != FORMAT:
        raise ScoringError(f"{path}: format should be {FORMAT!r}, not {found.format[:60]!r}")
    return found


def _number(names: dict[str, str], ids: Iterable[str], kind: str) -> None:
    new = [each for each in dict.fromkeys(ids) if each not in names]
    random.SystemRandom().shuffle(new)
    for number, each in enumerate(new, len(names) + 1):
        names[each] = f"{kind}-{number:03d}"
