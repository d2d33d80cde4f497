"""Tables of responses -> every result, as one plain dictionary; reads like the results section of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd

from ..files.collect import Collection
from ..files.exclusions import RULES, Exclusions, broken_rules
from ..files.key import Key
from ..statistics.chance import mean_and_sd
from ..statistics.concepts import vocabulary
from ..statistics.families import above, between, families_of
from ..statistics.neurons import neuron_estimates
from ..statistics.picks import Picks, mixed_model
from .answering.marks import mark_answering
from .describe import chance_of_score, describe, describe_concepts, describe_items
from .flow import flow
from .kinds import compare_kinds
from .observers import describe_observers
from .over_neurons import add_over_neurons
from .tables import participants_frame, trials_frame

FORMAT = "imetric-summary/2"
_NOT_ESTIMATED = dict.fromkeys(
    ("estimate", "estimate_interval", "rank", "rank_interval", "top_quarter", "above_control")
)


def analyse(
    collection: Collection, rules: Exclusions, seed: int, advance: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """All results, with and without exclusions, and the two tables they come from (participants, trials).

    seed: of every resampling. Equal inputs and seed give equal results. docs/scoring.md describes the dictionary.
    """
    key = collection.key
    answering = mark_answering(collection.responses, key)
    broken = broken_rules(collection.responses, rules, key)
    participants = participants_frame(collection, broken)
    trials = trials_frame(collection, broken)
    counts = Counter(rule for each in broken for rule in each)
    everyone = results(participants, trials, key, seed, advance)
    kept = participants["included"]
    if kept.all():
        included = everyone
    else:
        included = results(participants[kept], trials[trials["included"]], key, seed, advance)
    blind = chance_of_score(key)
    mean, sd = mean_and_sd(blind)
    summary = {
        "format": FORMAT,
        "study_id": key.study_id,
        "seed": seed,
        "conditions": key.conditions.model_dump(),
        "control": key.conditions.control,
        "reference": key.reference,
        "contrasts": [list(pair) for pair in key.contrasts],
        "sets": len(key.sets),
        "questions": len(key.questions),
        "possible": key.possible,
        "chance": {"mean": mean, "sd": sd, "distribution": blind.tolist()},
        "files": {
            "given": collection.files,
            "used": len(collection.responses),
            "observers": len(collection.observers),
            "rejected": len(collection.rejected),
            "marked": sum(bool(response.all_marks) for response in collection.responses),
        },
        "answering": answering,
        "flow": flow(collection, participants),
        "exclusions": {
            "rules": rules.model_dump(),
            "in_words": rules.sentences(),
            "marked": {name: counts[name] for name in RULES},
            "excluded": int((~kept).sum()),
        },
        "included": included,
        "all": everyone,
        "observers": describe_observers(collection, seed),
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
    experiments = key.conditions.in_order(participants["experiment"])
    people = {e: participants[participants["experiment"] == e] for e in experiments}
    answered = {e: trials[trials["experiment"] == e] for e in experiments}
    spelling = vocabulary(trials["concept"])
    described, items, words = [], [], []
    for e in experiments:
        described.append(describe(e, people[e], answered[e], key, seed))
        items += describe_items(e, answered[e], key)
        words += describe_concepts(e, answered[e], key, spelling)
        advance(f"experiment {e}")
    scores = {e: people[e]["score"].to_numpy() for e in experiments}
    sets = {e: people[e]["set"].to_numpy() for e in experiments}
    control = key.conditions.control
    for e, record in zip(experiments, described, strict=True):
        record["above_control"] = None
        if control is not None and control in scores and e != control:
            record["above_control"] = above(scores[control], scores[e], seed, (sets[control], sets[e]))
    families = families_of(experiments, key.reference, key.contrasts)
    comparisons = between(scores, families, seed, sets)
    add_over_neurons(comparisons, trials, key)
    picks = Picks(
        trials["experiment"].to_numpy(), trials["participant"].to_numpy(), trials["question"].to_numpy(),
        trials["matched"].to_numpy(), experiments, key.sizes,
    )  # fmt: skip
    comparisons["mixed_model"] = mixed_model(picks, families, seed)
    advance("comparisons")
    model, estimates = neuron_estimates(picks, control, seed)
    place = {question.id: k for k, question in enumerate(key.questions)}
    for item in items:
        item.update(estimates.get((item["experiment"], place[item["question_id"]]), _NOT_ESTIMATED))
    advance("neurons")
    return {
        "participants": len(participants),
        "experiments": described,
        "comparisons": comparisons,
        "kinds": compare_kinds(trials, key),
        "neuron_model": model,
        "items": items,
        "concepts": words,
    }
