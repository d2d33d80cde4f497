"""Study settings: a TOML file with what differs from the defaults, and the command line's words -> a checked Study."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ..errors import StudyError
from .model import DOWNLOAD
from .study import Study

# Settings that name files or folders: relative to the study file, and no part of what a study is.
PATHS = (
    ("data", "path"), ("model", "weights"), ("model", "dictionary"), ("visualization", "path"), ("questions", "path"),
    ("questions", "answer_file"), ("gridcam", "path"), ("observers", "weights"),
)  # fmt: skip

# A method's folder of given pictures is one of them, too: [visualizations.NAME] path.
METHODS = "visualizations"

# Settings that may hold values of several types, and what is said of any other.
UNIONS = {
    ("data", "debias"): "should be two whole numbers, the fewest and the most, or false",
    ("analysis", "contrasts"): "should be pairs of conditions, [condition, against]",
    ("model", "tokens"): "should be 'mean', 'class', 'each' or the number of a token",
}

# The creature network looks at 128 px where the paper's looks at 224: the same change per pixel is a step of 128 / 224,
# and fainter noise leaves its pictures cleaner. Everything else is the paper's.
WORLD_VISUALIZATION: dict[str, Any] = {"step_size": 0.57, "noise_sd": 0.1}
# Of networks that nobody made robust the paper's method shows noise (docs/methods.md, benchmarks/methods.py).
NOT_ROBUST: dict[str, Any] = {"method": "maco"}


def load_study(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Study:
    """A study file (or none) with the command line's settings on top -> a Study.

    overrides: nested like the file, {"data": {"kind": "folder", ...}}. Paths in the file are relative to the file.
    Raises StudyError naming file, field, value and what is allowed.
    """
    values = _read(path) if path is not None else {}
    for section, fields in (overrides or {}).items():
        values[section] = _overridden(section, values.get(section, {}), fields)
    own, visualization = _of_the_network(values.get("model", {})), values.get("visualization", {})
    if own and isinstance(visualization, Mapping):
        values["visualization"] = {**own, **visualization}
    if own and isinstance(methods := values.get(METHODS), Mapping):
        values[METHODS] = {
            name: {**own, **method} if isinstance(method, Mapping) else method for name, method in methods.items()
        }
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        raise StudyError(_sentence("settings" if path is None else str(path), error)) from error


def _of_the_network(model: object) -> dict[str, Any]:
    """What visualizations of a network take where neither a study nor a call says anything else.

    The paper's method is for networks made robust: the world's, and torchvision's with weights of one's own, as the
    paper's is. All others are known not to be, or nothing is known of them (functions, modules of a notebook): maco
    shows something of either.
    """
    if not isinstance(model, Mapping):
        return {}
    name = str(model.get("name", "world"))
    if name == "world":
        return WORLD_VISUALIZATION
    ones_own = name.startswith("torchvision:") and str(model.get("weights")) != DOWNLOAD
    return {} if ones_own else NOT_ROBUST


def _read(path: Path) -> dict[str, Any]:
    """What a study file says, its paths made absolute. Raises StudyError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError(f"study file {path} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"study file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"study file {path} is not valid TOML: {error}") from error
    methods = values.get(METHODS)
    places = [(values.get(section), key) for section, key in PATHS]
    places += [(method, "path") for method in methods.values()] if isinstance(methods, dict) else []
    for entries, key in places:
        if isinstance(entries, dict) and isinstance(entries.get(key), str) and entries[key] != DOWNLOAD:
            entries[key] = str((path.parent / entries[key]).resolve())
    return values


def _overridden(section: str, section_values: Any, fields: Any) -> Any:
    """A section of the file with the command line's settings on top; what is no section is left for the check."""
    if not isinstance(fields, Mapping):
        return fields
    if not isinstance(section_values, Mapping):
        return section_values
    if section == "data" and section_values.get("kind", "world") not in ("world", "folder"):
        fields = {key: value for key, value in fields.items() if key != "kind"}  # only its path is another
    return {**section_values, **fields}


def _sentence(where: str, error: ValidationError) -> str:
    """The first thing wrong, as one sentence."""
    first = error.errors()[0]
    location = [part for part in first["loc"] if isinstance(part, str)]  # an element's number belongs to its field
    union = UNIONS.get((location[0], location[1])) if len(location) > 1 else None
    location = location[:2] if union else location
    section, field = ".".join(location[:-1]), location[-1] if location else ""
    place = f"[{section}] {field}" if section else field
    if first["type"] == "extra_forbidden":
        allowed = list(_section_at(location[:-1]).model_fields)
        near = difflib.get_close_matches(field, allowed, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"allowed are {', '.join(allowed)}"
        return f"{where}: {place} is not a setting; {hint}"
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if first["type"] == "value_error":
        if field in _section_at(location[:-1]).model_fields and len(location) > 1:
            return f"{where}: {place} {message}"
        return f"{where}: {'[' + '.'.join(location) + '] ' if location else ''}{message}"
    if first["type"] == "model_type":
        message = f"is a section, [{field}], with settings of its own"
    elif union:
        message = union
    elif first["type"] in ("missing", "too_long"):  # of three numbers, some are not there or too many
        message = "should be three numbers"
    return f"{where}: {place} = {first['input']!r} is not allowed: it {message}"


def _section_at(location: Sequence[str]) -> type[BaseModel]:
    """The settings at a place of the study file; names of declared sections and of lists' elements are passed over."""
    model: type[BaseModel] = Study
    for part in location:
        if part in model.model_fields:
            kind = model.model_fields[part].annotation
            inner = [each for each in get_args(kind) if isinstance(each, type) and issubclass(each, BaseModel)]
            model = inner[0] if inner else kind  # type: ignore[assignment]
    return model
