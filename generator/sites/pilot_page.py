"""The pilot study's tasks -> its static site."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..study.site import SiteSettings
from .folder import MARKER, check_out, clear, marker, write_site
from .page import (
    FIELDS,
    TEMPLATES,
    VISIT_SETTINGS,
    PageContext,
    SiteReport,
    digest_of_site,
    embedded,
    encode,
    policy,
)  # fmt: skip

PILOT_MODULES = (
    "pilot.js", "frame.js", "dom.js", "session.js", "start.js", "drawings.js", "pictures.js", "export.js", "end.js",
    "upload.js",
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
    messages = {
        name: text
        for catalogue in ("messages", "pilot")
        for name, text in json.loads((TEMPLATES / f"{catalogue}.{settings.lang}.json").read_text("utf-8")).items()
    }
    files: dict[str, bytes] = {".nojekyll": b"", "robots.txt": b"User-agent: *\nDisallow: /\n"}
    questions = []
    for task in tasks:
        pictures = []
        for picture in task.pictures:
            content = encode(picture.pixels, settings)
            name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.{settings.picture_format}"
            files[name] = content
            entry = {"src": name, "bytes": len(content), "from": picture.start}
            pictures.append(entry if picture.iteration is None else {**entry, "iteration": picture.iteration})
        names = {"id": task.id, "part": task.part, "neuron": task.neuron, "method": task.method}
        questions.append({**names, "pictures": pictures})
    study = {
        "study_id": study_id, "experiment": "pilot", "title": settings.title or messages["title"],
        "contact": settings.contact,
        "fields": [name for name in FIELDS if getattr(settings, f"ask_{name}")],
        **{name: getattr(settings, name) for name in VISIT_SETTINGS},
        "questions": questions,
    }  # fmt: skip
    for name in PILOT_MODULES + ("style.css", "icon.svg"):
        files[f"assets/{name}"] = (TEMPLATES / name).read_bytes()
    study["build"] = build = digest_of_site(files, study)
    files[MARKER] = marker(study_id, "pilot", build)
    page = PageContext(
        lang=settings.lang, title=study["title"], policy=policy(settings), study=embedded(study),
        messages=embedded(messages), script_needed=messages["script_needed"],
        not_started=messages["not_started"], opened_as_file=messages["opened_as_file"], script="pilot.js",
    )  # fmt: skip
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    files["index.html"] = environment.get_template("experiment.html.j2").render(page=page).encode()
    write_site(out / "pilot", files)
    return SiteReport(out / "pilot", sum(map(len, files.values())), len(files))
