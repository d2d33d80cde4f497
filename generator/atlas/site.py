"""The views of an atlas -> its static site."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..sites.folder import MARKER, atlas_marker, check_out, clear, new_site, write_file
from ..sites.page import POLICY, TEMPLATES, SiteReport, embedded, read_messages, render_template
from ..sites.publication.references import crawl
from ..store import Store
from ..study.site import SiteSettings
from .study_text import study_text
from .view import View, write_view

FORMAT, TEMPLATE = "imetric-atlas/2", "atlas.html.j2"
ATLAS_POLICY = POLICY.replace("base-uri", "connect-src 'self'; base-uri")  # units and records are asked for


@dataclass(frozen=True)
class AtlasPage:
    """What atlas.html.j2 is rendered from; `atlas` and `messages` are JSON, safe inside a script element."""

    lang: str
    title: str
    policy: str
    atlas: str
    messages: str
    script_needed: str
    not_started: str
    opened_as_file: str


def write_atlas(
    views: Sequence[View],
    settings: SiteSettings,
    atlas_id: str,
    out: Path,
    store: Store,
    advance: Callable[[float, float], None],
) -> SiteReport:
    """Write out/atlas; an atlas there is replaced whole, once the new one is complete.

    Raises StudyError where a folder that this tool did not write is in the way.
    """
    check_out(out, ["atlas"])
    out.mkdir(parents=True, exist_ok=True)
    clear(out)
    written: dict[str, str] = {}  # path within the site -> SHA-256
    size, done, total = 0, 0.0, sum(len(view.units) for view in views)
    with new_site(out / "atlas") as folder:

        def put(name: str, content: bytes) -> None:
            nonlocal size
            digest = hashlib.sha256(content).hexdigest()
            if name not in written:
                write_file(folder, name, content)
                written[name] = digest
                size += len(content)

        for view in views:
            write_view(view, store, put, partial(_advance, advance, done, total))
            done += len(view.units)
        for name, content in page_files(atlas_record(views, settings)).items():
            put(name, content)
        build = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:12]
        networks = dict.fromkeys(view.network for view in views)
        marker = atlas_marker(atlas_id, build, networks, written)
        write_file(folder, MARKER, marker)
    return SiteReport(out / "atlas", size + len(marker), len(written) + 1)


def atlas_record(views: Sequence[View], settings: SiteSettings) -> dict[str, Any]:
    """What the page holds of the whole atlas."""
    names = dict.fromkeys(view.study.name for view in views)
    return {
        "format": FORMAT,
        "title": settings.title or ", ".join(names),
        "language": settings.lang,
        "views": [view.describe() for view in views],
        "study": [study_text(view.study) for view in views],
    }


def _advance(advance: Callable[[float, float], None], before: float, total: float, done: float, _: float) -> None:
    """Progress of one view as that of all of them."""
    advance(before + done, total)


def page_files(record: Mapping[str, Any]) -> dict[str, bytes]:
    """What the page holds of an atlas -> the page and everything that it asks for: path within the site -> content."""
    lang, own = record["language"], read_messages(record["language"], "atlas")
    messages = {**read_messages(lang, "messages"), **own}
    page = AtlasPage(
        lang, record["title"], ATLAS_POLICY, embedded(record), embedded(own),
        messages["script_needed"], messages["not_started"], messages["opened_as_file"],
    )  # fmt: skip
    files = {"index.html": render_template(TEMPLATE, page), ".nojekyll": b""}

    def read(paths: Sequence[str]) -> dict[str, bytes | None]:
        return {path: files[path] if path in files else _asset(path) for path in paths}

    return files | crawl(["index.html"], read).files


def _asset(path: str) -> bytes | None:
    """What a page asks for under assets/ lies in site_templates."""
    file = TEMPLATES / path.removeprefix("assets/")
    return file.read_bytes() if path.startswith("assets/") and file.is_file() else None
