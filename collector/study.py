"""A folder of sites (dist/) -> what participants may send: conditions, sets, questions, options, tasks; no answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CollectorError

MARKER = "imetric-site.json"
PILOT = "pilot"  # its folder, and the name of its experiment
EMBEDDED = re.compile(r'<script type="application/json" id="study">(.*?)</script>', re.S)


@dataclass(frozen=True)
class Asked:
    """A question as its page shows it: the option ids, how many are picked, and whether it is a catch question."""

    options: frozenset[str]
    choices: int
    catch: bool


@dataclass(frozen=True)
class Condition:
    """What one site asks. experiment: its upload_experiment; sets: name -> ids of its questions."""

    name: int | str
    experiment: str
    questions: Mapping[str, Asked]
    sets: Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Task:
    """A task of the pilot study as its page shows it. iterations: the steps of its pictures, where they are told."""

    part: str
    neuron: str
    method: str
    iterations: frozenset[int]


@dataclass(frozen=True)
class Pilot:
    """What the pilot's site asks; it is a study of its own. tasks: id -> task."""

    study_id: str
    experiment: str
    tasks: Mapping[str, Task]


@dataclass(frozen=True)
class PublicStudy:
    """A study as its sites tell it. conditions: name (1, 2, 3 or text) -> what is asked; pilot: if one lies beside."""

    study_id: str
    conditions: Mapping[int | str, Condition]
    pilot: Pilot | None = None

    def places(self) -> list[tuple[int | str, int]]:
        """Every condition with each of its sets, and the pilot: where sessions are counted."""
        found = [(name, group) for name, condition in self.conditions.items() for group in condition.sets]
        return [*found, *([(PILOT, 1)] if self.pilot else [])]


def read_study(site: Path) -> PublicStudy:
    """The study whose sites lie under `site`. Raises CollectorError where there is none, or more than one."""
    pages = [marker.parent for marker in sorted(site.glob(f"exp*/{MARKER}"))]
    pilot = _pilot(_embedded(site / PILOT / "index.html", "questions")) if (site / PILOT / MARKER).exists() else None
    if not pages and pilot:
        return PublicStudy(pilot.study_id, {}, pilot)
    if not pages:
        raise CollectorError(f"{site} holds no sites of a study; name the folder that build wrote, such as --site dist")
    conditions: dict[int | str, Condition] = {}
    studies: dict[str, Path] = {}
    for page in pages:
        study = _embedded(page / "index.html")
        studies.setdefault(study["study_id"], page)
        conditions[study["experiment"]] = _condition(study)
    if len(studies) > 1:
        places = " and ".join(str(place) for place in studies.values())
        raise CollectorError(f"{places} are sites of different studies; a collector receives the files of one")
    return PublicStudy(next(iter(studies)), conditions, pilot)


def _embedded(page: Path, asked: str = "") -> dict[str, Any]:
    """What a page holds; asked: the name of its list of questions, if it has no sets."""
    try:
        found = EMBEDDED.search(page.read_text(encoding="utf-8"))
        study = json.loads(found[1]) if found else None
        if not isinstance(study, dict) or not isinstance(study["study_id"], str):
            raise KeyError
        questions = study[asked] if asked else _sets(study)
        if not isinstance(study["experiment"], int | str) or not isinstance(questions, list):
            raise KeyError
        return study
    except (OSError, ValueError, KeyError):
        raise CollectorError(f"{page} is not a page that build wrote; build the sites again") from None


def _condition(study: Mapping[str, Any]) -> Condition:
    questions: dict[str, Asked] = {}
    sets: dict[int, frozenset[str]] = {}
    for number, asked in enumerate(_sets(study), 1):
        sets[number] = frozenset(question["id"] for question in asked)
        for question in asked:
            options = frozenset(option["id"] for option in question["options"])
            questions[question["id"]] = Asked(options, study["choices"], bool(question.get("catch")))
    return Condition(study["experiment"], str(study.get("upload_experiment") or ""), questions, sets)


def _pilot(study: Mapping[str, Any]) -> Pilot:
    tasks = {
        task["id"]: Task(
            task["part"], task["neuron"], task["method"],
            frozenset(picture["iteration"] for picture in task["pictures"] if "iteration" in picture),
        )
        for task in study["questions"]
    }  # fmt: skip
    return Pilot(study["study_id"], str(study.get("upload_experiment") or ""), tasks)


def _sets(study: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The questions of each set; pages of versions before there were sets hold those of one."""
    return study["sets"] if "sets" in study else [study["questions"]]
