"""The files that scoring reads -> JSON Schemas (draft 2020-12), written from the models that check them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from .exclusions import Exclusions
from .key import Key
from .pilot import PILOT_ROWS, PilotKey
from .rows import ROWS

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema. What scoring does not read is allowed and not described: see docs/data.md."""
    return {
        "answer-key.json": _described("private/<study>/answer_key.json", Key.model_json_schema()),
        "participant.json": _described("A participant's file (imetric-response/1)", _rows(ROWS)),
        "pilot-key.json": _described("private/<study>/pilot_key.json", PilotKey.model_json_schema()),
        "pilot.json": _described("A participant's file of the pilot study (imetric-pilot/1)", _rows(PILOT_ROWS)),
        "exclusions.json": _described("An exclusions file, once its TOML is read", Exclusions.model_json_schema()),
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write each schema into the folder (made if missing); returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas().items():
        paths.append(folder / name)
        paths[-1].write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def _described(title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT, "title": title, **_without_titles(schema)}


def _without_titles(node: Any) -> Any:
    """Without the titles that pydantic makes of names."""
    if isinstance(node, list):
        return [_without_titles(each) for each in node]
    if isinstance(node, dict):
        return {k: _without_titles(v) for k, v in node.items() if not (k == "title" and isinstance(v, str))}
    return node


def _rows(rows: TypeAdapter) -> dict[str, Any]:
    """The schema of an array of rows, of which the first, and only the first, is the session's."""
    schema = rows.json_schema()
    places = schema["items"]["discriminator"]["mapping"]
    others = list(dict.fromkeys(place for kind, place in places.items() if kind != "session"))
    items = {"prefixItems": [{"$ref": places["session"]}], "items": {"oneOf": [{"$ref": place} for place in others]}}
    return {name: value for name, value in schema.items() if name != "items"} | items
