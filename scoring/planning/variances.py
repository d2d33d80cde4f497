"""A response model -> how much of a difference between two conditions is due to people, to neurons, and to picks.

The model is that of planning/simulate.py with one effect more: participant p, neuron q, condition c have the log-odds

    b_c + a_p + v_q + w_qc,   a ~ N(0, participants), v ~ N(0, neurons), w ~ N(0, interaction)

and their matched picks follow Fisher's noncentral hypergeometric distribution (3 picks of 9 with 3 answers, in the
paper). v is a neuron's own difficulty, the same in all conditions; w is how much better or worse an explanation suits
one neuron than the others. The share of answers found is decomposed exactly, by quadrature: mean + people + neurons +
rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics.mixed import hypergeometric_weights, moments
from .simulate import PARTICIPANT_SD, QUESTION_SD, ResponseModel, response_model

# Log-odds; half of what neurons differ by. No study is known to report it, so it is an assumption, and said to be one.
INTERACTION_SD = 0.4

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(25)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Spreads:
    """Standard deviations in log-odds: between participants, between neurons, of a neuron from condition to
    condition."""

    participants: float = PARTICIPANT_SD
    neurons: float = QUESTION_SD
    interaction: float = INTERACTION_SD

    @property
    def of_a_neuron(self) -> float:
        """Of a neuron within one condition."""
        return float(np.hypot(self.neurons, self.interaction))


@dataclass(frozen=True)
class Components:
    """Variances of the share of answers found (0 to 1), for two conditions that share their neurons.

    people, picks: one number for each condition. people: between participants; picks: what is left of a single
    question, the hypergeometric noise and that participants find different neurons hard. neurons: of a neuron's
    difference between the two conditions.
    """

    people: tuple[float, float]
    picks: tuple[float, float]
    neurons: float


def model_of(sizes: Sequence[tuple[int, int]], share: float, spreads: Spreads) -> ResponseModel:
    """The response model of one condition; its question_sd is that of a neuron within the condition."""
    return response_model(sizes, share, spreads.participants, spreads.of_a_neuron)


def components(sizes: Sequence[tuple[int, int]], shares: tuple[float, float], spreads: Spreads) -> Components:
    """The variances of two conditions with these expected shares; sizes: (options, answers) of a set's questions."""
    models = [model_of(sizes, share, spreads) for share in shares]
    people, picks, neurons = np.zeros(2), np.zeros(2), 0.0
    for (options, answers), count in Counter(sizes).items():
        own, by_difficulty = [], []
        for model in models:
            found, noise = _shares(model, options, answers, spreads)  # [A, V, W]
            mean = _mean(found)
            of_neuron = np.einsum("a,avw->vw", _WEIGHTS, found)
            of_person = np.einsum("avw,v,w->a", found, _WEIGHTS, _WEIGHTS)
            own.append((
                float(_WEIGHTS @ (of_person - mean) ** 2),
                float(_WEIGHTS @ (of_neuron - mean) ** 2 @ _WEIGHTS),
                _mean((found - mean) ** 2), _mean(noise),
            ))  # fmt: skip
            by_difficulty.append(of_neuron @ _WEIGHTS - mean)
        weight = count / len(sizes)
        people += weight * np.array([each[0] for each in own])
        picks += weight * np.array([total - a - u + noise for a, u, total, noise in own])
        shared = float(_WEIGHTS @ (by_difficulty[0] * by_difficulty[1]))
        neurons += weight * (own[0][1] + own[1][1] - 2 * shared)
    return Components((float(people[0]), float(people[1])), (float(picks[0]), float(picks[1])), max(0.0, neurons))


def _shares(model: ResponseModel, options: int, answers: int, spreads: Spreads) -> tuple[np.ndarray, np.ndarray]:
    """Expected share and its hypergeometric variance over participants x difficulty x interaction: [A, V, W] each."""
    scale = model.question_sd / spreads.of_a_neuron if spreads.of_a_neuron else 0.0  # both shrink close to chance
    a = model.participant_sd * _NODES[:, None, None]
    v = scale * spreads.neurons * _NODES[:, None]
    odds = model.log_odds + a + v + scale * spreads.interaction * _NODES
    weights = np.tile(hypergeometric_weights(options, answers, answers), (odds.size, 1))
    _, mean, variance = moments(weights, odds.ravel())
    return (mean / answers).reshape(odds.shape), (variance / answers**2).reshape(odds.shape)


def _mean(values: np.ndarray) -> float:
    return float(np.einsum("avw,a,v,w->", values, _WEIGHTS, _WEIGHTS, _WEIGHTS))
