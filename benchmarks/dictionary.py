"""Do features of a dictionary answer to parts of the creature world's animals more purely than neurons of its layer?

    python -m generator train-dictionary --layer stage3 --out stage3.safetensors
    OMP_NUM_THREADS=1 python benchmarks/dictionary.py --record benchmarks/results/dictionary.json stage3.safetensors
    python benchmarks/dictionary.py --study 6 --record benchmarks/results/dictionary.json stage3.safetensors

Every picture of the world comes with masks of its parts, surfaces and places (its 41 concepts). The layer's map has
8 x 8 cells; a cell holds a concept that covers a quarter of it or more. Of a unit the nine pictures with its highest
activations are taken, and in each of them the cell where it is most active: its peaks. Its purity for a concept is the
share of peaks that hold it, minus the share of all cells of all pictures that do; its purity is that for the concept
for which it is highest. A unit is pure if that is 0.8 or more, and concepts answered to are those that some pure unit
is purest for. Units active for fewer than nine pictures are counted and left out.

Chance: the same with each unit's peaks replaced by cells drawn at random, 200 times. Features against neurons: the
difference of mean purities, and how often it is as large when units are dealt to the two kinds at random; of all units,
and of those that pass the criteria of a study, which are the ones it would ask about.

--study asks observers instead: what features-study makes of each dictionary, that many sets of ten, half of them of
neurons. Each of the two keeps what the record holds of the other.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

TOP = 9  # pictures of a unit
COVERED = 0.25  # of a cell
PURE = 0.8
DRAWS = 200
ORDERS = 10_000


def held_concepts(masks: dict[str, np.ndarray], concepts: tuple[str, ...], cells: int) -> np.ndarray:
    """Masks of one picture -> which concepts each cell holds, bool [cells * cells, concepts]."""
    held = np.zeros((cells * cells, len(concepts)), bool)
    for name, mask in masks.items():
        side = len(mask) // cells
        covered = mask.reshape(cells, side, cells, side).mean((1, 3))
        held[:, concepts.index(name)] = covered.ravel() >= COVERED
    return held


def peaks(at_places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units at every place [N, P, K] -> top pictures by their mean over places and their peaks [K, TOP] each.

    Of equal ones, the first.
    """
    pictures = np.argsort(-at_places.mean(1), axis=0, kind="stable")[:TOP].T  # [K, TOP]
    units = np.arange(at_places.shape[2])[:, None]
    return pictures, at_places[pictures, :, units].argmax(2)


def purity(of_peaks: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Concepts that peaks hold, bool [K, TOP, C], and shares of all cells that do [C] -> purity and its concept [K]."""
    each = of_peaks.mean(1) - base
    return each.max(1), each.argmax(1)


def described(
    values: np.ndarray, best: np.ndarray, concepts: tuple[str, ...], chance: list[np.ndarray], left_out: int
) -> dict[str, Any]:
    """What is recorded of one kind of units. chance: purities of random peaks, drawn again and again."""
    pure = values >= PURE
    answered = sorted({concepts[k] for k in best[pure]})
    means = [float(draw.mean()) for draw in chance]
    return {
        "units": len(values), "left out": left_out, "mean purity": round(float(values.mean()), 4),
        "pure": int(pure.sum()), "share pure": round(float(pure.mean()), 4),
        "concepts answered to": answered, "number of these": len(answered),
        "chance": {
            "mean purity": round(float(np.mean(means)), 4), "highest of all draws": round(max(means), 4),
            "share pure": round(float(np.mean([(draw >= PURE).mean() for draw in chance])), 4),
        },
    }  # fmt: skip


def difference(neurons: np.ndarray, features: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    """Features' mean purity minus neurons', and the share of random orders in which it is as far from 0."""
    together = np.concatenate([neurons, features])
    found, as_far = float(features.mean() - neurons.mean()), 0
    for _ in range(ORDERS):
        dealt = rng.permutation(together)
        as_far += abs(dealt[len(neurons) :].mean() - dealt[: len(neurons)].mean()) >= abs(found)
    return {"features minus neurons": round(found, 4), "p": round(float(1 + as_far) / (1 + ORDERS), 4)}


def compare(
    dictionary: Path, per_class: int, artifacts: Path, tell: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """The row of one dictionary, beside the neurons of the layer that its header names."""
    import torch
    from safetensors import safe_open

    from generator.models import Activations, NetworkHandle
    from generator.models.activations import to_network
    from generator.models.dictionary.reading import read_dictionary
    from generator.pictures import load_pictures
    from generator.selection.neurons import apply_criteria
    from generator.store import Store
    from generator.study import load_study
    from generator.world.painter import CLASSES, paint
    from generator.world.training_set import PARTS

    with safe_open(dictionary, framework="np") as file:
        header = file.metadata()
    layer = header["layer"]
    study = load_study(None, {"data": {"per_class": per_class}, "model": {"layer": layer}})
    handle = NetworkHandle(study.model, "cpu")
    pictures = load_pictures(study.data, handle.size, study.seed, Store(artifacts), lambda *_: None)
    found = []
    with torch.inference_mode():
        for start in range(0, len(pictures.names), 32):
            found.append(
                handle.fused.places(to_network(pictures.pixels[start : start + 32], torch.device("cpu"))).float()
            )
        neurons = torch.cat(found)  # [N, P, width]
        features = torch.stack([read_dictionary(dictionary)(each) for each in neurons])
    tell(f"{layer}: {len(neurons)} pictures, {neurons.shape[2]} neurons, {features.shape[2]} features")
    cells = round(neurons.shape[1] ** 0.5)
    names = [(kind, number) for kind in CLASSES for number in range(per_class)]
    held = np.stack([held_concepts(paint(kind, number).masks, PARTS, cells) for kind, number in names])
    base = held.mean((0, 1))
    rng = np.random.default_rng(0)
    row: dict[str, Any] = {"layer": layer, "trained": json.loads(header["measured"])}
    purities, passing = {}, {}
    for kind, at_places in (("neurons", neurons.numpy()), ("features", features.numpy())):
        alive = (at_places.max(1) > 0).sum(0) >= TOP
        of_units = at_places[:, :, alive]
        values, best = purity(held[peaks(of_units)], base)
        flat = held.reshape(-1, len(PARTS))
        chance = [purity(flat[rng.integers(len(flat), size=(len(values), TOP))], base)[0] for _ in range(DRAWS)]
        row[kind] = described(values, best, PARTS, chance, int((~alive).sum()))
        criteria = apply_criteria(Activations.of(at_places.mean(1)), study.selection)
        row[kind]["pass the study's criteria"] = int(criteria.passes.sum())
        purities[kind], passing[kind] = values, values[criteria.passes[alive]]
        row[kind]["mean purity of those that pass"] = round(float(passing[kind].mean()), 4)
        tell(f"  {kind}: {row[kind]}")
    row["difference"] = difference(purities["neurons"], purities["features"], rng)
    row["difference of those that pass"] = difference(passing["neurons"], passing["features"], rng)
    tell(f"  {row['difference']}; of those that pass {row['difference of those that pass']}")
    return row


def study_of(dictionary: Path, sets: int, draws: int, folder: Path, artifacts: Path) -> dict[str, Any]:
    """What observers make of neurons and features: a features study of the layer that the dictionary's header names.

    Its sites, keys and answers come into the folder.
    """
    from safetensors import safe_open

    from generator.cli.terminal import TerminalReporter
    from generator.experiments.features import features_study
    from generator.study import load_study

    with safe_open(dictionary, framework="np") as file:
        header = file.metadata()
    model = {"layer": header["layer"], "dictionary": dictionary.resolve()}
    study = load_study(None, {"model": model, "questions": {"sets": sets}})
    with TerminalReporter() as reporter:
        report = features_study(
            study, draws=draws, out=folder / "dist", private=folder / "private", results=folder / "results",
            artifacts=artifacts, reporter=reporter,
        )  # fmt: skip
    record = json.loads(report.record.read_text(encoding="utf-8"))
    return {
        "layer": header["layer"], "features": json.loads(header["measured"])["features"], "sets": sets,
        **{name: record[name] for name in ("draws", "units", "compared")},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionaries", type=Path, nargs="+", help="files that train-dictionary wrote, of the world")
    parser.add_argument("--per-class", type=int, default=150)
    parser.add_argument("--study", type=int, metavar="SETS", help="ask observers in that many sets, and only that")
    parser.add_argument("--draws", type=int, default=5, help="of each question of a study")
    parser.add_argument("--folder", type=Path, default=Path("artifacts/features-study"), help="where a study is built")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    there = json.loads(options.record.read_text()) if options.record and options.record.is_file() else {}
    if options.study:
        found = there.get("features studies", [])
        for each in options.dictionaries:
            row = study_of(each, options.study, options.draws, options.folder, options.artifacts)
            found = [other for other in found if other["layer"] != row["layer"]] + [row]
        record = there | {"features studies": found}
    else:
        rows = [compare(each, options.per_class, options.artifacts, print) for each in options.dictionaries]
        measured = {"top pictures": TOP, "covered": COVERED, "pure from": PURE, "chance draws": DRAWS, "layers": rows}
        record = there | measured
    if options.record:
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
