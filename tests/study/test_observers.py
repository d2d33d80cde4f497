"""[observers]: what `features` looks with, its weights relative to the study file."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import StudyError
from generator.study import load_study


def test_weights_are_relative_to_the_study_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        '[observers]\nnetwork = "torchvision:vgg16"\nweights = "vgg.pth"\nlayers = ["a", "b"]\n'
    )
    observers = load_study(tmp_path / "study.toml").observers
    assert observers.weights == tmp_path.resolve() / "vgg.pth" and observers.layers == ("a", "b")


def test_a_setting_that_is_none_is_told() -> None:
    with pytest.raises(StudyError) as caught:
        load_study(None, {"observers": {"layer": "a"}})
    assert str(caught.value) == "settings: [observers] layer is not a setting; did you mean 'layers'?"
