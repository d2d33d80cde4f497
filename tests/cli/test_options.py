"""Options that commands share: what they say of a study's settings, and nothing of what was not said."""

from __future__ import annotations

from pathlib import Path

from generator.cli.options import listed, overrides
from generator.study import Study, load_study


def test_no_words_change_nothing() -> None:
    assert overrides() == {}
    assert load_study(None, overrides()) == load_study()


def test_every_word_reaches_its_setting(tmp_path: Path) -> None:
    settings = overrides(
        images=tmp_path, model="torchvision:resnet18", weights=Path("w.pth"), layer="avgpool", method="lucent",
        engine="reference", exact=True, number_format="float32", iterations=7, seed=0,
    )  # fmt: skip
    assert settings == {
        "data": {"kind": "folder", "path": tmp_path},
        "model": {"name": "torchvision:resnet18", "weights": Path("w.pth"), "layer": "avgpool"},
        "visualization": {
            "method": "lucent",
            "engine": "reference",
            "exact": True,
            "number_format": "float32",
            "iterations": 7,
        },
        "seed": 0,
    }
    study: Study = load_study(None, settings)
    assert (study.data.path, study.model.layer, study.visualization.iterations) == (tmp_path, "avgpool", 7)


def test_one_word_leaves_the_rest_of_its_section_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('seed = 3\n[model]\nname = "efficientnet-lite0"\nlayer = "pool"\n')
    study = load_study(path, overrides(layer="conv"))
    assert (study.seed, study.model.name, study.model.layer) == (3, "efficientnet-lite0", "conv")


def test_words_with_commas_between() -> None:
    assert listed("madry, lucent") == ("madry", "lucent")
    assert listed("madry") == ("madry",)
