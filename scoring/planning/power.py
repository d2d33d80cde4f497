"""How many participants find a difference between two experiments, by simulation with the response model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from ..errors import ScoringError
from ..files.key import Key
from ..statistics.comparisons import permutation_p
from .simulate import PARTICIPANT_SD, QUESTION_SD, response_model

PAPER_BASELINE = 13.7  # of 30: feature visualization alone in the paper


@dataclass(frozen=True)
class Power:
    """participants: per experiment; power: share of studies with p < alpha, and its 95 % interval (Wilson)."""

    participants: int
    power: float
    interval: tuple[float, float]


def power(
    key: Key,
    difference: float,
    participants: Sequence[int],
    baseline: float | None = None,
    studies: int = 2000,
    alpha: float = 0.05,
    participant_sd: float = PARTICIPANT_SD,
    question_sd: float = QUESTION_SD,
    seed: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> list[Power]:
    """Power of the report's permutation test of means (`permutation_p`) for two experiments that share their questions.

    difference, baseline: correct answers of the key's total (baseline: the lower experiment's mean; None: the paper's
    13.7 of 30, in proportion). Each simulated study draws new questions and new participants; advance is called after
    each. Raises ScoringError.
    """
    base = key.possible * PAPER_BASELINE / 30 if baseline is None else baseline
    sizes = key.sizes
    if difference < 0:
        raise ScoringError(f"--difference {difference:g} is not allowed: 0 or more correct answers")
    if not participants or min(participants) < 2:
        raise ScoringError("--participants should be numbers of 2 or more with commas between, such as 7,10,20")
    if studies < 100:
        raise ScoringError(f"--studies {studies} is not allowed: 100 or more")
    chance = sum(a * a / o for o, a in sizes)
    if not chance - 1e-6 <= base <= base + difference <= key.possible:
        raise ScoringError(
            f"--baseline {base:g} with --difference {difference:g} is not allowed: both means should lie between "
            f"chance ({chance:g}) and {key.possible}"
        )
    lower = response_model(sizes, base / key.possible, participant_sd, question_sd)
    upper = response_model(sizes, (base + difference) / key.possible, participant_sd, question_sd)
    found = []
    for count in participants:
        rng = np.random.default_rng([seed, count])
        hits = 0
        for study in range(studies):
            questions = rng.normal(0, 1, len(sizes))
            first, second = (model.draw(count, questions, rng).sum(axis=1) for model in (lower, upper))
            p = permutation_p(first, second, study)
            hits += p is not None and p < alpha
            advance()
        low, high = proportion_confint(hits, studies, method="wilson")
        found.append(Power(count, hits / studies, (float(low), float(high))))
    return found
