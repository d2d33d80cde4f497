"""Simulated participants: files like the pages', for demonstrations, tests and planning.

Response model. The matched picks of participant p in question q follow Fisher's noncentral hypergeometric distribution
with log-odds b + a_p + c_q, a_p ~ N(0, participant_sd), c_q ~ N(0, question_sd): the model that statistics/mixed.py
fits. b is set so that the expected share of matched picks is chance + skill x (1 - chance): skill 0 is blind picking
for everyone (both spreads shrink to 0 below skill 0.2), skill 1 is perfect.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ..errors import ScoringError
from ..files.key import Key
from ..statistics.mixed import hypergeometric_weights, moments

PARTICIPANT_SD, QUESTION_SD = 0.5, 0.8  # log-odds
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(31)


@dataclass(frozen=True)
class ResponseModel:
    """sizes: (options, answers) of each question; log_odds: b; spreads as above."""

    sizes: tuple[tuple[int, int], ...]
    log_odds: float
    participant_sd: float
    question_sd: float

    def draw(self, participants: int, questions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Matched picks, [participants, Q]; questions: standard normal draws [Q], the questions' own effects."""
        people = rng.normal(0, 1, (participants, 1)) * self.participant_sd
        odds = self.log_odds + people + questions * self.question_sd  # [P, Q]
        matched = np.empty(odds.shape, dtype=int)
        for q, (options, answers) in enumerate(self.sizes):
            p = np.exp(_log_probabilities(options, answers, odds[:, q]))
            matched[:, q] = (rng.random((participants, 1)) > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
        return matched


def _log_probabilities(options: int, answers: int, odds: np.ndarray) -> np.ndarray:
    """Log probability of each count 0 … answers at log-odds [N]: [N, answers + 1]."""
    weights = np.tile(hypergeometric_weights(options, answers, answers), (len(odds), 1))
    return weights + np.arange(answers + 1) * odds[:, None] - moments(weights, odds)[0][:, None]


def response_model(
    sizes: Sequence[tuple[int, int]],
    share: float,
    participant_sd: float = PARTICIPANT_SD,
    question_sd: float = QUESTION_SD,
) -> ResponseModel:
    """The model whose expected share of matched picks is `share`, from chance to 1."""
    chance = sum(a * a / o for o, a in sizes) / sum(a for _, a in sizes)
    skill = (share - chance) / (1 - chance)
    if not -1e-9 <= skill <= 1:
        raise ScoringError(
            f"a share of {share:.3f} matched picks is not possible; allowed is from chance ({chance:.3f}) to 1"
        )
    shrink = min(1.0, max(0.0, skill) / 0.2)
    participant_sd, question_sd = participant_sd * shrink, question_sd * shrink
    total_sd = np.hypot(participant_sd, question_sd)

    def excess(b: float) -> float:
        expected = sum(
            _WEIGHTS @ moments(np.tile(hypergeometric_weights(o, a, a), (len(_NODES), 1)), b + total_sd * _NODES)[1]
            for o, a in sizes
        )
        return expected / _WEIGHTS.sum() / sum(a for _, a in sizes) - share

    log_odds = 0.0 if skill < 1e-9 else 60.0 if skill > 1 - 1e-9 else brentq(excess, -1.0, 60.0)
    return ResponseModel(tuple(sizes), float(log_odds), participant_sd, question_sd)


def share_of_skill(sizes: Sequence[tuple[int, int]], skill: float) -> float:
    """The expected share of matched picks at a skill of 0 to 1; raises ScoringError outside."""
    if not 0 <= skill <= 1:
        raise ScoringError(f"--skill {skill:g} is not allowed: 0 (blind picking) to 1 (perfect)")
    chance = sum(a * a / o for o, a in sizes) / sum(a for _, a in sizes)
    return chance + skill * (1 - chance)


def simulate(
    key: Key, experiment: int | str, participants: int, skill: float, seed: int, name: int | None = None
) -> list[list[dict[str, Any]]]:
    """The rows of each simulated participant's file, as the pages write them.

    experiment: a condition of the key. name: of the set that all are asked; None: participants are dealt to the sets in
    turn. A question keeps its difficulty from one condition to the next.
    """
    if experiment not in key.conditions:
        raise ScoringError(f"--experiment {experiment} is not allowed: {key.conditions.listed()}")
    if name is not None and name not in key.by_set:
        raise ScoringError(f"--set {name} is not allowed: 1 to {len(key.sets)}")
    if participants < 1:
        raise ScoringError(f"--participants {participants} is not allowed: 1 or more")
    if key.layout == "original":
        raise ScoringError("the key is of the original 2021 pages; participants are simulated for the pages of a build")
    sizes = key.sizes
    rng = np.random.default_rng([seed, *([experiment] if isinstance(experiment, int) else experiment.encode())])
    # Questions keep their difficulty from one experiment to the next: their effects hang on the study's seed alone.
    difficulty = np.random.default_rng(seed).normal(0, 1, len(sizes))
    model = response_model(sizes, share_of_skill(sizes, skill))
    matched = model.draw(participants, difficulty, rng)
    names = [name] if name is not None else list(key.by_set)
    return [_rows(key, experiment, names[p % len(names)], row, rng) for p, row in enumerate(matched)]


def _rows(
    key: Key, experiment: int | str, name: int, matched: np.ndarray, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """A participant's rows; matched: [Q] picks that are answers, by the place of a question in the key."""
    subject_id, session_id = rng.bytes(8).hex(), rng.bytes(8).hex()
    common = {
        "study_id": key.study_id, "experiment": experiment, "subject_id": subject_id, "session_id": session_id,
        "plugin_version": None,
    }  # fmt: skip
    elapsed = int(rng.lognormal(10.6, 0.4))  # some 40 s for the questionnaire and the instructions
    survey = {
        "age": int(rng.integers(19, 46)), "gender": str(rng.choice(["female", "male"])), "major": "simulated",
        "background": str(rng.choice(["none", "some", "course", "work"])),
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {
            "trial_type": "session", "trial_index": 0, "time_elapsed": elapsed, "rt": None, **common,
            "format": "imetric-response/1", "set": name, "build_hash": "simulated", "seed": int(rng.integers(2**32)),
            "response": survey, "address": {}, "viewport": [1280, 800], "language": "en", "user_agent": "simulated",
        }
    ]  # fmt: skip
    places = [k for k, question in enumerate(key.questions) if key.set_of[question.id] == name]
    for index, q in enumerate(rng.permutation(places), 1):
        question = key.questions[q]
        order = [question.options[k] for k in rng.permutation(len(question.options))]
        found = list(rng.permutation(question.answers))[: matched[q]]
        others = [option for option in order if option not in question.answer_set]
        picks = [str(pick) for pick in rng.permutation([*found, *others[: len(question.answers) - len(found)]])]
        rt = int(rng.lognormal(9.9, 0.5))  # some 20 s
        elapsed += rt + int(rng.integers(200, 1500))
        rows.append(
            {
                "trial_type": "imetric-question", "trial_index": index, **common, "time_elapsed": elapsed, "rt": rt,
                "question_id": question.id, "choice_ids": picks, "response": [order.index(pick) for pick in picks],
                "choice_order": order, "confidence": int(rng.choice([1, 2, 3], p=_confidence(int(matched[q])))),
                "concept": "", "view_history": [], "original_views": [],
            }
        )  # fmt: skip
    return rows


def _confidence(matched: int) -> list[float]:
    """Somewhat surer the more was matched."""
    return [[0.5, 0.35, 0.15], [0.35, 0.4, 0.25], [0.25, 0.4, 0.35], [0.15, 0.35, 0.5]][min(matched, 3)]


def write_files(sessions: Sequence[list[dict[str, Any]]], folder: Path) -> list[Path]:
    """Each session as the pages name and write it."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for rows in sessions:
        first = rows[0]
        path = folder / f"imetric_exp{first['experiment']}_{first['study_id']}_{first['session_id']}.json"
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
        paths.append(path)
    return paths
