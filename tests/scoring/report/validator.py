"""The validator of Psych-DS, an npm package that runs on node: found, or fetched once into a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

PACKAGE = "psychds-validator"
_FETCHING_S = 60
_ASKED_AGAIN_S = 24 * 3600  # a registry that had it not, or was not reached, is asked again after so long


def validator() -> list[str] | str:
    """The words that start it, or the sentence why it is not to be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "node and npm are not here (on Debian: apt-get install nodejs npm)"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imetric-tests" / PACKAGE
    script = cache / "node_modules" / PACKAGE / "cli.js"
    failed = cache / "failed.txt"
    if script.exists():
        return [node, str(script)]
    if failed.exists() and time.time() - failed.stat().st_mtime < _ASKED_AGAIN_S:
        return failed.read_text(encoding="utf-8")
    cache.mkdir(parents=True, exist_ok=True)
    words = [npm, "install", "--prefix", str(cache), "--no-audit", "--no-fund", "--fetch-retries=0", PACKAGE]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_FETCHING_S)
        said = [line for line in done.stderr.splitlines() if line.strip()]
        reason = "" if script.exists() else (said[0] if said else "no such script in the package")
    except subprocess.TimeoutExpired:
        reason = f"no answer in {_FETCHING_S} s"
    if not reason:
        return [node, str(script)]
    sentence = f"npm could not install {PACKAGE}: {reason}"
    failed.write_text(sentence, encoding="utf-8")
    return sentence
