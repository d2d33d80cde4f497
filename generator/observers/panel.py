"""Names of observers -> the observers, with what they look with."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..models import NetworkHandle
from ..store import Store
from ..study import Study
from ..study.conditions import in_words
from .colour import Colour
from .function import Function
from .likeness import Blind, Likeness, Shuffled
from .observer import Observer
from .oracle import Oracle
from .texture import Texture

if TYPE_CHECKING:
    from .features import Features

BUILT_IN = ("features", "colour", "texture", "blind", "shuffled", "oracle")


def observers_named(
    names: Sequence[str],
    study: Study,
    studied: NetworkHandle,
    store: Store,
    device: str,
    warn: Callable[[str], None],
) -> list[Observer]:
    """The observers of these names, each once; none: all that are built in.

    studied: the study's network. Where none are named and the network of `features` is not there, that is told by
    `warn`, and colours take its place in `blind` and `shuffled`. Raises StudyError for an unknown name, and for what a
    named one lacks.
    """
    for name in names:
        if name not in BUILT_IN and ":" not in name:
            near = difflib.get_close_matches(name, BUILT_IN, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise StudyError(
                f"observer '{name}' is not known: allowed are {in_words(BUILT_IN)}, or package.module:function{hint}"
            )
    wanted = list(dict.fromkeys(names or BUILT_IN))
    looks: Likeness = Colour()
    if {"features", "blind", "shuffled"} & set(wanted):
        try:
            looks = features_of(study, studied, store, device)
        except StudyError as error:
            if "features" in names:
                raise
            wanted = [name for name in wanted if name != "features"]
            warn(f"{error}; until then there is no 'features', and 'blind' and 'shuffled' go by colour")
    made: dict[str, Callable[[], Observer]] = {
        "features": lambda: looks,
        "colour": Colour,
        "texture": Texture,
        "blind": lambda: Blind(looks),
        "shuffled": lambda: Shuffled(looks),
        "oracle": lambda: Oracle(studied, store),
    }
    return [made[name]() if name in made else Function(name) for name in wanted]


def features_of(study: Study, studied: NetworkHandle, store: Store, device: str) -> Features:
    """The observer `features`. Raises StudyError for the studied network, or one that is not there."""
    from .features import Features
    from .maps import Maps
    from .networks import settings_of, shown_name

    settings = settings_of(study.observers, study.model)
    handle = NetworkHandle(settings, device)
    handle.check()
    return Features(Maps(handle, study.observers.layers, store), shown_name(settings))
