"""The pilot's figures and page: the paper's tables 2 and 3, drawn and printed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from ..report.figures import COLOURS, COLUMN, INK, png, svg
from ..report.folder import interval, number, p_value

if TYPE_CHECKING:
    from .analysis import PilotData


def figures_of(summary: dict[str, Any]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The figures as files, and as data addresses by name."""
    drawings = {}
    if summary["kinds"]:
        drawings["kinds"] = lambda: kinds(summary)
    if summary["iterations"]:
        drawings["iterations"] = lambda: iterations(summary)
    files: dict[str, bytes] = {}
    addresses = {}
    for name, draw in drawings.items():
        files[f"figures/{name}.svg"], files[f"figures/{name}.png"] = svg(draw), png(draw)
        addresses[name] = "data:image/svg+xml;base64," + base64.b64encode(files[f"figures/{name}.svg"]).decode()
    return files, addresses


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
        axis.bar(x, bars, width * 0.92, color=COLOURS[k % 3 + 1], edgecolor=INK, linewidth=0.5, label=method)
    axis.set_xticks(range(len(names)), names)
    axis.set_xlabel(below)
    axis.set_ylabel(height)
    axis.tick_params(axis="x", length=0)
    axis.yaxis.get_major_locator().set_params(integer=True)
    axis.legend(
        frameon=False, fontsize=7, ncols=len(counts), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2
    )
    return figure


def page(data: PilotData, summary: dict[str, Any], drawn: dict[str, str]) -> str:
    """report.html of a pilot."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"num": number, "p": p_value, "ci": interval}
    return environment.get_template("pilot.html.j2").render(s=summary, drawn=drawn, rejected=data.rejected)
