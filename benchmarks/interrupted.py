"""A build that is killed every 6 to 14 seconds until it ends: how much is lost, and whether its bytes are the same.

    python benchmarks/interrupted.py --record benchmarks/results/interrupted.json
    python benchmarks/interrupted.py --study study.toml

SIGKILL goes to all processes of the build at random moments, of a seed. Seconds are those of the processor that the
build has used, which other programs do not lengthen; beginning counts, too. On idle cores they are no longer than
those of the clock. What is lost is what all lives took together beside one undisturbed build, in the same run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.store import UNFINISHED, write_atomically  # noqa: E402

LOOK = 0.1  # seconds between looks at what the processor has done


class Build:
    """`python -m generator build` in a folder, as a process group of its own."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        environment = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(ROOT)}
        self.log = folder / "log.txt"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "generator", "build", "--device", "cpu", *words], cwd=folder, env=environment,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def seconds(self) -> float:
        """What all its processes have computed so far."""
        found = 0.0
        for each in psutil.process_iter():
            try:
                if os.getpgid(each.pid) == self.process.pid:
                    found += sum(each.cpu_times()[:4])
            except (psutil.Error, OSError):  # it has ended meanwhile
                continue
        return found

    def run(self, most: float = float("inf")) -> tuple[bool, float]:
        """Let it compute for so many seconds, then kill it -> whether it has ended by itself, what it computed."""
        seconds = 0.0
        while self.process.poll() is None:
            seconds = max(seconds, self.seconds())
            if seconds >= most:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                return False, seconds
            time.sleep(LOOK)
        if self.process.returncode:
            raise SystemExit(f"the build ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")
        return True, seconds


def content(folder: Path) -> dict[str, str]:
    """Every file of the sites and of the private folder, by a hash of its bytes."""
    files = [path for place in ("dist", "private") for path in (folder / place).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def measure(words: list[str], seed: int, least: float, most: float, kills: int | None = None) -> dict[str, Any]:
    """An undisturbed build and one that is killed until it ends. kills: no more than these."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        whole, disturbed = Path(name) / "whole", Path(name) / "disturbed"
        for folder in (whole, disturbed):
            folder.mkdir()
        _, alone = Build(whole, words).run()
        lives: list[float] = []
        ended = False
        while not ended:
            ended, seconds = Build(disturbed, words).run(
                draw.uniform(least, most) if kills is None or len(lives) < kills else float("inf")
            )
            lives.append(seconds)
            print(f"life {len(lives)}: {seconds:.1f} s{', ended' if ended else ''}", file=sys.stderr, flush=True)
        same = content(whole) == content(disturbed)
        left = sum(1 for _ in disturbed.rglob(f"{UNFINISHED}*"))
        artifacts = {path.relative_to(whole) for path in (whole / "artifacts").rglob("*") if path.is_file()}
        others = {path.relative_to(disturbed) for path in (disturbed / "artifacts").rglob("*") if path.is_file()}
    return {
        "kills": len(lives) - 1, "every_s": [least, most], "seed": seed,
        "undisturbed_processor_s": round(alone, 1), "all_lives_processor_s": round(sum(lives), 1),
        "ratio": round(sum(lives) / alone, 2),
        "lost_per_kill_s": round((sum(lives) - alone) / max(1, len(lives) - 1), 2),
        "median_life_s": round(statistics.median(lives), 1),
        "same_files": same, "same_artifacts": artifacts == others, "unfinished_left": left,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, help="without it the default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=float, nargs=2, default=(6.0, 14.0), metavar=("LEAST", "MOST"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    words = ["--study", str(options.study.resolve())] if options.study else []
    found = measure(words, options.seed, *options.every)
    text = json.dumps(
        {"study": options.study.read_text() if options.study else "the default", "cores": os.cpu_count(),
         "load_of_the_machine": round(os.getloadavg()[0], 1), **found}, indent=1,
    )  # fmt: skip
    print(text)
    if options.record:
        write_atomically(options.record, text.encode() + b"\n")
    if not found["same_files"]:
        raise SystemExit("the files of the two builds differ")


if __name__ == "__main__":
    main()
