"""Answer keys: what is wrong with one is named."""

from __future__ import annotations

import json

import pytest

from scoring.errors import ScoringError
from scoring.files.key import known_keys, read_key


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "x"}, "format is not as in an answer key (imetric-answer-key/1): Input should be 'imetric-answer-key/1'"),
        ({"questions": []}, "questions is not as in an answer key (imetric-answer-key/1): Tuple should have at least 1 item after validation, not 0"),
        ({"questions": [{"id": "q", "options": ["a", "a"], "answers": ["a"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/1): options has an option twice"),
        ({"questions": [{"id": "q", "options": ["a", "b"], "answers": ["c"]}]}, "questions.0 is not as in an answer key (imetric-answer-key/1): answers should be some, not all, of the options, each once"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(tmp_path, key, change, sentence) -> None:
    path = tmp_path / "k.json"
    path.write_text(json.dumps({**json.loads(key.model_dump_json()), **change}))
    with pytest.raises(ScoringError) as caught:
        read_key(path)
    assert str(caught.value) == f"{path}: {sentence}"
    (tmp_path / "private" / "abc123").mkdir(parents=True)
    place = path.rename(tmp_path / "private" / "abc123" / "answer_key.json")
    assert known_keys(tmp_path / "private") == ({}, [f"{place}: {sentence}"])
