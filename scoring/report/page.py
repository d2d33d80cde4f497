"""Results -> report.html, one page that needs nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..files.collect import Collection
from .atomically import write_atomically
from .numbers import interval, number, p_value, percent


def render(template: str, **content: Any) -> str:
    """A file from scoring/templates, escaped if it is a page; raises where the template names what is not there."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=select_autoescape(["html.j2"]), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"num": number, "p": p_value, "ci": interval, "pct": percent}
    return environment.get_template(template).render(**content)


REFRESH = '<meta http-equiv="refresh" content="10">\n'


def page(
    collection: Collection, summary: dict[str, Any], drawn: dict[str, str], written: datetime | None = None
) -> str:
    """report.html. drawn: figures as data addresses, by name; written: when, of a page that refreshes itself."""
    text = render(
        "report.html.j2",
        s=summary, kept=summary["included"], drawn=drawn, rejected=collection.rejected, marked=collection.marked,
        written=written,
    )  # fmt: skip
    return text if written is None else text.replace("<title>", f"{REFRESH}<title>", 1)


def still(path: Path) -> None:
    """Let a page that refreshes itself stay as it is; does nothing where there is none."""
    if path.exists():
        text = path.read_bytes()
        if REFRESH.encode() in text:
            write_atomically(path, text.replace(REFRESH.encode(), b"", 1))
