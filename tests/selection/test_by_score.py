"""Neurons chosen by a machine score: easy, hard, spread over the quantiles; like ones are dropped all the same."""

from __future__ import annotations

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import Activations
from generator.selection.by_score import MachineScores, places_by_score
from generator.selection.neurons import select
from generator.study import SelectionSettings

UNITS = 40
SETTINGS = SelectionSettings(count=5, top_edge_num=4, bottom_edge_num=4, min_max_ratio_min=2.0)


def activations() -> Activations:
    """Forty units with four pictures of their own each: all pass, none share; [200, 40]."""
    values = np.zeros((200, UNITS), np.float32)
    for unit in range(UNITS):
        values[unit * 4 : unit * 4 + 4, unit] = 1.0
    return Activations.of(values)


def different(neurons):
    return {n: (9.0, np.eye(UNITS)[n]) for n in neurons}


def scored(neurons) -> MachineScores:
    """A unit's score is its number, up to 3."""
    return MachineScores({n: 3 * n / (UNITS - 1) for n in neurons}, 3, 1.0, 5, "Counts.")


def chosen(by: str, seed: int = 0, represent=different, rate=scored) -> list[int]:
    selection = select(activations(), SETTINGS.model_copy(update={"by": by}), seed, represent, rate=rate)
    return [neuron.index for neuron in selection.neurons]


def test_the_criteria_alone_ask_for_no_score() -> None:
    def never(_):
        raise AssertionError("rated")

    assert chosen("criteria", rate=never) == chosen("criteria", rate=None)


def test_easy_are_the_highest_and_hard_the_lowest_in_the_seed_s_order() -> None:
    assert sorted(chosen("easy")) == [35, 36, 37, 38, 39] and sorted(chosen("hard")) == [0, 1, 2, 3, 4]
    order = [int(n) for n in np.random.default_rng([0, 3]).permutation(UNITS)]
    for by in ("easy", "hard", "spread"):
        assert chosen(by) == sorted(chosen(by), key=order.index), "the order of questions tells nothing of their scores"
        assert chosen(by) == chosen(by)
    assert chosen("easy", seed=1) != chosen("easy"), "another order"


def test_spread_takes_one_of_each_fifth() -> None:
    found = [chosen("spread", seed) for seed in range(6)]
    assert all([n // 8 for n in sorted(each)] == [0, 1, 2, 3, 4] for each in found)
    assert len({tuple(sorted(each)) for each in found}) > 1, "which of a fifth is drawn by the seed"


def test_a_like_one_gives_way_to_the_next_of_its_fifth_and_then_to_the_nearest() -> None:
    """Units 0 to 7 look the same, and so do 8 to 14: the lowest fifth has one, the second 15 or its first, never two."""

    def alike(neurons):
        return {n: (9.0, np.eye(UNITS)[0 if n < 15 else n]) for n in neurons}

    for seed in range(6):
        found = sorted(chosen("spread", seed, alike))
        assert found[0] < 8 and found[1] == 15 and [n // 8 for n in found[2:]] == [2, 3, 4]

    def lowest_two(neurons):
        return {n: (9.0, np.eye(UNITS)[0 if n < 16 else n]) for n in neurons}

    for seed in range(6):
        found = sorted(chosen("spread", seed, lowest_two))
        assert found[0] < 8 and found[1] == 16, "the nearest to the middle of a fifth that has none left"


def test_batches_are_visualized_together_one_of_each_fifth() -> None:
    asked: list[list[int]] = []

    def visualize(neurons):
        asked.append(list(neurons))
        return different(neurons)

    assert sorted(asked[0] if chosen("spread", 0, visualize) else []) == sorted(chosen("spread")) and len(asked) == 1


def test_candidates_without_a_score_are_left_out() -> None:
    def some(neurons):
        return MachineScores({n: float(n) for n in neurons if n < 5}, 3, 1.0, 5, "")

    assert sorted(chosen("spread", rate=some)) == [0, 1, 2, 3, 4]

    def fewer(neurons):
        return MachineScores({n: float(n) for n in neurons if n < 4}, 3, 1.0, 5, "")

    with pytest.raises(StudyError, match="^only 4 of the 5 neurons asked for were found among 40"):
        chosen("spread", rate=fewer)


def test_equal_scores_keep_the_seeded_order() -> None:
    same = MachineScores(dict.fromkeys(range(9), 1.0), 3, 1.0, 5, "")
    order = [3, 1, 4, 0, 5, 2, 6, 8, 7]
    for by in ("easy", "hard"):
        assert places_by_score(by, order, same, 3) == [(order, 3)]


def test_counts_by_hand() -> None:
    scores = MachineScores({1: 0.0, 2: 0.2, 3: 1 / 5 + 2 / 5, 4: 2.8, 5: 3.0, 6: 3.0}, 3, 1.0, 5, "")
    counts = dict(scores.counts())
    assert len(counts) == 16 and counts[0] == counts[0.2] == counts[0.6] == counts[2.8] == 1 and counts[3] == 2
    assert dict(scores.counts([2, 5]))[3] == 1 and sum(dict(scores.counts([2, 5])).values()) == 2
