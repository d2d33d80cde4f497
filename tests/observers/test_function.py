"""Observers of one's own, and names that are none."""

from __future__ import annotations

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import NetworkHandle
from generator.observers.function import Function
from generator.observers.observer import Trial
from generator.observers.panel import observers_named
from generator.store import Store
from generator.study import ModelSettings, Study
from tests.observers.test_likeness import RED, plain

HERE = "tests.observers.small_network"


def test_a_function_scores_options() -> None:
    (scores,) = Function(f"{HERE}:by_brightness").scores([Trial((), (plain((0,) * 3), plain((90,) * 3)))])
    assert scores.dtype == np.float64 and scores[0] < 10 < 80 < scores[1]


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        ("too_few", "gave scores of shape [8], and there are 9 options: it must give one number for each"),
        ("not_finite", "gave scores that are not finite numbers"),
        ("no_numbers", "gave a list, not 9 numbers"),
        ("fails", "failed on a question (the server is away)"),
    ],
)
def test_what_a_function_does_wrong_is_told_in_one_sentence(function: str, sentence: str) -> None:
    observer = Function(f"{HERE}:{function}")
    with pytest.raises(StudyError) as error:
        observer.scores([Trial((), (plain(RED),) * 9)])
    assert str(error.value) == f"observer '{HERE}:{function}' {sentence}"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere:f", "observer 'nowhere:f': module 'nowhere' cannot be imported (No module named 'nowhere')"),
        (f"{HERE}:f", f"observer '{HERE}:f': module '{HERE}' has no function 'f'"),
        (f"{HERE}:not_a_function", f"observer '{HERE}:not_a_function' is a int; it must be a function"),
        (
            "color",
            "observer 'color' is not known: allowed are features, colour, texture, blind, shuffled and oracle, or "
            "package.module:function; did you mean 'colour'?",
        ),
    ],
)
def test_names_that_are_no_observers(name: str, sentence: str, tmp_path) -> None:
    with pytest.raises(StudyError) as error:
        observers_named([name], Study(), NetworkHandle(ModelSettings(), "cpu"), Store(tmp_path), "cpu", print)
    assert str(error.value) == sentence
