"""A file -> why it must never be public, if it must not."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

FOLDERS = ("private", "artifacts", ".git")  # where builds keep what tells answers, and git what was there before
NAMES = {"answer_key.json": "an answer key", "pilot_key.json": "the pilot study's key", ".git": "a repository of git"}
FORMATS = {
    "imetric-answer-key": "an answer key",
    "imetric-pilot-key": "the pilot study's key",
    "imetric-manifest": "a build's manifest, which tells the answers",
    "imetric-observers": "what programs answered, which tells the answers",
    "imetric-response": "a participant's answers",
    "imetric-partial": "a participant's answers",
    "imetric-pilot": "a participant's answers",
}
# Scripts of the pages name the format of what they write; these names stand in nothing that is public.
KEYS = re.compile(rb"imetric-(?:answer-key|pilot-key|manifest|observers)(?=/\d)")
PUBLIC = ("imetric-site", "imetric-front")  # formats of JSON files that may be public


def why_private(path: str, content: bytes) -> str | None:
    """What a file is that must not be public, in words; None where nothing speaks against it. path: with / between."""
    name = PurePosixPath(path).name
    if name in NAMES:
        return NAMES[name]
    if found := KEYS.search(content):
        return FORMATS[found[0].decode()]
    return _why_private_json(content)


def _why_private_json(content: bytes) -> str | None:
    if content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and any(isinstance(row, dict) and "trial_type" in row for row in value):
        return "a participant's answers"
    format_ = value.get("format") if isinstance(value, dict) else None
    if not isinstance(format_, str) or not format_.startswith("imetric-"):
        return None
    name = format_.partition("/")[0]
    return None if name in PUBLIC else FORMATS.get(name, f"{format_}, which is not made to be public")
