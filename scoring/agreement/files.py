"""Agreement -> a folder: agreement.json, tables, figures and agreement.html."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..conditions import Conditions
from ..report.atomically import json_of
from ..report.drawing import files_of
from ..report.folder import write_files
from ..report.page import render
from ..report.tables import csv_of
from . import figure

PAGE_FILE = "agreement.html"


def write_agreement(folder: Path, found: dict[str, Any], conditions: Conditions) -> list[Path]:
    """Write everything into the folder (made if missing), each file whole or not at all; returns what was written."""
    compared = found["compared"]
    drawn, addresses = files_of(
        {
            "correlations": lambda: figure.correlations(compared, conditions),
            "calibration": lambda: figure.curves(compared, conditions),
        }
    )
    page = render("agreement.html.j2", s=found, drawn=addresses, titles={c.name: c.title for c in conditions})
    tables = {f"{name}.csv": csv_of(table) for name, table in _tables(compared).items()}
    files = {"agreement.json": json_of(found), **tables, **drawn, PAGE_FILE: page.encode()}
    return write_files(folder, files)


def _tables(compared: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """agreement.csv: by observer and condition; items.csv: by question of these; bins.csv: the calibration curve."""
    rows, items, bins = [], [], []
    for record in compared:
        own = {name: record[name] for name in ("observer", "experiment")}
        parts = {"options": record["options"], "questions": record["difficulty"]}
        flat = {f"{part}_{name}": v for part, found in parts.items() for name, v in _flat(found or {}).items()}
        curve = _flat({name: value for name, value in record["calibration"].items() if name != "bins"})
        rows.append({**own, **{name: record[name] for name in ("files", "people", "questions")}, **flat, **curve})
        items += [{**own, **_flat({n: v for n, v in item.items() if n != "options"})} for item in record["items"]]
        bins += [{**own, **_flat(each)} for each in record["calibration"]["bins"]]
    return {"agreement": pd.DataFrame(rows), "items": pd.DataFrame(items), "bins": pd.DataFrame(bins)}


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record with both ends of each interval in columns of their own."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name.endswith("interval"):
            stem = name.removesuffix("interval").removesuffix("_")
            low, high = value or (None, None)
            flat |= {f"{stem}_low".lstrip("_"): low, f"{stem}_high".lstrip("_"): high}
        else:
            flat[name] = value
    return flat
