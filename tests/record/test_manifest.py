"""The private record of a build: what it was made from, with what, and where."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from PIL import Image

from generator.models.device import bfloat16_is_fast
from generator.pipeline import build
from tests.small_study import Counting, study


@pytest.fixture(scope="module")
def record(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private folder of a build, made twice: the second computes nothing."""
    folder = tmp_path_factory.mktemp("record")
    for _ in range(2):
        report = build(
            study(photographs), conditions=(1,), out=folder / "dist", private=folder / "private",
            artifacts=folder / "artifacts", device="cpu", reporter=Counting(),
        )  # fmt: skip
    return report.private


@pytest.mark.slow
def test_device_number_format_and_versions_are_there_though_nothing_was_computed(record: Path) -> None:
    manifest = json.loads((record / "manifest.json").read_text())
    assert manifest["versions"]["python"] == platform.python_version()
    for package in ("torch", "torchvision", "numpy", "pillow"):
        assert manifest["versions"][package] == version(package)
    assert sorted(manifest["computed"]) == ["activations", "gridcams", "visualizations"]
    for stage, places in manifest["computed"].items():
        for where in places:
            assert where["device"].startswith("cpu: ") and len(where["device"]) > 5
            assert where["torch"] == version("torch")
        # Pictures from noise, by which neurons are chosen, in float32 everywhere; those from examples as is quickest.
        formats = ["float32"]
        if stage == "visualizations" and bfloat16_is_fast(torch.device("cpu")):
            formats = ["bfloat16", "float32"]
        assert sorted(where["number_format"] for where in places) == formats


@pytest.mark.slow
def test_the_contact_sheet_shows_a_row_for_every_neuron(record: Path) -> None:
    manifest = json.loads((record / "manifest.json").read_text())
    with Image.open(record / "diagnostics" / "neurons.png") as sheet:
        questions = [name for name in manifest["casts"] if name.startswith("q")]
        # Two visualizations, an example with its two grid-cams, nine top pictures of 128 px with 6 px between them.
        assert sheet.size == (14 * 134 + 6, len(questions) * (128 + 6 + 20) + 6)
