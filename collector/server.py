"""The application on a port: connections that say nothing are closed, running requests end before it stops."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from .errors import CollectorError

CONNECTIONS = 500
SILENT = 10.0  # seconds that a connection may take to send the head of its first request
ENDING = 30  # seconds that running requests get when it is told to stop


class Impatient(H11Protocol):
    """Closes connections that do not send the head of a request in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(SILENT, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if self.scope is None and not self.transport.is_closing():
            self.transport.close()


def run(app: Starlette, host: str, port: int, proxies: str, ready: Callable[[str, int], None]) -> None:
    """Serve until SIGTERM or SIGINT. proxies: addresses whose X-Forwarded-For is believed, commas between.

    ready is told host and port once connections are taken. Raises CollectorError where the port is taken.
    """
    listening = _opened(host, port)
    ready(host, listening.getsockname()[1])
    config = uvicorn.Config(
        app, http=Impatient, access_log=False, log_config=None, log_level="critical", lifespan="off",
        limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=ENDING, proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies, server_header=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])


def _opened(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CollectorError(
            f"port {port} of {host} cannot be opened ({error.strerror}); name another with --port or --host"
        ) from None
