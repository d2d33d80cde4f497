"""What is known of each question's neuron in each condition: shrunken estimates and their ranks, with uncertainty.

The mixed model of picks (statistics/mixed.py) with random effects of participants, of questions, and of questions
within conditions: how well a neuron is found at all, and how much better or worse than that in one condition. Its
estimates are shrunken: what few participants answered is drawn towards the other neurons of the condition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from .intervals import LEVEL
from .mixed import MixedModel, fit, hypergeometric_weights, moments
from .picks import Picks

DRAWS = 4000
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def neuron_estimates(
    picks: Picks, control: int | str | None, seed: int, level: float = LEVEL
) -> tuple[dict[str, Any], dict[tuple[int | str, int], dict[str, Any]]]:
    """The model's spreads, and by (condition, question) what is estimated of it; no estimate where it cannot be fitted.

    share: answers found by the average of all participants, with its interval; rank: among the condition's questions,
    1 is best found, with its interval and the probability of being in the best quarter, from draws of the joint
    distribution of all estimates; above_control: odds ratio against the same question in the control.
    """
    if reason := picks.too_few():
        return {"fitted": False, "reason": reason}, {}
    picks = picks.sampled(seed)
    participants, questions = picks.levels()
    asked = np.unique(picks.question)
    conditions = picks.design().argmax(axis=1)
    groups = [participants, questions]
    if len(picks.experiments) > 1:
        groups.append(conditions * len(asked) + questions)
    present = np.unique(conditions * len(asked) + questions)  # not every condition may have every question
    if len(groups) == 3:
        groups[2] = np.searchsorted(present, groups[2])
    try:
        model = fit(picks.matched, picks.weights(), picks.design(), groups, above_zero=len(groups) - 2)
    except ValueError as error:
        return {"fitted": False, "reason": str(error)}, {}
    # Each estimate is condition + question + question within condition: rows of a matrix of 0 and 1, [present, R].
    condition, question = np.divmod(present, len(asked))
    rows, fixed = np.arange(len(present)), len(picks.experiments)
    select = np.zeros((len(present), len(model.effects)))
    select[rows, condition] = 1
    select[rows, fixed + question] = 1
    if len(groups) == 3:
        select[rows, fixed + len(asked) + rows] = 1
    odds, covariance = select @ model.effects, select @ model.effects_covariance @ select.T
    wider = covariance + np.diag(_spread_uncertainty(odds - model.fixed[condition], covariance, model, len(asked)))
    half_width = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(wider))
    estimates: dict[tuple[int | str, int], dict[str, Any]] = {}
    rng = np.random.default_rng(seed)
    for c, experiment in enumerate(picks.experiments):
        own = np.flatnonzero(condition == c)
        ranks = _ranks(odds[own], wider[np.ix_(own, own)], rng, level)
        for place, rank in zip(own, ranks, strict=True):
            size = picks.sizes[asked[question[place]]]
            ends = odds[place] + half_width[place] * np.array([0, -1, 1])
            share, low, high = shares_found(size, ends, model.standard_deviations[0])
            estimates[experiment, int(asked[question[place]])] = {
                "estimate": share, "estimate_interval": [low, high], **rank, "above_control": None,
            }  # fmt: skip
    if control in picks.experiments:
        _add_above_control(estimates, picks, control, (condition, asked[question]), (odds, covariance), level)
    return _spreads(model, picks), estimates


def _spread_uncertainty(effects: np.ndarray, covariance: np.ndarray, model: MixedModel, questions: int) -> np.ndarray:
    """Variance that is added to each estimate since the spread of questions is itself estimated, from so few of them.

    effects: of the questions [K]. Morris 1983, 'Parametric empirical Bayes inference': an effect that is
    shrunken by the factor 1 - B hangs on the spread the more, the more it is shrunken and the further out it is.
    """
    spread = sum(sd**2 for sd in model.standard_deviations[1:])
    shrunken = np.clip(np.diag(covariance) / spread, 0.0, 0.9)
    return 2 / max(questions - 3, 1) * (shrunken * effects / (1 - shrunken)) ** 2


def _spreads(model: MixedModel, picks: Picks) -> dict[str, Any]:
    participant, question, *within = model.standard_deviations
    return {
        "fitted": True,
        "participants": picks.participants,
        "participant_sd": participant,
        "question_sd": question,
        "question_in_condition_sd": within[0] if within else None,
    }


def shares_found(size: tuple[int, int], odds: np.ndarray, participant_sd: float) -> list[float]:
    """Expected share of answers found at log-odds [K], over participants of this spread: [K], 0 to 1."""
    options, answers = size
    spread = (odds[:, None] + participant_sd * _NODES).ravel()
    weights = np.tile(hypergeometric_weights(options, answers, answers), (len(spread), 1))
    found = moments(weights, spread)[1].reshape(len(odds), -1) @ _WEIGHTS / answers
    return [float(share) for share in found]


def _ranks(odds: np.ndarray, covariance: np.ndarray, rng: np.random.Generator, level: float) -> list[dict[str, Any]]:
    """Rank of each estimate [K], 1 the highest, with its interval and the probability of the best quarter."""
    count = len(odds)
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(count))
    drawn = odds + rng.standard_normal((DRAWS, count)) @ root.T
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    top = (ranks <= max(1, round(count / 4))).mean(axis=0)
    order = (-odds).argsort(kind="stable").argsort() + 1
    return [
        {"rank": int(order[k]), "rank_interval": [int(low[k]), int(high[k])], "top_quarter": float(top[k])}
        for k in range(count)
    ]


def _add_above_control(
    estimates: dict[tuple[int | str, int], dict[str, Any]],
    picks: Picks,
    control: int | str | None,
    places: tuple[np.ndarray, np.ndarray],
    found: tuple[np.ndarray, np.ndarray],
    level: float,
) -> None:
    """Odds ratio of each estimate against the same question's in the control, where both are there."""
    (condition, question), (odds, covariance) = places, found
    at = {(picks.experiments[c], int(q)): k for k, (c, q) in enumerate(zip(condition, question, strict=True))}
    for (experiment, q), record in estimates.items():
        k, base = at[experiment, q], at.get((control, q)) if control is not None else None
        if base is None or experiment == control:
            continue
        variance = covariance[k, k] + covariance[base, base] - 2 * covariance[k, base]
        half_width = stats.norm.ppf((1 + level) / 2) * np.sqrt(max(0.0, variance))
        ratio, low, high = np.exp(odds[k] - odds[base] + half_width * np.array([0, -1, 1]))
        record["above_control"] = {"odds_ratio": float(ratio), "interval": [float(low), float(high)]}
