"""Folders of scoring's reports and of observers' records -> how people and programs scored each unit.

Their files come from elsewhere: every field that is used is checked, and a misfit is one sentence.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

from ..errors import StudyError
from .records import UnitScores

SUMMARY, OBSERVERS, MANIFEST = "summary.json", "observers.json", "manifest.json"
MOST_BYTES = 200_000_000
WORDS = 5  # of a unit, those that most people wrote
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Unit = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
Count = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(max_length=200)]
Condition = Annotated[int, Field(strict=True)] | Name


class _Item(BaseModel):
    experiment: Condition
    question_id: Name
    neuron: Unit
    participants: Count
    accuracy: Share | None


class _Word(BaseModel):
    word: str
    participants: Count


class _Concepts(BaseModel):
    question_id: Name
    words: list[_Word]


class _Included(BaseModel):
    items: list[_Item]
    concepts: list[_Concepts]


class _Summary(BaseModel):
    format: Annotated[str, Field(pattern=r"^imetric-summary/2$")]
    study_id: Identifier
    included: _Included


class _MachineScore(BaseModel):
    neuron: Unit
    condition: Condition
    observer: Name
    mean: Annotated[float, Field(ge=0, le=1000)]


class _Question(BaseModel):
    id: Name
    neuron: Unit
    condition: Condition
    matched: dict[Name, Count]


class _Observers(BaseModel):
    format: Annotated[str, Field(pattern=r"^imetric-observers/1$")]
    study_id: Identifier
    questions: list[_Question]
    machine_scores: list[_MachineScore]


class _Cast(BaseModel):
    answers: Annotated[list[str], Field(min_length=1)]


class _Manifest(BaseModel):
    format: Annotated[str, Field(pattern=r"^imetric-manifest/1$")]
    study_id: Identifier
    network: Name
    casts: dict[str, _Cast]


Read = TypeVar("Read", bound=BaseModel)


def read_reports(
    folders: Sequence[Path], private: Path, networks: Mapping[str, str]
) -> tuple[dict[str, dict[int, UnitScores]], list[str]]:
    """Folders -> view -> unit -> scores, and what a researcher must know.

    private: of the studies, whose manifests tell of which network a report is; networks: view -> network's identity.
    Raises StudyError for a folder without a record, a record that does not fit, or one of another network.
    """
    people: dict[str, dict[int, dict[str, list[tuple[float, int]]]]] = {view: defaultdict(dict) for view in networks}
    words: dict[str, dict[int, Counter[str]]] = {view: defaultdict(Counter) for view in networks}
    machine: dict[str, dict[int, dict[str, dict[str, float]]]] = {view: defaultdict(dict) for view in networks}
    notes: list[str] = []
    for folder in folders:
        there = [folder / name for name in (SUMMARY, OBSERVERS) if (folder / name).is_file()]
        if not there:
            raise StudyError(
                f"--reports {folder} holds neither {SUMMARY}, a report of python -m scoring, nor {OBSERVERS}, what "
                "python -m generator observe writes: name such a folder"
            )
        for file in there:
            if file.name == SUMMARY:
                summary = _read(file, _Summary)
                view = _view_of(file, _manifest(summary.study_id, private, folder), networks, notes)
                _add_people(summary.included, people[view], words[view])
            else:
                observers = _read(file, _Observers)
                manifest = _manifest(observers.study_id, private, folder)
                if manifest is None:
                    raise StudyError(
                        f"{file} has no {MANIFEST} beside it, which tells how many answers its questions have: name "
                        "the private folder of its study"
                    )
                _add_machine(observers, manifest, machine[_view_of(file, manifest, networks, notes)])
    return {
        view: {
            unit: UnitScores(
                machine[view].get(unit, {}),
                {condition: _pooled(shares) for condition, shares in people[view].get(unit, {}).items()},
                _most(words[view][unit]) if unit in words[view] else (),
            )
            for unit in sorted({*machine[view], *people[view], *words[view]})
        }
        for view in networks
    }, notes  # fmt: skip


def _add_people(
    included: _Included, people: dict[int, dict[str, list[tuple[float, int]]]], words: dict[int, Counter[str]]
) -> None:
    units = {item.question_id: item.neuron for item in included.items}
    for item in included.items:
        if item.accuracy is not None and item.participants:
            people[item.neuron].setdefault(str(item.experiment), []).append((item.accuracy, item.participants))
    for concepts in included.concepts:
        for each in concepts.words:
            word = "".join(filter(str.isprintable, each.word)).strip()[:60]
            if concepts.question_id in units and word:
                words[units[concepts.question_id]][word] += each.participants


def _add_machine(
    observers: _Observers, manifest: _Manifest, machine: dict[int, dict[str, dict[str, float]]]
) -> None:
    """Machine scores as shares of a question's answers; without redrawn questions those of the study's own."""
    casts = manifest.casts
    answers = {each.neuron: len(casts[each.id].answers) for each in observers.questions if each.id in casts}
    for score in observers.machine_scores:
        if score.neuron in answers:
            share = min(1.0, score.mean / answers[score.neuron])
            machine[score.neuron].setdefault(score.observer, {})[str(score.condition)] = share
    for question in observers.questions if not observers.machine_scores else ():
        for observer, matched in question.matched.items():
            if question.neuron in answers:
                share = min(1.0, matched / answers[question.neuron])
                machine[question.neuron].setdefault(observer, {})[str(question.condition)] = share


def _most(words: Counter[str]) -> tuple[str, ...]:
    """The words that most people wrote, of equals the first in the alphabet."""
    return tuple(sorted(words, key=lambda word: (-words[word], word)))[:WORDS]


def _pooled(shares: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """(share, answers) of several studies -> of all answers together."""
    answers = sum(count for _, count in shares)
    return sum(share * count for share, count in shares) / answers, answers


def _view_of(file: Path, manifest: _Manifest | None, networks: Mapping[str, str], notes: list[str]) -> str:
    """The view of the network that a report is about. Raises StudyError where there is none."""
    if manifest is None and len(networks) == 1:
        notes.append(
            f"{file}: nothing under --private tells of which network its study is; it is taken for that of this atlas"
        )
        return next(iter(networks))
    found = next((view for view, network in networks.items() if manifest and network == manifest.network), None)
    if found is None:
        why = "is of another network, or layer, than" if manifest else "may be of any of the networks of"
        raise StudyError(
            f"{file} {why} this atlas: name the private folder that holds its study with --private, or leave it out"
        )
    return found


def _manifest(study_id: str, private: Path, beside: Path) -> _Manifest | None:
    """The manifest of a study, beside a record or in the study's private folder."""
    for file in _manifests(study_id, private, beside):
        manifest = _read(file, _Manifest)
        if manifest.study_id == study_id:
            return manifest
    return None


def _manifests(study_id: str, private: Path, beside: Path) -> Iterator[Path]:
    yield from (file for file in (beside / MANIFEST, private / study_id / MANIFEST) if file.is_file())


def _read(file: Path, model: type[Read]) -> Read:
    """A file as this model says. Raises StudyError with the first thing that does not fit."""
    if file.stat().st_size > MOST_BYTES:
        raise StudyError(f"{file} is larger than {MOST_BYTES // 1_000_000} MB, which no such record is")
    try:
        return model.model_validate(json.loads(file.read_bytes()))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise StudyError(f"{file} is no record that an atlas can show: {where}: {first['msg']}") from error
        raise StudyError(f"{file} is no JSON file that can be read") from error
