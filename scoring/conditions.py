"""The conditions of a study, what its participants are shown: names, titles, and how each is drawn.

They are declared by the answer key and passed as one value; nothing here or elsewhere counts how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, RootModel, WithJsonSchema, model_validator

CONTROL = "none"
_NAME = "[a-z][a-z0-9-]{0,30}"


def _name(value: object) -> int | str:
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000
    if not number and not (isinstance(value, str) and re.fullmatch(_NAME, value)):
        raise ValueError("should be the number or the name of a condition")
    return value  # type: ignore[return-value]  # which was just checked


# As the files write it, in their field `experiment`: the paper's three as numbers, every other by its name.
ConditionId = Annotated[
    int | str,
    PlainValidator(_name),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1000}, {"type": "string", "pattern": f"^{_NAME}$"}]}
    ),
]


@dataclass(frozen=True)
class Look:
    """Colour and marker of everything drawn of a condition."""

    colour: str
    marker: str


# Okabe and Ito's blue, vermilion and sky blue, and five more that are apart from these and each other for every kind of
# sight (at least 16 units of CIE Lab with protanopia and deuteranopia, 11 with tritanopia; Machado et al. 2009) and in
# grey (at least 16 of 255 levels apart).
_OWN_LOOKS: dict[int | str, Look] = {
    1: Look("#0072b2", "o"),
    2: Look("#d55e00", "s"),
    3: Look("#56b4e9", "D"),
    CONTROL: Look("#454545", "X"),
}
_OTHER_LOOKS = (Look("#35b186", "^"), Look("#e8a0c8", "P"), Look("#30004a", "v"), Look("#ecdd40", "*"))


class Shown(BaseModel):
    """One kind of picture that a condition shows."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["dataset_example", "feature_visualization"]
    count: Annotated[int, Field(ge=1, le=1000, description="how many pictures")]
    gridcam: Annotated[bool, Field(description="under grid-cams, with their slider")] = False
    originals: Annotated[bool, Field(description="whether the uncovered picture may be seen")] = True
    method: Annotated[str | None, Field(max_length=200, description="of visualization; null: of examples")] = None


class Condition(BaseModel):
    """A condition. title: as reports print it; shows nothing: a control."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[ConditionId, Field(description="`experiment` of the participants' files")]
    title: Annotated[str, Field(min_length=1, max_length=200, description="as reports print it")]
    shows: Annotated[tuple[Shown, ...], Field(description="in the order shown; empty: a control")] = ()
    explains: Annotated[
        Literal["own", "shuffled"], Field(description="the neuron asked about, or another of those asked")
    ] = "own"

    @property
    def label(self) -> str:
        """Its short name, for axes and legends."""
        return f"Experiment {self.name}" if isinstance(self.name, int) else self.name


class Conditions(RootModel[tuple[Condition, ...]]):
    """All conditions of a study, in its order; each name once."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _distinct(self) -> Conditions:
        if not self.root:
            raise ValueError("conditions should hold at least one")
        if len(set(self.names)) < len(self.root):
            raise ValueError("conditions has a name twice")
        return self

    def __iter__(self) -> Iterator[Condition]:  # type: ignore[override]  # a sequence of conditions, not of fields
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    def __contains__(self, name: object) -> bool:
        return not isinstance(name, bool) and name in self.names

    def __getitem__(self, name: int | str) -> Condition:
        return self.root[self.names.index(name)]

    @property
    def names(self) -> list[int | str]:
        return [condition.name for condition in self.root]

    @property
    def control(self) -> int | str | None:
        """The first condition that shows no explanation; None where every one does."""
        return next((condition.name for condition in self if not condition.shows), None)

    def in_order(self, names: Iterable[int | str]) -> list[int | str]:
        """Those conditions that are among names, each once, in the study's order."""
        among = set(names)
        return [name for name in self.names if name in among]

    def listed(self, form: str = "{}") -> str:
        """All names in words, each in a form: '1, 2 or none'."""
        *first, last = (form.format(name) for name in self.names)
        return f"{', '.join(first)} or {last}" if first else last

    def look(self, name: int | str) -> Look:
        """How it is drawn: presets alike in every study, the others with what is left, by their place among them.

        Up to eight conditions look different; beyond, looks come again.
        """
        if name in _OWN_LOOKS:
            return _OWN_LOOKS[name]
        left = [*_OTHER_LOOKS, *(look for preset, look in _OWN_LOOKS.items() if preset not in self)]
        return left[[other for other in self.names if other not in _OWN_LOOKS].index(name) % len(left)]


_EXAMPLES = {"kind": "dataset_example", "gridcam": True}
_VISUALIZATIONS = {"kind": "feature_visualization", "method": "madry"}
# Of every key before imetric-answer-key/2, which named none: those of the paper.
PAPER = Conditions.model_validate(
    [
        {"name": 1, "title": "feature visualization", "shows": [{**_VISUALIZATIONS, "count": 1}]},
        {"name": 2, "title": "dataset examples with grid-cam", "shows": [{**_EXAMPLES, "count": 4}]},
        {
            "name": 3, "title": "both, with grid-cam",
            "shows": [{**_EXAMPLES, "count": 2}, {**_VISUALIZATIONS, "count": 2, "gridcam": True}],
        },
    ]
)  # fmt: skip
