"""The paper's pilot study: two methods side by side on randomly chosen neurons -> dist/pilot and a private key.

Appendices A and B of the paper: (1) six pictures from noise per neuron and method, (2) three from noise beside three
from pictures, (3) one picture as it grows, every 30 iterations from 30 to 300.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..errors import StudyError
from ..models import Activations
from ..pictures.pixels import Pixels
from ..pipeline import activate, begin
from ..progress import Reporter
from ..sites.folder import check_apart, check_out
from ..sites.pilot_page import render_pilot_site
from ..store import Place, digest_of, write_atomically
from ..study import Study
from ..study.site import SiteSettings
from ..study.visualization import METHODS, VisualizationSettings

KEY_FORMAT = "imetric-pilot-key/1"
PARTS = ("patterns", "starts", "iterations")  # in the order in which they are asked


class PilotSettings(BaseModel):
    """What the pilot shows; the defaults are the paper's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neurons: int = Field(5, ge=1, le=100, description="how many, chosen at random among those that ever fire")
    methods: tuple[str, ...] = ("madry", "lucent")
    noise_seeds: int = Field(6, ge=1, le=24, description="pictures from noise in part 1")
    starts: int = Field(3, ge=1, le=12, description="pictures from noise, and from pictures, in part 2")
    iterations: int = Field(200, ge=1, description="steps of parts 1 and 2")
    film: tuple[int, ...] = Field(tuple(range(30, 301, 30)), description="iterations shown in part 3")
    masked: bool = Field(True, description="show methods as A and B")

    @model_validator(mode="after")
    def _possible(self) -> PilotSettings:
        unknown = [method for method in self.methods if method not in METHODS]
        if unknown or not self.methods or len(set(self.methods)) < len(self.methods):
            raise ValueError(f"methods should be some of {', '.join(METHODS)}, each once")
        if self.starts > self.noise_seeds:
            raise ValueError("starts should be noise_seeds or fewer: part 2 shows some of part 1's pictures again")
        if not self.film or sorted(set(self.film)) != list(self.film) or self.film[0] < 1:
            raise ValueError("film should be rising numbers of iterations, from 1")
        return self


@dataclass(frozen=True)
class PilotPicture:
    """One picture of a task, uint8 [S, S, 3]; start: 'noise' or 'picture'; iteration: when in the film, else None."""

    pixels: np.ndarray
    start: str = "noise"
    iteration: int | None = None


@dataclass(frozen=True)
class Task:
    """One page of the pilot. neuron and method as participants see them."""

    id: str
    part: str
    neuron: str
    method: str
    pictures: tuple[PilotPicture, ...]


@dataclass(frozen=True)
class PilotReport:
    """What was built: the site's folder and bytes, the key's path, the chosen neurons."""

    path: Path
    bytes: int
    key: Path
    neurons: tuple[int, ...]


def build_pilot(
    study: Study,
    settings: PilotSettings,
    *,
    out: Path = Path("dist"),
    private: Path = Path("private"),
    artifacts: Place = Path("artifacts"),
    device: str = "auto",
    reporter: Reporter,
) -> PilotReport:
    """Random neurons of the study's network, both methods' pictures of them -> out/pilot and its key under `private`.

    Pictures and activations are kept in `artifacts`; visualizations are made anew each time. Raises StudyError.
    """
    check_apart(out, private, artifacts)
    check_out(out, ["pilot"])
    context = begin(study, artifacts, device, reporter)
    pictures, activations = activate(study, context)
    neurons = choose_neurons(activations, settings.neurons, study.seed)
    with context.stage("visualization", "image-steps", kept=False) as now:
        tasks, labels = make_tasks(
            context.handle.network, neurons, pictures.pixels, settings, study.visualization, study.seed,
            reporter.advance,
        )  # fmt: skip
        now.result = f"{len(tasks)} tasks about {len(neurons)} neurons"
    return write_pilot(
        tasks, labels, neurons, settings, study.visualization, study.site, [context.handle.identity, pictures.digest],
        study.seed, out, private,
    )  # fmt: skip


def choose_neurons(activations: Activations, count: int, seed: int) -> list[int]:
    """Random neurons among those that any picture activates; activations [N, units]. Raises StudyError."""
    alive = np.flatnonzero(activations.extremes(1)[0] > 0)
    if count > len(alive):
        raise StudyError(
            f"{count} neurons were asked for and {len(alive)} of the layer's {activations.shape[1]} ever fire on these "
            f"pictures; ask for {len(alive)} or fewer"
        )
    return sorted(int(n) for n in np.random.default_rng(seed).choice(alive, count, replace=False))


def labels_of(settings: PilotSettings, seed: int) -> dict[str, str]:
    """Shown name -> method: 'A' and 'B' in an order drawn from the seed, or the names themselves."""
    if not settings.masked:
        return {method: method for method in settings.methods}
    order = np.random.default_rng([seed, 1]).permutation(len(settings.methods))
    return {chr(ord("A") + k): settings.methods[m] for k, m in enumerate(order)}


def make_tasks(
    network: Any,
    neurons: Sequence[int],
    pictures: np.ndarray | Pixels,
    pilot: PilotSettings,
    settings: VisualizationSettings,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Task], dict[str, str]]:
    """All tasks, and what their labels stand for. pictures: uint8 [N, S, S, 3] that part 2 may start at."""
    rng = np.random.default_rng([seed, 2])
    starts = [pictures[rng.choice(len(pictures), pilot.starts, replace=False)] for _ in neurons]
    labels = labels_of(pilot, seed)
    per_neuron = (pilot.noise_seeds + pilot.starts) * pilot.iterations + pilot.film[-1]
    done, total = 0, per_neuron * len(neurons) * len(labels)

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        on_progress(done, total)

    tasks: list[Task] = []
    for label, method in labels.items():
        by_method = settings.by(method).model_copy(update={"iterations": pilot.iterations})
        pictures_of_neurons = _visualized(network, neurons, starts, pilot, by_method, seed, advance)
        for number, parts in enumerate(pictures_of_neurons, start=1):
            tasks += [
                Task(f"{part}-n{number}-{label.lower()}", part, f"n{number}", label, shown)
                for part, shown in parts.items()
            ]
    return sorted(tasks, key=lambda task: (PARTS.index(task.part), task.neuron, task.method)), labels


def _visualized(
    network: Any,
    neurons: Sequence[int],
    starts: Sequence[np.ndarray],
    pilot: PilotSettings,
    settings: VisualizationSettings,
    seed: int,
    advance: Callable[[int], None],
) -> list[dict[str, tuple[PilotPicture, ...]]]:
    """The pictures of each part, for every neuron, by the method of the settings.

    starts: for every neuron the pictures uint8 [starts, S, S, 3] that part 2 starts at.
    """
    from ..explanations.visualization.items import Item
    from ..explanations.visualization.optimizer import visualize

    from_noise = [Item(n, seed + k) for n in neurons for k in range(pilot.noise_seeds)]
    from_pictures = [Item(n, seed, start) for n, own in zip(neurons, starts, strict=True) for start in own]
    made = [one.pixels for one in visualize(network, from_noise + from_pictures, settings, on_progress=advance)]
    films = visualize(
        network, [Item(n, seed) for n in neurons], settings.model_copy(update={"iterations": pilot.film[-1]}),
        snapshots=pilot.film, on_progress=advance,
    )  # fmt: skip
    found = []
    for k, film in enumerate(films):
        noise = [PilotPicture(p) for p in made[k * pilot.noise_seeds : (k + 1) * pilot.noise_seeds]]
        first = len(from_noise) + k * pilot.starts
        grown = [PilotPicture(p, "picture") for p in made[first : first + pilot.starts]]
        found.append({
            "patterns": tuple(noise),
            "starts": (*noise[: pilot.starts], *grown),
            "iterations": tuple(PilotPicture(film.snapshots[i], "noise", i) for i in pilot.film),
        })  # fmt: skip
    return found


def write_pilot(
    tasks: Sequence[Task],
    labels: dict[str, str],
    neurons: Sequence[int],
    pilot: PilotSettings,
    settings: VisualizationSettings,
    site: SiteSettings,
    made_from: Sequence[str],
    seed: int,
    out: Path,
    private: Path,
) -> PilotReport:
    """Render out/pilot and write private/<study>/pilot_key.json, which says what labels and names stand for.

    made_from: the network's identity and the pictures' digest; with the settings they make the study's id.
    """
    how = settings.model_dump(mode="json", exclude={"method", "iterations", "batch", "path", "files", "most"})
    study = digest_of([list(made_from), pilot.model_dump(mode="json"), how, list(neurons), seed])[:10]
    named = {f"n{k}": n for k, n in enumerate(neurons, 1)}
    key = {
        "format": KEY_FORMAT, "study_id": study, "labels": labels, "neurons": named, "iterations": list(pilot.film),
        "settings": pilot.model_dump(mode="json"),
    }  # fmt: skip
    report = render_pilot_site(tasks, study, site, out)
    path = private / study / "pilot_key.json"
    write_atomically(path, json.dumps(key, indent=1).encode() + b"\n")
    return PilotReport(report.path, report.bytes, path, tuple(neurons))
