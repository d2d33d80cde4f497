"""A batch that was interrupted goes on where it was kept, and comes out as one that was not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from generator.explanations.visualization import optimizer
from generator.explanations.visualization.batch import Batch
from generator.explanations.visualization.items import Item, Visualization
from generator.explanations.visualization.optimizer import visualize
from generator.models.network import Network
from generator.store import digest_of_arrays
from generator.study import load_study
from generator.study.visualization import METHODS, VisualizationSettings

from .conftest import SIZE

ITERATIONS, ENDS_AT = 7, 4


class Kept:
    """Batches halfway, in memory. ends_at: the step after which everything ends."""

    def __init__(self, ends_at: int) -> None:
        self.states: dict[int, dict[str, np.ndarray]] = {}
        self.ends_at = ends_at

    def read(self, items: Sequence[Item]) -> dict[str, np.ndarray] | None:
        return self.states.get(len(items))

    def write(self, items: Sequence[Item], state: dict[str, np.ndarray]) -> None:
        self.states[len(items)] = {name: each.copy() for name, each in state.items()}
        if len(state["history"]) == self.ends_at:
            raise KeyboardInterrupt

    def forget(self, items: Sequence[Item]) -> None:
        self.states.pop(len(items), None)


def digests(made: Sequence[Visualization]) -> list[str]:
    return [
        digest_of_arrays({"pixels": m.pixels, "history": m.history} | ({} if m.trace is None else {"trace": m.trace}))
        for m in made
    ]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_an_interrupted_batch_ends_with_the_same_pictures(
    method: str, exact: bool, residual: Network, without_bfloat16: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"method": method, "iterations": ITERATIONS, "exact": exact, **({"crops": 3} if method == "maco" else {})}
    settings: VisualizationSettings = load_study(None, {"visualization": asked}).visualization
    start = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    items = [Item(n, 5, start if method == "accentuation" else None) for n in range(3)]
    whole = digests(visualize(residual, items, settings))
    monkeypatch.setattr(optimizer, "OFTEN", -1.0)  # each step is kept
    monkeypatch.setattr(optimizer, "SLOW", float("inf"))
    steps, kept = [], Kept(ENDS_AT)
    step = Batch.step
    monkeypatch.setattr(Batch, "step", lambda batch: steps.append(1) or step(batch))
    with pytest.raises(KeyboardInterrupt):
        visualize(residual, items, settings, halfway=kept)
    assert len(kept.states[3]["history"]) == ENDS_AT
    kept.ends_at, before, told = 0, len(steps), []
    again = visualize(residual, items, settings, halfway=kept, on_progress=told.append)
    assert digests(again) == whole and not kept.states
    assert sum(told) == 3 * ITERATIONS  # those before the interruption count as done
    probes = before - ENDS_AT  # steps that only look how much memory they take
    assert len(steps) - before == ITERATIONS - ENDS_AT + probes
