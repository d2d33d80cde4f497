"""Neurons against features, of simulated participants: a difference that is there is found, one that is not is not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.files.key import Key
from scoring.interface import Scores, score
from scoring.report.codebook import SUMMARY, places_in
from scoring.statistics.comparisons import apart, mean_over_neurons

from ..conftest import make_key
from .test_over_neurons import written


def of_both(questions: int = 8, sets: int = 2) -> Key:
    """A key whose first half of sets asks about neurons, the second about features."""
    key = make_key(questions, sets=sets)
    kinds = ["neuron", "feature"]
    asked = [
        question.model_copy(update={"kind": kinds[2 * key.set_of[question.id] > sets]}) for question in key.questions
    ]
    return key.model_copy(update={"questions": tuple(asked)})


def people(rng: np.random.Generator, share: float, count: int, questions: int) -> list[list[int]]:
    """Matched picks of participants and questions that both differ."""
    odds = np.log(share / (1 - share)) + rng.normal(0, 0.5, (count, 1)) + rng.normal(0, 0.5, questions)
    return rng.binomial(3, 1 / (1 + np.exp(-odds))).tolist()


def scored(folder: Path, key: Key, shares: tuple[float, float], seed: int) -> Scores:
    rng, paths = np.random.default_rng(seed), []
    for experiment in (1, 2):
        for name, share in zip((1, 2), shares, strict=True):
            paths += written(folder, key, experiment, name, people(rng, share, 12, 8))
    return score(paths, key)


def test_a_planted_difference_is_found_and_told(tmp_path: Path) -> None:
    found = scored(tmp_path, of_both(), (0.3, 0.75), 1)
    for record in found.summary["included"]["kinds"]:
        neurons, features = record["kinds"]
        assert (neurons["kind"], features["kind"]) == ("neuron", "feature")
        assert neurons["participants"] == features["participants"] == 12 and neurons["units"] == features["units"] == 8
        told = record["difference"]
        assert told["difference"] == pytest.approx(features["mean"] - neurons["mean"])
        assert told["p"] <= told["p_holm"] < 0.05 and 0 < told["interval"][0] < told["difference"]
    found.write_report(tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("features were easier to understand than neurons") == 2
    assert (tmp_path / "report" / "figures" / "kinds.svg").stat().st_size > 1000
    places = {place for place in places_in(json.loads(json.dumps(found.summary, allow_nan=False))) if ".kinds[]" in place}
    described = {place for place in SUMMARY if ".kinds[]" in place}
    assert {place.replace("all.", "included.", 1) for place in places} == described


def test_where_there_is_none_none_is_told(tmp_path: Path) -> None:
    found = scored(tmp_path, of_both(), (0.5, 0.5), 2)
    found.write_report(tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    for record in found.summary["included"]["kinds"]:
        low, high = record["difference"]["interval"]
        assert low < 0 < high
    assert page.count("neurons and features are not told apart") == 2 and "were easier" not in page


def test_studies_of_one_kind_have_no_such_part(tmp_path: Path) -> None:
    key = make_key(8, sets=2)
    found = scored(tmp_path, key, (0.4, 0.6), 3)
    assert found.summary["included"]["kinds"] == [] and "kinds" not in found.figures
    found.write_report(tmp_path / "report")
    assert "Neurons and features" not in (tmp_path / "report" / "report.html").read_text()


def test_a_kind_that_one_person_answered_has_no_mean(tmp_path: Path) -> None:
    key = of_both()
    paths = written(tmp_path, key, 1, 1, [[1, 2, 3, 0, 1, 2, 3, 1]] * 3) + written(tmp_path, key, 1, 2, [[3] * 8])
    summary, *_ = analyse(collect(paths, key), Exclusions(), 1)
    (record,) = summary["included"]["kinds"]
    assert record["difference"] is None
    assert [(each["participants"], each["mean"] is None) for each in record["kinds"]] == [(3, False), (0, True)]


def test_it_is_welch_over_people_where_units_do_not_differ() -> None:
    rng = np.random.default_rng(4)
    first, second = (np.repeat(rng.normal(0, 1, (n, 1)), 5, axis=1) for n in (9, 14))
    means = mean_over_neurons([first]), mean_over_neurons([second])
    assert means[0] is not None and means[1] is not None
    found, welch = apart(*means), stats.ttest_ind(second[:, 0], first[:, 0], equal_var=False)
    assert found is not None
    assert found.p == pytest.approx(welch.pvalue) and found.freedom == pytest.approx(welch.df)
    assert found.interval == pytest.approx(tuple(welch.confidence_interval()))
    interval = stats.t.interval(0.95, 8, first[:, 0].mean(), first[:, 0].std(ddof=1) / 3)
    assert means[0].interval() == pytest.approx(interval)


def test_without_a_difference_it_rejects_one_in_twenty() -> None:
    rng, studies = np.random.default_rng(7), 3000

    def table() -> np.ndarray:
        return rng.normal(0, 1, (12, 1)) + rng.normal(0, 1, 8) + rng.normal(0, 1, (12, 8))

    found = []
    for _ in range(studies):
        one, other = (mean_over_neurons([table(), table()]) for _ in range(2))
        assert one is not None and other is not None
        found.append(apart(one, other))
    rejected = np.mean([each.p < 0.05 for each in found if each is not None])
    # Standard error 0.004; where chance takes most of one variance the larger one stands, which is on the safe side.
    assert 0.02 < rejected < 0.066
