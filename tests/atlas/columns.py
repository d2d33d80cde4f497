"""The columns of a view as an atlas writes them -> lists over its units."""

from __future__ import annotations

import string
from typing import Any

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def unpacked(columns: dict[str, Any]) -> dict[str, Any]:
    """units.json as the page reads it: -1 for no class, None where a unit has no share."""
    count = len(columns["top"])

    def numbers(digits: str) -> list[int]:
        width = len(digits) // count
        assert width * count == len(digits)
        return [
            sum(DIGITS.index(digit) * 64**place for place, digit in enumerate(reversed(digits[k : k + width])))
            for k in range(0, len(digits), width)
        ]

    found = dict(columns)
    found |= {name: numbers(columns[name]) for name in ("cell", "share", "passes")}
    found["class"] = [value - 1 for value in numbers(columns["class"])]
    for name in ("path", "machine", "people"):
        if columns[name] is not None:
            found[name] = [(value - 1) / 1000 if value else None for value in numbers(columns[name])]
    return found
