"""What each method of feature visualization shows of neurons: of a network made robust, and of one that is not.

    python benchmarks/methods.py --record benchmarks/results/methods.json --sheet docs/images/methods.webp
    python benchmarks/methods.py --photographs photos/ --record … --sheet …    # efficientnet-lite0 too

Asked about are `--units` of the neurons that pass the study's criteria, those first that share no more than overlap_max
of their pictures. Every method makes a picture of each by the first seed, and of `--again` of them by the others;
accentuation begins with another of the neuron's dataset examples each time, and these very examples are what `natural`
stands for. A record keeps what other labels measured.

activation: of the network's own value for the 8-bit picture, over the mean of the neuron's top group, and over its
smallest. spectrum: how far a picture's spectrum is from the pictures' mean (root mean square over frequencies of the
difference of logarithms to base 10). diversity: 1 - cosine of two seeds' pictures of a neuron, as the observer's
network sees them (pooled, centred on the mean of dataset examples). right: options that the observer `features` picks
right of 3, shown one picture and nothing else, in `--draws` drawn questions whose options are none of the examples
begun with; shuffled: shown another neuron's picture of the same method; blind: shown none; beside two examples:
shown these too, without grid-cams. Chance is 1. paths: how many of the neurons are reached by another way than by
natural pictures (generator/explanations/paths.py). Each figure is a mean with its standard error over neurons.

Pictures are kept in --artifacts as soon as a batch is finished: stopped anywhere, it goes on where it was. All neurons
by one seed come before another seed; after --seconds no more are made, and what there is is measured. Pictures made
from photographs are not put on the sheet.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.methods_measured import Pictures, Subject, blind, measured, right, spectrum_of  # noqa: E402
from generator.explanations.stage import Visualizer  # noqa: E402
from generator.study.visualization import VisualizationSettings  # noqa: E402

COMPARED = ("madry", "lucent", "maco", "accentuation")
LABELS = {"default": "the default network", "photographs": "efficientnet-lite0"}
WIDTH, SHOWN, LARGEST_SHEET = 104, 12, 400_000  # of the sheet: pixels of a picture, neurons, bytes


def visualizer_of(subject: Subject, settings: VisualizationSettings) -> Visualizer:
    """What makes pictures by one method."""
    context = subject.context
    made = Visualizer(
        settings.method, "[visualization]", settings, subject.study.seed, context.handle, context.store,
        context.reporter.advance,
    )  # fmt: skip
    made.take_magnitude(subject.pictures)
    return made


def prepared(study: Any, options: argparse.Namespace, reporter: Any) -> Subject:
    """The study's network, the neurons that are asked about, and the questions."""
    from generator.observers.panel import features_of
    from generator.pipeline.context import activate, begin
    from generator.questions.drawn import draw_pictures
    from generator.questions.redrawn import redraw_seed
    from generator.selection.groups import Neuron, overlap, top_and_bottom_groups
    from generator.selection.neurons import apply_criteria

    context = begin(study, options.artifacts, options.device, reporter)
    pictures, activations = activate(study, context)
    passing = np.flatnonzero(apply_criteria(activations, study.selection).passes)
    neurons: list[Any] = []
    starts, tops = [], []
    drawn = np.random.default_rng([study.seed, 3]).permutation(passing)
    for most, index in [(most, int(index)) for most in (study.selection.overlap_max, 1.0) for index in drawn]:
        if len(neurons) == options.units:
            break
        whole = top_and_bottom_groups(activations, index, study.selection, study.seed)
        if any(index == other.index or overlap(whole, other) > most for other in neurons):
            continue
        rng = np.random.default_rng([study.seed, index, 11])
        begun = [int(k) for k in rng.permutation(whole.top)[: options.most_seeds]]
        values = activations.column(index)[whole.top]
        neurons.append(Neuron(whole.index, whole.top[~np.isin(whole.top, begun)], whole.bottom))
        starts.append(begun)
        tops.append((float(values.mean()), float(values.min())))
    questions, others = [], []
    for number in range(options.draws):
        seed = redraw_seed(study.seed, number)
        questions.append([draw_pictures(each, pictures.pixels, activations, study.questions, seed) for each in neurons])
        cycle = np.random.default_rng([number, 9]).permutation(len(neurons))
        other = np.empty_like(cycle)
        other[cycle] = np.roll(cycle, 1)
        others.append(other)
    looks = features_of(study, context.handle, context.store, options.device)
    return Subject(study, context, pictures, activations, looks, neurons, starts, np.array(tops), questions, others)


def settings_of(method: str, study: Any, options: argparse.Namespace) -> VisualizationSettings:
    """The study's settings of a method: what a study file of it would have with this method."""
    from generator.study import load_study

    fields = study.visualization.model_dump(exclude_unset=True)
    own = {key: fields[key] for key in ("step_size", "noise_sd", "noise_mean", "number_format") if key in fields}
    asked = {"model": {"name": study.model.name}, "visualization": {**own, "method": method, "batch": options.batch}}
    return load_study(None, asked).visualization


def natural(subject: Subject, seeds: int) -> Pictures:
    """The dataset examples that accentuation begins with, as if they had been made."""
    return [
        [
            {"pixels": subject.pictures.pixels[k], "representation": own}
            for k, own in zip(row[:seeds], subject.activations.rows(row[:seeds]), strict=True)
        ]
        for row in subject.starts
    ]


def compare(label: str, study: Any, options: argparse.Namespace, ends: float, reporter: Any) -> None:
    """Make the pictures of a network, seed by seed and method by method, then measure and record method by method."""
    subject = prepared(study, options, reporter)
    some = np.linspace(0, len(subject.pictures.names) - 1, min(500, len(subject.pictures.names))).round().astype(int)
    mean_spectrum = np.mean([spectrum_of(subject.pictures.pixels[int(k)]) for k in some], 0)
    settings = {method: settings_of(method, study, options) for method in options.methods}
    record: dict[str, Any] = {
        "network": subject.context.handle.network.name,
        "pictures": len(subject.pictures.names),
        "neurons": [each.index for each in subject.neurons],
        "draws": options.draws,
        "observer": subject.looks.what,
        "processor": subject.context.handle.origin()["device"],
        "settings": {method: _told(each) for method, each in settings.items()},
        "natural": measured(subject, natural(subject, options.seeds), mean_spectrum),
        "right of 3, blind": blind(subject),
        "two examples alone": right(subject, []),
        "methods": {},
    }
    made: dict[str, Pictures] = {}
    for seed in range(options.seeds):
        for method in options.methods:
            visualizer = visualizer_of(subject, settings[method])
            left = len(subject.neurons) if seed == 0 else min(options.again, len(made[method]))
            row: list[dict[str, np.ndarray]] = []
            for first in range(0, left, options.batch):
                if time.monotonic() > ends:
                    break
                wanted = [_start(subject, k, seed, method) for k in range(left)[first : first + options.batch]]
                row += visualizer.make(wanted, settings[method])
            if seed == 0:
                made[method] = [[each] for each in row]
            for before, each in zip(made[method], row if seed else [], strict=False):
                before.append(each)
            print(label, f"seed {seed}", method, len(row), flush=True)
    for method, pictures in made.items():
        if pictures:
            record["methods"][method] = measured(subject, pictures, mean_spectrum)
            print(label, method, json.dumps(record["methods"][method]), flush=True)
            _keep(options.record, label, record)
    options.sheets[label] = (subject, made)


def _told(settings: VisualizationSettings) -> dict[str, Any]:
    from generator.explanations.visualization.methods import load_method

    return settings.model_dump(mode="json", include={"iterations", *load_method(settings.method).settings})


def _start(subject: Subject, k: int, seed: int, method: str) -> tuple[int, np.ndarray | None, int]:
    """Where the picture of the k-th neuron begins."""
    begins = subject.pictures.pixels[subject.starts[k][seed]] if method == "accentuation" else None
    return subject.neurons[k].index, begins, subject.study.seed + seed


def _keep(path: Path | None, label: str, record: dict[str, Any]) -> None:
    """Into the record, beside other labels and other methods of the same neurons and draws."""
    if path:
        known = json.loads(path.read_text()) if path.is_file() else {}
        before = known.get(label, {})
        if all(before.get(name) == record[name] for name in ("network", "neurons", "draws")):
            record = record | {name: {**before[name], **record[name]} for name in ("settings", "methods")}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**known, label: record}, indent=1) + "\n")


def sheet(of: dict[str, tuple[Subject, dict[str, Pictures]]], path: Path) -> None:
    """Neurons under each other, methods beside each other; of photographs only what began from noise."""
    from PIL import Image, ImageDraw, ImageFont

    columns: list[tuple[str, str, list[np.ndarray]]] = []
    for label, (subject, made) in of.items():
        if label == "default":
            examples = [subject.pictures.pixels[row[0]] for row in subject.starts]
            columns.append((LABELS[label], "example", examples))
        for method, of_neurons in made.items():
            if label == "default" or method != "accentuation":
                columns.append((LABELS[label], method, [row[0]["pixels"] for row in of_neurons]))
    gap, top, font = 4, 40, ImageFont.load_default(12)
    rows = min(SHOWN, max(len(pictures) for _, _, pictures in columns))
    image = Image.new("RGB", (len(columns) * (WIDTH + gap) + gap, top + rows * (WIDTH + gap)), "white")
    draw, last = ImageDraw.Draw(image), ""
    for k, (network, method, pictures) in enumerate(columns):
        left = gap + k * (WIDTH + gap)
        draw.text((left, 3), network if network != last else "", fill=(30, 30, 30), font=font)
        draw.text((left, 21), method, fill=(30, 30, 30), font=font)
        last = network
        for row, pixels in enumerate(pictures[:rows]):
            shown = Image.fromarray(pixels).resize((WIDTH, WIDTH), Image.Resampling.LANCZOS)
            image.paste(shown, (left, top + row * (WIDTH + gap)))
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(85, 30, -5):
        image.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= LARGEST_SHEET:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, help="a folder of photographs: efficientnet-lite0 is compared too")
    parser.add_argument("--only", choices=list(LABELS), help="one of the two networks")
    parser.add_argument("--methods", nargs="+", choices=COMPARED, default=COMPARED)
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--again", type=int, default=30, help="neurons that are made by the further seeds too")
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--batch", type=int, default=5, help="pictures that are made, and kept, together")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="after which no further batch is begun")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()

    from generator.cli.options import overrides
    from generator.cli.terminal import TerminalReporter
    from generator.study import load_study

    options.sheets, options.most_seeds, ends = {}, max(4, options.seeds), time.monotonic() + options.seconds
    studies = {"default": load_study(None, {})}
    if options.photographs:
        studies["photographs"] = load_study(
            ROOT / "configs" / "photographs.toml", overrides(images=options.photographs)
        )
    with TerminalReporter() as reporter:
        for label, study in studies.items():
            if options.only in (None, label):
                compare(label, study, options, ends, reporter)
    if options.sheet:
        sheet(options.sheets, options.sheet)


if __name__ == "__main__":
    main()
