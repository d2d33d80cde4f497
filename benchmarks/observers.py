"""Right picks of each observer in each condition, and how long observers take.

    python benchmarks/observers.py --record benchmarks/results/observers.json
    python benchmarks/observers.py --study configs/original-study.toml --label "original study" --record …

A record keeps what other labels measured. Seconds are of the observers alone, for 1,000 questions: once as they come
(feature maps may be kept from before), and once more with everything kept. Chance is 10 of 30 with a standard deviation
of 2.2 for ten questions with three answers among nine options (hypergeometric): a difference of less than 4 is nothing.
Margins tell more: how many more options of a question `features` picks right than `shuffled` and `blind`, each neuron's
mean over redrawn questions, with a 95 % interval (Student's t over neurons, which are paired).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


FLOORS = ("shuffled", "blind")  # observers that do not see a neuron's own explanation


def margins(scores: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Machine scores of neurons (observers.json) -> by condition and floor the mean of `features` above it, low, high.

    Of the neurons that both have a score of, two or more.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    of: dict[tuple[str, str], dict[int, float]] = {}
    for each in scores:
        of.setdefault((str(each["condition"]), each["observer"]), {})[each["neuron"]] = each["mean"]
    for condition, observer in list(of):
        if observer not in FLOORS or (own := of.get((condition, "features"))) is None:
            continue
        floor = of[condition, observer]
        above = np.array([own[neuron] - floor[neuron] for neuron in own if neuron in floor])
        if len(above) > 1:
            reach = stats.t.ppf(0.975, len(above) - 1) * above.std(ddof=1) / np.sqrt(len(above))
            ends = (above.mean(), above.mean() - reach, above.mean() + reach)
            named = zip(("mean", "low", "high"), ends, strict=True)
            found.setdefault(condition, {})[observer] = {name: round(float(end), 3) for name, end in named}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--exp", default="1,2,3,none,shuffled")
    parser.add_argument("--observer-network")
    parser.add_argument("--label", default="default")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()

    from generator.cli.build import conditions_named
    from generator.cli.options import overrides
    from generator.cli.terminal import TerminalReporter
    from generator.models.device import device_name, pick_device
    from generator.pipeline.observing import observe
    from generator.study import load_study

    study = load_study(options.study, overrides(images=options.images, observer_network=options.observer_network))
    conditions = conditions_named(options.exp, study)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            with TerminalReporter() as reporter:
                report = observe(
                    study, conditions=conditions, out=Path(folder) / "files", private=Path(folder) / "private",
                    artifacts=options.artifacts, reporter=reporter,
                )  # fmt: skip
            scores = json.loads(report.record.read_text())["machine_scores"]
            seconds.append(round(1000 * report.seconds / report.trials, 1))
    found = {
        "study_id": report.study_id,
        "observers": {each.observer.name: each.observer.what for each in report.observed},
        "right": {
            each.observer.name: {str(name): report.matched[each.observer.name, name] for name in each.scores}
            for each in report.observed
        },
        "margins of features": margins(scores),
        "draws": report.draws,
        "possible": report.possible,
        "chance": round(report.chance, 2),
        "seconds per 1,000 questions": {"first": seconds[0], "kept": seconds[1]},
        "device": device_name(pick_device("auto")),
    }
    print(json.dumps({options.label: found}, indent=1))
    if options.record:
        known = json.loads(options.record.read_text()) if options.record.is_file() else {}
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps({**known, options.label: found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
