"""The picks of a study under the mixed model: odds of each condition, against chance and against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .corrections import holm
from .families import Families, Pair
from .mixed import MixedModel, fit, hypergeometric_weights

LIMIT = 1500  # participants; beyond, a random sample of so many at most is fitted


@dataclass(frozen=True)
class Picks:
    """Answered questions of a study, one each [N].

    experiment: the condition; participant: any ids; question: its place in sizes, which gives (options, answers);
    matched: picks that are answers. experiments: those conditions that are there, in the study's order.
    """

    experiment: np.ndarray
    participant: np.ndarray
    question: np.ndarray
    matched: np.ndarray
    experiments: Sequence[int | str]
    sizes: Sequence[tuple[int, int]]

    @property
    def participants(self) -> int:
        return len(np.unique(self.participant))

    def sampled(self, seed: int, limit: int | None = None) -> Picks:
        """Of at most so many participants (default LIMIT): as many of each condition, or all it has."""
        limit = LIMIT if limit is None else limit
        if self.participants <= limit:
            return self
        rng, most = np.random.default_rng(seed), limit // len(self.experiments)
        groups = [np.unique(self.participant[self.experiment == e]) for e in self.experiments]
        chosen = np.concatenate([rng.choice(group, min(most, len(group)), replace=False) for group in groups])
        kept = np.isin(self.participant, chosen)
        columns = {name: getattr(self, name)[kept] for name in ("experiment", "participant", "question", "matched")}
        return replace(self, **columns)

    def weights(self) -> np.ndarray:
        """Log weights of the matched picks of each answered question under blind picking, [N, J]."""
        table = np.full((len(self.sizes), max(answers for _, answers in self.sizes) + 1), -np.inf)
        for row, (options, answers) in zip(table, self.sizes, strict=True):
            row[: answers + 1] = hypergeometric_weights(options, answers, answers)
        return table[self.question]

    def design(self) -> np.ndarray:
        """One mean log-odds per condition, [N, C]."""
        return np.stack([self.experiment == e for e in self.experiments], axis=1).astype(float)

    def levels(self) -> tuple[np.ndarray, np.ndarray]:
        """Each answered question's participant and question, counted from 0 among those that are there."""
        return np.unique(self.participant, return_inverse=True)[1], np.unique(self.question, return_inverse=True)[1]

    def too_few(self) -> str | None:
        """Why no mixed model can be fitted, if so."""
        few = not self.experiments or self.participants < 2 * len(self.experiments) or len(self.sizes) < 2
        return "it needs at least two participants per experiment and two questions" if few else None


def mixed_model(picks: Picks, families: Families, seed: int) -> dict[str, Any]:
    """The model of picks by condition, as reported; {"fitted": false, "reason": …} where it cannot be fitted.

    p values are corrected by Holm's method within each family: the pairs, and the planned contrasts.
    """
    everyone = picks.participants
    if reason := picks.too_few():
        return {"fitted": False, "reason": reason}
    picks = picks.sampled(seed)
    try:
        model = fit(picks.matched, picks.weights(), picks.design(), picks.levels())
    except ValueError as error:
        return {"fitted": False, "reason": str(error)}
    unit = dict(zip(picks.experiments, np.eye(len(picks.experiments)), strict=True))
    return {
        "fitted": True,
        "participants": picks.participants,
        "sampled": picks.participants < everyone,
        "participant_sd": model.standard_deviations[0],
        "question_sd": model.standard_deviations[1],
        "log_likelihood": model.log_likelihood,
        "against_chance": [{"experiment": e, **_odds(model.contrast(unit[e]))} for e in picks.experiments],
        "pairs": _family(model, families.pairs, unit),
        "planned": _family(model, families.planned, unit),
    }


def _family(model: MixedModel, pairs: Sequence[Pair], unit: dict[int | str, np.ndarray]) -> list[dict[str, Any]]:
    contrasts = [model.contrast(unit[b] - unit[a]) for a, b in pairs]
    corrected = holm([p for *_, p in contrasts])
    return [
        {"experiments": list(pair), **_odds(contrast), "p_holm": p}
        for pair, contrast, p in zip(pairs, contrasts, corrected, strict=True)
    ]


def _odds(contrast: tuple[float, tuple[float, float], float]) -> dict[str, Any]:
    value, (low, high), p = contrast
    return {"odds_ratio": float(np.exp(value)), "interval": [float(np.exp(low)), float(np.exp(high))], "p": p}
