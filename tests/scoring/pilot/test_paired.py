"""The paired test, held against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test

from scoring.pilot.paired import sign_flip_p


def test_sign_flips_by_reference() -> None:
    values = np.random.default_rng(0).normal(0.4, 1, 12)
    reference = permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert sign_flip_p(values, 1) == pytest.approx(reference)
    many = np.random.default_rng(1).normal(0.3, 1, 30)
    drawn = permutation_test((many,), np.mean, permutation_type="samples", n_resamples=9999, rng=1).pvalue
    assert sign_flip_p(many, 1) == pytest.approx(drawn, abs=0.02)
