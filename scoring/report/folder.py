"""Results -> a folder: summary.json, tables, figures, and report.html."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ..conditions import Conditions
from ..files.collect import Collection
from . import figures, question_figures
from .atomically import json_of, write_atomically
from .drawing import files_of
from .page import page
from .tables import csv_of, tables


def write_report(
    folder: Path,
    collection: Collection,
    summary: dict[str, Any],
    participants: pd.DataFrame,
    trials: pd.DataFrame,
    advance: Callable[[str], None] = lambda _: None,
    written_at: datetime | None = None,
) -> list[Path]:
    """Write everything into the folder (made if missing), each file whole or not at all; returns what was written.

    written_at: the page says so and refreshes itself, for a report that is written again and again.
    """
    frames = tables(collection, summary, participants, trials)
    written = write_files(folder, {"summary.json": json_of(summary)})
    written += write_files(folder, {f"{name}.csv": csv_of(frame) for name, frame in frames.items()})
    advance("tables")
    drawn, addresses = files_of(drawings(summary, participants, trials, collection.key.conditions))
    written += write_files(folder, drawn)
    advance("figures")
    written += write_files(folder, {"report.html": page(collection, summary, addresses, written_at).encode()})
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
) -> dict[str, Callable[[], Figure]]:
    """The figures by name, each a function that draws it; of the included participants."""
    results = summary["included"]
    drawn: dict[str, Callable[[], Figure]] = {}
    if summary["observers"]:
        drawn["observers"] = lambda: figures.observers(
            summary["observers"], results, summary["chance"]["mean"], summary["possible"], conditions
        )
    if len(participants):
        drawn["flow"] = lambda: figures.flow_chart(summary["flow"], conditions)
    if not results["experiments"]:
        return drawn
    chance, possible = summary["chance"], summary["possible"]
    share = chance["mean"] / possible
    kept, answered = participants[participants["included"]], trials[trials["included"]]
    drawn["histogram"] = lambda: figures.histogram(results, kept, chance["distribution"], conditions)
    drawn["means"] = lambda: figures.forest(results, chance["mean"], possible, conditions)
    if len(figures.differences_of(results)) > figures.TOGETHER:
        drawn["differences"] = lambda: figures.differences(results)
    if results["kinds"]:
        drawn["kinds"] = lambda: figures.kinds(results["kinds"], chance["mean"], possible, conditions)
    if summary["questions"] <= question_figures.MOST_CELLS:
        drawn["questions"] = lambda: question_figures.heat_map(results, share, conditions)
    if results["neuron_model"]["fitted"]:
        drawn["neurons"] = lambda: question_figures.neurons(results, share, conditions)
    drawn["learning"] = lambda: question_figures.learning_curve(results, answered, share, conditions)
    if summary["questions"] <= question_figures.MOST_WORDS and any(row["words"] for row in results["concepts"]):
        for part in range(-(-len(results["experiments"]) // question_figures.ACROSS)):
            name = "concepts" if part == 0 else f"concepts-{part + 1}"
            drawn[name] = partial(question_figures.concept_chart, results, conditions, part)
    return drawn
