"""The observer `oracle`: the studied network itself, shown the options. What it misses cannot be asked of anybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import StudyError
from ..models import NetworkHandle
from ..store import Store
from .observer import Told, Trial


class Oracle:
    """Scores are the unit's activations, computed from the options' pixels and not read from the key."""

    name = "oracle"
    what = "The studied network: picks the options for which the unit that is asked about is most active."
    told: Told = "unit"

    def __init__(self, handle: NetworkHandle, store: Store) -> None:
        self.handle, self.store = handle, store

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [self._activations(trial) for trial in trials]

    def _activations(self, trial: Trial) -> np.ndarray:
        assert trial.unit is not None  # trials_of tells it
        represented = self.handle.representations(trial.options, self.store)
        if trial.unit >= represented.shape[1]:
            raise StudyError(
                f"the observer 'oracle' is the studied network, and {self.handle.settings.name} has no unit "
                f"{trial.unit}: leave it out with --observer, or give the network that the questions are about"
            )
        return represented[:, trial.unit].astype(np.float64)
