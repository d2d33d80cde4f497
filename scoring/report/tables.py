"""Results -> the CSV files of the report, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..files.collect import Collection

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
