"""Pictures -> the feature maps of a network's layers, each picture's kept as soon as it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from ..models import NetworkHandle
from ..store import Store, digest_of_arrays, source_digest

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..models.network import Network

PLACES = 8  # along a side at most: a grid-cam of the paper tells no finer ones apart
BATCH = 8  # pictures at once, filled up with repeats: a picture's maps do not depend on which others are new
REMEMBERED = 2000  # pictures whose maps are kept in memory


class Maps:
    """Feature maps of pictures. handle: the network; layers: its modules, none: those of `find_layers`."""

    def __init__(self, handle: NetworkHandle, layers: Sequence[str], store: Store) -> None:
        self.handle, self.layers, self.store = handle, tuple(layers), store
        self._known: dict[str, list[np.ndarray]] = {}
        self._found: tuple[str, ...] = ()

    def of(self, pictures: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
        """Pictures uint8 [S, S, 3] -> of each its map of each layer, float16 [C, P, P] with P at most 8."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        digests = [digest_of_arrays({"picture": each}) for each in pictures]
        missing: dict[str, np.ndarray] = {}
        for digest, picture in zip(digests, pictures, strict=True):
            if digest in self._known or digest in missing:
                continue
            kept = self.store.read("maps", self._depends_on(digest))
            if kept is None:
                missing[digest] = picture
            else:
                self._known[digest] = [kept[name] for name in sorted(kept)]
        if missing:
            self._compute(missing)
        return [self._known[digest] for digest in digests]

    def _depends_on(self, digest: str) -> list[object]:
        return [self.handle.identity, list(self.layers), source_digest(Path(__file__)), digest]

    def _compute(self, missing: dict[str, np.ndarray]) -> None:
        network = self.handle.network
        self._found = self._found or self.layers or find_layers(network)
        names, origin = list(missing), self.handle.origin()
        for first in range(0, len(names), BATCH):
            some = names[first : first + BATCH]
            filled = (some * BATCH)[:BATCH]
            made = _maps(network, self._found, [missing[name] for name in filled])
            for k, name in enumerate(some):
                self._known[name] = [layer[k] for layer in made]
                arrays = {f"layer{place}": layer for place, layer in enumerate(self._known[name])}
                self.store.write("maps", self._depends_on(name), arrays, origin)


def find_layers(network: Network) -> tuple[str, ...]:
    """A middle layer and the last one: modules whose maps are compared where nobody names them.

    The last is the last module that gives a map, the middle one the last whose map is finer, or, where none is
    (transformers), the one half way. Of several modules that qualify, those that hold others count.
    """
    import torch

    seen: list[tuple[str, int]] = []

    def note(name: str, output: object) -> None:
        as_map = to_map(output) if isinstance(output, torch.Tensor) else None
        if as_map is not None and as_map.shape[-1] > 1:
            seen.append((name, as_map.shape[-1]))

    _run(network, {name: note for name, _ in network.model.named_modules() if name}, [_grey(network.size)])
    if not seen:
        raise StudyError(f"{network.name} has no layer that gives maps: observers compare maps of places")
    last = _outermost([name for name, side in seen if side == seen[-1][1]])
    finer = [side for _, side in seen if side >= 1.5 * seen[-1][1]]  # what is only padded is not finer
    if finer:
        nearest = min(finer, key=lambda side: abs(side - 2 * seen[-1][1]))
        return _outermost([name for name, side in seen if side == nearest]), last
    depths = [name.count(".") for name, _ in seen]
    blocks = min((depth for depth in depths if depths.count(depth) > 3), default=depths[-1])
    at_depth = [name for name, _ in seen if name.count(".") == blocks]
    halfway = at_depth[(len(at_depth) - 1) // 2]
    return (halfway, last) if halfway != last else (last,)


def _outermost(names: Sequence[str]) -> str:
    """The last of those names that have the fewest dots."""
    least = min(name.count(".") for name in names)
    return [name for name in names if name.count(".") == least][-1]


def to_map(output: Tensor) -> Tensor | None:
    """What a layer gives -> [B, C, P, P]; None for what is no map. Tokens [B, T, C] are one if they make a square."""
    if output.dim() == 4:
        if output.shape[2] == output.shape[3]:
            return output
        return output.permute(0, 3, 1, 2) if output.shape[1] == output.shape[2] else None
    if output.dim() == 3:
        tokens = output.shape[1]
        for special in (0, 1):  # a class token comes first
            side = isqrt(tokens - special)
            if side > 1 and side**2 == tokens - special:
                return output[:, special:].transpose(1, 2).unflatten(2, (side, side))
    return None


def _grey(size: int) -> np.ndarray:
    return np.full((size, size, 3), 128, np.uint8)


def _maps(network: Network, layers: Sequence[str], pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Pictures -> of each layer, in their order, float16 [B, C, P, P]."""
    import torch
    from torch.nn import functional as F

    found: dict[str, np.ndarray] = {}

    def keep(name: str, output: object) -> None:
        maps = to_map(output) if isinstance(output, torch.Tensor) else None
        if maps is None:
            raise StudyError(
                f"[observers] layers: '{name}' of {network.name} gives no map of places; name layers that do"
            )
        if maps.shape[-1] > PLACES:
            maps = F.adaptive_avg_pool2d(maps, PLACES)
        largest = torch.finfo(torch.float16).max
        found[name] = maps.clamp(-largest, largest).to(torch.float16).cpu().numpy()

    known = dict(network.model.named_modules())
    for layer in layers:
        if layer not in known:
            raise StudyError(f"[observers] layers: {network.name} has no layer '{layer}'; one is '{network.layer}'")
    _run(network, {layer: keep for layer in layers}, pictures)
    for layer in layers:
        if layer not in found:
            raise StudyError(f"[observers] layers: '{layer}' of {network.name} does not run for a picture")
    return [found[layer] for layer in layers]


def _run(network: Network, told, pictures: Sequence[np.ndarray]) -> None:
    """Run the network on pictures, resized to its side, and tell each module's output: told[name](name, output)."""
    import torch
    from torch.nn import functional as F

    from ..models.activations import to_network
    from ..models.device import repeatable_kernels

    modules: dict[str, nn.Module] = dict(network.model.named_modules())
    hooks = [
        modules[name].register_forward_hook(lambda _, __, output, name=name: told[name](name, output)) for name in told
    ]
    try:
        x = to_network(np.stack(pictures), network.mean.device)
        if x.shape[-1] != network.size:
            sides = (network.size, network.size)
            x = F.interpolate(x, sides, mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)
        with torch.inference_mode(), repeatable_kernels():
            network(x)
    finally:
        for hook in hooks:
            hook.remove()
