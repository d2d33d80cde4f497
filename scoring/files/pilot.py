"""The pilot study's key and its participants' files (`imetric-pilot/1`) -> one table of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ..errors import NothingScored, Rejected, ScoringError, first_fault
from .content import clean, load_json, read_bytes, rows_of
from .rows import AnyRow, Id, Milliseconds

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "imetric-pilot/1"
Kind = Literal["object", "parts", "pattern", "texture", "edge"]
KINDS: tuple[str, ...] = get_args(Kind)
UNDERSTOOD = {"no": 0.0, "partly": 0.5, "yes": 1.0}


class PilotKey(BaseModel):
    """private/<study>/pilot_key.json: what the pages' labels stand for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["imetric-pilot-key/1"] = "imetric-pilot-key/1"
    study_id: Id
    labels: dict[str, str] = Field(min_length=1, description="shown name -> method")
    neurons: dict[str, int] = Field(min_length=1, description="shown name -> neuron")
    iterations: tuple[int, ...] = Field(min_length=1, description="steps of optimization shown in part 3")

    @model_validator(mode="after")
    def _distinct(self) -> PilotKey:
        if len(set(self.labels.values())) < len(self.labels):
            raise ValueError("labels should name each method once")
        return self


class PilotAnswer(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Patterns(PilotAnswer):
    """Part 1: six pictures of one neuron and method."""

    patterns: Annotated[str, Field(max_length=2000, description="what is seen, in words")]
    count: Annotated[int, Field(ge=0, le=50, description="how many patterns")]
    understood: Literal["no", "partly", "yes"]
    kinds: Annotated[list[Kind], Field(max_length=len(KINDS))] = []


class Starts(PilotAnswer):
    """Part 2: pictures begun at noise beside pictures begun at photographs."""

    difference: Annotated[str, Field(max_length=2000, description="how they differ, in words")]
    clearer: Literal["noise", "picture", "same"]


class Iterations(PilotAnswer):
    """Part 3: one picture as it grows."""

    iterations: Annotated[int, Field(ge=1, le=1_000_000, description="steps after which the pattern is clearest")]


class PilotRow(AnyRow):
    """A row of the pilot study."""

    experiment: Literal["pilot"]
    time_elapsed: Annotated[Milliseconds, Field(description="ms since the visit began, with the page open")]


class PilotSession(PilotRow):
    """The visit; time_elapsed: when the instructions ended."""

    trial_type: Literal["session"]
    format: Literal["imetric-pilot/1"]


class PilotQuestion(PilotRow):
    """An answered task."""

    question_id: Id
    neuron: Annotated[Id, Field(description="as shown; the key says which")]
    method: Annotated[Id, Field(description="as shown; the key says which")]


class PatternsRow(PilotQuestion):
    trial_type: Literal["pilot-patterns"]
    response: Patterns


class StartsRow(PilotQuestion):
    trial_type: Literal["pilot-starts"]
    response: Starts


class IterationsRow(PilotQuestion):
    trial_type: Literal["pilot-iterations"]
    response: Iterations


PILOT_ROWS = TypeAdapter(
    Annotated[
        list[
            Annotated[PilotSession | PatternsRow | StartsRow | IterationsRow, Field(discriminator="trial_type")]
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
    session, *rows = rows_of(load_json(data), PILOT_ROWS)
    if not isinstance(session, PilotSession):
        raise Rejected(f"row 0, trial_type: should be 'session', not {session.trial_type!r}")
    if session.study_id != key.study_id:
        raise Rejected(f"row 0, study_id: {clean(session.study_id)[:60]!r}, and the pilot's key is of {key.study_id!r}")
    answers, seen = [], set()
    for index, row in enumerate(rows, 1):
        if isinstance(row, PilotSession):
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
    import pandas as pd  # the collector checks pilot files without it

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
