"""Requests and answers: POST (a participant's file, DataPipe's contract), GET /health (counts); nothing else.

Logs hold outcomes, conditions and sizes; no address, no name, no id.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .checks import LARGEST_BODY, read_submission
from .errors import Refused
from .rate import RateLimit
from .store import FileStore, Outcome
from .study import PublicStudy

log = logging.getLogger("collector")
TOLD: dict[Outcome, str] = {
    "stored": "stored", "already there": "already there",
    "kept beside": "stored beside a different file of the same session", "partial": "stored, not complete yet",
}  # fmt: skip
SECONDS = 30.0  # for the whole body of a request
AT_ONCE = 8  # requests that are checked and written at the same time
LARGE = 500_000  # bytes of a body from which on one is checked at a time: parsed it takes up to fifty times as much
HELD = 64_000_000  # bytes of bodies that are in memory at the same time, of all requests


def make_app(
    study: PublicStudy, store: FileStore, origins: Sequence[str], rate: RateLimit, seconds: float = SECONDS
) -> Starlette:
    """The application for a study; origins: those of the study's pages, from which alone files are taken."""
    working, alone = anyio.CapacityLimiter(AT_ONCE), anyio.CapacityLimiter(1)
    held: dict[int, int] = {}  # request -> bytes of it in memory

    async def receive(request: Request) -> Response:
        try:
            _check_request(request, origins, rate)
            body = await _body(request, seconds, held)
            limiter = alone if len(body) > LARGE else working
            outcome, size = await to_thread.run_sync(_keep, body, study, store, limiter=limiter)
            log.info("%s, %d bytes", outcome, size)
            return JSONResponse({"message": TOLD[outcome]}, status_code=201)
        except Refused as refused:
            log.info("refused, %d %s", refused.status, refused.error)
            headers = {"Retry-After": "10"} if refused.status in (429, 503) else {}
            return JSONResponse({"error": refused.error, "message": refused.message}, refused.status, headers)
        except ClientDisconnect:
            log.info("cut off before the end")
            return Response(status_code=400)
        except OSError as error:
            log.error("not stored, the disk says %s", errno.errorcode.get(error.errno or 0, "unknown"))
            status = 507 if error.errno in (errno.ENOSPC, errno.EDQUOT) else 500
            return _failed(status)
        except Exception as error:  # its text may quote a file
            log.error("not stored, %s", type(error).__name__)
            return _failed(500)
        finally:
            held.pop(id(request), None)

    async def health(request: Request) -> Response:
        if not _allowed(request, rate):
            return JSONResponse({"error": "TOO_MANY_REQUESTS"}, 429, {"Retry-After": "10"})
        counts = {(entry["condition"], entry["set"]): entry for entry in store.counts()}
        none = {"complete": 0, "running": 0, "given_up": 0}
        every = [counts.get(place, {"condition": place[0], "set": place[1], **none}) for place in study.places()]
        answer = {"status": "ok", "study_id": study.study_id, "counts": every}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    routes = [Route(path, receive, methods=["POST"]) for path in ("/", "/api/data", "/api/data/")]
    cors = Middleware(
        CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST"], allow_headers=["Content-Type"],
        max_age=3600,
    )  # fmt: skip
    return Starlette(routes=[*routes, Route("/health", health, methods=["GET"])], middleware=[cors])


def _check_request(request: Request, origins: Sequence[str], rate: RateLimit) -> None:
    """Refuse what is known before its body is read."""
    if not _allowed(request, rate):
        raise Refused(429, "TOO_MANY_REQUESTS", "too many requests from this address; try again in a while")
    origin = request.headers.get("origin")
    if origin is not None and origin not in origins:
        raise Refused(403, "ORIGIN_NOT_ALLOWED", "files are taken from the study's own pages")
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "INVALID_DATA", "the request should be application/json")
    size = request.headers.get("content-length", "")
    if size.isdecimal() and int(size[:20]) > LARGEST_BODY:
        raise _too_large()


def _allowed(request: Request, rate: RateLimit) -> bool:
    return rate.allows(request.client.host if request.client else "")


async def _body(request: Request, seconds: float, held: dict[int, int]) -> bytes:
    """The body, if it comes in time and is not too large, nor all that are held together."""
    parts, size = [], 0
    try:
        with anyio.fail_after(seconds):
            async for part in request.stream():
                size += len(part)
                if size > LARGEST_BODY:
                    raise _too_large()
                held[id(request)] = size
                if sum(held.values()) > HELD:
                    raise Refused(503, "BUSY", "too many large requests at the same time; try again in a while")
                parts.append(part)
    except TimeoutError:
        raise Refused(408, "REQUEST_TIMEOUT", "the request took too long to arrive") from None
    return b"".join(parts)


def _failed(status: int) -> JSONResponse:
    return JSONResponse({"error": "UPLOAD_FAILED", "message": "the file could not be stored; try again"}, status)


def _too_large() -> Refused:
    return Refused(413, "INVALID_DATA", f"the request is larger than {LARGEST_BODY:,} bytes")


def _keep(body: bytes, study: PublicStudy, store: FileStore) -> tuple[Outcome, int]:
    submission = read_submission(body, study)
    return store.keep(submission), len(submission.content)
