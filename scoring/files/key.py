"""The answer key: the conditions and sets of a study, and which options of each question are its answers."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from ..conditions import PAPER, ConditionId, Conditions
from ..errors import ScoringError, first_fault

FORMAT: Literal["imetric-answer-key/2"] = "imetric-answer-key/2"
UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}
Text = Annotated[str, Field(min_length=1, max_length=200)]
SetName = Annotated[int, Field(ge=1, le=1000)]


class KeyQuestion(BaseModel):
    """One question: its option ids, in the key's own order, and those of them that are answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text
    neuron: Annotated[int | None, Field(description="its number; null: of a catch question, or not known")] = None
    kind: Annotated[
        Literal["neuron", "feature"] | None, Field(description="of the unit; null: all of the study's are of one kind")
    ] = None
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


class CatchQuestion(KeyQuestion):
    """A catch question: its answer repeats a picture that is shown. condition, set: whose it is; null: anybody's."""

    condition: Annotated[ConditionId | None, Field(description="name of the condition whose it is; null: any")] = None
    set: Annotated[SetName | None, Field(description="name of the set whose it is; null: any")] = None


class QuestionSet(BaseModel):
    """The questions that one participant is asked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: SetName
    questions: Annotated[tuple[Text, ...], Field(min_length=1, description="their ids", json_schema_extra=UNIQUE)]


class Key(BaseModel):
    """answer_key.json. layout "original": the files of the 2021 pages, whose options are fixed positions.

    Keys before imetric-answer-key/2 name neither conditions nor sets: theirs are the paper's three, and one set.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["imetric-answer-key/1", "imetric-answer-key/2"] = FORMAT
    study_id: Text
    layout: Annotated[Literal["pages", "original"], Field(description="of the participants' files")] = "pages"
    questions: Annotated[tuple[KeyQuestion, ...], Field(min_length=1, max_length=5000)]
    catch: Annotated[tuple[CatchQuestion, ...], Field(description="catch questions, not scored")] = ()
    conditions: Annotated[Conditions, Field(description="of the study, in its order; default: the paper's")] = PAPER
    sets: Annotated[
        tuple[QuestionSet, ...], Field(description="each question is in one; default: one set of all questions")
    ] = ()
    reference: Annotated[
        ConditionId | None, Field(description="the condition that all are compared with; null: all pairs are compared")
    ] = None
    contrasts: Annotated[
        tuple[tuple[ConditionId, ConditionId], ...], Field(description="planned: [condition, against]")
    ] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_set(cls, content: Any) -> Any:
        """Without sets, all questions are one."""
        if not isinstance(content, dict) or content.get("sets"):
            return content
        questions = content.get("questions")
        if not isinstance(questions, list | tuple):
            return content
        ids = [q.get("id") if isinstance(q, dict) else getattr(q, "id", None) for q in questions]
        return {**content, "sets": [{"name": 1, "questions": ids}]} if all(isinstance(i, str) for i in ids) else content

    @model_validator(mode="after")
    def _consistent(self) -> Key:
        ids = [question.id for question in (*self.questions, *self.catch)]
        if len(set(ids)) < len(ids):
            raise ValueError("questions has an id twice")
        if len(self.by_set) < len(self.sets):
            raise ValueError("sets has a name twice")
        asked = [question for each in self.sets for question in each.questions]
        if len(set(asked)) < len(asked) or set(asked) != self.by_id.keys():
            raise ValueError("sets should hold each question once")
        named = [self.reference, *(name for pair in self.contrasts for name in pair)]
        named += [question.condition for question in self.catch]
        unknown = [name for name in named if name is not None and name not in self.conditions]
        if unknown:
            raise ValueError(f"{unknown[0]} is not among conditions, which are {self.conditions.listed()}")
        if any(first == against for first, against in self.contrasts):
            raise ValueError("contrasts should compare two conditions")
        if any(question.set is not None and question.set not in self.by_set for question in self.catch):
            raise ValueError("catch names a set that is not among sets")
        return self

    @cached_property
    def by_id(self) -> dict[str, KeyQuestion]:
        return {question.id: question for question in self.questions}

    @cached_property
    def catch_by_id(self) -> dict[str, KeyQuestion]:
        return {question.id: question for question in self.catch}

    @cached_property
    def by_set(self) -> dict[int, tuple[KeyQuestion, ...]]:
        """Set name -> its questions, in the set's order."""
        known = {question.id: question for question in self.questions}
        return {each.name: tuple(known[i] for i in each.questions if i in known) for each in self.sets}

    @cached_property
    def set_of(self) -> dict[str, int]:
        """Question id -> name of the set that asks it."""
        return {question: each.name for each in self.sets for question in each.questions}

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(options, answers) of each question."""
        return tuple((len(question.options), len(question.answers)) for question in self.questions)

    def sizes_of(self, name: int) -> tuple[tuple[int, int], ...]:
        """(options, answers) of each question of a set."""
        return tuple((len(question.options), len(question.answers)) for question in self.by_set[name])

    @property
    def possible(self) -> int:
        """A participant's highest total: one for each answer of each question of a set (30 for ten with three each).

        Where sets differ in it, that of the largest.
        """
        return max(sum(answers for _, answers in self.sizes_of(name)) for name in self.by_set)


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
