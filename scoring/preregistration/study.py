"""The private folder of a built study, and the plan of its power -> what a preregistration tells of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from ..conditions import Condition
from ..errors import ScoringError
from ..files.key import Key, read_key
from ..planning.files import FIGURE_FILE, JSON_FILE
from ..planning.plan import FORMAT as PLAN_FORMAT


@dataclass(frozen=True)
class BuiltStudy:
    """key, manifest: what answer_key.json and manifest.json hold; digests: SHA-256 of both files, by name."""

    key: Key
    manifest: dict[str, Any]
    digests: dict[str, str]

    @property
    def name(self) -> str:
        return str(self.manifest.get("settings", {}).get("name", self.key.study_id))

    @property
    def site(self) -> dict[str, Any]:
        """The settings of the pages."""
        found = self.manifest.get("settings", {}).get("site", {})
        return found if isinstance(found, dict) else {}

    @property
    def comparisons(self) -> list[tuple[Condition, Condition]]:
        """The hypotheses, [condition, against]: planned contrasts, else each with the reference, else all pairs."""
        key = self.key
        conditions = list(key.conditions)
        if key.contrasts:
            return [(key.conditions[a], key.conditions[b]) for a, b in key.contrasts]
        if key.reference is not None:
            against = key.conditions[key.reference]
            return [(each, against) for each in conditions if each.name != key.reference]
        return [(b, a) for a, b in combinations(conditions, 2)]

    @property
    def compare(self) -> str:
        """How: planned, reference or pairs, as `scoring power` names it."""
        return "planned" if self.key.contrasts else "reference" if self.key.reference is not None else "pairs"


def read_study(folder: Path) -> BuiltStudy:
    """A study from private/<study_id>/; raises ScoringError."""
    if not folder.is_dir():
        raise ScoringError(f"{folder}: no folder of a built study; name the one under private/ that the build wrote")
    key_file, manifest_file = folder / "answer_key.json", folder / "manifest.json"
    key = read_key(key_file)
    if key.layout == "original":
        raise ScoringError(f"{key_file}: the key is of the original 2021 pages; only built studies are preregistered")
    manifest = _object(manifest_file, "manifest", "the build writes it beside the answer key")
    if manifest.get("study_id") != key.study_id:
        raise ScoringError(
            f"{manifest_file}: is of study {manifest.get('study_id')}, and the answer key beside it of {key.study_id}"
        )
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (key_file, manifest_file)}
    return BuiltStudy(key, manifest, digests)


@dataclass(frozen=True)
class Plan:
    """What `scoring power --out` wrote, and the row of the people that are to take part."""

    content: dict[str, Any]
    row: dict[str, Any]
    figure: bytes


def read_plan(folder: Path, study: BuiltStudy, people: int | None) -> Plan:
    """A plan of this very design; people: per set and condition, None: what neurons like these need.

    Raises ScoringError where it was made for another design, or has no such number of people.
    """
    path = folder / JSON_FILE
    again = "run `python -m scoring power --key … --out …` for this study"
    content = _object(path, "plan", again)
    if content.get("format") != PLAN_FORMAT:
        raise ScoringError(f"{path}: is not a plan ({PLAN_FORMAT}); {again}")
    try:
        figure = (folder / FIGURE_FILE).read_bytes()
    except OSError as error:
        raise ScoringError(f"{folder / FIGURE_FILE}: cannot be read: {error.strerror or error}; {again}") from None
    made_for = content["design"]
    own = {"conditions": len(study.key.conditions), "sets": len(study.key.sets), "possible": study.key.possible}
    for name, value in own.items():
        if made_for[name] != value:
            what = {"conditions": "conditions", "sets": "sets", "possible": "answers of a participant"}[name]
            raise ScoringError(f"{path}: was planned for {made_for[name]} {what}, and the study has {value}; {again}")
    compared = content["aim"]["comparison"]
    if compared["count"] != len(study.comparisons):
        raise ScoringError(
            f"{path}: was planned for {compared['count']} comparisons ({compared['compare']}), and the study has "
            f"{len(study.comparisons)} ({study.compare}); {again}"
        )
    rows = {row["people"]: row for row in content["people"]}
    wanted = people if people is not None else content["needed"]["like_these"]
    if wanted is None:
        raise ScoringError(
            f"{path}: no number of people has the wanted power for neurons like these; say with --people how many "
            "there will be in each set and condition, or plan more neurons"
        )
    if wanted not in rows:
        listed = ", ".join(f"{count:g}" for count in rows)
        raise ScoringError(
            f"--people {wanted} is not in {path}, which has {listed}; plan it with `--participants {wanted}`"
        )
    return Plan(content, rows[wanted], figure)


def _object(path: Path, what: str, again: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScoringError(f"{path}: the {what} cannot be read: {error.strerror or error}; {again}") from None
    except ValueError:
        raise ScoringError(f"{path}: the {what} is no JSON; {again}") from None
    if not isinstance(content, dict):
        raise ScoringError(f"{path}: the {what} is no JSON object; {again}")
    return content
