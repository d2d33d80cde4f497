"""The observer `features`: which options a network, other than the studied one, finds alike to the explanation.

One plain rule, chosen for reasons and not for how it answers:

- Two layers, a middle one and the last: what things are made of, and what they are. Each is compared pooled (what is in
  the picture at all) and place by place (each place of the explaining picture with the option's place most like it:
  what is explained may be a part, and may be anywhere). Four measures, none preferred: each is standardized over the
  options and they are averaged.
- A grid-cam is attention: its grey weighs the places of the explaining picture. Options have none, all their places
  count the same, as for a participant.
- Features are standardized over the trial's options, so that what all of them share counts for nothing; then the
  cosine, averaged over the explaining pictures. A feature visualization is compared like a photograph: to see through
  its style would be understanding, which this observer does not claim.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .likeness import Against, Likeness, attention, cosines, standardized
from .maps import Maps
from .observer import Picture


class Features(Likeness):
    """Likeness by the feature maps of a network; see the module's first lines."""

    name = "features"

    def __init__(self, maps: Maps, network: str) -> None:
        self.maps = maps
        self.what = f"Picks the options that {network} finds most alike to the explanation, by feature maps."

    def shown(self, explanation: Sequence[Picture], options: Sequence[np.ndarray]) -> np.ndarray:
        made = self.maps.of([*(each.pixels for each in explanation), *options])
        of_explanation, of_options = made[: len(explanation)], made[len(explanation) :]
        measures = []
        for layer in range(len(made[0])):
            compared = LayerOfOptions([each[layer] for each in of_options])
            found = [
                compared(own[layer], attention(picture.cells, own[layer].shape[-1]))
                for own, picture in zip(of_explanation, explanation, strict=True)
            ]  # of each picture: pooled [O], place by place [O]
            measures += [standardized(each) for each in np.mean(found, 0)]
        return np.mean(measures, 0)

    def among(self, options: Sequence[np.ndarray]) -> np.ndarray:
        made = self.maps.of(options)
        measures = []
        pairs = ~np.eye(len(options), dtype=bool)
        for layer in range(len(made[0])):
            compared = LayerOfOptions([each[layer] for each in made])
            found = np.stack([compared(own[layer], attention(None, own[layer].shape[-1])) for own in made], 1)
            for alike in found:  # [O, O], of each row how alike the others are to it
                alike = (alike + alike.T) / 2
                alike[pairs] = standardized(alike[pairs])
                measures.append(alike)
        return np.mean(measures, 0)


class LayerOfOptions:
    """One layer's maps [C, P, P] of a trial's options, ready to be compared with an explaining picture's."""

    def __init__(self, maps: Sequence[np.ndarray]) -> None:
        places = np.stack([_places(each) for each in maps])  # [O, P * P, C]
        count, _, channels = places.shape
        self._pooled, self._placed = Against(places.mean(1)), Against(places.reshape(-1, channels))
        self._options = self._pooled(places.mean(1))
        self._places = self._placed(places.reshape(-1, channels))
        self._count = count

    def __call__(self, own: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Map [C, P, P] and attention [P, P] of an explaining picture -> likeness [O] pooled, and place by place."""
        places, weight = _places(own), weights.ravel()
        pooled = cosines(self._pooled(weight @ places)[None], self._options)[0]
        each = cosines(self._placed(places), self._places).reshape(len(places), self._count, -1)
        return pooled, weight @ each.max(2)


def _places(layer: np.ndarray) -> np.ndarray:
    return layer.reshape(len(layer), -1).T.astype(np.float32).astype(np.float64)
