"""Programs held against people, from files to the page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ..conftest import make_key, write_study
from ..observer_files import drawn_probabilities, write_by
from ..test_cli import run


@pytest.fixture
def study(tmp_path):
    key = make_key(12, conditions=(1, 3))
    write_study(tmp_path, key, {})
    return tmp_path, key


def test_known_agreement_is_found_and_written(study) -> None:
    folder, key = study
    own = drawn_probabilities(key, 1)
    rng = np.random.default_rng(2)
    other = {question: rng.permutation(p) for question, p in own.items()}
    write_by(folder / "files", key, own, 3, 25)
    write_by(folder / "files", key, own, 3, 2, "features")
    write_by(folder / "files", key, other, 3, 2, "stranger")
    write_by(folder / "files", key, own, 1, 1, "features")
    code, out, err = run("agree", folder / "files", "--private", folder / "private", "--out", folder / "a")
    assert code == 0, err
    assert "not compared: features in condition 1: no person answered the condition" in out
    assert {path.name for path in (folder / "a").iterdir()} == {
        "agreement.csv", "agreement.html", "agreement.json", "bins.csv", "figures", "items.csv",
    }  # fmt: skip
    found = json.loads((folder / "a" / "agreement.json").read_text())
    assert (found["format"], found["people"]) == ("imetric-agreement/1", [{"experiment": 3, "participants": 25}])
    by_name = {record["observer"]: record for record in found["compared"]}
    features, stranger = by_name["features"], by_name["stranger"]
    assert features["questions"] == 12 and features["files"] == 2
    assert 0.85 * features["options"]["ceiling"] < features["options"]["spearman"] <= 1
    low, high = features["calibration"]["slope_interval"]
    assert low - 0.05 < 1 < high + 0.05
    # A permuted order of nine options has correlation 0 with variance 1/8; a mean over 12 questions a 12th of that.
    assert abs(stranger["options"]["spearman"]) < 4 * np.sqrt(1 / 8 / 12)
    item = features["items"][0]
    assert sum(option["probability"] for option in item["options"]) == pytest.approx(3)
    assert sum(option["rate"] for option in item["options"]) == pytest.approx(3)


def test_nothing_to_compare_is_said_in_one_sentence(study) -> None:
    folder, key = study
    own = drawn_probabilities(key, 1)
    write_by(folder / "people", key, own, 3, 2)
    write_by(folder / "programs", key, own, 1, 2, "features")
    words = ("--private", folder / "private", "--out", folder / "a")
    for named, sentence in (
        (["people"], "none of 2 files that can be used is of an observer: `python -m generator observe` writes theirs"),
        (["programs"], "none of 2 files that can be used is of a person, and it is people that observers are held against"),
        (["people", "programs"], "nothing can be compared: of 'features' in condition 1, no person answered the condition"),
    ):
        code, _, err = run("agree", *(folder / name for name in named), *words)
        assert code == 2 and err.strip() == f"error: {sentence}"
    assert not (folder / "a").exists()
