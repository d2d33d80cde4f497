"""What explains the neurons, as stages of a build: questions -> questions with visualizations, then with grid-cams.

Each visualization and each grid-cam is kept as soon as it is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import PACKAGE
from ..errors import StudyError
from ..models import ACTIVATION_SOURCES, Activations, NetworkHandle
from ..pictures import PictureSet
from ..questions.question import Attribution, Question
from ..selection.neurons import Represent
from ..store import Store, digest_of_arrays, source_digest
from ..study import GridcamSettings
from ..study.visualization import VisualizationSettings
from ..workers import Executor, Local, Worker
from .batches import Start, gridcam_tasks, kept_or_made, visualization_tasks
from .files import VisualizationFiles, read_scores
from .overlay import NEUTRAL, where_asked
from .visualization.methods import load_method

if TYPE_CHECKING:
    from ..models.network import Network

OnProgress = Callable[[float, float], None]  # finished, of how many
HERE = PACKAGE / "explanations"
FEWEST, MOST = 100, 500  # pictures that magnitudes of spectra are taken from


class Visualizer:
    """Feature visualizations by one method, by (neuron, start, seed), made by the network or taken from files.

    name: of the method in its study; section: where the study file sets it; files: its files, None where it makes
    pictures; executor: does what is missing, None: this process.
    """

    def __init__(
        self,
        name: str,
        section: str,
        settings: VisualizationSettings,
        seed: int,
        handle: NetworkHandle,
        store: Store,
        on_progress: OnProgress,
        *,
        executor: Executor | None = None,
    ) -> None:
        self.name, self.settings, self.seed = name, settings, seed
        self.handle, self.store, self.on_progress = handle, store, on_progress
        self.executor = executor or Local(Worker(handle, store))
        # By the pictures from noise neurons are chosen, and the answers are not to depend on what a device is quick at.
        self.from_noise = settings.model_copy(update={"number_format": "float32"})
        self.files = VisualizationFiles(settings, handle.size, section) if settings.method == "files" else None
        self.magnitude: np.ndarray | None = None  # of natural pictures' spectra, for methods that take it

    def take_magnitude(self, pictures: PictureSet) -> None:
        """Take the magnitudes of spectra from these pictures, where the method and its settings ask for them.

        Of few pictures they are these pictures' own patterns more than those of natural ones: the law stays.
        """
        asked = self.files is None and "magnitude" in load_method(self.settings.method).settings
        if not asked or self.settings.magnitude == "law" or len(pictures.names) < FEWEST:
            return

        def make() -> dict[str, np.ndarray]:
            from .visualization.parts.phases import magnitude_of

            some = np.linspace(0, len(pictures.names) - 1, min(MOST, len(pictures.names))).round().astype(int)
            return {"magnitude": magnitude_of(pictures.pixels[some])}

        code = source_digest(HERE / "visualization" / "parts" / "phases.py", HERE / "stage.py")
        self.magnitude = self.store.get("magnitudes", [pictures.digest, code], make)["magnitude"]

    def add(self, questions: Sequence[Question], count: int) -> list[Question]:
        """The questions with up to `count` more visualizations: the first of their neurons' files, or made ones.

        The first begins from noise and the second from the first example, which no condition of the paper shows beside
        it; further ones, and where a method cannot begin from a picture all, begin from noise of other seeds.
        """
        if self.files is not None:
            found = [self.files.pictures(question.neuron)[:count] for question in questions]
            return [
                replace(question, visualizations=question.visualizations + tuple(map(self._given, given)))
                for question, given in zip(questions, found, strict=True)
            ]
        if load_method(self.settings.method).from_picture:
            return self._accented(questions, count)
        rows = [[arrays] for arrays in self.make([_from_noise(q, self.seed) for q in questions], self.from_noise)]
        begins = load_method(self.settings.method).begins
        others = [start for q in questions for start in _starts(q, self.seed, count, begins == "anywhere")]
        made = iter(self.make(others, self.settings))
        return [
            replace(
                question,
                visualizations=question.visualizations + self._attributions([*row, *islice(made, count - 1)]),
            )
            for question, row in zip(questions, rows, strict=True)
        ]

    def _accented(self, questions: Sequence[Question], count: int) -> list[Question]:
        """The questions with `count` visualizations more, which begin from their first examples."""
        short = next((question for question in questions if len(question.examples) < count), None)
        if short is not None:
            raise StudyError(
                f"neuron {short.neuron} has {len(short.examples)} dataset examples, and {count} visualizations of "
                f"method {self.name!r} begin from one each: raise [questions] examples"
            )
        starts: list[Start] = [(q.neuron, each.pixels, self.seed) for q in questions for each in q.examples[:count]]
        made = iter(self.make(starts, self.settings))
        return [
            replace(question, visualizations=question.visualizations + self._attributions(list(islice(made, count))))
            for question in questions
        ]

    def _attributions(self, made: Sequence[dict[str, np.ndarray]]) -> tuple[Attribution, ...]:
        """What is shown; where it fades, that is what grid-cams, paths and observers are of too."""
        shown = [
            (where_asked(each["pixels"], each["trace"], NEUTRAL), None)
            if self.settings.transparency
            else (each["pixels"], each.get("trace"))
            for each in made
        ]
        return tuple(
            Attribution("feature_visualization", pixels, method=self.name, trace=trace) for pixels, trace in shown
        )

    def _given(self, file: tuple[Path, np.ndarray]) -> Attribution:
        path, picture = file
        return Attribution("feature_visualization", picture, path.stem, method=self.name)

    def first(self, neurons: Sequence[int]) -> dict[int, dict[str, np.ndarray]]:
        """Neuron -> its picture from noise, or the first of its files, and that picture's representation [U]."""
        if self.files is None:
            noise: list[Start] = [(neuron, None, self.seed) for neuron in neurons]
            return dict(zip(neurons, self.make(noise, self.from_noise), strict=True))
        found = {}
        for neuron in neurons:
            _, picture = self.files.pictures(neuron)[0]
            found[neuron] = {"pixels": picture, "representation": self.handle.representations([picture], self.store)[0]}
        return found

    def representer(self, activations: Activations) -> Represent:
        """What `selection.select` asks for; activations: [N, U] of the study's pictures."""
        mean = activations.mean.astype(np.float32)

        def represent(neurons: Sequence[int]) -> dict[int, tuple[float, np.ndarray]]:
            found = {n: arrays["representation"] for n, arrays in self.first(neurons).items()}
            return {n: (float(each[n]), each - mean) for n, each in found.items()}

        return represent

    def make(self, starts: Sequence[Start], settings: VisualizationSettings) -> list[dict[str, np.ndarray]]:
        """Where each begins -> pixels uint8 [S, S, 3], representation [U], history; made by the executor or kept."""
        keys = [self._depends_on(start, settings.number_format) for start in starts]

        def make(places: list[int]) -> None:
            missing, of_them = [starts[k] for k in places], [keys[k] for k in places]
            tasks = visualization_tasks(missing, of_them, settings, self.magnitude, self.executor)
            self.executor.run(tasks, self.on_progress)

        return kept_or_made(self.store, "visualizations", keys, make)

    def _depends_on(self, wanted: Start, number_format: str) -> list[Any]:
        neuron, start, seed = wanted
        begins = "noise" if start is None else digest_of_arrays({"start": start})
        held = [] if self.magnitude is None else [digest_of_arrays({"magnitude": self.magnitude})]
        return [self.handle.identity, *self._method_depends_on, number_format, neuron, seed, begins, *held]

    @cached_property
    def _method_depends_on(self) -> list[Any]:
        """What changes the pictures of this method: its own parts, code and settings, and no other method's."""
        method = load_method(self.settings.method)
        names = ("batch", "optimizer", "objective", "items", "results", "runner")
        shared = [HERE / "visualization" / f"{name}.py" for name in names]
        engine = sorted((HERE / "visualization").glob("reference*.py")) if self.settings.engine == "reference" else []
        code = source_digest(*shared, *engine, *method.sources(), *ACTIVATION_SOURCES)
        read = {"iterations", "engine", "exact", *method.settings}
        return [self.settings.method, asdict(method), code, self.settings.model_dump(mode="json", include=read)]


def _from_noise(question: Question, seed: int) -> Start:
    return question.neuron, None, seed


def _starts(question: Question, seed: int, count: int, from_example: bool) -> list[Start]:
    """Where the visualizations after the first begin; from_example: the second from the first example."""
    if not from_example:
        return [(question.neuron, None, seed + k) for k in range(1, count)]
    example: Start = (question.neuron, question.examples[0].pixels, seed)
    further: list[Start] = [(question.neuron, None, seed + k) for k in range(1, count - 1)]
    return [example, *further] if count > 1 else []


def add_gridcams(
    questions: Sequence[Question],
    covered: Callable[[Question], set[int]],
    settings: GridcamSettings,
    handle: NetworkHandle,
    store: Store,
    executor: Executor,
    on_progress: OnProgress,
) -> list[Question]:
    """The questions with grid-cams, from files of cell scores where there are any.

    covered: places among a question's `attributions` that some condition shows under a grid-cam; others get none.
    """
    wanted = [covered(question) for question in questions]
    shown = [
        (question, each)
        for question, places in zip(questions, wanted, strict=True)
        for k, each in enumerate(question.attributions)
        if k in places
    ]
    scores = [
        read_scores(settings, question.neuron, each.name) if settings.path and each.name else None
        for question, each in shown
    ]
    places = [(question.unit, digest_of_arrays({"picture": each.pixels})) for question, each in shown]
    wanted_maps = {
        place: each.pixels
        for (_, each), scored, place in zip(shown, scores, places, strict=True)
        if scored is None
    }
    maps = gridcam_maps(wanted_maps, settings, handle, store, executor, on_progress)
    explained = iter(
        replace(each, gridcam=maps[place] if scored is None else scored, scored=scored is not None)
        for (_, each), scored, place in zip(shown, scores, places, strict=True)
    )
    return [_explained(question, places, explained) for question, places in zip(questions, wanted, strict=True)]


def _explained(question: Question, covered: set[int], explained: Iterator[Attribution]) -> Question:
    """The question with its covered attributions replaced, in their order."""
    every = [next(explained) if k in covered else each for k, each in enumerate(question.attributions)]
    made = len(question.visualizations)
    return replace(question, visualizations=tuple(every[:made]), examples=tuple(every[made:]))


def gridcam_maps(
    wanted: Mapping[tuple[int, str], np.ndarray],
    settings: GridcamSettings,
    handle: NetworkHandle,
    store: Store,
    executor: Executor,
    on_progress: OnProgress,
) -> dict[tuple[int, str], np.ndarray]:
    """(unit, picture's digest) -> picture uint8 [S, S, 3]: each with its map float32 [levels, cells, cells].

    Maps that are missing in the store are made by the executor.
    """
    code = source_digest(HERE / "gridcam.py", *ACTIVATION_SOURCES)
    grid = settings.model_dump(mode="json", exclude={"path", "unit"})
    places = list(wanted)
    keys = [[handle.identity, code, grid, *place] for place in places]

    def make(missing: list[int]) -> None:
        of_picture: dict[str, list[int]] = {}  # picture's digest -> places with it: each is computed once
        for k in missing:
            of_picture.setdefault(places[k][1], []).append(k)
        units = [[places[k][0] for k in same] for same in of_picture.values()]
        check_units(handle.network, [unit for asked in units for unit in asked])
        pixels = [wanted[places[same[0]]] for same in of_picture.values()]
        of_them = [[keys[k] for k in same] for same in of_picture.values()]
        executor.run(gridcam_tasks(units, pixels, of_them, settings, executor), on_progress)

    found = kept_or_made(store, "gridcams", keys, make)
    return {place: arrays["cam"] for place, arrays in zip(places, found, strict=True)}


def check_units(network: Network, neurons: Sequence[int]) -> None:
    """Raises StudyError for a neuron of questions from files that the network does not have."""
    beyond = [n for n in neurons if n >= network.units]
    if beyond:
        raise StudyError(
            f"neuron {beyond[0]} of the given questions is not among the {network.units} units of layer "
            f"'{network.layer}' of {network.name}: give the network that the questions are about, cell scores with "
            "[gridcam] path, or, if the visualizations are given too, set [gridcam] unit = 'nearest'"
        )


def count_gridcams(questions: Sequence[Question]) -> tuple[int, int]:
    """How many grid-cams there are, and how many of them came from files."""
    scored = [
        shown.scored for question in questions for shown in question.attributions if shown.gridcam is not None
    ]
    return len(scored), sum(scored)


def gridcam_notes(questions: Sequence[Question], network: str, own: bool) -> list[str]:
    """What a researcher must know of grid-cams from files, or of another network than the questions'.

    network: its name; own: whether the questions are about it.
    """
    total, scored = count_gridcams(questions)
    if (own and not scored) or not total:
        return []
    if scored == total:
        return [f"All {total} grid-cams were drawn from given cell scores."]
    which = (
        f"{scored} of the {total} grid-cams were drawn from given cell scores; the others"
        if scored
        else "All grid-cams"
    )
    another = "" if own else ", which need not be the network the questions are about"
    return [f"{which} were computed here by {network}{another}."]
