"""All settings of one study, checked together."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from .conditions import CONTROL, NAME, PRESETS, RESERVED, AnalysisSettings, ConditionSettings, StudySettings, in_words
from .data import DataSettings
from .gridcam import GridcamSettings
from .model import ModelSettings
from .observers import ObserverSettings
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
    study: StudySettings = StudySettings()
    conditions: dict[str, ConditionSettings] = Field({}, description="declared conditions, by name")
    visualizations: dict[str, VisualizationSettings] = Field({}, description="further methods or files, by name")
    analysis: AnalysisSettings = AnalysisSettings()
    observers: ObserverSettings = ObserverSettings()

    @property
    def methods(self) -> dict[str, VisualizationSettings]:
        """Name -> how its visualizations are made; first that of [visualization], which is called as its method."""
        return {self.visualization.method: self.visualization, **self.visualizations}

    @property
    def questions_of_a_set(self) -> int:
        """How many questions a participant is asked; of named neurons and given questions, as many as there are."""
        named = len(self.selection.neurons)
        return named // self.questions.sets if named else self.questions.count or self.selection.count

    @property
    def selects(self) -> SelectionSettings:
        """[selection] with the number of neurons that all sets together ask about."""
        return self.selection.model_copy(update={"count": self.questions_of_a_set * self.questions.sets})

    @property
    def reference(self) -> int | str | None:
        """The condition that all are compared with; None: all pairs are compared."""
        control = CONTROL if CONTROL in self.study.conditions else None
        return self.analysis.reference if self.analysis.reference is not None else control

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

    @model_validator(mode="after")
    def _sets_are_equal(self) -> Study:
        sets, named = self.questions.sets, len(self.selection.neurons)
        wanted = self.questions.count
        if named % sets or (named and wanted and named != sets * wanted):
            of = f"{sets} sets of {wanted} questions" if wanted else f"{sets} sets of equal size"
            raise ValueError(f"[selection] neurons names {named} neurons, which do not make {of}")
        if self.selects.count > 1000:
            raise ValueError(
                f"[questions] sets = {sets} with {self.questions_of_a_set} questions each are {self.selects.count}: at "
                "most 1000 are allowed"
            )
        return self

    @model_validator(mode="after")
    def _methods_have_names_of_their_own(self) -> Study:
        for name in self.visualizations:
            if not NAME.fullmatch(name):
                raise ValueError(f"[visualizations.{name}] is not allowed: a name is small letters, digits and -")
            if name == self.visualization.method:
                raise ValueError(f"[visualizations.{name}] has the name of [visualization] method: name it otherwise")
        return self

    @model_validator(mode="after")
    def _conditions_can_be_shown(self) -> Study:
        for name, condition in self.conditions.items():
            if name in map(str, RESERVED) or not NAME.fullmatch(name):
                raise ValueError(
                    f"[conditions.{name}] is not allowed: a name is small letters, digits and -, beginning with a "
                    f"letter, and none of {in_words(RESERVED)}"
                )
            self._check_shown(name, condition)
        known = (*PRESETS, *self.conditions)
        for what, names in (
            ("[study] conditions", self.study.conditions),
            ("[analysis] reference", () if self.analysis.reference is None else (self.analysis.reference,)),
            ("[analysis] contrasts", tuple(name for pair in self.analysis.contrasts for name in pair)),
        ):
            allowed = known if what == "[study] conditions" else self.study.conditions
            for named in names:
                if named not in allowed:
                    raise ValueError(f"{what} names {named!r}, and the conditions are {in_words(allowed)}")
        return self

    def _check_shown(self, name: str, condition: ConditionSettings) -> None:
        """Raises ValueError for pictures that the study does not have."""
        examples = sum(shown.examples or 0 for shown in condition.shows)
        if examples > self.questions.examples:
            raise ValueError(
                f"[conditions.{name}] shows {examples} dataset examples, and [questions] examples is "
                f"{self.questions.examples}"
            )
        for shown in condition.shows:
            if shown.method is not None and shown.method not in self.methods:
                raise ValueError(
                    f"[conditions.{name}] shows visualizations of {shown.method!r}, and the study has those of "
                    f"{in_words(self.methods)}"
                )
        for method, settings in self.methods.items():
            count = sum(
                shown.visualizations or 0
                for shown in condition.shows
                if (shown.method or self.visualization.method) == method
            )
            most = settings.most if settings.method == "files" else 8
            if count > most:
                limit = f"their setting most is {most}" if settings.method == "files" else "at most 8 are made"
                raise ValueError(f"[conditions.{name}] shows {count} visualizations of {method!r}, and {limit}")

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("name must be printable text")
        return value
