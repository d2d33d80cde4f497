"""How well measures of likeness tell visualizations of one neuron from those of two neurons.

    python benchmarks/similarity.py --record benchmarks/results/similarity.json

Each of the first passing neurons is visualized from two noises. The two pictures of one neuron ought to be called
alike, pictures of different neurons mostly not: a measure is as good as the area under its curve (0.5: no better than
a coin, 1: tells all of them apart). Also says what share of either kind exceeds [selection] similarity_max.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from generator.observers.colour import colours  # noqa: E402


def colour_likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two colour distributions (Bhattacharyya coefficient), 0: nothing in common, 1: the same."""
    return float(np.sqrt(a.astype(np.float64) * b).sum())


def area(alike: np.ndarray, different: np.ndarray) -> float:
    """Probability that a pair of one neuron scores above a pair of two neurons."""
    greater = (alike[:, None] > different).mean() + 0.5 * (alike[:, None] == different).mean()
    return float(greater)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path)
    parser.add_argument("--neurons", type=int, default=32)
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    parser.add_argument("--record", type=Path)
    parser.add_argument("--sheet", type=Path, help="PNG of the pairs of different neurons that are most alike")
    options = parser.parse_args()

    from generator.explanations.visualization.items import Item
    from generator.explanations.visualization.optimizer import visualize
    from generator.models import Activations, NetworkHandle
    from generator.models.activations import compute_activations
    from generator.pictures import load_pictures
    from generator.questions.drawn import thumbnail
    from generator.selection.neurons import apply_criteria, cosine_similarity
    from generator.store import Store
    from generator.study import load_study

    study = load_study(options.study)
    handle = NetworkHandle(study.model, "cpu")
    store = Store(options.artifacts)
    pictures = load_pictures(study.data, handle.size, study.seed, store, lambda *_: None)
    activations = compute_activations(handle.network, pictures.pixels)
    passing = np.flatnonzero(apply_criteria(Activations.of(activations), study.selection).passes)
    chosen = np.random.default_rng(0).permutation(passing)[: options.neurons]
    key = ["similarity", handle.identity, study.visualization.model_dump(mode="json"), chosen.tolist()]

    def make() -> dict[str, np.ndarray]:
        items = [Item(int(n), seed) for seed in (0, 1) for n in chosen]
        return {"pixels": np.stack([v.pixels for v in visualize(handle.network, items, study.visualization)])}

    pixels = store.get("similarity", key, make)[0]["pixels"]
    represented = compute_activations(handle.network, pixels) - activations.mean(0)
    palettes = [colours(picture) for picture in pixels]
    thumbs = [thumbnail(picture).ravel() - thumbnail(picture).mean() for picture in pixels]
    count = len(chosen)
    measures = {
        "representation": lambda i, j: cosine_similarity(represented[i], represented[j]),
        "colours": lambda i, j: colour_likeness(palettes[i], palettes[j]),
        "places": lambda i, j: cosine_similarity(thumbs[i], thumbs[j]),
    }
    measures["representation and colours"] = lambda i, j: (
        (measures["representation"](i, j) + measures["colours"](i, j)) / 2
    )
    same = [(k, k + count) for k in range(count)]
    different = list(combinations(range(count), 2))
    figures = {}
    for name, measure in measures.items():
        alike, apart = np.array([measure(*pair) for pair in same]), np.array([measure(*pair) for pair in different])
        figures[name] = {
            "area": round(area(alike, apart), 4),
            "one neuron, quantiles 5 50 95 %": np.quantile(alike, [0.05, 0.5, 0.95]).round(3).tolist(),
            "two neurons, quantiles 50 95 99 100 %": np.quantile(apart, [0.5, 0.95, 0.99, 1]).round(3).tolist(),
        }
    limit = study.selection.similarity_max
    called = {"one neuron": float(np.mean([measures["representation"](*p) > limit for p in same]))}
    called["two neurons"] = float(np.mean([measures["representation"](*p) > limit for p in different]))
    record = {"neurons": chosen.tolist(), "measures": figures, "similarity_max": limit, "called alike": called}
    print(json.dumps(record, indent=1))
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(json.dumps(record, indent=1) + "\n")
    if options.sheet:
        from PIL import Image

        for name in ("representation", "colours"):
            most = sorted(different, key=lambda pair: -measures[name](*pair))[:12]
            rows = [np.concatenate([pixels[i], pixels[j]], 1) for i, j in most]
            Image.fromarray(np.concatenate([np.concatenate(rows[k : k + 3], 1) for k in range(0, 12, 3)])).save(
                options.sheet.with_stem(f"{options.sheet.stem}-{name}")
            )


if __name__ == "__main__":
    main()
