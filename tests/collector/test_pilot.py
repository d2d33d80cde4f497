"""The pilot's files, where its site lies among those that the collector was given."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.app import make_app
from collector.rate import RateLimit
from collector.store import FileStore
from collector.study import read_study
from generator.sites.pilot_page import render_pilot_site
from generator.study.site import SiteSettings
from scoring.files.pilot import PilotKey, collect_pilot
from tests.collector.sites import ORIGIN, Client, request, stored, write_site
from tests.sites.test_pilot import PILOT, labels_of, made_tasks

UPLOAD = {"upload_url": "https://collect.example.org/api/data/", "upload_experiment": "xyz"}
ANSWERS: dict[str, dict[str, Any]] = {
    "patterns": {"patterns": "fur", "count": 2, "understood": "partly", "kinds": ["texture"]},
    "starts": {"difference": "finer", "clearer": "noise"},
    "iterations": {"iterations": PILOT.film[0]},
}
NAME = f"imetric_exppilot_p1_{1:016x}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pilot") / "dist"
    render_pilot_site(made_tasks(labels_of(PILOT, 3)), "p1", SiteSettings(**UPLOAD), out)
    return write_site(out, (1,))


@pytest.fixture
def client(site: Path, tmp_path: Path) -> Client:
    return Client(make_app(read_study(site), FileStore(tmp_path, 100), [ORIGIN], RateLimit(10_000)))


def rows() -> list[dict[str, Any]]:
    common = {"study_id": "p1", "experiment": "pilot", "subject_id": "somebody", "session_id": f"{1:016x}"}
    first = {"trial_type": "session", "trial_index": 0, "time_elapsed": 10, "rt": None, "format": "imetric-pilot/1"}
    made = [{**first, **common, "response": {"name": "Kim Ha-neul"}}]
    for task in made_tasks(labels_of(PILOT, 3)):
        made.append(
            {
                "trial_type": f"pilot-{task.part}", "trial_index": len(made), "time_elapsed": 100 * len(made), "rt": 90,
                "question_id": task.id, "neuron": task.neuron, "method": task.method, "response": {**ANSWERS[task.part]},
                **common,
            }
        )  # fmt: skip
    return made


def test_the_pilots_files_are_kept_apart_and_scored_from_their_folder(client: Client, tmp_path: Path) -> None:
    for told in ("stored", "already there"):
        answer = client.post("/", json=request(rows()), headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.json()) == (201, {"message": told})
    assert list(stored(tmp_path, "pilot")) == [f"{NAME}.json"] and stored(tmp_path) == {}
    assert stored(tmp_path, "names") == {f"{NAME}.txt": b"Kim Ha-neul"}
    counts = {"condition": "pilot", "set": 1, "complete": 1, "running": 0, "given_up": 0}
    assert client.get("/health").json()["counts"][-1] == counts
    labels = labels_of(PILOT, 3)
    key = PilotKey(study_id="p1", labels=labels, neurons={"n1": 7}, iterations=PILOT.film)
    data = collect_pilot(sorted((tmp_path / "pilot").iterdir()), key)
    assert data.participants == 1 and len(data.answers) == 3 * len(labels) and not data.rejected


def put(row: int, *path: str, value: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(content: Any) -> None:
        holder = content[row]
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put(0, "study_id", value="abc123"), "row 0, study_id: is of another study"),
        (put(0, "session_id", value="1"), "row 0, session_id: should be 16 hexadecimal digits"),
        (put(1, "subject_id", value="another"), "row 1, subject_id: differs from row 0's"),
        (put(1, "question_id", value="patterns-n9-a"), "row 1, question_id: is no task of the pilot, or answered twice"),
        (put(1, "neuron", value="n2"), "row 1, trial_type, neuron or method: is not that of the task"),
        (put(-1, "response", "iterations", value=7), "row 6, response, iterations: is none of those shown"),
        (lambda content: content.append(content[1]), "row 7, question_id: is no task of the pilot, or answered twice"),
        (lambda content: content.append(content[0]), "row 7, trial_type: a second session in one file"),
    ],
)  # fmt: skip
def test_what_the_pilots_page_cannot_send_is_refused(
    client: Client, tmp_path: Path, change: Callable[[Any], None], sentence: str
) -> None:
    content = copy.deepcopy(rows())
    body = request(content)
    change(content)
    answer = client.post("/", json={**body, "data": json.dumps(content)})
    assert (answer.status_code, answer.json()) == (400, {"error": "INVALID_DATA", "message": sentence})
    assert stored(tmp_path, "pilot") == stored(tmp_path) == {}


def test_without_its_site_the_pilot_is_no_part_of_the_study(tmp_path: Path) -> None:
    study = read_study(write_site(tmp_path / "dist", (1,)))
    client = Client(make_app(study, FileStore(tmp_path / "out", 100), [ORIGIN], RateLimit(10_000)))
    assert client.post("/", json=request(rows())).status_code == 400


def test_the_pilot_alone_has_a_collector_too(tmp_path: Path) -> None:
    render_pilot_site(made_tasks(labels_of(PILOT, 3)), "p1", SiteSettings(), tmp_path / "dist")
    study = read_study(tmp_path / "dist")
    assert (study.study_id, study.conditions, study.places()) == ("p1", {}, [("pilot", 1)])
