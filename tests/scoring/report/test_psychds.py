"""The folder that is shared: what its validator asks for, and that nobody can be found by it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from scoring.analysis.results import analyse
from scoring.errors import ScoringError
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.report.pseudonyms import pseudonyms
from scoring.report.psychds import PSEUDONYMS, write_psych_ds

from ..conftest import make_key, make_rows
from .validator import validator

PEOPLE = ("5f0000000000000000000a01", "5f0000000000000000000a02", "Kim, A.")
# What Psych-DS 0.4 knows; a validator warns of any other.
KEYWORDS = {"study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A study of four visits by three people, shared; the folder that holds everything."""
    folder, key = tmp_path_factory.mktemp("study"), make_key()
    paths = []
    for number, person in enumerate((*PEOPLE, PEOPLE[0])):
        session = f"visit-{number}-0123456789ab"
        rows = make_rows(key, [number, 3 - number] * 5, experiment=1 + number % 2, session=session, subject=person)
        rows[0] |= {"address": {"PROLIFIC_PID": person, "STUDY_ID": "recruited"}, "user_agent": "Rare Browser 1.0"}
        rows[0]["response"]["email"] = "somebody@example.org"
        rows[1]["unknown"] = {"PROLIFIC_PID": person}
        paths.append(folder / f"imetric_{person}_{number}.json")
        paths[-1].write_text(json.dumps(rows))
    collection = collect(paths, key)
    assert len(collection.responses) == 4
    summary, participants, trials = analyse(collection, Exclusions(), 1)
    for _ in range(2):  # the second time over the first
        write_psych_ds(folder / "shared", collection, participants, trials, summary, folder / "report")
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nothing_shared_tells_who_took_part(shared) -> None:
    told = ("5f00", "Kim", "visit-", "recruited", "Rare Browser", "example.org", "Somebody", "imetric_")
    files = [path for path in (shared / "shared").rglob("*") if path.is_file()]
    assert len(files) == 3 + 2 + 4
    for path in files:
        text = f"{path.name} {path.read_text(encoding='utf-8')}"
        assert not [word for word in told if word in text], path


def test_pseudonyms_join_what_belongs_together_and_are_kept_apart(shared) -> None:
    people = rows_of(next((shared / "shared" / "data").glob("*participants_data.csv")))
    subjects = [row["subject_id"] for row in people]
    assert subjects[0] == subjects[3] and {*subjects} == {"sub-001", "sub-002", "sub-003"}
    assert {row["session_id"] for row in people} == {"ses-001", "ses-002", "ses-003", "ses-004"}
    for row in people:
        raw = json.loads((shared / "shared" / "data" / "raw" / row["file"]).read_text())
        assert {each["subject_id"] for each in raw} == {row["subject_id"]}
        assert {each["session_id"] for each in raw} == {row["session_id"]}
        assert raw[0]["response"] == {"age": 30, "gender": "female", "major": "art", "background": "none"}
        assert len(raw) == 11 and raw[1]["choice_ids"] and raw[1]["view_history"] and raw[0]["viewport"] == [1280, 800]
    kept = json.loads((shared / "report" / PSEUDONYMS).read_text())["studies"]["abc123"]
    assert {kept["subjects"][person] for person in PEOPLE} == {*subjects} and kept["subjects"][PEOPLE[0]] == subjects[0]


def test_who_comes_later_gets_the_next_numbers_and_the_others_keep_theirs(tmp_path) -> None:
    path = tmp_path / "report" / PSEUDONYMS
    first, _ = pseudonyms(path, "s", [f"id{k}" for k in range(40)], [])
    assert sorted(first.values()) == [f"sub-{k:03d}" for k in range(1, 41)]
    assert list(first.values()) == sorted(first.values()) and list(first) != [f"id{k}" for k in range(40)]
    pseudonyms(path, "another", ["id1"], ["x"])
    second, _ = pseudonyms(path, "s", ["new", "id3", "id1"], [])
    assert second == {**first, "new": "sub-041"}
    assert path.stat().st_mode & 0o077 == 0  # nobody else's to read


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "the pseudonyms cannot be read: Expecting property name enclosed in double quotes: line 1 column 2 (char 1); move the file away"),
        ('{"format": 1}', "the pseudonyms cannot be read: format: Input should be a valid string; move the file away"),
        ('{"format": "x"}', "format should be 'imetric-pseudonyms/1', not 'x'"),
    ],
)  # fmt: skip
def test_a_damaged_file_of_pseudonyms_is_left_as_it_is(tmp_path, content, sentence) -> None:
    path = tmp_path / PSEUDONYMS
    path.write_text(content)
    with pytest.raises(ScoringError) as caught:
        pseudonyms(path, "s", ["a"], ["b"])
    assert str(caught.value) == f"{path}: {sentence}" and path.read_text() == content


def test_the_private_file_never_lies_in_what_is_shared(shared, tmp_path) -> None:
    collection = collect([next(shared.glob("imetric_5f*1.json"))], make_key())
    folder = tmp_path / "shared"
    with pytest.raises(ScoringError) as caught:
        write_psych_ds(folder, collection, None, None, {}, folder / "report")
    assert str(caught.value) == (
        f"{folder / 'report'}: names people and would lie in {folder}, which is shared; name another --out"
    )
    assert not folder.exists()


def test_it_holds_what_the_standard_asks_for(shared) -> None:
    folder = shared / "shared"
    description = json.loads((folder / "dataset_description.json").read_text())
    assert (description["@context"], description["@type"]) == ("https://schema.org/", "Dataset")
    assert all(description[name] for name in ("name", "description", "schemaVersion", "variableMeasured"))
    described = {variable["name"]: variable["description"] for variable in description["variableMeasured"]}
    assert all(described.values()) and all(v["@type"] == "PropertyValue" for v in description["variableMeasured"])
    tables = sorted((folder / "data").glob("*.csv"))
    assert len(tables) == 2
    for path in tables:
        assert re.fullmatch(r"([a-z]+-[A-Za-z0-9]+)(_[a-z]+-[A-Za-z0-9]+)*_data\.csv", path.name)
        assert {part.split("-")[0] for part in path.name.split("_")[:-1]} <= KEYWORDS
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert {*header} <= described.keys() and len({*header}) == len(header) and "row_id" not in header
        assert rows and {len(row) for row in rows} == {len(header)}
    assert (folder / ".psychdsignore").read_text() == "data/raw/\n"
    assert all(path.stat().st_size for path in folder.rglob("*"))


@pytest.mark.slow
def test_its_own_validator_finds_no_error(shared) -> None:
    words = validator()
    if isinstance(words, str):
        pytest.skip(words)
    done = subprocess.run([*words, "--json", str(shared / "shared")], capture_output=True, text=True, timeout=60)
    found = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if found is None or "loading document failed" in done.stdout.lower():
        pytest.skip(f"the validator could not run: {(done.stderr or done.stdout).strip()[:200]}")
    result = json.loads(found)
    assert result["valid"], result["issues"]
