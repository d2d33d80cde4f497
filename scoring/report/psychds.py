"""Results as a Psych-DS folder (psych-ds.github.io, 0.4): described CSV files beside the raw JSON."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import ScoringError
from ..files.collect import Collection
from ..files.response import Response
from .codebook import COLUMNS
from .tables import csv_of


def write_psych_ds(
    folder: Path, collection: Collection, participants: pd.DataFrame, trials: pd.DataFrame, summary: dict[str, Any]
) -> None:
    """Write the folder: dataset_description.json, README.md, data/*_data.csv, data/raw/*.json.

    Names that participants typed are taken out of the raw files, as they are from the tables, and files' own names,
    which may name people, from everything. Raises ScoringError if the folder holds something else already.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "dataset_description.json").exists():
        raise ScoringError(f"{folder}: holds something other than a Psych-DS folder; name an empty or new one")
    study = re.sub(r"[^A-Za-z0-9]", "", collection.key.study_id) or "study"
    data, raw = folder / "data", folder / "data" / "raw"
    shutil.rmtree(data, ignore_errors=True)
    raw.mkdir(parents=True)
    names = {}
    for number, response in enumerate(collection.responses, 1):
        names[response.file] = f"{number:05d}_exp{response.experiment}.json"
        content = json.loads(Path(response.file).read_bytes().decode("utf-8-sig"))
        (raw / names[response.file]).write_text(_nameless(content), encoding="utf-8")
    tables = {
        "participants": participants.assign(
            file=participants["file"].map(names), marks=[_marks(response, names) for response in collection.responses]
        ),
        "trials": trials.drop(columns=["picks", "question"]),
    }
    for name, table in tables.items():
        (data / f"study-{study}_description-{name}_data.csv").write_bytes(csv_of(table))
    shown = ", ".join(f"{each.name} {each.title.replace(',', '')}" for each in collection.key.conditions)
    described = {**COLUMNS, "experiment": f"{COLUMNS['experiment']}: {shown}"}
    columns = dict.fromkeys(column for table in tables.values() for column in table.columns)
    description = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"I-metric responses of study {collection.key.study_id}",
        "description": (
            f"Responses of {len(participants)} participants who picked, for each neuron of a vision network, the "
            "pictures that they think activate it most. Names that participants typed were removed."
        ),
        "schemaVersion": "Psych-DS 0.4.0",
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column, "description": described[column]} for column in columns
        ],
    }
    (folder / "dataset_description.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(
        f"# Study {collection.key.study_id}\n\n{description['description']}\n\n"
        "`data/` holds one row per participant and one row per participant and question; `data/raw/` the files as the\n"
        f"pages wrote them. Scored {summary['files']['used']} of {summary['files']['given']} files, with seed "
        f"{summary['seed']}.\n",
        encoding="utf-8",
    )


def _marks(response: Response, names: dict[str, str]) -> str:
    """A response's marks with the shared files' names in place of the files' own."""
    text = "; ".join(response.marks)
    if not response.also_in:
        return text
    # In one pass, the longest first: a file's own name may be part of another, or of a shared one.
    own = "|".join(map(re.escape, sorted(response.also_in, key=len, reverse=True)))
    return re.sub(own, lambda found: names[found[0]], text)


def _nameless(content: Any) -> str:
    if isinstance(content, dict):
        content.pop("name", None)
    else:
        answers = content[0].get("response")
        if isinstance(answers, dict):
            answers.pop("name", None)
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"
