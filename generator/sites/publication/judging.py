"""What a server answered -> what keeps a browser from showing a study as it was built, in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from .fetching import Answer, is_local, origin
from .references import Page

SCRIPTS = ("text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript")
TYPES = {  # ending -> the types that browsers take, the usual one first
    "html": ("text/html",),
    "js": SCRIPTS,
    "css": ("text/css",),
    "json": ("application/json",),
    "svg": ("image/svg+xml",),
    "png": ("image/png",),
    "webp": ("image/webp",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
}
NEEDED = {"script-src": "scripts", "style-src": "styles", "img-src": "pictures"}
DAY = 24 * 60 * 60  # seconds


def of_answer(path: str, answer: Answer, base: str, digest: str | None) -> list[str]:
    """What is wrong with a file. digest: SHA-256 that its marker tells, None: none does."""
    if origin(answer.url) != origin(base) and urlsplit(answer.url).scheme in ("http", "https"):
        return [f"is redirected to another origin, {answer.url}"]
    if answer.status != 200:
        return [answer.why or status(answer)]
    found = []
    allowed = TYPES.get(path.rpartition(".")[2].lower())
    if allowed and answer.kind not in allowed:
        found.append(f"is served as {answer.kind or 'no type'} and not as {allowed[0]}")
    if path.endswith(".html") and answer.charset not in (None, "utf-8", "utf8"):
        found.append(f"is served in {answer.charset} and not in utf-8")
    if digest is not None and hashlib.sha256(answer.body).hexdigest() != digest:
        found.append("is not as it was built: its hash is not the one that the marker tells")
    return found


def status(answer: Answer) -> str:
    """A status in words."""
    try:
        return f"answers {answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        return f"answers {answer.status}"


def of_page(page: Page, answer: Answer, base: str) -> list[str]:
    """What is wrong with the policies of a page: its own, which keeps other origins out, and the server's."""
    found = []
    own = directives(page.policy or "")
    declared, does = (page.upload, "sends answers to") if page.upload else (page.counts, "asks for counts at")
    ours = origin_text(declared) if declared else ""
    if page.policy is None:
        found.append("has no content security policy: nothing keeps other origins out")
    elif own.get("default-src") != ["'none'"]:
        found.append("has a content security policy that does not begin with default-src 'none'")
    for name, sources in own.items():
        for source in sources:
            if source not in ("'self'", "'none'") and not (name == "connect-src" and source == ours):
                found.append(f"has a content security policy that allows {source} ({name})")
    if declared and ours not in own.get("connect-src", []):
        found.append(f"{does} {declared}, which its content security policy does not allow")
    servers = answer.headers.get("content-security-policy")
    if servers is not None:
        theirs = directives(servers)
        found += [
            f"is served with a content security policy of the server's that forbids {what}"
            for name, what in NEEDED.items()
            if not _allows(theirs, name, base, base)
        ]
        if declared and not _allows(theirs, "connect-src", declared, base):
            found.append(f"{does} {declared}, which a content security policy of the server's forbids")
    return found


def directives(policy: str) -> dict[str, list[str]]:
    """A content security policy -> its directives and their sources."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name.lower(): sources for name, *sources in parts}


def _allows(policy: dict[str, list[str]], name: str, url: str, base: str) -> bool:
    """Whether a server's policy lets a page of `base` ask this address, as far as hosts go."""
    sources = policy.get(name, policy.get("default-src"))
    if sources is None:
        return True
    parts = urlsplit(url)
    whole = f"{parts.scheme}://{parts.netloc}"
    return any(
        source in ("*", f"{parts.scheme}:", whole, parts.netloc)
        or (source == "'self'" and origin(url) == origin(base))
        or source.startswith(whole + "/")
        or re.fullmatch(re.escape(source).replace(r"\*", r"[\w.-]+"), parts.netloc) is not None
        or re.fullmatch(re.escape(source).replace(r"\*", r"[\w.-]+"), whole) is not None
        for source in sources
    )


def of_preflight(answer: Answer, upload: str, base: str) -> list[str]:
    """Whether pages of this address may send answers to the endpoint."""
    if is_local(upload) and not is_local(base):
        return [f"sends answers to {upload}, which only this machine reaches"]
    if urlsplit(upload).scheme != "https" and not is_local(upload):
        return [f"sends answers to {upload}, which does not begin with https://"]
    asking = origin_text(base)
    if not answer.status:
        return [f"sends answers to {upload}, which {answer.why}"]
    allowed = answer.headers.get("access-control-allow-origin", "").strip()
    if not 200 <= answer.status < 300 or allowed not in ("*", asking):
        return [
            f"sends answers to {upload}, which takes none from pages of {asking} ({status(answer)}, allowed origin: "
            f"{allowed or 'none'})"
        ]
    headers = [each.strip().lower() for each in answer.headers.get("access-control-allow-headers", "").split(",")]
    if "content-type" not in headers and "*" not in headers:
        return [f"sends answers to {upload}, which takes no JSON from other origins (Access-Control-Allow-Headers)"]
    return []


def of_counts(answer: Answer, counts: str, base: str) -> list[str]:
    """Whether the front page learns where fewest took part; if not, visitors are drawn evenly, which nobody notices."""
    asking, allowed = origin_text(base), answer.headers.get("access-control-allow-origin", "").strip()
    if not answer.status:
        return [f"asks for counts at {counts}, which {answer.why}"]
    if answer.status != 200 or allowed not in ("*", asking):
        return [
            f"asks for counts at {counts}, which tells pages of {asking} nothing ({status(answer)}, allowed origin: "
            f"{allowed or 'none'})"
        ]
    return []


def origin_text(url: str) -> str:
    """The origin of an address, as browsers name it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def kept_for(answer: Answer) -> int | None:
    """Seconds that browsers may show a file without asking again; None: the server does not say."""
    control = answer.headers.get("cache-control", "").lower()
    if re.search(r"\bno-(cache|store)\b", control):
        return 0
    found = re.search(r"\bmax-age=(\d+)", control)
    return int(found[1]) if found else None


def of_cache(paths: Sequence[str], answers: Sequence[Answer]) -> tuple[list[str], str]:
    """Files that browsers would go on showing for more than a day after another build, and a note about the rest."""
    times = [(path, kept_for(answer)) for path, answer in zip(paths, answers, strict=True)]
    long = [path for path, time in times if time is not None and time > DAY]
    told = [time for _, time in times if time is not None and time <= DAY]
    if not told:
        return long, "" if long else "the server does not say how long browsers may keep files (Cache-Control)"
    if not max(told):
        return long, "browsers ask for every file again: another build is seen at once"
    minutes = -(-max(told) // 60)
    return long, f"browsers may keep files for {minutes} min: another build is seen that much later (Cache-Control)"
