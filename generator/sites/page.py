"""The page that experiments and the pilot study have in common: its pictures, its security policy, its template."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from .. import PACKAGE
from ..study.site import SiteSettings
from .folder import MARKER, marker

TEMPLATES = PACKAGE.parent / "site_templates"
FIELDS = ("name", "age", "gender", "major", "background")
VISIT_SETTINGS = (
    "shuffle", "keep_days", "upload_url", "upload_experiment", "upload_partial", "completion_code", "completion_url",
)  # fmt: skip
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class SiteReport:
    """A rendered site: its folder, the bytes and the number of its files."""

    path: Path
    bytes: int
    files: int


@dataclass(frozen=True)
class PageContext:
    """What experiment.html.j2 is rendered from; `study` and `messages` are JSON, safe inside a script element."""

    lang: str
    title: str
    policy: str
    study: str
    messages: str
    script_needed: str
    not_started: str
    opened_as_file: str
    script: str


def policy(address: str) -> str:
    """The content security policy of a page: this origin alone, and that of this address, which it asks, unless ""."""
    if not address:
        return POLICY
    endpoint = urlsplit(address)
    return f"{POLICY}; connect-src {endpoint.scheme}://{endpoint.netloc}"


def encode(pixels: np.ndarray, settings: SiteSettings) -> bytes:
    """A picture uint8 [S, S, 3] -> file content without metadata; every picture of a site is encoded alike."""
    file = io.BytesIO()
    picture = Image.fromarray(pixels)
    if settings.picture_format == "png":
        picture.save(file, "PNG", optimize=True)
    elif settings.picture_quality == 100:
        picture.save(file, "WEBP", lossless=True, method=6)
    else:
        picture.save(file, "WEBP", quality=settings.picture_quality, method=6)
    return file.getvalue()


def embedded(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def read_messages(lang: str, *catalogues: str) -> dict[str, str]:
    """The texts of these catalogues (messages, pilot) in a language; of one name the last one's counts."""
    return {
        name: text
        for catalogue in catalogues
        for name, text in json.loads((TEMPLATES / f"{catalogue}.{lang}.json").read_text("utf-8")).items()
    }


def visit_settings(settings: SiteSettings) -> dict[str, object]:
    """What the page of any visit is told of the study file."""
    return {name: getattr(settings, name) for name in VISIT_SETTINGS}


def personal_fields(settings: SiteSettings) -> list[str]:
    """What participants are asked about themselves."""
    return [name for name in FIELDS if getattr(settings, f"ask_{name}")]


def render_template(name: str, page: object) -> bytes:
    """A template of site_templates/ with its context -> the page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(name).render(page=page).encode()


def complete_site(
    files: dict[str, bytes],
    study: dict[str, Any],
    modules: Sequence[str],
    settings: SiteSettings,
    messages: dict[str, str],
) -> dict[str, bytes]:
    """The pictures of a site and what its page holds -> all files of the site: path within it -> content.

    study: study_id, experiment and title, and what the first of the modules, the page's script, reads.
    """
    files = {**files, ".nojekyll": b"", "robots.txt": b"User-agent: *\nDisallow: /\n"}
    files |= {f"assets/{name}": (TEMPLATES / name).read_bytes() for name in (*modules, "style.css", "icon.svg")}
    build = _digest(files, study)
    page = PageContext(
        lang=settings.lang,
        title=study["title"],
        policy=policy(settings.upload_url),
        study=embedded({**study, "build": build}),
        messages=embedded(messages),
        script_needed=messages["script_needed"],
        not_started=messages["not_started"],
        opened_as_file=messages["opened_as_file"],
        script=modules[0],
    )
    files["index.html"] = render_template("experiment.html.j2", page)
    return {**files, MARKER: marker(study["study_id"], study["experiment"], build, files)}


def report_of(path: Path, files: Mapping[str, bytes]) -> SiteReport:
    """What was written at `path`."""
    return SiteReport(path, sum(map(len, files.values())), len(files))


def _digest(files: dict[str, bytes], study: dict[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode())
    for name, content in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
