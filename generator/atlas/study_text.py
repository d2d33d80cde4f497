"""A view's study -> the text of a study file that asks about units which are chosen in the atlas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..study import Study, load_study
from ..study.model import DOWNLOAD

PLACE = "{neurons}"  # where the page puts the numbers of the chosen units, with commas between
SECTIONS = ("data", "model", "selection", "visualization", "gridcam")
CHOICE = {"neurons", "count", "by"}  # of [selection]: the units that are chosen take their place


def study_text(study: Study) -> str:
    """The settings of data, network, criteria and explanations that differ from the defaults, as TOML.

    Of files and folders only their names are told: where they lie is nobody's business.
    """
    usual = load_study(None)
    lines = [f"name = {_value(study.name)}", f"seed = {study.seed}"]
    for section in SECTIONS:
        settings = getattr(study, section)
        like = getattr(usual, section)
        if section == "visualization":
            like = _usual_method(study, settings.method)
        lines += _section(section, _differing(settings, like), section == "selection")
    for name, method in study.visualizations.items():
        told = {"method": method.method} | _differing(method, _usual_method(study, method.method))
        lines += _section(f"visualizations.{name}", told, False)
    return "\n".join(lines) + "\n"


def _usual_method(study: Study, method: str) -> BaseModel:
    """What a method's settings are where a study file says nothing but its name."""
    name = "world" if study.model.name == "world" else "torchvision:resnet18"  # any other than the world's
    if method == "files":
        return load_study(None, {"model": {"name": name}}).visualization
    usual = load_study(None, {"model": {"name": name}, "visualization": {"method": method}}).visualization
    return usual.model_copy(update={"method": "madry"})  # so that the method itself is told


def _differing(settings: BaseModel, usual: BaseModel) -> dict[str, Any]:
    return {
        name: value
        for name in type(settings).model_fields
        if (value := getattr(settings, name)) != getattr(usual, name) and value is not None
    }


def _section(name: str, values: Mapping[str, Any], chosen: bool) -> list[str]:
    """Lines of a section; none where there is nothing to tell. chosen: the units' numbers stand in it."""
    told = {key: value for key, value in values.items() if not (chosen and key in CHOICE)}
    lines = [_line(key, value) for key, value in told.items()]
    if chosen:
        lines.insert(0, f"neurons = [{PLACE}]")
    return ["", f"[{name}]", *lines] if lines else []


def _line(key: str, value: Any) -> str:
    if isinstance(value, Path) and value.name != DOWNLOAD:
        return f"{key} = {_value(value.name)}  # where it lies on your machine"
    return f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    """A string, number, truth value or list of them as TOML, whose strings are written as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, (str, Path)):
        value = str(value)
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
