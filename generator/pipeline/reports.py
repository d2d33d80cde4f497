"""What a build and a selection come back with, as the command line tells it and notebooks show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from ..models import Activations
from ..pictures import PictureSet
from ..pictures.sheet import Row, Sheet, Shown
from ..progress import StageReport
from ..selection.neurons import Selection
from ..selection.page import neuron_panels
from ..sites.page import SiteReport
from ..study import Study


@dataclass
class BuildReport:
    """What a build made. passing: neurons that pass the criteria, None where questions came from files.

    out: folder of the sites; private: of the answer key; peak_memory: bytes of the main process at its largest;
    warnings: what a researcher must know.
    """

    study_id: str
    name: str
    neurons: tuple[int, ...]
    units: int
    passing: int | None
    out: Path
    private: Path
    stages: list[StageReport]
    sites: list[SiteReport] = field(default_factory=list)
    peak_memory: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> Path:
        """The answer key."""
        return self.private / "answer_key.json"

    def rows(self) -> list[tuple[str, str]]:
        """What was made and where it is: a word and its value."""
        why = "given as files" if self.passing is None else f"{self.passing} of {self.units} pass the criteria"
        seconds = sum(stage.seconds for stage in self.stages)
        return [
            *(("site", f"{site.path}  {site.bytes / 1e6:.2f} MB, {site.files} files") for site in self.sites),
            ("neurons", f"{', '.join(map(str, self.neurons))}  ({why})"),
            ("answer key", f"{self.key}  (private: never publish it)"),
            ("look first", f"{self.private / 'diagnostics'}: neurons.png, selection.html"),
            ("took", f"{seconds:.1f} s, {self.peak_memory / 1e9:.2f} GB at most"),
            ("next", f"python -m generator serve{'' if self.out == Path('dist') else f' --out {self.out}'}"),
        ]

    def __repr__(self) -> str:
        lines = [f"{word}: {value}" for word, value in [*self.rows(), *(("note", each) for each in self.warnings)]]
        return "\n".join([f"Study {self.study_id} ({self.name})", *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows: a table."""
        told = [*self.rows(), *(("note", each) for each in self.warnings)]
        left = 'style="text-align:left"'
        lines = "".join(f"<tr><th {left}>{word}</th><td {left}>{escape(value)}</td></tr>" for word, value in told)
        caption = f'<caption style="text-align:left">Study {self.study_id} ({escape(self.name)})</caption>'
        return f"<table>{caption}{lines}</table>"


@dataclass
class SelectionReport(Shown):
    """The neurons that a build of the study would ask about, and why.

    activations: of the pictures [N, U]; visualizations: neuron -> uint8 [S, S, 3]; private: folder of the page
    that explains the choice, None where it was not asked for.
    """

    study_id: str
    study: Study
    selection: Selection
    pictures: PictureSet
    activations: Activations
    visualizations: dict[int, np.ndarray]
    private: Path | None
    stages: Sequence[StageReport]
    warnings: tuple[str, ...] = ()

    @property
    def neurons(self) -> tuple[int, ...]:
        """The chosen ones, in the order of the questions."""
        return tuple(neuron.index for neuron in self.selection.neurons)

    @property
    def units(self) -> int:
        """How many neurons the layer has."""
        return self.activations.shape[1]

    @property
    def passing(self) -> int:
        """How many pass the criteria."""
        assert self.selection.criteria is not None  # without criteria there is nothing to select
        return int(self.selection.criteria.passes.sum())

    def describe(self) -> str:
        """The neurons, and how many pass the criteria."""
        return f"neurons {', '.join(map(str, self.neurons))}  ({self.passing} of {self.units} pass the criteria)"

    def __repr__(self) -> str:
        return self.describe()

    @property
    def sheet(self) -> Sheet:
        """A row for each neuron: its feature visualization and its most active pictures."""
        criteria = self.selection.criteria
        assert criteria is not None
        panels = neuron_panels(
            self.neurons, self.activations, self.pictures.pixels, criteria, self.visualizations
        )  # fmt: skip
        rows = []
        for panel in panels.values():
            title = (
                f"neuron {panel.neuron}: top group from {panel.top_smallest:.3g}, bottom group up to "
                f"{panel.bottom_largest:.2g}"
            )
            own = [] if panel.visualization is None else [panel.visualization]
            captions = ["visualization"] * len(own) + ["most active", *[""] * (len(panel.top) - 1)]
            rows.append(Row(title, [*own, *panel.top], captions))
        return Sheet(tuple(rows))
