"""Units are described by how the network represents their top pictures, and held against each other."""

from __future__ import annotations

import numpy as np
import pytest

from generator.atlas.likeness import describe_units, most_alike, principal_components
from generator.models import Activations

RNG = np.random.default_rng(0)


def described(values: np.ndarray, k: int = 5) -> np.ndarray:
    activations = Activations.of(values)
    return describe_units(activations, activations.top(k)[0], values.max(0) == values.min(0))


def test_units_that_answer_to_nothing_are_described_by_zeros() -> None:
    assert not described(np.zeros((20, 4), np.float32)).any()
    values = RNG.random((20, 4), np.float32)
    values[:, 2] = 0
    found = described(values)
    assert not found[2].any()
    assert np.linalg.norm(found[[0, 1, 3]], axis=1) == pytest.approx(1, abs=1e-6)


def test_units_with_the_same_top_pictures_are_alike_and_those_with_others_are_not() -> None:
    values = RNG.random((60, 12), np.float32) * 0.1
    values[:20, :4] += 1  # four units answer to the first pictures, four to the next
    values[20:40, 4:8] += 1
    values[40:, 8:] += 1
    others, cosines = most_alike(described(values), 11)
    for unit in range(12):
        own = set(range(unit // 4 * 4, unit // 4 * 4 + 4))
        assert set(others[unit, :3].tolist()) == own - {unit}
        assert cosines[unit, 2] > 0.5 > cosines[unit, 3]


def test_most_alike_are_those_of_the_highest_cosine_without_the_unit_itself() -> None:
    vectors = RNG.normal(size=(70, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    others, cosines = most_alike(vectors, 12)
    for unit in range(70):
        exact = vectors.astype(np.float64) @ vectors[unit].astype(np.float64)
        exact[unit] = -np.inf
        # 32 bits may swap two whose cosines differ in the last digits.
        assert exact[others[unit]] == pytest.approx(np.sort(exact)[::-1][:12], abs=1e-6)
        assert cosines[unit] == pytest.approx(exact[others[unit]], abs=1e-6)
    assert most_alike(vectors[:3], 12)[0].shape == (3, 2)
    assert most_alike(vectors[:1], 12)[0].shape == (1, 0)


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
def test_principal_components_span_what_singular_vectors_do(shape: tuple[int, int]) -> None:
    rows = RNG.normal(size=shape) * np.linspace(3, 1, shape[1])
    found = principal_components(rows, 4)
    expected = np.linalg.svd(rows)[2][:4].T
    assert found @ found.T == pytest.approx(expected @ expected.T, abs=1e-9)
    assert principal_components(np.zeros(shape), 4).shape == (shape[1], 1)
