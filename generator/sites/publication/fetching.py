"""Addresses -> what a server answers, several at once; redirects and compressed content are followed as browsers do."""

from __future__ import annotations

import gzip
import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

AT_ONCE = 8  # as many as browsers ask one server for
PATIENCE = 20  # seconds without a byte
LONGEST = 120  # seconds for one file
LARGEST = 60_000_000  # bytes of one file
MOST_REDIRECTS = 5
AGAIN = (429, 502, 503, 504)  # answers of a busy server: asked once more
PAUSE = 1.5  # seconds before


@dataclass(frozen=True)
class Answer:
    """What came back. url: after redirects, which are listed; status: 0 where nothing came, and why says what was."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    redirects: tuple[str, ...] = ()
    why: str = ""

    @property
    def kind(self) -> str:
        """The content type without parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The character set that the server tells."""
        found = re.search(r"charset=\"?([\w-]+)", self.headers.get("content-type", ""), re.I)
        return found[1].lower() if found else None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers: who asks decides whether to follow."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _TooMuch(Exception):
    """An answer that goes on for longer, or is larger, than any file of a study."""


def origin(url: str) -> tuple[str, str]:
    """What browsers separate sites by."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, f"{(parts.hostname or '').lower()}:{parts.port or usual}"


def as_asked(url: str) -> str:
    """An address as browsers send it: letters of other scripts, and blanks, written with %, in hosts by IDNA."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    return urlunsplit(parts._replace(netloc=host, path=quote(parts.path, safe="/%!$&'()*+,;=:@~"), fragment=""))


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


class Fetcher:
    """Asks a server, a few addresses at once. asked: how many times; received: bytes of content."""

    def __init__(self, advance: Callable[[int], None] = lambda asked: None) -> None:
        self.asked = 0
        self.received = 0
        self._advance = advance
        self._opener = urllib.request.build_opener(_Stay)
        self._direct = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))

    def all(self, urls: Sequence[str]) -> list[Answer]:
        """The answers, in the order asked."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = []
            for answer in pool.map(self._followed, urls):
                self.asked += 1
                self.received += len(answer.body)
                self._advance(self.asked)
                answers.append(answer)
            return answers

    def one(self, url: str) -> Answer:
        return self.all([url])[0]

    def asked_by(self, url: str, asking: str) -> Answer:
        """What a page of the origin `asking` is answered."""
        return self._asked(url, "GET", {"Origin": asking})

    def preflight(self, url: str, asking: str) -> Answer:
        """What browsers ask an address before a page of the origin `asking` may send JSON to it; nothing is sent."""
        headers = {
            "Origin": asking, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type",
        }  # fmt: skip
        return self._asked(url, "OPTIONS", headers)

    def _followed(self, url: str) -> Answer:
        redirects: list[str] = []
        at = as_asked(url)
        while True:
            answer = self._asked(at)
            to = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not to:
                break
            at = urljoin(at, to)
            at = as_asked(at)
            redirects.append(at)
            if len(redirects) > MOST_REDIRECTS:
                return Answer(at, 0, redirects=tuple(redirects), why=f"is redirected more than {MOST_REDIRECTS} times")
            if urlsplit(at).scheme not in ("http", "https"):
                return Answer(at, 0, redirects=tuple(redirects), why=f"is redirected to {at}")
        return Answer(at, answer.status, answer.headers, answer.body, tuple(redirects), answer.why)

    def _asked(self, url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        for last in (False, True):
            try:
                answer = self._once(url, method, headers or {})
                if answer.status not in AGAIN or last:
                    return answer
            except (OSError, http.client.HTTPException, ValueError, zlib.error, EOFError, _TooMuch) as error:
                if last or isinstance(error, _TooMuch) or _certificate(error):
                    return Answer(url, 0, why=_in_words(error))
            time.sleep(PAUSE)
        raise AssertionError

    def _once(self, url: str, method: str, more: Mapping[str, str]) -> Answer:
        usual = {"User-Agent": "imetric-check", "Accept-Encoding": "gzip, deflate"}
        request = urllib.request.Request(url, headers={**usual, **more}, method=method)
        opener = self._direct if is_local(url) else self._opener  # no proxy reaches this machine
        try:
            response = opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:  # any status that is not 2xx: an answer as well
            response = error
        with response:
            found = {name.lower(): value for name, value in response.headers.items()}
            body = _read(response)
        return Answer(url, response.status, found, _unpacked(body, found.get("content-encoding", "")))


def _read(response: Any) -> bytes:
    parts: list[bytes] = []
    began, size = time.monotonic(), 0
    while part := response.read1(1 << 16) if hasattr(response, "read1") else response.read(1 << 16):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise _TooMuch(f"is larger than {LARGEST / 1e6:.0f} MB")
        if time.monotonic() - began > LONGEST:
            raise _TooMuch(f"takes longer than {LONGEST} s")
    told = response.headers.get("Content-Length")
    if told and told.isdigit() and size < int(told):
        raise http.client.IncompleteRead(b"".join(parts), int(told) - size)
    return b"".join(parts)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding.lower() in ("gzip", "x-gzip") and body:
        return gzip.decompress(body)
    if encoding.lower() == "deflate" and body:
        return zlib.decompress(body)
    return body


def _certificate(error: BaseException) -> bool:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return isinstance(reason, ssl.SSLCertVerificationError)


def _in_words(error: BaseException) -> str:
    """What happened on the way, as the end of a sentence."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"has a certificate that browsers refuse ({reason.verify_message})"
    if isinstance(reason, TimeoutError):
        return f"sends nothing for {PATIENCE} s"
    if isinstance(reason, _TooMuch):
        return str(reason)
    if isinstance(reason, http.client.IncompleteRead):
        return "is cut short"
    if isinstance(reason, zlib.error | EOFError | gzip.BadGzipFile):
        return "is compressed in a way that cannot be read"
    told = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return f"cannot be reached ({told})"
