"""Are neurons whose top pictures share a part of the creature world answered better than mixed ones?

    python benchmarks/planted.py --record benchmarks/results/planted.json

Every picture of the world comes with the masks of what was painted: parts of creatures, their surfaces, the places they
are in. How far a neuron is of one of these is measured in three ways, each the largest over all parts:

- lift: (share of its top group that shows the part - share of all pictures) / (1 - share of all pictures);
- phi: the correlation of being in its top group with showing the part, which is small for what most pictures show;
- auc: the probability that a picture that shows the part activates it more than one that does not.

Asked about are all neurons that pass the criteria, by the observer `features`, shown dataset examples without
grid-cams, in redrawn questions: right picks of 3, chance 1. For each measure the purer and the more mixed half are
compared by a permutation test over neurons; beside it stand Spearman's correlation and the measure of random groups
(for auc: of a neuron whose activations are shuffled over pictures).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()

    from scipy.stats import permutation_test, spearmanr

    from generator.cli.terminal import TerminalReporter
    from generator.observers.panel import features_of
    from generator.pipeline.context import activate, begin
    from generator.pipeline.rating import rate
    from generator.selection.groups import groups_of
    from generator.selection.neurons import apply_criteria
    from generator.study import Study

    study = Study()
    with TerminalReporter() as reporter:
        context = begin(study, options.artifacts, "auto", reporter)
        pictures, activations = activate(study, context)
    passing = np.flatnonzero(apply_criteria(activations, study.selection).passes)
    neurons = list(groups_of(activations, [int(k) for k in passing], study.selection, study.seed))
    shows, parts = shown_parts(pictures.names, study.seed, context.handle.size)
    looks = features_of(study, context.handle, context.store, "auto")
    scores = rate(neurons, looks, pictures.pixels, activations, study.questions, seed=study.seed)
    neurons = [neuron for neuron in neurons if neuron.index in scores.of]
    right = np.array([scores.of[neuron.index] for neuron in neurons])
    columns = list(activations.columns([neuron.index for neuron in neurons]).T)
    generator = np.random.default_rng(0)
    groups = [generator.choice(len(shows), len(neurons[0].top), False) for _ in range(200)]
    found: dict[str, Any] = {"observer": looks.what, "neurons": len(neurons), "right of 3": mean_and_error(right)}
    measured = {
        "lift": ([lift(shows, each.top) for each in neurons], [lift(shows, group) for group in groups]),
        "phi": ([phi(shows, each.top) for each in neurons], [phi(shows, group) for group in groups]),
        "auc": (
            [auc(shows, column) for column in columns],
            [auc(shows, generator.permutation(columns[k % len(columns)])) for k in range(200)],
        ),
    }
    for name, (of_neurons, by_chance) in measured.items():
        purity = np.array([of_parts.max() for of_parts in of_neurons])
        pure = purity >= np.median(purity)
        test = permutation_test((right[pure], right[~pure]), difference, vectorized=True, n_resamples=9999, rng=0)
        rank = spearmanr(purity, right)
        found[name] = {
            "of the halves, pure and mixed": [round(float(purity[half].mean()), 2) for half in (pure, ~pure)],
            "by chance, mean and largest of 200": [
                round(float(statistic([of_parts.max() for of_parts in by_chance])), 2) for statistic in (np.mean, max)
            ],
            "right of 3, pure and mixed": [mean_and_error(right[half]) for half in (pure, ~pure)],
            "p": round(float(test.pvalue), 4),
            "Spearman": [round(float(rank.statistic), 2), float(f"{rank.pvalue:.2g}")],
            "parts of the pure half": most_shared([parts[int(of_neurons[k].argmax())] for k in np.flatnonzero(pure)]),
        }
    print(json.dumps(found, indent=1))
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(found, indent=1) + "\n")


def shown_parts(names: tuple[str, ...], seed: int, size: int) -> tuple[np.ndarray, list[str]]:
    """Pictures of the world -> what each shows, bool [N, parts], and the names of parts, surfaces and places."""
    from generator.world.painter import paint

    masks = [set(paint(kind, int(k), seed=seed, size=size).masks) for kind, k in (name.split("/") for name in names)]
    parts = sorted(set.union(*masks))
    return np.array([[part in each for part in parts] for each in masks]), parts


def lift(shows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """What pictures show, bool [N, parts], and a group of them -> of each part [parts], at most 1."""
    share, base = shows[group].mean(0), shows.mean(0)
    return np.where(base < 1, (share - base) / np.maximum(1 - base, 1e-9), 0)


def phi(shows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The same as a correlation, -1 to 1, 0 for a part of all pictures."""
    chosen = np.zeros(len(shows))
    chosen[group] = 1
    centred = shows - shows.mean(0)
    spread = centred.std(0) * chosen.std()
    return np.divide((centred * chosen[:, None]).mean(0), spread, out=np.zeros(shows.shape[1]), where=spread > 0)


def auc(shows: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """A neuron's activations [N] -> for each part [parts] the area under its curve, 0.5 for a part of all pictures."""
    from scipy.stats import rankdata

    ranks, with_it = rankdata(activations), shows.sum(0)
    pairs = with_it * (len(shows) - with_it)
    more = ranks @ shows - with_it * (with_it + 1) / 2
    return np.divide(more, pairs, out=np.full(shows.shape[1], 0.5), where=pairs > 0)


def difference(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
    return a.mean(axis) - b.mean(axis)


def mean_and_error(right: np.ndarray) -> list[float]:
    return [round(float(right.mean()), 2), round(float(right.std(ddof=1) / np.sqrt(len(right))), 2)]


def most_shared(parts: list[str]) -> dict[str, int]:
    """Part -> how many neurons are of it, the most frequent first."""
    return {part: parts.count(part) for part in sorted(set(parts), key=lambda part: (-parts.count(part), part))}


if __name__ == "__main__":
    main()
