"""How often honest people are marked as copies, straight-liners or programs, how many of these are found, and how fast.

    python benchmarks/scoring_marks.py --record benchmarks/results/scoring_marks.json

Ten questions of 9 options with 3 answers. People pick by ability and by how appealing each option is, to everybody and
to their condition (Plackett-Luce): in `misled` and `trapped` studies options mislead most people in the same way, in
`trapped` ones beyond what any study should. Copies are one in twenty people, with one of ten questions answered anew.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scoring.analysis.answering import careless  # noqa: E402
from scoring.analysis.answering.duplicates import Sheets, duplicates  # noqa: E402

QUESTIONS, OPTIONS, ANSWERS, CONDITIONS = 10, 9, 3, 2
STUDIES = {12: 2000, 40: 1000, 150: 400, 600: 100}  # people -> simulated studies


@dataclass(frozen=True)
class Kind:
    """Log-odds: mean ability, its SD; SD of how appealing options are to all, and beside that to each condition."""

    ability: float
    spread: float
    appeal: float
    condition: float


KINDS = {
    "nearly blind": Kind(0, 0.5, 0.5, 0.5),
    "usual": Kind(1.5, 1, 1, 0.5),
    "nearly perfect": Kind(3, 1.5, 2, 0.5),
    "misled": Kind(0, 1, 4, 2),
    "trapped": Kind(1, 1, 6, 3),
}


def study(rng: np.random.Generator, people: int, kind: Kind) -> Sheets:
    """The picks of so many honest people."""
    group = rng.integers(0, CONDITIONS, people)
    appeal = kind.appeal * rng.normal(size=(QUESTIONS, OPTIONS))
    appeal = appeal + kind.condition * rng.normal(size=(CONDITIONS, QUESTIONS, OPTIONS))
    utility = appeal[group]
    known = kind.ability + kind.spread * rng.normal(size=people)[:, None] + rng.normal(size=QUESTIONS)
    utility[:, :, :ANSWERS] += known[:, :, None]
    noisy = utility + rng.gumbel(size=utility.shape)
    picked = np.sort(np.argsort(-noisy, axis=2)[:, :, :ANSWERS], axis=2)
    numbers = (picked * OPTIONS ** np.arange(ANSWERS)).sum(axis=2)
    matched = (picked < ANSWERS).sum(axis=2)
    return Sheets(numbers, matched, [(OPTIONS, ANSWERS)] * QUESTIONS, np.arange(people), group)


def with_copies(rng: np.random.Generator, sheets: Sheets, source: np.ndarray, anew: int = 1) -> Sheets:
    """The study and copies of these sessions, with so many questions answered as somebody else did."""
    picks, matched = sheets.picks[source].copy(), sheets.matched[source].copy()
    for row in range(len(source)):
        for q in rng.choice(QUESTIONS, anew, replace=False):
            other = rng.integers(len(sheets.picks))
            picks[row, q], matched[row, q] = sheets.picks[other, q], sheets.matched[other, q]
    groups = np.concatenate([sheets.groups, rng.integers(0, CONDITIONS, len(source))])
    total = len(sheets.picks) + len(source)
    return Sheets(
        np.concatenate([sheets.picks, picks]), np.concatenate([sheets.matched, matched]), sheets.sizes,
        np.arange(total), groups,
    )  # fmt: skip


def copying(share: float) -> dict[str, Any]:
    """Of each kind and size of study: how often honest people are marked, and how many copies are found."""
    found: dict[str, Any] = {}
    for name, kind in KINDS.items():
        for people, most in STUDIES.items():
            studies = max(2, round(most * share))
            alarms, equal, caught, copies, correct = 0, 0.0, 0, 0, 0.0
            for number in range(studies):
                rng = np.random.default_rng([people, number])
                honest = study(rng, people, kind)
                judged = duplicates(honest)
                alarms += judged.copied.any()
                equal += float((judged.partner >= 0).mean())
                correct += float(honest.matched.mean()) / ANSWERS
                source = rng.integers(0, people, max(1, people // 20))
                caught += int(duplicates(with_copies(rng, honest, source)).copied[people:].sum())
                copies += len(source)
            found[f"{name}, {people} people"] = {
                "studies": studies, "answers found": correct / studies, "equal picks in nine of ten": equal / studies,
                "studies with anybody taken for a copy": alarms / studies, "copies found": caught / copies,
            }  # fmt: skip
    return found


def straight_lining(share: float) -> dict[str, Any]:
    """Orders are drawn: whoever is honest picks any places alike."""
    people, studies, ways = 100, max(2, round(1000 * share)), comb(OPTIONS, ANSWERS)
    rng, chances = np.random.default_rng(1), np.full((1, QUESTIONS), 1 / ways)
    judged = [careless.p_same_places(times, chances, np.array([ways])) for times in range(QUESTIONS + 1)]
    least = next(k for k in range(QUESTIONS // 2, QUESTIONS + 1) if judged[k] * people <= careless.ALARM)
    places = rng.integers(0, ways, (studies, people, QUESTIONS))
    most = (places[..., None] == places[..., None, :]).sum(axis=-1).max(axis=-1)
    return {"people": people, "studies": studies, "marked from": least,
            "studies with anybody marked": float((most >= least).any(axis=1).mean())}  # fmt: skip


def regular_times(share: float) -> dict[str, Any]:
    """Log-normal times of people by their spread, and those of programs that wait so long, give or take so much."""
    people, studies = 100, max(2, round(1000 * share))
    rng = np.random.default_rng(1)

    def marked(times: np.ndarray) -> np.ndarray:
        spreads = np.log(times).std(axis=-1, ddof=1)
        return np.vectorize(careless.p_regular)(spreads, QUESTIONS) * people <= careless.ALARM

    found: dict[str, Any] = {"people": people, "studies": studies}
    for spread in (0.25, 0.35, 0.5):
        times = rng.lognormal(9.9, spread, (studies, people, QUESTIONS))
        found[f"studies with anybody marked, spread {spread}"] = float(marked(times).any(axis=1).mean())
    for part in (0.02, 0.05, 0.1, 0.3):
        times = 5000 * rng.uniform(1 - part, 1 + part, (1000, QUESTIONS))
        found[f"programs found, {part:.0%} about their wait"] = float(marked(times).mean())
    return found


def speed(share: float) -> dict[str, Any]:
    """Processor seconds to compare all sessions of one set with each other."""
    found: dict[str, Any] = {}
    people = max(100, round(10_000 * share))
    rng = np.random.default_rng(0)
    for name in ("usual", "nearly perfect"):
        found[f"{name}, {people} people"] = seconds_of(study(rng, people, KINDS[name]))
    honest = study(rng, people // 2, KINDS["usual"])
    farm = with_copies(rng, honest, np.zeros(people - people // 2, dtype=int), 0)
    found[f"half are copies of one, {people} people"] = seconds_of(farm)
    return found


def seconds_of(sheets: Sheets) -> float:
    started = time.process_time()
    duplicates(sheets)
    return round(time.process_time() - started, 2)


PARTS: dict[str, Callable[[float], dict[str, Any]]] = {
    "copies": copying, "straight-lining": straight_lining, "regular times": regular_times, "seconds": speed,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the studies, to look at it quickly")
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    options = parser.parse_args()
    record = {name: part(options.share) for name, part in PARTS.items()}
    record["machine"] = {"processor": platform.machine(), "cores": os.cpu_count(), "numpy": np.__version__}
    Console().print_json(data=record)
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
