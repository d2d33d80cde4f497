"""Comparisons of conditions as statements about other people and other neurons, added to those about these neurons."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..files.key import Key
from ..statistics.comparisons import difference_over_neurons
from ..statistics.corrections import holm


def add_over_neurons(comparisons: dict[str, Any], trials: pd.DataFrame, key: Key) -> None:
    """Give every record of the families `pairs` and `planned` an entry `over_neurons`; null where it cannot be had.

    trials: one row per participant and question. Differences are in correct answers, second condition less first, as
    all others; p_holm is corrected over the family. Of the sets those count that two people or more answered in both
    conditions, with the questions that somebody answered in each.
    """
    shares = trials["matched"] / trials["possible"]
    tables = {
        name: table.pivot(index="participant", columns="question_id", values="share")
        for name, table in trials.assign(share=shares).groupby(["experiment", "set"], sort=False)
    }
    for family in ("pairs", "planned"):
        records = comparisons[family]
        found = [_compared(tables, record["experiments"], key) for record in records]
        for record, each, p in zip(records, found, holm([each["p"] if each else None for each in found]), strict=True):
            record["over_neurons"] = None if each is None else {**each, "p_holm": p}


def _compared(tables: dict[Any, pd.DataFrame], experiments: list[int | str], key: Key) -> dict[str, Any] | None:
    first, second = experiments
    pairs = []
    for name in key.by_set:
        a, b = tables.get((first, name)), tables.get((second, name))
        if a is not None and b is not None and min(len(a), len(b)) > 1:
            asked = a.columns.intersection(b.columns)
            pairs.append(tuple(table[asked].to_numpy(dtype=float) * key.possible for table in (a, b)))
    found = difference_over_neurons([a for a, _ in pairs], [b for _, b in pairs]) if pairs else None
    if found is None:
        return None
    return {
        "difference": found.difference,
        "interval": list(found.interval),
        "error": found.error,
        "freedom": found.freedom,
        "p": found.p,
        "neurons": sum(a.shape[1] for a, _ in pairs),
    }
