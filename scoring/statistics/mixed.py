"""A logistic model of picks with crossed random effects of participants and questions.

Each question is 'pick 3 of 9': the matched picks follow Fisher's noncentral hypergeometric distribution, which is the
logistic model of single picks conditional on how many were made. Its log-odds 0 is chance, whatever the number of
options, so odds are relative to blind picking. The same engine fits ordinary binomial mixed models (other weights).

Fitted by maximum likelihood under the Laplace approximation with fixed and random effects optimized jointly (as lme4's
glmer with nAGQ=0 does, Bates et al. 2015); standard errors come from the inverse joint Hessian. statsmodels'
BinomialBayesMixedGLM fits the same design, but its mean-field posterior treats the experiments' effects as if they did
not depend on those of the participants nested in them, and is too sure (benchmarks/scoring_calibration.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse, stats
from scipy.special import gammaln

from .intervals import LEVEL, Interval

DENSE_CELLS = 200_000  # of the indicators of questions; above, a sparse array is quicker


@dataclass(frozen=True)
class MixedModel:
    """Estimates: fixed effects [F] with covariance [F, F] and standard deviations of the random effects, in log-odds.

    degrees_of_freedom: of the t tests, levels of the first grouping less fixed effects. effects, effects_covariance:
    fixed effects and those of all groupings but the first, one after another [R], [R, R].
    """

    fixed: np.ndarray
    covariance: np.ndarray
    standard_deviations: tuple[float, ...]
    log_likelihood: float
    degrees_of_freedom: int
    effects: np.ndarray
    effects_covariance: np.ndarray

    def contrast(self, weights: Sequence[float] | np.ndarray, level: float = LEVEL) -> tuple[float, Interval, float]:
        """A weighted sum of fixed effects: log-odds, interval, two-sided p (Wald, by t: few people make z too sure)."""
        summed = np.asarray(weights, dtype=float)
        value = float(summed @ self.fixed)
        error = float(np.sqrt(summed @ self.covariance @ summed))
        t = stats.t(max(1, self.degrees_of_freedom))
        half_width = t.ppf((1 + level) / 2) * error
        return value, (value - half_width, value + half_width), float(2 * t.sf(abs(value) / error))


def hypergeometric_weights(options: int, answers: int, picks: int) -> np.ndarray:
    """log C(answers, j) C(options - answers, picks - j), j = 0 … picks; -inf where j cannot be."""
    j = np.arange(picks + 1)
    return _log_choose(answers, j) + _log_choose(options - answers, picks - j)


def binomial_weights(count: int) -> np.ndarray:
    """log C(count, j), j = 0 … count: independent yes-or-no trials."""
    return _log_choose(count, np.arange(count + 1))


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    inside = (k >= 0) & (k <= n)
    k = np.where(inside, k, 0)
    return np.where(inside, gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), -np.inf)


def moments(weights: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log normalizer, mean and variance of counts with log weights [N, J] at log-odds [N]: each [N]."""
    j = np.arange(weights.shape[1], dtype=float)
    terms = weights + j * odds[:, None]  # [N, J]
    highest = terms.max(axis=1)
    p = np.exp(terms - highest[:, None])
    total = p.sum(axis=1)
    p /= total[:, None]
    mean = p @ j
    return highest + np.log(total), mean, p @ j**2 - mean**2


def fit(
    counts: np.ndarray, weights: np.ndarray, design: np.ndarray, groups: Sequence[np.ndarray], above_zero: int = 0
) -> MixedModel:
    """Fit counts ~ fixed effects + one random effect per grouping.

    counts [N] matched picks; weights [N, J] log weights (`hypergeometric_weights`, -inf beyond an observation's own
    range); design [N, F] fixed effects, full rank; groups: for each random effect each observation's level, 0 … L-1.
    above_zero: of so many of the last groupings the standard deviation is kept off 0, where few data often put it
    though it is not: the log-likelihood is raised by its logarithm (Chung et al. 2013, 'A nondegenerate penalized
    likelihood estimator for variance parameters in multilevel models').
    The first grouping may have any number of levels: its block of the Hessian is diagonal and is eliminated first.
    Raises ValueError where the fit does not converge (complete separation: everything right or everything wrong).
    """
    problem = _JointOptimum(np.asarray(counts, dtype=float), weights, design, groups)
    found = optimize.minimize(
        lambda log_sds: -problem.solve(log_sds).log_likelihood - log_sds[len(groups) - above_zero :].sum(),
        np.full(len(groups), -0.7), method="L-BFGS-B",
        bounds=[(-4.0, 2.0)] * len(groups), options={"ftol": 1e-9, "gtol": 1e-4, "eps": 1e-4},
    )  # fmt: skip
    best = problem.solve(found.x)
    return MixedModel(
        best.fixed, best.covariance, tuple(float(np.exp(log_sd)) for log_sd in found.x), best.log_likelihood,
        problem.degrees_of_freedom, best.effects, best.effects_covariance,
    )  # fmt: skip


@dataclass(frozen=True)
class _Solution:
    log_likelihood: float
    fixed: np.ndarray
    covariance: np.ndarray
    effects: np.ndarray
    effects_covariance: np.ndarray


class _JointOptimum:
    """One data set; solve() finds the joint optimum of all effects at given standard deviations by Newton's method.

    Effects are [u, r]: u the first grouping's random effects [U], r the fixed effects and all other groupings' [R]. The
    negative Hessian has a diagonal block of u [U], a block of r [R, R], and a block that couples them [U, R].
    Precisions are those of the effects' normal distributions, 0 for fixed effects.
    """

    def __init__(
        self, counts: np.ndarray, weights: np.ndarray, design: np.ndarray, groups: Sequence[np.ndarray]
    ) -> None:
        self.counts, self.weights = counts, weights
        self.first = groups[0]
        self.levels = [int(group.max()) + 1 for group in groups]
        self.fixed = design.shape[1]
        self.degrees_of_freedom = self.levels[0] - self.fixed
        self.rest = _columns(design, groups[1:], self.levels[1:])  # [N, R]
        self.sum_by_level = sparse.csr_array(
            (np.ones(len(counts)), (self.first, np.arange(len(counts)))), shape=(self.levels[0], len(counts))
        )
        self.log_weight = float(weights[np.arange(len(counts)), counts.astype(int)].sum())
        self.u, self.r = np.zeros(self.levels[0]), np.zeros(self.rest.shape[1])

    def _joint_log_density(
        self, u: np.ndarray, r: np.ndarray, precision_u: float, precision_r: np.ndarray
    ) -> float:
        """Of counts and effects, up to terms that do not hang on the effects."""
        odds = self.rest @ r + u[self.first]
        fitted = self.counts @ odds - moments(self.weights, odds)[0].sum()
        return float(fitted - 0.5 * (precision_u * (u @ u) + precision_r @ r**2))

    def _derivatives(self, precision_u: float, precision_r: np.ndarray) -> tuple[np.ndarray, ...]:
        """Gradients in u and r, and of the negative Hessian the diagonal of u, the coupling and the block of r."""
        _, mean, variance = moments(self.weights, self.rest @ self.r + self.u[self.first])
        residuals = self.counts - mean
        weighted = self.rest * variance[:, None]  # of sparse arrays too, element by element
        return (
            self.sum_by_level @ residuals - precision_u * self.u,
            self.rest.T @ residuals - precision_r * self.r,
            self.sum_by_level @ variance + precision_u,
            self.sum_by_level @ weighted,
            _dense(weighted.T @ self.rest) + np.diag(precision_r),
        )

    def solve(self, log_sds: np.ndarray) -> _Solution:
        """The optimum at these log standard deviations, one per grouping; raises ValueError where there is none."""
        precision_u = float(np.exp(-2 * log_sds[0]))
        precision_r = np.concatenate(
            [np.zeros(self.fixed)]
            + [np.full(level, np.exp(-2 * log_sd)) for level, log_sd in zip(self.levels[1:], log_sds[1:], strict=True)]
        )
        best = self._joint_log_density(self.u, self.r, precision_u, precision_r)
        for _ in range(100):
            gradient_u, gradient_r, diagonal_u, coupling, block_r = self._derivatives(precision_u, precision_r)
            try:
                step_r = np.linalg.solve(
                    block_r - _dense(coupling.T @ (coupling * (1 / diagonal_u)[:, None])),
                    gradient_r - coupling.T @ (gradient_u / diagonal_u),
                )
            except np.linalg.LinAlgError:
                raise ValueError("the mixed model has no finite estimate") from None
            step_u = (gradient_u - coupling @ step_r) / diagonal_u
            scale = 1.0
            while True:
                u, r = self.u + scale * step_u, self.r + scale * step_r
                density = self._joint_log_density(u, r, precision_u, precision_r)
                if density >= best - 1e-9 or (scale := scale / 2) < 1e-6:
                    break
            self.u, self.r = self.u + scale * step_u, self.r + scale * step_r
            gained, best = density - best, density
            if np.abs(self.r).max() > 20:
                raise ValueError("the mixed model has no finite estimate")
            if abs(gained) < 1e-9 * (1 + abs(best)):
                break
        *_, diagonal_u, coupling, block_r = self._derivatives(precision_u, precision_r)
        schur_r = block_r - _dense(coupling.T @ (coupling * (1 / diagonal_u)[:, None]))  # of r, with u eliminated
        random = schur_r[self.fixed :, self.fixed :]
        log_det = np.log(diagonal_u).sum() + (np.linalg.slogdet(random)[1] if len(random) else 0.0)
        log_prior = -sum(level * log_sd for level, log_sd in zip(self.levels, log_sds, strict=True))
        log_likelihood = best + self.log_weight + log_prior - 0.5 * log_det
        whole = np.linalg.inv(schur_r)
        return _Solution(
            float(log_likelihood), self.r[: self.fixed].copy(), whole[: self.fixed, : self.fixed], self.r.copy(), whole
        )


def _columns(design: np.ndarray, groups: Sequence[np.ndarray], levels: Sequence[int]) -> Any:
    """Fixed effects and an indicator of every level, [N, R]: dense where that is small, else sparse."""
    if len(design) * (design.shape[1] + sum(levels)) <= DENSE_CELLS:
        return np.hstack([design, *(np.eye(level)[group] for level, group in zip(levels, groups, strict=True))])
    rows = np.arange(len(design))
    indicators = [
        sparse.csr_array((np.ones(len(design)), (rows, group)), shape=(len(design), level))
        for level, group in zip(levels, groups, strict=True)
    ]
    return sparse.hstack([sparse.csr_array(design), *indicators], format="csr")


def _dense(product: Any) -> np.ndarray:
    return product.toarray() if sparse.issparse(product) else product
