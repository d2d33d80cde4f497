"""What a study is called: settings that it does not touch change no name, those that it sets do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from generator.pipeline.composition import _study_id
from generator.study import Study, load_study

CONFIGS = Path(__file__).parent.parent.parent / "configs"


def name_of(study: Study) -> str:
    network, pictures = SimpleNamespace(handle=SimpleNamespace(identity="network")), SimpleNamespace(digest="pictures")
    return _study_id(study, network, pictures, [])


@pytest.mark.parametrize(("file", "name"), [(None, "7a291844a3"), ("conditions.toml", "4580104b06")])
def test_studies_keep_the_names_that_they_had_before_there_were_more_settings(file: str | None, name: str) -> None:
    assert name_of(load_study(CONFIGS / file if file else None)) == name


@pytest.mark.parametrize(
    "set_to",
    [
        {"questions": {"distractors": "matched"}}, {"selection": {"by": "spread"}}, {"questions": {"sets": 2}},
        {"questions": {"count": 9}},
    ],
)  # fmt: skip
def test_a_setting_that_changes_what_is_asked_changes_the_name(set_to: dict) -> None:
    assert name_of(load_study(None, set_to)) != name_of(load_study(None))
    untouched = {"questions": {"distractors": "bottom"}, "selection": {"by": "criteria"}}
    assert name_of(load_study(None, untouched)) == name_of(load_study(None))
