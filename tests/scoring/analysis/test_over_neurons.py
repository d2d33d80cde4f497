"""Comparisons over people and neurons, of participants' files with sets."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.statistics.comparisons import difference_over_neurons

from ..conftest import make_key, make_rows


def written(folder, key, experiment, name, tables):
    """Files of participants whose matched picks are the rows of a table; key: of all sets."""
    paths = []
    questions = key.by_set[name]
    for number, matched in enumerate(tables):
        session = f"{experiment}-{name}-{number}"
        rows = make_rows(
            key.model_copy(update={"questions": questions}), matched, experiment=experiment, session=session
        )
        rows[0]["set"] = name
        paths.append(folder / f"{session}.json")
        paths[-1].write_text(json.dumps(rows))
    return paths


@pytest.fixture
def key():
    key = make_key(5, conditions=["none", 2, "examples"], sets=2)
    return key.model_copy(update={"contrasts": (("examples", 2),)})


def test_pairs_and_planned_contrasts_are_told_over_people_and_neurons(key, tmp_path) -> None:
    rng, tables, paths = np.random.default_rng(1), {}, []
    for level, experiment in enumerate(("none", 2, "examples")):
        for name in (1, 2):
            tables[experiment, name] = rng.binomial(3, 0.35 + 0.15 * level, (4, 5))
            paths += written(tmp_path, key, experiment, name, tables[experiment, name].tolist())
    summary, *_ = analyse(collect(paths, key), Exclusions(), 1)
    comparisons = summary["included"]["comparisons"]
    assert [record["experiments"] for record in comparisons["pairs"]] == [
        ["none", 2],
        ["none", "examples"],
        [2, "examples"],
    ]
    for record in (*comparisons["pairs"], *comparisons["planned"]):
        first, second = record["experiments"]
        # 15 answers of a participant, 3 of a question: matched picks times 5.
        expected = difference_over_neurons(
            [tables[first, s] * 5.0 for s in (1, 2)], [tables[second, s] * 5.0 for s in (1, 2)]
        )
        assert expected is not None
        found = record["over_neurons"]
        assert found["difference"] == pytest.approx(expected.difference) == pytest.approx(record["difference"])
        assert found["interval"] == pytest.approx(list(expected.interval)) and found["p"] == pytest.approx(expected.p)
        assert found["neurons"] == 10 and found["p_holm"] >= found["p"]
    assert comparisons["planned"][0]["over_neurons"]["p_holm"] == comparisons["planned"][0]["over_neurons"]["p"]
    json.dumps(summary, allow_nan=False)


def test_a_single_participant_has_no_such_comparison(key, tmp_path) -> None:
    paths = written(tmp_path, key, "none", 1, [[1, 2, 3, 0, 1]]) + written(tmp_path, key, 2, 1, [[1, 2, 3, 0, 1]] * 3)
    summary, *_ = analyse(collect(paths, key), Exclusions(), 1)
    (record,) = summary["included"]["comparisons"]["pairs"]
    assert record["over_neurons"] is None
