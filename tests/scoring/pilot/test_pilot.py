"""The pilot's files: what is read, what is refused, tables known by hand, the paired tests."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from scipy.stats import permutation_test
from typer.testing import CliRunner

from scoring.cli import app
from scoring.errors import Rejected, ScoringError
from scoring.pilot.analysis import PilotKey, analyse_pilot, collect_pilot, read_pilot_file, read_pilot_key, sign_flip_p

KEY = PilotKey(study_id="p1", labels={"A": "lucent", "B": "madry"}, neurons={"n1": 7, "n2": 9}, iterations=(30, 60, 90))


def rows(session: str, counts: dict[str, int], iterations: dict[str, int], kinds: dict[str, list[str]]) -> list[dict]:
    common = {"study_id": "p1", "experiment": "pilot", "subject_id": f"s-{session}", "session_id": session}
    made = [{"trial_type": "session", "trial_index": 0, "time_elapsed": 10, "format": "imetric-pilot/1", **common}]
    for neuron in ("n1", "n2"):
        for method in ("A", "B"):
            answers = {
                "patterns": {
                    "patterns": "fur",
                    "count": counts[method],
                    "understood": "partly",
                    "kinds": kinds[method],
                },
                "starts": {"difference": "finer", "clearer": "noise"},
                "iterations": {"iterations": iterations[method]},
            }
            for part, answer in answers.items():
                made.append(
                    {
                        "trial_type": f"pilot-{part}", "trial_index": len(made), "time_elapsed": 100 * len(made), "rt": 90,
                        "question_id": f"{part}-{neuron}-{method}", "neuron": neuron, "method": method,
                        "response": answer, **common,
                    }
                )  # fmt: skip
    return made


def study(tmp_path):
    kinds = {"A": ["texture"], "B": ["object", "parts"]}
    for k, (a, b, i, j) in enumerate([(1, 2, 30, 90), (1, 3, 30, 60), (2, 3, 60, 90), (1, 2, 90, 90)]):
        made = rows(f"x{k}", {"A": a, "B": b}, {"A": i, "B": j}, kinds)
        (tmp_path / f"{k}.json").write_text(json.dumps(made))
    return sorted(tmp_path.glob("*.json"))


def test_tables_known_by_hand(tmp_path) -> None:
    summary = analyse_pilot(collect_pilot(study(tmp_path), KEY), 1)
    assert summary["kinds"] == {
        "lucent": {"object": 0, "parts": 0, "pattern": 0, "texture": 8, "edge": 0},
        "madry": {"object": 8, "parts": 8, "pattern": 0, "texture": 0, "edge": 0},
    }
    assert summary["kinds_agreement"] == pytest.approx(1)
    assert summary["described"]["patterns per visualization"]["madry"]["mean"] == pytest.approx(2.5)
    assert summary["described"]["iterations"]["lucent"]["mean"] == pytest.approx(52.5)
    assert summary["iterations"]["madry"] == {60: 2, 90: 6}
    assert summary["clearer"]["lucent"] == {"noise": 8, "picture": 0, "same": 0}
    pair = summary["paired"][0]
    assert (pair["measure"], pair["methods"]) == ("patterns per visualization", ["lucent", "madry"])
    # Differences 1, 2, 1, 1: of 16 ways of flipping signs only two sum to 5 or -5.
    assert (pair["difference"], pair["p"]) == (1.25, 2 / 16)
    json.dumps(summary, allow_nan=False)


def test_sign_flips_by_reference() -> None:
    values = np.random.default_rng(0).normal(0.4, 1, 12)
    reference = permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert sign_flip_p(values, 1) == pytest.approx(reference)
    many = np.random.default_rng(1).normal(0.3, 1, 30)
    drawn = permutation_test((many,), np.mean, permutation_type="samples", n_resamples=9999, rng=1).pvalue
    assert sign_flip_p(many, 1) == pytest.approx(drawn, abs=0.02)


GOOD = rows("x", {"A": 1, "B": 2}, {"A": 30, "B": 60}, {"A": [], "B": ["edge"]})


@pytest.mark.parametrize(
    ("row", "change", "expected"),
    [
        (0, {"format": "x"}, "row 0, format: should be 'imetric-pilot/1', not 'x'"),
        (0, {"study_id": "p2"}, "row 0, study_id: 'p2', and the pilot's key is of 'p1'"),
        (0, {"experiment": 3}, "row 0, experiment: should be 'pilot', not 3"),
        (1, {"method": "C"}, "row 1, method: should be one of A, B"),
        (1, {"neuron": "n9"}, "row 1, neuron: should be one of n1, n2"),
        (1, {"session_id": "y"}, "row 1, session_id: differs from row 0's"),
        (1, {"response": {"patterns": "x", "count": -1, "understood": "yes"}}, "row 1, response, count: should be greater than or equal to 0, not -1"),
        (1, {"response": {"patterns": "x", "count": 1, "understood": "maybe"}}, "row 1, response, understood: should be 'no', 'partly' or 'yes', not 'maybe'"),
        (3, {"response": {"iterations": 45}}, "row 3, response, iterations: 45, shown were 30, 60, 90"),
        (4, {"method": "A"}, "row 4, question_id: 'patterns-n1-B' is answered twice"),
        (4, {"trial_type": "imetric-question"}, "row 4, trial_type: should be one of session, pilot-patterns, pilot-starts, pilot-iterations"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(row, change, expected) -> None:
    made = copy.deepcopy(GOOD)
    made[row] |= change
    with pytest.raises(Rejected) as caught:
        read_pilot_file(json.dumps(made).encode(), KEY)
    assert str(caught.value) == expected


def test_a_wrong_key_is_named(tmp_path) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({**KEY.model_dump(mode="json"), "labels": {"A": "madry", "B": "madry"}}))
    with pytest.raises(ScoringError, match="labels should name each method once"):
        read_pilot_key(path)


def test_the_command_finds_the_key_and_writes_a_report(tmp_path) -> None:
    private = tmp_path / "private" / "p1"
    private.mkdir(parents=True)
    (private / "pilot_key.json").write_text(KEY.model_dump_json())
    results = tmp_path / "results"
    results.mkdir()
    study(results)
    (results / "z.json").write_text("{}")
    words = ["pilot", str(results), "--private", str(tmp_path / "private"), "--out", str(tmp_path / "r")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "understood" in done.output and "not used: " in done.output
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == [
        "answers.csv", "figures", "rejected.csv", "report.html", "summary.json",
    ]  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "r" / "figures").iterdir()) == [
        "iterations.png", "iterations.svg", "kinds.png", "kinds.svg",
    ]  # fmt: skip
    nothing = CliRunner().invoke(app, [*words[:1], str(results / "z.json"), *words[2:]])
    assert nothing.exit_code == 2
