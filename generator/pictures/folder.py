"""A folder of pictures of any kind -> square pictures of one size; what cannot be read is skipped and named."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import StudyError
from ..store import Store, source_digest
from .picture_set import PictureSet, Progress, picture_digest
from .pixels import PART, Pixels, make_in_parts

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
CROP_MARGIN = 256 / 224  # the usual evaluation: shorter side to 256, middle 224 kept


@dataclass(frozen=True)
class Listing:
    """Picture files below a root, the class of each, and the classes in their order."""

    root: Path
    files: tuple[Path, ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...]

    def only(self, kept: Sequence[int]) -> Listing:
        """The files at these positions."""
        return replace(self, files=tuple(self.files[k] for k in kept), kinds=tuple(self.kinds[k] for k in kept))


def list_pictures(folder: Path) -> list[Path]:
    """Every JPEG, PNG and WebP below the folder, hidden ones left out, in the order of their names."""
    return sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not _hidden(p, folder)
    )


def list_folder(folder: Path) -> Listing:
    """The pictures of a folder; first-level subfolders are classes, without them there is one class.

    Raises StudyError if the folder does not exist or holds no picture.
    """
    if not folder.is_dir():
        raise StudyError(f"picture folder {folder} does not exist" + (" (it is a file)" if folder.exists() else ""))
    files = list_pictures(folder)
    if not files:
        raise StudyError(
            f"picture folder {folder} holds no pictures; {', '.join(SUFFIXES)} files are read, in subfolders too"
        )
    parts = [p.relative_to(folder).parts for p in files]
    kinds = [each[0] if len(each) > 1 else folder.name for each in parts]
    return Listing(folder, tuple(files), tuple(kinds), tuple(sorted(set(kinds))))


def read_files(
    listing: Listing,
    size: int,
    store: Store,
    on_progress: Progress,
    crop: Callable[[Image.Image, int], Any] | None = None,
) -> PictureSet:
    """The pictures of a listing, cropped by `crop` (default: `square`).

    Raises StudyError if none of them can be read.
    """
    crop = crop or square
    folder, files = listing.root, listing.files
    names = [p.relative_to(folder).as_posix() for p in files]
    firsts = range(0, len(files), PART)
    reader = [source_digest(Path(__file__), Path(inspect.getfile(crop))), crop.__name__]
    depends_on = [
        {"reader": reader, "size": size, "files": [[n, _file_digest(f)] for n, f in _some(names, files, first)]}
        for first in firsts
    ]

    def make(k: int) -> dict[str, np.ndarray]:
        paths = files[firsts[k] : firsts[k] + PART]
        pixels = np.empty((len(paths), size, size, 3), np.uint8)
        reasons: list[str] = []
        usable = np.zeros(len(paths), bool)
        with ThreadPoolExecutor() as pool:
            for at, result in enumerate(pool.map(lambda path: _try(path, size, crop), paths)):
                reasons.append(result if isinstance(result, str) else "")
                usable[at] = not isinstance(result, str)
                if usable[at]:
                    pixels[at] = result
                on_progress(firsts[k] + at + 1, len(files))
        return {
            "pixels": pixels if usable.all() else pixels[usable],
            "usable": usable,
            "reasons": np.frombuffer("\n".join([*reasons, ""]).encode(), np.uint8),
        }

    parts, others = make_in_parts(store, depends_on, make)
    usable = np.concatenate([arrays["usable"] for arrays in others])
    reasons = [line for arrays in others for line in arrays["reasons"].tobytes().decode().split("\n")[:-1]]
    skipped = tuple((n, reason) for n, reason, ok in zip(names, reasons, usable, strict=True) if not ok)
    if not usable.any():
        raise StudyError(
            f"none of the {len(files)} pictures in {folder} can be read; the first, {skipped[0][0]}: {skipped[0][1]}"
        )
    kept = tuple(name for name, ok in zip(names, usable, strict=True) if ok)
    kinds = [kind for kind, ok in zip(listing.kinds, usable, strict=True) if ok]
    classes = tuple(kind for kind in listing.classes if kind in set(kinds))
    labels = np.array([classes.index(kind) for kind in kinds])
    return PictureSet(Pixels(parts, size), kept, labels, classes, picture_digest(parts, kept, classes), skipped)


def _some(names: list[str], files: Sequence[Path], first: int) -> list[tuple[str, Path]]:
    return list(zip(names[first : first + PART], files[first : first + PART], strict=True))


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"


def _try(path: Path, size: int, crop: Callable[[Image.Image, int], Any]) -> np.ndarray | str:
    """The picture, or why it cannot be used."""
    try:
        with path.open("rb") as file, Image.open(file) as picture:
            return np.asarray(crop(picture, size))
    except UnidentifiedImageError:
        return "not a picture"
    except Image.DecompressionBombError:
        return "more pixels than can be opened safely"
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return (reason or type(error).__name__).splitlines()[0]


def square(picture: Image.Image, size: int) -> np.ndarray:
    """Any picture -> uint8 [size, size, 3]: turned upright, on white where transparent, middle of it, sRGB values."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("I;16", "I;16B", "I;16L", "I"):
        picture = Image.fromarray((np.asarray(picture).astype(np.float64) / 257.0).clip(0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(paper, picture)
    picture = picture.convert("RGB")
    shorter = min(picture.size)
    if max(picture.size) > 4 * shorter:  # a strip: only its middle is kept, so only that is enlarged
        left, top = ((side - min(side, 4 * shorter)) // 2 for side in picture.size)
        picture = picture.crop((left, top, picture.width - left, picture.height - top))
    if picture.size != (size, size):
        target = round(size * CROP_MARGIN)
        scale = target / min(picture.size)
        width, height = (max(round(side * scale), target) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        left, top = (width - size) // 2, (height - size) // 2
        picture = picture.crop((left, top, left + size, top + size))
    return np.asarray(picture)
