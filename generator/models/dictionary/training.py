"""A study's pictures and the layer of its network -> a dictionary trained on what the layer gives at its places.

The autoencoder, its loss and its steps are overcomplete's (0.3: TopKSAE, top_k_auxiliary_loss, train_sae; Gao et al.
2024, 'Scaling and evaluating sparse autoencoders'). Here: the places, epochs that can be taken up again, the measures
and the file.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ... import PACKAGE
from ...errors import StudyError
from ...pictures import PictureSet
from ...store import Arrays, Store, digest_of, source_digest, write_atomically
from .. import ACTIVATION_SOURCES, NetworkHandle
from ..activations import forward_batch, in_batches, to_network
from ..device import repeatable_kernels
from .encoding import Dictionary, Rule
from .reading import FORMAT

PART = 512  # pictures whose places are kept together
HELD_OUT = 10  # every tenth picture is not trained on


@dataclass(frozen=True)
class Recipe:
    """How a dictionary is trained.

    features: None: twice the layer's width; k: features that are active at a place; places: that are drawn from
    the layer over all pictures, at most; the rate falls as a cosine to a hundredth.
    """

    features: int | None = None
    k: int = 16
    epochs: int = 20
    batch: int = 1024
    learning_rate: float = 1e-3
    auxiliary: float = 1 / 32  # weight of the loss that dead features are revived by (Gao et al. 2024, appendix A.2)
    places: int = 1_000_000
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """What came out, measured with the written file on places of pictures that were not trained on.

    r2: share of the places' variance that is reconstructed; l0: features active at a place, on average; dead: features
    that are active at no place of any picture, trained on or not.
    """

    features: int
    width: int
    places: int
    held_out: int
    r2: float
    l0: float
    dead: int

    def describe(self) -> str:
        """The measures in words."""
        return (
            f"{self.features} features of a layer {self.width} wide; R² {self.r2:.3f} and {self.l0:.1f} active on "
            f"average at {self.held_out:,} places of held-out pictures, {self.dead} dead features"
        )


class Training:
    """A dictionary in training: places are taken first, then it runs.

    out: the file to write; work: folder of the unfinished run. places: float32 [P, width], what the layer gives.
    Raises StudyError for a missing package, a k that is too large, or too few pictures.
    """

    places: Tensor

    def __init__(self, handle: NetworkHandle, recipe: Recipe, out: Path, work: Path) -> None:
        self.handle, self.recipe, self.out, self.work = handle, recipe, out, work
        self.sae = overcomplete_sae()

    def take_places(self, pictures: PictureSet, store: Store, on_progress: Callable[[float, float], None]) -> None:
        """Read what the layer gives at places of these pictures, kept in the store part by part."""
        if len(pictures.names) < 2 * HELD_OUT:
            raise StudyError(f"{len(pictures.names)} pictures are too few to train on: give at least {2 * HELD_OUT}")
        found, key = _places(self.handle, pictures, self.recipe, store, on_progress)
        self.places = torch.from_numpy(found["places"])
        self.held = torch.from_numpy(found["picture"] % HELD_OUT == HELD_OUT - 1)
        self.width = self.places.shape[1]
        self.features = self.recipe.features or 2 * self.width
        if self.recipe.k > self.features:
            raise StudyError(
                f"k = {self.recipe.k} of {self.features} features cannot be kept: lower --k or raise --features"
            )
        self.state_file = self.work / f"dictionary-{digest_of([asdict(self.recipe), key])[:24]}.pt"

    def run(self, resume: bool = True, on_epoch: Callable[[float, float], None] = lambda done, total: None) -> Trained:
        """Train, write the file, tell how it went.

        After every epoch the state is saved and, with `resume`, taken up again: a killed run ends with the same file.
        on_epoch(epochs, of how many).
        """
        recipe, device = self.recipe, self.handle.network.mean.device
        learnt = self.places[~self.held]
        mean = learnt.mean(0)
        scale = float((learnt - mean).square().mean().sqrt().clamp(min=torch.finfo(torch.float32).tiny))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            model = self.sae.TopKSAE(self.width, self.features, top_k=recipe.k, device=device)
        criterion = partial(self.sae.losses.top_k_auxiliary_loss, penalty=recipe.auxiliary)
        optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
        first = _taken_up(self.state_file, model, optimizer, device) if resume else 0
        seen = (learnt - mean) / scale
        for epoch in range(first, recipe.epochs):
            loader = _Batches(seen, recipe, epoch)
            rate = _Cosine(optimizer, recipe, epoch, len(loader))
            with repeatable_kernels():
                self.sae.train_sae(model, loader, criterion, optimizer, rate, nb_epochs=1, monitoring=0, device=device)
            _save_state(self.state_file, model, optimizer, epoch + 1)
            on_epoch(epoch + 1, recipe.epochs)
        model.eval()
        tensors = _unscaled(model, mean, scale)
        rule = Rule("topk", recipe.k)
        dictionary = Dictionary(tensors["encoder"], tensors["encoder_bias"], tensors["decoder_bias"], None, rule)
        trained = _measured(dictionary, tensors["decoder"], self.places, self.held)
        header = {
            "format": FORMAT, "activation": "topk", "k": str(recipe.k), "layer": self.handle.network.layer,
            "recipe": json.dumps(asdict(recipe)), "measured": json.dumps(asdict(trained)),
        }  # fmt: skip
        write_atomically(self.out, _repeatable(save(tensors, metadata=header)))
        self.state_file.unlink(missing_ok=True)
        return trained


def overcomplete_sae() -> Any:
    """The package overcomplete.sae. Raises StudyError where the package is missing."""
    import matplotlib
    import matplotlib.cm

    # overcomplete 0.3 makes colour maps when it is imported, by a function that matplotlib 3.9 took away.
    missing = not hasattr(matplotlib.cm, "get_cmap")
    if missing:
        matplotlib.cm.get_cmap = matplotlib.colormaps.__getitem__  # type: ignore[attr-defined]
    try:
        return importlib.import_module("overcomplete.sae")
    except ImportError as error:
        raise StudyError(
            f"training a dictionary needs the package overcomplete ({error}); install it with "
            "pip install -e '.[dictionary]'"
        ) from error
    finally:
        if missing:
            del matplotlib.cm.get_cmap  # type: ignore[attr-defined]


def _places(
    handle: NetworkHandle,
    pictures: PictureSet,
    recipe: Recipe,
    store: Store,
    on_progress: Callable[[float, float], None],
) -> tuple[Arrays, str]:
    """What the layer gives at places of all pictures, float32 [P, width], and of which picture each is [P]; their key.

    As many places of each picture, drawn by the seed; kept part by part.
    """
    each = max(1, recipe.places // len(pictures.names))
    code = source_digest(PACKAGE / "models" / "dictionary" / "training.py", *ACTIVATION_SOURCES)
    made = []
    for start in range(0, len(pictures.names), PART):
        stop = min(start + PART, len(pictures.names))
        key = [handle.identity, code, pictures.digest, start, each, recipe.seed]
        make = partial(_read, handle, pictures, start, stop, each, recipe.seed)
        made.append(store.get("places", key, make, handle.origin))
        on_progress(stop, len(pictures.names))
    found = {name: np.concatenate([part[name] for part in made]) for name in ("places", "picture")}
    return found, digest_of([handle.identity, code, pictures.digest, each, recipe.seed])


@torch.inference_mode()
def _read(handle: NetworkHandle, pictures: PictureSet, start: int, stop: int, each: int, seed: int) -> Arrays:
    network = handle.fused
    found: list[np.ndarray] = []

    def run(first: int, last: int) -> None:
        x = to_network(pictures.pixels[first + start : last + start], network.mean.device)
        at_places = network.places(x).float().cpu().numpy()  # [B, P, width]
        for number, of_picture in enumerate(at_places, start=first + start):
            order = np.random.default_rng([seed, number, 11]).permutation(len(of_picture))
            found.append(of_picture[np.sort(order[:each])])

    with repeatable_kernels():
        in_batches(run, stop - start, forward_batch(network), "a layer's places")
    counts = [len(of_picture) for of_picture in found]
    return {"places": np.concatenate(found), "picture": np.repeat(np.arange(start, stop), counts).astype(np.int64)}


class _Batches:
    """The places of one epoch in an order of its own, batch by batch."""

    def __init__(self, places: Tensor, recipe: Recipe, epoch: int) -> None:
        generator = torch.Generator().manual_seed(recipe.seed * 100_003 + epoch)
        self.places, self.order = places, torch.randperm(len(places), generator=generator)
        self.batch = min(recipe.batch, len(places))

    def __len__(self) -> int:
        return len(self.places) // self.batch  # the last, smaller one is left out

    def __iter__(self) -> Iterator[Tensor]:
        for step in range(len(self)):
            yield self.places[self.order[step * self.batch : (step + 1) * self.batch]]


class _Cosine:
    """The rate of each step, from the recipe's down to a hundredth of it over all epochs."""

    def __init__(self, optimizer: torch.optim.Optimizer, recipe: Recipe, epoch: int, steps: int) -> None:
        self.optimizer, self.recipe, self.done, self.all = optimizer, recipe, epoch * steps, recipe.epochs * steps
        self._set()

    def step(self) -> None:
        self.done += 1
        self._set()

    def _set(self) -> None:
        share = 0.505 + 0.495 * float(np.cos(np.pi * self.done / self.all))
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * share


def _taken_up(file: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, device: torch.device) -> int:
    """Load the state of an unfinished run; returns how many of its epochs are done."""
    if not file.is_file():
        return 0
    state = torch.load(file, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["epoch"])


def _save_state(file: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, new)
    os.replace(new, file)


@torch.no_grad()
def _unscaled(model: Any, mean: Tensor, scale: float) -> dict[str, Tensor]:
    """The trained autoencoder, of places minus their mean over a scale -> one of the places themselves.

    Features come out in the layer's own units: the decoder's rows keep their length 1.
    """
    state = {name: tensor.detach().float().cpu() for name, tensor in model.state_dict().items()}
    return {
        "encoder": state["encoder.final_block.0.weight"].contiguous(),
        "encoder_bias": state["encoder.final_block.0.bias"] * scale,
        "decoder": model.get_dictionary().detach().float().cpu().contiguous(),
        "decoder_bias": mean.clone(),
    }


@torch.no_grad()
def _measured(dictionary: Dictionary, decoder: Tensor, places: Tensor, held: Tensor) -> Trained:
    """The dictionary as it was written, on all places: which of their features are active, what is reconstructed."""
    alive = torch.zeros(dictionary.features, dtype=torch.bool)
    missed, active, count = 0.0, 0, 0
    for start in range(0, len(places), 4096):
        some, of_held = places[start : start + 4096], held[start : start + 4096]
        codes = dictionary(some)
        alive |= (codes > 0).any(0)
        apart = some[of_held] - codes[of_held] @ decoder - dictionary.decoder_bias
        missed += float(apart.double().square().sum())
        active += int((codes[of_held] > 0).sum())
        count += int(of_held.sum())
    unseen = places[held].double()
    variance = float((unseen - unseen.mean(0)).square().sum())
    return Trained(
        dictionary.features, dictionary.width, len(places), count, 1 - missed / variance if variance else 0.0,
        active / max(count, 1), int((~alive).sum()),
    )  # fmt: skip


def _repeatable(content: bytes) -> bytes:
    """A safetensors file with the entries of its header in order: the library writes them in another one each time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[end:]
