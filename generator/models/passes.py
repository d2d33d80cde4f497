"""Pictures are read and their activations computed in one pass, part by part, by whoever does the tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from ..pictures.loading import kept_part, pictures_of_parts
from ..pictures.sources import Part, PartRead
from ..store import Arrays
from ..workers import Worker


def activate_parts(parts: Sequence[Part], worker: Worker, advance: Callable[[float], None]) -> None:
    """Parts of one size -> what is known of their pictures, and their activations float32 [n, U]: in the store.

    What is there already is not made again. The worker's handle is a `NetworkHandle`.
    """
    handle, store = worker.handle, worker.store
    missing = []
    for part in parts:
        known = kept_part(part, store)
        if known is None or store.read("activations", handle.depends_on(known)) is None:
            missing.append(part)
        else:
            advance(len(part.sources))
    if missing:
        with closing(pictures_of_parts(missing, store)) as reading:
            for read, pixels in reading:
                compute = partial(_activations, handle, read, pixels, advance)
                store.get("activations", handle.depends_on(read), compute, handle.origin)
                advance(len(read.part.sources) - len(read))


def _activations(handle: Any, read: PartRead, pixels: np.ndarray, advance: Callable[[float], None]) -> Arrays:
    from .activations import compute_activations

    names = [each.name for each in read.usable]
    return {"activations": compute_activations(handle.fused, pixels, names=names, on_progress=advance)}
