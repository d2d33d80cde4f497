"""The pilot study's tasks -> its static site."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ..study.site import SiteSettings
from .folder import check_out, clear, write_site
from .page import SiteReport, complete_site, encode, personal_fields, read_messages, report_of, visit_settings

PILOT_MODULES = (
    "pilot.js", "frame.js", "dom.js", "session.js", "start.js", "drawings.js", "pictures.js", "export.js", "end.js",
    "upload.js", "assignment.js",
)  # fmt: skip


class PilotPicture(Protocol):
    """A picture of a pilot task; see pilot.PilotPicture."""

    @property
    def pixels(self) -> np.ndarray: ...
    @property
    def start(self) -> str: ...
    @property
    def iteration(self) -> int | None: ...


class PilotTask(Protocol):
    """A page of the pilot study; see pilot.Task."""

    @property
    def id(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def neuron(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def pictures(self) -> Sequence[PilotPicture]: ...


def render_pilot_site(tasks: Sequence[PilotTask], study_id: str, settings: SiteSettings, out: Path) -> SiteReport:
    """Write out/pilot, the pilot study's tasks as one page like those of the experiments; a pilot there is replaced.

    Raises StudyError where a folder that this tool did not write is in the way.
    """
    check_out(out, ["pilot"])
    out.mkdir(parents=True, exist_ok=True)
    clear(out)
    files: dict[str, bytes] = {}
    questions = [_question(task, settings, files) for task in tasks]
    messages = read_messages(settings.lang, "messages", "pilot")
    study = {
        "study_id": study_id, "experiment": "pilot", "title": settings.title or messages["title"],
        "contact": settings.contact, "fields": personal_fields(settings), **visit_settings(settings),
        "upload_partial": False, "questions": questions,
    }  # fmt: skip
    files = complete_site(files, study, PILOT_MODULES, settings, messages)
    write_site(out / "pilot", files)
    return report_of(out / "pilot", files)


def _question(task: PilotTask, settings: SiteSettings, files: dict[str, bytes]) -> dict[str, object]:
    """What the page holds of a task; its pictures are added to `files`."""
    pictures = []
    for picture in task.pictures:
        content = encode(picture.pixels, settings)
        name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.{settings.picture_format}"
        files[name] = content
        entry = {"src": name, "bytes": len(content), "from": picture.start}
        pictures.append(entry if picture.iteration is None else {**entry, "iteration": picture.iteration})
    names = {"id": task.id, "part": task.part, "neuron": task.neuron, "method": task.method}
    return {**names, "pictures": pictures}
