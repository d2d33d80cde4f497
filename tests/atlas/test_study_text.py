"""The study file that an atlas offers asks about the same network and pictures in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.atlas.study_text import study_text
from generator.study import load_study

WORLD = {"name": "small world", "seed": 4, "selection": {"count": 3, "top_edge_num": 30, "bottom_edge_num": 20}}
RESNET = {
    "data": {"kind": "folder", "path": "photos", "debias": [10, 20]},
    "model": {"name": "torchvision:resnet18", "weights": "net.pth", "layer": "layer4", "mean": [0.5, 0.5, 0.5]},
    "visualization": {"method": "maco", "canvas": 256},
    "visualizations": {"lucent": {"method": "lucent"}, "few": {"method": "madry", "iterations": 3}},
    "gridcam": {"windows": [1, 4]},
}


@pytest.mark.parametrize("settings", [{}, WORLD, RESNET, {"visualizations": {"lucent": {"method": "lucent"}}}])
def test_a_study_reads_back_as_it_was_but_for_its_units(settings: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    before = load_study(None, settings)
    file.write_text(study_text(before).replace("{neurons}", "3, 17"), encoding="utf-8")
    after = load_study(file)
    assert after.selection.neurons == (3, 17)
    own = {"neurons", "count", "by"}
    assert after.selection.model_dump(exclude=own) == before.selection.model_dump(exclude=own)
    # A name is all that is told of a path, which is relative to the study file.
    paths = {"data": {"path"}, "model": {"weights"}}
    for section in ("name", "seed", "data", "model", "visualization", "visualizations", "gridcam"):
        kept = [study.model_dump(include={section}, exclude=paths) for study in (before, after)]
        assert kept[0] == kept[1]
    assert after.data.path == (tmp_path / "photos" if before.data.path else None)


def test_the_text_holds_only_what_differs_and_no_folder_of_this_machine() -> None:
    assert study_text(load_study()) == 'name = "creatures"\nseed = 0\n\n[selection]\nneurons = [{neurons}]\n'
    text = study_text(load_study(None, {"name": 'a "b" \\', "data": {"kind": "folder", "path": "/home/kim/photos"}}))
    assert 'name = "a \\"b\\" \\\\"' in text
    assert 'path = "photos"  # where it lies on your machine' in text and "kim" not in text
