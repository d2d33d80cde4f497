"""The private record of a build: the answer key, what everything was made from, what to look at before publishing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import PACKAGE
from ..pictures import PictureSet
from ..questions.question import Cast, QuestionSet, answer_key
from ..selection.neurons import Selection
from ..selection.page import selection_record
from ..store import digest_of, digest_of_arrays, write_atomically
from ..study import Study
from .contact_sheet import contact_sheet


def write_private(
    folder: Path,
    study: Study,
    network: str,
    pictures: PictureSet,
    activations: np.ndarray,
    selection: Selection,
    casts: Sequence[Cast],
    question_set: QuestionSet,
    page: bytes,
) -> None:
    """Write answer_key.json, manifest.json and diagnostics/ into this study's own folder.

    network: its identity; page: the one that explains the selection.
    """
    shutil.rmtree(folder / "diagnostics", ignore_errors=True)
    key = json.dumps(answer_key(question_set), indent=1).encode()
    sheet = contact_sheet(question_set, selection.neurons, pictures.pixels, activations)
    everything = question_set.questions + question_set.practice + question_set.catches
    shown = {
        f"{q.id}/{a.kind}/{k}": a.pixels
        for q in everything
        for k, a in enumerate(q.feature_visualizations + q.dataset_examples)
    }
    cams = {
        f"{q.id}/{a.kind}/{k}": a.gridcam
        for q in everything
        for k, a in enumerate(q.feature_visualizations + q.dataset_examples)
    }
    manifest = {
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
        "artifacts": {
            "activations": digest_of_arrays({"activations": activations}),
            "pictures_shown": digest_of_arrays(shown),
            "gridcams": digest_of_arrays(cams),
            "answer_key": digest_of(json.loads(key)),
        },
        "casts": {
            q.id: {
                "answers": [pictures.names[i] for i in c.answers],
                "examples": [pictures.names[i] for i in c.examples],
                "wrong": [pictures.names[i] for i in c.wrong],
            }
            for q, c in zip(everything, casts, strict=True)
        },
    }
    write_atomically(folder / "answer_key.json", key + b"\n")
    write_atomically(folder / "manifest.json", json.dumps(manifest, indent=1).encode() + b"\n")
    write_atomically(folder / "diagnostics" / "neurons.png", sheet)
    write_selection(folder, study, selection, page)


def write_selection(folder: Path, study: Study, selection: Selection, page: bytes) -> None:
    """Write diagnostics/selection.html and, unless the questions were given, selection.json."""
    write_atomically(folder / "diagnostics" / "selection.html", page)
    if selection.criteria is not None:
        record = json.dumps(selection_record(selection, study.selection), indent=1).encode()
        write_atomically(folder / "diagnostics" / "selection.json", record + b"\n")


def _code_version() -> dict[str, str]:
    root = PACKAGE
    digest = hashlib.sha256()
    for source in sorted([*root.rglob("*.py"), *(root.parent / "site_templates").rglob("*")]):
        if source.is_file() and "__pycache__" not in source.parts:
            digest.update(source.relative_to(root.parent).as_posix().encode() + source.read_bytes())
    return {"generator": digest.hexdigest()[:16]}
