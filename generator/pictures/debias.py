"""Classes of about the same size: pictures with their classes -> which of them are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..errors import StudyError


def debias(kinds: Sequence[str], least: int, most: int, seed: int, where: str) -> list[int]:
    """Positions of the pictures that stay, ascending: at most `most` of each class, drawn at random by the seed.

    Raises StudyError if a class has fewer than `least`; where: the folder that the sentence names.
    """
    counts = Counter(kinds)
    small = sorted((count, kind) for kind, count in counts.items() if count < least)
    if small:
        count, kind = small[0]
        raise StudyError(
            f"{where}: class '{kind}' has {count} picture{'s' if count > 1 else ''}, and [data] debias asks for "
            f"{least} to {most} of each class: give more pictures or lower it"
        )
    kept: list[int] = []
    for number, kind in enumerate(sorted(counts)):
        at = np.array([k for k, each in enumerate(kinds) if each == kind])
        kept += np.random.default_rng([seed, 5, number]).permutation(at)[:most].tolist()
    return sorted(kept)
