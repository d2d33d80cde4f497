"""Pictures: the settings of [data] -> a set of pictures of one size, with names, classes and a hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..config import DataSettings
from ..store import Store, digest_of, digest_of_arrays

Progress = Callable[[int, int], None]  # pictures done, of how many


@dataclass(frozen=True)
class PictureSet:
    """Pictures of one size.

    pixels: uint8 [N, S, S, 3]; names: N names, unique; labels: int [N], index into classes; digest: hash of pixels,
    names and classes; skipped: (file, why) of files that could not be used; cached: nothing had to be read or painted.
    """

    pixels: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    skipped: tuple[tuple[str, str], ...] = ()
    cached: bool = field(default=False, compare=False)


def load_pictures(settings: DataSettings, size: int, seed: int, store: Store, on_progress: Progress) -> PictureSet:
    """All pictures at size x size pixels. Raises StudyError if there are none."""
    if settings.kind == "folder":
        from .folder import read_folder

        assert settings.path is not None  # checked by the settings themselves
        return read_folder(settings.path, size, store, on_progress)
    return paint_world(settings.per_class, size, seed, store, on_progress)


def paint_world(per_class: int, size: int, seed: int, store: Store, on_progress: Progress) -> PictureSet:
    """`per_class` pictures of every kind of the creature world, painted on all cores."""
    from .world import CLASSES

    jobs = [(kind, number, seed, size) for kind in CLASSES for number in range(per_class)]
    depends_on = {
        "world": _source_digest(Path(__file__).parent / "world"),
        "per_class": per_class,
        "size": size,
        "seed": seed,
    }

    def make() -> dict[str, np.ndarray]:
        pixels = np.empty((len(jobs), size, size, 3), np.uint8)
        # Spawned, not forked: a fork of a process with torch's threads can hang.
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
            for done, picture in enumerate(pool.map(_paint, jobs, chunksize=16)):
                pixels[done] = picture
                on_progress(done + 1, len(jobs))
        return {"pixels": pixels}

    arrays, cached = store.get("pictures", depends_on, make)
    labels = np.repeat(np.arange(len(CLASSES)), per_class)
    names = tuple(f"{kind}/{number:05d}" for kind, number, _, _ in jobs)
    return PictureSet(
        arrays["pixels"], names, labels, CLASSES, picture_digest(arrays["pixels"], names, CLASSES), cached=cached
    )


def _paint(job: tuple[str, int, int, int]) -> np.ndarray:
    from .world import paint

    kind, number, seed, size = job
    return paint(kind, number, seed=seed, size=size).pixels


def _source_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for source in sorted(folder.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def picture_digest(pixels: np.ndarray, names: tuple[str, ...], classes: tuple[str, ...]) -> str:
    """A hash of a picture set's content."""
    return digest_of([digest_of_arrays({"pixels": pixels}), names, classes])
