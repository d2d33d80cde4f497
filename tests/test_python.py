"""docs/python.md names every call of the interface with its signature, as it is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import generator
import scoring

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
CALLS = [
    (package, name)
    for package in (generator, scoring)
    for name in package.__all__
    if inspect.isfunction(getattr(package, name))
]


@pytest.mark.parametrize(("package", "name"), CALLS)
def test_the_page_has_each_signature(package, name: str) -> None:
    (written,) = re.findall(rf"^def {name}\(\n(.*?)^\) -> (.*?)$", PAGE, re.M | re.S)
    signature = inspect.signature(getattr(package, name))
    lines = [line.strip().removesuffix(",") for line in written[0].splitlines() if line.strip() != "*,"]
    assert lines == [str(parameter) for parameter in signature.parameters.values()]
    assert written[1] == str(signature.return_annotation)
