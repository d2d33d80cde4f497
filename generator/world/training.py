"""Train the network of the creature world: a recipe and a seed -> frozen weights and a model card.

Adversarial training (Madry et al. 2018) in L2 makes gradients follow what people see, which is what feature
visualization needs (Engstrom et al. 2019). Nine kinds are too little to ask for 256 different units, so the network
also says, place by place on its last map, which parts, surfaces and backgrounds are there: the world knows. Units
then answer to nameable parts where these are, and fewer of them answer to the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from .network import MEAN, STD, UNITS, CreatureNet
from .painter import CLASSES, world_version
from .training_set import PARTS, TrainingSet, paint_training_set


@dataclass(frozen=True)
class Recipe:
    """Everything the weights depend on besides the code.

    epsilon: radius of the L2 ball on pictures in [0, 1], [3, 128, 128]; it grows linearly over `ramp` of the epochs.
    parts_weight, density_weight, likeness_weight: weights of the part maps' loss and of the two costs that keep units
        apart (see `_crowding`) beside the class loss.
    average: decay per step of the running average of the weights, which is what is published.
    held_out: pictures per kind, never trained on, that the published accuracies are measured on.
    """

    seed: int = 0
    per_class: int = 1000
    epochs: int = 16
    batch: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    epsilon: float = 8.0
    ramp: float = 0.5
    steps: int = 2
    noise_share: float = 0.1
    noise_sd: float = 0.25
    parts_weight: float = 10.0
    density_weight: float = 1.0
    likeness_weight: float = 20.0
    average: float = 0.998
    held_out: int = 100

    @property
    def digest(self) -> str:
        """Names the training run, so that only the same one is resumed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


class Learner(nn.Module):
    """The network with its two heads: kind from the averaged map, parts from every place of it.

    bfloat16: train in it, for devices that multiply it; on others it takes several times as long as 32 bits.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, bfloat16: bool = False) -> None:
        super().__init__()
        self.number_format = "bfloat16" if bfloat16 else "float32"
        self.body = CreatureNet()
        self.kind = nn.Linear(UNITS, len(CLASSES))
        self.parts = nn.Conv2d(UNITS, len(PARTS), 1)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[B, 3, S, S] in [0, 1] -> map [B, 256, 8, 8], kind logits [B, 9], part logits [B, parts, 8, 8]."""
        features = self.body((x - self.mean) / self.std)
        return features, self.kind(features.mean((2, 3))), self.parts(features)


def _task_loss(kind: Tensor, part: Tensor, kinds: Tensor, parts: Tensor, recipe: Recipe) -> Tensor:
    parts_loss = F.binary_cross_entropy_with_logits(part.float(), parts)
    return F.cross_entropy(kind.float(), kinds) + recipe.parts_weight * parts_loss


def _crowding(features: Tensor) -> tuple[Tensor, Tensor]:
    """A rectified map [B, U, H, W] -> how densely units are active, and how alike they are; both within [0, 1].

    Density is the mean over units of mean / root mean square over places: 1 for a unit that is equally active
    everywhere, sqrt(p) for one that is active in a share p of places; it does not depend on the scale. Likeness is the
    mean squared cosine between different units over places.
    """
    places = features.float().permute(0, 2, 3, 1).flatten(0, 2)  # [B, U, H, W] -> [P, U]
    density = (places.mean(0) / places.square().mean(0).add(1e-6).sqrt()).mean()
    unit = F.normalize(places, dim=0)
    cosines = unit.T @ unit  # [U, U]
    units = cosines.shape[0]
    likeness = (cosines.square().sum() - cosines.diagonal().square().sum()) / (units * (units - 1))
    return density, likeness


def _norm(x: Tensor) -> Tensor:
    return x.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1, 1)


def attack(
    learner: Learner,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    epsilon: float,
    steps: int,
    generator: torch.Generator,
) -> Tensor:
    """Pictures within L2 distance epsilon of x that raise the loss (PGD, step 2 epsilon / steps, random start)."""
    start = torch.randn(x.shape, generator=generator).to(x)
    delta = start / _norm(start) * epsilon * torch.rand(x.shape[0], 1, 1, 1, generator=generator).to(x)
    for _ in range(steps):
        delta.requires_grad_(True)
        with _autocast(learner, x.device):
            (gradient,) = torch.autograd.grad(loss((x + delta).clamp(0, 1)), delta)
        with torch.no_grad():
            delta = delta + gradient / _norm(gradient) * (2.0 * epsilon / steps)
            delta = delta * (epsilon / _norm(delta)).clamp(max=1.0)
    return (x + delta.detach()).clamp(0, 1)


@contextmanager
def _autocast(learner: Learner, device: torch.device) -> Iterator[None]:
    with torch.autocast(device.type, torch.bfloat16, enabled=learner.number_format == "bfloat16"):
        yield


def accuracy(learner: Learner, pictures: TrainingSet, epsilon: float, steps: int = 10, seed: int = 0) -> float:
    """Share of pictures whose kind is predicted right, after an attack on the kind alone when epsilon > 0."""
    device = learner.mean.device
    generator = torch.Generator().manual_seed(seed)
    learner.eval()
    right = 0
    for at in range(0, len(pictures.kinds), 100):
        x = _pictures(pictures.pixels[at : at + 100], device)
        kinds = pictures.kinds[at : at + 100].to(device)
        if epsilon:

            def loss(z: Tensor, y: Tensor = kinds) -> Tensor:
                return F.cross_entropy(learner(z)[1].float(), y)

            x = attack(learner, x, loss, epsilon, steps, generator)
        with torch.no_grad():
            right += int((learner(x)[1].argmax(1) == kinds).sum())
    return right / len(pictures.kinds)


def _pictures(pixels: Tensor, device: torch.device) -> Tensor:
    return pixels.to(device).to(torch.float32).div(255.0).contiguous(memory_format=torch.channels_last)


def _learning_rate(recipe: Recipe, done: float) -> float:
    """Cosine decay after a linear warm-up. done: share of the training, 0 to 1."""
    warm = min(done / 0.06, 1.0)
    return recipe.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


@torch.no_grad()
def _average(average: nn.Module, learner: nn.Module, decay: float) -> None:
    """Take one step of the running average of the learner's weights."""
    for mine, theirs in zip(average.state_dict().values(), learner.state_dict().values(), strict=True):
        mine.lerp_(theirs, 1.0 - decay) if mine.is_floating_point() else mine.copy_(theirs)


def _epoch(
    learner: Learner,
    average: nn.Module,
    optimizer: torch.optim.Optimizer,
    pictures: TrainingSet,
    recipe: Recipe,
    epoch: int,
    device: torch.device,
    on_step: Callable[[int, int, float], None] | None,
) -> None:
    """One pass over the pictures; all its random draws come from (seed, epoch), so a resumed run is the same run."""
    generator = torch.Generator().manual_seed(recipe.seed * 100_003 + epoch)
    order = torch.randperm(len(pictures.kinds), generator=generator)
    batches = len(order) // recipe.batch
    for step in range(batches):
        done = (epoch + step / batches) / recipe.epochs
        for group in optimizer.param_groups:
            group["lr"] = _learning_rate(recipe, done)
        epsilon = recipe.epsilon * min(done / recipe.ramp, 1.0)
        chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
        x, parts = _pictures(pictures.pixels[chosen], device), pictures.parts[chosen].to(device).float().div(255.0)
        mirrored = torch.rand(len(chosen), generator=generator) < 0.5
        x[mirrored], parts[mirrored] = x[mirrored].flip(3), parts[mirrored].flip(3)
        kinds = pictures.kinds[chosen].to(device)
        noisy = int(recipe.noise_share * len(chosen))
        if noisy:
            x[:noisy] = (x[:noisy] + recipe.noise_sd * torch.randn(x[:noisy].shape, generator=generator).to(x)).clamp(
                0, 1
            )
        learner.eval()

        def task(z: Tensor, k: Tensor = kinds, p: Tensor = parts) -> Tensor:
            _, kind, part = learner(z)
            return _task_loss(kind, part, k, p, recipe)

        x = attack(learner, x, task, epsilon, recipe.steps, generator)
        learner.train()
        optimizer.zero_grad(set_to_none=True)
        with _autocast(learner, device):
            features, kind, part = learner(x)
            loss = _task_loss(kind, part, kinds, parts, recipe)
        density, likeness = _crowding(features)
        loss = loss + recipe.density_weight * density + recipe.likeness_weight * likeness
        loss.backward()
        optimizer.step()
        steps_done = epoch * batches + step
        _average(average, learner, min(recipe.average, (1 + steps_done) / (10 + steps_done)))
        if on_step:
            on_step(steps_done + 1, recipe.epochs * batches, float(loss.detach()))


def _optimizer(learner: Learner, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD; weight decay is for matrices and kernels alone."""
    weights = [p for p in learner.parameters() if p.dim() > 1]
    others = [p for p in learner.parameters() if p.dim() <= 1]
    groups: list[dict[str, Any]] = [{"params": weights, "weight_decay": recipe.weight_decay}, {"params": others}]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=True)


def train_world(
    out: Path,
    *,
    work: Path,
    recipe: Recipe | None = None,
    device: torch.device | None = None,
    bfloat16: bool = False,
    resume: bool = True,
    on_paint: Callable[[int, int], None] | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
) -> dict[str, Any]:
    """Train and write `out` (.safetensors, fp16) with its model card beside it; returns the card.

    bfloat16: as of `Learner`.
    work: folder of the unfinished run: after every epoch its state is saved there, and with `resume` taken up again.
    on_paint(painted, of) and on_step(steps done, of all, loss) report progress.
    """
    recipe, device = recipe or Recipe(), device or torch.device("cpu")
    work.mkdir(parents=True, exist_ok=True)
    pictures = paint_training_set(recipe.per_class, 1000 + recipe.seed, on_paint)
    torch.manual_seed(recipe.seed)
    learner, average = Learner(bfloat16), Learner(bfloat16)
    average.load_state_dict(learner.state_dict())
    learner, average = (m.to(device).to(memory_format=torch.channels_last) for m in (learner, average))
    optimizer = _optimizer(learner, recipe)
    state_file = work / f"training-{recipe.digest}-{world_version()}.pt"  # only the same recipe and world resume
    first, seconds = 0, 0.0
    if resume and state_file.exists():
        state = torch.load(state_file, map_location=device, weights_only=True)
        learner.load_state_dict(state["learner"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        first, seconds = state["epoch"], state["seconds"]
    for epoch in range(first, recipe.epochs):
        began = time.monotonic()
        _epoch(learner, average, optimizer, pictures, recipe, epoch, device, on_step)
        seconds += time.monotonic() - began
        state = {
            "learner": learner.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch + 1,
            "seconds": seconds,
        }
        torch.save(state, state_file.with_suffix(".new"))
        os.replace(state_file.with_suffix(".new"), state_file)
    return _publish(out, average, recipe, seconds, device)


def _publish(out: Path, learner: Learner, recipe: Recipe, seconds: float, device: torch.device) -> dict[str, Any]:
    """Round the averaged weights to fp16, measure exactly those, write them and their card."""
    halves = {k: (v.half() if v.is_floating_point() else v).cpu().contiguous() for k, v in learner.state_dict().items()}
    learner.load_state_dict(halves)
    held_out = paint_training_set(recipe.held_out, 2000 + recipe.seed)
    card = {
        "recipe": asdict(recipe),
        "parameters": sum(p.numel() for p in learner.body.parameters()),
        "training_seconds": round(seconds),
        "device": device.type,
        "number_format": learner.number_format,
        "torch": torch.__version__.split("+")[0],
        "held_out_pictures": len(held_out.kinds),
        "world": world_version(),
        "accuracy": {f"epsilon {e:g}": round(accuracy(learner, held_out, e), 4) for e in (0.0, 2.0, 4.0, 6.0)},
    }
    body = {k.removeprefix("body."): v for k, v in halves.items() if k.startswith("body.")}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(body, out.with_suffix(".new"), metadata={"card": json.dumps(card)})
    os.replace(out.with_suffix(".new"), out)
    out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")
    return card
