"""Groups held against a sort of everything; candidates held against the way in which they were once looked through."""

from __future__ import annotations

import numpy as np
import pytest

from generator.models import Activations
from generator.selection.groups import AHEAD, Groups, Neuron, Sharing, groups_of, overlap
from generator.selection.neurons import cosine_similarity, select
from generator.study import SelectionSettings

PICTURES, UNITS = 150, 3 * AHEAD


def values() -> np.ndarray:
    """Rounded, so that there are ties everywhere, and half of them 0; units in threes share most of their pictures."""
    rng = np.random.default_rng(0)
    own = np.repeat(rng.random((PICTURES, UNITS // 3)), 3, axis=1)
    mixed = own + 0.15 * rng.random((PICTURES, UNITS))
    return np.where(mixed < 0.5, 0, mixed.round(2)).astype(np.float32)


SETTINGS = SelectionSettings(
    count=40, top_edge_num=12, bottom_edge_num=9, top_min=0.0, min_max_ratio_min=1.0, overlap_max=0.4,
    similarity_max=0.3,
)  # fmt: skip


def of_everything(whole: np.ndarray, index: int, seed: int) -> Neuron:
    tie = np.random.default_rng([seed, index, 0]).permutation(len(whole))
    ascending = np.lexsort((tie, whole[:, index]))
    return Neuron(index, ascending[::-1][: SETTINGS.top_edge_num], ascending[: SETTINGS.bottom_edge_num])


@pytest.mark.parametrize("seed", [0, 5])
def test_groups_and_their_ties_are_those_of_a_sort(seed: int) -> None:
    whole = values()
    queue = [int(n) for n in np.random.default_rng(1).permutation(UNITS)]
    later = Groups(Activations.of(whole), queue, SETTINGS, seed)
    for neuron in groups_of(Activations.of(whole), queue, SETTINGS, seed):
        expected = of_everything(whole, neuron.index, seed)
        for found in (neuron, later(neuron.index)):
            assert (found.top.tolist(), found.bottom.tolist()) == (expected.top.tolist(), expected.bottom.tolist())


def test_sharing_finds_the_first_that_overlaps() -> None:
    neurons = list(groups_of(Activations.of(values()), range(60), SETTINGS, 0))
    sharing = Sharing()
    for neuron in neurons[:40]:
        sharing.add(neuron)
    for gone in neurons[0:40:4]:
        sharing.remove(gone)
    there = [neuron for k, neuron in enumerate(neurons[:40]) if k % 4]
    assert len(sharing) == len(there) and neurons[1].index in sharing and neurons[0].index not in sharing
    for candidate in neurons:
        expected = next(((n, overlap(n, candidate)) for n in there if overlap(n, candidate) > 0.25), None)
        assert sharing.first(candidate, 0.25) == expected


@pytest.mark.parametrize("seed", range(6))
def test_those_are_kept_and_dropped_that_were_when_every_candidate_was_compared(seed: int) -> None:
    whole, asked = values(), list[int]()
    rng = np.random.default_rng([seed, 1])
    pictures = {n: (float(rng.random() < 0.7) * 9, rng.normal(size=6)) for n in range(UNITS)}

    def represent(neurons):
        asked.extend(neurons)
        return {n: pictures[n] for n in neurons}

    settings = SETTINGS.model_copy(update={"count": 9})
    found = select(Activations.of(whole), settings, seed, represent)
    kept: list[Neuron] = []
    fallen: list[tuple[int, str]] = []
    for index in np.random.default_rng([seed, 3]).permutation(np.flatnonzero(found.criteria.passes)):
        neuron, (activation, own) = of_everything(whole, int(index), seed), pictures[int(index)]
        if len(kept) == settings.count:
            break
        if any(overlap(neuron, other) > settings.overlap_max for other in kept):
            fallen.append((int(index), "pictures"))
        elif activation < float(found.criteria.top_smallest[index]):
            fallen.append((int(index), "weak"))
        elif any(cosine_similarity(own, pictures[other.index][1]) > settings.similarity_max for other in kept):
            fallen.append((int(index), "alike"))
        else:
            kept.append(neuron)
    assert [n.index for n in found.neurons] == [n.index for n in kept]
    assert [(drop.neuron, drop.kind) for drop in found.dropped] == fallen
    assert len({kind for _, kind in fallen}) > 1
    assert len(asked) == len(set(asked)), "nothing is visualized twice"


def test_candidates_are_looked_at_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hardly one differs from the others, comparisons once grew with the square of the candidates."""
    looked, first = [0], Sharing.first

    def counted(self, candidate, most):
        looked[0] += 1
        return first(self, candidate, most)

    monkeypatch.setattr(Sharing, "first", counted)
    weak = {n: (0.0, np.eye(UNITS)[n]) for n in range(UNITS)}
    with pytest.raises(Exception, match="only 0 of the 40 neurons"):
        select(Activations.of(values()), SETTINGS, 0, lambda neurons: {n: weak[n] for n in neurons})
    assert looked[0] < 8 * UNITS
