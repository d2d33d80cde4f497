"""A collector under load, killed under load, and sent what no page sends: is each acknowledged file there, once, whole

    python benchmarks/collector.py                                       # 1,000 files, killed 5 times
    python benchmarks/collector.py --files 10000 --kills 50 --damages 5000 --record benchmarks/results/collector.json

The collector is a process of its own (`python -m collector serve`) and its clients are threads of this one, each with
one connection. Any file that is lost, doubled or half ends the run with an error. The reference in the same run, which
makes machines comparable, is writing the same files one after the other, each with an fsync, and nothing else: no
check, no typed name apart, no fsync of the folder.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import platform
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings
from rich.console import Console

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scoring.files.participant import parse  # noqa: E402
from tests.collector.sites import ORIGIN, STUDY, collector, partial, request, rows, stored, write_site  # noqa: E402
from tests.scoring.files.test_fuzz import damaged  # noqa: E402

CLIENTS, QUESTIONS, SEED = 50, 10, 1
TWICE = 10  # every tenth file is sent twice, as a page does that heard no answer
UNLIMITED = ("--rate", "100000000", "--most", "100000000")
HEADERS = {"Content-Type": "application/json", "Origin": ORIGIN}


class Sender:
    """One client with one connection; seconds: of each answer."""

    def __init__(self, where: str) -> None:
        place = urlsplit(where)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self.seconds: list[float] = []

    def __call__(self, body: bytes, headers: dict[str, str] = HEADERS, path: str = "/api/data/") -> int:
        """Send a body; gives the status of the answer."""
        began = time.perf_counter()
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        self.seconds.append(time.perf_counter() - began)
        return answer.status

    def close(self) -> None:
        self._connection.close()


def file_name(session: int) -> str:
    return f"imetric_exp1_{STUDY}_{session:016x}.json"


def body_of(content: list[dict[str, Any]]) -> bytes:
    return json.dumps(request(content)).encode()


def kept(content: list[dict[str, Any]]) -> bytes:
    """What should lie on the disk: without the typed name."""
    content[0]["response"].pop("name", None)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def complete(session: int) -> list[dict[str, Any]]:
    return rows(session, answered=QUESTIONS)


def so_far(session: int) -> list[dict[str, Any]]:
    return partial(session, answered=QUESTIONS // 2)


def at_once(work: Callable[[int], None]) -> Callable[[], None]:
    """Begin work(k) in CLIENTS threads; gives what waits for their end, and raises what one of them raised."""
    raised: list[BaseException] = []

    def guarded(k: int) -> None:
        try:
            work(k)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(k,)) for k in range(CLIENTS)]
    for thread in threads:
        thread.start()

    def wait() -> None:
        for thread in threads:
            thread.join()
        if raised:
            raise raised[0]

    return wait


def peak_bytes(pid: int) -> int | None:
    """The most memory that a process held; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    """A site and a folder for what is received."""
    with tempfile.TemporaryDirectory() as folder:
        yield write_site(Path(folder) / "dist", questions=QUESTIONS), Path(folder) / "results"


def check(condition: bool, sentence: str) -> None:
    if not condition:
        sys.exit(f"error: {sentence}")


def load(files: int) -> dict[str, Any]:
    """Files a second and latency of CLIENTS at once; every file is compared afterwards."""
    bodies = [body_of(complete(session)) for session in range(files)]
    expected = {file_name(session): kept(complete(session)) for session in range(files)}
    with folders() as (site, out):
        plain = out.parent / "plain"
        plain.mkdir()
        began = time.perf_counter()
        for name, content in expected.items():
            with open(plain / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        bare = time.perf_counter() - began
        with collector(site, out, *UNLIMITED) as (where, process):
            senders = [Sender(where) for _ in range(CLIENTS)]
            before = peak_bytes(process.pid)

            def work(k: int) -> None:
                for session in range(k, files, CLIENTS):
                    for _ in range(2 if session % TWICE == 0 else 1):
                        check(senders[k](bodies[session]) == 201, f"session {session} was not taken")

            began = time.perf_counter()
            at_once(work)()
            seconds = time.perf_counter() - began
            peak = peak_bytes(process.pid)
        check(stored(out) == expected, "what is stored is not what was sent")
        check(len(stored(out, "names")) == files and not stored(out, "partial"), "names or partial files are not right")
    taken = sorted(itertools.chain.from_iterable(sender.seconds for sender in senders))
    return {
        "clients": CLIENTS, "files": files, "requests": len(taken), "bytes_per_file": len(expected[file_name(0)]),
        "files_per_second": files / seconds, "bare_files_per_second": files / bare, "ratio": bare / seconds,
        "p50_ms": 1000 * taken[len(taken) // 2], "p99_ms": 1000 * taken[len(taken) * 99 // 100],
        "peak_bytes_idle": before, "peak_bytes": peak, "lost": 0, "doubled": 0,
    }  # fmt: skip


def killed(kills: int) -> dict[str, Any]:
    """SIGKILL at random moments under load, and a new start each time; what heard no answer is sent again after it."""
    draw = random.Random(SEED)
    numbers = itertools.count()
    acknowledged: set[int] = set()
    unheard: list[int] = []
    cut = 0
    with folders() as (site, out):
        for turn in range(kills + 1):
            with collector(site, out, *UNLIMITED) as (where, process):
                again, unheard = unheard, []

                def work(k: int) -> None:
                    send, own = Sender(where), again[k::CLIENTS]  # noqa: B023
                    while own or turn < kills:  # noqa: B023
                        session = own.pop() if own else next(numbers)
                        try:
                            good = {send(body_of(so_far(session))), send(body_of(complete(session)))} == {201}
                        except (OSError, http.client.HTTPException):
                            unheard.extend([session, *own])  # noqa: B023
                            return
                        check(good, f"session {session} was not taken")
                        acknowledged.add(session)

                wait = at_once(work)
                if turn < kills:
                    time.sleep(draw.uniform(0.05, 0.8))
                    process.kill()
                wait()
                cut += len(unheard)
            found, begun = stored(out), stored(out, "partial")
            check(acknowledged <= {int(name[-21:-5], 16) for name in found}, "an acknowledged file is not there")
            for name, content in found.items():
                session = int(name[-21:-5], 16)
                check(name == file_name(session), f"{name} is there twice")
                check(content == kept(complete(session)), f"{name} is half")
            for name, content in begun.items():
                check(content == kept(so_far(int(name[-21:-5], 16))), f"{name}, not complete, is half")
        check(set(found) == {file_name(session) for session in acknowledged}, "more or fewer are there than were sent")
        check(not begun and not stored(out, "incoming"), "something is left under partial or incoming")
        check(len(stored(out, "names")) == len(found), "a name is missing")
    return {"kills": kills, "acknowledged": len(acknowledged), "cut_off": cut, "lost": 0, "half": 0, "doubled": 0}


def hostile(damages: int) -> dict[str, Any]:
    """What no page sends: all of it is refused and nothing written, and memory stays bounded."""
    with folders() as (site, out), collector(site, out, *UNLIMITED) as (where, process):
        before = peak_bytes(process.pid)
        send, statuses = Sender(where), Counter[int]()
        written = listed(out)
        for body, headers, path in crafted():
            try:
                status = send(body, {**HEADERS, **headers}, path)
            except (BrokenPipeError, ConnectionResetError):  # refused by its head, and closed, before all was sent
                send.close()
                status = 413
            check(400 <= status < 500 and listed(out) == written, f"{body[:60]!r}, {headers}, {path}: {status}")
            statuses[status] += 1
        found = sent_damaged(send, out, damages, statuses)
        large = json.dumps({"experimentID": "xyz", "filename": "f", "data": "[" + "[]," * 1_660_000 + "[]]"}).encode()
        written, large_statuses = listed(out), []

        def work(_: int) -> None:
            large_statuses.append(Sender(where)(large))

        at_once(work)()
        check(listed(out) == written, "something was written")
        check(set(large_statuses) <= {400, 503}, "a large nested body was taken")
        statuses.update(large_statuses)
        check(Sender(where)(body_of(complete(10**9))) == 201, "a good file was not taken afterwards")
        peak = peak_bytes(process.pid)
    return {
        "refused": sum(statuses.values()), "statuses": {str(k): n for k, n in sorted(statuses.items())}, **found,
        "large_at_once": CLIENTS, "peak_bytes_idle": before, "peak_bytes": peak,
    }  # fmt: skip


def listed(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def crafted() -> list[tuple[bytes, dict[str, str], str]]:
    """Bodies with headers and paths, each wrong in a way of its own."""
    good = request(complete(1))
    text = json.dumps(good).encode()
    names = ("../x.json", "/etc/passwd", "..\\x.json", "..%2f" + good["filename"], good["filename"] + "\0", "a" * 10**6)
    changed = [{**good, "filename": name} for name in names]
    sessions = ("../../etc/passwd", "0" * 15, "0" * 17, "0" * 15 + "/", "０" * 16, "")
    for session in sessions:
        changed.append({**request(rows(session)), "filename": good["filename"]})
    changed += [{**good, "experimentID": each} for each in ("abc", "../xyz")]
    changed += [
        {**good, "data": data} for data in ("", "null", "[]", "{}", "[null]", "[" * 10**6, "9" * 10**5, '"\\ud800"')
    ]
    plain = [json.dumps(each).encode() for each in changed]
    plain += [
        b"",
        b"null",
        b"[]",
        b"[" * 4_000_000,
        b'{"a":' * 800_000,
        b"\xff\xfe",
        text[:-1],
        text + b"}",
        b"\0" * 1000,
    ]
    plain += [b'{"filename":NaN}', b"1e999999", b" " * 5_000_001, text + b" " * 5_000_000]
    found: list[tuple[bytes, dict[str, str], str]] = [(body, {}, "/api/data/") for body in plain]
    found += [(text, {"Content-Type": kind}, "/") for kind in ("text/plain", "", "multipart/form-data", "text/html")]
    found += [
        (text, {"Origin": origin}, "/") for origin in ("https://elsewhere.example.org", "null", ORIGIN + ".evil.org")
    ]
    return found + [
        (text, {}, path) for path in ("/../x", "/complete/x.json", "/api/data/../../x", "/%2e%2e/x", "/health")
    ]


def sent_damaged(send: Sender, out: Path, count: int, statuses: Counter[int]) -> dict[str, int]:
    """Send good files, damaged; where the damage does no harm one is taken, and scoring reads it."""
    numbers, taken = itertools.count(10**6), 0
    mark = f"{0xFACADE:016x}"

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(damaged(rows(mark, answered=3)))
    def one(data: bytes) -> None:
        nonlocal taken
        session = next(numbers)
        body = {"experimentID": "xyz", "filename": file_name(session), "data": data.decode("utf-8", "surrogateescape")}
        text = json.dumps(body).replace(mark, f"{session:016x}").encode()
        before = len(list((out / "complete").iterdir()))
        status = send(text)
        after = len(list((out / "complete").iterdir()))
        check(status == 201 or 400 <= status < 500, f"a damaged file is answered with {status}")
        check(after - before == (status == 201), f"answered with {status}, {after - before} files written")
        if status == 201:
            parse((out / "complete" / file_name(session)).read_bytes())
            taken += 1
        else:
            statuses[status] += 1

    one()
    return {"damaged": next(numbers) - 10**6, "harmless": taken}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--damages", type=int, default=500, help="how many damaged files are sent")
    parser.add_argument("--parts", default="load,killed,hostile", help="which, with commas between")
    parser.add_argument("--record", type=Path, help="JSON file that keeps the figures; of parts not run those it has")
    options = parser.parse_args()
    console = Console(highlight=False)
    machine = {
        "machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(),
        **{name: version(name) for name in ("starlette", "uvicorn", "pydantic")},
    }  # fmt: skip
    record: dict[str, Any] = {}
    if options.record and options.record.exists():
        record = json.loads(options.record.read_text())
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "load": lambda: load(options.files), "killed": lambda: killed(options.kills),
        "hostile": lambda: hostile(options.damages),
    }  # fmt: skip
    for name in options.parts.split(","):
        record[name] = {"machine": machine, **parts[name]()}
        console.print(f"[bold]{name}[/]", record[name])
        if options.record:
            options.record.parent.mkdir(parents=True, exist_ok=True)
            options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
