"""The conditions of a study, what a participant is shown: the one table of their ids, names and looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ConditionId = int | str  # as the files write it, in their field `experiment`


@dataclass(frozen=True)
class Condition:
    """name: as reports print it; colour and marker: of everything drawn of it."""

    id: ConditionId
    name: str
    colour: str
    marker: str


# Okabe and Ito's blue, vermilion and sky blue: apart in hue for every kind of sight and, at 37, 55 and 68 % lightness,
# in grey as well.
CONDITIONS: dict[ConditionId, Condition] = {
    condition.id: condition
    for condition in (
        Condition(1, "feature visualization", "#0072b2", "o"),
        Condition(2, "dataset examples with grid-cam", "#d55e00", "s"),
        Condition(3, "both, with grid-cam", "#56b4e9", "D"),
    )
}


def ids_in_order(ids: Iterable[ConditionId]) -> list[ConditionId]:
    """Those conditions of the table that are among ids, each once, in the table's order."""
    among = set(ids)
    return [known for known in CONDITIONS if known in among]


def listed(form: str = "{}") -> str:
    """All ids in words, each in a form: '1, 2 or 3'."""
    *first, last = (form.format(known) for known in CONDITIONS)
    return f"{', '.join(first)} or {last}"


def known_condition(value: ConditionId) -> ConditionId:
    """The id itself; raises ValueError where the table has no such condition."""
    if isinstance(value, bool) or value not in CONDITIONS:
        raise ValueError(f"should be {listed()}")
    return value
