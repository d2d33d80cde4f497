"""A preregistration -> a folder: the document, the figure of its power, screenshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from ..report.atomically import write_atomically
from .browser import Shot
from .document import picture_file
from .study import Plan

DOCUMENT, FIGURE = "preregistration.md", "power.png"


def write_preregistration(
    folder: Path, text: str, plan: Plan | None, shots: Mapping[int | str, Sequence[Shot]]
) -> list[Path]:
    """Write everything into the folder (made if missing), each file whole or not at all; the document is the first."""
    files = {DOCUMENT: text.encode()}
    if plan is not None:
        files[FIGURE] = plan.figure
    for name, pages in shots.items():
        files |= {picture_file(name, k, shot): shot.png for k, shot in enumerate(pages, 1)}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, content)
    return [folder / name for name in files]


def version() -> str:
    """Of this package; "unknown" where it runs without being installed."""
    try:
        return version_of("imetric")
    except PackageNotFoundError:
        return "unknown"
