"""A plan -> a folder: power.json, tradeoff.csv and the figure of the trade-off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import ScoringError
from ..report.atomically import json_of, write_atomically
from ..report.drawing import png, svg
from ..report.tables import csv_of
from .figure import tradeoff
from .plan import Aim, grid
from .variances import Spreads

JSON_FILE, TABLE_FILE, FIGURE_FILE = "power.json", "tradeoff.csv", "tradeoff.png"


def write_plan(folder: Path, aim: Aim, plan: dict[str, Any]) -> list[Path]:
    """Write a plan into the folder (made if missing); returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    people = marked(plan)
    files = {
        JSON_FILE: json_of(plan),
        TABLE_FILE: csv_of(pd.DataFrame(grid(aim))),
        FIGURE_FILE: png(lambda: tradeoff(aim, people)),
        "tradeoff.svg": svg(lambda: tradeoff(aim, people)),
    }
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]


def marked(plan: dict[str, Any]) -> int | None:
    """People per set and condition of the design that a plan is about: what is needed, else the largest asked about."""
    needed = plan["needed"]["like_these"]
    return needed if needed is not None else max((row["people"] for row in plan["people"]), default=None)


def spreads_of(path: Path) -> Spreads:
    """The spreads that a report estimated (`neuron_model` of its summary.json); raises ScoringError."""
    try:
        model = json.loads(path.read_text(encoding="utf-8"))["included"]["neuron_model"]
        names = ("participant_sd", "question_sd", "question_in_condition_sd")
        found = [float(model[name]) if model["fitted"] else None for name in names]
    except OSError as error:
        raise ScoringError(f"{path}: the summary cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise ScoringError(
            f"{path}: holds no spreads of people, neurons and neurons within conditions; name the summary.json of a "
            "report on two conditions or more"
        ) from None
    if None in found:
        raise ScoringError(f"{path}: its model of single neurons was not fitted: {model.get('reason')}")
    return Spreads(*found)  # type: ignore[arg-type]
