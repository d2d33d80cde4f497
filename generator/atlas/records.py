"""What an atlas tells of its units: columns of all of them for the map, and a record of each for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..explanations.overlay import greys
from ..explanations.paths import PathSimilarity
from .explaining import Visualized
from .figures import UnitFigures

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"  # of columns
SCALE = 1000  # of shares from 0 to 1 in columns
CLASSES = 12  # classes of highest mean activation
HISTORY = 60  # points of a visualization's history at most


@dataclass(frozen=True)
class UnitScores:
    """How a unit was scored. machine: observer -> condition -> share of answers that it picked, 0 to 1; people:
    condition -> (share, how many answered); words: that people wrote, the most frequent first."""

    machine: dict[str, dict[str, float]] = field(default_factory=dict)
    people: dict[str, tuple[float, int]] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @property
    def machine_mean(self) -> float | None:
        """Mean over conditions of the observer `features`, where it is not among them of the first."""
        shares = list((self.machine.get("features") or next(iter(self.machine.values()), {})).values())
        return sum(shares) / len(shares) if shares else None

    @property
    def people_mean(self) -> float | None:
        """Mean over conditions, each answer with equal weight."""
        answers = sum(count for _, count in self.people.values())
        return sum(share * count for share, count in self.people.values()) / answers if answers else None


def columns(
    figures: UnitFigures,
    units: Sequence[int],
    cells: np.ndarray,
    scores: Mapping[int, UnitScores],
    paths: Sequence[float | None],
) -> dict[str, Any]:
    """units.json: of each column what there is in the order of units, null for a column that would say nothing.

    paths: of each unit, see `on_the_way`.
    """
    of_class = [figures.class_of(unit) for unit in units]
    scored = [scores.get(unit, UnitScores()) for unit in units]
    return {
        "unit": None if list(units) == list(range(len(units))) else list(units),
        "cell": packed(cells.tolist()),
        "class": packed([label + 1 for label, _ in of_class]),
        "share": packed([count for _, count in of_class]),
        "top": [short(figures.top_mean(unit), 3) for unit in units],
        "passes": packed(figures.criteria.passes[list(units)].astype(int).tolist()),
        "path": shares(paths),
        "machine": shares([each.machine_mean for each in scored]),
        "people": shares([each.people_mean for each in scored]),
    }


def words_of(units: Sequence[int], scores: Mapping[int, UnitScores]) -> list[str] | None:
    """words.json: what people said of each unit, in the order of units; None where they said nothing."""
    words = [" · ".join(scores[unit].words) if unit in scores else "" for unit in units]
    return words if any(words) else None


def packed(values: Sequence[int]) -> str:
    """Whole numbers from 0 on -> all of them as digits to the base of 64, as many for each as the largest needs."""
    width, most = 1, max(values, default=0)
    while most >= len(DIGITS) ** width:
        width += 1
    return "".join(DIGITS[value >> 6 * place & 63] for value in values for place in reversed(range(width)))


def shares(column: Sequence[float | None]) -> str | None:
    """Shares from 0 to 1 as thousandths and 1, so that 0 is none; None where there is none at all."""
    if all(share is None for share in column):
        return None
    return packed([0 if share is None else 1 + round(SCALE * share) for share in column])


def record(
    figures: UnitFigures,
    unit: int,
    visualizations: Sequence[dict[str, Any]],
    examples: Sequence[dict[str, Any]],
    alike: Sequence[tuple[int, float]],
    scores: UnitScores,
    paths: Mapping[str, PathSimilarity],
) -> dict[str, Any]:
    """units/<k // 100>/<k>.json. visualizations, examples: see `visualization_record` and `example_record`.

    alike: units like this one, and how much, -1 to 1; paths: by method.
    """
    criteria, mean = figures.criteria, figures.class_mean[:, unit]
    ranked = [k for k in np.argsort(-mean, kind="stable")[:CLASSES] if not np.isnan(mean[k])]  # NaN come last
    why = None if criteria.active_enough[unit] else "active"
    why = why or (None if criteria.distinct_enough[unit] else "distinct")
    return {
        "unit": unit,
        "visualizations": list(visualizations),
        "examples": list(examples),
        "histogram": {
            "edges": [short(edge) for edge in figures.edges[:, unit]],
            "counts": figures.counts[:, unit].tolist(),
            "top": short(criteria.top_smallest[unit]),
        },
        "classes": [
            {"name": figures.classes[k], "mean": short(mean[k]), "max": short(figures.class_most[k, unit])}
            for k in ranked
        ],
        "alike": [{"unit": other, "likeness": round(likeness, 3)} for other, likeness in alike],
        "criteria": {
            "top_smallest": short(criteria.top_smallest[unit]),
            "bottom_largest": short(criteria.bottom_largest[unit]),
            "passes": bool(criteria.passes[unit]),
            "why": why,
        },
        "machine": {
            observer: {condition: round(share, 3) for condition, share in of.items()}
            for observer, of in scores.machine.items()
        }
        or None,
        "people": {
            condition: {"score": round(share, 3), "answers": count}
            for condition, (share, count) in scores.people.items()
        }
        or None,
        "words": list(scores.words),
        "paths": [
            {"method": method, **of.record(), "apart": np.flatnonzero(of.apart).tolist()}
            for method, of in paths.items()
        ],
    }  # fmt: skip


def on_the_way(paths: Mapping[str, PathSimilarity]) -> float | None:
    """In what share of layers the first method's visualizations are not apart, 0 to 1; None where no layer tells."""
    of = next(iter(paths.values()), None)
    return None if of is None or not of.tell.any() else 1 - float(of.apart.sum() / of.tell.sum())


def visualization_record(made: Visualized, src: str, trace: str | None) -> dict[str, Any]:
    """What a unit's record says of a visualization."""
    steps = np.unique(np.linspace(0, len(made.history) - 1, min(HISTORY, len(made.history))).round().astype(int))
    return {
        "method": made.method,
        "src": src,
        "start": made.start,
        "seed": made.seed,
        "history": [[int(step), short(made.history[step])] for step in steps],
        "activation": short(made.activation),
        "trace": trace,
    }


def example_record(src: str, activation: float, label: str, name: str, cam: np.ndarray | None) -> dict[str, Any]:
    """What a unit's record says of a top picture. cam: float32 [levels, cells, cells]."""
    cams = None if cam is None else [np.rint(greys(level)).astype(int).ravel().tolist() for level in cam]
    return {"src": src, "activation": short(activation), "class": label, "name": name, "cams": cams}


def short(value: float, digits: int = 4) -> float:
    """A figure with so many significant digits; whole numbers as such."""
    rounded = float(f"{float(value):.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
