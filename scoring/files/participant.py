"""One participant's file, in either layout -> a checked response; whatever is wrong is named by its field."""

from __future__ import annotations

from typing import Any

from ..errors import Rejected
from .content import load_json, rows_of
from .key import Key
from .original import response_of_original
from .response import Response
from .rows import ROWS, PracticeRow, QuestionRow, SessionRow, response_of_rows

Parsed = list[SessionRow | QuestionRow | PracticeRow] | dict[str, Any]


def parse(data: bytes) -> Parsed:
    """The rows of a file, or the object of an original one; raises Rejected naming what is wrong with it."""
    content = load_json(data)
    return content if isinstance(content, dict) else rows_of(content, ROWS)


def study_of(parsed: Parsed) -> str | None:
    """The study that a file names; None for the original layout, which names none."""
    if isinstance(parsed, dict):
        return None
    return next((row.study_id for row in parsed if not isinstance(row, PracticeRow)), "")


def check(parsed: Parsed, file: str, key: Key) -> Response:
    """The response in a parsed file, held against the answer key; raises Rejected."""
    if isinstance(parsed, dict):
        if key.layout != "original":
            raise Rejected(
                "file: should be an array of rows; "
                "files of the original 2021 pages need the key that `original-key` makes"
            )
        return response_of_original(parsed, file, key)
    if key.layout == "original":
        raise Rejected("file: an array of rows, and the answer key is one of the original 2021 pages")
    return response_of_rows(parsed, file, key)
