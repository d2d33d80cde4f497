"""How often the tests of scoring reject where nothing is to be found, and how often its intervals hold the truth.

    python benchmarks/scoring_calibration.py --record benchmarks/results/scoring_calibration.json

Simulated studies of the size of the paper's and larger, by the response model of scoring/planning/simulate.py: three
experiments that share ten questions; participants and questions differ. A rate of .05 (.95) estimated from 2,000
studies has a standard error of .005. The mean-field posterior of statsmodels is run on the first of them, beside our
mixed model.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scoring.planning.simulate import response_model  # noqa: E402
from scoring.statistics.chance import chance, p_against_chance  # noqa: E402
from scoring.statistics.comparisons import (  # noqa: E402
    brunner_munzel_p,
    cliffs_delta_interval,
    hedges_g,
    kruskal_wallis,
    permutation_p,
    welch_interval,
)
from scoring.statistics.intervals import bca, crossed_interval  # noqa: E402
from scoring.statistics.items import learning, resolution  # noqa: E402
from scoring.statistics.mixed import fit, hypergeometric_weights  # noqa: E402

SIZES = [(9, 3)] * 10
WEIGHTS = hypergeometric_weights(9, 3, 3)
BLIND = chance([(9, 3, 3)] * 10)


def study(people: int, share: float, rng: np.random.Generator, questions: np.ndarray | None = None) -> list[np.ndarray]:
    """Three experiments of as many people on the same questions: matched picks [P, 10] each."""
    model = response_model(SIZES, share)
    questions = rng.normal(0, 1, 10) if questions is None else questions
    return [model.draw(people, questions, rng) for _ in range(3)]


def mixed(groups: list[np.ndarray]) -> float | None:
    """p of the second experiment against the first."""
    counts = np.concatenate(groups).ravel()
    people = sum(map(len, groups))
    experiment = np.repeat(np.arange(3), [10 * len(group) for group in groups])
    factors = [np.repeat(np.arange(people), 10), np.tile(np.arange(10), people)]
    try:
        model = fit(counts, np.tile(WEIGHTS, (len(counts), 1)), np.eye(3)[experiment], factors)
    except ValueError:
        return None
    return model.contrast([-1, 1, 0])[2]


def statsmodels_p(groups: list[np.ndarray]) -> float:
    """The same contrast by statsmodels' variational Bayes, on single picks."""
    from scipy.stats import norm
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    counts = np.concatenate(groups)
    people = len(counts)
    single = (np.arange(3) < counts[..., None]).ravel().astype(float)  # [P * 10 * 3]
    experiment = np.repeat(np.repeat(np.arange(3), [len(group) for group in groups]), 30)
    design = np.stack([np.ones(len(single)), experiment == 1, experiment == 2], axis=1).astype(float)
    person, question = np.repeat(np.arange(people), 30), np.tile(np.repeat(np.arange(10), 3), people)
    random = np.hstack([np.eye(people)[person], np.eye(10)[question]])
    ident = np.r_[np.zeros(people, int), np.ones(10, int)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = BinomialBayesMixedGLM(single, design, random, ident).fit_vb()
    return float(2 * norm.sf(abs(found.fe_mean[1] / found.fe_sd[1])))


def null(people: int, share: float, studies: int, seed: int, statsmodels: int) -> dict[str, float]:
    """Share of p < .05 over studies in which the three experiments do not differ."""
    rng = np.random.default_rng([seed, people])
    names = ("Kruskal-Wallis", "permutation", "Brunner-Munzel", "mixed model", "learning", "resolution",
             "Welch interval", "Cliff's delta interval", "Hedges' g interval", "statsmodels mean-field")  # fmt: skip
    p: dict[str, list[float]] = {name: [] for name in names}

    def add(name: str, value: float | None) -> None:
        if value is not None:
            p[name].append(value)

    for number in range(studies):
        groups = study(people, share, rng)
        totals = [group.sum(axis=1).astype(float) for group in groups]
        a, b, _ = totals
        overall = kruskal_wallis(totals)
        add("Kruskal-Wallis", overall and overall[1])
        add("permutation", permutation_p(a, b, number))
        add("Brunner-Munzel", brunner_munzel_p(a, b))
        add("mixed model", mixed(groups))
        for name, interval in (
            ("Welch interval", welch_interval(a, b)),
            ("Cliff's delta interval", cliffs_delta_interval(a, b)),
            ("Hedges' g interval", hedges_g(a, b)[1]),
        ):
            if interval is not None:
                p[name].append(0.0 if not interval[0] <= 0 <= interval[1] else 1.0)
        places = np.stack([rng.permutation(10) + 1.0 for _ in range(people)])
        learned = learning(groups[0].astype(float), places, number)
        add("learning", learned and learned.p)
        confidence = rng.integers(1, 4, groups[0].shape).astype(float)
        known = resolution(confidence, groups[0].astype(float), number)
        add("resolution", known and known.p)
        if number < statsmodels:
            add("statsmodels mean-field", statsmodels_p(groups))
    return {name: float(np.mean(np.array(values) < 0.05)) for name, values in p.items() if values}


def against_chance(people: int, studies: int, seed: int) -> float:
    """Share of p < .05 of blind participants; exact and discrete, so at most .05."""
    rng = np.random.default_rng([seed, people, 1])
    totals = rng.choice(31, size=(studies, people), p=BLIND)
    return float(np.mean([p_against_chance(row, BLIND) < 0.05 for row in totals]))


def coverage(people: int, share: float, studies: int, seed: int) -> dict[str, float]:
    """How often the intervals hold the mean they speak about."""
    rng = np.random.default_rng([seed, people, 2])
    model = response_model(SIZES, share)
    held = {"BCa, participants": 0, "crossed, participants and questions": 0}
    fixed = rng.normal(0, 1, 10)  # the BCa interval is about other people on these same questions
    truth = model.draw(400_000, fixed, rng).sum(axis=1).mean()
    for number in range(studies):
        low, high = bca(model.draw(people, fixed, rng).sum(axis=1), number, resamples=2000)
        held["BCa, participants"] += low <= truth <= high
        low, high = crossed_interval(model.draw(people, rng.normal(0, 1, 10), rng) * 10.0, number, resamples=2000)
        held["crossed, participants and questions"] += low <= 30 * share <= high
    return {name: count / studies for name, count in held.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--people", default="10,20,60", help="participants per experiment, with commas between")
    parser.add_argument("--share", type=float, default=13.7 / 30, help="of answers found: the paper's 13.7 of 30")
    parser.add_argument("--statsmodels", type=int, default=100, help="studies that statsmodels' model is fitted to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    options = parser.parse_args()
    sizes = [int(part) for part in options.people.split(",")]
    record = {"studies": options.studies, "share": options.share, "sizes": {}}
    for people in sizes:
        started = time.perf_counter()
        rejected = null(people, options.share, options.studies, options.seed, options.statsmodels)
        rejected["exact test against chance"] = against_chance(people, options.studies, options.seed)
        record["sizes"][people] = {
            "null rejection at .05": rejected,
            "coverage of 95 % intervals": coverage(people, options.share, options.studies, options.seed),
            "seconds": time.perf_counter() - started,
        }
    table = Table(title=f"{options.studies} simulated studies", title_justify="left")
    table.add_column("")
    for people in sizes:
        table.add_column(f"n = {people}", justify="right")
    for part in ("null rejection at .05", "coverage of 95 % intervals"):
        table.add_row(f"[bold]{part}")
        for name in record["sizes"][sizes[0]][part]:
            values = [record["sizes"][people][part].get(name, float("nan")) for people in sizes]
            table.add_row(name, *(f"{value:.3f}" for value in values))
    Console().print(table)
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
