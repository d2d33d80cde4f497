"""Observers on a whole small study: files that scoring reads, the same bytes twice, the record beside the key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from generator.cli import app as cli
from generator.errors import StudyError
from generator.pipeline import BuildReport, build
from generator.pipeline.observing import ObserveReport, observe
from generator.study import Study
from scoring.files.key import read_key
from scoring.files.participant import check, parse
from tests.small_study import Counting, study

NAMES = ("features", "colour", "texture", "blind", "shuffled", "oracle", "tests.observers.small_network:by_brightness")
LOOKS = {"network": "tests.observers.small_network:network", "size": 32}


@pytest.fixture(scope="module")
def built(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Study, BuildReport]:
    folder = tmp_path_factory.mktemp("observing")
    settings = study(
        photographs, study={"conditions": ["none", 2, 3]}, questions={"sets": 2, "count": 2}, observers=LOOKS,
    )  # fmt: skip
    report = build(
        settings, out=folder / "dist", private=folder / "private", artifacts=folder / "artifacts", device="cpu",
        reporter=Counting(),
    )  # fmt: skip
    return folder, settings, report


Run = Callable[..., tuple[ObserveReport, Counting]]


@pytest.fixture(scope="module")
def run(built: tuple[Path, Study, BuildReport]) -> Run:
    folder, settings, _ = built

    def observing(
        out: str, observers: tuple[str, ...] = NAMES, seeds: int = 3, **other
    ) -> tuple[ObserveReport, Counting]:
        told = Counting()
        report = observe(
            settings, observers=observers, seeds=seeds, out=folder / out, private=folder / "private",
            artifacts=folder / "artifacts", device="cpu", reporter=told, **other,
        )  # fmt: skip
        return report, told

    return observing


@pytest.fixture(scope="module")
def first(run: Run) -> tuple[ObserveReport, Counting]:
    return run("first")


def test_scoring_reads_every_file_and_counts_what_was_reported(built, first) -> None:
    folder, _, report = built
    key = read_key(report.private / "answer_key.json")
    observed, _ = first
    assert observed.study_id == report.study_id and observed.has_key
    assert len(observed.files) == len(NAMES) * 3 * 2 * 3  # observers, conditions, sets, seeds
    assert len({path.name for path in observed.files}) == len(observed.files)
    sessions, matched = set(), dict.fromkeys(observed.matched, 0)
    for path in observed.files:
        response = check(parse(path.read_bytes()), path.name, key)
        assert response.observer and not response.marks and len(response.trials) == 2
        assert response.observer_name in NAMES and response.duration_ms is None
        sessions.add(response.session_id)
        for trial in response.trials:
            assert trial.confidence in (1, 2, 3) and sum(trial.probabilities) == pytest.approx(1)
        if path.stem.endswith("-0"):
            matched[response.observer_name, response.experiment] += sum(trial.matched for trial in response.trials)
    assert len(sessions) == len(observed.files)
    assert matched == observed.matched
    assert (folder / "first" / "features-none-set2-1.json").is_file()
    assert (folder / "first" / "tests.observers.small-network-by-brightness-3-set1-0.json").is_file()


def test_the_network_itself_is_right_and_who_sees_nothing_is_blind(first) -> None:
    observed, told = first
    assert all(observed.matched["oracle", condition] == observed.possible == 12 for condition in ("none", 2, 3))
    assert observed.chance == 4
    assert len({observed.matched["blind", condition] for condition in ("none", 2, 3)}) == 1
    assert observed.matched["features", "none"] == observed.matched["blind", "none"]
    assert observed.matched["features", "none"] == observed.matched["shuffled", "none"]


def test_a_built_study_computes_nothing_but_the_observers_own_and_the_same_bytes_again(run: Run, first) -> None:
    observed, told = first
    assert told.stages["visualization"] and told.stages["grid-cam"] and not told.stages["features"]
    assert told.steps_in["oracle"] == 3 * 4  # conditions, questions
    again, told = run("again")
    assert all(told.stages[name] for name in told.stages if name != "files")
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in observed.files]
    assert again.record.read_bytes() == observed.record.read_bytes()


def test_seeds_sample_and_the_first_does_not(run: Run, first) -> None:
    observed, _ = first
    picks = {
        (path.stem, row["question_id"]): set(row["choice_ids"])
        for path in observed.files
        for row in json.loads(path.read_text())[1:]
        if path.stem.startswith("colour-2-set1")
    }
    questions = {question for _, question in picks}
    assert any(picks["colour-2-set1-1", each] != picks["colour-2-set1-2", each] for each in questions)
    few, _ = run("few", ("colour",), seeds=1)
    assert [path.read_bytes() for path in few.files] == [
        path.read_bytes() for path in observed.files if path.stem.startswith("colour-") and path.stem.endswith("-0")
    ]


def test_the_record_says_what_observers_would_pick(built, run: Run) -> None:
    folder, _, report = built
    observed, _ = run("record", ("colour", "oracle"))
    record = json.loads(observed.record.read_text())
    key = read_key(report.private / "answer_key.json")
    assert observed.record == folder / "private" / report.study_id / "observers.json"
    assert (record["format"], record["study_id"]) == ("imetric-observers/1", report.study_id)
    assert [each["name"] for each in record["observers"]] == ["colour", "oracle"]
    assert all(each["temperature"] > 0 and each["what"].endswith(".") for each in record["observers"])
    assert [(each["condition"], each["id"], each["set"]) for each in record["questions"]] == [
        (condition, f"q{number:02d}", 1 + (number > 2)) for condition in ("none", 2, 3) for number in range(1, 5)
    ]
    for each in record["questions"]:
        question = key.by_id[each["id"]]
        chances = each["probabilities"]["oracle"]
        highest = sorted(range(9), key=lambda k: -chances[k])[:3]
        assert each["matched"]["oracle"] == 3 and {question.options[k] for k in highest} == set(question.answers)


def test_what_observers_look_with_is_no_part_of_the_study(built, photographs: Path) -> None:
    folder, settings, report = built
    other = settings.model_copy(update={"observers": study(photographs, observers={"layers": ["fine"]}).observers})
    told = Counting()
    again = build(
        other, conditions=(2,), out=folder / "other", private=folder / "private", artifacts=folder / "artifacts",
        device="cpu", reporter=told,
    )  # fmt: skip
    assert again.study_id == report.study_id


def test_the_studied_network_is_refused_before_anything_is_computed(photographs: Path, tmp_path: Path) -> None:
    settings = study(photographs, observers={"network": "tests.small_study:small_model"})
    with pytest.raises(StudyError) as caught:
        observe(
            settings, observers=("features",), out=tmp_path / "out", private=tmp_path / "private",
            artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
        )  # fmt: skip
    assert str(caught.value) == (
        "the observer 'features' looks with a network other than the studied one, and tests.small_study:small_model is "
        "the studied one: name another with --observer-network, such as efficientnet-lite0"
    )
    assert not (tmp_path / "out").exists() and not (tmp_path / "private").exists()


def test_a_set_of_one_question_has_no_other_neuron_to_show(photographs: Path, tmp_path: Path) -> None:
    settings = study(photographs, questions={"count": 1}, study={"conditions": [2]}, observers=LOOKS)
    told = Counting()
    report = observe(
        settings, observers=("shuffled", "colour"), out=tmp_path / "out", private=tmp_path / "private",
        artifacts=tmp_path / "artifacts", device="cpu", reporter=told,
    )  # fmt: skip
    assert [path.name for path in report.files] == ["colour-2-set1-0.json"] and not report.has_key
    assert told.warnings[-1] == (
        "'shuffled' does not answer in condition 2: a set of one question has no other neuron whose explanation could be "
        "shown"
    )


def test_the_command_tells_a_name_that_is_no_observer(tmp_path: Path) -> None:
    words = ["observe", "--observer", "nobody", "--out", str(tmp_path / "out"), "--artifacts", str(tmp_path / "kept")]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 1
    assert "error: observer 'nobody' is not known" in " ".join(done.stderr.split())
