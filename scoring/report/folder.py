"""Results -> a folder: summary.json, tables, figures, and report.html."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from ..conditions import Conditions
from ..files.collect import Collection
from . import figures
from .atomically import json_of, write_atomically
from .page import page
from .tables import csv_of, tables


def write_report(
    folder: Path,
    collection: Collection,
    summary: dict[str, Any],
    participants: pd.DataFrame,
    trials: pd.DataFrame,
    advance: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write everything into the folder (made if missing), each file whole or not at all; returns what was written."""
    frames = tables(collection, summary, participants, trials)
    written = write_files(folder, {"summary.json": json_of(summary)})
    written += write_files(folder, {f"{name}.csv": csv_of(frame) for name, frame in frames.items()})
    advance("tables")
    drawn, addresses = figures.files_of(drawings(summary, participants, trials, collection.key.conditions))
    written += write_files(folder, drawn)
    advance("figures")
    written += write_files(folder, {"report.html": page(collection, summary, addresses).encode()})
    advance("report")
    return written


def write_files(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write a report's files by name into a folder (made if missing) with one for figures; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]


def drawings(
    summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame, conditions: Conditions
) -> dict[str, Callable[[], figures.Figure]]:
    """The figures by name, each a function that draws it; of the included participants."""
    results = summary["included"]
    if not results["experiments"]:
        return {}
    chance = summary["chance"]
    share = chance["mean"] / summary["possible"]
    kept, answered = participants[participants["included"]], trials[trials["included"]]
    drawn: dict[str, Callable[[], figures.Figure]] = {
        "histogram": lambda: figures.histogram(results, kept, chance["distribution"], conditions),
        "means": lambda: figures.forest(results, chance["mean"], summary["possible"], conditions),
        "questions": lambda: figures.heat_map(results, share, conditions),
        "learning": lambda: figures.learning_curve(results, answered, share, conditions),
    }
    if any(row["words"] for row in results["concepts"]):
        drawn["concepts"] = lambda: figures.concept_chart(results, conditions)
    return drawn
