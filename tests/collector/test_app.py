"""The contract with the pages, and what is sent by others: what is taken, refused, kept, and never told."""

from __future__ import annotations

import asyncio
import copy
import errno
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector import app
from collector.app import make_app
from collector.checks import LARGEST_BODY
from collector.errors import CollectorError, Refused
from collector.rate import RateLimit
from collector.store import FileStore
from collector.study import read_study
from scoring.files.participant import parse
from tests.collector.sites import ORIGIN, STUDY, Client, options, partial, request, rows, run_apart, stored, write_site

FIRST = f"imetric_exp1_{STUDY}_{1:016x}.json"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def client(tmp_path: Path, out: Path) -> Client:
    return opened(write_site(tmp_path / "dist"), out)


def opened(site: Path, out: Path, most: int = 100, rate: int = 10_000) -> Client:
    study = read_study(site)
    return Client(make_app(study, FileStore(out, most), [ORIGIN], RateLimit(rate)))


def send(client: Client, content: list[dict[str, Any]], attempt: int = 1) -> tuple[int, str]:
    answer = client.post("/api/data/", json=request(content, attempt), headers={"Origin": ORIGIN})
    return answer.status_code, answer.json()["message"]


def test_a_file_is_stored_without_the_typed_name_which_lies_apart(client: Client, out: Path) -> None:
    assert send(client, rows()) == (201, "stored")
    content = rows()
    del content[0]["response"]["name"]
    assert {name: json.loads(file) for name, file in stored(out).items()} == {FIRST: content}
    assert stored(out, "names") == {FIRST.replace(".json", ".txt"): b"Kim Ha-neul"}
    parse(stored(out)[FIRST])  # as scoring does
    assert stored(out, "incoming") == {}


def test_the_same_file_again_is_already_there_and_another_is_kept_beside(client: Client, out: Path) -> None:
    assert send(client, rows()) == (201, "stored")
    assert send(client, rows(), attempt=2) == (201, "already there")
    other = rows(response={"name": "Kim Ha-neul", "age": 31})
    assert send(client, other, attempt=3) == (201, "stored beside a different file of the same session")
    assert send(client, other) == (201, "already there")
    assert list(stored(out)) == [FIRST, FIRST.replace(".json", "_2.json")]
    assert [count["complete"] for count in client.get("/health").json()["counts"]] == [1, 0]
    for age in (40, 41, 42):
        assert send(client, rows(response={"age": age}))[0] == 201
    assert send(client, rows(response={"age": 43})) == (409, "5 different files of this session are there already")
    assert len(stored(out)) == 5


def test_what_was_answered_so_far_is_replaced_by_more_and_by_the_complete_file(client: Client, out: Path) -> None:
    assert send(client, partial(answered=0)) == (201, "stored, not complete yet")
    assert send(client, partial(answered=2)) == (201, "stored, not complete yet")
    assert send(client, partial(answered=1)) == (201, "already there")
    (content,) = stored(out, "partial").values()
    assert len(json.loads(content)) == 4 and stored(out) == {}
    with pytest.raises(Exception, match="should be 'imetric-response/1', not 'imetric-partial/1'"):
        parse(content)
    assert client.get("/health").json()["counts"][0] == {
        "condition": 1, "set": 1, "complete": 0, "running": 1, "given_up": 0
    }  # fmt: skip
    assert send(client, rows()) == (201, "stored")
    assert stored(out, "partial") == {}
    assert send(client, partial(answered=2)) == (201, "already there")
    assert stored(out, "partial") == {}


def test_counts_outlast_a_new_start(tmp_path: Path, client: Client, out: Path) -> None:
    send(client, rows(1))
    send(client, rows(1, response={}))
    send(client, rows(2, 3))
    send(client, partial(3, 3))
    send(client, partial(4, 3))
    before = client.get("/health").json()
    old = out / "partial" / f"imetric_exp3_{STUDY}_{4:016x}.json"
    assert before == opened(tmp_path / "dist", out).get("/health").json()
    os.utime(old, (0, 0))
    (out / "incoming" / "tmpleft").write_text("half a fi")
    after = opened(tmp_path / "dist", out).get("/health").json()
    assert after["counts"] == [
        {"condition": 1, "set": 1, "complete": 1, "running": 0, "given_up": 0},
        {"condition": 3, "set": 1, "complete": 1, "running": 1, "given_up": 1},
    ]
    assert stored(out, "incoming") == {}


def test_after_a_new_start_a_shorter_partial_file_replaces_no_longer_one(
    tmp_path: Path, client: Client, out: Path
) -> None:
    send(client, partial(1, answered=2))
    again = opened(tmp_path / "dist", out)
    assert send(again, partial(1, answered=1)) == (201, "already there")
    (content,) = stored(out, "partial").values()
    assert len(json.loads(content)) == 4
    assert send(again, partial(1, answered=3)) == (201, "stored, not complete yet")


def test_no_name_is_kept_without_its_file_and_no_file_stays_without_its_name(
    client: Client, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failing = os.fsync, [1]

    def full(number: int) -> None:
        failing[0] -= 1
        if failing[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    assert send(client, rows()) == (507, "the file could not be stored; try again")
    assert stored(out) == stored(out, "names") == {}
    failing[0] = 3  # the file and its folder are synced; the name is not
    assert send(client, rows()) == (507, "the file could not be stored; try again")
    assert list(stored(out)) == [FIRST] and stored(out, "names") == {}
    assert send(client, rows()) == (201, "already there")
    assert list(stored(out)) == [FIRST] and list(stored(out, "names").values()) == [b"Kim Ha-neul"]
    assert [count["complete"] for count in client.get("/health").json()["counts"]] == [1, 0]


def put(*path: Any, value: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put(0, "study_id", value="other"), "row 0, study_id: is of another study"),
        (put(0, "experiment", value=2), "row 0, experiment: is no condition of this study"),
        (put(0, "set", value=2), "row 0, set: is no set of this study"),
        (put(0, "set", value=True), "row 0, set: should be a valid integer, not True"),
        (put(0, "session_id", value="../../etc/passwd"), "row 0, session_id: should be 16 hexadecimal digits"),
        (put(0, "format", value="imetric-response/9"), "row 0, format: should be 'imetric-response/1', not 'imetric-response/9'"),
        (put(0, "subject_kind", value="observer"), "row 0, subject_kind: is of an observer, and pages send what people answer"),
        (put(0, "observer", value="features"), "row 0, subject_kind: is of an observer, and pages send what people answer"),
        (put(0, "time_elapsed", value=None), "row 0, time_elapsed: is null, as in observers' files only"),
        (put(2, "time_elapsed", value=None), "row 2, time_elapsed: is null, as in observers' files only"),
        (put(2, "probabilities", value=[1 / 9] * 9), "row 2, probabilities: are there, as in observers' files only"),
        (put(2, "session_id", value="0" * 16), "row 2, session_id: differs from row 0's"),
        (put(2, "question_id", value="q09"), "row 2, question_id: is not asked in this set, or answered twice"),
        (put(3, "question_id", value="q01"), "row 3, question_id: is not asked in this set, or answered twice"),
        (put(2, "trial_type", value="imetric-catch"), "row 2, trial_type: is not that of the question"),
        (put(2, "choice_order", value=options("q02")), "row 2, choice_order: should hold each option of the question once"),
        (put(2, "choice_ids", value=options("q01")[:2]), "row 2, choice_ids: should be 3 options, each once"),
        (put(2, "choice_ids", 0, value="q09-o1"), "row 2, choice_ids: holds what is no option of the question"),
        (put(2, "response", value=[0, 1, 2]), "row 2, response: does not give the places of choice_ids in choice_order"),
        (lambda content: content.append(copy.deepcopy(content[0])), "row 5, trial_type: a second session in one file"),
        (lambda content: content.__delitem__(slice(1, None)), "file: not one question is answered"),
    ],
)  # fmt: skip
def test_what_the_pages_cannot_send_is_refused(
    client: Client, out: Path, change: Callable[[Any], None], sentence: str
) -> None:
    content = rows()
    body = request(content)
    change(content)
    answer = client.post("/", json={**body, "data": json.dumps(content)})
    assert (answer.status_code, answer.json()) == (400, {"error": "INVALID_DATA", "message": sentence})
    assert stored(out) == stored(out, "names") == {}


@pytest.mark.parametrize(
    "name", ["../x.json", "/etc/passwd", f"..%2f{FIRST}", FIRST.replace("exp1", "exp3"), f"{FIRST}\0", f"{FIRST}\n", "a" * 10**5]
)  # fmt: skip
def test_a_file_name_leads_nowhere(client: Client, out: Path, name: str) -> None:
    answer = client.post("/", json={**request(rows()), "filename": name})
    assert answer.json()["message"] == "filename is not that of the session in the file" and answer.status_code == 400
    assert [path.name for path in out.parent.iterdir()] in (["dist", "results"], ["results", "dist"])
    assert stored(out) == {}


@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        (b"{", "application/json", 400, "the request is not sound: file: not JSON at line 1, column 2 (Expecting property name enclosed in double quotes)"),
        (b"[]", "application/json", 400, "the request is not as DataPipe's: should be an object with experimentID, filename and data"),
        (b'{"experimentID": "xyz"}', "application/json", 400, "the request is not as DataPipe's: filename should be there, as text"),
        (b'{"experimentID":"xyz","filename":"f","data":[]}', "application/json", 400, "the request is not as DataPipe's: data should be there, as text"),
        (b'{"experimentID":"xyz","filename":"f","data":"{}"}', "application/json", 400, "file: should be an array of rows"),
        (b'{"experimentID":"xyz","filename":"f","data":"[1]"}', "application/json", 400, None),
        (b'{"experimentID":"xyz","filename":"f","data":"[{\\"format\\":\\"imetric-partial/1\\"}]"}', "application/json", 400, None),
        (b'{"data":' + b"[" * 100_000, "application/json", 400, "the request is not sound: file: nested too deeply to be a participant's file"),
        (b"\xff\xfe", "application/json", 400, "the request is not sound: file: not UTF-8 text at byte 0"),
        (b"{}", "text/plain", 415, "the request should be application/json"),
        (b" " * (LARGEST_BODY + 1), "application/json", 413, "the request is larger than 5,000,000 bytes"),
    ],
)  # fmt: skip
def test_broken_requests_are_told_what_is_wrong(
    client: Client, out: Path, body: bytes, kind: str, status: int, message: str | None
) -> None:
    answer = client.post("/", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status and message in (None, answer.json()["message"])
    assert stored(out) == {}


def test_a_stream_without_a_length_is_cut_at_the_limit(client: Client) -> None:
    async def endless():
        for _ in range(LARGEST_BODY // 10_000 + 2):
            yield b" " * 10_000

    answer = client.post("/", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_large_requests_at_once_take_no_more_memory_than_is_allowed(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "LARGE", 1000)
    monkeypatch.setattr(app, "HELD", 50_000)
    application = make_app(
        read_study(write_site(tmp_path / "dist")), FileStore(out, 100), [ORIGIN], RateLimit(100), seconds=0.5
    )
    checked, most = [0], [0]

    def check(body: bytes, *_: Any) -> None:
        checked[0] += 1
        most[0] = max(most[0], checked[0])
        time.sleep(0.05)
        checked[0] -= 1
        raise Refused(400, "INVALID_DATA", "wrong")

    monkeypatch.setattr(app, "read_submission", check)

    async def slow():
        yield b" " * 9_000
        await asyncio.sleep(1)

    async def asked() -> list[int]:
        transport, headers = httpx.ASGITransport(application), {"Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://collector.example.org") as client:

            async def send(body: Any) -> int:
                return (await client.post("/", content=body, headers=headers)).status_code

            held = [asyncio.create_task(send(slow())) for _ in range(5)]
            await asyncio.sleep(0.1)
            statuses = list(await asyncio.gather(*(send(b" " * size) for size in (6_000, 2_000, 2_000))))
            statuses += [*await asyncio.gather(*held), await send(b" " * 49_000)]
            return statuses

    assert run_apart(asked()) == [503, 400, 400, *[408] * 5, 400]
    assert most == [1]


def test_another_experiment_id_is_refused(client: Client) -> None:
    answer = client.post("/", json={**request(rows()), "experimentID": "abc"})
    assert answer.json() == {"error": "EXPERIMENT_NOT_FOUND", "message": "experimentID is not that of this study"}


def test_only_the_pages_origin_may_send_and_read(client: Client, out: Path) -> None:
    other = "https://elsewhere.example.org"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    good = client.options("/api/data/", headers={"Origin": ORIGIN, **asked})
    assert good.status_code == 200 and good.headers["access-control-allow-origin"] == ORIGIN
    bad = client.options("/api/data/", headers={"Origin": other, **asked})
    assert bad.status_code == 400 and "access-control-allow-origin" not in bad.headers
    answer = client.post("/", json=request(rows()), headers={"Origin": other})
    assert (answer.status_code, answer.json()["error"]) == (403, "ORIGIN_NOT_ALLOWED")
    assert "access-control-allow-origin" not in client.get("/health", headers={"Origin": other}).headers
    assert stored(out) == {}


@pytest.mark.parametrize(
    "path", ["/", "/api/data/", f"/complete/{FIRST}", f"/{FIRST}", "/names", "/../results", "/docs"]
)
def test_nothing_is_listed_or_read_back(client: Client, path: str) -> None:
    send(client, rows())
    assert client.get(path).status_code in (404, 405)
    assert client.delete(path).status_code in (404, 405) and client.put(path).status_code in (404, 405)


def test_an_address_is_slowed_down(tmp_path: Path) -> None:
    client = opened(write_site(tmp_path / "dist"), tmp_path / "out", rate=2)
    assert [send(client, rows(k))[0] for k in (1, 2, 3)] == [201, 201, 429]
    answer = client.get("/health")
    assert answer.status_code == 429 and answer.headers["retry-after"] == "10"


def test_the_rate_is_of_an_address_and_comes_back_with_time() -> None:
    clock = [0.0]
    rate = RateLimit(6, now=lambda: clock[0])
    assert [rate.allows("10.0.0.1") for _ in range(7)] == [True] * 6 + [False]
    assert rate.allows("10.0.0.2")
    clock[0] = 10.0
    assert [rate.allows("10.0.0.1") for _ in range(2)] == [True, False]
    assert [rate.allows(f"2001:db8::{k}") for k in range(7)] == [True] * 6 + [False]
    for k in range(20_000):
        rate.allows(f"10.1.{k // 256}.{k % 256}")
    assert len(rate._left) == 10_000


def test_no_more_sessions_than_asked_for(tmp_path: Path) -> None:
    client = opened(write_site(tmp_path / "dist"), tmp_path / "out", most=1)
    assert send(client, rows(1))[0] == 201
    assert send(client, rows(2)) == (400, "as many sessions as were asked for are there")
    assert send(client, partial(2))[0] == 201
    assert send(client, partial(3)) == (400, "as many unfinished sessions as can be kept are there")


def test_logs_hold_nothing_personal(client: Client, caplog: pytest.LogCaptureFixture, monkeypatch) -> None:
    caplog.set_level(logging.DEBUG, "collector")
    send(client, rows())
    send(client, rows(response={"name": "Kim Ha-neul"}))
    client.post("/", json={**request(rows()), "filename": "Kim"}, headers={"Origin": ORIGIN})
    monkeypatch.setattr(FileStore, "keep", lambda *_: (_ for _ in ()).throw(OSError(5, "io", "/a/Kim")))
    send(client, rows())
    monkeypatch.setattr(FileStore, "keep", lambda *_: (_ for _ in ()).throw(KeyError("Kim")))
    send(client, rows())
    told = [record.getMessage() for record in caplog.records if record.name == "collector"]
    assert [line.split(",")[0] for line in told] == ["stored", "kept beside", "refused", "not stored", "not stored"]
    assert told[2:] == ["refused, 400 INVALID_DATA", "not stored, the disk says EIO", "not stored, KeyError"]
    assert not any(each in line for line in told for each in ("Kim", "person", f"{1:016x}", "testclient"))
    assert all(record.exc_info is None for record in caplog.records)


def test_a_full_disk_is_told_and_loses_nothing(client: Client, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(client, rows(1))
    before = stored(out)
    real, failing = os.fsync, [True]

    def full(number: int) -> None:
        if failing[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    assert send(client, rows(2)) == (507, "the file could not be stored; try again")
    assert stored(out) == before and stored(out, "incoming") == {}
    failing[0] = False
    assert send(client, rows(2)) == (201, "stored")


def test_sites_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(CollectorError) as caught:
        read_study(tmp_path)
    assert (
        str(caught.value)
        == f"{tmp_path} holds no sites of a study; name the folder that build wrote, such as --site dist"
    )
    write_site(tmp_path / "dist", (1,))
    write_site(tmp_path / "dist", (2,), study="other")
    with pytest.raises(CollectorError) as caught:
        read_study(tmp_path / "dist")
    assert str(caught.value) == (
        f"{tmp_path}/dist/exp1 and {tmp_path}/dist/exp2 are sites of different studies; a collector receives the files of one"
    )
    (tmp_path / "dist" / "exp2" / "index.html").write_text("mine")
    with pytest.raises(CollectorError) as caught:
        read_study(tmp_path / "dist")
    assert str(caught.value) == f"{tmp_path}/dist/exp2/index.html is not a page that build wrote; build the sites again"
