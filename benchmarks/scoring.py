"""Seconds and peak memory of reading, validating and scoring many participants' files.

    python benchmarks/scoring.py                                         # 1,000 and 10,000 files
    python benchmarks/scoring.py --files 1000,10000,100000 --record benchmarks/results/scoring.json

Each run is a process of its own. The reference in the same run, which makes machines comparable, is reading the same
files with json.load and nothing else.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def key():
    from scoring.files.key import Key, KeyQuestion

    names = [[f"q{q:02d}-{k}" for k in range(9)] for q in range(1, 11)]
    questions = [KeyQuestion(id=f"q{q:02d}", options=n, answers=n[:3]) for q, n in enumerate(names, 1)]
    return Key(study_id="benchmark", questions=questions)


def one(folder: Path) -> None:
    """Read, validate and score the files of a folder; prints seconds per part and peak memory as JSON."""
    started = time.perf_counter()
    from scoring.analysis.results import analyse
    from scoring.files.collect import collect, files_in
    from scoring.files.exclusions import Exclusions

    times = {"imports": time.perf_counter() - started}
    started = time.perf_counter()
    collection = collect(files_in([folder]), key())
    times["reading and validating"] = time.perf_counter() - started
    started = time.perf_counter()
    summary, *_ = analyse(collection, Exclusions(), 1)
    times["scoring and statistics"] = time.perf_counter() - started
    assert summary["files"]["rejected"] == 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"times": times, "peak_bytes": peak}))


def reference(folder: Path) -> float:
    started = time.perf_counter()
    for path in folder.glob("*.json"):
        json.loads(path.read_bytes())
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", default="1000,10000", help="how many, with commas between")
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return one(options.one)

    from scoring.conditions import PAPER
    from scoring.planning.simulate import simulate, write_files

    rows = []
    for count in map(int, options.files.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            for place, experiment in enumerate(PAPER.names):
                own = max(1, count // len(PAPER) + (place < count % len(PAPER)))
                people = simulate(key(), experiment, own, 0.3, 1)
                write_files(people, Path(folder))
            plain = reference(Path(folder))
            done = subprocess.run(
                [sys.executable, __file__, "--one", folder], capture_output=True, text=True, check=True, cwd=ROOT
            )
        found = json.loads(done.stdout)
        total = sum(found["times"].values())
        rows.append({"files": count, "json_seconds": plain, "seconds": total, "ratio": total / plain, **found})

    table = Table(title="Scoring participants' files", title_justify="left")
    for name in ("files", "imports", "reading", "statistics", "total s", "x json.load", "MB"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            f"{row['files']:,}", *(f"{value:.1f}" for value in row["times"].values()), f"{row['seconds']:.1f}",
            f"{row['ratio']:.1f}", f"{row['peak_bytes'] / 1e6:.0f}",
        )  # fmt: skip
    Console().print(table)
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        versions = {name: version(name) for name in ("numpy", "scipy", "pandas", "pydantic")}
        machine = {"machine": platform.machine(), "python": platform.python_version(), **versions}
        options.record.write_text(json.dumps({"machine": machine, "runs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
