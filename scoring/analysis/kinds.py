"""Neurons against features: how well people find what units of each kind detect, condition by condition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..files.key import Key
from ..statistics.comparisons import MeanOverNeurons, apart, mean_over_neurons
from ..statistics.corrections import holm

KINDS = ("neuron", "feature")


def compare_kinds(trials: pd.DataFrame, key: Key) -> list[dict[str, Any]]:
    """A record of each condition, in the key's order; none where a study's units are all of one kind.

    trials: one row per participant and question. Means are in correct answers of a set, every unit of one weight;
    differences are features less neurons, p_holm is corrected over conditions. Both kinds have units and people of
    their own, and both are random. Of the sets those count that two people or more answered.
    """
    kinds = {question.id: question.kind for question in key.questions}
    if set(kinds.values()) != set(KINDS):
        return []
    asked = trials.assign(share=trials["matched"] / trials["possible"], kind=trials["question_id"].map(kinds))
    records, differences = [], []
    for experiment in key.conditions.in_order(trials["experiment"]):
        found: dict[str, MeanOverNeurons | None] = {}
        described = []
        for kind in KINDS:
            own = asked[(asked["experiment"] == experiment) & (asked["kind"] == kind)]
            tables = [
                table.pivot(index="participant", columns="question_id", values="share").to_numpy(float) * key.possible
                for _, table in own.groupby("set")
                if table["participant"].nunique() > 1
            ]
            found[kind] = mean = mean_over_neurons(tables)
            described.append(
                {
                    "kind": kind,
                    "participants": sum(len(table) for table in tables),
                    "units": sum(table.shape[1] for table in tables),
                    "mean": None if mean is None else mean.mean,
                    "interval": None if mean is None else list(mean.interval()),
                }
            )
        first, second = found.values()
        differences.append(None if first is None or second is None else apart(first, second))
        records.append({"experiment": experiment, "kinds": described})
    corrected = holm([each.p if each else None for each in differences])
    return [
        {**record, "difference": None if each is None else {
            "difference": each.difference, "interval": list(each.interval), "error": each.error,
            "freedom": each.freedom, "p": each.p, "p_holm": p,
        }}
        for record, each, p in zip(records, differences, corrected, strict=True)
    ]  # fmt: skip
