"""Section [questions]: how questions are composed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from .section import Section


class QuestionSettings(Section):
    """How questions are composed, or where given ones are."""

    kind: Literal["drawn", "files"] = Field(
        "drawn", description="drawn from the neurons' groups, or given as files: <neuron>/option1…, example1…"
    )
    path: Path | None = Field(None, description="folder of given questions (files only)")
    answer_file: Path | None = Field(
        None, description='JSON of given answers, positions from 0: {"291": {"answers": [2, 5, 3]}} (files only)'
    )
    sets: int = Field(1, ge=1, le=100, description="sets of questions; each participant is asked one of them")
    count: int | None = Field(None, ge=1, le=200, description="questions of a set; default: [selection] count")
    options: int = Field(9, ge=2, le=25, description="pictures to choose from")
    answers: int = Field(3, ge=1, description="how many of them are from the top group, and how many are to be chosen")
    distractors: Literal["bottom", "matched"] = Field(
        "bottom",
        description="wrong options at random from the bottom group, as in the paper; or matched: as many of them as "
        "there are answers are as much alike as the answers are",
    )
    examples: int = Field(4, ge=2, le=16, description="dataset examples; condition 3 shows the last two")
    duplicate_distance: float = Field(
        0.06,
        ge=0,
        le=1,
        description="root mean square difference of 8x8 thumbnails below which pictures are near-duplicates",
    )

    @model_validator(mode="after")
    def _some_are_wrong(self) -> QuestionSettings:
        if self.answers >= self.options:
            raise ValueError(f"answers must be fewer than the {self.options} options")
        if self.kind == "files" and (self.path is None or self.answer_file is None):
            raise ValueError("kind = 'files' needs a path and an answer_file")
        return self
