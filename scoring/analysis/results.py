"""Tables of responses -> every result, as one plain dictionary; reads like the results section of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ..files.collect import Collection
from ..files.exclusions import RULES, Exclusions, broken_rules
from ..files.key import Key
from ..statistics.chance import at_least, chance, chance_of_key, convolve, mean_and_sd, sum_of
from ..statistics.comparisons import compare, holm, kruskal_wallis
from ..statistics.concepts import concepts, vocabulary
from ..statistics.intervals import bca, crossed
from ..statistics.items import (
    agreement,
    corrected_item_total,
    cronbach_alpha,
    fixed_order,
    learning,
    resolution,
)
from ..statistics.mixed import fit, hypergeometric_weights
from .tables import grid, participants_frame, trials_frame

FORMAT = "imetric-summary/1"
MIXED_MODEL_LIMIT = 1500  # participants; beyond, a random sample of so many at most is fitted

EXPERIMENTS = {
    1: "feature visualization",
    2: "dataset examples with grid-cam",
    3: "both, with grid-cam",
}


def analyse(
    collection: Collection, rules: Exclusions, seed: int, advance: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """All results, with and without exclusions, and the two tables they come from (participants, trials).

    seed: of every resampling. Equal inputs and seed give equal results. docs/scoring.md describes the dictionary.
    """
    key = collection.key
    broken = broken_rules(collection.responses, rules, len(key.questions))
    participants = participants_frame(collection, broken)
    trials = trials_frame(collection, broken)
    counts = Counter(rule for each in broken for rule in each)
    everyone = results(participants, trials, key, seed, advance)
    kept = participants["included"]
    if kept.all():
        included = everyone
    else:
        included = results(participants[kept], trials[trials["included"]], key, seed, advance)
    mean, sd = mean_and_sd(chance_of_key(key))
    summary = {
        "format": FORMAT,
        "study_id": key.study_id,
        "seed": seed,
        "questions": len(key.questions),
        "possible": key.possible,
        "chance": {"mean": mean, "sd": sd, "distribution": chance_of_key(key).tolist()},
        "files": {
            "given": collection.files,
            "used": len(collection.responses),
            "rejected": len(collection.rejected),
            "marked": sum(bool(response.marks) for response in collection.responses),
        },
        "exclusions": {
            "rules": rules.model_dump(),
            "in_words": rules.sentences(),
            "marked": {name: counts[name] for name in RULES},
            "excluded": int((~kept).sum()),
        },
        "included": included,
        "all": everyone,
    }
    return summary, participants, trials


def results(
    participants: pd.DataFrame,
    trials: pd.DataFrame,
    key: Key,
    seed: int,
    advance: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Everything about one set of participants; may be empty."""
    experiments = sorted(int(e) for e in participants["experiment"].unique())
    people = {e: participants[participants["experiment"] == e] for e in experiments}
    answered = {e: trials[trials["experiment"] == e] for e in experiments}
    spelling = vocabulary(trials["concept"])
    described, items, words = [], [], []
    for e in experiments:
        described.append(describe(e, people[e], answered[e], key, seed))
        items += describe_items(e, answered[e], key)
        words += describe_concepts(e, answered[e], key, spelling)
        advance(f"experiment {e}")
    comparisons = between({e: people[e]["score"].to_numpy() for e in experiments}, seed)
    comparisons["mixed_model"] = mixed_model(trials, key, seed)
    advance("comparisons")
    return {
        "participants": len(participants),
        "experiments": described,
        "comparisons": comparisons,
        "items": items,
        "concepts": words,
    }


def describe(experiment: int, people: pd.DataFrame, trials: pd.DataFrame, key: Key, seed: int) -> dict[str, Any]:
    """One experiment: scores, intervals, the test against chance, consistency, learning, confidence."""
    scores = people["score"].to_numpy()
    count = len(key.questions)
    matched, positions = grid(trials, "matched", count), grid(trials, "position", count)
    confidence = grid(trials, "confidence", count)
    wide = crossed(matched * count, seed)  # the mean of a participant's row is the score
    ages = people["age"].dropna()
    genders = people["gender"][people["gender"] != ""]
    picked, asked = _picks(trials, key)
    learned = None if fixed_order(positions) else learning(matched, positions, seed)
    resolved = resolution(confidence, matched, seed)
    times = trials["rt_ms"].dropna()
    minutes = people["minutes"].dropna()
    return {
        "experiment": experiment,
        "name": EXPERIMENTS[experiment],
        "participants": len(people),
        "mean": float(scores.mean()),
        "sd": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "median": float(np.median(scores)),
        "min": float(scores.min()),
        "max": float(scores.max()),
        "ratio": float(people["ratio"].mean()),
        "interval": _pair(bca(scores, seed)),
        "interval_crossed": None if wide is None else [max(0.0, wide[0]), min(float(key.possible), wide[1])],
        "p_chance": p_of_participants(trials, key),
        "demographics": {
            "age": {"mean": float(ages.mean()), "min": float(ages.min()), "max": float(ages.max())}
            if len(ages)
            else None,
            "gender": {str(name): int(n) for name, n in genders.value_counts().sort_index().items()},
        },
        "median_minutes": float(minutes.median()) if len(minutes) else None,
        "median_rt_s": float(times.median()) / 1000 if len(times) else None,
        "cronbach_alpha": cronbach_alpha(matched),
        "krippendorff_alpha": agreement(np.concatenate(picked), np.concatenate(asked)),
        "learning": _record(learned),
        "learning_note": "every participant had the same order of questions" if fixed_order(positions) else None,
        "confidence": [
            {"confidence": level, "trials": int(at.sum()), "accuracy": _share(trials[at])}
            for level in (1, 2, 3)
            if (at := (trials["confidence"] == level).fillna(False).astype(bool)).any()
        ],
        "resolution": _record(resolved),
    }


def p_of_participants(trials: pd.DataFrame, key: Key) -> float:
    """Exact one-sided p that blind participants, each asked what they were asked, match as many in sum."""
    sizes = {q.id: (len(q.options), len(q.answers), len(q.answers)) for q in key.questions}
    groups = Counter(
        tuple(sorted(Counter(sizes[q] for q in questions).items()))
        for _, questions in trials.groupby("participant")["question_id"]
    )
    total = np.ones(1)
    for asked, count in groups.items():
        one = chance([size for size, times in asked for _ in range(times)])
        total = convolve(total, sum_of(one, count))
    return at_least(total, float(trials["matched"].sum()))


def describe_items(experiment: int, trials: pd.DataFrame, key: Key) -> list[dict[str, Any]]:
    """Each question in one experiment."""
    matched = grid(trials, "matched", len(key.questions))
    totals = corrected_item_total(matched)
    picked, asked = _picks(trials, key)
    rows = []
    for k, question in enumerate(key.questions):
        own = trials[trials["question"] == k]
        times, confidence = own["rt_ms"].dropna(), own["confidence"].dropna()
        rows.append(
            {
                "experiment": experiment,
                "question_id": question.id,
                "neuron": question.neuron,
                "participants": len(own),
                "accuracy": _share(own),
                "item_total": None if np.isnan(totals[k]) else float(totals[k]),
                "krippendorff_alpha": agreement(picked[k], asked[k]),
                "median_rt_s": float(times.median()) / 1000 if len(times) else None,
                "mean_confidence": float(confidence.mean()) if len(confidence) else None,
                "options": [
                    {"option": option, "answer": option in question.answer_set, "picked": int(times_picked)}
                    for option, times_picked in zip(question.options, picked[k], strict=True)
                ],
            }
        )
    return rows


def describe_concepts(
    experiment: int, trials: pd.DataFrame, key: Key, spelling: dict[str, str]
) -> list[dict[str, Any]]:
    """The words written for each question of one experiment."""
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


def between(scores: dict[int, np.ndarray], seed: int) -> dict[str, Any]:
    """Kruskal-Wallis over all experiments and every pair compared, p values corrected by Holm per test."""
    overall = kruskal_wallis(list(scores.values()))
    pairs = list(combinations(scores, 2))
    found = [compare(scores[a], scores[b], seed) for a, b in pairs]
    permutation = holm([each.p_permutation for each in found])
    ranks = holm([each.p_brunner_munzel for each in found])
    return {
        "kruskal_wallis": None if overall is None else {"h": overall[0], "df": len(scores) - 1, "p": overall[1]},
        "pairs": [
            {
                "experiments": [a, b],
                **{name: list(v) if isinstance(v, tuple) else v for name, v in asdict(each).items()},
                "p_permutation_holm": p,
                "p_brunner_munzel_holm": q,
            }
            for (a, b), each, p, q in zip(pairs, found, permutation, ranks, strict=True)
        ],
    }


def mixed_model(trials: pd.DataFrame, key: Key, seed: int) -> dict[str, Any]:
    """The mixed-effects logistic model of picks: odds of each experiment against chance and against each other.

    {"fitted": false, "reason": …} where it cannot be fitted.
    """
    experiments = sorted(int(e) for e in trials["experiment"].unique())
    sampled = trials
    everyone = trials["participant"].unique()
    if len(everyone) > MIXED_MODEL_LIMIT:
        # As many of each experiment, or all it has: a small one would be lost among large ones.
        rng, each = np.random.default_rng(seed), MIXED_MODEL_LIMIT // len(experiments)
        own = [trials.loc[trials["experiment"] == e, "participant"].unique() for e in experiments]
        chosen = [rng.choice(people, min(each, len(people)), replace=False) for people in own]
        sampled = trials[trials["participant"].isin(np.concatenate(chosen))]
    people, participant = np.unique(sampled["participant"], return_inverse=True)
    _, question = np.unique(sampled["question"], return_inverse=True)
    if not experiments or len(people) < 2 * len(experiments) or len(key.questions) < 2:
        return {"fitted": False, "reason": "it needs at least two participants per experiment and two questions"}
    sizes = [(len(q.options), len(q.answers)) for q in key.questions]
    widest = max(answers for _, answers in sizes) + 1
    table = np.full((len(sizes), widest), -np.inf)
    for row, (options, answers) in zip(table, sizes, strict=True):
        row[: answers + 1] = hypergeometric_weights(options, answers, answers)
    which = sampled["experiment"].to_numpy()
    design = np.stack([which == e for e in experiments], axis=1).astype(float)  # one mean log-odds per experiment
    try:
        model = fit(
            sampled["matched"].to_numpy(), table[sampled["question"].to_numpy()], design, [participant, question]
        )
    except ValueError as error:
        return {"fitted": False, "reason": str(error)}
    unit = np.eye(len(experiments))
    pairs = list(combinations(range(len(experiments)), 2))
    contrasts = [model.contrast(unit[b] - unit[a]) for a, b in pairs]
    corrected = holm([p for *_, p in contrasts])
    return {
        "fitted": True,
        "participants": len(people),
        "sampled": len(people) < len(everyone),
        "participant_sd": model.spread[0],
        "question_sd": model.spread[1],
        "log_likelihood": model.log_likelihood,
        "against_chance": [
            {"experiment": e, **_odds(model.contrast(unit[k]))} for k, e in enumerate(experiments)
        ],
        "pairs": [
            {"experiments": [experiments[a], experiments[b]], **_odds(contrast), "p_holm": p}
            for (a, b), contrast, p in zip(pairs, contrasts, corrected, strict=True)
        ],
    }  # fmt: skip


def _odds(contrast: tuple[float, tuple[float, float], float]) -> dict[str, Any]:
    value, (low, high), p = contrast
    return {"odds_ratio": float(np.exp(value)), "interval": [float(np.exp(low)), float(np.exp(high))], "p": p}


def _picks(trials: pd.DataFrame, key: Key) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each question, how often each option was picked and how many participants were asked: two lists of [O]."""
    picked, asked = [], []
    for k, question in enumerate(key.questions):
        own = trials.loc[trials["question"] == k, "picks"]
        chosen = np.array([pick for picks in own for pick in picks], dtype=int)
        picked.append(np.bincount(chosen, minlength=len(question.options)))
        asked.append(np.full(len(question.options), len(own)))
    return picked, asked


def _share(trials: pd.DataFrame) -> float | None:
    possible = trials["possible"].sum()
    return float(trials["matched"].sum() / possible) if possible else None


def _pair(interval: Sequence[float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _record(found: Any) -> dict[str, Any] | None:
    return None if found is None else {**asdict(found), "interval": _pair(found.interval)}
