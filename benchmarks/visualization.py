"""Seconds per neuron of feature visualization, ours against the published packages in the same run.

    python benchmarks/visualization.py                                           # ResNet-50, 224 px, six pictures
    python benchmarks/visualization.py --record benchmarks/results/visualization.json
    python benchmarks/visualization.py --parts quality growth --record …         # only these; the rest stays recorded
    python benchmarks/visualization.py --device cuda --iterations 50 --neurons 1000 --time-limit 36000    # on a GPU

speed: ResNet-50 with random weights, He initialization: speed does not depend on their values. Ours and the packages
take turns in one process, a few steps each; the median step is scaled to six pictures of 200 iterations, and the record
says so. A package is timed as its documentation calls it (one picture, weights that ask for gradients) and at its best:
a neuron's six pictures in one batch, weights frozen, in the quicker of two memory layouts. Both packages then do the
same arithmetic as our exact way, but that robustness runs the network twice per step. maco and accentuation are timed
with horama's own settings, 6 crops of a canvas of 1280, which it makes one picture at a time.
quality: what the default's pictures reach of what the exact ones do. growth: seconds per neuron by their number.

It ends within some eight minutes (--time-limit): every part is printed and recorded as soon as it is measured, and what
does not fit into its share of the time is left out, and said so.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import visualization_quality as quality  # noqa: E402
from benchmarks import visualization_speed as speed  # noqa: E402
from benchmarks.time_limit import NotInTime, Part, measure  # noqa: E402
from generator.experiments.latency import machine  # noqa: E402
from generator.models.device import bfloat16_is_fast  # noqa: E402
from generator.study.visualization import METHODS  # noqa: E402

PRODUCT, QUALITY = "matrix product, operations per second", "quality, default over exact"
GROWTH = "growth, default network, s per neuron by count"


def parts(options: argparse.Namespace, device: torch.device, record: dict[str, Any]) -> list[Part]:
    """What is measured, in its order; a bound is made of what the parts before it put into the record."""
    made: list[Part] = []
    if "speed" in options.parts:
        made.append(((PRODUCT,), 1, lambda _: speed.fastest_product(device)))
        for method in options.methods:
            turns = partial(speed.compare, method, device, options.iterations, options.rounds, options.compile)
            made.append((("methods", method), 8, turns))
            made.append((("methods", method), 2, partial(speed.details, method, device)))
            made.append((("bound", method), 0.1, partial(bound, record, method)))
    if "quality" in options.parts:
        for name, method in product(quality.NETWORKS, options.methods):
            pairs = partial(quality.ratios, name, method, device, options.quality_iterations, options.pairs)
            made.append(((QUALITY, f"{name}, {method}"), 4, pairs))
    if "growth" in options.parts:
        grown = quality.Growth(device)
        made += [((GROWTH, str(n)), share, partial(grown, n)) for n, share in ((10, 0.5), (100, 1), (1000, 4))]
    for method in options.methods if options.neurons else ():
        run = partial(quality.whole, method, device, options.neurons)
        made.append(((f"in full, {options.neurons} neurons, s", method), 8, run))
    return made


def bound(record: dict[str, Any], method: str, seconds: float) -> dict[str, float]:
    """Raises NotInTime where what it is made of was not measured."""
    try:
        return speed.bound(record[PRODUCT], record["methods"][method])
    except KeyError:
        raise NotInTime from None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--parts", nargs="+", choices=["speed", "quality", "growth"], default=["speed", "growth"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--time-limit", type=float, default=480, help="seconds for all parts together")
    parser.add_argument("--iterations", type=int, default=3, help="steps that are timed in each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of everyone, at most")
    parser.add_argument("--neurons", type=int, default=0, help="run so many in full, 200 iterations (for a GPU)")
    parser.add_argument("--compile", action="store_true", help="time the default under torch.compile too")
    parser.add_argument("--pairs", type=int, default=20, help="(neuron, seed) pairs of quality")
    parser.add_argument("--quality-iterations", type=int, default=40)
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    options = parser.parse_args()
    device, console = torch.device(options.device), Console()
    record: dict[str, Any] = {}
    if options.record and options.record.exists() and ("speed" not in options.parts or options.methods != METHODS):
        record = json.loads(options.record.read_text())
    record["machine"] = {**machine(device), "bfloat16": bfloat16_is_fast(device)}
    if "speed" in options.parts:
        record["setting"] = (
            f"ResNet-50, random weights, 224 px, {speed.PICTURES} pictures a neuron; median of up to "
            f"{options.iterations - 1} steps in each of up to {options.rounds} turns, scaled to {speed.ITERATIONS}"
        )
        console.print(record["setting"])
    measure(
        parts(options, device, record), record, options.time_limit, keep=options.record,
        show=lambda place, found: console.print(", ".join(place), found),
    )  # fmt: skip


if __name__ == "__main__":
    main()
