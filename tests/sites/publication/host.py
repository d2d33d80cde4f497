"""A web host of a folder below /study/, as careful or careless as a test wants it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {
    "html": "text/html; charset=utf-8", "js": "text/javascript", "css": "text/css", "json": "application/json",
    "svg": "image/svg+xml", "webp": "image/webp", "txt": "text/plain",
}  # fmt: skip


@dataclass
class Reply:
    """body None: the connection is closed without a word; length: told in place of the body's own."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    length: int | None = None


Change = Callable[[str, Reply], Reply]  # path below the host, what a good host replies -> what this one does
Options = Callable[[str], Reply]


@dataclass
class Host:
    """folder lies below /study/; change: what is done to replies; asked: (method, path) of each request."""

    folder: Path
    change: Change = lambda path, reply: reply
    options: Options = lambda path: Reply(405)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def reply(self, path: str) -> Reply:
        below = path.removeprefix("/study")
        file = self.folder / below.strip("/")
        if not path.startswith("/study") or not file.exists():
            return Reply(404, {"Content-Type": "text/html"}, b"<h1>Not found</h1>")
        if file.is_dir():
            if not path.endswith("/"):
                return Reply(301, {"Location": f"{path}/"})
            file /= "index.html"
        if not file.is_file():
            return Reply(404, {"Content-Type": "text/html"}, b"<h1>Not found</h1>")
        kind = TYPES.get(file.suffix.lstrip("."), "application/octet-stream")
        return Reply(200, {"Content-Type": kind, "Cache-Control": "max-age=600"}, file.read_bytes())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, host: Host, *words: object) -> None:
        self.host = host
        super().__init__(*words)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.host.asked.append(("GET", path))
        self._send(self.host.change(path, self.host.reply(path)))

    def do_OPTIONS(self) -> None:
        self.host.asked.append(("OPTIONS", self.path))
        self._send(self.host.options(self.path))

    def _send(self, reply: Reply) -> None:
        if reply.body is None:
            self.close_connection = True
            return
        headers, body = dict(reply.headers), reply.body
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500 and "Content-Encoding" not in headers:
            headers, body = {**headers, "Content-Encoding": "gzip"}, gzip.compress(body, 1)
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if reply.length is None else reply.length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = reply.length is not None

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # else connections that come at once wait for a second


@contextmanager
def hosted(host: Host) -> Iterator[str]:
    """The address of the folder while it is served."""
    server = _Server(("127.0.0.1", 0), partial(_Handler, host))
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        host.address = f"http://127.0.0.1:{server.server_port}/study/"
        yield host.address
    finally:
        server.shutdown()
        server.server_close()
