"""What became of every file and participant -> counts, as flow diagrams of studies show them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ..files.collect import Collection
from ..files.exclusions import RULES

# Why a file was not used, by how its reason begins (files/collect.py); any other reason: it is not as the pages write.
_REASONS = (
    ("session_id: is already in", "the same session again"),
    ("row 0, study_id:", "of another study"),
)
_OTHER = "not a sound participant's file"


def flow(collection: Collection, participants: pd.DataFrame) -> dict[str, Any]:
    """Files that arrived, those not used and why, observers, people, who was excluded and by what, who is analysed.

    excluded: each participant once, under the first rule that is broken, in the order of RULES; conditions, in the
    study's order, and their sets: also those that nobody was in; unfinished: sessions that were begun and not finished,
    None where partial files were not looked at, and after how many questions they were left.
    """
    unfinished = collection.unfinished
    why = Counter(_reason(text) for _, text in collection.rejected)
    first_rule = participants["excluded_by"].str.split(" ").str[0]
    conditions = []
    for condition in collection.key.conditions:
        own = participants[participants["experiment"] == condition.name]
        kept = own[own["included"]]
        left = [each for each in unfinished.sessions if each.experiment == condition.name] if unfinished else []
        left_after = Counter(each.answered for each in left)
        conditions.append(
            {
                "experiment": condition.name,
                "participants": len(own),
                "excluded": len(own) - len(kept),
                "analysed": len(kept),
                "sets": [{"set": name, "analysed": int((kept["set"] == name).sum())} for name in collection.key.by_set],
                "unfinished": None if unfinished is None else len(left),
                "left_after": [{"questions": k, "sessions": n} for k, n in sorted(left_after.items())],
            }
        )
    return {
        "files": collection.files,
        "not_used": [{"reason": reason, "files": count} for reason, count in why.most_common()],
        "observers": len(collection.observers),
        "participants": len(participants),
        "unfinished": None if unfinished is None else len(unfinished.sessions),
        "excluded": [
            {"rule": rule, "in_words": RULES[rule], "participants": int((first_rule == rule).sum())}
            for rule in RULES
            if (first_rule == rule).any()
        ],
        "conditions": conditions,
    }


def _reason(text: str) -> str:
    return next((reason for begin, reason in _REASONS if text.startswith(begin)), _OTHER)
