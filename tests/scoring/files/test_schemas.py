"""The JSON Schemas in docs/schemas: true to the models, to files as the pages write them, and to docs/data.md."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scoring.errors import Rejected
from scoring.files.content import rows_of
from scoring.files.exclusions import Exclusions
from scoring.files.participant import parse
from scoring.files.pilot import PILOT_ROWS
from scoring.files.schemas import write_schemas
from scoring.planning.simulate import simulate

from ..conftest import make_key, make_rows
from ..pilot.pilot_files import KEY as PILOT_KEY
from ..pilot.pilot_files import rows as pilot_rows

DOCS = Path(__file__).parents[3] / "docs"
PILOT = pilot_rows("x", {"A": 1, "B": 2}, {"A": 30, "B": 60}, {"A": [], "B": ["edge"]})


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((DOCS / "schemas" / f"{name}.json").read_text(encoding="utf-8")))


def test_the_schemas_are_those_of_the_models(tmp_path) -> None:
    written = {path.name: path.read_bytes() for path in write_schemas(tmp_path)}
    kept = {path.name: path.read_bytes() for path in (DOCS / "schemas").iterdir()}
    assert written == kept, "write them anew: python -m scoring schemas --out docs/schemas"
    for content in written.values():
        Draft202012Validator.check_schema(json.loads(content))


def test_files_as_the_pages_write_them_are_valid(key, rows) -> None:
    practice = {**rows[1], "trial_type": "imetric-practice", "tries": 1, "passed": True}
    catch = {**rows[2], "trial_type": "imetric-catch", "question_id": "c01e3"}
    for content in (rows, [rows[0], practice, catch, *rows[1:]], *simulate(key, 1, 3, 0.4, 1)):
        schema("participant").validate(content)
    schema("pilot").validate(PILOT)
    schema("answer-key").validate(json.loads(key.model_dump_json()))
    schema("pilot-key").validate(json.loads(PILOT_KEY.model_dump_json()))
    schema("exclusions").validate({"min_minutes": 3, "max_minutes": 90.5, "repeated": False})


@pytest.mark.parametrize(
    ("row", "name", "value"),
    [
        (0, "format", "imetric-response/9"),
        (0, "experiment", 0),
        (0, "experiment", "No Body"),
        (0, "set", 0),
        (0, "session_id", ""),
        (0, "response", "x"),
        (0, "time_elapsed", -1),
        (0, "trial_type", "imetric-question"),
        (1, "trial_type", "session"),
        (1, "trial_type", "x"),
        (1, "trial_type", ...),
        (1, "time_elapsed", 10**30),
        (1, "rt", "fast"),
        (1, "rt", 1.5),
        (1, "rt", True),
        (1, "question_id", ...),
        (1, "choice_ids", [0, 1, 2]),
        (1, "choice_ids", {"0": "a"}),
        (1, "response", [-1, 0, 1]),
        (1, "confidence", 4),
        (1, "concept", "x" * 2001),
        (1, "view_history", [{"level": 1}]),
        (1, "view_history", [{"level": "1", "viewing_time": 5}]),
        (1, "original_views", [{"position": 1, "viewing_time": "x"}]),
    ],
)
def test_what_scoring_refuses_for_its_form_is_not_valid(rows, row, name, value) -> None:
    broken = copy.deepcopy(rows)
    broken[row][name] = value
    if value is ...:
        del broken[row][name]
    assert not schema("participant").is_valid(broken)
    with pytest.raises(Rejected):
        parsed = parse(json.dumps(broken).encode())
        # A session anywhere but first is found when the rows are held against the key.
        if [each.trial_type == "session" for each in parsed] != [True] + [False] * 10:
            raise Rejected("session")


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (0, {"format": "imetric-response/1"}),
        (0, {"experiment": 3}),
        (1, {"response": {"patterns": "x", "count": 51, "understood": "yes"}}),
        (1, {"response": {"patterns": "x", "count": 1, "understood": "maybe"}}),
        (1, {"response": {"patterns": "x", "count": 1, "understood": "yes", "kinds": ["smell"]}}),
        (2, {"response": {"difference": "x"}}),
        (3, {"response": {"iterations": 0}}),
        (1, {"trial_type": "imetric-question"}),
    ],
)
def test_what_scoring_refuses_of_the_pilot_is_not_valid(row, change) -> None:
    broken = copy.deepcopy(PILOT)
    broken[row] |= change
    assert not schema("pilot").is_valid(broken)
    with pytest.raises(Rejected):
        rows_of(broken, PILOT_ROWS)


def test_broken_keys_and_rules_are_not_valid(key) -> None:
    content = json.loads(make_key(2).model_dump_json())
    for change in ({"format": "x"}, {"questions": []}, {"study_id": ""}, {"layout": "x"}):
        assert not schema("answer-key").is_valid({**content, **change})
    for change in ({"options": ["a", "a"]}, {"answers": []}, {"activations": {"a": "x"}}, {"neuron": "x"}):
        assert not schema("answer-key").is_valid({**content, "questions": [{**content["questions"][0], **change}]})
    pilot = json.loads(PILOT_KEY.model_dump_json())
    for change in ({"labels": {}}, {"neurons": {"n1": "x"}}, {"iterations": []}):
        assert not schema("pilot-key").is_valid({**pilot, **change})
    for rules in ({"minutes": 3}, {"min_minutes": -1}, {"failed_catch": 0}, {"repeated": 1}):
        assert not schema("exclusions").is_valid(rules)


def test_every_field_is_described_in_words() -> None:
    described = set(re.findall(r"`(\w+)`", (DOCS / "data.md").read_text(encoding="utf-8")))
    fields = set(Exclusions.model_fields)
    for path in (DOCS / "schemas").iterdir():
        content = json.loads(path.read_text(encoding="utf-8"))
        fields |= {name for node in (content, *content.get("$defs", {}).values()) for name in node.get("properties", {})}
    assert fields <= described, f"docs/data.md lacks {', '.join(sorted(fields - described))}"


def test_make_rows_writes_what_the_pages_write() -> None:
    # Every field of a page's row that docs/data.md lists, so that the tests' files are those of the pages.
    session, question = make_rows(make_key(), [3])
    assert set(session) == {
        "trial_type", "trial_index", "time_elapsed", "rt", "study_id", "experiment", "subject_id", "session_id",
        "plugin_version", "format", "build_hash", "seed", "response", "address", "viewport", "language", "user_agent",
    }  # fmt: skip
    assert set(question) == {
        "trial_type", "trial_index", "study_id", "experiment", "subject_id", "session_id", "plugin_version", "time_elapsed",
        "rt", "question_id", "choice_ids", "response", "choice_order", "confidence", "concept", "view_history", "original_views",
    }  # fmt: skip
