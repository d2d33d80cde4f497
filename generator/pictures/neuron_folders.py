"""Files that somebody else made, in a folder for each neuron: which there are, in which order, what they hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import StudyError
from .folder import SUFFIXES, square


def neuron_folders(path: Path, setting: str) -> dict[int, Path]:
    """The folders below `path` whose names are numbers of neurons. Raises StudyError naming the setting."""
    if not path.is_dir():
        raise StudyError(f"{setting} = {path} does not exist" + (" (it is a file)" if path.exists() else ""))
    found = {int(p.name): p for p in path.iterdir() if p.is_dir() and re.fullmatch(r"\d{1,9}", p.name)}
    if not found:
        raise StudyError(f"{setting} = {path} must hold a folder for each neuron, named by its number, and holds none")
    return dict(sorted(found.items()))


def is_picture(path: Path) -> bool:
    """Whether a file is named as a picture."""
    return path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")


def natural(path: Path) -> tuple[Any, ...]:
    """Sorts option2 before option10."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name))


def read_picture(path: Path, size: int) -> np.ndarray:
    """A picture as uint8 [size, size, 3]. Raises StudyError if it cannot be read."""
    try:
        with Image.open(path) as picture:
            return np.array(square(picture, size))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        why = "not a picture" if isinstance(error, UnidentifiedImageError) else str(error).splitlines()[0]
        raise StudyError(f"{path} cannot be used: {why}") from error


def read_json(path: Path, what: str) -> Any:
    """What a JSON file holds. Raises StudyError calling the file `what`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError(f"{what} {path} does not exist") from error
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise StudyError(f"{what} {path} is not JSON ({str(error).splitlines()[0]})") from error


def digest_of_files(path: Path, neurons: Sequence[int] | None = None) -> str:
    """A hash of every file of [gridcam] path, in the folders of these neurons (None: of all). Raises StudyError."""
    digest = hashlib.sha256()
    for neuron in neuron_folders(path, "[gridcam] path") if neurons is None else neurons:
        for file in sorted(p for p in (path / str(neuron)).rglob("*") if p.is_file()):
            digest.update(file.relative_to(path).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
