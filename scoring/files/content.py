"""A participant's file -> the JSON it holds, cleaned and checked by a type of rows. Every file is untrusted."""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from pathlib import Path
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from ..errors import Rejected

LARGEST_FILE = 5_000_000  # bytes; a session of ten questions takes some 10,000


def read_bytes(path: Path) -> bytes:
    """A file's bytes; raises Rejected for whatever is not an ordinary file of sensible size."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise Rejected("file: is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise Rejected("file: not an ordinary file")
        if status.st_size > LARGEST_FILE:
            raise Rejected(f"file: {status.st_size:,} bytes, a participant's file has at most {LARGEST_FILE:,}")
        return path.read_bytes()
    except OSError as error:
        raise Rejected(f"file: cannot be read ({error.strerror or error})") from None
    except ValueError as error:  # a name with a null character
        raise Rejected(f"file: cannot be read ({error})") from None


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
        raise Rejected(f"file: not a participant's JSON ({shortened(str(error))})") from None
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


def clean(text: str) -> str:
    """Text that any file or page can hold: NFC, no control characters, no half characters, single spaces."""
    text = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def shortened(text: str) -> str:
    text = clean(text)
    return text if len(text) <= 60 else text[:57] + "…"


def _mended(content: Any) -> Any:
    """Content with U+FFFD for half characters, such as an input field leaves when it cuts an emoji in two."""
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(content, list):
        return [_mended(each) for each in content]
    if isinstance(content, dict):
        return {_mended(name): _mended(value) for name, value in content.items()}
    return content


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for k, name in enumerate(names) if name in names[:k])
        raise Rejected(f"{shortened(double)}: is there twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise Rejected(f"file: holds {name}, which is not a number in JSON")


def _sentence(error: ValidationError) -> str:
    """The first thing pydantic found, as 'row 3, choice_ids: …'."""
    first = error.errors(include_url=False)[0]
    where = list(first["loc"])
    row = f"row {where[0]}" if where and isinstance(where[0], int) else "file"
    tags = ("session", "str", "int", "float", "bool")  # which branch of a union it was
    named = [str(part) for part in where[1:] if part not in tags and not str(part).startswith(("imetric-", "pilot-"))]
    names = [name for name in map(shortened, named) if name]  # participants' files name some fields themselves
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        names = ["trial_type"]
    message = first["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "should be").replace("List should have", "should have")
    value = first.get("input")
    got = f", not {shortened(repr(value))}" if isinstance(value, str | int | float | bool | None) else ""
    if first["type"] == "missing":
        return f"{row}, {', '.join(names)}: is missing"
    if first["type"] == "union_tag_not_found":
        return f"{row}, trial_type: is missing"
    if first["type"] == "union_tag_invalid":
        return f"{row}, trial_type: should be one of {first['ctx']['expected_tags'].replace(chr(39), '')}"
    return f"{', '.join([row, *names])}: {_short_message(message)}{got if 'not ' not in message else ''}"


def _short_message(message: str) -> str:
    return message[0].lower() + message[1:] if len(message) <= 160 else message[:159] + "…"
