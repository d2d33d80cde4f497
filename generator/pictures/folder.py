"""A folder of pictures of any kind -> where each of them lies, and how it becomes a square of one size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ..errors import StudyError
from .shards import list_shard
from .sources import Crop, FileSource, Listing

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHARD = ".tar"
CROP_MARGIN = 256 / 224  # the usual evaluation: shorter side to 256, middle 224 kept


def list_pictures(folder: Path) -> list[Path]:
    """Every JPEG, PNG and WebP below the folder, hidden ones left out, in the order of their names."""
    return [path for path in _files(folder) if path.suffix.lower() in SUFFIXES]


def list_folder(folder: Path) -> Listing:
    """The pictures of a folder, those in its tar shards among them; first-level subfolders are classes.

    Without subfolders there is one class; the samples of a shard may name their own. Raises StudyError if the folder
    does not exist, holds no picture, or a shard cannot be read.
    """
    if not folder.is_dir():
        raise StudyError(f"picture folder {folder} does not exist" + (" (it is a file)" if folder.exists() else ""))
    root = folder.absolute()  # whoever reads a picture may run in another folder
    found: list[tuple[FileSource, str]] = []
    for path in _files(folder):
        if path.suffix.lower() == SHARD:
            found += list_shard(folder, path, SUFFIXES, square)
        elif path.suffix.lower() in SUFFIXES:
            parts = path.relative_to(folder).parts
            found.append((FileSource("/".join(parts), root, square), parts[0] if len(parts) > 1 else folder.name))
    if not found:
        raise StudyError(
            f"picture folder {folder} holds no pictures; {', '.join(SUFFIXES)} files are read, in subfolders and "
            f"{SHARD} shards too"
        )
    kinds = tuple(kind for _, kind in found)
    return Listing(str(folder), tuple(source for source, _ in found), kinds, tuple(sorted(set(kinds))))


def listing_of(
    root: Path, files: Iterable[Path], kinds: Iterable[str], classes: tuple[str, ...], crop: Crop
) -> Listing:
    """Files below a root, the class of each, and how they are cropped."""
    sources = tuple(FileSource(path.relative_to(root).as_posix(), root.absolute(), crop) for path in files)
    return Listing(str(root), sources, tuple(kinds), classes)


def _files(folder: Path) -> list[Path]:
    """Files below a folder, hidden ones left out, in the order of their names."""
    wanted = (*SUFFIXES, SHARD)
    return sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in wanted and p.is_file() and not _hidden(p, folder)
    )


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


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
