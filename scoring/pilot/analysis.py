"""The pilot study: participants' files -> the paper's tables 2 and 3, and the two methods compared as paired data.

The pilot asks about the same neurons with both visualization methods (appendices A and B of the paper): which patterns
are seen and how many (part 1), how visualizations started from noise and from pictures differ (part 2), at which number
of iterations the pattern is clearest (part 3). Every participant sees both methods, so they are compared within people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ..errors import NothingScored, Rejected, ScoringError, first_fault
from ..files.collect import read_bytes
from ..files.rows import Id, Row, clean, load_json, rows_of
from ..statistics.comparisons import holm
from ..statistics.intervals import bca
from ..statistics.items import krippendorff_alpha

FORMAT = "imetric-pilot-summary/1"
KINDS = ("object", "parts", "pattern", "texture", "edge")
UNDERSTOOD = {"no": 0.0, "partly": 0.5, "yes": 1.0}
PERMUTATIONS = 20_000


class PilotKey(BaseModel):
    """private/<study>/pilot_key.json: what the pages' labels stand for. labels: shown name -> method."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["imetric-pilot-key/1"] = "imetric-pilot-key/1"
    study_id: Id
    labels: dict[str, str] = Field(min_length=1)
    neurons: dict[str, int] = Field(min_length=1, description="shown name -> neuron")
    iterations: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> PilotKey:
        if len(set(self.labels.values())) < len(self.labels):
            raise ValueError("labels should name each method once")
        return self


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Patterns(_Answer):
    patterns: Annotated[str, Field(max_length=2000)]
    count: Annotated[int, Field(ge=0, le=50)]
    understood: Literal["no", "partly", "yes"]
    kinds: Annotated[list[Literal[KINDS]], Field(max_length=len(KINDS))] = []


class _Starts(_Answer):
    difference: Annotated[str, Field(max_length=2000)]
    clearer: Literal["noise", "picture", "same"]


class _Iterations(_Answer):
    iterations: Annotated[int, Field(ge=1, le=1_000_000)]


class _PilotRow(Row):
    experiment: Literal["pilot"]


class _Session(_PilotRow):
    trial_type: Literal["session"]
    format: Literal["imetric-pilot/1"]


class _Question(_PilotRow):
    question_id: Id
    neuron: Id
    method: Id


class _PatternsRow(_Question):
    trial_type: Literal["pilot-patterns"]
    response: _Patterns


class _StartsRow(_Question):
    trial_type: Literal["pilot-starts"]
    response: _Starts


class _IterationsRow(_Question):
    trial_type: Literal["pilot-iterations"]
    response: _Iterations


_ROWS = TypeAdapter(
    Annotated[
        list[
            Annotated[_Session | _PatternsRow | _StartsRow | _IterationsRow, Field(discriminator="trial_type")]
        ],
        Field(min_length=2, max_length=5000),
    ]
)  # fmt: skip


@dataclass
class PilotData:
    """answers: one row per participant, part, neuron and method; rejected: (file, reason)."""

    key: PilotKey
    answers: pd.DataFrame
    participants: int
    rejected: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0


def read_pilot_key(path: Path) -> PilotKey:
    """The key in a file; raises ScoringError naming the field that is wrong."""
    try:
        return PilotKey.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScoringError(f"{path}: the pilot's key cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        where, what = first_fault(error)
        raise ScoringError(
            f"{path}: {where or 'the file'} is not as in a pilot's key (imetric-pilot-key/1): {what}"
        ) from None


def read_pilot_file(data: bytes, key: PilotKey) -> tuple[str, list[dict[str, Any]]]:
    """Session id and answers of one file, method names unmasked; raises Rejected naming what is wrong."""
    session, *rows = rows_of(load_json(data), _ROWS)
    if not isinstance(session, _Session):
        raise Rejected(f"row 0, trial_type: should be 'session', not {session.trial_type!r}")
    if session.study_id != key.study_id:
        raise Rejected(f"row 0, study_id: {clean(session.study_id)[:60]!r}, and the pilot's key is of {key.study_id!r}")
    answers, seen = [], set()
    for index, row in enumerate(rows, 1):
        if isinstance(row, _Session):
            raise Rejected(f"row {index}, trial_type: a second session in one file")
        for name in ("study_id", "subject_id", "session_id"):
            if getattr(row, name) != getattr(session, name):
                raise Rejected(f"row {index}, {name}: differs from row 0's")
        if row.method not in key.labels:
            raise Rejected(f"row {index}, method: should be one of {', '.join(key.labels)}")
        if row.neuron not in key.neurons:
            raise Rejected(f"row {index}, neuron: should be one of {', '.join(key.neurons)}")
        part = row.trial_type.removeprefix("pilot-")
        if (part, row.neuron, row.method) in seen:
            raise Rejected(f"row {index}, question_id: {clean(row.question_id)[:60]!r} is answered twice")
        seen.add((part, row.neuron, row.method))
        answer = row.response.model_dump()
        if part == "iterations" and answer["iterations"] not in key.iterations:
            allowed = ", ".join(map(str, key.iterations))
            raise Rejected(f"row {index}, response, iterations: {answer['iterations']}, shown were {allowed}")
        if part == "patterns":
            answer |= {kind: kind in answer["kinds"] for kind in KINDS}
            answer["understood"] = UNDERSTOOD[answer["understood"]]
            answer["patterns"] = clean(answer["patterns"])
            del answer["kinds"]
        if part == "starts":
            answer["difference"] = clean(answer["difference"])
        answers.append(
            {
                "part": part,
                "neuron": key.neurons[row.neuron],
                "method": key.labels[row.method],
                "rt_ms": row.rt,
                **answer,
            }
        )
    return session.session_id, answers


def collect_pilot(files: Sequence[Path], key: PilotKey, advance: Callable[[], None] = lambda: None) -> PilotData:
    """Read every file; the first of a session is kept. Raises NothingScored."""
    rows: list[dict[str, Any]] = []
    rejected: list[tuple[str, str]] = []
    sessions: dict[str, str] = {}
    for path in files:
        try:
            session, answers = read_pilot_file(read_bytes(path), key)
            if session in sessions:
                raise Rejected(f"session_id: is already in {sessions[session]}")
            sessions[session] = str(path)
            rows += [{"participant": len(sessions), **answer} for answer in answers]
        except Rejected as reason:
            rejected.append((str(path), str(reason)))
        advance()
    if not rows:
        why = f"; {rejected[0][0]}: {rejected[0][1]}" if rejected else ""
        raise NothingScored(f"none of {len(files)} files could be scored{why}")
    return PilotData(key, pd.DataFrame(rows), len(sessions), rejected, len(files))


def known_pilot_keys(private: Path) -> dict[str, Path]:
    """study_id -> key file of all pilots under a private folder."""
    found = {}
    for path in sorted(private.glob("*/pilot_key.json")):
        try:
            found[read_pilot_key(path).study_id] = path
        except ScoringError:
            continue
    return found


def key_of_files(files: Sequence[Path], private: Path) -> PilotKey:
    """The key of the study that the first readable file names; raises NothingScored."""
    known = known_pilot_keys(private)
    for path in files:
        try:
            content = load_json(read_bytes(path))
            named = content[0]["study_id"]
            return read_pilot_key(known[named])
        except (Rejected, KeyError, IndexError, TypeError):
            continue
    raise NothingScored(f"no pilot key under {private} is of a study that the files name; give it with --key")


def analyse_pilot(data: PilotData, seed: int) -> dict[str, Any]:
    """Tables 2 and 3 of the paper and the paired tests; docs/pilot.md describes the dictionary."""
    answers = data.answers
    methods = [method for method in data.key.labels.values() if (answers["method"] == method).any()]
    patterns, starts, chosen = (answers[answers["part"] == part] for part in ("patterns", "starts", "iterations"))
    measures = {
        "patterns per visualization": (patterns, "count"),
        "understood": (patterns, "understood"),
        **{f"kind: {kind}": (patterns, kind) for kind in KINDS},
        "iterations": (chosen, "iterations"),
    }
    described = {
        name: {method: _mean(frame[frame["method"] == method], column, seed) for method in methods}
        for name, (frame, column) in measures.items()
        if len(frame)
    }
    pairs = []
    if len(methods) == 2:
        for name, (frame, column) in measures.items():
            if len(frame) and (found := paired(frame, column, methods, seed)) is not None:
                pairs.append({"measure": name, "methods": methods, **found})
        for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
            pair["p_holm"] = p
    return {
        "format": FORMAT,
        "study_id": data.key.study_id,
        "seed": seed,
        "participants": data.participants,
        "files": {"given": data.files, "used": data.participants, "rejected": len(data.rejected)},
        "methods": methods,
        "kinds": {
            method: {kind: int(patterns.loc[patterns["method"] == method, kind].sum()) for kind in KINDS}
            for method in methods
            if len(patterns)
        },
        "kinds_agreement": _agreement(patterns) if len(patterns) else None,
        "described": described,
        "iterations": {
            method: {int(k): int(n) for k, n in own["iterations"].value_counts().sort_index().items()}
            for method in methods
            if len(own := chosen[chosen["method"] == method])
        },
        "clearer": {
            method: {start: int((starts.loc[starts["method"] == method, "clearer"] == start).sum())
                     for start in ("noise", "picture", "same")}
            for method in methods
            if len(starts)
        },
        "paired": pairs,
    }  # fmt: skip


def _mean(frame: pd.DataFrame, column: str, seed: int) -> dict[str, Any] | None:
    """Mean over participants of their own means, with its BCa interval."""
    means = frame.groupby("participant")[column].mean().astype(float).to_numpy()
    if not len(means):
        return None
    interval = bca(means, seed)
    return {"mean": float(means.mean()), "interval": None if interval is None else list(interval), "n": len(means)}


def paired(frame: pd.DataFrame, column: str, methods: Sequence[str], seed: int) -> dict[str, Any] | None:
    """The second method less the first within each participant, over the neurons seen with both.

    Two-sided p by flipping the signs of participants' differences: all ways up to 2^14, else 20,000 drawn. None with
    fewer than two participants.
    """
    wide = frame.pivot_table(index=["participant", "neuron"], columns="method", values=column, aggfunc="first")
    if not set(methods) <= set(wide.columns):
        return None
    both = wide.dropna(subset=list(methods)).astype(float)
    differences = (both[methods[1]] - both[methods[0]]).groupby("participant").mean().to_numpy()
    if len(differences) < 2:
        return None
    interval = bca(differences, seed)
    return {
        "participants": len(differences),
        "difference": float(differences.mean()),
        "interval": None if interval is None else list(interval),
        "p": sign_flip_p(differences, seed),
    }


def sign_flip_p(differences: np.ndarray, seed: int) -> float:
    """Two-sided p of a mean difference of 0 when the sign of each participant's difference means nothing."""
    count = len(differences)
    if count <= 14:
        signs = 1 - 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        return float(np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (PERMUTATIONS, count))
    hits = int((np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).sum())
    return (1 + hits) / (1 + PERMUTATIONS)


def _agreement(patterns: pd.DataFrame) -> float | None:
    """Krippendorff's alpha of the kinds: each neuron, method and kind a unit, seen or not seen."""
    counts = []
    for _, group in patterns.groupby(["neuron", "method"]):
        for kind in KINDS:
            seen = int(group[kind].sum())
            counts.append([seen, len(group) - seen])
    return krippendorff_alpha(np.array(counts))


def write_pilot(folder: Path, data: PilotData, summary: dict[str, Any]) -> list[Path]:
    """summary.json, answers.csv, rejected.csv, figures and report.html into the folder."""
    from ..analysis.tables import safe_cells
    from ..report.folder import write_atomically
    from .report import figures_of, page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    files: dict[str, bytes] = {
        "summary.json": (json.dumps(summary, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode(),
        "answers.csv": safe_cells(data.answers).to_csv(index=False, lineterminator="\n").encode(),
        "rejected.csv": safe_cells(pd.DataFrame(data.rejected, columns=["file", "reason"]))
        .to_csv(index=False, lineterminator="\n")
        .encode(),
    }
    drawn, addresses = figures_of(summary)
    files |= drawn
    files["report.html"] = page(data, summary, addresses).encode()
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]
