"""How often the tests of scoring reject where nothing is to be found, and how often its intervals hold the truth.

    python benchmarks/scoring_calibration.py --record benchmarks/results/scoring_calibration.json
    python benchmarks/scoring_calibration.py --designs sets --parts null --studies 500 --record …   # one part of it

Simulated studies by the response model of scoring/planning/simulate.py; participants and questions differ. A rate of
.05 (.95) estimated from 2,000 studies has a standard error of .005, from 500 one of .01. Designs:

- paper10, paper20, paper60: three conditions of so many people each, who share ten questions;
- control: two conditions of 16 people and a control of 24, ten questions;
- sets: two conditions and a control, 8 sets of ten questions, 12 people per condition and set.

The mean-field posterior of statsmodels is run on the first studies of paper10 to paper60, beside our mixed model.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scoring.planning.simulate import response_model  # noqa: E402
from scoring.statistics.chance import chance, p_against_chance  # noqa: E402
from scoring.statistics.families import Families, between, families_of  # noqa: E402
from scoring.statistics.intervals import aligned, bca, crossed_interval  # noqa: E402
from scoring.statistics.items import learning, resolution  # noqa: E402
from scoring.statistics.neurons import neuron_estimates, shares_found  # noqa: E402
from scoring.statistics.picks import Picks, mixed_model  # noqa: E402

PER_SET, SIZE = 10, (9, 3)
BLIND = chance([(*SIZE, 3)] * PER_SET)
INTERACTION_SD = 0.3  # log-odds, of questions within a condition, where estimates of single neurons are judged


@dataclass(frozen=True)
class Design:
    """people: per condition and set; reference: whether the first condition is one; statsmodels: whether it is run."""

    people: tuple[int, int, int]
    sets: int = 1
    reference: bool = False
    statsmodels: bool = False

    @property
    def questions(self) -> int:
        return self.sets * PER_SET

    @property
    def families(self) -> Families:
        return families_of(range(3), 0 if self.reference else None, [(2, 1)] if self.reference else [])


DESIGNS = {
    **{f"paper{n}": Design((n, n, n), statsmodels=True) for n in (10, 20, 60)},
    "control": Design((24, 16, 16), reference=True),
    "sets": Design((12, 12, 12), sets=8, reference=True),
}


@dataclass(frozen=True)
class Study:
    """Of each condition the matched picks [P, Q], NaN for questions of other sets, and the set of each person [P]."""

    matched: list[np.ndarray]
    sets: list[np.ndarray]

    @property
    def totals(self) -> dict[int, np.ndarray]:
        return {c: np.nansum(table, axis=1) for c, table in enumerate(self.matched)}

    def picks(self) -> Picks:
        known = [~np.isnan(table) for table in self.matched]
        before = np.cumsum([0, *(len(table) for table in self.matched)])
        return Picks(
            np.repeat(np.arange(3), [k.sum() for k in known]),
            np.concatenate([np.nonzero(k)[0] + b for k, b in zip(known, before[:-1], strict=True)]),
            np.concatenate([np.nonzero(k)[1] for k in known]),
            np.concatenate([table[k] for table, k in zip(self.matched, known, strict=True)]).astype(int),
            [0, 1, 2], [SIZE] * self.matched[0].shape[1],
        )  # fmt: skip


def study(design: Design, share: float, rng: np.random.Generator, questions: np.ndarray | None = None) -> Study:
    """One study whose conditions all have the same share of answers found; questions: effects, in units of their
    standard deviation, [Q] of all conditions or [3, Q] of each; None: drawn."""
    model = response_model([SIZE] * design.questions, share)
    questions = rng.normal(0, 1, design.questions) if questions is None else questions
    questions = np.broadcast_to(questions, (3, design.questions))
    own = np.repeat(np.arange(design.sets), PER_SET)  # the set of each question
    matched, sets = [], []
    for people, effects in zip(design.people, questions, strict=True):
        sets.append(np.repeat(np.arange(design.sets), people))
        drawn = model.draw(len(sets[-1]), effects, rng).astype(float)
        matched.append(np.where(own == sets[-1][:, None], drawn, np.nan))
    return Study(matched, sets)


def statsmodels_p(groups: list[np.ndarray]) -> float:
    """The contrast of the first two by statsmodels' variational Bayes, on single picks."""
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


def null(design: Design, share: float, studies: int, seed: int, statsmodels: int) -> dict[str, float]:
    """Share of p < .05 (of intervals without 0) over studies in which the conditions do not differ.

    'any' is the share of studies in which at least one comparison of the family is rejected after its correction.
    """
    rng = np.random.default_rng([seed, *design.people, design.sets])
    p: dict[str, list[float]] = {}

    def add(name: str, value: float | None) -> None:
        if value is not None:
            p.setdefault(name, []).append(value)

    for number in range(studies):
        one = study(design, share, rng)
        sets = dict(enumerate(one.sets))
        found = between(one.totals, design.families, number, sets)
        pairs: list[dict[str, Any]] = found["pairs"]
        add("Kruskal-Wallis", found["kruskal_wallis"] and found["kruskal_wallis"]["p"])
        add("permutation", pairs[0]["p_permutation"])
        add("Brunner-Munzel", pairs[0]["p_brunner_munzel"])
        add("permutation, Holm, any", _lowest(pair["p_permutation_holm"] for pair in pairs))
        if design.reference:
            add("Dunnett, any", _lowest(pair["p_dunnett"] for pair in pairs))
            add("planned, permutation", found["planned"][0]["p_permutation_holm"])
        for name in ("interval", "cliffs_delta_interval", "hedges_g_interval"):
            if (interval := pairs[0][name]) is not None:
                add({"interval": "Welch interval"}.get(name, name.replace("_", " ")), _outside(interval))
        fitted = mixed_model(one.picks(), design.families, number)
        if fitted["fitted"]:
            add("mixed model", fitted["pairs"][0]["p"])
            add("mixed model, Holm, any", _lowest(pair["p_holm"] for pair in fitted["pairs"]))
        places = np.full(one.matched[0].shape, np.nan)
        places[~np.isnan(one.matched[0])] = np.concatenate([rng.permutation(PER_SET) + 1.0 for _ in places])
        add("learning", getattr(learning(one.matched[0], places, number), "p", None))
        confidence = np.where(np.isnan(places), np.nan, rng.integers(1, 4, places.shape))
        add("resolution", getattr(resolution(confidence, one.matched[0], number), "p", None))
        if design.statsmodels and number < statsmodels:
            add("statsmodels mean-field", statsmodels_p(one.matched))
    rates = {name: float(np.mean(np.array(values) < 0.05)) for name, values in p.items()}
    return rates | {"exact test against chance": against_chance(sum(design.people[:1]) * design.sets, studies, seed)}


def _lowest(values: Any) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _outside(interval: list[float]) -> float:
    """As a p value: 0 where the interval leaves 0 out, else 1."""
    return 1.0 if interval[0] <= 0 <= interval[1] else 0.0


def against_chance(people: int, studies: int, seed: int) -> float:
    """Share of p < .05 of blind participants; exact and discrete, so at most .05."""
    rng = np.random.default_rng([seed, people, 1])
    totals = rng.choice(31, size=(studies, people), p=BLIND)
    return float(np.mean([p_against_chance(row, BLIND) < 0.05 for row in totals]))


def coverage(design: Design, share: float, studies: int, seed: int, _: int) -> dict[str, float]:
    """How often the intervals hold what they speak about."""
    rng = np.random.default_rng([seed, *design.people, design.sets, 2])
    model = response_model([SIZE] * design.questions, share)
    fixed = rng.normal(0, 1, design.questions)  # the BCa interval is about other people on these same questions
    found = shares_found(SIZE, model.log_odds + model.question_sd * fixed, model.participant_sd)
    truth = PER_SET * SIZE[1] * float(np.mean(found))
    held: dict[str, list[bool]] = {}

    def hold(name: str, interval: Any, value: float) -> None:
        if interval is not None:
            held.setdefault(name, []).append(bool(interval[0] <= value <= interval[1]))

    for number in range(studies):
        one = study(design, share, rng, fixed)
        hold("BCa, participants", bca(aligned(one.totals[1], one.sets[1]), number, resamples=2000), truth)
        questions = rng.normal(0, 1, design.questions)
        one = study(design, share, rng, questions)
        hold("crossed, participants and questions",
             crossed_interval(one.matched[1] * 10, number, resamples=2000), 30 * share)  # fmt: skip
    return {name: float(np.mean(values)) for name, values in held.items()}


def neurons(design: Design, share: float, studies: int, seed: int, _: int) -> dict[str, float]:
    """How often the intervals of single neurons hold the truth, over all questions, conditions and studies; and how far
    shrunken estimates and raw shares are from it (root of the mean square)."""
    rng = np.random.default_rng([seed, *design.people, design.sets, 3])
    model = response_model([SIZE] * design.questions, share)
    held: dict[str, list[bool]] = {"estimate": [], "rank": [], "odds ratio against the control": []}
    squares: dict[str, list[float]] = {"error of the estimate": [], "error of the raw share": []}
    for number in range(studies):
        questions = rng.normal(0, 1, design.questions)
        within = rng.normal(0, INTERACTION_SD, (3, design.questions))
        odds = model.log_odds + model.question_sd * questions + within  # [3, Q]
        one = study(design, share, rng, questions + within / model.question_sd)
        shares = np.array([shares_found(SIZE, each, model.participant_sd) for each in odds])
        ranks = (-odds).argsort(axis=1).argsort(axis=1) + 1
        raw = np.array([np.nanmean(table, axis=0) for table in one.matched]) / SIZE[1]
        for (c, q), record in neuron_estimates(one.picks(), 0, number)[1].items():
            for name, interval, value in (
                ("estimate", record["estimate_interval"], shares[c, q]),
                ("rank", record["rank_interval"], ranks[c, q]),
                ("odds ratio against the control", (record["above_control"] or {}).get("interval"),
                 np.exp(odds[c, q] - odds[0, q])),
            ):  # fmt: skip
                if interval is not None:
                    held[name].append(bool(interval[0] <= value <= interval[1]))
            squares["error of the estimate"].append((record["estimate"] - shares[c, q]) ** 2)
            squares["error of the raw share"].append((raw[c, q] - shares[c, q]) ** 2)
    rates = {name: float(np.mean(values)) for name, values in held.items()}
    return rates | {name: float(np.sqrt(np.mean(values))) for name, values in squares.items()}


PARTS: dict[str, tuple[str, Callable[..., dict[str, float]]]] = {
    "null": ("null rejection at .05", null),
    "coverage": ("coverage of 95 % intervals", coverage),
    "neurons": ("coverage of 95 % intervals of single neurons", neurons),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--designs", default=",".join(DESIGNS), help="with commas between")
    parser.add_argument("--parts", default=",".join(PARTS), help="null, coverage, neurons")
    parser.add_argument("--share", type=float, default=13.7 / 30, help="of answers found: the paper's 13.7 of 30")
    parser.add_argument("--statsmodels", type=int, default=100, help="studies that statsmodels' model is fitted to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures; other designs in it stay")
    options = parser.parse_args()
    names = options.designs.split(",")
    record: dict[str, Any] = {"share": options.share, "designs": {}}
    if options.record and options.record.exists():
        record = json.loads(options.record.read_text()) | {"share": options.share}
    for name in names:
        for part in options.parts.split(","):
            title, work = PARTS[part]
            started = time.perf_counter()
            rates = work(DESIGNS[name], options.share, options.studies, options.seed, options.statsmodels)
            seconds = time.perf_counter() - started
            record["designs"].setdefault(name, {})[title] = {"studies": options.studies, "seconds": seconds, **rates}
            if options.record:
                options.record.parent.mkdir(parents=True, exist_ok=True)
                options.record.write_text(json.dumps(record, indent=1) + "\n")
    table = Table(title="Simulated studies", title_justify="left")
    for column in ("", *names):
        table.add_column(column, justify="right" if column else "left")
    for title, _ in PARTS.values():
        found = [record["designs"].get(name, {}).get(title, {}) for name in names]
        table.add_row(f"[bold]{title}")
        for row in dict.fromkeys(key for each in found for key in each if key != "seconds"):
            values = [each.get(row) for each in found]
            table.add_row(row, *("–" if v is None else f"{v:,}" if row == "studies" else f"{v:.3f}" for v in values))
    Console().print(table)


if __name__ == "__main__":
    main()
