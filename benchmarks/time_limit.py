"""Parts of a benchmark within a time limit: each is kept as soon as it is measured, and what does not fit is named."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from generator.store import write_atomically

LEFT_OUT = "left out for lack of time"

# Where in the record it goes; its share of the time, beside the others'; seconds that it may take -> its figures.
Part = tuple[tuple[str, ...], float, Callable[[float], Any]]


class NotInTime(Exception):
    """A part cannot be measured in the seconds that it may take."""


def measure(
    parts: Sequence[Part], record: dict[str, Any], limit: float, *, keep: Path | None = None,
    show: Callable[[tuple[str, ...], Any], None],
) -> None:  # fmt: skip
    """Measure part after part into the record, which is shown and written to `keep` after each of them.

    limit: seconds for all. A part may take its share of what is left of them: what those before it did not need is
    shared among the rest. Figures of a part that does not fit stay as they were recorded before; the record says which.
    """
    ends = time.monotonic() + limit
    record[LEFT_OUT] = []
    for number, (place, share, part) in enumerate(parts):
        left = ends - time.monotonic()
        try:
            if left <= 0:
                raise NotInTime
            found = part(left * share / sum(each for _, each, _ in parts[number:]))
        except NotInTime:
            found = LEFT_OUT
            record[LEFT_OUT].append(", ".join(place))
        else:
            if found is None:  # there is nothing to measure here
                continue
            put(record, place, found)
        show(place, found)
        if keep:
            write_atomically(keep, (json.dumps(record, indent=1) + "\n").encode())


def put(record: dict[str, Any], place: tuple[str, ...], found: Any) -> None:
    """Set what is at a place of the record; figures by name are added to those that are there."""
    *above, last = place
    for name in above:
        record = record.setdefault(name, {})
    record[last] = {**record[last], **found} if isinstance(found, dict) and last in record else found
