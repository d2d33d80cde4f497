"""Question sets -> static sites: one folder per experiment, complete in itself, that tells nobody the answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..explanations.overlay import greys
from ..questions.conditions import EXPERIMENTS, Condition, catch_questions
from ..questions.question import Question, QuestionSet
from ..store import write_atomically
from ..study.site import SiteSettings
from .folder import MARKER, check_out, clear, folder_name, marker, remove_site, sites_in, write_site
from .page import (
    FIELDS,
    POLICY,
    TEMPLATES,
    VISIT_SETTINGS,
    PageContext,
    SiteReport,
    digest_of_site,
    embedded,
    encode,
    policy,
)  # fmt: skip

MODULES = (
    "main.js", "frame.js", "dom.js", "session.js", "visit.js", "start.js", "drawings.js", "practice.js", "paged.js",
    "scroll.js", "question.js", "attribution.js", "pictures.js", "export.js", "end.js", "upload.js",
)  # fmt: skip


@dataclass(frozen=True)
class AssignContext:
    """What index.html.j2 is rendered from."""

    lang: str
    title: str
    policy: str
    study_id: str
    experiments: tuple[int | str, ...]
    script_needed: str
    not_started: str
    opened_as_file: str


def render_sites(
    question_set: QuestionSet,
    settings: SiteSettings,
    out: Path,
    conditions: Sequence[Condition] = tuple(EXPERIMENTS.values()),
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[SiteReport]:
    """Write a site for each condition and out/index.html; a site that is there is replaced whole.

    Sites of other conditions under `out` stay if they are of the same study, and are removed if they are not, which
    `warn` is told before: visitors must never be sent to two studies at once. Folders that this tool did not write are
    left alone. Raises StudyError where one of them is in the way.
    """
    check_out(out, [condition.name for condition in conditions])
    out.mkdir(parents=True, exist_ok=True)
    clear(out)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    messages = json.loads((TEMPLATES / f"messages.{settings.lang}.json").read_text(encoding="utf-8"))
    reports: list[SiteReport] = []
    encoded: dict[bytes, bytes] = {}  # conditions share most pictures, and encoding is what takes time
    for condition in conditions:
        files = _site(question_set, settings, condition, environment, messages, encoded)
        path = out / folder_name(condition.name)
        write_site(path, files)
        reports.append(SiteReport(path, sum(map(len, files.values())), len(files)))
    _remove_others(out, question_set.study_id, warn)
    _assign_page(out, question_set.study_id, settings, environment, messages)
    return reports


def _site(
    question_set: QuestionSet,
    settings: SiteSettings,
    condition: Condition,
    environment: Environment,
    messages: dict[str, str],
    encoded: dict[bytes, bytes],
) -> dict[str, bytes]:
    """All files of one site: path within it -> content. `encoded` keeps encoded pictures between sites."""

    def content_of(pixels: np.ndarray) -> bytes:
        key = pixels.tobytes()
        if key not in encoded:
            encoded[key] = encode(pixels, settings)
        return encoded[key]

    files: dict[str, bytes] = {".nojekyll": b"", "robots.txt": b"User-agent: *\nDisallow: /\n"}

    def shown(question: Question) -> dict[str, object]:
        attributions = []
        for picture in condition.attributions(question):
            content = content_of(picture.pixels)
            name = f"pictures/a{hashlib.sha256(content).hexdigest()[:12]}.{settings.picture_format}"
            files[name] = content
            cams = []
            if condition.gridcam and picture.gridcam is not None:
                cams = [np.round(greys(level)).astype(int).ravel().tolist() for level in picture.gridcam]
            attributions.append({"src": name, "bytes": len(content), "cams": cams})
        options = []
        for option in question.options:
            name = f"pictures/{option.id}.{settings.picture_format}"
            files[name] = content_of(option.pixels)
            options.append({"id": option.id, "src": name, "bytes": len(files[name])})
        return {"id": question.id, "attributions": attributions, "options": options}

    # Practice alone tells its answers: its neurons are asked about nowhere else.
    study_questions = question_set.of_role("study")
    catches = catch_questions(question_set.of_role("catch"), condition)
    practice = [{**shown(each), "solution": list(each.answers)} for each in question_set.of_role("practice")]
    questions: list[dict[str, object]] = [shown(question) for question in study_questions]
    for k, catch in enumerate(catches):  # spread evenly; participants' own orders shuffle them in
        place = round((k + 1) * len(study_questions) / (len(catches) + 1)) + k
        questions.insert(place, {**shown(catch), "catch": True})
    study = {
        "study_id": question_set.study_id,
        "experiment": condition.name,
        "title": settings.title or messages["title"],
        "contact": settings.contact,
        "choices": len(study_questions[0].answers),
        "fields": [name for name in FIELDS if getattr(settings, f"ask_{name}")],
        "ask_concept": settings.ask_concept,
        "ask_confidence": settings.ask_confidence,
        "layout": settings.layout,
        **{name: getattr(settings, name) for name in VISIT_SETTINGS},
        "practice": practice,
        "questions": questions,
    }
    for name in MODULES + ("style.css", "icon.svg"):
        files[f"assets/{name}"] = (TEMPLATES / name).read_bytes()
    study["build"] = build = digest_of_site(files, study)
    files[MARKER] = marker(question_set.study_id, condition.name, build)
    page = PageContext(
        lang=settings.lang,
        title=settings.title or messages["title"],
        policy=policy(settings),
        study=embedded(study),
        messages=embedded(messages),
        script_needed=messages["script_needed"],
        not_started=messages["not_started"],
        opened_as_file=messages["opened_as_file"],
    )
    files["index.html"] = environment.get_template("experiment.html.j2").render(page=page).encode()
    return files


def _remove_others(out: Path, study_id: str, warn: Callable[[str], None]) -> None:
    """Remove the experiments of other studies; a pilot is no part of any study and stays."""
    others = [site for site in sites_in(out) if site.study_id != study_id and site.experiment != "pilot"]
    if others:
        names = " and ".join(str(site.path) for site in others)
        are = "is a site of another study and is" if len(others) == 1 else "are sites of another study and are"
        warn(f"{names} {are} removed: visitors must never be sent to two studies at once")
    for site in others:
        remove_site(site)


def _assign_page(
    out: Path, study_id: str, settings: SiteSettings, environment: Environment, messages: dict[str, str]
) -> None:
    """Write out/index.html for the experiments of this study that are there."""
    found = [site.experiment for site in sites_in(out) if site.study_id == study_id]
    there = tuple(name for name in EXPERIMENTS if name in found)
    page = AssignContext(
        settings.lang, settings.title or messages["title"], POLICY, study_id, there, messages["script_needed"],
        messages["not_started"], messages["opened_as_file"],
    )  # fmt: skip
    files = {name: (TEMPLATES / name).read_bytes() for name in ("assign.js", "style.css")}
    files["index.html"] = environment.get_template("index.html.j2").render(page=page).encode()
    files[".nojekyll"] = b""
    for name, content in files.items():
        write_atomically(out / name, content)
