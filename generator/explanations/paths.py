"""Whether visualizations go a neuron's natural way through the network: pictures -> path similarity, layer by layer.

A network can hold a circuit that no natural picture uses, by which a visualization reaches the neuron: what it shows
then says nothing of what the neuron detects (Geirhos et al. 2024, "Don't trust your eyes"). A path is what each layer
makes of a picture, its mean over places. Here the path of each visualization is compared with those of the neuron's top
pictures, on a scale on which these are 1 among each other and other pictures are 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..models import NetworkHandle
from ..pictures.pixels import Pixels
from ..store import Store, digest_of_arrays, source_digest

if TYPE_CHECKING:
    from torch import Tensor

    from ..models.network import Network

MOST_LAYERS = 12
FEWEST_BLOCKS = 4  # modules of one depth by which a network is told to be made of them
TOP, OTHERS = 30, 100  # pictures that are compared with: of a neuron's top group, and any
BATCH = 8  # pictures at once, filled up with repeats: a picture's path does not depend on which others are new
LOWEST = 0.1  # share of natural top pictures below the edge of what is natural
ROUNDING = 1e-6  # of scores
HALF_WAY = 0.5  # between other pictures and top pictures
CERTAIN = 2.0  # standard errors by which top pictures and others must differ for a layer to tell anything


@dataclass(frozen=True)
class PathSimilarity:
    """A neuron's visualizations beside its top pictures; nan where a layer does not tell top pictures from others.

    layers: names, from the input on [L]; each: of every visualization [V, L]; natural: the score that nine of ten of
    the neuron's own top pictures exceed [L]. 1: as alike as top pictures are among each other on average, 0: as other
    pictures are to them.
    """

    layers: tuple[str, ...]
    each: np.ndarray
    natural: np.ndarray

    @property
    def visualization(self) -> np.ndarray:
        """The mean over visualizations [L]."""
        return self.each.mean(0)

    @property
    def apart(self) -> np.ndarray:
        """Layers in which the mean is nearer to other pictures than to top pictures, and below what is natural [L]."""
        with np.errstate(invalid="ignore"):
            return (self.visualization < HALF_WAY) & (self.visualization < self.natural - ROUNDING)

    @property
    def tell(self) -> np.ndarray:
        """Layers that tell top pictures from others [L]."""
        return np.isfinite(self.natural)

    @property
    def parts(self) -> bool:
        """Whether visualizations go another way: apart in most of the layers that tell."""
        return 2 * int(self.apart.sum()) > int(self.tell.sum())

    def record(self) -> dict[str, Any]:
        """Ready for JSON, null for what cannot be told."""

        def plain(values: np.ndarray) -> list[float | None]:
            return [round(float(value), 3) if np.isfinite(value) else None for value in values]

        return {
            "layers": list(self.layers),
            "visualization": plain(self.visualization),
            "natural": plain(self.natural),
        }


def others_than(top: np.ndarray, count: int) -> list[int]:
    """Any pictures but those of a top group, of so many: 100, the same for every neuron as far as they may be."""
    drawn = _drawn(count)
    return [int(k) for k in drawn[~np.isin(drawn, top)][:OTHERS]]


@cache
def _drawn(count: int) -> np.ndarray:
    return np.random.default_rng(0).permutation(count)[: 2 * OTHERS]


def path_similarity(
    layers: Sequence[str], visualizations: Sequence[np.ndarray], top: Sequence[np.ndarray], others: Sequence[np.ndarray]
) -> PathSimilarity:
    """Paths of visualizations, top pictures and other pictures, of each layer [V, C], [T, C] and [R, C], T 3 or more.

    Channels are centred on their mean over other pictures and divided by their standard deviation there plus the mean
    one, as a channel that is silent for natural pictures must not be blown up. A picture's likeness to top pictures is
    the cosine with their mean, of a top picture with that of the rest.
    """
    found = [_of_layer(*arrays) for arrays in zip(visualizations, top, others, strict=True)]
    return PathSimilarity(tuple(layers), np.stack([each for each, _ in found], 1), np.array([n for _, n in found]))


def _of_layer(visualizations: np.ndarray, top: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, float]:
    """Scores of visualizations [V] and the edge of what is natural."""
    centre, spread = others.mean(0, dtype=np.float64), others.std(0, dtype=np.float64)
    unit = spread + spread.mean()
    unit[unit <= 0] = 1.0
    visualizations, top, others = ((each - centre) / unit for each in (visualizations, top, others))
    rest = (top.sum(0) - top) / (len(top) - 1)
    natural, another = _cosines(top, rest), _cosines(others, top.mean(0))
    apart = natural.mean() - another.mean()
    error = np.sqrt(natural.var(ddof=1) / len(natural) + another.var(ddof=1) / len(another))
    if apart <= CERTAIN * error:
        return np.full(len(visualizations), np.nan), np.nan
    made = (_cosines(visualizations, top.mean(0)) - another.mean()) / apart
    return made, float(np.quantile((natural - another.mean()) / apart, LOWEST))


def _cosines(rows: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """[N, C] and [N, C] or [C] -> [N]; 0 where one is all zeros."""
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(directions, axis=-1)
    return (rows * directions).sum(1) / np.where(lengths > 0, lengths, 1.0)


class Paths:
    """Paths of pictures through a network, each kept as soon as it is computed."""

    def __init__(self, handle: NetworkHandle, store: Store) -> None:
        self.handle, self.store = handle, store

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""

        def make() -> dict[str, np.ndarray]:
            return {"layers": np.frombuffer("\n".join(layers_of(self.handle.network)).encode(), np.uint8).copy()}

        kept = self.store.get("paths", [*self.depends_on, "layers"], make, self.handle.origin)
        return tuple(kept["layers"].tobytes().decode().split("\n"))

    def of(self, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Pictures uint8 [S, S, 3] -> of each layer float32 [N, C]."""
        digests = [digest_of_arrays({"picture": each}) for each in pictures]
        return self._of(digests, lambda some: [pictures[k] for k in some])

    def of_numbers(self, pixels: Pixels, numbers: Sequence[int]) -> list[np.ndarray]:
        """The same of a study's pictures; those whose paths are kept are not made."""
        digests = [pixels.hashes[k].tobytes().hex() for k in numbers]
        return self._of(digests, lambda some: list(pixels[[numbers[k] for k in some]]))

    def _of(self, digests: Sequence[str], made: Callable[[Sequence[int]], list[np.ndarray]]) -> list[np.ndarray]:
        keys = [[*self.depends_on, digest] for digest in digests]
        kept = [self.store.read("paths", key) for key in keys]
        missing = [k for k, arrays in enumerate(kept) if arrays is None]
        for first in range(0, len(missing), BATCH):
            some = missing[first : first + BATCH]
            means = self.unkept(made(some))
            for place, k in enumerate(some):
                arrays = {f"layer{number:02d}": layer[place] for number, layer in enumerate(means)}
                self.store.write("paths", keys[k], arrays, self.handle.origin())
                kept[k] = arrays
        rows = [[arrays[name] for name in sorted(arrays)] for arrays in kept if arrays is not None]
        return [np.stack(layer) for layer in zip(*rows, strict=True)]

    def unkept(self, pictures: Sequence[np.ndarray] | np.ndarray) -> list[np.ndarray]:
        """The same, computed now; whoever asks keeps what is made of them."""
        batches = []
        for first in range(0, len(pictures), BATCH):
            some = list(pictures[first : first + BATCH])
            made = means_of(self.handle.network, self.layers, np.stack((some * BATCH)[:BATCH]))
            batches.append([layer[: len(some)] for layer in made])
        return [np.concatenate(layer) for layer in zip(*batches, strict=True)]

    @cached_property
    def depends_on(self) -> list[Any]:
        """What a path depends on beside the picture."""
        return [self.handle.identity, source_digest(Path(__file__))]


def layers_of(network: Network) -> tuple[str, ...]:
    """Modules on the way to the network's layer, in the order in which they run, that layer last: 12 at most.

    Modules of the lowest depth of names at which there are four or more, else all: blocks rather than what is in them.
    """
    import torch

    order: list[str] = []
    told = {
        name: lambda output, name=name: order.append(name) if isinstance(output, torch.Tensor) else None
        for name, _ in network.model.named_modules()
        if name
    }
    _run(network, told, np.full((1, network.size, network.size, 3), 128, np.uint8))
    before = list(dict.fromkeys(order[: order.index(network.layer)]))
    depths = sorted({name.count(".") for name in before})
    blocks = next((depth for depth in depths if _count(before, depth) >= FEWEST_BLOCKS), None)
    chosen = [name for name in before if blocks is None or name.count(".") == blocks]
    some = np.linspace(0, max(len(chosen) - 1, 0), min(MOST_LAYERS - 1, len(chosen))).round().astype(int)
    return (*(chosen[int(k)] for k in some), network.layer)


def _count(names: Sequence[str], depth: int) -> int:
    return sum(name.count(".") == depth for name in names)


def means_of(network: Network, layers: Sequence[str], pixels: np.ndarray) -> list[np.ndarray]:
    """Pictures uint8 [B, S, S, 3] -> of each layer its mean over places or tokens, float32 [B, C]."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, output: Tensor) -> None:
        if name in found:  # a module that runs again later: its first time is the earlier place
            return
        if output.dim() == 4:
            output = output.mean((2, 3) if network.channels == "first" else (1, 2))
        elif output.dim() == 3:
            output = output.mean(1)
        found[name] = output.flatten(1).float().cpu().numpy()

    _run(network, {name: lambda output, name=name: keep(name, output) for name in layers}, pixels)
    return [found[name] for name in layers]


def _run(network: Network, told: dict[str, Any], pixels: np.ndarray) -> None:
    """Run the network on pictures and tell each module's output: told[name](output)."""
    import torch

    from ..models.activations import to_network
    from ..models.device import repeatable_kernels

    modules = dict(network.model.named_modules())
    hooks = [
        modules[name].register_forward_hook(lambda _, __, output, tell=tell: tell(output))
        for name, tell in told.items()
    ]
    try:
        with torch.inference_mode(), repeatable_kernels():
            network(to_network(pixels, network.mean.device))
    finally:
        for hook in hooks:
            hook.remove()
