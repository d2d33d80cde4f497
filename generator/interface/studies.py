"""Whole studies: the choice of neurons, and the sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import StudyError
from ..pipeline import BuildReport, SelectionReport, explain_selection
from ..pipeline import build as build_sites
from ..pipeline.atlas import AtlasReport, atlas
from ..pipeline.context import executing
from ..progress import Progress, Reporter, Told
from ..store import place_of
from ..study import Study, load_study

StudyLike = Study | Mapping[str, Any] | str | Path | None


def study_of(study: StudyLike) -> Study:
    """A study, its file, or what a study file would say as a dictionary -> the checked settings; None: the default.

    Raises StudyError.
    """
    if isinstance(study, Study):
        return study
    if study is None or isinstance(study, (str, Path)):
        return load_study(None if study is None else Path(study))
    if isinstance(study, Mapping):
        return load_study(None, study)
    raise StudyError(f"a study cannot be a {type(study).__name__}: it is a Study, a file or a dictionary of settings")


def select(
    study: StudyLike = None,
    *,
    private: str | Path | None = None,
    artifacts: str | Path = "artifacts",
    device: str = "auto",
    cluster: str | None = None,
    progress: Progress | Reporter | None = None,
) -> SelectionReport:
    """A study -> its neurons as a build would choose them, with their pictures and why.

    private: folder to write the page and the JSON file into that explain the choice; None: neither is written.
    Raises StudyError.
    """
    told = Told(progress)
    with executing(cluster, device, told) as executors:
        report = explain_selection(
            study_of(study), private=None if private is None else Path(private), artifacts=place_of(artifacts),
            device=device, executors=executors, reporter=told,
        )  # fmt: skip
    report.warnings = tuple(told.warnings)
    return report


def build(
    study: StudyLike = None,
    *,
    conditions: int | str | Sequence[int | str] | None = None,
    out: str | Path = "dist",
    private: str | Path = "private",
    artifacts: str | Path = "artifacts",
    device: str = "auto",
    fresh: bool = False,
    cluster: str | None = None,
    progress: Progress | Reporter | None = None,
) -> BuildReport:
    """A study -> a site for each of these conditions (None: the study's own) under `out`, its key under `private`.

    Finished work is kept in `artifacts`, a folder or an address such as s3://bucket/prefix, and taken from there unless
    `fresh`; cluster: `auto` or the address of a Ray cluster that computes (docs/cluster.md). Raises StudyError.
    """
    told = Told(progress)
    names = [conditions] if isinstance(conditions, (int, str)) else conditions
    with executing(cluster, device, told) as executors:
        report = build_sites(
            study_of(study), conditions=names, out=Path(out), private=Path(private), artifacts=place_of(artifacts),
            device=device, fresh=fresh, executors=executors, reporter=told,
        )  # fmt: skip
    report.warnings = tuple(told.warnings)
    return report


def build_atlas(
    study: StudyLike | Sequence[StudyLike] = None,
    *,
    neurons: Sequence[int] | None = None,
    methods: Sequence[str] = (),
    layers: Sequence[str] = (),
    visualizations: int = 1,
    gridcams: bool = True,
    reports: Sequence[str | Path] = (),
    private: str | Path = "private",
    out: str | Path = "dist",
    artifacts: str | Path = "artifacts",
    device: str = "auto",
    fresh: bool = False,
    cluster: str | None = None,
    progress: Progress | Reporter | None = None,
) -> AtlasReport:
    """A study, or several -> a site under `out` with every unit of their layers, laid out by likeness.

    neurons: units shown, None: all; methods: of visualization, none: the studies' own; layers: none: the studies' own,
    else a view of each; visualizations: of a unit by each method; reports: folders of scoring's reports, and of
    observers' records; cluster: `auto` or the address of a Ray cluster that computes. Finished work is kept in
    `artifacts`. Raises StudyError.
    """
    told = Told(progress)
    several = study if isinstance(study, Sequence) and not isinstance(study, str) else [study]
    with executing(cluster, device, told) as executors:
        report = atlas(
            [study_of(each) for each in several], neurons=neurons, methods=methods, layers=layers,
            visualizations=visualizations, gridcams=gridcams, reports=[Path(each) for each in reports],
            private=Path(private), out=Path(out), artifacts=place_of(artifacts), device=device, fresh=fresh,
            executors=executors, reporter=told,
        )  # fmt: skip
    report.warnings = tuple(told.warnings)
    return report
