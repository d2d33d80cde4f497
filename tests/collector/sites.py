"""A small public site as build writes it, files that its pages send, and a collector in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial as partial_of
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")
STUDY, ORIGIN = "abc123", "https://study.example.org"


def options(question: str) -> list[str]:
    return [f"{question}-o{k}" for k in range(9)]


def write_site(out: Path, conditions: tuple[int | str, ...] = (1, 3), study: str = STUDY, questions: int = 3) -> Path:
    """Pages and markers of these conditions with one set, as far as the collector reads them."""
    for condition in conditions:
        folder = out / f"exp{condition}"
        folder.mkdir(parents=True)
        asked: list[dict[str, Any]] = [
            {"id": f"q{k:02d}", "options": [{"id": each} for each in options(f"q{k:02d}")]}
            for k in range(1, questions + 1)
        ]
        asked.append({"id": "c01e1", "catch": True, "options": [{"id": each} for each in options("c01e1")]})
        page = {
            "study_id": study, "experiment": condition, "choices": 3, "upload_experiment": "xyz", "sets": [asked],
            "practice": [],
        }  # fmt: skip
        text = json.dumps(page).replace("<", "\\u003c")
        (folder / "index.html").write_text(f'<script type="application/json" id="study">{text}</script>')
        (folder / "imetric-site.json").write_text(
            json.dumps({"format": "imetric-site/1", "study_id": study, "experiment": condition, "build": "b"})
        )
    return out


def rows(session: int | str = 1, condition: int | str = 1, answered: int = 3, **changes: Any) -> list[dict[str, Any]]:
    """A participant's file of write_site's study; changes: of the session row."""
    session_id = session if isinstance(session, str) else f"{session:016x}"
    common = {"study_id": STUDY, "experiment": condition, "subject_id": f"person-{session}", "session_id": session_id}
    found: list[dict[str, Any]] = [
        {
            "trial_type": "session", "trial_index": 0, "time_elapsed": 1000, "rt": None, **common,
            "format": "imetric-response/1", "build_hash": "b", "response": {"name": "Kim Ha-neul", "age": 30},
            "language": "en", **changes,
        },
        {"trial_type": "imetric-practice", "trial_index": 1, "time_elapsed": 1500, **common},
    ]  # fmt: skip
    for k in range(1, answered + 1):
        ids = options(f"q{k:02d}")
        found.append(
            {
                "trial_type": "imetric-question", "trial_index": k + 1, "time_elapsed": 2000 * k, "rt": 900, **common,
                "question_id": f"q{k:02d}", "choice_ids": ids[2:5], "response": [2, 3, 4], "choice_order": ids,
                "confidence": 2, "concept": "fur", "view_history": [], "original_views": [],
            }
        )  # fmt: skip
    return found


def partial(session: int | str = 1, condition: int | str = 1, answered: int = 1) -> list[dict[str, Any]]:
    return rows(session, condition, answered, format="imetric-partial/1", response={"age": 30})


def request(content: list[dict[str, Any]], attempt: int = 1) -> dict[str, str]:
    """The body that a page sends."""
    first = content[0]
    name = f"imetric_exp{first['experiment']}_{first['study_id']}_{first['session_id']}"
    if first["format"] == "imetric-partial/1":
        name += "_partial"
    elif attempt > 1:
        name += f"_{attempt}"
    return {"experimentID": "xyz", "filename": f"{name}.json", "data": json.dumps(content)}


def stored(out: Path, folder: str = "complete") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / folder).iterdir())}


def run_apart(what: Coroutine[Any, Any, T]) -> T:
    """What it returns, run in a loop of its own: in this thread one may be running, that of a browser held open."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, what).result()


class Client:
    """Asks an application as a browser would, without a port: client.post(path, json=…), .get, .options, …"""

    def __init__(self, app: Any) -> None:
        self._app = app

    def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://collector.example.org") as client:
                return await client.request(method, path, **what)

        return run_apart(asked())

    def __getattr__(self, method: str) -> Callable[..., httpx.Response]:
        return partial_of(self._ask, method.upper())


@contextmanager
def collector(site: Path, out: Path, *words: str, limit: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`python -m collector serve` with these words; gives its address and its process; limit: a shell's, before it."""
    command = [
        sys.executable, "-m", "collector", "serve", "--site", str(site), "--out", str(out), "--origin", ORIGIN,
        "--port", "0", *words,
    ]  # fmt: skip
    if limit:
        command = ["sh", "-c", f'{limit}; exec "$@"', "sh", *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    log = tempfile.TemporaryFile("w+")  # not a pipe: with a line for each request it would fill, and stop everything
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout
        where = process.stdout.readline().strip()
        if not where.startswith("http://"):
            process.wait(timeout=40)
            log.seek(0)
            raise AssertionError(log.read())
        yield where, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)
        log.close()
