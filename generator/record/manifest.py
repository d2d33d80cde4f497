"""The private record of a build: the answer key, what everything was made from, what to look at before publishing."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from .. import PACKAGE
from ..models import Activations
from ..pictures import PictureSet
from ..questions.conditions import Condition
from ..questions.key import answer_key
from ..questions.question import QuestionSet
from ..selection.neurons import Selection
from ..selection.page import selection_record
from ..store import Origin, clear_unfinished, digest_of, digest_of_arrays, write_atomically
from ..study import SelectionSettings, Study
from .contact_sheet import contact_sheet
from .paths import NeuronPath, paths_page, paths_record

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "scipy")  # whose versions the record names
OBSERVED = "observers.html"  # what `observe` writes beside the pages of a build
COMPUTED = ("activations", "visualizations", "gridcams")  # stages whose artifacts say where they were computed


def write_private(
    folder: Path,
    study: Study,
    network: str,
    pictures: PictureSet,
    activations: Activations,
    selection: Selection,
    question_set: QuestionSet,
    conditions: Sequence[Condition],
    page: bytes,
    origins: Mapping[str, Sequence[Origin]],
    paths: Sequence[NeuronPath] = (),
    neurons: int | None = None,
) -> None:
    """Write answer_key.json, manifest.json and diagnostics/ into this study's own folder.

    network: its identity; conditions: that the key tells of; page: the one that explains the selection; origins: where
    the artifacts of each stage were computed; paths: how visualizations go through the network; neurons: as of the key.
    """
    clear_unfinished(folder)
    for old in (folder / "diagnostics").glob("*"):
        if old.name != OBSERVED:  # of the same questions, as the study's id says
            old.unlink()
    planned = (study.reference, study.analysis.contrasts)
    key = json.dumps(answer_key(question_set, conditions, *planned, neurons), indent=1).encode()
    sheet = contact_sheet(question_set.of_role("study"), selection.neurons, pictures.pixels, activations)
    manifest = _manifest(study, network, pictures, activations, question_set, conditions, origins, json.loads(key))
    write_atomically(folder / "answer_key.json", key + b"\n")
    write_atomically(folder / "manifest.json", json.dumps(manifest, indent=1).encode() + b"\n")
    write_atomically(folder / "diagnostics" / "neurons.png", sheet)
    write_atomically(folder / "diagnostics" / "paths.json", json.dumps(paths_record(paths), indent=1).encode() + b"\n")
    write_atomically(
        folder / "diagnostics" / "paths.html",
        paths_page(paths, study=study.name, study_id=question_set.study_id, network=study.model.name),
    )
    write_selection(folder, study.selects, selection, page)


def _manifest(
    study: Study,
    network: str,
    pictures: PictureSet,
    activations: Activations,
    question_set: QuestionSet,
    conditions: Sequence[Condition],
    origins: Mapping[str, Sequence[Origin]],
    key: Mapping[str, object],
) -> dict[str, object]:
    """What everything was made from, ready for JSON: `imetric-manifest/1`. key: the answer key."""
    shown = {
        f"{question.id}/{each.kind}/{k}": each
        for question in question_set.questions
        for k, each in enumerate(question.attributions)
    }
    gridcams = {name: each.gridcam for name, each in shown.items() if each.gridcam is not None}
    return {
        "format": "imetric-manifest/1",
        "study_id": question_set.study_id,
        "settings": study.model_dump(mode="json"),
        "network": network,
        "pictures": {
            "digest": pictures.digest,
            "count": len(pictures.names),
            "classes": list(pictures.classes),
            "skipped": [list(each) for each in pictures.skipped],
        },
        "code": _code_version(),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
        "computed": {stage: list(origins[stage]) for stage in COMPUTED if stage in origins},
        "artifacts": {
            "activations": activations.digest,
            "pictures_shown": digest_of_arrays({name: each.pixels for name, each in shown.items()}),
            "gridcams": digest_of_arrays(gridcams),
            "answer_key": digest_of(key),
        },
        "casts": {
            question.id: {
                "answers": [pictures.names[i] for i in question.pictures.answers],
                "examples": [pictures.names[i] for i in question.pictures.examples],
                "wrong": [pictures.names[i] for i in question.pictures.distractors],
            }
            for question in question_set.questions
        },
        "shuffled": {
            str(condition.name): {
                question.id: condition.explained_by(question_set)[question.id].id
                for question in question_set.of_role("study")
            }
            for condition in conditions
            if condition.shuffled
        },
    }


def network_told(manifest: Path) -> str | None:
    """The identity of the network that a study's manifest names; None where there is none that can be read."""
    try:
        network = json.loads(manifest.read_bytes())["network"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return network if isinstance(network, str) else None


def write_selection(folder: Path, settings: SelectionSettings, selection: Selection, page: bytes) -> None:
    """Write diagnostics/selection.html and, unless the questions came from files, selection.json."""
    write_atomically(folder / "diagnostics" / "selection.html", page)
    if selection.criteria is not None:
        record = json.dumps(selection_record(selection, settings), indent=1).encode()
        write_atomically(folder / "diagnostics" / "selection.json", record + b"\n")


def _code_version() -> dict[str, str]:
    root = PACKAGE
    digest = hashlib.sha256()
    for source in sorted([*root.rglob("*.py"), *(root.parent / "site_templates").rglob("*")]):
        if source.is_file() and "__pycache__" not in source.parts:
            digest.update(source.relative_to(root.parent).as_posix().encode() + source.read_bytes())
    return {"generator": digest.hexdigest()[:16]}
