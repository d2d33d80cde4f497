"""All settings of one study, checked together."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from .data import DataSettings
from .gridcam import GridcamSettings
from .model import ModelSettings
from .questions import QuestionSettings
from .section import Section
from .selection import SelectionSettings
from .site import SiteSettings
from .visualization import VisualizationSettings


class Study(Section):
    """One configured run. Sections are those of the study file."""

    name: str = Field("creatures", min_length=1, max_length=80, description="names the study in files and on pages")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="everything random follows from it")
    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    selection: SelectionSettings = SelectionSettings()
    visualization: VisualizationSettings = VisualizationSettings()
    gridcam: GridcamSettings = GridcamSettings()
    questions: QuestionSettings = QuestionSettings()
    site: SiteSettings = SiteSettings()

    @model_validator(mode="after")
    def _groups_hold_a_question(self) -> Study:
        if self.questions.kind == "files":
            return self
        top, bottom = self.questions.answers + self.questions.examples, self.questions.options - self.questions.answers
        for name, needed, what in (
            ("top_edge_num", top, "answers and dataset examples"),
            ("bottom_edge_num", bottom, "wrong options"),
        ):
            value = getattr(self.selection, name)
            if value < needed:
                raise ValueError(
                    f"[selection] {name} = {value} is not allowed: a question takes {needed} {what} from it"
                )
        return self

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("name must be printable text")
        return value
