"""A built study of four conditions and two sets, as its private folder holds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CONDITIONS = [
    {"name": "none", "title": "no explanation", "shows": [], "explains": "own"},
    {
        "name": 2, "title": "dataset examples with grid-cam", "explains": "own",
        "shows": [{"kind": "dataset_example", "count": 4, "gridcam": True, "originals": True, "method": None}],
    },
    {
        "name": 3, "title": "both, with grid-cam", "explains": "own",
        "shows": [
            {"kind": "dataset_example", "count": 2, "gridcam": True, "originals": True, "method": None},
            {"kind": "feature_visualization", "count": 2, "gridcam": True, "originals": True, "method": "madry"},
        ],
    },
    {
        "name": "shuffled", "title": "both, of another neuron", "explains": "shuffled",
        "shows": [{"kind": "feature_visualization", "count": 1, "gridcam": False, "originals": True, "method": "lucent"}],
    },
]  # fmt: skip


def key_content(**changes: object) -> dict:
    ids = [f"q{k:02d}" for k in range(1, 11)]
    questions = [
        {
            "id": q, "neuron": 7 * k, "options": [f"{q}-o{n}" for n in range(9)],
            "answers": [f"{q}-o{n}" for n in range(3)], "activations": {},
        }
        for k, q in enumerate(ids)
    ]  # fmt: skip
    return {
        "format": "imetric-answer-key/2", "study_id": "abc123", "questions": questions, "conditions": CONDITIONS,
        "sets": [{"name": 1, "questions": ids[:5]}, {"name": 2, "questions": ids[5:]}],
        "reference": "none", "contrasts": [[2, "none"], [3, 2]], "catch": [], **changes,
    }  # fmt: skip


def manifest_content() -> dict:
    return {
        "format": "imetric-manifest/1", "study_id": "abc123", "network": "n" * 64,
        "pictures": {"digest": "p" * 64, "count": 100}, "code": {"generator": "c" * 16},
        "settings": {
            "name": "grid-cams against nothing",
            "site": {"lang": "ko", "practice": 1, "ask_name": False, "ask_major": False, "upload_url": "", "shuffle": True},
        },
    }  # fmt: skip


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return write_private(tmp_path)


def write_private(folder: Path, **changes: object) -> Path:
    private = folder / "private" / "abc123"
    private.mkdir(parents=True)
    (private / "answer_key.json").write_text(json.dumps(key_content(**changes)))
    (private / "manifest.json").write_text(json.dumps(manifest_content()))
    return private
