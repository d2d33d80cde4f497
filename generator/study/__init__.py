"""Study settings: a TOML file with what differs from the defaults, and the command line's words -> a checked Study."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..errors import StudyError
from .model import DOWNLOAD, ModelSettings
from .site import SiteSettings
from .visualization import VisualizationSettings

RESTRICTED_DEBIAS = (150, 250)  # the paper: pictures of each of the nine kinds

# Settings that name files or folders: relative to the study file, and no part of what a study is.
PATHS = (
    ("data", "path"), ("model", "weights"), ("visualization", "path"), ("questions", "path"),
    ("questions", "answer_file"), ("gridcam", "path"),
)  # fmt: skip

# Settings that may hold values of several types, and what is said of any other.
UNIONS = {
    ("data", "debias"): "should be two whole numbers, the fewest and the most, or false",
    ("model", "tokens"): "should be 'mean', 'class', 'each' or the number of a token",
}

# The creature network looks at 128 px where the paper's looks at 224: the same change per pixel is a step of 128 / 224,
# and fainter noise leaves its pictures cleaner. Everything else is the paper's.
WORLD_VISUALIZATION = {"step_size": 0.57, "noise_sd": 0.1}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(_Section):
    """Where pictures come from."""

    kind: Literal["world", "folder", "restricted-imagenet"] = Field(
        "world",
        description="the painted creature world, a folder of pictures, or ILSVRC2012's val/ by WordNet id (nine kinds)",
    )
    path: Path | None = Field(None, description="the folder; its subfolders are classes")
    per_class: int = Field(150, ge=1, le=100_000, description="pictures painted of every kind (world only)")
    debias: tuple[int, int] | Literal[False] | None = Field(
        None,
        description="fewest and most pictures of each class, drawn by the seed; false: all; "
        "default: 150 to 250 for restricted-imagenet, all for a folder",
    )

    @model_validator(mode="before")
    @classmethod
    def _restricted_is_debiased(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("kind") == "restricted-imagenet":
            return {"debias": RESTRICTED_DEBIAS, **values}
        return values

    @model_validator(mode="after")
    def _fits_its_kind(self) -> DataSettings:
        if self.kind != "world" and self.path is None:
            raise ValueError(f"kind = '{self.kind}' needs a path")
        if self.debias and self.kind == "world":
            raise ValueError("debias is for folders: the world paints per_class pictures of every kind")
        if self.debias and not 0 <= self.debias[0] <= self.debias[1]:
            raise ValueError("debias must be the fewest and the most pictures of each class, as in [150, 250]")
        return self


class SelectionSettings(_Section):
    """Which neurons are asked about; the first four criteria and their names are the paper's."""

    count: int = Field(10, ge=1, le=200, description="questions of the study")
    neurons: tuple[int, ...] = Field((), description="explicit neurons, in this order; empty: chosen by the criteria")
    top_edge_num: int = Field(100, ge=1, description="size of the top group, pictures with the highest activations")
    top_min: float = Field(0.11, ge=0, description="the smallest activation of the top group exceeds this")
    bottom_edge_num: int = Field(
        100, ge=1, description="size of the bottom group, pictures with the lowest activations"
    )
    min_max_ratio_min: float = Field(
        10_000.0, ge=1, description="smallest of the top group over largest of the bottom group, at least"
    )
    overlap_max: float = Field(
        0.5, ge=0, le=1, description="share of the top group that two chosen neurons may have in common"
    )
    similarity_max: float = Field(
        0.8,
        ge=-1,
        le=1,
        description="cosine of two neurons' visualizations, as the network represents them, centred on the pictures' "
        "mean, at most (two noises, one neuron: 95 in 100 exceed 0.95; two neurons: 1 in 100 exceeds 0.8, "
        "benchmarks/similarity.py)",
    )
    visualization_min: float = Field(
        1.0, ge=0, description="a visualization drives its neuron at least this many times the top group's smallest"
    )

    @model_validator(mode="after")
    def _each_neuron_once(self) -> SelectionSettings:
        twice = next((n for k, n in enumerate(self.neurons) if n in self.neurons[:k]), None)
        if twice is not None:
            raise ValueError(f"neurons names {twice} twice: a study asks about each neuron once")
        return self


class GridcamSettings(_Section):
    """The grid of windows (paper, section on grid-cam)."""

    cells: int = Field(8, ge=2, le=32, description="cells along each side of a picture")
    windows: tuple[int, ...] = Field((1, 2, 4, 7), description="side of the windows of each level, in cells")
    path: Path | None = Field(
        None,
        description="folder of given cell scores, <neuron>/<picture's name>.json or .npy [levels, cells, cells]; the "
        "name has no ending, and of pictures drawn from a folder it begins with their class",
    )
    unit: Literal["same", "nearest"] = Field(
        "same",
        description="of given questions: the unit with the neuron's own number, or, for a network other than the "
        "one they are about, the unit that tells their pictures apart best",
    )

    @model_validator(mode="after")
    def _windows_fit(self) -> GridcamSettings:
        if not self.windows or any(not 1 <= w <= self.cells for w in self.windows):
            raise ValueError(f"windows must be whole numbers of cells from 1 to {self.cells}")
        return self


class QuestionSettings(_Section):
    """How questions are composed, or where given ones are."""

    kind: Literal["drawn", "files"] = Field(
        "drawn", description="drawn from the neurons' groups, or given as files: <neuron>/option1…, example1…"
    )
    path: Path | None = Field(None, description="folder of given questions (files only)")
    answer_file: Path | None = Field(
        None, description='JSON of given answers, positions from 0: {"291": {"answers": [2, 5, 3]}} (files only)'
    )
    options: int = Field(9, ge=2, le=25, description="pictures to choose from")
    answers: int = Field(3, ge=1, description="how many of them are from the top group, and how many are to be chosen")
    examples: int = Field(4, ge=2, le=16, description="dataset examples; experiment 3 shows the last two")
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


class Study(_Section):
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
            given = getattr(self.selection, name)
            if given < needed:
                raise ValueError(
                    f"[selection] {name} = {given} is not allowed: a question takes {needed} {what} from it"
                )
        return self

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("name must be printable text")
        return value


def load_study(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Study:
    """A study file (or none) with the command line's settings on top -> a Study.

    overrides: nested like the file, {"data": {"kind": "folder", ...}}. Paths in the file are relative to the file.
    Raises StudyError naming file, field, value and what is allowed.
    """
    values: dict[str, Any] = {}
    where = "settings"
    if path is not None:
        where = str(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise StudyError(f"study file {path} does not exist") from error
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(f"study file {path} cannot be read: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise StudyError(f"study file {path} is not valid TOML: {error}") from error
        for section, key in PATHS:
            given = values.get(section)
            if isinstance(given, dict) and isinstance(given.get(key), str) and given[key] != DOWNLOAD:
                given[key] = str((path.parent / given[key]).resolve())
    for section, fields in (overrides or {}).items():
        given = values.get(section, {})
        if section == "data" and isinstance(given, Mapping) and given.get("kind", "world") not in ("world", "folder"):
            fields = {key: value for key, value in fields.items() if key != "kind"}  # only its path is another
        if not isinstance(fields, Mapping):
            values[section] = fields
        elif isinstance(given, Mapping):  # what is no section is told about below
            values[section] = {**given, **fields}
    model, visualization = values.get("model", {}), values.get("visualization", {})
    if isinstance(model, Mapping) and model.get("name", "world") == "world" and isinstance(visualization, Mapping):
        values["visualization"] = {**WORLD_VISUALIZATION, **visualization}
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        raise StudyError(_sentence(where, error)) from error


def _sentence(where: str, error: ValidationError) -> str:
    """The first thing wrong, as one sentence."""
    first = error.errors()[0]
    location = [part for part in first["loc"] if isinstance(part, str)]  # an element's number belongs to its field
    union = UNIONS.get(tuple(location[:2]))
    location = location[:2] if union else location
    section, field = ".".join(location[:-1]), location[-1] if location else ""
    place = f"[{section}] {field}" if section else field
    if first["type"] == "extra_forbidden":
        model: type[BaseModel] = Study
        for part in location[:-1]:
            model = model.model_fields[part].annotation  # type: ignore[assignment]
        allowed = list(model.model_fields)
        near = difflib.get_close_matches(field, allowed, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"allowed are {', '.join(allowed)}"
        return f"{where}: {place} is not a setting; {hint}"
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if first["type"] == "value_error":
        return f"{where}: {'[' + '.'.join(location) + '] ' if location else ''}{message}"
    if first["type"] == "model_type":
        message = f"is a section, [{field}], with settings of its own"
    elif union:
        message = union
    elif first["type"] in ("missing", "too_long"):  # of three numbers, some are not there or too many
        message = "should be three numbers"
    return f"{where}: {place} = {first['input']!r} is not allowed: it {message}"
