"""Results -> a folder: summary.json, tables, figures, and report.html, one page that needs nothing else."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..analysis.tables import safe_cells
from ..files.collect import Collection
from . import figures


def write_report(
    folder: Path,
    collection: Collection,
    summary: dict[str, Any],
    participants: pd.DataFrame,
    trials: pd.DataFrame,
    advance: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write everything into the folder (made if missing), each file whole or not at all; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    written = []

    def write(name: str, content: str | bytes) -> None:
        write_atomically(folder / name, content.encode() if isinstance(content, str) else content)
        written.append(folder / name)

    write("summary.json", json.dumps(summary, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    for name, frame in tables(collection, summary, participants, trials).items():
        write(f"{name}.csv", safe_cells(frame).to_csv(index=False, lineterminator="\n"))
    advance("tables")
    drawn = {}
    for name, draw in drawings(summary, participants, trials).items():
        vector = figures.svg(draw)
        write(f"figures/{name}.svg", vector)
        write(f"figures/{name}.png", figures.png(draw))
        drawn[name] = "data:image/svg+xml;base64," + base64.b64encode(vector).decode()
    advance("figures")
    write("report.html", page(collection, summary, drawn))
    advance("report")
    return written


def write_atomically(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def tables(
    collection: Collection, summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The CSV files by name. Items, options and concepts are of the included participants."""
    items = summary["included"]["items"]
    rejected = [(file, "rejected", reason) for file, reason in collection.rejected]
    rejected += [(file, "used, marked", mark) for file, mark in collection.marked]
    return {
        "participants": participants,
        "trials": trials.drop(columns=["picks", "question"]),
        "rejected": pd.DataFrame(rejected, columns=["file", "what", "reason"]),
        "items": pd.DataFrame(
            [{k: v for k, v in item.items() if k != "options"} for item in items],
            columns=["experiment", "question_id", "neuron", "participants", "accuracy", "item_total",
                     "krippendorff_alpha", "median_rt_s", "mean_confidence"],
        ),
        "options": pd.DataFrame(
            [
                {"experiment": item["experiment"], "question_id": item["question_id"], **option,
                 "share": option["picked"] / item["participants"] if item["participants"] else None}
                for item in items
                for option in item["options"]
            ],
            columns=["experiment", "question_id", "option", "answer", "picked", "share"],
        ),
        "concepts": pd.DataFrame(
            [
                {"experiment": row["experiment"], "question_id": row["question_id"], **word}
                for row in summary["included"]["concepts"]
                for word in row["words"]
            ],
            columns=["experiment", "question_id", "word", "participants"],
        ),
    }  # fmt: skip


def drawings(
    summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame
) -> dict[str, Callable[[], figures.Figure]]:
    """The figures by name, each a function that draws it; of the included participants."""
    results = summary["included"]
    if not results["experiments"]:
        return {}
    chance = summary["chance"]
    share = chance["mean"] / summary["possible"]
    kept, answered = participants[participants["included"]], trials[trials["included"]]
    drawn = {
        "histogram": lambda: figures.histogram(results, kept, chance["distribution"]),
        "means": lambda: figures.forest(results, chance["mean"], summary["possible"]),
        "questions": lambda: figures.heat_map(results, share),
        "learning": lambda: figures.learning_curve(results, answered, share),
    }
    if any(row["words"] for row in results["concepts"]):
        drawn["concepts"] = lambda: figures.concept_chart(results)
    return drawn


def page(collection: Collection, summary: dict[str, Any], drawn: dict[str, str]) -> str:
    """report.html. drawn: figures as data addresses, by name."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"num": number, "p": p_value, "ci": interval, "pct": percent}
    return environment.get_template("report.html.j2").render(
        s=summary, kept=summary["included"], drawn=drawn, rejected=collection.rejected, marked=collection.marked
    )


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many decimals; an en dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A share as whole percent."""
    return "–" if value is None else f"{100 * value:.0f} %"


def interval(pair: list[float] | None, digits: int = 2) -> str:
    """Two ends in brackets."""
    return "–" if pair is None else f"[{number(pair[0], digits)}, {number(pair[1], digits)}]"


def p_value(value: float | None) -> str:
    """As papers print it: '.023', '< .001'."""
    if value is None:
        return "–"
    if value < 0.001:
        return "< .001"
    return "> .999" if value > 0.999 else f"{value:.3f}".lstrip("0")
