"""Are features easier to understand than neurons? One study of both, answered by observers: units -> a comparison.

Colin et al. 2024 (arXiv 2411.03993) asked people; here anybody can, of any network and dictionary. The first half of a
study's sets asks about neurons, the second about features of the same layer, chosen by the same criteria from the same
pictures; participants are sent to one set each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import StudyError
from ..models import NetworkHandle
from ..pipeline import build
from ..pipeline.observing import observe
from ..pipeline.reports import BuildReport
from ..progress import Reporter
from ..questions.redrawn import DRAWS
from ..store import write_atomically
from ..study import Study

FORMAT = "imetric-features/1"
DRAWN = 10_000  # orders of the units, and resamples of them


@dataclass(frozen=True)
class Compared:
    """How well an observer does about features and about neurons in a condition: machine scores, means over units.

    difference: features minus neurons, from `low` to `high` in 95 of 100 resamples of units; p: share of orders in
    which units were dealt to the kinds at random whose difference is as large, of either sign.
    """

    observer: str
    condition: int | str
    neurons: float
    features: float
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class FeaturesReport:
    """What a features study made. record: private/<study>/features.json; kinds: units asked about, by kind."""

    built: BuildReport
    kinds: Mapping[str, tuple[int, ...]]
    compared: tuple[Compared, ...]
    most: int
    record: Path


def features_study(
    study: Study,
    *,
    observers: Sequence[str] = (),
    draws: int = DRAWS,
    out: Path = Path("dist"),
    private: Path = Path("private"),
    results: Path = Path("results/observers"),
    artifacts: Path = Path("artifacts"),
    device: str = "auto",
    reporter: Reporter,
) -> FeaturesReport:
    """A study with a dictionary -> sites of neurons' and features' sets, observers' files, and the two kinds compared.

    A study that names no [model] units asks about both, one without sets in two. Raises StudyError.
    """
    if study.model.dictionary is None:
        raise StudyError("a features study needs [model] dictionary, or --dictionary FILE: train-dictionary makes one")
    if draws < 2:
        raise StudyError(f"draws = {draws} is not allowed: machine scores are over two draws of a question or more")
    values = study.model_dump()
    values["model"]["units"] = "both"
    values["questions"]["sets"] += values["questions"]["sets"] == 1
    both = Study.model_validate(values)
    built = build(both, out=out, private=private, artifacts=artifacts, device=device, reporter=reporter)
    observed = observe(
        both, observers=observers, draws=draws, out=results, private=private, artifacts=artifacts, device=device,
        reporter=reporter,
    )  # fmt: skip
    neurons = NetworkHandle(both.model, device).network.neurons
    kinds = {
        "neurons": tuple(unit for unit in built.neurons if unit < neurons),
        "features": tuple(unit for unit in built.neurons if unit >= neurons),
    }
    scores = json.loads(observed.record.read_text(encoding="utf-8"))["machine_scores"]
    compared = compare(scores, neurons, both.seed)
    record = built.private / "features.json"
    content: dict[str, Any] = {
        "format": FORMAT, "study_id": built.study_id, "neurons_of_the_layer": neurons, "draws": draws,
        "units": {kind: list(units) for kind, units in kinds.items()},
        "compared": [asdict(each) for each in compared],
    }  # fmt: skip
    write_atomically(record, json.dumps(content, indent=1).encode() + b"\n")
    return FeaturesReport(built, kinds, tuple(compared), both.questions.answers, record)


def compare(scores: Sequence[Mapping[str, Any]], neurons: int, seed: int) -> list[Compared]:
    """Machine scores of units (observers.json), the first `neurons` units being neurons -> features against neurons.

    By observer and condition, in the order of the scores; a kind of one unit has no spread to be judged by.
    """
    found: dict[tuple[str, int | str], list[tuple[int, float]]] = {}
    for each in scores:
        found.setdefault((each["observer"], each["condition"]), []).append((each["neuron"], each["mean"]))
    compared = []
    for (observer, condition), of_units in found.items():
        of_features = np.array([unit >= neurons for unit, _ in of_units])
        means = np.array([mean for _, mean in of_units])
        rng = np.random.default_rng([seed, 12])
        first, second = means[~of_features], means[of_features]
        if not len(first) or not len(second):
            continue
        difference = second.mean() - first.mean()
        dealt = rng.permuted(np.tile(means, (DRAWN, 1)), axis=1)
        apart = dealt[:, len(first) :].mean(1) - dealt[:, : len(first)].mean(1)
        p = (1 + int((np.abs(apart) >= abs(difference) - 1e-12).sum())) / (1 + DRAWN)
        again = [rng.choice(some, (DRAWN, len(some))).mean(1) for some in (first, second)]
        low, high = np.quantile(again[1] - again[0], [0.025, 0.975])
        numbers = (first.mean(), second.mean(), difference, low, high, p)
        compared.append(Compared(observer, condition, *(round(float(number), 4) for number in numbers)))
    return compared
