"""What questions give away without their explanation, in the paper's drawing and with matched distractors.

    python benchmarks/given_away.py --record benchmarks/results/given_away.json
    python benchmarks/given_away.py --study configs/photographs.toml --images photos/ --label photographs --record …

Asked about are all neurons that pass and share no more than overlap_max of their pictures, in `--draws` drawn sets,
shown their dataset examples without grid-cams. Right picks of a question, chance 1 of 3 with a variance of 1/2: of
those who see the explanation (features, colour), another neuron's (shuffled), or none: the three options that are most
alike (blind) or least alike to all others (odd). Errors are standard errors over neurons. `of 30` is the mean over sets
of ten questions; chance has 95 of 100 such means within 10 +- 1.96 * sqrt(5 / draws). A record keeps what other labels
measured.
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
    parser.add_argument("--study", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--label", default="default")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()

    from generator.cli.options import overrides
    from generator.cli.terminal import TerminalReporter
    from generator.observers.colour import Colour
    from generator.observers.panel import features_of
    from generator.pipeline.context import activate, begin
    from generator.selection.groups import overlap, top_and_bottom_groups
    from generator.selection.neurons import apply_criteria
    from generator.study import load_study

    study = load_study(options.study, overrides(images=options.images))
    with TerminalReporter() as reporter:
        context = begin(study, options.artifacts, "auto", reporter)
        pictures, activations = activate(study, context)
    looks = features_of(study, context.handle, context.store, "auto")
    passing = np.flatnonzero(apply_criteria(activations, study.selection).passes)
    neurons: list[Any] = []
    for index in np.random.default_rng([study.seed, 3]).permutation(passing):
        neuron = top_and_bottom_groups(activations, int(index), study.selection, study.seed)
        if all(overlap(neuron, other) <= study.selection.overlap_max for other in neurons):
            neurons.append(neuron)
    found = {
        "observer": looks.what,
        "neurons": len(neurons),
        "draws": options.draws,
        "chance of 30, 95 % of means": [round(10 + side * 1.96 * np.sqrt(5 / options.draws), 1) for side in (-1, 1)],
    }
    for distractors in ("bottom", "matched"):
        settings = study.questions.model_copy(update={"distractors": distractors})
        found[distractors] = _measured(neurons, pictures.pixels, activations, settings, options.draws, looks, Colour())
    print(json.dumps({options.label: found}, indent=1))
    if options.record:
        known = json.loads(options.record.read_text()) if options.record.is_file() else {}
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps({**known, options.label: found}, indent=1) + "\n")


def _measured(neurons, pixels, activations, settings, draws, looks, colour) -> dict[str, Any]:
    """Observer -> right picks of a question over neurons and draws."""
    from generator.observers.likeness import most_alike
    from generator.observers.observer import Picture
    from generator.questions.drawn import draw_pictures
    from generator.questions.redrawn import redraw_seed

    right: dict[str, list[list[int]]] = {}
    for number in range(draws):
        drawn = [draw_pictures(n, pixels, activations, settings, redraw_seed(0, number)) for n in neurons]
        shown = [[Picture(pixels[k], None, "dataset_example") for k in each.examples] for each in drawn]
        cycle = np.random.default_rng([number, 9]).permutation(len(neurons))
        other = np.empty_like(cycle)
        other[cycle] = np.roll(cycle, 1)
        of_set: dict[str, list[int]] = {}
        for k, each in enumerate(drawn):
            options = [pixels[j] for j in (*each.answers, *each.distractors)]
            picks = len(each.answers)
            alike, alike_in_colour = looks.among(options), colour.among(options)
            for name, scores in {
                "features": looks.shown(shown[k], options),
                "colour": colour.shown(shown[k], options),
                "shuffled": looks.shown(shown[other[k]], options),
                "shuffled by colour": colour.shown(shown[other[k]], options),
                "blind": most_alike(alike, picks),
                "blind by colour": most_alike(alike_in_colour, picks),
                "odd": np.diag(alike) - alike.sum(1),
                "odd by colour": np.diag(alike_in_colour) - alike_in_colour.sum(1),
            }.items():
                of_set.setdefault(name, []).append(int((np.argsort(-scores, kind="stable")[:picks] < picks).sum()))
        for name, rights in of_set.items():
            right.setdefault(name, []).append(rights)
    made = {}
    for name, rights in right.items():
        of_neurons = np.array(rights).mean(0)
        made[name] = {
            "right of 3": round(float(of_neurons.mean()), 2),
            "error": round(float(of_neurons.std(ddof=1) / np.sqrt(len(of_neurons))), 2),
            "of 30": round(10 * float(of_neurons.mean()), 1),
        }
    return made


if __name__ == "__main__":
    main()
