"""Corrections for many comparisons: Holm's for any family, Dunnett's for all against one reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's correction of those p values that exist, in place."""
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    corrected = iter(multipletests(known, method="holm")[1])
    return [None if p is None else float(next(corrected)) for p in p_values]


def dunnett_p(t: float, freedom: float, shared: Sequence[float]) -> float:
    """P(max |T| >= |t|) of all comparisons with one reference when none of them differs from it.

    freedom: degrees of freedom of this comparison; shared: of each comparison in the family the part of its variance,
    0 to 1, that is the reference's. T are t variables whose correlation is that which the reference makes, so that
    groups may have any sizes and spreads (Dunnett 1955; Hasler and Hothorn 2008 for unequal variances). By quadrature
    over the reference's mean and the scale: no draws, no seed.
    """
    # The scale chi / sqrt(freedom) on a grid of its logarithm, as wide as its density is above 1e-17.
    centre, width = 0.0, 12 / np.sqrt(2 * freedom) + 0.5
    logs = np.linspace(centre - 2 * width, centre + width, 301)
    scale = np.exp(logs)
    density = stats.chi.pdf(scale * np.sqrt(freedom), freedom) * np.sqrt(freedom) * scale
    density /= density.sum()
    within = np.ones((len(scale), len(_NODES)))
    for part in shared:
        root, rest = np.sqrt(part), np.sqrt(max(1 - part, 1e-12))
        high = (abs(t) * scale[:, None] - root * _NODES) / rest
        low = (-abs(t) * scale[:, None] - root * _NODES) / rest
        within *= stats.norm.cdf(high) - stats.norm.cdf(low)
    return float(min(1.0, max(0.0, 1 - density @ within @ _WEIGHTS)))


def dunnett_quantile(freedom: float, shared: Sequence[float], level: float = 0.95) -> float:
    """The |t| that max |T| exceeds with the probability 1 - level: of simultaneous intervals."""
    highest = float(stats.t.isf((1 - level) / 2 / len(shared), freedom)) + 1e-6  # Bonferroni's is never smaller
    return float(optimize.brentq(lambda t: dunnett_p(t, freedom, shared) - (1 - level), 0.5, highest, xtol=1e-6))
