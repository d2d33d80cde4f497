"""Which conditions a study has, what each shows of a neuron, and how they are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from .section import Section

CONTROL = "none"
PAPER: tuple[int | str, ...] = (1, 2, 3)  # the paper's three experiments
PRESETS: tuple[int | str, ...] = (*PAPER, CONTROL, "shuffled")
RESERVED = (*PRESETS, "all", "pilot", "atlas")  # what a declared condition is not called
NAME = re.compile("[a-z][a-z0-9-]{0,30}")


def condition_name(word: object) -> int | str:
    """A name as it is written in files: the paper's as numbers, others as text. Raises ValueError for what is none."""
    if isinstance(word, str) and word.isdecimal():
        word = int(word)
    if word in PRESETS and not isinstance(word, bool | float):
        return word  # type: ignore[return-value]  # which is one of the presets'
    if isinstance(word, str) and NAME.fullmatch(word):
        return word
    raise ValueError(f"names {word!r}, and a condition is {in_words(PRESETS)} or a declared one")


ConditionName = Annotated[int | str, PlainValidator(condition_name)]


class ShownSettings(Section):
    """Pictures of one kind that a condition shows: dataset examples, or visualizations by one method."""

    examples: int | None = Field(None, ge=1, le=16, description="how many dataset examples, the last of the neuron's")
    visualizations: int | None = Field(None, ge=1, le=8, description="how many visualizations, the first of the method")
    method: str | None = Field(
        None, description="of the visualizations: the name of a [visualizations.NAME]; default: [visualization]"
    )
    gridcam: bool = Field(True, description="under grid-cams, with their slider; false: as they are")
    originals: bool = Field(True, description="whether pictures under grid-cams may be seen without them")

    @model_validator(mode="after")
    def _one_kind(self) -> ShownSettings:
        if (self.examples is None) == (self.visualizations is None):
            raise ValueError("takes elements of one kind each, { examples = 4 } or { visualizations = 2 }")
        if self.method is not None and self.examples is not None:
            raise ValueError("takes a method with visualizations only: dataset examples are made by none")
        return self


class ConditionSettings(Section):
    """Section [conditions.NAME]: a condition that the study file declares."""

    title: str = Field("", max_length=80, description="as reports print it; empty: its name")
    shows: tuple[ShownSettings, ...] = Field((), max_length=8, description="in the order shown; empty: nothing")
    explains: Literal["own", "shuffled"] = Field(
        "own", description="the neuron asked about, or another one of those asked, which nobody is told"
    )

    @model_validator(mode="after")
    def _something_is_shuffled(self) -> ConditionSettings:
        if self.explains == "shuffled" and not self.shows:
            raise ValueError("explains = 'shuffled' needs something that it shows")
        return self


class StudySettings(Section):
    """Section [study]: which conditions the study has."""

    conditions: tuple[ConditionName, ...] = Field(
        PAPER, min_length=1, max_length=20, description="presets (1, 2, 3, none, shuffled) and declared ones, in order"
    )

    @model_validator(mode="after")
    def _each_once(self) -> StudySettings:
        twice = next((n for k, n in enumerate(self.conditions) if n in self.conditions[:k]), None)
        if twice is not None:
            raise ValueError(f"conditions names {twice} twice")
        return self


class AnalysisSettings(Section):
    """Section [analysis]: how conditions are compared, as planned before any data."""

    reference: ConditionName | None = Field(
        None,
        description="the condition that all are compared with; default: none where the study has it, else all pairs",
    )
    contrasts: tuple[tuple[ConditionName, ConditionName], ...] = Field(
        (), description="planned comparisons: [condition, against]"
    )

    @model_validator(mode="after")
    def _of_two(self) -> AnalysisSettings:
        for first, against in self.contrasts:
            if first == against:
                raise ValueError(f"contrasts compares {first} with itself")
        return self


def in_words(names: Iterable[object]) -> str:
    """Names in a sentence: 'a, b and c'."""
    *first, last = map(str, names)
    return f"{', '.join(first)} and {last}" if first else last
