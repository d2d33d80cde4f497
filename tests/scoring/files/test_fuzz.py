"""Ten thousand damaged files: never a traceback, never a wrong file taken for a right one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import Rejected
from scoring.files.key import Key
from scoring.files.participant import check, parse
from scoring.files.response import Response

from ..conftest import make_key, make_rows

KEY = make_key(4)
ROWS = make_rows(KEY, [3, 2, 1, 0])

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=20)
    | st.sampled_from(["q01", "q01-o0", "q02-o8", "s1", "abc123", "imetric-question", "session", 3, 1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def places(content: Any, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in items:
        found += places(value, (*path, name))
    return found


def damaged(rows: Any) -> st.SearchStrategy[bytes]:
    """A good file with one to three things replaced, removed, doubled or moved; or its bytes damaged."""
    whole, found = json.dumps(rows).encode(), places(rows)

    @st.composite
    def one(draw) -> bytes:
        kind = draw(st.integers(0, 9))
        if kind == 0:
            at = draw(st.integers(0, len(whole) - 1))
            return whole[:at] + draw(st.binary(max_size=6)) + whole[at + draw(st.integers(0, 6)) :]
        if kind == 1:
            return whole[: draw(st.integers(0, len(whole)))]
        content = copy.deepcopy(rows)
        for _ in range(draw(st.integers(1, 3))):
            path = draw(st.sampled_from(found))
            holder: Any = content
            try:
                for step in path[:-1]:
                    holder = holder[step]
                action = draw(st.sampled_from(["replace", "remove", "double", "swap"]))
                if action == "replace":
                    holder[path[-1]] = draw(values)
                elif action == "remove":
                    del holder[path[-1]]
                elif action == "double" and isinstance(holder, list):
                    holder.insert(path[-1], copy.deepcopy(holder[path[-1]]))
                elif isinstance(holder, list):
                    holder.reverse()
            except (KeyError, IndexError, TypeError, AttributeError):
                continue
        return json.dumps(content).encode()

    return one()


def assert_true_to(response: Response, data: bytes, key: Key) -> None:
    """Recompute from the raw JSON, in the plainest way, what an accepted file must satisfy."""
    rows = json.loads(data.decode("utf-8-sig"))
    assert rows[0]["trial_type"] == "session" and rows[0]["study_id"] == key.study_id
    assert rows[0]["experiment"] in (1, 2, 3) and not isinstance(rows[0]["experiment"], bool)
    answered = [row for row in rows if row["trial_type"] == "imetric-question"]
    assert len({row["question_id"] for row in answered}) == len(answered) == len(response.trials) > 0
    for row, trial in zip(answered, response.trials, strict=True):
        question = next(q for q in key.questions if q.id == row["question_id"])
        assert sorted(row["choice_order"]) == sorted(question.options)
        assert len(set(row["choice_ids"])) == len(row["choice_ids"]) == len(question.answers)
        assert [row["choice_order"][place] for place in row["response"]] == row["choice_ids"]
        assert trial.matched == len(set(row["choice_ids"]) & set(question.answers))
        assert (row["session_id"], row["subject_id"]) == (rows[0]["session_id"], rows[0]["subject_id"])
        assert row["confidence"] in (None, 1, 2, 3) if "confidence" in row else True
        assert 0 <= row["time_elapsed"] <= 10**10


accepted: list[bytes] = []


@settings(max_examples=10_000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(damaged(ROWS))
def check_one(data: bytes) -> None:
    try:
        response = check(parse(data), "x.json", KEY)
    except Rejected as reason:
        sentence = str(reason)
        assert sentence and "\n" not in sentence and len(sentence) < 400
        return
    accepted.append(data)
    assert_true_to(response, data, KEY)


@pytest.mark.slow
def test_ten_thousand_damaged_files() -> None:
    accepted.clear()
    check_one()
    # Some changes do no harm (an unknown gender, a shorter history): the check is not of refusals alone.
    assert len(accepted) > 200


@pytest.mark.slow
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_anything_at_all_is_refused(data: bytes) -> None:
    try:
        check(parse(data), "Experiment1_x.json", KEY)
    except Rejected:
        return
    raise AssertionError(f"accepted {data!r}")
