"""Results -> the CSV files of the report, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..files.collect import Collection
from ..files.unfinished import Unfinished
from .codebook import summary_codebook

# What a spreadsheet would run as a formula when it stands first in a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every text, and column name, that a spreadsheet would run as a formula."""

    def safe(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

    frame = frame.copy()
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].map(safe)
    return frame.rename(columns=safe)


def csv_of(frame: pd.DataFrame) -> bytes:
    """A table as the bytes of a CSV file (UTF-8)."""
    return safe_cells(frame).to_csv(index=False, lineterminator="\n").encode()


_ITEM_COLUMNS = [
    "experiment", "question_id", "set", "neuron", "participants", "accuracy", "estimate", "estimate_low",
    "estimate_high", "rank", "rank_low", "rank_high", "top_quarter", "odds_above_control", "odds_above_control_low",
    "odds_above_control_high", "item_total", "krippendorff_alpha", "median_rt_s", "mean_confidence",
]  # fmt: skip


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the results as a row of items.csv: both ends of each interval in columns of their own."""
    above = item["above_control"] or {"odds_ratio": None, "interval": None}
    row = {**item, "odds_above_control": above["odds_ratio"], "odds_above_control_interval": above["interval"]}
    for name in ("estimate", "rank", "odds_above_control"):
        row[f"{name}_low"], row[f"{name}_high"] = row[f"{name}_interval"] or (None, None)
    return {name: row[name] for name in _ITEM_COLUMNS}


def items_table(items: list[dict[str, Any]]) -> pd.DataFrame:
    """items.csv: one row per question and condition."""
    return pd.DataFrame([_flat(item) for item in items], columns=_ITEM_COLUMNS)


def unfinished_table(unfinished: Unfinished) -> pd.DataFrame:
    """unfinished.csv: one row per session that was begun and not finished."""
    rows = [
        (left.experiment, left.set, left.session_id, left.answered, left.last, left.file)
        for left in unfinished.sessions
    ]
    return pd.DataFrame(rows, columns=["experiment", "set", "session_id", "answered", "last_question", "file"])


def tables(
    collection: Collection, summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The CSV files by name; of people only where there are any. Items, options and concepts are of the included."""
    rejected = [(file, "rejected", reason) for file, reason in collection.rejected]
    rejected += [(file, "used, marked", mark) for file, mark in collection.marked]
    unfinished = collection.unfinished
    rejected += [(file, "partial, not counted", reason) for file, reason in (unfinished.rejected if unfinished else [])]
    found = {
        "codebook": summary_codebook(),
        "rejected": pd.DataFrame(rejected, columns=["file", "what", "reason"]),
    }
    if unfinished is not None:
        found["unfinished"] = unfinished_table(unfinished)
    if collection.responses:
        found |= _of_people(summary, participants, trials)
    return found | (_of_observers(summary["observers"]) if summary["observers"] else {})


def _of_people(summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame) -> dict[str, pd.DataFrame]:
    items = summary["included"]["items"]
    return {
        "participants": participants,
        "trials": trials.drop(columns=["picks", "question"]),
        "items": items_table(items),
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


def _of_observers(observers: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """One row per observer and condition, and one per question of these; both ends of an interval apart."""
    rows, items = [], []
    for record in observers:
        low, high = record["interval"] or (None, None)
        row = {name: value for name, value in record.items() if name not in ("items", "interval")}
        rows.append({**row, "interval_low": low, "interval_high": high})
        own = {"observer": record["observer"], "experiment": record["experiment"]}
        items += [{**own, **{k: v for k, v in item.items() if k != "probabilities"}} for item in record["items"]]
    return {"observers": pd.DataFrame(rows), "observer_items": pd.DataFrame(items)}
