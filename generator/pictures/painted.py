"""The creature world as a picture set: painted on all cores, kept part by part."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..store import Store, source_digest
from ..workers import process_pool
from .picture_set import PictureSet, Progress, picture_digest
from .pixels import PART, Pixels, make_in_parts


def paint_world(per_class: int, size: int, seed: int, store: Store, on_progress: Progress) -> PictureSet:
    """`per_class` pictures of every kind of the creature world, painted on all cores."""
    from ..world.painter import CLASSES

    jobs = [(kind, number, seed, size) for kind in CLASSES for number in range(per_class)]
    parts = [jobs[first : first + PART] for first in range(0, len(jobs), PART)]
    world = source_digest(PACKAGE / "world" / "painter")
    pool: ProcessPoolExecutor | None = None

    def make(k: int) -> dict[str, np.ndarray]:
        nonlocal pool
        pool = pool or process_pool()
        pixels = np.empty((len(parts[k]), size, size, 3), np.uint8)
        for at, picture in enumerate(pool.map(_paint, parts[k], chunksize=16)):
            pixels[at] = picture
            on_progress(k * PART + at + 1, len(jobs))
        return {"pixels": pixels}

    try:
        made, _ = make_in_parts(store, [{"world": world, "jobs": part} for part in parts], make)
    except BrokenProcessPool as error:
        raise StudyError(
            f"painting {len(jobs)} pictures of {size} x {size} px was ended by the system, most likely because memory "
            "ran out; close other programs and run the same command again, finished work is kept"
        ) from error
    finally:
        if pool:
            pool.shutdown(wait=True, cancel_futures=True)
    labels = np.repeat(np.arange(len(CLASSES)), per_class)
    names = tuple(f"{kind}/{number:05d}" for kind, number, _, _ in jobs)
    return PictureSet(Pixels(made, size), names, labels, CLASSES, picture_digest(made, names, CLASSES))


def _paint(job: tuple[str, int, int, int]) -> np.ndarray:
    from ..world.painter import paint

    kind, number, seed, size = job
    return paint(kind, number, seed=seed, size=size).pixels
