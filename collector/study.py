"""A folder of sites (dist/) -> what participants may send: conditions, sets, questions, their options; no answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CollectorError

MARKER = "imetric-site.json"
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
class PublicStudy:
    """A study as its sites tell it. conditions: name -> what is asked; names are 1, 2, 3 or texts."""

    study_id: str
    conditions: Mapping[int | str, Condition]


def read_study(site: Path) -> PublicStudy:
    """The study whose sites lie under `site`. Raises CollectorError where there is none, or more than one."""
    pages = [marker.parent for marker in sorted(site.glob(f"exp*/{MARKER}"))]
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
    return PublicStudy(next(iter(studies)), conditions)


def _embedded(page: Path) -> dict[str, Any]:
    try:
        found = EMBEDDED.search(page.read_text(encoding="utf-8"))
        study = json.loads(found[1]) if found else None
        if not isinstance(study, dict) or not isinstance(study["study_id"], str):
            raise KeyError
        if not isinstance(study["experiment"], int | str) or not isinstance(_sets(study), list):
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


def _sets(study: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The questions of each set; pages of versions before there were sets hold those of one."""
    return study["sets"] if "sets" in study else [study["questions"]]
