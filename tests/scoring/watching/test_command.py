"""`python -m scoring watch`, from a first file to Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest

from scoring.report.page import REFRESH

from ..conftest import make_key, make_rows, write_study

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_report_follows_the_files_and_stays_at_the_end(tmp_path) -> None:
    key = make_key()
    write_study(tmp_path, key, {1: [[1, 2] * 5, [2, 0] * 5], 3: [[3, 1] * 5]})
    results, report = tmp_path / "results", tmp_path / "results" / "report"
    words = ["watch", results, "--private", tmp_path / "private", "--out", report]
    process = subprocess.Popen(
        [sys.executable, "-m", "scoring", *map(str, words)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "400"},
    )  # fmt: skip
    lines: Queue[str] = Queue()
    threading.Thread(target=lambda: [lines.put(line.strip()) for line in process.stdout], daemon=True).start()
    try:
        assert lines.get(timeout=60) == f"watching {results}; report: {report / 'report.html'}; Ctrl-C ends it"
        assert "  3 files came: 3 of 3 files used, 3 participants in the main results (" in lines.get(timeout=60)
        page = (report / "report.html").read_text()
        assert page.count(REFRESH) == 1 and ", while data come in</p>" in page
        (results / "new.json").write_text(json.dumps(make_rows(key, [2, 1] * 5, session="new")))
        (results / "bad.json").write_text('{"a": NaN}')
        assert "  2 files came: 4 of 5 files used, 4 participants in the main results (" in lines.get(timeout=60)
        process.send_signal(signal.SIGINT)
        assert lines.get(timeout=60) == "stopped; the report stays as it is"
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
    with pytest.raises(Empty):
        lines.get(timeout=0.1)
    assert REFRESH not in (report / "report.html").read_text()
    assert json.loads((report / "summary.json").read_text())["files"]["used"] == 4
    assert not [path for path in report.rglob(".*")]  # nothing half-written
