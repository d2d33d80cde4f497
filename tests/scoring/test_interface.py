"""score in Python: nothing of pandas until it is asked for, and a wrong key in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import scoring

ROOT = Path(__file__).parent.parent.parent


def test_importing_it_loads_no_pandas() -> None:
    code = "import sys, scoring; sys.exit('pandas' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_nothing_to_score_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(scoring.ScoringError) as caught:
        scoring.score(tmp_path)
    assert str(caught.value) == "there is no .json file among what was named"
