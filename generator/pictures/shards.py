"""A tar shard as webdataset writes them -> its pictures and the class of each, without unpacking it.

Members of one sample stand beside each other and share a key, their path up to the first dot of the file's name: a
picture, and perhaps `.cls` or `.json` with its class (webdataset's documentation, "The WebDataset Format").
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import StudyError
from .sources import Crop, FileSource

CLASS_FIELDS = ("class", "cls", "label")  # of a .json member, the first that is there


@dataclass
class _Sample:
    """What is known of the sample that is being read."""

    key: str
    picture: FileSource | None = None
    kind: str | None = None


def list_shard(root: Path, shard: Path, suffixes: tuple[str, ...], crop: Crop) -> Iterator[tuple[FileSource, str]]:
    """A .tar file below root -> each sample's picture, read where it lies, and its class.

    The class is what `.cls` holds, else the field `class`, `cls` or `label` of `.json`, else the first folder of the
    key, else that of the shard. Raises StudyError for a file that is no tar archive or is cut short.
    """
    parts = shard.relative_to(root).parts
    place, folder = "/".join(parts), parts[0] if len(parts) > 1 else root.name
    whole, sample = root.absolute(), _Sample("")
    try:
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if not member.isreg() or any(part.startswith(".") and part != "." for part in path.parts):
                    continue
                stem, _, ending = path.name.partition(".")
                key = path.with_name(stem).as_posix()
                if key != sample.key:
                    yield from _told(sample, folder)
                    sample = _Sample(key)
                if f".{ending.lower()}" in suffixes and sample.picture is None:
                    span = (member.offset_data, member.size)
                    sample.picture = FileSource(f"{place}/{path.as_posix()}", whole, crop, place, span)
                elif ending in ("cls", "json") and (file := archive.extractfile(member)) is not None:
                    sample.kind = _class_in(ending, file.read()) or sample.kind
            yield from _told(sample, folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise StudyError(f"tar shard {shard} cannot be read: {str(error) or type(error).__name__}") from error


def _told(sample: _Sample, folder: str) -> Iterator[tuple[FileSource, str]]:
    if sample.picture is not None:
        own, *inside = PurePosixPath(sample.key).parts
        yield sample.picture, sys.intern(sample.kind or (own if inside else folder))  # one text for a class


def _class_in(ending: str, content: bytes) -> str | None:
    """The class that a member names; None if it names none."""
    text = content.decode("utf-8", "replace").strip()
    if ending == "cls":
        return text or None
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    found = (fields[name] for name in CLASS_FIELDS if name in fields) if isinstance(fields, dict) else iter(())
    value = next(found, None)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
