"""The answer key: which options of each question are the network's own top pictures."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from ..errors import ScoringError, first_fault

FORMAT: Literal["imetric-answer-key/1"] = "imetric-answer-key/1"
UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}
Text = Annotated[str, Field(min_length=1, max_length=200)]


class KeyQuestion(BaseModel):
    """One question: its option ids, in the key's own order, and those of them that are answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text
    neuron: Annotated[int | None, Field(description="its number; null: of a catch question, or not known")] = None
    options: Annotated[
        tuple[Text, ...], Field(min_length=2, max_length=1000, description="their ids", json_schema_extra=UNIQUE)
    ]
    answers: Annotated[
        tuple[Text, ...],
        Field(min_length=1, description="those options that activate the neuron most", json_schema_extra=UNIQUE),
    ]
    activations: Annotated[
        dict[str, float], Field(default_factory=dict, description="the neuron's activation, by option id")
    ]

    @model_validator(mode="after")
    def _consistent(self) -> KeyQuestion:
        if len(set(self.options)) < len(self.options):
            raise ValueError("options has an option twice")
        if len(set(self.answers)) < len(self.answers) or not set(self.answers) < set(self.options):
            raise ValueError("answers should be some, not all, of the options, each once")
        return self

    @cached_property
    def index(self) -> dict[str, int]:
        """Option id -> its place in options."""
        return {option: k for k, option in enumerate(self.options)}

    @cached_property
    def answer_set(self) -> frozenset[str]:
        return frozenset(self.answers)


class Key(BaseModel):
    """answer_key.json. layout "original": the files of the 2021 pages, whose options are fixed positions."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["imetric-answer-key/1"] = FORMAT
    study_id: Text
    layout: Annotated[Literal["pages", "original"], Field(description="of the participants' files")] = "pages"
    questions: Annotated[tuple[KeyQuestion, ...], Field(min_length=1, max_length=1000)]
    catch: Annotated[tuple[KeyQuestion, ...], Field(description="catch questions, not scored")] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Key:
        ids = [question.id for question in (*self.questions, *self.catch)]
        if len(set(ids)) < len(ids):
            raise ValueError("questions has an id twice")
        return self

    @cached_property
    def by_id(self) -> dict[str, KeyQuestion]:
        return {question.id: question for question in self.questions}

    @cached_property
    def catch_by_id(self) -> dict[str, KeyQuestion]:
        return {question.id: question for question in self.catch}

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(options, answers) of each question."""
        return tuple((len(question.options), len(question.answers)) for question in self.questions)

    @property
    def possible(self) -> int:
        """The highest total: one for each answer of each question (30 for ten questions with three answers)."""
        return sum(len(question.answers) for question in self.questions)


def read_key(path: Path) -> Key:
    """The key in a file; raises ScoringError naming the field that is wrong."""
    try:
        return Key.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScoringError(f"{path}: the answer key cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        where, what = first_fault(error)
        raise ScoringError(f"{path}: {where or 'the file'} is not as in an answer key ({FORMAT}): {what}") from None


def known_keys(private: Path) -> tuple[dict[str, Key], list[str]]:
    """The keys of all studies under a private folder by study_id, and what is wrong with those that cannot be read."""
    found: dict[str, Key] = {}
    faults = []
    for path in sorted(private.glob("*/answer_key.json")):
        try:
            key = read_key(path)
        except ScoringError as error:
            faults.append(str(error))
        else:
            found[key.study_id] = key
    return found, faults
