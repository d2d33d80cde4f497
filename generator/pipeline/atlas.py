"""atlas(studies): networks and pictures -> a site with every unit of their layers and what explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..atlas.explaining import UnitGridcams, UnitPaths, UnitVisualizations
from ..atlas.figures import figures_of
from ..atlas.grid import kept, side_of
from ..atlas.layout import lay_out
from ..atlas.records import UnitScores
from ..atlas.reports import MANIFEST, read_reports
from ..atlas.site import write_atlas
from ..atlas.view import View, shown_pictures
from ..errors import StudyError
from ..explanations.paths import Paths
from ..progress import Reporter, StageReport
from ..record.manifest import network_told
from ..sites.folder import ALONE, check_apart, check_out, sites_in
from ..sites.page import SiteReport
from ..store import Place, digest_of
from ..study import Study, load_study
from ..study.conditions import in_words
from ..study.visualization import METHODS
from .context import BuildContext, Executors, activate, begin, here


@dataclass
class AtlasReport:
    """What an atlas holds. views: of each its network, layer and number of units; warnings: what should be known."""

    site: SiteReport
    views: list[tuple[str, str, int]]
    stages: list[StageReport]
    warnings: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, str]]:
        """What was made and where it is: a word and its value."""
        out = self.site.path.parent
        seconds = sum(stage.seconds for stage in self.stages)
        return [
            ("site", f"{self.site.path}  {self.site.bytes / 1e6:.2f} MB, {self.site.files} files"),
            *(("view", f"{units} units of {layer}, {network}") for network, layer, units in self.views),
            ("took", f"{seconds:.1f} s"),
            ("next", f"python -m generator serve{'' if out == Path('dist') else f' --out {out}'}"),
        ]

    def __repr__(self) -> str:
        return "\n".join(f"{word}: {value}" for word, value in [*self.rows(), *(("note", w) for w in self.warnings)])


def atlas(
    studies: Sequence[Study],
    *,
    neurons: Sequence[int] | None = None,
    methods: Sequence[str] = (),
    layers: Sequence[str] = (),
    visualizations: int = 1,
    gridcams: bool = True,
    reports: Sequence[Path] = (),
    private: Path = Path("private"),
    out: Path = Path("dist"),
    artifacts: Place = Path("artifacts"),
    device: str = "auto",
    fresh: bool = False,
    executors: Executors = here,
    reporter: Reporter,
) -> AtlasReport:
    """Explain the units of each study's layer, and of each of these layers, and write the site out/atlas.

    neurons: units shown, None: all; methods: of visualization, none: those of the study file, else names of those or of
    built-in ones; layers: dotted module names, none: the study's; visualizations: of a unit by each method; reports:
    folders of scoring's reports or of observers' records, whose studies' manifests lie under `private`.
    executors: where tasks are done, see `executing`. Finished work is kept in `artifacts` and taken from there unless
    `fresh`. Raises StudyError.
    """
    check_apart(out, private, artifacts)
    check_out(out, ["atlas"])
    shown = [
        of_layer
        for study in studies
        for of_layer in ([with_layer(study, layer) for layer in layers] if layers else [study])
    ]
    shown = [with_methods(study, methods) for study in shown]
    names = [list(methods or study.methods) for study in shown]
    contexts = [
        begin(study, artifacts, device, reporter, fresh, methods=of, executors=executors)
        for study, of in zip(shown, names, strict=True)
    ]
    networks = {f"v{k}": context.handle.identity for k, context in enumerate(contexts)}
    if (twice := len(networks) - len(set(networks.values()))) > 0:
        raise StudyError(f"{twice + 1} views of this atlas are of one network and layer: name each layer once")
    scores, notes = read_reports(reports, private, networks)
    for note in [*notes, *_running(out, private, set(networks.values()))]:
        reporter.warn(note)
    views = [
        _view(view, study, context, neurons, visualizations, gridcams, scores[view])
        for view, study, context in zip(networks, shown, contexts, strict=True)
    ]
    atlas_id = digest_of([[view.network, view.pictures.digest, view.describe(), view.units] for view in views])[:10]
    last = contexts[-1]
    with last.stage("site", "units", kept=False) as now:
        site = write_atlas(views, studies[0].site, atlas_id, out, last.store, reporter.advance)
        now.result = f"{site.path} ({site.bytes / 1e6:.2f} MB, {site.files} files)"
    stages = [stage for context in contexts for stage in context.stage.finished]
    return AtlasReport(site, [(view.study.model.name, view.layer, len(view.units)) for view in views], stages)


def with_layer(study: Study, layer: str) -> Study:
    """The same study of another layer."""
    return study.model_copy(update={"model": study.model.model_copy(update={"layer": layer})})


def with_methods(study: Study, names: Sequence[str]) -> Study:
    """The study with these methods of visualization, those that it does not declare as they are by default.

    Raises StudyError for a name that is neither a method of the study nor built in.
    """
    added = {}
    for name in names:
        if name in study.methods:
            continue
        if name not in METHODS:
            known = in_words(dict.fromkeys([*study.methods, *METHODS]))
            raise StudyError(f"--methods {name!r} is none of this study: allowed are {known}")
        usual = {"model": {"name": study.model.name}, "visualization": {"method": name}}
        added[name] = load_study(None, usual).visualization
    return study.model_copy(update={"visualizations": {**study.visualizations, **added}})


def _view(
    name: str,
    study: Study,
    context: BuildContext,
    neurons: Sequence[int] | None,
    visualizations: int,
    gridcams: bool,
    scores: Mapping[int, UnitScores],
) -> View:
    """Everything that a view shows, computed and kept."""
    pictures, activations = activate(study, context)
    layer = study.model.layer or context.handle.network.layer
    units = _units(neurons, activations.shape[1], layer)
    with context.stage("layout", "units") as now:
        figures, described = figures_of(activations, pictures, study.selection, study.seed)
        described = described[list(units)]
        points, cells = lay_out(described, study.seed, context.store)
        side = side_of(len(units))
        beside = f", {kept(points, cells):.0%} of nearest neighbours side by side" if len(units) > 9 else ""
        now.result = f"{len(units)} units of {layer} on {side} x {side} cells{beside}"

    def start_of(unit: int, rank: int) -> np.ndarray:
        return pictures.pixels[int(figures.top[min(rank, len(figures.top) - 1), unit])]

    explained = {
        method: UnitVisualizations(each, visualizations, start_of) for method, each in context.visualizers.items()
    }
    with context.stage("visualization", "units") as now:
        for k, of_method in enumerate(explained.values()):
            of_method.make(units, _part(context.reporter.advance, k, len(explained)))
        now.result = f"of {len(units)} units by {', '.join(explained)}"
    paths = UnitPaths(Paths(context.handle, context.store), pictures, figures)
    with context.stage("paths", "units") as now:
        paths.make(units, list(explained.values()), context.reporter.advance)
        now.result = "of their visualizations, beside those of top pictures"
    cams: UnitGridcams | None = None
    if gridcams:
        cams = UnitGridcams(study.gridcam, context.handle, context.store, context.executor, pictures)
        with context.stage("grid-cam", "pictures") as now:
            wanted = shown_pictures(figures, units)
            cams.make(wanted, context.reporter.advance)
            pairs = sum(map(len, wanted.values()))
            now.result = f"{len(wanted)} pictures for {pairs} places, {len(study.gridcam.windows)} levels"
    return View(
        name, study, context.handle.identity, layer, pictures, figures, units, cells, described, explained, paths,
        cams,
        {unit: scores[unit] for unit in units if unit in scores},
    )  # fmt: skip


def _part(advance: Callable[[float, float], None], place: int, parts: int) -> Callable[[float, float], None]:
    """Progress of one of several equal parts."""
    return lambda done, total: advance(place * total + done, parts * total)


def _units(neurons: Sequence[int] | None, units: int, layer: str) -> tuple[int, ...]:
    """The units shown, in their order, each once. Raises StudyError for one that the layer does not have."""
    if neurons is None:
        return tuple(range(units))
    beyond = next((unit for unit in neurons if not 0 <= unit < units), None)
    if beyond is not None:
        raise StudyError(f"--neurons names {beyond}, but the neurons of layer '{layer}' are 0 to {units - 1}")
    return tuple(sorted(set(neurons)))


def _running(out: Path, private: Path, networks: set[str]) -> list[str]:
    """What to know where sites of a study lie beside the atlas that may ask about the same network."""
    notes = []
    for study_id in dict.fromkeys(site.study_id for site in sites_in(out) if site.experiment not in ALONE):
        network = network_told(private / study_id / MANIFEST)
        if network is None or network in networks:
            may = "asks" if network else "may ask"
            notes.append(
                f"{out} holds sites of study {study_id}, which {may} about units of this atlas: whoever takes part "
                "could look its answers up; publish the atlas when nobody takes part any more, or elsewhere"
            )
    return notes
