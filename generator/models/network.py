"""A network seen from one layer: pictures [B, 3, S, S] in [0, 1] -> representation [B, units]."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..study.model import ModelError
from .dictionary.encoding import BLOCK, Dictionary, Pool

RECTIFIERS = (nn.ReLU, nn.ReLU6)
PASSING = (nn.AdaptiveAvgPool2d, nn.AvgPool2d, nn.Flatten, nn.Identity, nn.Dropout)


FakeReLU = bool | Literal["dead"]  # of no map, of every map, or of those that are 0 in all places


class _FakeReLU(torch.autograd.Function):
    """A rectifier whose backward pass is the identity (`robustness`, tools/custom_modules.py: FakeReLU)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ceiling: float, places: tuple[int, ...] | None) -> Tensor:
        """places: dimensions over which a map must be 0 for its gradient to pass; None: it passes in any case."""
        out = x.clamp(min=0.0, max=ceiling)
        if places is not None:
            dead = (out.amax(places, keepdim=True) if places else out) == 0
            ctx.save_for_backward(dead | ((x > 0) & (x < ceiling)))
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        passing = ctx.saved_tensors
        return (gradient * passing[0] if passing else gradient), None, None


class Network(nn.Module):
    """A network with its normalization inside and one layer's output as representation.

    A feature map [B, U, H, W] is averaged over its places (or pooled by maximum: `pool`), tokens [B, T, U] over the
    tokens, a vector [B, U] is taken as it is; `tokens`, `channels` and `pool` are those of ModelSettings. With a
    `dictionary` its features at every place are pooled instead, and are the units; `both`: they come after the neurons.
    Weights are frozen and the network is in evaluation mode.

    Attributes: name, layer (dotted module name), size (side of the input in pixels), units (U), neurons (how many of
    the units, the first, are neurons), largest_map (bytes of the largest output of a module for one picture), digest
    (hash of weights, layer, size, normalization, dictionary and `code`, itself a hash of the code that computes the
    network: two with the same digest give the same representation).
    Raises ModelError if the layer does not exist or does not give a tensor of 2, 3 or 4 dimensions, or if the
    dictionary is of another width.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        model: nn.Module,
        *,
        name: str,
        layer: str,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        tokens: str | int = "mean",
        channels: str = "first",
        pool: Pool = "mean",
        dictionary: Dictionary | None = None,
        both: bool = False,
        code: str = "",
    ) -> None:
        super().__init__()
        self.tokens, self.channels, self.pool = tokens, channels, pool
        self.dictionary, self.both = dictionary, both
        self.model = model.eval().requires_grad_(False)
        self.name, self.layer, self.size = name, layer, size
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, 3, 1, 1), persistent=False)
        for module in model.modules():
            if isinstance(module, RECTIFIERS):
                module.inplace = False  # the input of the last rectifier is needed once more by the fake one
        self._fake: FakeReLU = False
        self._dtype = torch.float32
        self._captured: Tensor | None = None
        self._calls = 0
        self._rectifier: tuple[nn.Module, int] | None = None
        self._target = _find_layer(model, layer, name)
        self.largest_map = 0
        self.neurons = self._trace()
        self.units = self.neurons
        if dictionary is not None:
            self.neurons = self.neurons if both else 0
            self.units = self.neurons + dictionary.features
        if self._rectifier:  # before the capture: the two may be hooks of one module, and run in this order
            self._rectifier[0].register_forward_hook(self._rectify)
        self._target.register_forward_hook(self._capture)
        self.digest = self._hash(code)

    def forward(self, pictures: Tensor, fake_relu: FakeReLU = False) -> Tensor:
        """Pictures [B, 3, S, S] in [0, 1] -> representation [B, U].

        With `fake_relu` the last rectifier before the representation lets every gradient through, so that a unit
        that is exactly 0 can still be raised (Engstrom et al. 2019); "dead": of such units alone, all others have
        their own gradient. Values are the same either way. The last rectifier of features is their own activation.
        """
        own = self.dictionary is None or self.both or not self.dictionary.rectifies
        return self._represented(self._at_layer(pictures, fake_relu if own else False), fake_relu)

    def columns(self, pictures: Tensor, units: Sequence[int]) -> Tensor:
        """Pictures [B, 3, S, S] and units -> their columns of the representation [B, len(units)].

        Of a dictionary only these features are computed, and each by itself.
        """
        if self.dictionary is None:
            return self(pictures)[:, list(units)]
        at_layer = self._at_layer(pictures, False)
        neurons = self._pooled(at_layer)
        features = [unit - self.neurons for unit in units if unit >= self.neurons]
        made = iter(self.dictionary.columns(self._places_of(at_layer), features, self.pool).T if features else ())
        return torch.stack([neurons[:, unit] if unit < self.neurons else next(made) for unit in units], 1)

    def values(self, pictures: Tensor, units: Tensor, fake_relu: FakeReLU = False) -> Tensor:
        """Pictures [B, 3, S, S] and a unit for each [B] -> the units' values [B], as `forward` gives them.

        Of a dictionary only these features are computed. Neurons and features are run apart, as another rectifier is
        the last before them.
        """
        if self.dictionary is None:
            return self(pictures, fake_relu).gather(1, units[:, None])[:, 0]
        of_features = units >= self.neurons
        made = pictures.new_empty(0)
        if of_features.any():
            rows, rectifies = pictures[of_features], self.dictionary.rectifies
            at_places = self._places_of(self._at_layer(rows, False if rectifies else fake_relu))
            made = self.dictionary.values(at_places, units[of_features] - self.neurons, self.pool, fake_relu)
        if of_features.all():
            return made
        rows = pictures[~of_features]
        neurons = self._pooled(self._at_layer(rows, fake_relu)).gather(1, units[~of_features, None])[:, 0]
        order = torch.cat([of_features.nonzero()[:, 0], (~of_features).nonzero()[:, 0]]).argsort()
        return torch.cat([made, neurons])[order]

    def places(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] in [0, 1] -> what the layer gives at each place or token [B, places, width]."""
        return self._places_of(self._at_layer(pictures, False))

    def _at_layer(self, pictures: Tensor, fake_relu: FakeReLU) -> Tensor:
        """Pictures -> what the layer gives, as it is."""
        self._fake, self._calls, self._captured = fake_relu, 0, None
        try:
            self.model(((pictures - self.mean) / self.std).to(self._dtype))
            captured = self._captured
        finally:
            self._fake, self._captured = False, None
        if captured is None:
            raise ModelError(
                f"layer '{self.layer}' of {self.name} did not run for this picture; choose a layer on its main path"
            )
        return captured

    def _represented(self, at_layer: Tensor, fake_relu: FakeReLU) -> Tensor:
        """What the layer gives -> the representation: neurons, features, or both."""
        if self.dictionary is None:
            return self._pooled(at_layer)
        features = self.dictionary.pooled(self._places_of(at_layer), self.pool, fake_relu)
        return torch.cat([self._pooled(at_layer), features], 1) if self.both else features

    @property
    def rectified(self) -> bool:
        """Whether a rectifier feeds the representation, which `fake_relu` then replaces."""
        return self._rectifier is not None or (self.dictionary is not None and self.dictionary.rectifies)

    @property
    def rectifier(self) -> nn.Module | None:
        """The module that feeds the representation, if it is a rectifier."""
        return self._rectifier[0] if self._rectifier else None

    @property
    def dtype(self) -> torch.dtype:
        """The numbers that the model computes in."""
        return self._dtype

    def run_in(self, dtype: torch.dtype) -> None:
        """Compute in other numbers from now on; pictures, normalization and representation in it or in 32 bits."""
        self._dtype, widest = dtype, torch.promote_types(dtype, torch.float32)
        self.model.to(dtype)
        if self.dictionary is not None:
            self.dictionary.to_numbers(dtype)
        self.mean, self.std = self.mean.to(widest), self.std.to(widest)

    def to_channels_last(self) -> Network:
        """Lay filters of two dimensions out as processors convolve them soonest; others stay as they are."""
        for parameter in self.model.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        return self

    def _capture(self, module: nn.Module, inputs: object, output: object) -> None:
        self._captured = output  # type: ignore[assignment]

    def _rectify(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        self._calls += 1
        if self._fake and self._rectifier and self._calls == self._rectifier[1]:
            ceiling = 6.0 if isinstance(module, nn.ReLU6) else float("inf")
            return _FakeReLU.apply(inputs[0], ceiling, self._places(output.dim()) if self._fake == "dead" else None)
        return None

    def _places(self, dimensions: int) -> tuple[int, ...]:
        """Dimensions of an output that are not its units."""
        if dimensions == 4:
            return (2, 3) if self.channels == "first" else (1, 2)
        return (1,) if dimensions == 3 else ()

    @torch.no_grad()
    def _trace(self) -> int:
        """Run once, learn the number of units and which call of which rectifier feeds the representation."""
        seen: dict[nn.Module, int] = {}
        last: list[tuple[nn.Module, int, Tensor]] = []
        reached: list[tuple[object, object]] = []

        def rectified(module: nn.Module, inputs: object, output: Tensor) -> None:
            seen[module] = seen.get(module, 0) + 1
            last[:] = [(module, seen[module], output)]

        def at_layer(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
            reached[:] = [(inputs[0] if inputs else None, output)]
            found[:] = list(last)

        def measure(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                self.largest_map = max(self.largest_map, output.nbytes)

        found: list[tuple[nn.Module, int, Tensor]] = []
        hooks = [m.register_forward_hook(measure) for m in self.model.modules()]
        hooks += [m.register_forward_hook(rectified) for m in self.model.modules() if isinstance(m, RECTIFIERS)]
        hooks.append(self._target.register_forward_hook(at_layer))
        try:
            self.model((torch.full((1, 3, self.size, self.size), 0.5) - self.mean) / self.std)
        except Exception as error:  # a network of one's own may raise anything
            raise ModelError(
                f"{self.name} cannot be run on a picture of {self.size} x {self.size} pixels: "
                f"{(str(error) or type(error).__name__).splitlines()[0]}"
            ) from error
        finally:
            for hook in hooks:
                hook.remove()
        if not reached:
            raise ModelError(
                f"layer '{self.layer}' of {self.name} did not run for this picture; choose a layer on its main path"
            )
        entered, left = reached[0]
        self._check_dimensions(left)
        assert isinstance(left, Tensor)
        if found and (found[0][2] is left or (isinstance(self._target, PASSING) and found[0][2] is entered)):
            self._rectifier = found[0][:2]
        self._check_tokens(left)
        self._check_dictionary(left)
        return self._pooled(left).shape[1]

    def _pooled(self, output: Tensor) -> Tensor:
        """What the layer gives -> the representation [B, U], as precise as the normalization: float32 by default."""
        precise = self.mean.dtype
        if output.dim() == 4 or (output.dim() == 3 and self.tokens == "mean"):  # [B, U, H, W] or [B, T, U] -> [B, U]
            places = self._places(output.dim())
            return (output.mean(places) if self.pool == "mean" else output.amax(places)).to(precise)
        if output.dim() == 3 and self.tokens == "each":
            return output.to(precise).norm(dim=2)  # [B, T, U] -> [B, T]
        if output.dim() == 3:
            return output[:, 0 if self.tokens == "class" else int(self.tokens)].to(precise)  # [B, T, U] -> [B, U]
        return output.to(precise)

    def _places_of(self, output: Tensor) -> Tensor:
        """What the layer gives -> the same at each place or token that is looked at [B, places, width]."""
        if output.dim() == 4:
            return output.flatten(2).transpose(1, 2) if self.channels == "first" else output.flatten(1, 2)
        if output.dim() == 3 and self.tokens != "mean":
            token = 0 if self.tokens == "class" else int(self.tokens)
            return output[:, token : token + 1]
        return output if output.dim() == 3 else output[:, None]

    def _check_dimensions(self, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() in (2, 3, 4):
            return
        kind = f"a tensor of {output.dim()} dimensions" if isinstance(output, Tensor) else f"a {type(output).__name__}"
        raise ModelError(
            f"layer '{self.layer}' of {self.name} gives {kind}; a representation is a tensor "
            "[batch, units], [batch, tokens, units] or [batch, channels, height, width]"
        )

    def _check_tokens(self, output: Tensor) -> None:
        where = f"layer '{self.layer}' of {self.name}"
        if self.tokens != "mean" and output.dim() != 3:
            kind = "maps" if output.dim() == 4 else "vectors"
            raise ModelError(f"{where} gives {kind}, not tokens: leave out [model] tokens = {self.tokens!r}")
        if isinstance(self.tokens, int) and self.tokens >= output.shape[1]:
            raise ModelError(
                f"{where} gives {output.shape[1]} tokens: [model] tokens = {self.tokens} must be from 0 to "
                f"{output.shape[1] - 1}"
            )

    def _check_dictionary(self, output: Tensor) -> None:
        """Raises ModelError for a dictionary that is not of this layer; counts what its largest block takes."""
        if self.dictionary is None:
            return
        where = f"layer '{self.layer}' of {self.name}"
        if self.tokens == "each":
            raise ModelError("[model] tokens = 'each' makes units of tokens, and a dictionary is of a layer's channels")
        at_places = self._places_of(output)
        if at_places.shape[2] != self.dictionary.width:
            raise ModelError(
                f"the dictionary is of a layer {self.dictionary.width} wide, and {where} is {at_places.shape[2]} wide: "
                "name the layer that it was made for"
            )
        self.largest_map = max(self.largest_map, 4 * at_places.shape[1] * min(BLOCK, self.dictionary.features))

    def _hash(self, code: str) -> str:
        digest = hashlib.sha256(
            f"{code}|{self.layer}|{self.tokens}|{self.channels}|{self.size}|{self.mean.flatten().tolist()}|{self.std.flatten().tolist()}".encode()
        )
        if self.pool != "mean" or self.dictionary is not None:
            digest.update(f"|{self.pool}|{self.both}|{self.dictionary and self.dictionary.digest}".encode())
        digest.update(type(self.model).__qualname__.encode())
        for key, tensor in sorted(self.model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()


def _find_layer(model: nn.Module, layer: str, name: str) -> nn.Module:
    modules = dict(model.named_modules())
    modules.pop("", None)
    if layer in modules:
        return modules[layer]
    near = difflib.get_close_matches(layer, modules, n=5, cutoff=0.4) or list(modules)[-5:]
    raise ModelError(f"{name} has no layer '{layer}'; near names are {', '.join(near)}")
