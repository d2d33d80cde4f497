"""Places and times of one session's answers -> whether somebody who looks at the pictures would leave them so.

Both are marks of careless or automatic answers (Curran 2016 calls the first long strings).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2

from ...statistics.chance import at_least_each

FEWEST = 5  # questions, below which nothing is said
ALARM = 0.01  # probability that a study of honest people has any such mark
STEADIEST = 0.25  # standard deviation of log times that counts as the most regular of people


def commonest(places: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], int]:
    """The places picked most often, and in how many questions."""
    return Counter(places).most_common(1)[0]


def p_same_places(times: int, likely: np.ndarray, alike: np.ndarray) -> float:
    """A bound of the probability that some places are picked in so many questions or more.

    likely: [S, Q] how likely each places S are picked in each question; alike: [S] how many places have these chances.
    """
    return min(1.0, float(alike @ at_least_each(likely, np.full(len(likely), times))))


def spread_of(times_ms: Sequence[int]) -> float | None:
    """Standard deviation of the logarithms of times; None for fewer than FEWEST, or a time of 0."""
    if len(times_ms) < FEWEST or min(times_ms) <= 0:
        return None
    return float(np.log(times_ms).std(ddof=1))


def p_regular(spread: float, count: int) -> float:
    """The probability of so small a spread or a smaller one, if logarithms of times are normal with SD STEADIEST."""
    return float(chi2.cdf((count - 1) * (spread / STEADIEST) ** 2, count - 1))
