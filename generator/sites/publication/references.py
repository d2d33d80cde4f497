"""Pages, styles and scripts -> every file that a browser asks for because of them, and what would leave the study."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

Read = Callable[[Sequence[str]], Mapping[str, bytes | None]]  # paths -> content, None where a file is not there

ASKS = {"src", "srcset", "href", "poster", "data", "action", "formaction", "background", "manifest"}
LEADS = {("a", "href"), ("area", "href")}  # a link is asked for only by who follows it
NAMESPACES = "http://www.w3.org/"  # names of vocabularies, never asked for
# Strings and comments of a script in one pattern: what looks like a comment inside a string is none, and the reverse.
TOKENS = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?P<comment>//[^\n]*|/\*.*?\*/)""", re.S
)
IMPORTS = re.compile(r"""\b(?:from|import)\s*\(?\s*$""")  # what stands before the name of a module
STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.S)
STYLE_ADDRESS = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)|@import\s+["']([^"']*)["']""", re.I)


@dataclass
class Page:
    """What a page asks for and tells of itself.

    addresses: as written, those of its embedded pictures among them; policy: its content security policy, None: none;
    charset: as the page names it; study: the JSON that an experiment's page holds; atlas: what an atlas' holds; body:
    attributes of its body.
    """

    addresses: list[str] = field(default_factory=list)
    policy: str | None = None
    charset: str | None = None
    study: dict[str, Any] | None = None
    atlas: dict[str, Any] | None = None
    body: dict[str, str] = field(default_factory=dict)

    @property
    def upload(self) -> str:
        """The address that an experiment's page sends answers to; "" if none."""
        return str((self.study or {}).get("upload_url") or "")

    @property
    def counts(self) -> str:
        """The address that the front page asks how many took part in what; "" if none."""
        return self.body.get("data-assign", "")


@dataclass
class Crawl:
    """Everything that was reached.

    files: path -> content, of those that are there; missing: path -> who asks for it, of those that are not;
    leaving: (path, address as written, why a browser would leave the study's folder for it).
    """

    files: dict[str, bytes] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    leaving: list[tuple[str, str, str]] = field(default_factory=list)


def crawl(starts: Sequence[str], read: Read) -> Crawl:
    """Follow every reference from these pages on, a layer at a time; paths are relative to the study's folder."""
    found = Crawl()
    asked: dict[str, str] = {path: "" for path in starts}
    layer = list(asked)
    while layer:
        contents = read(layer)
        following: list[str] = []
        for path in layer:
            content = contents[path]
            if content is None:
                found.missing[path] = asked[path]
                continue
            found.files[path] = content
            for address in dict.fromkeys(asked_for(path, content)):
                target, why = located(path, address)
                if why:
                    found.leaving.append((path, address, why))
                elif target and target not in asked:
                    asked[target] = path
                    following.append(target)
        layer = following
    return found


def asked_for(path: str, content: bytes) -> Iterator[str]:
    """The addresses in a file that a browser asks for when it reads it, as written."""
    text = content.decode("utf-8", "replace")
    if path.endswith(".html"):
        yield from read_page(text).addresses
    elif path.endswith(".css"):
        yield from _of_style(text)
    elif path.endswith((".js", ".mjs")):
        yield from _of_script(text)


def located(path: str, address: str) -> tuple[str | None, str]:
    """An address in the file at `path` -> the path that it means, or why a browser would leave the folder for it.

    Both empty where nothing is asked for: an address of this page itself, or content that is written out in it.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None, "is no address"
    if parts.scheme in ("data", "blob", "about"):
        return None, ""
    if parts.scheme or parts.netloc:
        return None, "is another origin's"
    if not parts.path:
        return None, ""
    if parts.path.startswith("/"):
        return None, "begins with / and is not found when the folder lies below another"
    if path.endswith((".js", ".mjs")) and not parts.path.startswith("."):
        return None, "is a module's name and no path: no browser finds it"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
    if target == ".." or target.startswith("../"):
        return None, "lies outside the study's folder"
    if parts.path.endswith("/") or target == ".":
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    return target, ""


def read_page(text: str) -> Page:
    """A page's text -> what it asks for and tells."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    page = reader.page
    page.study, page.atlas = reader.held("study"), reader.held("atlas")
    if page.study is not None:
        page.addresses += _pictures(page.study)
    return page


class _Reader(HTMLParser):
    """Collects addresses; JSON in script elements by id."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.scripts: dict[str, str] = {}
        self._inside: tuple[str, str] | None = None  # element and id

    def held(self, name: str) -> dict[str, Any] | None:
        """The JSON object in the script element with this id."""
        try:
            value = json.loads(self.scripts.get(name, "null"))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        page = self.page
        if tag == "meta":
            page.charset = names.get("charset", page.charset)
            if names.get("http-equiv", "").lower() == "content-security-policy":
                page.policy = names.get("content", "")
        if tag == "body":
            page.body = names
        for name, value in names.items():
            if name == "srcset":
                page.addresses += [each.split()[0] for each in value.split(",") if each.strip()]
            elif name.removeprefix("xlink:") in ASKS and (tag, name) not in LEADS:
                page.addresses.append(value)
            elif name == "style":
                page.addresses += _of_style(value)
        kind = names.get("type", "")
        if tag == "script":
            data = kind not in ("", "module") and "javascript" not in kind
            self._inside = ("json", names.get("id", "")) if data else ("script", "")
        elif tag == "style":
            self._inside = ("style", "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            return
        kind, name = self._inside
        if kind == "json":
            self.scripts[name] = self.scripts.get(name, "") + data
        elif kind == "script":
            self.page.addresses += _of_script(data)
        else:
            self.page.addresses += _of_style(data)


def _pictures(part: object) -> Iterator[str]:
    """Every picture in what a page holds."""
    if isinstance(part, dict):
        if isinstance(part.get("src"), str):
            yield part["src"]
        for each in part.values():
            yield from _pictures(each)
    elif isinstance(part, list):
        for each in part:
            yield from _pictures(each)


def _of_style(text: str) -> Iterator[str]:
    for match in STYLE_ADDRESS.finditer(STYLE_COMMENT.sub(" ", text)):
        yield match[1] or match[2] or ""


def _of_script(text: str) -> Iterator[str]:
    """Modules that a script imports, and whatever else in it is a whole address."""
    code, at = "", 0  # what stands before a string, comments left out
    for match in TOKENS.finditer(text):
        code += text[at : match.start()] + " "
        at = match.end()
        if match["string"]:
            value = match["string"][1:-1]
            foreign = re.match(r"(https?|wss?):|//\w", value) and not value.startswith(NAMESPACES)
            if IMPORTS.search(code) or foreign:
                yield value
            code = ""
