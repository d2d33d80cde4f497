"""The public sites of a study -> the sentences that participants read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ..errors import ScoringError
from ..files.key import Key
from .study import BuiltStudy

# Sentences of the pages' catalogue before the questions, in the order of the pages.
BEFORE = (
    "start_",
    "about_you",
    "consent",
    "how_",
    "practice_only",
    "practice_again",
    "practice_passed",
    "practice_failed",
)
NOT_TOLD = ("consent_needed",)  # said only when something is missing


@dataclass(frozen=True)
class Site:
    """folder: of one condition; build: of its marker; study, messages: the JSON that the page holds."""

    folder: Path
    build: str
    study: dict[str, Any]
    messages: dict[str, str]

    def sentences(self, key: Key) -> list[str]:
        """The catalogue's sentences before the questions; which of them a condition shows is the page's own choice."""
        asked = key.by_set[key.sets[0].name]
        values = {
            "total": len(asked), "choices": len(asked[0].answers), "options": len(asked[0].options), "right": "…",
        }  # fmt: skip
        found = []
        for name, sentence in self.messages.items():
            if name.startswith(BEFORE) and name not in NOT_TOLD:
                for word, value in values.items():
                    sentence = sentence.replace("{" + word + "}", str(value))
                found.append(sentence)
        return found


class _Scripts(HTMLParser):
    """The JSON in a page's script elements, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self._open = names.get("id") if tag == "script" and names.get("type") == "application/json" else None

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open] = self.texts.get(self._open, "") + data


def read_sites(dist: Path, study: BuiltStudy) -> dict[int | str, Site]:
    """The sites of a study's conditions in a folder, by name of the condition; raises ScoringError where none is."""
    found: dict[int | str, Site] = {}
    others = set()
    for marker in sorted(dist.glob("exp*/imetric-site.json")):
        try:
            content = json.loads(marker.read_text(encoding="utf-8"))
            name, build = content["experiment"], str(content["build"])
            if content["study_id"] != study.key.study_id:
                others.add(str(content["study_id"]))
                continue
            if name not in study.key.conditions:
                continue
            scripts = _Scripts()
            scripts.feed((marker.parent / "index.html").read_text(encoding="utf-8"))
            found[name] = Site(
                marker.parent, build, json.loads(scripts.texts["study"]), json.loads(scripts.texts["messages"])
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ScoringError(
                f"{marker.parent}: is not a site as a build writes it ({error}); build it again"
            ) from None
    if not found:
        also = f"; there are sites of {', '.join(sorted(others))}" if others else ""
        raise ScoringError(f"{dist}: holds no site of study {study.key.study_id}{also}")
    return {name: found[name] for name in study.key.conditions.names if name in found}
