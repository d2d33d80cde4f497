"""Question sets -> static sites: one folder per experiment, complete in itself, that tells nobody the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..explanations.overlay import greys
from ..questions.conditions import Condition, catch_questions, chosen
from ..questions.question import Question, QuestionSet
from ..store import write_atomically
from ..study import Study
from ..study.site import SiteSettings
from .folder import (
    ALONE,
    FRONT_MARKER,
    check_out,
    clear,
    folder_name,
    front_marker,
    remove_site,
    sites_in,
    write_site,
)  # fmt: skip
from .page import (
    TEMPLATES,
    SiteReport,
    complete_site,
    encode,
    personal_fields,
    policy,
    read_messages,
    render_template,
    report_of,
    visit_settings,
)  # fmt: skip

MODULES = (
    "main.js", "frame.js", "dom.js", "session.js", "visit.js", "start.js", "drawings.js", "practice.js", "paged.js",
    "scroll.js", "question.js", "attribution.js", "pictures.js", "export.js", "end.js", "upload.js", "sets.js",
    "assignment.js", "strip.js", "partial.js",
)  # fmt: skip

Encoder = Callable[[np.ndarray], bytes]  # a picture uint8 [S, S, 3] -> the content of its file


@dataclass(frozen=True)
class AssignContext:
    """What index.html.j2 is rendered from."""

    lang: str
    title: str
    policy: str
    study_id: str
    experiments: tuple[int | str, ...]
    sets: int
    assign_url: str
    script_needed: str
    not_started: str
    opened_as_file: str


def render_sites(
    question_set: QuestionSet,
    settings: SiteSettings,
    out: Path,
    conditions: Sequence[Condition] | None = None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[SiteReport]:
    """Write a site for each condition (by default the paper's) and out/index.html; one that is there is replaced whole.

    Sites of other conditions under `out` stay if they are of the same study, and are removed if they are not, which
    `warn` is told before: visitors must never be sent to two studies at once. Folders that this tool did not write are
    left alone. Raises StudyError where one of them is in the way.
    """
    conditions = chosen(Study()) if conditions is None else conditions
    check_out(out, [condition.name for condition in conditions])
    out.mkdir(parents=True, exist_ok=True)
    clear(out)
    messages = read_messages(settings.lang, "messages")
    encoded = _encoder(settings)
    reports: list[SiteReport] = []
    for condition in conditions:
        files = _site(question_set, settings, condition, messages, encoded)
        path = out / folder_name(condition.name)
        write_site(path, files)
        reports.append(report_of(path, files))
    _remove_others(out, question_set.study_id, warn)
    _assign_page(out, question_set.study_id, question_set.sets, settings, messages)
    return reports


def _encoder(settings: SiteSettings) -> Encoder:
    """Encodes each picture once: conditions share most of them, and encoding is what takes time."""
    known: dict[bytes, bytes] = {}

    def encoded(pixels: np.ndarray) -> bytes:
        key = pixels.tobytes()
        if key not in known:
            known[key] = encode(pixels, settings)
        return known[key]

    return encoded


def _site(
    question_set: QuestionSet,
    settings: SiteSettings,
    condition: Condition,
    messages: dict[str, str],
    encoded: Encoder,
) -> dict[str, bytes]:
    """All files of one site: path within it -> content."""
    files: dict[str, bytes] = {}

    explained_by = condition.explained_by(question_set)

    def shown(question: Question) -> dict[str, object]:
        explained = explained_by.get(question.id, question)  # a catch question explains itself
        return _question(question, explained, condition, settings.picture_format, encoded, files)

    # Practice alone tells its answers: its neurons are asked about nowhere else.
    practice = [{**shown(each), "solution": list(each.answers)} for each in question_set.of_role("practice")]
    catches = [{**shown(each), "catch": True} for each in catch_questions(question_set.of_role("catch"), condition)]
    sets = [_with_catches([shown(each) for each in asked], catches) for asked in question_set.sets_of_questions()]
    study: dict[str, object] = {
        "study_id": question_set.study_id,
        "experiment": condition.name,
        "title": settings.title or messages["title"],
        "contact": settings.contact,
        "choices": len(question_set.of_role("study")[0].answers),
        "fields": personal_fields(settings),
        "ask_concept": settings.ask_concept,
        "ask_confidence": settings.ask_confidence,
        "layout": settings.layout,
        **visit_settings(settings),
        "practice": practice,
        "shows": [
            {"kind": each.kind, "count": each.count, "gridcam": each.gridcam, "originals": each.originals}
            for each in condition.shows
        ],
        "sets": sets,
    }
    return complete_site(files, study, MODULES, settings, messages)


def _with_catches(questions: list[dict[str, object]], catches: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """A set's questions with the catch questions spread evenly; participants' own orders shuffle them in."""
    mixed = list(questions)
    for k, catch in enumerate(catches):
        mixed.insert(round((k + 1) * len(questions) / (len(catches) + 1)) + k, catch)
    return mixed


def _question(
    question: Question,
    explained: Question,
    condition: Condition,
    suffix: str,
    encoded: Encoder,
    files: dict[str, bytes],
) -> dict[str, object]:
    """What the page holds of a question; its pictures are added to `files`.

    explained: the question whose neuron's explanation is shown with it, itself unless the condition shuffles.
    """
    attributions = []
    for picture, shown in ((each, shown) for pictures, shown in condition.elements(explained) for each in pictures):
        content = encoded(picture.pixels)
        name = f"pictures/a{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        files[name] = content
        cams = []
        if shown.gridcam and picture.gridcam is not None:
            cams = [np.round(greys(level)).astype(int).ravel().tolist() for level in picture.gridcam]
        attributions.append({"src": name, "bytes": len(content), "cams": cams, "originals": shown.originals})
    options = []
    for option in question.options:
        name = f"pictures/{option.id}.{suffix}"
        files[name] = encoded(option.pixels)
        options.append({"id": option.id, "src": name, "bytes": len(files[name])})
    return {"id": question.id, "attributions": attributions, "options": options}


def _remove_others(out: Path, study_id: str, warn: Callable[[str], None]) -> None:
    """Remove the experiments of other studies; a pilot or an atlas is no part of any study and stays."""
    others = [site for site in sites_in(out) if site.study_id != study_id and site.experiment not in ALONE]
    if others:
        names = " and ".join(str(site.path) for site in others)
        are = "is a site of another study and is" if len(others) == 1 else "are sites of another study and are"
        warn(f"{names} {are} removed: visitors must never be sent to two studies at once")
    for site in others:
        remove_site(site)


def _assign_page(out: Path, study_id: str, sets: int, settings: SiteSettings, messages: dict[str, str]) -> None:
    """Write out/index.html for the conditions of this study that are there, the paper's before others."""
    sites = [site for site in sites_in(out) if site.study_id == study_id and site.experiment not in ALONE]
    there = tuple(sorted((site.experiment for site in sites), key=lambda name: (isinstance(name, str), name)))
    page = AssignContext(
        settings.lang, settings.title or messages["title"], policy(settings.assign_url), study_id, there, sets,
        settings.assign_url, messages["script_needed"], messages["not_started"], messages["opened_as_file"],
    )  # fmt: skip
    files = {name: (TEMPLATES / name).read_bytes() for name in ("assign.js", "assignment.js", "style.css")}
    files["index.html"] = render_template("index.html.j2", page)
    files[".nojekyll"] = b""
    files[FRONT_MARKER] = front_marker(study_id, sites, files)
    for name, content in files.items():
        write_atomically(out / name, content)
