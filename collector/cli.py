"""The command line of the collector; only here is printed or an exit code set."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from typer.core import TyperGroup

from .errors import CollectorError

errors = Console(stderr=True, highlight=False)


class Commands(TyperGroup):
    """What can be mended ends in one sentence and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CollectorError as error:
            errors.print("[bold red]error:[/] ", end="")
            errors.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _collector() -> None:
    """Receive participants' files from the study's pages and keep them on this machine (docs/collect.md)."""


@app.command()
def serve(
    origin: Annotated[
        list[str], typer.Option("--origin", help="Where the pages are, such as https://you.github.io; may be repeated.")
    ],
    site: Annotated[Path, typer.Option("--site", help="Folder of the sites, as build wrote it.")] = Path("dist"),
    out: Annotated[Path, typer.Option("--out", help="Folder of what is received; never publish it.")] = Path("results"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    rate: Annotated[int, typer.Option("--rate", min=1, help="Requests a minute that one address may make.")] = 300,
    most: Annotated[int, typer.Option("--most", min=1, help="Sessions that are taken at most.")] = 10_000,
    proxies: Annotated[
        str, typer.Option("--proxy", help="Address of the proxy in front, whose X-Forwarded-For is believed.")
    ] = "",
) -> None:
    """Receive participants' files until it is stopped (SIGTERM or Ctrl-C).

    Example:

      python -m collector serve --site dist --out results --origin https://you.github.io
    """
    try:
        from .app import make_app
        from .server import run
    except ModuleNotFoundError as error:
        raise CollectorError(f"{error.name} is not installed: pip install 'imetric[collect]'") from None
    from .rate import RateLimit
    from .store import FileStore
    from .study import read_study

    origins = [_origin(each) for each in origin]
    study = read_study(site)
    store = FileStore(out, most)
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("collector").setLevel(logging.INFO)
    errors.print(f"study {study.study_id}, files go to {out / 'complete'}", markup=False, soft_wrap=True)
    run(make_app(study, store, origins, RateLimit(rate)), host, port, proxies, ready=_ready)


def _ready(host: str, port: int) -> None:
    place = f"[{host}]" if ":" in host else host
    print(f"http://{place}:{port}/", flush=True)


def _origin(text: str) -> str:
    """An origin as browsers write it: scheme, host, port if it is not the usual one."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.path not in ("", "/"):
        raise CollectorError(
            f"--origin {text!r} is not allowed: it should be the pages' scheme and host alone, such as https://you.github.io"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"
