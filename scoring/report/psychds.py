"""Results as a Psych-DS folder (psych-ds.github.io, 0.4): described CSV files beside the raw JSON, without any ids."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import ScoringError
from ..files.collect import Collection
from ..files.response import SURVEY, Response
from ..files.rows import QuestionRow, SessionRow
from .codebook import COLUMNS
from .pseudonyms import pseudonyms
from .tables import csv_of

PSEUDONYMS = "pseudonyms.json"
# What of a raw row is shared; whatever else it holds, such as the page's address with ids of a recruiting service and
# the browser's own name, is not.
_SHARED = {*SessionRow.model_fields, *QuestionRow.model_fields, "plugin_version", "seed", "viewport", "tries", "passed"}
_DESCRIBED = {
    "subject_id": "the person, by a number that only this dataset has",
    "session_id": "the visit, by a number that only this dataset has",
}


def write_psych_ds(
    folder: Path,
    collection: Collection,
    participants: pd.DataFrame,
    trials: pd.DataFrame,
    summary: dict[str, Any],
    private: Path,
) -> None:
    """Write the folder: dataset_description.json, README.md, .psychdsignore, data/*_data.csv, data/raw/*.json.

    private: a folder outside, where `pseudonyms.json` says which id stands behind which number; the same numbers are
    given the next time. Names that participants typed, ids of people and visits, browsers' own names and files' own
    names, which may name people, are in nothing that is shared. Raises ScoringError if the folder holds something else
    already, or would hold the private one.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "dataset_description.json").exists():
        raise ScoringError(f"{folder}: holds something other than a Psych-DS folder; name an empty or new one")
    if private.resolve().is_relative_to(folder.resolve()):
        raise ScoringError(f"{private}: names people and would lie in {folder}, which is shared; name another --out")
    subjects, sessions = pseudonyms(
        private / PSEUDONYMS, collection.key.study_id, participants["subject_id"], participants["session_id"]
    )
    study = re.sub(r"[^A-Za-z0-9]", "", collection.key.study_id) or "study"
    data, raw = folder / "data", folder / "data" / "raw"
    shutil.rmtree(data, ignore_errors=True)
    raw.mkdir(parents=True)
    names = {}
    for number, response in enumerate(collection.responses, 1):
        names[response.file] = f"{number:05d}_exp{response.experiment}.json"
        content = json.loads(Path(response.file).read_bytes().decode("utf-8-sig"))
        ids = {"subject_id": subjects[response.subject_id], "session_id": sessions[response.session_id]}
        (raw / names[response.file]).write_text(_shared(content, ids), encoding="utf-8")
    tables = {
        "participants": participants.assign(
            subject_id=participants["subject_id"].map(subjects),
            session_id=participants["session_id"].map(sessions),
            file=participants["file"].map(names),
            marks=[_marks(response, names) for response in collection.responses],
        ),
        "trials": trials.drop(columns=["picks", "question"]),
    }
    for name, table in tables.items():
        (data / f"study-{study}_description-{name}_data.csv").write_bytes(csv_of(table))
    shown = ", ".join(f"{each.name} {each.title.replace(',', '')}" for each in collection.key.conditions)
    described = {**COLUMNS, **_DESCRIBED, "experiment": f"{COLUMNS['experiment']}: {shown}"}
    columns = dict.fromkeys(column for table in tables.values() for column in table.columns)
    description = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"I-metric responses of study {collection.key.study_id}",
        "description": (
            f"Responses of {len(participants)} participants who picked, for each neuron of a vision network, the "
            "pictures that they think activate it most. Names and ids of participants were removed."
        ),
        "schemaVersion": "Psych-DS 0.4.0",
        "keywords": ["interpretability", "feature visualization", "human evaluation", "I-metric"],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column, "description": described[column]} for column in columns
        ],
    }
    (folder / "dataset_description.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    (folder / ".psychdsignore").write_text("data/raw/\n", encoding="utf-8")  # no tables: nothing there to validate
    (folder / "README.md").write_text(
        f"# Study {collection.key.study_id}\n\n{description['description']}\n\n"
        "`data/` holds one row per participant and one row per participant and question, `data/raw/` the pages' files\n"
        "with numbers for ids and without names, addresses and browsers' own names. What participants wrote\n"
        f"(`major`, `concept`) is as they wrote it. Scored {summary['files']['used']} of "
        f"{summary['files']['given']} files, with seed {summary['seed']}.\n",
        encoding="utf-8",
    )


def _marks(response: Response, names: dict[str, str]) -> str:
    """A response's marks with the shared files' names in place of the files' own."""
    text = "; ".join(response.all_marks)
    others = [*response.also_in, *response.answering.also_in]
    if not others:
        return text
    # In one pass, the longest first: a file's own name may be part of another, or of a shared one.
    own = "|".join(map(re.escape, sorted(others, key=len, reverse=True)))
    return re.sub(own, lambda found: names[found[0]], text)


def _shared(content: Any, ids: dict[str, str]) -> str:
    """A raw file with these ids and with what may be shared of it: the pages' rows, or an original file's object."""
    if isinstance(content, dict):
        kept: Any = {k: v for k, v in content.items() if k.isdecimal() or k in (*SURVEY, "backgrounds")}
    else:
        kept = [{k: v for k, v in row.items() if k in _SHARED} | _ids_of(row, ids) for row in content]
        answers = kept[0].get("response")
        if isinstance(answers, dict):
            kept[0]["response"] = {k: v for k, v in answers.items() if k in SURVEY}
    return json.dumps(kept, indent=1, ensure_ascii=True) + "\n"


def _ids_of(row: dict[str, Any], ids: dict[str, str]) -> dict[str, str]:
    return {name: pseudonym for name, pseudonym in ids.items() if name in row}
