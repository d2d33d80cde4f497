"""The paper's study file and its walk-through: what they say holds, and a small study goes the whole way."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import resnet50

from generator.models.weights.checkpoint import NORMALIZERS, import_checkpoint
from generator.pictures.restricted_imagenet import WORDNET
from generator.pipeline import build
from generator.study import Study, load_study
from tests.cli.test_commands import command_error
from tests.small_study import Counting, picture

ROOT = Path(__file__).parents[2]
NEURONS = (291, 356, 660, 906, 908, 1526, 1591, 1943, 1994, 2031)


def test_the_papers_settings() -> None:
    paper = load_study(ROOT / "configs" / "paper.toml")
    assert paper.selection.neurons == NEURONS
    assert (paper.selection.top_edge_num, paper.selection.top_min) == (100, 0.11)
    assert (paper.selection.bottom_edge_num, paper.selection.min_max_ratio_min) == (100, 10_000)
    assert (paper.data.kind, paper.data.debias) == ("restricted-imagenet", (150, 250))
    assert NORMALIZERS[9][1:] == (paper.model.mean, paper.model.std) and paper.model.size == 224
    assert (paper.gridcam.cells, paper.gridcam.windows) == (8, (1, 2, 4, 7))
    assert (paper.questions.options, paper.questions.answers, paper.questions.examples) == (9, 3, 4)
    settings = paper.visualization
    assert (settings.method, settings.iterations, settings.step_size, settings.radius) == ("madry", 200, 1.0, 1000.0)
    assert (settings.noise_mean, settings.noise_sd) == (0.5, 0.5)


def test_the_original_study_differs_in_where_things_come_from() -> None:
    original = load_study(ROOT / "configs" / "original-study.toml")
    assert (original.questions.kind, original.visualization.method, original.gridcam.unit) == (
        "files",
        "files",
        "nearest",
    )
    assert original.visualization.files == ("fv_noise.png", "fv_dataset.png")


@pytest.mark.parametrize("file", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_study_files_are_read_and_name_a_command_that_is_there(file: Path) -> None:
    assert isinstance(load_study(file), Study)
    assert f"--study configs/{file.name}" in file.read_text()


def test_commands_and_settings_of_the_walk_through_are_there() -> None:
    text = (ROOT / "docs" / "reproduce.md").read_text()
    commands = set(re.findall(r"python -m generator ([\w-]+)", text))
    assert commands == {"import-checkpoint", "select", "build"}
    for file in re.findall(r"(?:configs|benchmarks)/[\w.-]+", text):
        assert (ROOT / file).is_file(), file
    for block in re.findall(r"```toml\n(.*?)```", text, re.S):
        sections = tomllib.loads(re.sub(r"^  ", "", block, flags=re.M))
        for section, values in sections.items():
            assert set(values) <= set(Study.model_fields[section].annotation.model_fields)
    fields = {name for field in Study.model_fields.values() for name in getattr(field.annotation, "model_fields", {})}
    for name in (
        "similarity_max",
        "overlap_max",
        "visualization_min",
        "neurons",
        "debias",
        "tokens",
        "channels",
        "most",
        "unit",
        "layout",
    ):
        assert name in text and name in fields


@pytest.mark.slow
def test_what_is_missing_is_the_first_thing_said(tmp_path: Path) -> None:
    sentence = command_error(
        "build", "--study", ROOT / "configs" / "paper.toml", "--weights", "none.safetensors", cwd=tmp_path
    )
    assert sentence == "weights file none.safetensors does not exist"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_small_study_goes_the_whole_way(tmp_path: Path) -> None:
    """A ResNet-50 in a robustness checkpoint, pictures by WordNet id, the paper's file: only sizes are smaller."""
    torch.manual_seed(0)
    model = resnet50(num_classes=9).state_dict()
    normalizer = {
        f"new_{k}": torch.tensor(v).view(3, 1, 1) for k, v in zip(("mean", "std"), NORMALIZERS[9][1:], strict=True)
    }
    state = {f"module.normalizer.{k}": v for k, v in normalizer.items()} | {
        f"module.model.{k}": v for k, v in model.items()
    }
    torch.save({"model": state, "epoch": 1}, tmp_path / "RestrictedImageNet.pt")
    import_checkpoint(tmp_path / "RestrictedImageNet.pt", tmp_path / "weights.safetensors")
    for number, wordnet in enumerate(sum(WORDNET.values(), ())):
        place = tmp_path / "imagenet" / "val" / wordnet
        place.mkdir(parents=True)
        Image.fromarray(picture(number)).resize((80, 64)).save(place / f"{number}.JPEG")
    sections = {
        "data": {"path": tmp_path / "imagenet", "debias": (3, 4)}, "model": {"weights": tmp_path / "weights.safetensors", "size": 64},
        "selection": {"top_edge_num": 7, "bottom_edge_num": 6}, "visualization": {"iterations": 1}, "gridcam": {"windows": (7,)},
        "questions": {"duplicate_distance": 0.0},
    }  # fmt: skip
    report = build(
        load_study(ROOT / "configs" / "paper.toml", sections), out=tmp_path / "dist", private=tmp_path / "private",
        artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
    )  # fmt: skip
    assert report.neurons == NEURONS and report.units == 2048
    assert [site.path.name for site in report.sites] == ["exp1", "exp2", "exp3"]
    key = json.loads((report.private / "answer_key.json").read_text())
    for question in key["questions"]:
        values = question["activations"]
        wrong = [values[o] for o in question["options"] if o not in question["answers"]]
        assert min(values[o] for o in question["answers"]) >= max(wrong) and np.isfinite(list(values.values())).all()
