"""The settings of [data] -> the pictures of a study, read part by part as tasks; what cannot be read is named.

What is kept of a part is small: which of its pictures can be used, why others cannot, and a hash of each. Whoever has a
network gives a `read` that computes what it needs of the same pixels, so that every picture is decoded once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from ..errors import StudyError
from ..store import REMEMBERED, Arrays, Store, digest_of
from ..study import DataSettings
from ..workers import Executor, Local, Task, Worker
from .picture_set import PictureSet, Progress, picture_digest
from .pixels import Pixels, hash_of, made_one_after_another
from .sources import Listing, Part, PartRead, Source

PART = 64  # pictures of one artifact: what an interrupted build has to do again
TOGETHER = 8  # parts of one task, which begins the next part's pictures while it computes


Read = Callable[[Sequence[Part], Worker, Callable[[float], None]], None]  # a function of a module


def load_pictures(
    settings: DataSettings,
    size: int,
    seed: int,
    store: Store,
    on_progress: Progress,
    executor: Executor | None = None,
    read: Read | None = None,
) -> PictureSet:
    """All pictures at size x size pixels, or what debiasing leaves of them; see `read_listing`.

    Raises StudyError if there are none.
    """
    return read_listing(_listing(settings, seed), size, store, on_progress, executor, read or read_parts)


def _listing(settings: DataSettings, seed: int) -> Listing:
    if settings.kind == "world":
        from .painted import list_world

        return list_world(settings.per_class, seed)
    from .debias import debias
    from .folder import list_folder
    from .restricted_imagenet import list_restricted

    assert settings.path is not None  # checked by the settings themselves
    listing = list_restricted(settings.path) if settings.kind == "restricted-imagenet" else list_folder(settings.path)
    if settings.debias:
        listing = listing.only(debias(listing.kinds, *settings.debias, seed, listing.where))
    return listing


def read_parts(parts: Sequence[Part], worker: Worker, advance: Callable[[float], None]) -> None:
    """Read these parts; what is known of their pictures is in the worker's store then."""
    with closing(pictures_of_parts(parts, worker.store)) as reading:
        for read, _ in reading:
            advance(len(read.part.sources))


def pictures_of_parts(parts: Sequence[Part], store: Store) -> Generator[tuple[PartRead, np.ndarray]]:
    """Parts of one size -> each as it is read, and its usable pictures uint8 [n, S, S, 3].

    What is known of a part is kept once the next one is asked for: then whoever uses the pixels has done so.
    """
    made_parts = made_one_after_another((part.sources for part in parts), parts[0].size)
    for part, made in zip(parts, made_parts, strict=True):
        pictures = [each for each in made if not isinstance(each, str)]
        pixels = np.stack(pictures) if pictures else np.empty((0, part.size, part.size, 3), np.uint8)
        hashes = np.frombuffer(b"".join(map(hash_of, pictures)), np.uint8).reshape(-1, 32)
        reasons = tuple(each if isinstance(each, str) else "" for each in made)
        yield PartRead(part, reasons, hashes), pixels
        store.get("pictures", part.key, partial(_arrays, reasons, hashes))


def _arrays(reasons: Sequence[str], hashes: np.ndarray) -> Arrays:
    return {"reasons": np.frombuffer("\n".join([*reasons, ""]).encode(), np.uint8), "hashes": hashes}


def kept_part(part: Part, store: Store) -> PartRead | None:
    """What is known of a part; None: it has to be read."""
    arrays = store.read("pictures", part.key)
    if arrays is None:
        return None
    reasons = tuple(arrays["reasons"].tobytes().decode().split("\n")[:-1])
    return PartRead(part, reasons, arrays["hashes"])


def read_listing(
    listing: Listing,
    size: int,
    store: Store,
    on_progress: Progress,
    executor: Executor | None = None,
    read: Read = read_parts,
) -> PictureSet:
    """The pictures of a listing at size x size pixels, read by an executor (None: here) unless they are known.

    read: does what has to be done of parts that are not known. Raises StudyError if no picture can be read.
    """
    parts = _parts_of(listing, size, store)
    known = [kept_part(part, store) for part in parts]
    missing = [part for part, found in zip(parts, known, strict=True) if found is None]
    tasks = tasks_of(missing, read)
    kept = len(listing.sources) - sum(task.size for task in tasks)

    def advance(done: float, total: float) -> None:
        on_progress(kept + done, kept + total)

    if tasks:
        (executor or Local(Worker(None, store))).run(tasks, advance)
    return _set_of(listing, [found or _now_kept(part, store) for part, found in zip(parts, known, strict=True)], size)


def tasks_of(parts: Sequence[Part], read: Read) -> list[Task]:
    """Parts -> tasks that read them, several parts each."""
    groups = [tuple(parts[first : first + TOGETHER]) for first in range(0, len(parts), TOGETHER)]
    return [
        Task(
            f"pictures {group[0].sources[0].name} to {group[-1].sources[-1].name}", partial(read, group),
            sum(len(part.sources) for part in group),
        )
        for group in groups
    ]  # fmt: skip


def _parts_of(listing: Listing, size: int, store: Store) -> list[Part]:
    """The listing cut into parts; every source is hashed, by as many threads as help, unless it is as it was before."""
    firsts = range(0, len(listing.sources), PART)
    reader = listing.sources[0].reader()

    def part(first: int) -> Part:
        sources = listing.sources[first : first + PART]
        return Part(sources, size, {"reader": reader, "size": size, "of": digest_of(_digests(sources, store))})

    with ThreadPoolExecutor() as pool:
        return list(pool.map(part, firsts))


def _digests(sources: Sequence[Source], store: Store) -> list[Any]:
    """The digest of each source; those of files that have not changed since are remembered."""
    stamps = [each.stamp() for each in sources]
    if None in stamps:
        return [each.digest() for each in sources]

    def make() -> Arrays:
        return {"digests": np.frombuffer(json.dumps([each.digest() for each in sources]).encode(), np.uint8)}

    return json.loads(store.get(REMEMBERED, stamps, make)["digests"].tobytes())


def _now_kept(part: Part, store: Store) -> PartRead:
    found = kept_part(part, store)
    assert found is not None  # the executor has done every task, or raised
    return found


def _set_of(listing: Listing, parts: Sequence[PartRead], size: int) -> PictureSet:
    """The usable pictures. Raises StudyError if there are none."""
    reasons = [reason for read in parts for reason in read.reasons]
    skipped = tuple((s.name, reason) for s, reason in zip(listing.sources, reasons, strict=True) if reason)
    if len(skipped) == len(reasons):
        raise StudyError(
            f"none of the {len(reasons)} pictures in {listing.where} can be read; the first, {skipped[0][0]}: "
            f"{skipped[0][1]}"
        )
    kinds = [kind for kind, reason in zip(listing.kinds, reasons, strict=True) if not reason]
    there = set(kinds)
    classes = tuple(kind for kind in listing.classes if kind in there)
    number = {kind: k for k, kind in enumerate(classes)}
    labels = np.array([number[kind] for kind in kinds])
    sources = tuple(each for read in parts for each in read.usable)
    names = tuple(each.name for each in sources)
    pixels = Pixels(sources, size, np.concatenate([read.hashes for read in parts]))
    digest = picture_digest(pixels.hashes, names, labels, classes)
    return PictureSet(pixels, names, labels, classes, digest, skipped, tuple(parts))
