"""serve: the sites of a folder, on this machine alone."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StudyError
from .options import OUT, Out
from .terminal import console


class Handler(SimpleHTTPRequestHandler):
    """Files as they are now: a site that is built again is shown anew."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".webp": "image/webp"}

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the terminal shows addresses, not requests."""


def serve(
    out: Out = OUT,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on this machine; 0 takes a free one.")
    ] = 8000,
) -> None:
    """Show the sites in a browser on this machine (loopback only; for looking, not for collecting data)."""
    sites = _sites(out)
    with _opened(port, out) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        for site in sites:
            print(f"{base}/{site.name}/", flush=True)
        console.print("Ctrl-C stops", style="dim")
        server.serve_forever()


def _sites(out: Path) -> list[Path]:
    """The folders of sites under `out`. Raises StudyError where there are none."""
    from ..sites.folder import put_back

    put_back(out)
    names = ("exp*", "pilot", "atlas")
    sites = [page.parent for pattern in names for page in sorted(out.glob(f"{pattern}/index.html"))]
    if not sites:
        raise StudyError(f"{out} holds no sites; build them first: python -m generator build --exp 3")
    return sites


def _opened(port: int, out: Path) -> ThreadingHTTPServer:
    """A server of the files under `out`. Raises StudyError where the port is taken."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(out)))
    except OSError as error:
        raise StudyError(
            f"port {port} cannot be opened ({error.strerror}); name another with --port, or --port 0"
        ) from error
