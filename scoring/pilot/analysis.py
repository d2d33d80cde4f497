"""The pilot study: participants' files -> the paper's tables 2 and 3, and the two methods compared as paired data.

The pilot asks about the same neurons with both visualization methods (appendices A and B of the paper): which patterns
are seen and how many (part 1), how visualizations started from noise and from pictures differ (part 2), at which number
of iterations the pattern is clearest (part 3). Every participant sees both methods, so they are compared within people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..files.pilot import KINDS, PilotData
from ..statistics.corrections import holm
from ..statistics.intervals import bca
from ..statistics.items import krippendorff_alpha
from .paired import paired_difference

FORMAT = "imetric-pilot-summary/1"


def analyse_pilot(data: PilotData, seed: int) -> dict[str, Any]:
    """Tables 2 and 3 of the paper and the paired tests; docs/pilot.md describes the dictionary."""
    answers = data.answers
    methods = [method for method in data.key.labels.values() if (answers["method"] == method).any()]
    patterns, starts, chosen = (answers[answers["part"] == part] for part in ("patterns", "starts", "iterations"))
    measures = {
        "patterns per visualization": (patterns, "count"),
        "understood": (patterns, "understood"),
        **{f"kind: {kind}": (patterns, kind) for kind in KINDS},
        "iterations": (chosen, "iterations"),
    }
    described = {
        name: {method: _mean(frame[frame["method"] == method], column, seed) for method in methods}
        for name, (frame, column) in measures.items()
        if len(frame)
    }
    pairs = []
    if len(methods) == 2:
        for name, (frame, column) in measures.items():
            if len(frame) and (found := paired(frame, column, methods, seed)) is not None:
                pairs.append({"measure": name, "methods": methods, **found})
        for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
            pair["p_holm"] = p
    return {
        "format": FORMAT,
        "study_id": data.key.study_id,
        "seed": seed,
        "participants": data.participants,
        "files": {"given": data.files, "used": data.participants, "rejected": len(data.rejected)},
        "methods": methods,
        "kinds": {
            method: {kind: int(patterns.loc[patterns["method"] == method, kind].sum()) for kind in KINDS}
            for method in methods
            if len(patterns)
        },
        "kinds_agreement": _agreement(patterns) if len(patterns) else None,
        "described": described,
        "iterations": {
            method: dict(sorted(Counter(own["iterations"].astype(int).tolist()).items()))
            for method in methods
            if len(own := chosen[chosen["method"] == method])
        },
        "clearer": {
            method: {start: int((starts.loc[starts["method"] == method, "clearer"] == start).sum())
                     for start in ("noise", "picture", "same")}
            for method in methods
            if len(starts)
        },
        "paired": pairs,
    }  # fmt: skip


def _mean(frame: pd.DataFrame, column: str, seed: int) -> dict[str, Any] | None:
    """Mean over participants of their own means, with its BCa interval."""
    means = frame.groupby("participant")[column].mean().astype(float).to_numpy()
    if not len(means):
        return None
    interval = bca(means, seed)
    return {"mean": float(means.mean()), "interval": None if interval is None else list(interval), "n": len(means)}


def paired(frame: pd.DataFrame, column: str, methods: Sequence[str], seed: int) -> dict[str, Any] | None:
    """The second method less the first within each participant, over the neurons seen with both (`paired_difference`).

    None with fewer than two participants.
    """
    wide = frame.pivot_table(index=["participant", "neuron"], columns="method", values=column, aggfunc="first")
    if not set(methods) <= set(wide.columns):
        return None
    both = wide.dropna(subset=list(methods)).astype(float)
    differences = (both[methods[1]] - both[methods[0]]).groupby("participant").mean().to_numpy()
    return paired_difference(differences, seed)


def _agreement(patterns: pd.DataFrame) -> float | None:
    """Krippendorff's alpha of the kinds: each neuron, method and kind a unit, seen or not seen."""
    counts = []
    for _, group in patterns.groupby(["neuron", "method"]):
        for kind in KINDS:
            seen = int(group[kind].sum())
            counts.append([seen, len(group) - seen])
    return krippendorff_alpha(np.array(counts))
