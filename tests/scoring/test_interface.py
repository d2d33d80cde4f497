"""score in Python: files and a key go in, all results come out; nothing of pandas until then, errors are sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import scoring
from tests.scoring.conftest import make_key, write_study

ROOT = Path(__file__).parent.parent.parent


def test_importing_it_loads_no_pandas() -> None:
    code = "import sys, scoring; sys.exit('pandas' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_nothing_to_score_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(scoring.ScoringError) as caught:
        scoring.score(tmp_path)
    assert str(caught.value) == "there is no .json file among what was named"


def test_files_of_participants_are_scored(tmp_path: Path) -> None:
    key = make_key(questions=4)
    people = {1: [[0, 1, 1, 0], [1, 2, 0, 1], [1, 1, 1, 1]], 3: [[3, 3, 2, 3], [3, 2, 2, 2], [3, 3, 3, 3]]}
    paths = write_study(tmp_path, key, people)
    damaged = tmp_path / "results" / "damaged.json"
    damaged.write_text("[")
    told: list[tuple[str, int, int]] = []
    private = tmp_path / "private"
    scores = scoring.score(tmp_path / "results", private=private, progress=lambda *how_far: told.append(how_far))

    correct = {experiment: [sum(person) for person in matched] for experiment, matched in people.items()}
    found = scores.participants.groupby("experiment")["correct"].apply(sorted).to_dict()
    assert found == {experiment: sorted(sums) for experiment, sums in correct.items()}
    assert len(scores.trials) == 6 * 4 and scores.summary["possible"] == 12
    assert [row[:5] for row in scores.rows()[1:]] == [
        ("1 feature visualization", "3", "3.3", "1.2", "2–4"), ("3 both, with grid-cam", "3", "10.7", "1.5", "9–12")
    ]  # fmt: skip
    assert [(Path(name).name, why) for name, why in scores.rejected] == [("damaged.json", "file: not JSON at line 1, column 2 (Expecting value)")]
    assert [how_far for how_far in told if how_far[0] == "reading"] == [("reading", k, 7) for k in range(1, 8)]

    given = scoring.score(paths, private / key.study_id / "answer_key.json")
    assert given.summary["included"] == scores.summary["included"] and given.rejected == []
    shown = scores._repr_html_()
    assert shown.startswith("<table><caption>I-metric of study abc123, correct answers of 12</caption>")
    assert "<td>2–4</td>" in shown and "<td>9–12</td>" in shown
    content, _ = scores.figures["means"]._repr_png_()
    assert content.startswith(b"\x89PNG")
