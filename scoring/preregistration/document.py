"""A built study, its plan, its sites -> the preregistration as Markdown, and what is left to be filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..conditions import CONTROL, Condition
from ..files.exclusions import Exclusions
from ..report.numbers import number, percent
from ..statistics.chance import chance_of_sizes, mean_and_sd
from .browser import Shot
from .site import Site
from .study import BuiltStudy, Plan

READ = ("start", "how", "practice-told")  # pages whose text is instructions
NAMES = {
    "start": "first page", "how": "how it works", "practice": "practice", "practice-told": "practice, after the check",
    "question": "a question", "end": "last page",
}  # fmt: skip
LANGUAGES = {"en": "English", "ko": "Korean"}
SURVEY = {
    "ask_name": "name or pseudonym", "ask_age": "age", "ask_gender": "gender", "ask_major": "field of study or work",
    "ask_background": "experience with deep learning",
}  # fmt: skip
SAVED = "save a file that participants send"
PERSONAL = ("ask_name", "ask_age", "ask_gender", "ask_major")


@dataclass(frozen=True)
class Rules:
    """Exclusion rules, and the file that they come from (None: the program's defaults)."""

    rules: Exclusions
    file: Path | None

    @property
    def digest(self) -> str:
        return "" if self.file is None else hashlib.sha256(self.file.read_bytes()).hexdigest()


def document(
    study: BuiltStudy,
    rules: Rules,
    version: str,
    plan: Plan | None,
    sites: Mapping[int | str, Site],
    shots: Mapping[int | str, Sequence[Shot]],
    no_pictures: str,
) -> tuple[str, list[str]]:
    """The document, and what is to be filled in, in its order. no_pictures: why there are no shots, and what to do."""
    blanks: list[str] = []

    def fill(what: str) -> str:
        blanks.append(what)
        return f"**[TO FILL IN {len(blanks)}: {what}]**"

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"), autoescape=False,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"num": number, "pct": percent, "g": lambda value: f"{value:g}"}
    content = {
        **_design(study, sites), **_pages(study, sites, shots, no_pictures), **_tests(study, plan),
        "s": study, "plan": plan, "version": version, "fill": fill, "blanks": blanks, "rules": rules.rules.sentences(),
        "rules_file": None if rules.file is None else {"name": rules.file.name, "digest": rules.digest},
    }  # fmt: skip
    text = environment.get_template("preregistration.md.j2").render(**content)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if line or before]  # no two empty lines
    return "\n".join(kept).rstrip() + "\n", blanks


def _design(study: BuiltStudy, sites: Mapping[int | str, Site]) -> dict[str, Any]:
    """What the key, the manifest and the sites' markers say of conditions, sets and questions."""
    key, settings, manifest = study.key, study.site, study.manifest
    sizes = list(dict.fromkeys(key.sizes))
    conditions = list(key.conditions)
    counts = sorted({len(questions) for questions in key.by_set.values()})
    catches = {c.name: sum(q.condition in (None, c.name) and q.set in (None, 1) for q in key.catch) for c in conditions}
    shuffled = _listed([f"`{c.name}`" for c in conditions if c.explains == "shuffled"])
    identity = [
        ("network", manifest.get("network")), ("pictures", manifest.get("pictures", {}).get("digest")),
        ("code of the generator", manifest.get("code", {}).get("generator")),
        *((f"build of the site of condition {name}", site.build) for name, site in sites.items()),
    ]  # fmt: skip
    return {
        "identity": [(name, value) for name, value in identity if value],
        "options": _listed([f"{_word(options)} pictures" for options, _ in sizes]),
        "picks": _listed([f"{_word(answers)}" for _, answers in sizes]),
        "chance": mean_and_sd(chance_of_sizes(key.sizes_of(key.sets[0].name)))[0],
        "conditions": [{"name": f"`{c.name}` {c.title}", "sees": _sees(c)} for c in conditions],
        "sets": len(key.sets),
        "questions": _listed([str(count) for count in counts]),
        "neurons": len(key.questions),
        "practice": settings.get("practice", 0),
        "catches": max(catches.values()),
        "shuffled": shuffled,
        "deceived": shuffled,
        "shuffle": settings.get("shuffle", True),
        "gridcam": any(shown.gridcam for c in conditions for shown in c.shows),
        "control": CONTROL if CONTROL in key.conditions and len(conditions) > 1 else None,
        "language": LANGUAGES.get(settings.get("lang", "en"), settings.get("lang", "en")),
        "upload": _sent(settings),
        "asks": {"confidence": settings.get("ask_confidence", True), "concept": settings.get("ask_concept", True)},
        "survey": _listed([words for name, words in SURVEY.items() if settings.get(name, True)]) or "nothing",
        "personal": _listed([SURVEY[name] for name in PERSONAL if settings.get(name, True)]),
    }  # fmt: skip


def _tests(study: BuiltStudy, plan: Plan | None) -> dict[str, Any]:
    comparisons = [
        {"first": str(a.name), "second": str(b.name), "first_title": a.title, "second_title": b.title}
        for a, b in study.comparisons
    ]
    corrected = {
        "planned": f"The {len(comparisons)} planned contrasts are corrected together by Holm.",
        "reference": f"The {len(comparisons)} comparisons with the reference are corrected together by Holm, and their "
        "intervals by Dunnett.",
        "pairs": f"The {len(comparisons)} pairs are corrected together by Holm.",
    }[study.compare]
    return {
        "comparisons": comparisons,
        "planned": bool(study.key.contrasts),
        "reference": study.key.reference,
        "corrected": corrected if len(comparisons) > 1 else "",
        "alpha": f"{plan.content['aim']['comparison']['alpha']:g}" if plan else "0.05",
        "minutes_each": plan.row["minutes"] / plan.row["participants"] if plan else 0,
    }


def _pages(
    study: BuiltStudy, sites: Mapping[int | str, Site], shots: Mapping[int | str, Sequence[Shot]], no_pictures: str
) -> dict[str, Any]:
    """What participants read and see. A text that a condition shares with an earlier one is not told again."""
    texts, told = [], set()
    for name, pages in shots.items():
        read = []
        for shot in pages:
            if shot.name in READ and shot.text not in told:
                told.add(shot.text)
                lines = shot.text.splitlines()
                if shot.name == "practice-told":  # what is said after the check; the rest is the question itself
                    lines = [max(lines, key=len)]
                read.append((NAMES[shot.name], lines))
        if read:
            texts.append((f"`{name}`", read))
    return {
        "texts": texts,
        "sentences": next((site.sentences(study.key) for site in sites.values()), []),
        "pictures": [
            (f"`{name}`", [(NAMES[shot.name], picture_file(name, k, shot)) for k, shot in enumerate(pages, 1)])
            for name, pages in shots.items()
        ],
        "missing_sites": _listed([f"`{name}`" for name in study.key.conditions.names if name not in sites]),
        "no_pictures": no_pictures,
    }


def picture_file(condition: int | str, number: int, shot: Shot) -> str:
    """Where a screenshot lies, beside the document."""
    return f"screenshots/exp{condition}-{number}-{shot.name}.png"


def _sees(condition: Condition) -> str:
    if not condition.shows:
        return "no explanation (control)"
    parts = []
    for shown in condition.shows:
        kind = {"dataset_example": "dataset example", "feature_visualization": "feature visualization"}[shown.kind]
        method = f" ({shown.method})" if shown.method else ""
        looks = ", with grid-cam" if shown.gridcam else ""
        if shown.gridcam and not shown.originals:
            looks += " that cannot be taken away"
        parts.append(f"{_word(shown.count)} {kind}{'' if shown.count == 1 else 's'}{method}{looks}")
    return "; ".join(parts) + (
        "; of another neuron than the one asked about" if condition.explains == "shuffled" else ""
    )


def _word(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def _sent(settings: Mapping[str, Any]) -> str:
    """How the answers reach the researchers."""
    if not settings.get("upload_url"):
        return SAVED
    along = ", after every question and complete at the end" if settings.get("upload_partial") else ""
    return f"send answers to {settings['upload_url']}{along}"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts or ("",)
    return f"{', '.join(first)} and {last}" if first else last
