"""Seconds per stage and peak memory of a cold and a warm build.

    python benchmarks/build.py                                         # the embedded default
    python benchmarks/build.py --images photos/ --model efficientnet-lite0 --study configs/photographs.toml
    python benchmarks/build.py --record benchmarks/results/build.json  # keeps the figures

Each build runs in a process of its own, as a user's would, so that imports count and memory is that build's. The
reference that makes figures of different machines comparable is a fixed matrix product timed in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
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


class Silent:
    """A reporter that shows nothing."""

    def begin(self, stage: str, unit: str) -> None: ...
    def advance(self, done: float, total: float) -> None: ...
    def end(self, stage: object) -> None: ...
    def warn(self, sentence: str) -> None: ...


def one(options: argparse.Namespace) -> None:
    """Build once in this process and print the figures as JSON."""
    from generator.pipeline import build
    from generator.study import load_study

    overrides: dict = {}
    if options.images:
        overrides["data"] = {"kind": "folder", "path": options.images}
    if options.model:
        overrides["model"] = {"name": options.model}
    folder = options.folder
    report = build(
        load_study(options.study, overrides), out=folder / "dist", private=folder / "private",
        artifacts=folder / "artifacts", reporter=Silent(),
    )  # fmt: skip
    print(
        json.dumps(
            {
                "stages": [
                    [s.name, round(s.seconds, 3), s.cached, s.result.replace(f"{folder}/", "")] for s in report.stages
                ],
                "peak_memory_mb": round(report.peak_memory / 1e6),
                "sites_mb": {site.path.name: round(site.bytes / 1e6, 3) for site in report.sites},
                "passing": report.passing,
                "units": report.units,
            }
        )
    )


def measured(words: list[str], folder: Path) -> dict:
    """One build in its own process, with its wall-clock seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, *words, "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout), "wall_seconds": round(time.monotonic() - began, 2)}


def reference_seconds() -> float:
    """Best of five products of two 2048 x 2048 float32 matrices, in seconds."""
    import torch

    a = torch.rand(2048, 2048)
    times = []
    for _ in range(5):
        began = time.monotonic()
        a @ a
        times.append(time.monotonic() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--study", type=Path)
    parser.add_argument("--record", type=Path, help="write the figures to this JSON file")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        one(options)
        return
    words = [
        w
        for name in ("images", "model", "study")
        if (value := getattr(options, name))
        for w in (f"--{name}", str(value))
    ]
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = measured(words, Path(folder)), measured(words, Path(folder))
    reference = reference_seconds()
    table = Table(title="python -m generator build --exp all", title_justify="left")
    for heading in ("stage", "cold s", "warm s", "result"):
        table.add_column(heading, justify="right" if heading.endswith(" s") else "left")
    for (name, seconds, _, result), (_, again, _, _) in zip(cold["stages"], warm["stages"], strict=True):
        table.add_row(name, f"{seconds:.1f}", f"{again:.2f}", result)
    table.add_row("whole process", f"{cold['wall_seconds']:.1f}", f"{warm['wall_seconds']:.2f}", "imports included")
    table.add_row("peak memory MB", str(cold["peak_memory_mb"]), str(warm["peak_memory_mb"]), "main process")
    table.add_row(
        "in matrix products", f"{cold['wall_seconds'] / reference:,.0f}", f"{warm['wall_seconds'] / reference:,.0f}",
        f"of 2048 x 2048, {reference * 1e3:.1f} ms each here",
    )  # fmt: skip
    Console().print(table)
    if options.record:
        record = {
            "command": " ".join(["python benchmarks/build.py", *words]),
            "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
            "versions": {"python": platform.python_version(), **{p: version(p) for p in ("torch", "numpy", "pillow")}},
            "reference_matrix_product_seconds": round(reference, 4),
            "cold": cold,
            "warm": warm,
        }
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
