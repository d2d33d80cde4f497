"""The pilot's results -> its folder: the paper's tables 2 and 3, drawn and printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..conditions import PAPER
from ..files.pilot import PilotData
from ..report.atomically import json_of
from ..report.drawing import COLUMN, INK, files_of
from ..report.folder import write_files
from ..report.page import render
from ..report.tables import csv_of

COLOURS = tuple(PAPER.look(name).colour for name in PAPER.names)  # of methods here, one after another


def write_pilot(folder: Path, data: PilotData, summary: dict[str, Any]) -> list[Path]:
    """summary.json, answers.csv, rejected.csv, figures and report.html into the folder; returns their paths."""
    drawn, addresses = files_of(drawings(summary))
    page = render("pilot.html.j2", s=summary, drawn=addresses, rejected=data.rejected)
    files = {
        "summary.json": json_of(summary),
        "answers.csv": csv_of(data.answers),
        "rejected.csv": csv_of(pd.DataFrame(data.rejected, columns=["file", "reason"])),
        **drawn,
        "report.html": page.encode(),
    }
    return write_files(folder, files)


def drawings(summary: dict[str, Any]) -> dict[str, Callable[[], Figure]]:
    """The figures by name, each a function that draws it."""
    found: dict[str, Callable[[], Figure]] = {}
    if summary["kinds"]:
        found["kinds"] = lambda: kinds(summary)
    if summary["iterations"]:
        found["iterations"] = lambda: iterations(summary)
    return found


def kinds(summary: dict[str, Any]) -> Figure:
    """Table 2: how often each kind of pattern was described, per method."""
    return _grouped(summary["kinds"], "times described", "kind of pattern")


def iterations(summary: dict[str, Any]) -> Figure:
    """Table 3: at which iteration the pattern was clearest, per method."""
    values = sorted({step for counts in summary["iterations"].values() for step in counts})
    counts = {
        method: {str(value): own.get(value, 0) for value in values} for method, own in summary["iterations"].items()
    }
    return _grouped(counts, "times chosen", "iterations at which the pattern is clearest")


def _grouped(counts: dict[str, dict[str, int]], height: str, below: str) -> Figure:
    figure = Figure(figsize=(COLUMN, 2.1), layout="constrained")
    axis = figure.subplots()
    names = list(next(iter(counts.values())))
    width = 0.8 / len(counts)
    for k, (method, own) in enumerate(counts.items()):
        x = np.arange(len(names)) + (k - (len(counts) - 1) / 2) * width
        bars = [own.get(name, 0) for name in names]
        axis.bar(x, bars, width * 0.92, color=COLOURS[k % len(COLOURS)], edgecolor=INK, linewidth=0.5, label=method)
    axis.set_xticks(range(len(names)), names)
    axis.set_xlabel(below)
    axis.set_ylabel(height)
    axis.tick_params(axis="x", length=0)
    axis.yaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))  # AutoLocator's own
    axis.legend(
        frameon=False, fontsize=7, ncols=len(counts), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2
    )
    return figure
