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


# photographs.toml had another name before its method was maco; the others' are older than any dictionary.
@pytest.mark.parametrize(
    ("file", "name"),
    [
        (None, "7a291844a3"), ("conditions.toml", "4580104b06"), ("paper.toml", "5caca3f597"),
        ("original-study.toml", "9efbef1239"), ("photographs.toml", "25a055ef86"),
    ],
)  # fmt: skip
def test_studies_keep_the_names_that_they_had_before_there_were_more_settings(file: str | None, name: str) -> None:
    assert name_of(load_study(CONFIGS / file if file else None)) == name


def test_a_study_without_a_dictionary_is_called_as_if_there_were_none_to_name() -> None:
    untouched = {"units": "features", "pool": "mean"}
    assert name_of(load_study(None, {"model": untouched})) == name_of(load_study(None))
    assert name_of(load_study(None, {"model": {"pool": "max"}})) != name_of(load_study(None))
    named = [load_study(None, {"model": {"dictionary": f"{k}.npy"}}) for k in (1, 2)]
    assert name_of(named[0]) == name_of(named[1]) == name_of(load_study(None)), "bytes count, which are the network's"
    assert name_of(load_study(None, {"model": {"dictionary": "1.npy", "units": "both"}})) != name_of(named[0])


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
