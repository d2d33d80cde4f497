"""latency and pilot as people use them: what is refused in one sentence, and a pilot from pictures to page and key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_commands import STUDY, command_error, generator


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--number-format", "float8"],
            "settings: [visualization] number_format = 'float8' is not allowed: it should be 'auto', 'float32' or 'bfloat16'",
        ),
        (
            ["--iterations", "100001"],
            "settings: [visualization] iterations = 100001 is not allowed: it should be less than or equal to 100000",
        ),
        (["--methods", "madry,dream"], "method 'dream' does not exist; allowed are accentuation, lucent, maco, madry"),
    ],
)
def test_a_latency_experiment_that_cannot_be_is_refused(words: list[str], sentence: str, tmp_path: Path) -> None:
    assert command_error("latency", *words, cwd=tmp_path) == sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_pilot_tells_of_its_stages_and_where_page_and_key_are(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    words = ["pilot", "--neurons", "2", "--iterations", "2", "--film", "1,2", "--study", "study.toml"]
    done = generator(*words, "--images", photographs, "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == "", done.stderr
    assert re.findall(r"✓ (\S+)", done.stderr) == ["pictures", "activations", "visualization"]
    # Both methods, three parts, two neurons; nothing of it is kept for another time.
    assert re.search(r"✓ visualization +\d+\.\d s  12 tasks about 2 neurons\n", done.stderr)
    (key,) = (tmp_path / "private").glob("*/pilot_key.json")
    assert done.stderr.endswith(f"key: private/{key.parent.name}/pilot_key.json  (private: never publish it)\n")
    neurons = json.loads(key.read_text())["neurons"]
    assert re.search(rf"^dist/pilot  \d+\.\d\d MB, neurons {', '.join(map(str, neurons.values()))}$", done.stderr, re.M)
    assert (tmp_path / "dist" / "pilot" / "index.html").is_file()
