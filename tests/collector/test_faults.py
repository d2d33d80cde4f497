"""A collector in a process of its own: killed, told to stop, kept waiting. Nothing acknowledged is lost, no half file counts."""

from __future__ import annotations

import json
import random
import signal
import socket
import struct
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from scoring.files.participant import parse
from tests.collector.sites import STUDY, collector, partial, request, rows, stored, write_site

pytestmark = pytest.mark.slow

CLIENTS, KILLS, SEED = 4, 5, 1


def sending(where: str, sessions: range, acknowledged: list[int]) -> None:
    """Send sessions, a partial file and a complete one of each, until nobody answers."""
    try:
        with httpx.Client(base_url=where, timeout=10) as client:
            for session in sessions:
                client.post("/", json=request(partial(session)))
                if client.post("/", json=request(rows(session))).status_code == 201:
                    acknowledged.append(session)
    except httpx.HTTPError:
        pass


def test_killed_at_random_moments_it_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    site, out = write_site(tmp_path / "dist"), tmp_path / "results"
    acknowledged: list[int] = []
    draw = random.Random(SEED)
    for turn in range(KILLS):
        with collector(site, out, "--rate", "1000000") as (where, process):
            firsts = [1 + turn * 10_000 + client * 1000 for client in range(CLIENTS)]
            threads = [
                threading.Thread(target=sending, args=(where, range(first, first + 1000), acknowledged))
                for first in firsts
            ]
            for thread in threads:
                thread.start()
            time.sleep(draw.uniform(0.1, 0.6))
            process.kill()
            for thread in threads:
                thread.join()
    with collector(site, out) as (where, _):  # counts what is there
        counts = httpx.get(f"{where}health").json()["counts"]
    files = stored(out)
    assert len(acknowledged) == len(set(acknowledged)) > KILLS
    assert {f"imetric_exp1_{STUDY}_{session:016x}.json" for session in acknowledged} <= set(files)
    for content in files.values():
        assert len(parse(content)) == 5
    assert all(len(json.loads(content)) == 3 for content in stored(out, "partial").values())
    assert not set(stored(out, "partial")) & set(files)
    assert (counts[0]["complete"], stored(out, "incoming")) == (len(files), {})


def test_told_to_stop_it_ends_the_request_that_is_running(tmp_path: Path) -> None:
    out = tmp_path / "results"
    with collector(write_site(tmp_path / "dist"), out) as (where, process):
        body = json.dumps(request(rows())).encode()
        with begun(where, len(body)) as connection:
            connection.sendall(body[:100])
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body[100:])
            assert connection.recv(100).startswith(b"HTTP/1.1 201")
        assert process.wait(timeout=10) == -signal.SIGTERM  # as process managers expect of one that was told to stop
    assert len(stored(out)) == 1


def test_those_who_send_slowly_or_not_at_all_keep_nobody_waiting(tmp_path: Path) -> None:
    out = tmp_path / "results"
    with collector(write_site(tmp_path / "dist"), out) as (where, _):
        slow = [begun(where, 10_000) for _ in range(50)]
        began = time.monotonic()
        assert httpx.post(where, json=request(rows())).status_code == 201
        assert time.monotonic() - began < 5
        silent = socket.create_connection((urlsplit(where).hostname, urlsplit(where).port), timeout=15)
        assert silent.recv(1) == b""  # closed without a word
        for each in [*slow, silent]:
            each.close()
        assert httpx.post(where, json=request(rows(2))).status_code == 201
    assert len(stored(out)) == 2 and stored(out, "incoming") == {}


def test_connections_that_are_cut_leave_nothing_and_harm_nobody(tmp_path: Path) -> None:
    out = tmp_path / "results"
    body = json.dumps(request(rows())).encode()
    with collector(write_site(tmp_path / "dist"), out) as (where, process):
        for length in (0, 1, len(body) // 2, len(body) - 1):
            for reset in (False, True):
                with begun(where, len(body)) as connection:
                    if reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.sendall(body[:length])
        with begun(where, len(body)) as connection:  # all is sent, and nobody waits for the answer
            connection.sendall(body)
        deadline = time.monotonic() + 10
        while not stored(out, "names") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert httpx.post(where, json=request(rows())).json() == {"message": "already there"}
        assert process.poll() is None
    assert len(stored(out)) == 1 and stored(out, "incoming") == {}


def test_the_address_that_a_proxy_tells_counts_with_proxy_alone(tmp_path: Path) -> None:
    def statuses(*words: str) -> list[int]:
        """Of two requests, one more, one that tells an address of its own before the proxy's, and one of another."""
        with collector(site, tmp_path / "results", "--rate", "2", *words) as (where, _):
            told = ("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.9.9.9, 10.0.0.1", "10.0.0.2")
            return [httpx.get(f"{where}health", headers={"X-Forwarded-For": each}).status_code for each in told]

    site = write_site(tmp_path / "dist")
    assert statuses("--proxy", "127.0.0.1") == [200, 200, 429, 429, 200]
    assert statuses() == [200, 200, 429, 429, 429]
    assert statuses("--proxy", "192.0.2.1") == [200, 200, 429, 429, 429]


def test_a_disk_without_room_is_told(tmp_path: Path) -> None:
    """A limit on the size of files, of 512 bytes, stands for it: the write itself fails."""
    out = tmp_path / "results"
    with collector(write_site(tmp_path / "dist"), out, limit="trap '' XFSZ; ulimit -f 1") as (where, _):
        answer = httpx.post(where, json=request(rows()))
        assert answer.status_code == 500 and answer.json()["error"] == "UPLOAD_FAILED"
        assert httpx.get(f"{where}health").json()["counts"][0]["complete"] == 0
    assert stored(out) == stored(out, "incoming") == {}


def begun(where: str, length: int) -> socket.socket:
    """A connection that has sent the head of a request with a body of this length."""
    place = urlsplit(where)
    connection = socket.create_connection((place.hostname, place.port), timeout=15)
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode())
    return connection
