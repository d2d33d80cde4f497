"""Results -> CSV files that open in R and JASP, tidy and with a row per participant, and an R script for the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ScoringError
from ..files.collect import Collection
from ..statistics.mixed import binomial_weights, fit
from ..statistics.picks import Picks
from .atomically import write_atomically
from .codebook import column_codebook
from .page import render
from .tables import csv_of, items_table

SCRIPT = "model.R"


def write_export(
    folder: Path, collection: Collection, summary: dict[str, Any], participants: pd.DataFrame, trials: pd.DataFrame
) -> list[Path]:
    """Write the folder: participants.csv, wide.csv, trials.csv, items.csv, codebook.csv, model.csv, model.R, README.md.

    Truth is 1 and 0, what is not known an empty cell. Files' own names, which may name people, stay out. Raises
    ScoringError if the folder holds something else already.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / SCRIPT).exists():
        raise ScoringError(f"{folder}: holds something other than an export; name an empty or new one")
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {q.id: (len(q.options), len(q.answers)) for q in collection.key.questions}
    chance = trials["question_id"].map({name: answers / options for name, (options, answers) in sizes.items()})
    titles = {each.name: f"{each.name}: {each.title}" for each in collection.key.conditions}
    share = trials["matched"] / trials["possible"]
    tables = {
        "participants": _tidy(participants.drop(columns=["marks", "file"]), titles),
        "wide": _tidy(wide(participants, trials, list(collection.key.by_id)), titles),
        "trials": _tidy(trials.drop(columns=["picks", "question"]).assign(share=share, chance=chance), titles),
        "items": items_table(summary["included"]["items"]),
    }
    files = {f"{name}.csv": csv_of(table) for name, table in tables.items()}
    files["codebook.csv"] = csv_of(column_codebook(tables))
    model = binomial_model(trials[trials["included"]], chance, summary)
    if model is not None:
        # One condition has no contrasts: R drops a factor of a single level, so that its mean is the intercept.
        fixed = "0 + experiment" if (model["kind"] == "condition").sum() > 1 else "1"
        files["model.csv"] = csv_of(model)
        files[SCRIPT] = render("model.R.j2", study_id=collection.key.study_id, fixed=fixed).encode()
    else:
        files[SCRIPT] = b"# The mixed model of this study could not be fitted; the report says why.\n"
    files["README.md"] = render("export.md.j2", s=summary).encode()
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]


def _tidy(table: pd.DataFrame, titles: dict[int | str, str]) -> pd.DataFrame:
    """Truth as 1 and 0; beside a condition's name, which may be a number, its title, which JASP takes for a label."""
    table = table.assign(included=table["included"].astype(int))
    table.insert(list(table.columns).index("experiment") + 1, "condition", table["experiment"].map(titles))
    return table


def wide(participants: pd.DataFrame, trials: pd.DataFrame, questions: Sequence[str]) -> pd.DataFrame:
    """One row per participant, as JASP's repeated measures want it: found_, confidence_ and seconds_ of each question.

    A question of another set, or that was not answered, is an empty cell.
    """
    frame = participants[["participant", "experiment", "set", "included", "score", "ratio", "minutes"]]
    by_person = trials.assign(
        found=trials["matched"], seconds=trials["rt_ms"].astype(float) / 1000, confidence=trials["confidence"]
    ).set_index(["participant", "question_id"])
    columns = []
    for measure in ("found", "confidence", "seconds"):
        table = by_person[measure].unstack("question_id").reindex(columns=list(questions))
        columns.append(table.add_prefix(f"{measure}_"))
    return frame.join(pd.concat(columns, axis=1), on="participant")


def binomial_model(trials: pd.DataFrame, chance: pd.Series, summary: dict[str, Any]) -> pd.DataFrame | None:
    """What the R script should find: kind, term, estimate, error of each condition and spread; None: cannot be fitted.

    Log-odds above blind picking, each pick by itself. On all included participants, however many.
    """
    experiments = [entry["experiment"] for entry in summary["included"]["experiments"]]
    possible = trials["possible"].to_numpy()
    picks = Picks(
        trials["experiment"].to_numpy(), trials["participant"].to_numpy(), trials["question"].to_numpy(),
        trials["matched"].to_numpy(), experiments, [(1, 1)] * summary["questions"],
    )  # fmt: skip
    if picks.too_few():
        return None
    blind = chance[trials.index].to_numpy(dtype=float)
    offset = np.log(blind / (1 - blind))
    counts = np.arange(possible.max() + 1)
    table = np.full((possible.max() + 1, len(counts)), -np.inf)
    for count in np.unique(possible):
        table[count, : count + 1] = binomial_weights(int(count))
    try:
        model = fit(picks.matched, table[possible] + offset[:, None] * counts, picks.design(), picks.levels())
    except ValueError:
        return None
    errors = np.sqrt(np.diag(model.covariance))
    rows = [("condition", str(e), *each) for e, *each in zip(experiments, model.fixed, errors, strict=True)]
    spreads = zip(("participant", "question_id"), model.standard_deviations, strict=True)
    rows += [("standard deviation", name, spread, None) for name, spread in spreads]
    return pd.DataFrame(rows, columns=["kind", "term", "estimate", "error"])
