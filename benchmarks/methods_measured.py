"""What is measured of a method's pictures: activation, spectrum, diversity, and what an observer makes of them.

Used by benchmarks/methods.py, whose first lines say what each figure is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.explanations.paths import Paths, path_similarity
from generator.observers.features import LayerOfOptions
from generator.observers.likeness import attention, cosines, most_alike, standardized

Pictures = list[list[dict[str, np.ndarray]]]  # of each neuron, by seed


@dataclass(frozen=True)
class Subject:
    """A network with what is asked about it.

    neurons: with their groups, without the examples begun with; starts: numbers of these [neurons][seeds]; questions:
    pictures of each draw [draws][neurons]; others: whose picture is shown instead of a neuron's [draws][neurons].
    """

    study: Any
    context: Any
    pictures: Any
    activations: Any
    looks: Any
    neurons: list[Any]
    starts: list[list[int]]
    tops: np.ndarray  # mean and smallest activation of each neuron's top group [neurons, 2]
    questions: list[list[Any]]
    others: list[np.ndarray]


def spectrum_of(pixels: np.ndarray, rings: int = 24) -> np.ndarray:
    """A picture uint8 [S, S, 3] -> log10 of its luminance's mean magnitude in rings of frequency, low to high [rings].

    Rings are as wide in logarithms of the frequency as each other, from one period per picture to the highest that
    rows have. A Hann window takes off what the picture's edges would add.
    """
    side = pixels.shape[0]
    window = np.hanning(side)
    luminance = pixels.astype(np.float64).mean(2) / 255
    magnitude = np.abs(np.fft.rfft2((luminance - luminance.mean()) * np.outer(window, window)))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    edges = np.geomspace(1 / side, 0.5, rings + 1)
    ring = np.digitize(frequency, edges) - 1
    found = [magnitude[ring == k].mean() if (ring == k).any() else np.nan for k in range(rings)]
    return np.log10(np.maximum(np.array(found), 1e-6))


def measured(subject: Subject, made: Pictures, mean_spectrum: np.ndarray) -> dict[str, Any]:
    """Pictures of the first neurons, by seed -> the figures; those that all have alike, but for diversity."""
    count, several = len(made), [row for row in made if len(row) > 1]
    made = [row[: min(map(len, made))] for row in made]
    units = [each.index for each in subject.neurons[:count]]
    values = np.array(
        [[each["representation"][unit] for each in row] for row, unit in zip(made, units, strict=True)]
    )  # [neurons, seeds]
    spectra = [[distance(spectrum_of(each["pixels"]), mean_spectrum) for each in row] for row in made]
    found: dict[str, Any] = {
        "neurons": count,
        "seeds": len(made[0]),
        "activation, of the top group's mean": summed(values.mean(1) / subject.tops[:count, 0]),
        "activation, of the top group's smallest": summed(values.mean(1) / subject.tops[:count, 1]),
        "spectrum": summed(np.mean(spectra, 1)),
    }
    if several:
        found["diversity"] = {**summed(diversity(subject, several)), "neurons": len(several)}
    shown = [[row[seed]["pixels"] for row in made] for seed in range(len(made[0]))]
    return found | {"paths": ways(subject, shown)} | right(subject, shown)


def ways(subject: Subject, shown: list[list[np.ndarray]]) -> dict[str, Any]:
    """How many of the first neurons are reached by another way than natural, and the mean path similarity.

    Of pictures [seeds][neurons], over the layers that tell, beside up to 30 top pictures and 100 others.
    """
    context, pixels = subject.context, subject.pictures.pixels
    paths = Paths(context.handle, context.store)
    drawn = np.random.default_rng(0).permutation(len(subject.pictures.names))[:200]
    parted, scores = 0, []
    for neuron, *own in zip(subject.neurons, *shown, strict=False):
        others = drawn[~np.isin(drawn, neuron.top)][:100]
        of = [paths.of(some) for some in (own, *([pixels[int(k)] for k in some] for some in (neuron.top[:30], others)))]
        found = path_similarity(paths.layers, *of)
        parted += found.parts
        scores.append(float(np.nanmean(found.visualization)))
    return {"another way": parted, "similarity": summed(np.array(scores))}


def right(subject: Subject, shown: list[list[np.ndarray]]) -> dict[str, Any]:
    """Right picks about the first neurons, shown their picture [seeds][neurons], another's, or two examples with each.

    Without pictures, of all neurons, by two examples.
    """
    count, draws = len(shown[0]) if shown else len(subject.neurons), len(subject.questions)
    found = np.zeros((2, 2, count))  # without and with two examples; one's own, another's
    for questions, others in zip(subject.questions, subject.others, strict=True):
        for k in range(count):
            other = int(others[k])
            while other >= count:  # without a picture yet: whose is shown to that one
                other = int(others[other])
            other = (k + 1) % count if other == k else other
            compared = Compared(subject, questions[k])
            for which, of in enumerate((k, other)):
                examples = [compared.measures(subject.pictures.pixels[j]) for j in questions[of].examples[:2]]
                for pictures in shown:
                    own = compared.measures(pictures[of])
                    found[0, which, k] += compared.right([own]) / draws / len(shown)
                    found[1, which, k] += compared.right([*examples, own]) / draws / len(shown)
                if not shown:
                    found[1, which, k] += compared.right(examples) / draws
    told = {
        name: {"right of 3": summed(own), "shuffled": summed(another), "above shuffled": summed(own - another)}
        for name, (own, another) in zip(("one picture", "beside two examples"), found, strict=True)
    }
    return told if shown else told["beside two examples"]


class Compared:
    """A question's options, ready to be compared with many pictures as the observer `features` compares them."""

    def __init__(self, subject: Subject, question: Any) -> None:
        self.maps, self.picks = subject.looks.maps, len(question.answers)
        made = self.maps.of([subject.pictures.pixels[k] for k in (*question.answers, *question.distractors)])
        self.layers = [LayerOfOptions(layer) for layer in zip(*made, strict=True)]

    def measures(self, pixels: np.ndarray) -> np.ndarray:
        """How alike a picture is to each option, by each measure [measures, options]."""
        (made,) = self.maps.of([pixels])
        return np.concatenate(
            [of_options(own, attention(None, own.shape[-1])) for of_options, own in zip(self.layers, made, strict=True)]
        )

    def right(self, measures: Sequence[np.ndarray]) -> int:
        """How many answers are picked by pictures with these measures."""
        scores = np.mean([standardized(each) for each in np.mean(measures, 0)], 0)
        return int((np.argsort(-scores, kind="stable")[: self.picks] < self.picks).sum())


def summed(values: np.ndarray) -> dict[str, float]:
    """Values of neurons -> their mean and its standard error."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return {"mean": round(float(values.mean()), 3), "error": round(float(error), 3)}


def distance(spectrum: np.ndarray, mean: np.ndarray) -> float:
    there = np.isfinite(spectrum) & np.isfinite(mean)
    return float(np.sqrt(np.mean((spectrum - mean)[there] ** 2)))


def diversity(subject: Subject, made: Pictures) -> np.ndarray:
    """1 - cosine of each neuron's pictures, the mean over pairs of seeds [neurons]."""

    def seen(pictures: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([layers[-1].astype(np.float64).mean((1, 2)) for layers in subject.looks.maps.of(pictures)])

    centre = seen([subject.pictures.pixels[k] for row in subject.starts for k in row]).mean(0)
    found = []
    for row in made:
        alike = cosines(*[seen([each["pixels"] for each in row]) - centre] * 2)
        found.append(1 - alike[np.triu_indices(len(row), 1)].mean())
    return np.array(found)


def blind(subject: Subject) -> dict[str, float]:
    found = []
    for questions in subject.questions:
        for each in questions:
            options = [subject.pictures.pixels[k] for k in (*each.answers, *each.distractors)]
            picks = np.argsort(-most_alike(subject.looks.among(options), len(each.answers)), kind="stable")
            found.append(int((picks[: len(each.answers)] < len(each.answers)).sum()))
    return summed(np.reshape(found, (len(subject.questions), -1)).mean(0))
