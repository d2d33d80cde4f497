"""Pictures: the settings of [data] -> a set of pictures of one size, with names, classes and a hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..store import Store, digest_of, source_digest
from ..study import DataSettings
from ..workers import process_pool
from .pixels import PART, Part, Pixels, make_in_parts

Progress = Callable[[int, int], None]  # pictures done, of how many


@dataclass(frozen=True)
class PictureSet:
    """Pictures of one size.

    pixels: uint8 [N, S, S, 3], on disk; names: N names, unique; labels: int [N], index into classes; digest: hash of
    pixels, names and classes; skipped: (file, why) of files that could not be used.
    """

    pixels: Pixels
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def stems(self) -> tuple[str, ...]:
        """The names without their endings."""
        return tuple(PurePosixPath(name).with_suffix("").as_posix() for name in self.names)


def load_pictures(settings: DataSettings, size: int, seed: int, store: Store, on_progress: Progress) -> PictureSet:
    """All pictures at size x size pixels, or what debiasing leaves of them. Raises StudyError if there are none."""
    if settings.kind == "world":
        return paint_world(settings.per_class, size, seed, store, on_progress)
    from .debias import debias
    from .folder import list_folder, read_files, square
    from .restricted_imagenet import evaluation_crop, list_restricted

    assert settings.path is not None  # checked by the settings themselves
    restricted = settings.kind == "restricted-imagenet"
    listing = list_restricted(settings.path) if restricted else list_folder(settings.path)
    if settings.debias:
        listing = listing.only(debias(listing.kinds, *settings.debias, seed, str(listing.root)))
    return read_files(listing, size, store, on_progress, evaluation_crop if restricted else square)


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


def picture_digest(parts: Sequence[Part], names: tuple[str, ...], classes: tuple[str, ...]) -> str:
    """A hash of a picture set's content."""
    return digest_of([[part.digest for part in parts], names, classes])
