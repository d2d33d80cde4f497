"""The published pages of 2021: their data.json -> an answer key, a file Experiment3_NAME.json -> a response."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from ..errors import Rejected, ScoringError, first_fault
from .content import clean, shortened
from .key import Key, KeyQuestion
from .response import Response, Trial, mark_missing, survey_of


def original_key(path: Path, neurons: list[int], method: str) -> Key:
    """The key of the 2021 pages from their data.json.

    data.json: {neuron: {method: {"answers": [0-based positions of the 3 answers], "activations": [9 values]}}}.
    neurons: in the order in which the pages ask for them. Options get the ids "1" to "9", as the pages number them.
    """
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise ScoringError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ScoringError(f"{path} is not JSON: {error}") from None
    questions = []
    for number, neuron in enumerate(neurons, 1):
        entry = data.get(str(neuron)) if isinstance(data, dict) else None
        if not isinstance(entry, dict):
            known = ", ".join(list(data)[:20]) if isinstance(data, dict) else "none"
            raise ScoringError(f"{path}: neuron {neuron} is not in it; it holds {known}")
        if not isinstance(entry.get(method), dict):
            raise ScoringError(f"{path}: neuron {neuron} has no method {method!r}; it has {', '.join(entry)}")
        answers, activations = entry[method].get("answers"), entry[method].get("activations")
        lists = isinstance(activations, list) and isinstance(answers, list)
        if not lists or not all(type(a) is int and 0 <= a < len(activations) for a in answers):
            raise ScoringError(
                f"{path}: neuron {neuron}, {method}: answers should be 0-based positions in its list of activations"
            )
        options = tuple(str(k + 1) for k in range(len(activations)))
        try:
            questions.append(
                KeyQuestion(
                    id=f"q{number:02d}", neuron=neuron, options=options, answers=tuple(options[a] for a in answers),
                    activations=dict(zip(options, activations, strict=True)),
                )
            )  # fmt: skip
        except ValidationError as error:
            raise ScoringError(f"{path}: neuron {neuron}, {method}: {first_fault(error)[1]}") from None
    if not questions:
        raise ScoringError("--neurons is empty: name at least one neuron of data.json")
    return Key(study_id=f"original-{method.lower()}", layout="original", questions=tuple(questions))


def response_of_original(content: dict[str, Any], file: str, key: Key) -> Response:
    """A file of the 2021 pages: {"name", "age", …, "1": [3, 6, 8], …}, with questions and options numbered from 1."""
    conditions = {str(name): name for name in key.conditions.names}
    named = re.match(r"experiment([^_.]+)(?:_(.*))?\.json$", PurePath(file).name, re.IGNORECASE)
    if not named or named[1] not in conditions:
        names = key.conditions.listed("{}_…")
        raise Rejected(f"file name: a file of the original pages is named Experiment{names}.json")
    numbers = {str(k): question for k, question in enumerate(key.questions, 1)}
    for name in content:
        if name.isdecimal() and name not in numbers:
            raise Rejected(f"{shortened(name)}: the answer key has questions 1 to {len(numbers)}")
    trials = []
    for number, question in numbers.items():
        picks = content.get(number)
        if picks is None or picks == []:
            continue
        if not isinstance(picks, list) or not all(type(p) is int and 1 <= p <= len(question.options) for p in picks):
            raise Rejected(f"{number}: should be a list of option numbers from 1 to {len(question.options)}")
        if len(picks) != len(question.answers):
            raise Rejected(f"{number}: {len(picks)} picks, a question takes {len(question.answers)}")
        if len(set(picks)) < len(picks):
            raise Rejected(f"{number}: the same option is picked twice")
        matched = sum(str(pick) in question.answer_set for pick in picks)
        places = tuple(sorted(pick - 1 for pick in picks))  # options had one order for everybody
        trials.append(Trial(question.id, int(number), tuple(pick - 1 for pick in picks), matched, places=places))
    if not trials:
        raise Rejected("file: not one question is answered")
    marks: list[str] = []
    mark_missing(marks, trials, key)
    survey = {"background" if k == "backgrounds" else k: v for k, v in content.items() if not k.isdecimal()}
    typed = content.get("name")
    person = clean(typed if isinstance(typed, str) else named[2] or "")[:200]
    return Response(
        file=file, experiment=conditions[named[1]], subject_id=_pseudonym(person or PurePath(file).stem),
        session_id=_pseudonym(PurePath(file).stem), trials=trials, survey=survey_of(survey), marks=marks,
    )  # fmt: skip


def _pseudonym(name: str) -> str:
    """The original pages know people by their names alone: the same name gives the same id in its place."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()[:16]
