"""How time, memory and disk grow with the number of pictures, from files to chosen groups.

    python benchmarks/growth.py --record benchmarks/results/growth.json
    python benchmarks/growth.py --pictures 1000 --units 256

Pictures are JPEG crops of 64 x 64 px of painted creatures in tar shards, as webdataset writes them; the network is two
small convolutions, so that hardly anything but what grows with pictures is measured. Each number of pictures runs in a
process of its own, twice: the second run finds everything kept. `pass`: files are hashed, pictures decoded and hashed,
and their activations computed and written; `criteria`: of all units; `groups`: of 64 units; `top`: nine pictures of
every unit; `figure`: the page's. Peaks are the process's own, less what it held before pictures were listed. Processor
seconds, of all threads, are told beside seconds: they are comparable also where something else was running.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
SIDE, IN_SHARD = 64, 5_000
UNITS = "IMETRIC_GROWTH_UNITS"  # what `network` is told by


def network():
    """Two small convolutions, to as many units as the environment says."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 8, stride=8), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
        nn.Conv2d(16, int(os.environ[UNITS]), 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip


def write_shards(folder: Path, count: int) -> None:
    """`count` crops in ten classes, no two alike."""
    from generator.world.painter import CLASSES, paint

    rng = np.random.default_rng(0)
    painted = [Image.fromarray(paint(CLASSES[k % len(CLASSES)], k, seed=0, size=256).pixels) for k in range(40)]
    folder.mkdir(parents=True)
    for first in range(0, count, IN_SHARD):
        with tarfile.open(folder / f"shard-{first // IN_SHARD:06d}.tar", "w") as archive:
            for k in range(first, min(first + IN_SHARD, count)):
                left, top = (int(x) for x in rng.integers(0, 192, 2))
                crop = np.asarray(painted[k % len(painted)].crop((left, top, left + SIDE, top + SIDE))).astype(int)
                file = io.BytesIO()
                bright = (crop + rng.integers(-40, 40, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(bright).save(file, "JPEG", quality=90)
                for name, content in ((f"{k:07d}.jpg", file.getvalue()), (f"{k:07d}.cls", str(k % 10).encode())):
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))


def run(folder: Path, artifacts: Path) -> dict[str, Any]:
    """One run: seconds of each step, and the peak of memory in MB above what torch and the network take."""
    from generator.pipeline.context import activate, begin
    from generator.progress import Told
    from generator.selection.figure import draw_selection
    from generator.selection.groups import groups_of
    from generator.selection.neurons import apply_criteria
    from generator.study import load_study

    where = {"data": {"kind": "folder", "path": folder}, "selection": {"min_max_ratio_min": 1.0, "top_min": 0.0}}
    model = {"name": "benchmarks.growth:network", "size": SIDE, "mean": (0.5,) * 3, "std": (0.25,) * 3}
    study = load_study(None, {**where, "model": model})
    context = begin(study, artifacts, "cpu", Told(None))
    _ = context.handle.fused
    before, began = _peak(), (time.perf_counter(), time.process_time())
    seconds: dict[str, float] = {}
    of_processor: dict[str, float] = {}

    def took(step: str) -> None:
        nonlocal began
        now = (time.perf_counter(), time.process_time())
        seconds[step], of_processor[step] = (round(b - a, 2) for a, b in zip(began, now, strict=True))
        began = now

    pictures, activations = activate(study, context)
    took("pass")
    criteria = apply_criteria(activations, study.selection)
    took("criteria")
    groups = list(groups_of(activations, range(64), study.selection, 0))
    took("groups")
    activations.top(9)
    took("top")
    draw_selection(activations, criteria, study.selection, [each.index for each in groups[:10]])
    took("figure")
    peak = round(_peak() - before, 1)
    return {"pictures": len(pictures), "seconds": seconds, "processor seconds": of_processor, "peak, MB more": peak}


def _peak() -> float:
    """The largest memory of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def measured(count: int, units: int) -> dict[str, Any]:
    """Both runs of so many pictures, and what is on disk afterwards."""
    place = Path(tempfile.mkdtemp())
    try:
        write_shards(place / "shards", count)
        words = [sys.executable, __file__, "--run", str(place)]
        environment = {**os.environ, UNITS: str(units)}
        runs = [
            json.loads(subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout)
            for _ in range(2)
        ]
        disk = {
            stage.name: round(sum(p.stat().st_size for p in stage.iterdir()) / count)
            for stage in sorted((place / "artifacts").iterdir())
        }
        return {"first": runs[0], "again": runs[1], "disk, bytes per picture": disk}
    finally:
        shutil.rmtree(place)


def processor() -> str:
    """Its name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--units", type=int, default=2_048)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run / "shards", options.run / "artifacts")))
        return
    found: dict[str, Any] = {"processor": processor(), "units": options.units, "side, px": SIDE, "pictures": {}}
    for count in options.pictures:
        found["pictures"][str(count)] = measured(count, options.units)
        print(json.dumps({count: found["pictures"][str(count)]}, indent=1), flush=True)
        if options.record:
            options.record.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
