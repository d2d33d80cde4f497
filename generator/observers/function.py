"""An observer of one's own: a Python function, package.module:function, that scores options."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import numpy as np

from ..errors import StudyError
from .observer import Told, Trial


class Function:
    """function(explanation, options) -> a number for each option, higher: picked sooner.

    explanation: a list of `Picture`, empty where the condition shows nothing; options: a list of uint8 [S, S, 3].
    Raises StudyError in one sentence for whatever it raises or gives that is not as said.
    """

    told: Told = "own"

    def __init__(self, name: str) -> None:
        self.name = name
        self.what = f"The function {name}."
        self._function = _imported(name)

    def scores(self, trials: Sequence[Trial]) -> list[np.ndarray]:
        return [self._scores(trial) for trial in trials]

    def _scores(self, trial: Trial) -> np.ndarray:
        count = len(trial.options)
        try:
            given = self._function(list(trial.explanation), list(trial.options))
        except Exception as error:  # it may raise anything
            why = (str(error) or type(error).__name__).splitlines()[0]
            raise StudyError(f"observer '{self.name}' failed on a question ({why})") from error
        try:
            scores = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise StudyError(f"observer '{self.name}' gave a {type(given).__name__}, not {count} numbers") from error
        if scores.shape != (count,):
            raise StudyError(
                f"observer '{self.name}' gave scores of shape {list(scores.shape)}, and there are {count} options: it "
                "must give one number for each"
            )
        if not np.isfinite(scores).all():
            raise StudyError(f"observer '{self.name}' gave scores that are not finite numbers")
        return scores


def _imported(name: str) -> Callable[..., Sequence[float]]:
    module_name, _, function_name = name.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), function_name)
    except ImportError as error:
        raise StudyError(f"observer '{name}': module '{module_name}' cannot be imported ({error})") from error
    except AttributeError as error:
        raise StudyError(f"observer '{name}': module '{module_name}' has no function '{function_name}'") from error
    if not callable(found):
        raise StudyError(f"observer '{name}' is a {type(found).__name__}; it must be a function")
    return found
