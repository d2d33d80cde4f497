"""Selection: the criteria by hand, ties, look-alikes, and what is said when too few neurons pass."""

from __future__ import annotations

import numpy as np
import pytest

from generator.errors import StudyError
from generator.models import Activations
from generator.selection.groups import overlap, top_and_bottom_groups
from generator.selection.neurons import (
    apply_criteria,
    cosine_similarity,
    looser_thresholds,
    select,
)
from generator.study import SelectionSettings

SETTINGS = SelectionSettings(count=2, top_edge_num=3, bottom_edge_num=3, top_min=0.11, min_max_ratio_min=10.0)


def activations(*columns: int) -> Activations:
    """Ten pictures, five neurons: passes, top too weak, bottom too strong, passes, never active; or these of them."""
    neurons = [
        [0, 0, 0, 0, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4],
        [0, 0, 0, 0, 0, 0, 0, 0.11, 0.3, 0.4],
        [0.021, 0.02, 0.021, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4],
        [0.9, 0.8, 0.7, 0.1, 0.1, 0.1, 0.02, 0.02, 0.02, 0.02],
        [0] * 10,
    ]
    return Activations.of(np.array(neurons, np.float32).T[:, list(columns or range(5))])


def alone(neurons):
    """Visualizations that activate their neurons strongly and have nothing in common."""
    return {n: (9.0, np.eye(5, dtype=np.float32)[n]) for n in neurons}


def test_criteria_by_hand() -> None:
    criteria = apply_criteria(activations(), SETTINGS)
    np.testing.assert_allclose(criteria.top_smallest, [0.2, 0.11, 0.2, 0.7, 0])
    np.testing.assert_allclose(criteria.bottom_largest, [0, 0, 0.021, 0.02, 0])
    assert criteria.active_enough.tolist() == [True, False, True, True, False]  # 0.11 does not exceed 0.11
    assert criteria.distinct_enough.tolist() == [True, True, False, True, True]
    assert criteria.passes.tolist() == [True, False, False, True, False]


def test_groups_are_ordered_and_ties_follow_the_seed() -> None:
    neuron = top_and_bottom_groups(activations(), 0, SETTINGS, seed=1)
    assert neuron.top.tolist() == [9, 8, 7]
    assert set(neuron.bottom) <= {0, 1, 2, 3}
    seen = {tuple(sorted(top_and_bottom_groups(activations(), 0, SETTINGS, seed).bottom)) for seed in range(20)}
    assert len(seen) == 4, "any three of the four tied pictures"
    assert top_and_bottom_groups(activations(), 0, SETTINGS, 1).bottom.tolist() == neuron.bottom.tolist()


def test_those_that_pass_are_selected() -> None:
    selection = select(activations(), SETTINGS, 0, alone)
    assert sorted(n.index for n in selection.neurons) == [0, 3]
    assert selection.dropped == []


def test_explicit_neurons_keep_their_order_and_must_exist() -> None:
    given = SETTINGS.model_copy(update={"neurons": (4, 1)})
    assert [n.index for n in select(activations(), given, 0, alone).neurons] == [4, 1]
    with pytest.raises(StudyError, match=r"^\[selection\] neurons names 5, but this layer's neurons are 0 to 4$"):
        select(activations(), SETTINGS.model_copy(update={"neurons": (5,)}), 0, alone)


def test_look_alikes_are_dropped_with_their_reason() -> None:
    same_pictures = activations(0, 0, 3, 3, 3)
    asked: list[int] = []

    def visualize(neurons):
        asked.extend(neurons)
        return alone(neurons)

    selection = select(same_pictures, SETTINGS, 0, visualize)
    assert len(selection.neurons) == 2 and len(asked) == 2, "overlap is known before anything is visualized"
    for drop in selection.dropped:
        assert drop.reason.startswith("100% of its top group is that of neuron ")

    def alike(neurons):
        return {n: (9.0, np.ones(5, np.float32)) for n in neurons}

    with pytest.raises(StudyError) as caught:
        select(activations(), SETTINGS, 0, alike)
    assert str(caught.value) == (
        "only 1 of the 2 neurons asked for were found among 5; 2 fail top_min = 0.11; 1 fail min_max_ratio_min = 10; the "
        "others look alike: raise overlap_max or similarity_max, lower visualization_min, or lower count (all in [selection])"
    )


@pytest.mark.parametrize("seed", range(8))
def test_nobody_falls_for_sharing_with_a_candidate_that_falls_itself(seed: int) -> None:
    """Neurons 0 and 1 share all their pictures, and none activates 0: 1 and 2 are enough, in whatever order they come."""
    columns = activations(0, 0, 3)

    def visualize(neurons):
        return {n: (0.0 if n == 0 else 9.0, np.eye(3, dtype=np.float32)[n]) for n in neurons}

    selection = select(columns, SETTINGS, seed, visualize)
    assert sorted(n.index for n in selection.neurons) == [1, 2]
    assert {drop.neuron for drop in selection.dropped} <= {0}


def test_visualizations_are_asked_for_once_and_in_batches() -> None:
    rng = np.random.default_rng(0)
    many = np.where(rng.random((40, 12)) < 0.5, 0.0, rng.random((40, 12))).astype(np.float32)
    asked: list[list[int]] = []

    def visualize(neurons):
        asked.append(list(neurons))
        return {n: (9.0 if n % 3 else 0.0, rng.normal(size=12).astype(np.float32)) for n in neurons}

    selection = select(Activations.of(many), SETTINGS.model_copy(update={"count": 4, "overlap_max": 0.4}), 1, visualize)
    flat = [n for batch in asked for n in batch]
    assert len(flat) == len(set(flat)) and len(asked[0]) == 4
    assert {n.index for n in selection.neurons} | {d.neuron for d in selection.dropped if d.kind != "pictures"} <= set(
        flat
    )


def test_weak_visualizations_are_dropped() -> None:
    def weak(neurons):
        return {n: (0.1, np.eye(5, dtype=np.float32)[n]) for n in neurons}

    with pytest.raises(StudyError):
        select(activations(), SETTINGS, 0, weak)


def test_thresholds_that_would_do_really_do() -> None:
    strict = SETTINGS.model_copy(update={"top_min": 5.0, "min_max_ratio_min": 1e6, "count": 3})
    with pytest.raises(StudyError) as caught:
        select(activations(), strict, 0, alone)
    assert "only 0 of the 3 neurons asked for were found among 5; 5 fail top_min = 5; 2 fail" in str(caught.value)
    found = looser_thresholds(apply_criteria(activations(), strict), 3)
    assert found is not None
    looser = strict.model_copy(update={"top_min": found[0], "min_max_ratio_min": found[1]})
    assert apply_criteria(activations(), looser).passes.sum() >= 3
    assert looser_thresholds(apply_criteria(activations(), strict), 5) is None, "one neuron is never active"


def test_too_few_pictures() -> None:
    with pytest.raises(StudyError) as caught:
        apply_criteria(Activations.of(activations().rows(range(5))), SETTINGS)
    assert str(caught.value) == (
        "5 pictures are too few for a top group of 3 and a bottom group of 3: give at least 6 pictures, or lower "
        "[selection] top_edge_num and bottom_edge_num"
    )


def test_measures_of_likeness() -> None:
    assert cosine_similarity(np.array([1.0, 0.0]), np.array([2.0, 0.0])) == pytest.approx(1.0)
    assert cosine_similarity(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(0.0)
    assert cosine_similarity(np.zeros(2), np.array([0.0, 1.0])) == 1.0
    a, b = top_and_bottom_groups(activations(), 0, SETTINGS, 0), top_and_bottom_groups(activations(), 2, SETTINGS, 0)
    assert overlap(a, b) == 1.0
