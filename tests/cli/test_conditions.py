"""--exp: names of conditions, with commas between."""

from __future__ import annotations

import pytest

from generator.cli.build import conditions_named
from generator.errors import StudyError
from generator.study import load_study


def test_exp_names_conditions() -> None:
    declared = {"study": {"conditions": ["none", "plain"]}, "conditions": {"plain": {"shows": [{"examples": 2}]}}}
    study = load_study(None, declared)
    assert conditions_named("all", study) == ("none", "plain")
    assert conditions_named("3", study) == (3,)
    assert conditions_named("plain, 1,plain", study) == ("plain", 1)
    assert conditions_named("all", load_study()) == (1, 2, 3)


@pytest.mark.parametrize(("exp", "word"), [("4", "4"), ("1,plain", "plain"), ("", ""), ("1,all", "all")])
def test_another_name_is_told_with_what_is_allowed(exp: str, word: str) -> None:
    with pytest.raises(StudyError) as caught:
        conditions_named(exp, load_study())
    assert str(caught.value) == (
        f"--exp {word!r} is not a condition of this study: allowed are all, or 1, 2, 3, none and shuffled with commas "
        "between"
    )
