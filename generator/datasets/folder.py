"""A folder of pictures of any kind -> square pictures of one size; what cannot be read is skipped and named."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import StudyError
from ..store import Store
from . import PictureSet, Progress, picture_digest

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
CROP_MARGIN = 256 / 224  # the usual evaluation: shorter side to 256, middle 224 kept


def read_folder(folder: Path, size: int, store: Store, on_progress: Progress) -> PictureSet:
    """Every JPEG, PNG and WebP below the folder; first-level subfolders are classes, without them there is one class.

    Raises StudyError if the folder does not exist or holds no readable picture.
    """
    if not folder.is_dir():
        raise StudyError(f"picture folder {folder} does not exist" + (" (it is a file)" if folder.exists() else ""))
    files = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not p.name.startswith(".")
    )
    if not files:
        raise StudyError(
            f"picture folder {folder} holds no pictures; {', '.join(SUFFIXES)} files are read, in subfolders too"
        )
    names = [p.relative_to(folder).as_posix() for p in files]
    contents: list[bytes | OSError] = []
    digest = hashlib.sha256(str(size).encode())
    for name, path in zip(names, files, strict=True):
        try:
            content: bytes | OSError = path.read_bytes()
        except OSError as error:
            content = error
        digest.update(name.encode())
        digest.update(hashlib.sha256(content).digest() if isinstance(content, bytes) else b"unreadable")
        contents.append(content)

    def make() -> dict[str, np.ndarray]:
        pixels = np.empty((len(files), size, size, 3), np.uint8)
        reasons = [""] * len(files)
        with ThreadPoolExecutor() as pool:
            for done, result in enumerate(pool.map(lambda content: _try(content, size), contents)):
                if isinstance(result, str):
                    reasons[done] = result
                else:
                    pixels[done] = result
                on_progress(done + 1, len(files))
        usable = np.array([not reason for reason in reasons])
        return {
            "pixels": pixels[usable],
            "usable": usable,
            "reasons": np.frombuffer("\n".join([*reasons, ""]).encode(), np.uint8),
        }

    arrays, cached = store.get("pictures", {"reader": 1, "folder": digest.hexdigest(), "size": size}, make)
    usable = arrays["usable"]
    reasons = arrays["reasons"].tobytes().decode().split("\n")[:-1]
    skipped = tuple((n, reason) for n, reason, ok in zip(names, reasons, usable, strict=True) if not ok)
    if not usable.any():
        raise StudyError(
            f"none of the {len(files)} pictures in {folder} can be read; the first, {skipped[0][0]}: {skipped[0][1]}"
        )
    kept = tuple(name for name, ok in zip(names, usable, strict=True) if ok)
    tops = [name.split("/")[0] if "/" in name else "" for name in kept]
    classes = tuple(sorted(set(tops)))
    labels = np.array([classes.index(top) for top in tops])
    shown = tuple(name or folder.name for name in classes)
    return PictureSet(
        arrays["pixels"], kept, labels, shown, picture_digest(arrays["pixels"], kept, shown), skipped, cached
    )


def _try(content: bytes | OSError, size: int) -> np.ndarray | str:
    """The picture, or why it cannot be used."""
    if isinstance(content, OSError):
        return str(content.strerror or content)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return square(picture, size)
    except UnidentifiedImageError:
        return "not a picture"
    except Image.DecompressionBombError:
        return "more pixels than can be opened safely"
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        return (str(error) or type(error).__name__).splitlines()[0]


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
    if picture.size != (size, size):
        target = round(size * CROP_MARGIN)
        scale = target / min(picture.size)
        width, height = (max(round(side * scale), target) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        left, top = (width - size) // 2, (height - size) // 2
        picture = picture.crop((left, top, left + size, top + size))
    return np.asarray(picture)
