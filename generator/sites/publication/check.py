"""A published address -> what keeps participants from taking part there, and what should not be there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ...errors import StudyError
from ..folder import ALONE, FRONT_MARKER, MARKER, digests, digests_told, folder_name, markers_told
from .fetching import Answer, Fetcher, as_asked, is_local, origin
from .judging import of_answer, of_cache, of_counts, of_page, of_preflight, origin_text, status
from .references import Crawl, Page, crawl, read_page

NOT_THERE = "imetric-no-such-file"  # what a server answers where nothing is
PRIVATE = (
    "answer_key.json", "pilot_key.json", "manifest.json", "private/", "private/answer_key.json", "artifacts/",
    "private/{study}/answer_key.json", "private/{study}/manifest.json", "private/{study}/", "{study}/answer_key.json",
    "private/{study}/pilot_key.json", "../private/{study}/answer_key.json",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Something to be mended. where: a path below the address, or an address; what: the rest of the sentence."""

    where: str
    what: str


@dataclass
class Report:
    """What a look at an address found. sites: folders; files, bytes: those of the study that are as they should be or
    not; notes: what should be known; declared: other addresses that pages ask, by the study's own setting."""

    address: str
    study_id: str | None = None
    sites: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)

    def add(self, where: str, sentences: Sequence[str]) -> None:
        self.findings += [found for each in sentences if (found := Finding(where, each)) not in self.findings]


def check(address: str, fetcher: Fetcher) -> Report:
    """Visit a study's front page, or one of its sites, and everything below as browsers do. Raises StudyError."""
    report = Report(folder_address(address))
    first = _arrive(report, fetcher)
    if first is None:
        return report
    page = read_page(first.body.decode("utf-8", "replace"))
    if page.study is None and page.atlas is None and "data-experiments" not in page.body:
        report.add(report.address, ["is no page that this tool built"])
        return report
    _Visit(report, fetcher, first, page).all()
    return report


def folder_address(address: str) -> str:
    """The address of a folder, without what participants' links add to it. Raises StudyError."""
    if "://" not in address and not address.startswith(("http:", "https:")):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise StudyError(f"{address} is no web address: it should begin with https://")
    path = parts.path.removesuffix("index.html")
    return as_asked(urlunsplit((parts.scheme, parts.netloc, path if path.endswith("/") else f"{path}/", "", "")))


def _arrive(report: Report, fetcher: Fetcher) -> Answer | None:
    """The first page, None where there is none; the address becomes the one that it leads to."""
    first = fetcher.one(report.address)
    if first.redirects:
        leads = folder_address(first.url)
        if origin(leads) != origin(report.address):
            report.add(report.address, [f"leads to another origin, {leads}: give participants that address"])
        elif leads != report.address:
            report.notes.append(f"{report.address} leads to {leads}")
        report.address = leads
    if urlsplit(report.address).scheme != "https" and not is_local(report.address):
        report.add(report.address, ["is not https: what participants send and see can be read and changed on the way"])
    if first.status != 200:
        report.add(report.address, [first.why or status(first)])
        return None
    return first


class _Visit:
    """One look at all files of a study."""

    def __init__(self, report: Report, fetcher: Fetcher, first: Answer, page: Page) -> None:
        self.report, self.fetcher, self.base = report, fetcher, report.address
        self.answers: dict[str, Answer] = {"index.html": first}
        self.front = page if page.study is None and page.atlas is None else None
        self.fallback = fetcher.one(self.base + NOT_THERE)

    def all(self) -> None:
        """Everything, in an order in which the worst is told first."""
        folders = self._folders()
        self.report.sites = [folder.rstrip("/") or "." for folder in folders]
        told = self._markers(folders)
        starts = [*(["index.html"] if self.front else []), *(f"{folder}index.html" for folder in folders)]
        reached = crawl(starts, self._read)
        # What no page asks for, such as robots.txt. Servers may well keep files back whose names begin with a dot.
        self._read([path for path in told if not path.rpartition("/")[2].startswith(".")])
        self._judge(reached, told)
        self._pages(folders)
        self._private()
        self._address()
        self._cache()
        files = [answer for answer in self.answers.values() if answer.status == 200]
        self.report.files, self.report.bytes = len(files), sum(len(answer.body) for answer in files)

    def _folders(self) -> list[str]:
        """The sites' folders, with / behind; empty for the address itself."""
        if self.front is None:
            return [""]
        found = [f"{folder_name(name)}/" for name in self.front.body["data-experiments"].split()]
        beside = self.fetcher.all([f"{self.base}{name}/{MARKER}" for name in ALONE])
        return [*found, *(f"{name}/" for name, each in zip(ALONE, beside, strict=True) if _record(each))]

    def _markers(self, folders: Sequence[str]) -> dict[str, str]:
        """The hashes that markers tell: path -> SHA-256. One study, one build, or that is a finding."""
        names = [*([FRONT_MARKER] if self.front else []), *(f"{folder}{MARKER}" for folder in folders)]
        answers = dict(zip(names, self.fetcher.all([self.base + name for name in names]), strict=True))
        front = markers_told(_record(answers[FRONT_MARKER])) if self.front else {}
        found: dict[str, str] = {}
        studies: dict[str, str] = {}
        for name, answer in answers.items():
            folder = name.rpartition("/")[0]
            record = _record(answer)
            files = digests_told(record)
            if record is not None and files is not None:
                self.answers[name] = answer
                found |= {f"{folder}/{path}" if folder else path: digest for path, digest in files.items()}
                if folder not in ALONE and record.get("experiment") not in ALONE:
                    studies.setdefault(str(record.get("study_id")), name)
            elif folder in front:
                self.answers[name] = answer  # there is one: what is wrong with it is told as of any file
            else:
                what = f"{folder}/" if folder else "the page"
                self.report.notes.append(f"{what} tells no hashes: it was built by an earlier version")
            if answer.status == 200 and folder in front and digests({"": answer.body})[""] != front[folder]:
                self.report.add(f"{folder}/", ["is of another build than the front page: publish again, or wait"])
        if len(studies) > 1:
            places = " and ".join(studies.values())
            self.report.add(self.base, [f"holds sites of different studies ({places})"])
        self.report.study_id = next(iter(studies), None)
        return found

    def _read(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """What is served at these paths, each asked for once; a page is asked for as its folder."""
        new = [path for path in paths if path not in self.answers]
        urls = [self.base + quote(path.removesuffix("index.html")) for path in new]
        self.answers |= dict(zip(new, self.fetcher.all(urls), strict=True))
        return {path: self.answers[path].body if self.answers[path].status == 200 else None for path in paths}

    def _judge(self, reached: Crawl, told: dict[str, str]) -> None:
        """Every file by itself, and what would leave the study."""
        for path, answer in self.answers.items():
            asked_by = reached.missing.get(path)
            sentences = of_answer(path, answer, self.base, told.get(path))
            if asked_by and answer.status in (404, 410):
                sentences = [f"{each}; {asked_by} asks for it" for each in sentences]
            self.report.add(path, sentences)
        for path, wanted, why in reached.leaving:
            self.report.add(path, [f"asks for {wanted!r}, which {why}"])
        if self.fallback.status == 200:
            self.report.add(self.base + NOT_THERE, ["answers 200 OK though nothing is there: missing files look found"])

    def _pages(self, folders: Sequence[str]) -> None:
        """Policies, and where answers go."""
        asked: dict[str, Answer] = {}
        for folder in [*([""] if self.front else []), *folders]:
            answer = self.answers[f"{folder}index.html"]
            if answer.status != 200:
                continue
            page = read_page(answer.body.decode("utf-8", "replace"))
            name, asking = f"{folder}index.html", origin_text(self.base)
            self.report.add(name, of_page(page, answer, self.base))
            if folder and page.study is None and page.atlas is None:
                self.report.add(name, ["is no page that this tool built"])
            if page.upload:
                if page.upload not in asked:
                    asked[page.upload] = self.fetcher.preflight(page.upload, asking)
                self.report.add(name, of_preflight(asked[page.upload], page.upload, self.base))
            if page.counts:
                self.report.add(name, of_counts(self.fetcher.asked_by(page.counts, asking), page.counts, self.base))
            self.report.declared += [each for each in (page.upload, page.counts) if each]

    def _private(self) -> None:
        """Nothing that tells answers may be there, nor the history of a project that holds it."""
        names = [name.format(study=quote(self.report.study_id or "study", safe="")) for name in PRIVATE]
        urls = [urljoin(self.base, name) for name in names if urlsplit(self.base).path != "/" or name[:2] != ".."]
        for url, answer in zip(urls, self.fetcher.all(urls), strict=True):
            own = origin(answer.url) == origin(self.base)
            nothing = answer.body in (self.fallback.body, self.answers["index.html"].body)
            if answer.status == 200 and own and not nothing:
                self.report.add(url, ["is public, and nobody may see it who takes part: remove it from the server"])

        git = self.fetcher.one(f"{self.base}.git/HEAD")
        if git.status == 200 and git.body.startswith(b"ref: "):
            self.report.notes.append(f"{self.base}.git/ is served: anybody can read that repository and its history")

    def _address(self) -> None:
        """The address without its last / is one that people type."""
        parts = urlsplit(self.base)
        if parts.path == "/":
            return
        bare = self.fetcher.one(self.base.rstrip("/"))
        if bare.status == 200 and bare.url.rstrip("/") == bare.url and bare.body == self.answers["index.html"].body:
            what = "shows the page without leading to the address with / behind, and so without scripts and pictures"
            self.report.add(self.base.rstrip("/"), [what])
        elif bare.status != 200:
            self.report.notes.append("the address is found only with / behind: give participants that one")

    def _cache(self) -> None:
        """How long browsers show what was published before."""
        there = {path: answer for path, answer in self.answers.items() if answer.status == 200}
        text = [path for path in there if path.endswith((".html", ".js", ".css"))]
        long, note = of_cache(text, [there[path] for path in text])
        what = "may be kept by browsers for more than a day (Cache-Control): another build is not seen"
        for path in long:
            self.report.add(path, [what])
        if note:
            self.report.notes.append(note)


def _record(answer: Answer) -> dict[str, object] | None:
    """The JSON of a marker."""
    try:
        record = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        return None
    return record if isinstance(record, dict) and str(record.get("format")).startswith("imetric-") else None
