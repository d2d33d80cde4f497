"""One condition of a study -> its scores, its questions, its words, as plain dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from ..files.key import Key
from ..statistics.chance import chance_of_sizes, mean_and_sd, p_of_blind
from ..statistics.concepts import concepts
from ..statistics.intervals import aligned, bca, crossed_interval
from ..statistics.items import agreement, corrected_item_total, cronbach_alpha, fixed_order, learning, resolution
from .tables import response_matrix


def chance_of_score(key: Key) -> np.ndarray:
    """Probability of each score 0 … possible when every pick is blind, and each set is asked as often as any other.

    Where sets differ in their number of answers, a total counts as the score next to it in proportion.
    """
    blind = np.zeros(key.possible + 1)
    for name in key.by_set:
        own = chance_of_sizes(key.sizes_of(name))
        scores = np.round(np.arange(len(own)) * key.possible / (len(own) - 1)).astype(int)
        np.add.at(blind, scores, own / len(key.sets))
    return blind


def describe(experiment: int | str, people: pd.DataFrame, trials: pd.DataFrame, key: Key, seed: int) -> dict[str, Any]:
    """One condition: scores, intervals, the test against chance, consistency, learning, confidence."""
    scores = people["score"].to_numpy()
    count, sets = len(key.questions), sets_of_questions(key)
    matched, positions = response_matrix(trials, "matched", count), response_matrix(trials, "position", count)
    confidence = response_matrix(trials, "confidence", count)
    answers = sum(answers for _, answers in key.sizes) / count
    crossed = crossed_interval(matched / answers * key.possible, seed)  # the mean of a participant's row is the score
    interval = bca(aligned(scores, people["set"].to_numpy()), seed)
    chance = mean_and_sd(chance_of_score(key))[0]
    ages = people["age"].dropna()
    genders = people["gender"][people["gender"] != ""]
    times_picked, answered = _pick_counts(trials, key)
    fixed = fixed_order(positions, sets)
    trend = None if fixed else learning(matched, positions, seed)
    gamma = resolution(confidence, matched, seed)
    times_ms = trials["rt_ms"].dropna()
    minutes = people["minutes"].dropna()
    return {
        "experiment": experiment,
        "name": key.conditions[experiment].title,
        "participants": len(people),
        "mean": float(scores.mean()),
        "sd": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "median": float(np.median(scores)),
        "min": float(scores.min()),
        "max": float(scores.max()),
        "ratio": float(people["ratio"].mean()),
        "interval": _as_list(interval),
        "interval_crossed": None if crossed is None else [max(0.0, crossed[0]), min(float(key.possible), crossed[1])],
        "p_chance": p_of_participants(trials, key),
        "above_chance": {
            "difference": float(scores.mean()) - chance,
            "interval": None if interval is None else [end - chance for end in interval],
        },
        "demographics": {
            "age": {"mean": float(ages.mean()), "min": float(ages.min()), "max": float(ages.max())}
            if len(ages)
            else None,
            "gender": {str(name): int(n) for name, n in genders.value_counts().sort_index().items()},
        },
        "median_minutes": float(minutes.median()) if len(minutes) else None,
        "median_rt_s": float(times_ms.median()) / 1000 if len(times_ms) else None,
        "cronbach_alpha": cronbach_alpha(matched, sets),
        "krippendorff_alpha": agreement(np.concatenate(times_picked), np.concatenate(answered)),
        "learning": _trend_record(trend),
        "learning_note": "every participant had the same order of questions" if fixed else None,
        "confidence": [
            {"confidence": level, "trials": int(at.sum()), "accuracy": _share(trials[at])}
            for level in (1, 2, 3)
            if (at := (trials["confidence"] == level).fillna(False).astype(bool)).any()
        ],
        "resolution": _trend_record(gamma),
    }


def sets_of_questions(key: Key) -> np.ndarray:
    """The set of each question, in the key's order: [Q]."""
    return np.array([key.set_of[question.id] for question in key.questions])


def p_of_participants(trials: pd.DataFrame, key: Key) -> float:
    """Exact one-sided p that blind participants, each with the questions they answered, match as many in sum."""
    sizes = dict(zip(key.by_id, key.sizes, strict=True))
    answered = Counter(
        tuple(sorted(sizes[question] for question in questions))
        for _, questions in trials.groupby("participant")["question_id"]
    )
    return p_of_blind(answered, float(trials["matched"].sum()))


def describe_items(experiment: int | str, trials: pd.DataFrame, key: Key) -> list[dict[str, Any]]:
    """Each question in one condition."""
    matched = response_matrix(trials, "matched", len(key.questions))
    totals = corrected_item_total(matched, sets_of_questions(key))
    times_picked, answered = _pick_counts(trials, key)
    rows = []
    for k, question in enumerate(key.questions):
        own = trials[trials["question"] == k]
        times_ms, confidence = own["rt_ms"].dropna(), own["confidence"].dropna()
        rows.append(
            {
                "experiment": experiment,
                "question_id": question.id,
                "set": key.set_of[question.id],
                "neuron": question.neuron,
                "participants": len(own),
                "accuracy": _share(own),
                "item_total": None if np.isnan(totals[k]) else float(totals[k]),
                "krippendorff_alpha": agreement(times_picked[k], answered[k]),
                "median_rt_s": float(times_ms.median()) / 1000 if len(times_ms) else None,
                "mean_confidence": float(confidence.mean()) if len(confidence) else None,
                "options": [
                    {"option": option, "answer": option in question.answer_set, "picked": int(times)}
                    for option, times in zip(question.options, times_picked[k], strict=True)
                ],
            }
        )
    return rows


def describe_concepts(
    experiment: int | str, trials: pd.DataFrame, key: Key, spelling: dict[str, str]
) -> list[dict[str, Any]]:
    """The words written for each question of one condition."""
    rows = []
    for k, question in enumerate(key.questions):
        found = concepts(trials.loc[trials["question"] == k, "concept"].tolist(), spelling)
        rows.append(
            {
                "experiment": experiment,
                "question_id": question.id,
                "participants": found.participants,
                "top_share": found.top_share,
                "agreement": found.agreement,
                "words": [{"word": word, "participants": count} for word, count in found.words],
            }
        )
    return rows


def _pick_counts(trials: pd.DataFrame, key: Key) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each question, how often each option was picked and how many participants answered: two lists of [O]."""
    times_picked, answered = [], []
    for k, question in enumerate(key.questions):
        own = trials.loc[trials["question"] == k, "picks"]
        chosen = np.array([pick for picks in own for pick in picks], dtype=int)
        times_picked.append(np.bincount(chosen, minlength=len(question.options)))
        answered.append(np.full(len(question.options), len(own)))
    return times_picked, answered


def _share(trials: pd.DataFrame) -> float | None:
    possible = trials["possible"].sum()
    return float(trials["matched"].sum() / possible) if possible else None


def _as_list(interval: Sequence[float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _trend_record(found: Any) -> dict[str, Any] | None:
    return None if found is None else {**asdict(found), "interval": _as_list(found.interval)}
