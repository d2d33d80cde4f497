"""The page that experiments and the pilot study have in common: its pictures, its security policy, its template."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from .. import PACKAGE
from ..study.site import SiteSettings

TEMPLATES = PACKAGE.parent / "site_templates"
FIELDS = ("name", "age", "gender", "major", "background")
VISIT_SETTINGS = (
    "shuffle", "keep_days", "upload_url", "upload_experiment", "completion_code", "completion_url",
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
    script: str = "main.js"


def policy(settings: SiteSettings) -> str:
    """The content security policy of a page: this origin alone, and the upload endpoint's where there is one."""
    if not settings.upload_url:
        return POLICY
    endpoint = urlsplit(settings.upload_url)
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


def digest_of_site(files: dict[str, bytes], study: dict[str, object]) -> str:
    """A hash of the files of a site and of what its page holds."""
    digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode())
    for name, content in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
