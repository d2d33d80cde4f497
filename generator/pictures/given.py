"""Pictures as a notebook has them (PIL images, arrays, files, sequences of these) -> uint8 [N, S, S, 3]."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import StudyError
from .folder import square
from .neuron_folders import read_picture

Picture = Image.Image | np.ndarray | str | Path
ALLOWED = "a PIL image, a file, or an array [height, width, 3] or [height, width] of bytes or of numbers from 0 to 1"


def pixels_of(picture: Picture, size: int) -> np.ndarray:
    """One picture of any size -> uint8 [size, size, 3], its middle. Raises StudyError if it is none."""
    if isinstance(picture, (str, Path)):
        return read_picture(Path(picture), size)
    if isinstance(picture, Image.Image):
        return np.array(square(picture, size))
    return np.array(square(Image.fromarray(_as_bytes(picture)), size))


def pictures_of(pictures: Picture | Sequence[Picture], size: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """One picture or several -> uint8 [N, size, size, 3], and a name for each: its file's, or its number."""
    one = isinstance(pictures, (str, Path, Image.Image)) or (isinstance(pictures, np.ndarray) and pictures.ndim < 4)
    given: Sequence[Picture] = [pictures] if one else list(pictures)  # type: ignore[list-item, arg-type]
    if not given:
        raise StudyError("there is no picture among what was given")
    names = tuple(Path(each).name if isinstance(each, (str, Path)) else str(k) for k, each in enumerate(given))
    return np.stack([pixels_of(each, size) for each in given]), names


def _as_bytes(array: object) -> np.ndarray:
    """An array of a picture as uint8 [H, W, 3] or [H, W]. Raises StudyError for what is no picture."""
    if not isinstance(array, np.ndarray):
        raise StudyError(f"a picture cannot be a {type(array).__name__}: it is {ALLOWED}")
    if array.ndim not in (2, 3) or not array.size or (array.ndim == 3 and array.shape[2] != 3):
        raise StudyError(f"a picture cannot be an array of shape {list(array.shape)}: it is {ALLOWED}")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating) or not (np.nanmin(array) >= 0 and np.nanmax(array) <= 1):
        raise StudyError(f"a picture cannot be an array of {array.dtype} outside of 0 to 1: it is {ALLOWED}")
    return np.round(np.nan_to_num(array) * 255).astype(np.uint8)
