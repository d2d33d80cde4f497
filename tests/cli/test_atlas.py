"""The command line of atlas: which units are meant, and what is told at the end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from generator.cli.atlas import units_named
from generator.errors import StudyError
from tests.cli.test_commands import STUDY, generator


def test_units_are_numbers_and_ranges_or_all() -> None:
    assert units_named("all") is None
    assert units_named("7") == [7]
    assert units_named("0-3, 9,5-5") == [0, 1, 2, 3, 9, 5]


@pytest.mark.parametrize("word", ["", "3-1", "-1", "a", "1.5", "1,,2", "12345678901"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(StudyError) as told:
        units_named(word)
    wrong = "" if word == "1,,2" else word
    assert str(told.value) == (
        f"--neurons {wrong!r} is not allowed: it is all, or numbers and ranges with commas between, as in 0-63,100"
    )


@pytest.mark.slow
def test_an_atlas_ends_with_what_was_made(photographs: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    words = ("--study", "study.toml", "--images", photographs, "--device", "cpu", "--neurons", "2-3", "--no-gridcams")
    done = generator("atlas", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for stage in ("pictures", "activations", "layout", "visualization", "site"):
        assert re.search(rf"✓ {stage} ", done.stderr), stage
    assert re.search(r"^site +dist/atlas  \d\.\d\d MB, \d+ files *$", done.stderr, re.M)
    assert re.search(r"^view +2 units of 4, tests\.small_study:small_model *$", done.stderr, re.M)
    assert json.loads((tmp_path / "dist" / "atlas" / "v0" / "units.json").read_text())["unit"] == [2, 3]
