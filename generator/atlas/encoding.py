"""Pictures -> WebP files named by their content, encoded once and kept in the store lot by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .. import PACKAGE
from ..sites.page import encode
from ..store import Arrays, Store, source_digest
from ..study.site import SiteSettings


class Encoder:
    """Encodes lots of pictures; within `with`, on all cores."""

    def __init__(self, store: Store, quality: int) -> None:
        """quality: of WebP, 1 to 100; 100 is without loss."""
        self._store, self._settings = store, SiteSettings(picture_quality=quality)
        self._code = source_digest(PACKAGE / "sites" / "page.py")
        self._pool = ThreadPoolExecutor()

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def lot(self, hashes: Sequence[str], pixels: Callable[[], Iterable[np.ndarray]]) -> list[bytes]:
        """Hashes of pictures uint8 [S, S, 3], and what gives them if they are not kept -> the files' content."""

        def make() -> Arrays:
            files = list(self._pool.map(lambda picture: encode(picture, self._settings), pixels()))
            content = np.frombuffer(b"".join(files), np.uint8)
            return {"content": content, "ends": np.cumsum([len(file) for file in files])}

        if not hashes:
            return []
        kept = self._store.get("encoded", [list(hashes), self._settings.picture_quality, self._code], make)
        return [piece.tobytes() for piece in np.split(kept["content"], kept["ends"][:-1])]


def name_of(content: bytes) -> str:
    """Where a picture lies within its view."""
    return f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.webp"
