"""Tidy CSV files with their codebook, and an R script that finds with lme4 what scoring finds."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from scoring.analysis.results import analyse
from scoring.errors import ScoringError
from scoring.files.collect import collect
from scoring.files.exclusions import Exclusions
from scoring.files.unfinished import Left, Unfinished
from scoring.planning.simulate import simulate, write_files
from scoring.report.codebook import SUMMARY, meaning_of, places_in
from scoring.report.export import write_export

from ..conftest import make_key
from ..observer_files import drawn_probabilities, write_by

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> tuple:
    """Two sets, three conditions, a control that all are compared with; one participant answered nine questions."""
    folder = tmp_path_factory.mktemp("study")
    key = make_key(conditions=("none", 2, "examples"), sets=2)
    key = key.model_copy(update={"reference": "none", "contrasts": (("examples", 2),)})
    people = [rows for name in key.conditions.names for rows in simulate(key, name, 8, 0.4, 1)]
    del people[0][-1]
    for rows in people:
        for row in rows[1:3]:
            row["concept"] = "fur, stripes"
    (folder / "A. Nonymous.json").write_text(json.dumps(people.pop()))
    programs = write_by(folder / "observers", key, drawn_probabilities(key, 1), 2, 2, "features")
    paths = [*write_files(people, folder), folder / "A. Nonymous.json", folder / "gone.json", *programs]
    collection = collect(paths, key)
    collection.unfinished = Unfinished([Left("left.json", "left", 2, 1, 3, "q03")])
    return collection, *analyse(collection, Exclusions(), 1)


@pytest.fixture(scope="module")
def exported(study, tmp_path_factory) -> Path:
    collection, summary, participants, trials = study
    write_export(tmp_path_factory.mktemp("export"), collection, summary, participants, trials)
    return write_export(tmp_path_factory.mktemp("export"), collection, summary, participants, trials)[0].parent


def test_every_field_of_the_summary_is_described_and_no_other(study) -> None:
    places = set(places_in(json.loads(json.dumps(study[1]))))
    assert {place for place in places if meaning_of(place) is None} == set()
    there = {place.replace("all.", "included.", 1) for place in places}
    # What this study does not have: a reason why a model was not fitted, a fixed order of questions, units of two kinds.
    there |= {place for place in SUMMARY if place.startswith("included.kinds[]")}
    assert {place for place in SUMMARY if not place.endswith("*")} - there == {
        "included.comparisons.mixed_model.reason", "included.neuron_model.reason",
        "included.experiments[].learning_note",
    }  # fmt: skip
    assert all(SUMMARY.values())


def test_tables_are_tidy_and_every_column_is_described(exported) -> None:
    assert sorted(path.name for path in exported.iterdir()) == [
        "README.md", "codebook.csv", "items.csv", "model.R", "model.csv", "participants.csv", "trials.csv", "wide.csv",
    ]  # fmt: skip
    tables = {path.stem: pd.read_csv(path) for path in exported.glob("*.csv")}
    described = tables["codebook"].groupby("table")["column"].apply(list).to_dict()
    assert described == {name: list(tables[name].columns) for name in ("participants", "wide", "trials", "items")}
    assert tables["codebook"]["meaning"].notna().all()
    assert len(tables["trials"]) == 24 * 10 - 1 and set(tables["trials"]["included"]) == {0, 1}
    assert set(tables["trials"]["chance"].round(6)) == {0.333333}
    assert len(tables["items"]) == 3 * 20 and (tables["items"]["rank_low"] <= tables["items"]["rank_high"]).all()
    assert not any("Nonymous" in path.read_text(encoding="utf-8") for path in exported.iterdir())


def test_the_wide_table_holds_the_same_answers_and_empty_cells_where_nothing_was_asked(exported) -> None:
    wide, people = pd.read_csv(exported / "wide.csv"), pd.read_csv(exported / "participants.csv")
    trials = pd.read_csv(exported / "trials.csv")
    found = wide[[f"found_q{q:02d}" for q in range(1, 21)]]
    assert found.sum(axis=1).tolist() == people["correct"].tolist()
    assert sorted(found.notna().sum(axis=1)) == [9, *[10] * 23]
    assert (found.notna().to_numpy()[:, :10].any(axis=1) == (wide["set"] == 1)).all()
    assert wide.filter(like="seconds_").mean(axis=1).to_numpy() == pytest.approx(
        trials.groupby("participant")["rt_ms"].mean().to_numpy() / 1000
    )
    assert (
        wide.filter(like="confidence_").stack().value_counts().to_dict()
        == trials["confidence"].value_counts().to_dict()
    )
    assert set(people["condition"]) == {"none: title of none", "2: title of 2", "examples: title of examples"}
    assert (trials["share"] == trials["matched"] / trials["possible"]).all()
    lines = (exported / "wide.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 25 and not any(word in line for line in lines for word in ("NA", "nan", "True", "None"))


def test_r_reads_the_wide_table_as_jasp_does(exported) -> None:
    """The mixed design of JASP's repeated measures, by base R: differences of conditions are those of the scores."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here")
    script = """
    wide <- read.csv("wide.csv", colClasses = c(experiment = "character"))
    wide <- wide[wide$included == 1 & wide$set == 1, ]
    cells <- grep("^found_q(0[1-9]|10)$", names(wide), value = TRUE)
    stopifnot(length(cells) == 10, !anyNA(wide[cells]))
    long <- reshape(wide, direction = "long", varying = cells, v.names = "found", timevar = "q", idvar = "participant")
    long <- transform(long, participant = factor(participant), q = factor(q), condition = factor(condition))
    fit <- aov(found ~ condition * q + Error(participant / q), data = long)
    between <- summary(fit)[["Error: participant"]][[1]]
    alone <- summary(aov(score ~ condition, data = wide))[[1]]
    cat(nrow(wide), between["condition", "F value"], alone["condition", "F value"])
    """
    done = subprocess.run(["Rscript", "-e", script], cwd=exported, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    people, mixed, alone = map(float, done.stdout.split())
    assert people == 12 - 1 and mixed == pytest.approx(alone, rel=1e-5)  # as many digits as R prints


def test_an_export_never_overwrites_something_else(study, tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    collection, summary, participants, trials = study
    with pytest.raises(ScoringError) as caught:
        write_export(tmp_path, collection, summary, participants, trials)
    assert str(caught.value) == f"{tmp_path}: holds something other than an export; name an empty or new one"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_lme4_finds_the_same(exported) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here")
    if subprocess.run(["Rscript", "-e", "library(lme4)"], capture_output=True).returncode:
        pytest.skip("lme4 is not here")
    done = subprocess.run(["Rscript", "model.R"], cwd=exported, capture_output=True, text=True, check=True)
    name, value = done.stdout.strip().splitlines()[-1].split(":")
    # Both stop where a step gains less than some 1e-9 of the log-likelihood: estimates agree to some 1e-4.
    assert name == "largest difference" and float(value) < 1e-3
