"""All results of a study: degenerate studies first, then one whose every number is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from scoring.analysis.describe import p_of_participants
from scoring.analysis.results import analyse
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.files.key import Key
from scoring.statistics.chance import at_least, chance_of_sizes, p_against_chance

from ..conftest import make_key, make_rows, write_study


def results(tmp_path, key, groups, rules=None, seed=1):
    paths = write_study(tmp_path, key, groups)
    return analyse(collect(paths, key), rules or Exclusions(), seed)[0]


def test_one_perfect_participant(tmp_path, key) -> None:
    summary = results(tmp_path, key, {2: [[3] * 10]})
    (entry,) = summary["included"]["experiments"]
    assert (entry["mean"], entry["ratio"], entry["sd"], entry["interval"]) == (30, 1, None, None)
    assert entry["p_chance"] == pytest.approx((1 / 84) ** 10)
    assert summary["included"]["comparisons"]["pairs"] == []
    assert summary["included"]["comparisons"]["kruskal_wallis"] is None
    assert summary["included"]["comparisons"]["mixed_model"] == {
        "fitted": False, "reason": "it needs at least two participants per experiment and two questions",
    }  # fmt: skip
    json.dumps(summary, allow_nan=False)


def test_everybody_perfect_in_all_experiments(tmp_path, key) -> None:
    summary = results(tmp_path, key, {e: [[3] * 10] * 3 for e in (1, 2, 3)})
    for entry in summary["included"]["experiments"]:
        assert (entry["mean"], entry["sd"], entry["interval"]) == (30, 0, [30, 30])
        assert entry["krippendorff_alpha"] == pytest.approx(1)
    assert [pair["difference"] for pair in summary["included"]["comparisons"]["pairs"]] == [0, 0, 0]
    assert summary["included"]["comparisons"]["mixed_model"]["fitted"] is False
    json.dumps(summary, allow_nan=False)


def test_all_at_chance_by_enumeration(tmp_path, key) -> None:
    # One question's 84 equally likely ways of picking give 20, 45, 18 and 1 of them 0 … 3 matches.
    one = [0] * 20 + [1] * 45 + [2] * 18 + [3]
    rng = np.random.default_rng(0)
    people = np.stack([rng.permutation(one) for _ in range(10)], axis=1).tolist()
    summary = results(tmp_path, key, {1: people})
    (entry,) = summary["included"]["experiments"]
    assert entry["mean"] == pytest.approx(10) and entry["ratio"] == pytest.approx(1 / 3)
    assert 0.4 < entry["p_chance"] < 0.6
    (odds,) = summary["included"]["comparisons"]["mixed_model"]["against_chance"]
    assert odds["odds_ratio"] == pytest.approx(1, abs=0.1) and odds["p"] > 0.5
    assert all(item["accuracy"] == pytest.approx(1 / 3) for item in summary["included"]["items"])


def test_numbers_known_by_hand(tmp_path, key) -> None:
    people = [[3, 2, 1, 0, 3, 2, 1, 0, 3, 2], [2] * 10, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]]
    summary = results(tmp_path, key, {1: people, 3: [[3] * 9 + [2], [2] * 10]})
    one, three = summary["included"]["experiments"]
    assert (one["participants"], one["mean"], one["median"], one["min"], one["max"]) == (3, 52 / 3, 17, 15, 20)
    assert one["sd"] == pytest.approx(np.std([17, 20, 15], ddof=1))
    assert one["p_chance"] == pytest.approx(p_against_chance([17, 20, 15], chance_of_sizes(key.sizes)))
    assert one["demographics"] == {"age": {"mean": 30, "min": 30, "max": 30}, "gender": {"female": 3}}
    assert one["median_minutes"] == pytest.approx(200 / 60) and one["median_rt_s"] == 18
    (pair,) = summary["included"]["comparisons"]["pairs"]
    assert pair["experiments"] == [1, 3] and pair["difference"] == pytest.approx(24.5 - 52 / 3)
    first = summary["included"]["items"][0]
    assert (first["question_id"], first["accuracy"]) == ("q01", pytest.approx(6 / 9))
    assert [option["picked"] for option in first["options"]] == [3, 2, 1, 2, 1, 0, 0, 0, 0]
    assert [option["answer"] for option in first["options"]] == [True] * 3 + [False] * 6
    assert one["learning"] is None and one["learning_note"] == "every participant had the same order of questions"
    # Confidence was 1 + matches mod 3: level 1 with 0 or 3 matches, 2 with 1, 3 with 2.
    shares = {row["confidence"]: row["accuracy"] for row in one["confidence"]}
    assert shares == {1: pytest.approx(9 / 15), 2: pytest.approx(1 / 3), 3: pytest.approx(2 / 3)}
    assert summary["included"]["concepts"][0]["words"] == [{"word": "fur", "participants": 3}]


@pytest.mark.slow
def test_a_seed_gives_the_same_results_again(tmp_path, key) -> None:
    groups = {1: [[1, 2] * 5, [0, 3] * 5, [1] * 10], 2: [[2] * 10, [3, 1] * 5, [1, 2] * 5]}
    one = results(tmp_path / "a", key, groups) if (tmp_path / "a").mkdir() is None else None
    other = results(tmp_path / "b", key, groups) if (tmp_path / "b").mkdir() is None else None
    assert one == other


def test_results_come_with_and_without_exclusions(tmp_path, key) -> None:
    paths = write_study(tmp_path, key, {1: [[1] * 10, [2] * 10, [3] * 10]})
    paths[2].write_text(json.dumps(make_rows(key, [3] * 4, experiment=1, session="short")))
    summary = analyse(collect(paths, key), Exclusions(), 1)[0]
    assert (summary["included"]["participants"], summary["all"]["participants"]) == (2, 3)
    assert summary["exclusions"]["marked"] == {
        "too_short": 0,
        "too_long": 0,
        "catch": 0,
        "repeated": 0,
        "incomplete": 1,
        "duplicates": 0,
        "straight_lining": 0,
        "regular_times": 0,
    }
    assert summary["exclusions"]["excluded"] == 1
    # Twelve of the twelve answers of four questions: a score of 30 in proportion, tested as four questions.
    (everyone,) = summary["all"]["experiments"]
    assert everyone["max"] == 30
    questions = make_rows(key, [3] * 4)
    assert len(questions) == 5
    alone = analyse(collect(paths[2:], key), Exclusions(), 1)[0]["all"]["experiments"][0]
    assert alone["p_chance"] == pytest.approx((1 / 84) ** 4)


def test_everybody_excluded_leaves_an_empty_result(tmp_path, key) -> None:
    summary = results(tmp_path, key, {1: [[1] * 10]}, Exclusions(min_minutes=100))
    assert summary["included"]["experiments"] == [] and summary["all"]["participants"] == 1
    json.dumps(summary, allow_nan=False)


def test_keys_of_other_sizes_have_their_own_chance(tmp_path) -> None:
    key = make_key(questions=4, options=6, answers=2)
    summary = results(tmp_path, key, {3: [[2, 2, 1, 0], [1, 1, 1, 1], [2, 0, 2, 1]]})
    assert summary["possible"] == 8
    assert summary["chance"]["mean"] == pytest.approx(4 * 2 / 3)
    (entry,) = summary["included"]["experiments"]
    assert entry["mean"] == pytest.approx((5 + 4 + 5) / 3)
    assert at_least(np.array(summary["chance"]["distribution"]), 8) == pytest.approx((1 / 15) ** 4)


def test_the_crossed_interval_is_of_the_score_where_questions_have_unlike_many_answers(tmp_path) -> None:
    one, three = make_key(questions=1, answers=1), make_key(questions=2, answers=3)
    key = Key(study_id="abc123", questions=(one.questions[0], three.questions[1]))
    # Everybody matches one answer in each question, 2 of 4: nothing varies, so the interval is the mean itself.
    (entry,) = results(tmp_path, key, {3: [[1, 1]] * 3})["included"]["experiments"]
    assert (entry["mean"], entry["interval_crossed"]) == (2, [2, 2])


@pytest.mark.slow
def test_the_mixed_model_of_a_sample_has_every_experiment(tmp_path, key, monkeypatch) -> None:
    monkeypatch.setattr("scoring.statistics.picks.LIMIT", 12)
    rng = np.random.default_rng(0)
    groups = {1: rng.integers(0, 4, (40, 10)).tolist(), 2: rng.integers(0, 4, (3, 10)).tolist()}
    for seed in range(4):
        (tmp_path / str(seed)).mkdir()
        model = results(tmp_path / str(seed), key, groups, seed=seed)["all"]["comparisons"]["mixed_model"]
        assert model["fitted"] and model["sampled"] and model["participants"] == 6 + 3
        assert [each["experiment"] for each in model["against_chance"]] == [1, 2]


def test_thousands_of_whole_and_broken_files_are_never_summed_directly(key, monkeypatch) -> None:
    # Half of the participants answered nine questions: two groups with a distribution of their own, convolved at last.
    # Directly that took 30 s for 8,000 participants, by FFT 0.4 s.
    directly = np.convolve

    def guarded(a, b):
        assert min(len(a), len(b)) < 5000
        return directly(a, b)

    monkeypatch.setattr(np, "convolve", guarded)
    ids = [question.id for question in key.questions]
    rows = [(p, q, 1) for p in range(800) for q in (ids if p % 2 else ids[:9])]
    trials = pd.DataFrame(rows, columns=["participant", "question_id", "matched"])
    # One in every question is the mean of blind picking; a question has the variance 1/2 and the third moment 6/84, so
    # that the first terms of Edgeworth's series give P(sum >= mean).
    sd = np.sqrt(len(trials) / 2)
    expected = 0.5 + (0.5 / sd - len(trials) * 6 / 84 / (6 * sd**3)) / np.sqrt(2 * np.pi)
    assert p_of_participants(trials, key) == pytest.approx(expected, abs=1e-6)
