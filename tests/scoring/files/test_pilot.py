"""The pilot's files: what is refused, and by which field."""

from __future__ import annotations

import copy
import json

import pytest

from scoring.errors import Rejected, ScoringError
from scoring.files.pilot import read_pilot_file, read_pilot_key

from ..pilot.pilot_files import KEY, rows

GOOD = rows("x", {"A": 1, "B": 2}, {"A": 30, "B": 60}, {"A": [], "B": ["edge"]})


@pytest.mark.parametrize(
    ("row", "change", "expected"),
    [
        (0, {"format": "x"}, "row 0, format: should be 'imetric-pilot/1', not 'x'"),
        (0, {"study_id": "p2"}, "row 0, study_id: 'p2', and the pilot's key is of 'p1'"),
        (0, {"experiment": 3}, "row 0, experiment: should be 'pilot', not 3"),
        (1, {"method": "C"}, "row 1, method: should be one of A, B"),
        (1, {"neuron": "n9"}, "row 1, neuron: should be one of n1, n2"),
        (1, {"session_id": "y"}, "row 1, session_id: differs from row 0's"),
        (1, {"response": {"patterns": "x", "count": -1, "understood": "yes"}}, "row 1, response, count: should be greater than or equal to 0, not -1"),
        (1, {"response": {"patterns": "x", "count": 1, "understood": "maybe"}}, "row 1, response, understood: should be 'no', 'partly' or 'yes', not 'maybe'"),
        (3, {"response": {"iterations": 45}}, "row 3, response, iterations: 45, shown were 30, 60, 90"),
        (4, {"method": "A"}, "row 4, question_id: 'patterns-n1-B' is answered twice"),
        (4, {"trial_type": "imetric-question"}, "row 4, trial_type: should be one of session, pilot-patterns, pilot-starts, pilot-iterations"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(row, change, expected) -> None:
    made = copy.deepcopy(GOOD)
    made[row] |= change
    with pytest.raises(Rejected) as caught:
        read_pilot_file(json.dumps(made).encode(), KEY)
    assert str(caught.value) == expected


def test_a_wrong_key_is_named(tmp_path) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({**KEY.model_dump(mode="json"), "labels": {"A": "madry", "B": "madry"}}))
    with pytest.raises(ScoringError, match="labels should name each method once"):
        read_pilot_key(path)
