"""A copy of a network that computes sooner: batch norms folded, channels last, in either number format.

In float32 it serves activations and grid-cams, in the number format of the settings visualizations.
"""

from __future__ import annotations

import copy
import operator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .network import RECTIFIERS, Network

CONV2D = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")  # its arguments, in their order
TOLERANCE = 1e-3  # of the largest activation: what folding may change


class FoldedStem(nn.Module):
    """A convolution of stride 2 on few channels, as one of stride 1 on 2x2 times as many at half the resolution.

    The same sums: every 2x2 square of the picture becomes one place. Its backward pass is what gains, as processors
    convolve many channels at a time and a picture has three: 6.2 -> 2.5 ms for ResNet-50's at 224 px in bfloat16.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        assert not isinstance(conv.padding, str)  # see fits
        k, self.padding = conv.kernel_size[0], conv.padding[0]
        self.blocks = (k + 1) // 2
        weight = F.pad(conv.weight.detach(), [0, 2 * self.blocks - k] * 2)  # [O, C, K, K] -> [O, 4C, K/2, K/2]
        self.kernel = k
        self.weight = nn.Parameter(F.pixel_unshuffle(weight, 2), requires_grad=False)
        self.bias = None if conv.bias is None else nn.Parameter(conv.bias.detach(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        edges = []
        for side in (x.shape[-1], x.shape[-2]):
            out = (side + 2 * self.padding - self.kernel) // 2 + 1
            edges += [self.padding, 2 * (out - 1 + self.blocks) - side - self.padding]
        squares = F.pixel_unshuffle(F.pad(x, edges), 2).contiguous(memory_format=torch.channels_last)
        return F.conv2d(squares, self.weight, self.bias)

    @staticmethod
    def fits(module: nn.Module) -> bool:
        """Whether the module is such a convolution."""
        return (
            type(module) is nn.Conv2d
            and module.in_channels <= 4
            and module.stride == (2, 2)
            and module.kernel_size[0] == module.kernel_size[1] >= 2
            and not isinstance(module.padding, str)
            and module.padding[0] == module.padding[1]
            and module.padding_mode == "zeros"
            and module.dilation == (1, 1)
            and module.groups == 1
        )


class WideDepthwise(nn.Module):
    """A depthwise convolution with a stride, computed in 32 bits within a network in 16.

    Processors have no quick backward pass for it in bfloat16: 31 -> 4 ms for 4 pictures of 96 maps of 112 x 112.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        conv = self.conv
        bias = None if conv.bias is None else conv.bias.float()
        out = F.conv2d(
            x.float(), conv.weight.float(), bias, conv.stride, conv.padding, conv.dilation, conv.groups
        )  # fmt: skip
        return out.to(x.dtype)

    @staticmethod
    def fits(module: nn.Module) -> bool:
        """Whether the module is such a convolution."""
        return (
            type(module) is nn.Conv2d
            and module.groups == module.in_channels > 1
            and max(module.stride) > 1
            and module.padding_mode == "zeros"
        )


def fused_copy(network: Network, dtype: torch.dtype | None = None) -> Network:
    """A copy of the network that gives nearly the same representation sooner; dtype: to compute in, None: its own.

    Batch norms are folded, and on a CPU convolutions recast that it is slow at, where the network can be traced and the
    layer's output stays what it was; a network that cannot be traced is copied as it is. Gradients flow as before, the
    fake rectifier included.
    """
    from torch.fx.experimental.optimization import fuse  # seconds to import, and only here of use

    model = _bare(network.model)
    try:
        folded = fuse(_with_modules(model))
        if network.mean.device.type == "cpu":
            for name, module in list(folded.named_modules()):
                for recast in (FoldedStem, WideDepthwise):
                    if recast.fits(module):
                        folded.set_submodule(name, recast(module))
    except Exception:  # noqa: BLE001  tracing fails in as many ways as there are networks
        folded = None
    for candidate in (folded, model):
        if candidate is None:
            continue
        made = _rebuilt(network, candidate)
        if made is not None and _alike(network, made):
            break
    else:
        return network
    _rectify_in_place(network, made)
    made.to_channels_last()
    if dtype is not None:
        made.run_in(dtype)
    return made


def _with_modules(model: nn.Module) -> nn.Module:
    """The model traced, with modules in place of calls of conv2d on its weights, so that those are folded too."""
    traced = torch.fx.symbolic_trace(model)
    for number, node in enumerate(traced.graph.nodes):
        if node.target is not F.conv2d:
            continue
        arguments = {**dict(zip(CONV2D, node.args, strict=False)), **node.kwargs}
        weight, bias = arguments.pop("weight"), arguments.pop("bias", None)
        if weight.op != "get_attr" or (bias is not None and bias.op != "get_attr"):
            continue
        kernel = operator.attrgetter(weight.target)(traced)
        input_node = arguments.pop("input")
        channels = kernel.shape[1] * arguments.get("groups", 1)
        conv = nn.Conv2d(channels, len(kernel), tuple(kernel.shape[2:]), bias=bias is not None, **arguments)
        conv.weight = nn.Parameter(kernel.detach(), requires_grad=False)  # it may be a buffer: the world's blur is
        if bias is not None:
            own = operator.attrgetter(bias.target)(traced)
            conv.bias = nn.Parameter(own.detach(), requires_grad=False)
        traced.add_submodule(f"conv2d_{number}", conv.eval())
        with traced.graph.inserting_before(node):
            node.replace_all_uses_with(traced.graph.call_module(f"conv2d_{number}", (input_node,)))
        traced.graph.erase_node(node)
    traced.recompile()
    return traced


def _bare(model: nn.Module) -> nn.Module:
    """A copy without the hooks that belong to the network it is part of."""
    hooks = [(module, dict(module._forward_hooks)) for module in model.modules() if module._forward_hooks]
    for module, _ in hooks:
        module._forward_hooks.clear()
    try:
        return copy.deepcopy(model)
    finally:
        for module, kept in hooks:
            module._forward_hooks.update(kept)


def _rebuilt(network: Network, model: nn.Module) -> Network | None:
    device = network.mean.device
    mean, std = network.mean.flatten().tolist(), network.std.flatten().tolist()
    try:
        made = Network(
            model.cpu(), name=network.name, layer=network.layer, size=network.size, mean=mean, std=std,
            tokens=network.tokens, channels=network.channels, pool=network.pool,
            dictionary=copy.deepcopy(network.dictionary).cpu() if network.dictionary is not None else None,
            both=network.both,
        )  # fmt: skip
        made.run_in(network.dtype)
    except Exception:  # noqa: BLE001  a layer that folding took away
        return None
    return made.to(device)


def _rectify_in_place(network: Network, made: Network) -> None:
    """Let rectifiers overwrite what they rectify, where neither values nor gradients need it any more.

    That saves a map's way through memory, some 3 % of a step of ResNet-50. The last one before the representation is
    left alone: the fake rectifier needs its input.
    """
    last = made.rectifier
    others = [module for module in made.modules() if isinstance(module, RECTIFIERS) and module is not last]
    for module in others:
        module.inplace = True
    try:
        made(torch.zeros(1, 3, made.size, made.size).to(made.mean).requires_grad_()).sum().backward()
        kept = _alike(network, made)
    except RuntimeError:  # autograd says so where a gradient needs what was overwritten
        kept = False
    for module in others:
        module.inplace = kept


@torch.no_grad()
def _alike(network: Network, made: Network) -> bool:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(2, 3, network.size, network.size, generator=generator).to(network.mean)
    # Features are compared by what they are made of: of the k largest, one more or less would be another picture's.
    expected, got = (
        (each(pictures) if each.dictionary is None else each.places(pictures).to(each.mean)) for each in (network, made)
    )
    if expected.shape != got.shape or bool(network.rectified) != bool(made.rectified):
        return False
    return bool((expected - got).abs().max() <= TOLERANCE * expected.abs().max().clamp(min=1e-6))
