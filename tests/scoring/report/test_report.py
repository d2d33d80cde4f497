"""Everything that scoring writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scoring.conditions import PAPER
from scoring.report.numbers import interval, number, p_value
from scoring.report.tables import safe_cells

from ..conftest import make_rows, write_study
from ..test_cli import run

pytestmark = pytest.mark.slow

HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> fur"


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> tuple[Path, str]:
    """A study of 18 participants in three experiments, with hostile text, scored; its folder and what was printed."""
    from ..conftest import make_key

    folder, key = tmp_path_factory.mktemp("study"), make_key()
    rng = np.random.default_rng(0)
    paths = write_study(folder, key, {e: rng.choice(4, (6, 10), p=[0.1, 0.3, 0.4, 0.2]).tolist() for e in (1, 2, 3)})
    rows = json.loads(paths[0].read_text())
    rows[0]["response"] |= {"gender": HOSTILE, "major": "@SUM(1)"}
    for row in rows[1:]:
        row["concept"] = HOSTILE
    paths[0].write_text(json.dumps(rows))
    (folder / "results" / "<img src=x>.json").write_text("{}")
    (folder / "results" / "short.json").write_text(json.dumps(make_rows(key, [3] * 5, session="x")))
    code, out, err = run(
        folder / "results", "--private", folder / "private", "--out", folder / "report", "--psych-ds", folder / "shared"
    )
    assert code == 0, err
    return folder, out


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_it_prints_a_row_per_experiment_and_what_was_not_used(scored) -> None:
    folder, out = scored
    assert "chance: mean 10.0, SD 2.24" in out
    for line in ("1 feature", "2 dataset examples", "3 both", "condition 2 − 1:", "condition 3 − 2:"):
        assert line in out
    assert "1 of 20 files not used:" in out
    assert "left out by the declared rules: 1 (incomplete 1); the report has both ways" in out


def test_everything_is_written(scored) -> None:
    report = scored[0] / "report"
    assert sorted(path.name for path in report.iterdir()) == [
        "codebook.csv", "concepts.csv", "figures", "items.csv", "options.csv", "participants.csv", "pseudonyms.json", "rejected.csv",
        "report.html", "summary.json", "trials.csv",
    ]  # fmt: skip
    assert {path.stem for path in (report / "figures").iterdir()} == {
        "flow",
        "histogram",
        "means",
        "questions",
        "learning",
        "neurons",
        "concepts",
    }
    summary = json.loads((report / "summary.json").read_text())
    assert summary["format"] == "imetric-summary/2" and summary["files"] == {
        "given": 20,
        "used": 19,
        "observers": 0,
        "rejected": 1,
        "marked": 1,
    }


def test_tables_are_tidy_and_agree_with_the_summary(scored) -> None:
    report = scored[0] / "report"
    summary = json.loads((report / "summary.json").read_text())
    people, trials = table(report / "participants.csv"), table(report / "trials.csv")
    assert len(people) == 19 and len(trials) == 18 * 10 + 5
    for entry in summary["included"]["experiments"]:
        scores = [
            float(p["score"]) for p in people if p["experiment"] == str(entry["experiment"]) and p["included"] == "True"
        ]
        assert np.mean(scores) == pytest.approx(entry["mean"])
    by_person = {p["participant"]: 0 for p in people}
    for trial in trials:
        by_person[trial["participant"]] += int(trial["matched"])
    assert all(by_person[p["participant"]] == int(p["correct"]) for p in people)
    assert len(table(report / "items.csv")) == 30 and len(table(report / "options.csv")) == 270
    assert {row["what"] for row in table(report / "rejected.csv")} == {"rejected", "used, marked"}


def test_no_cell_starts_a_formula(scored) -> None:
    folder = scored[0]
    for path in [*(folder / "report").glob("*.csv"), *(folder / "shared").rglob("*.csv")]:
        for row in csv.reader(path.open(newline="", encoding="utf-8")):
            for cell in row:
                if cell.startswith(("=", "+", "-", "@", "\t")):
                    float(cell)  # a negative number is none
    assert any(row["gender"].startswith("'=cmd") for row in table(folder / "report" / "participants.csv"))


def test_safe_cells_leaves_numbers_alone() -> None:
    import pandas as pd

    frame = safe_cells(pd.DataFrame({"=a": ["-x", "ok"], "n": [-1.5, 2]}))
    assert (
        list(frame.columns) == ["'=a", "n"]
        and frame["'=a"].tolist() == ["'-x", "ok"]
        and frame["n"].tolist() == [-1.5, 2]
    )


def test_names_stay_out_of_every_table_and_of_what_is_shared(scored) -> None:
    folder = scored[0]
    for path in [*(folder / "report").rglob("*"), *(folder / "shared").rglob("*")]:
        if path.is_file() and path.suffix != ".png":
            assert "Somebody" not in path.read_text(encoding="utf-8"), path


def test_the_page_is_whole_calm_and_safe_in_a_browser(scored, browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    messages, requests = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("dialog", lambda dialog: messages.append(dialog.message))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((scored[0] / "report" / "report.html").as_uri())
    assert messages == [] and [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert page.locator("script").count() == 0
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 200 && image.alt)")
    assert page.locator("img").count() == 7
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    text = page.inner_text("body")
    assert "<script>alert(1)</script>" in text and "<img src=x>.json" in text
    for heading in ("Scores", "Between conditions", "Questions", "Concepts", "Exclusions", "Methods"):
        assert page.get_by_role("heading", name=heading, exact=True).count() == 1
    page.close()


def test_figures_are_sharp_and_differ_in_grey(scored) -> None:
    for path in (scored[0] / "report" / "figures").glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width > 900 and len(picture.convert("L").getcolors()) > 20
    colours = [PAPER.look(name).colour for name in PAPER.names]
    grey = [0.299 * int(c[1:3], 16) + 0.587 * int(c[3:5], 16) + 0.114 * int(c[5:7], 16) for c in colours]
    assert min(abs(a - b) for k, a in enumerate(grey) for b in grey[:k]) > 20


def test_no_file_name_of_the_study_is_shared(tmp_path, key) -> None:
    # The original pages name files after people; who took part twice is marked with the other file.
    paths = write_study(tmp_path, key, {1: [[1] * 10], 3: [[3] * 10, [2] * 10]})
    for path, name in zip(paths[:2], ("1.json", "A. Nonymous, 1.json"), strict=True):
        rows = json.loads(path.read_text())
        path.unlink()
        path.with_name(name).write_text(json.dumps([{**row, "subject_id": "p"} for row in rows]))
    words = ["--private", tmp_path / "private", "--out", tmp_path / "r", "--psych-ds", tmp_path / "shared"]
    assert run(tmp_path / "results", *words)[0] == 0
    people = table(next((tmp_path / "shared").glob("data/*participants_data.csv")))
    assert [(row["file"], row["marks"]) for row in people] == [
        ("00001_exp1.json", "subject_id: also in 00002_exp3.json (experiment 3)"),
        ("00002_exp3.json", "subject_id: also in 00001_exp1.json (experiment 1)"),
        ("00003_exp3.json", ""),
    ]


def test_sharing_never_overwrites_something_else(scored, tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    code, _, err = run(
        scored[0] / "results", "--private", scored[0] / "private", "--out", tmp_path / "r", "--psych-ds", tmp_path
    )
    assert code == 1 and (tmp_path / "thesis.txt").read_text() == "mine"
    assert err.strip() == f"error: {tmp_path}: holds something other than a Psych-DS folder; name an empty or new one"


def test_numbers_are_printed_as_papers_do() -> None:
    assert [p_value(p) for p in (None, 0.0001, 0.0234, 1.0)] == ["–", "< .001", ".023", "> .999"]
    assert (number(-1.234, 1), number(None), interval([-1, 2.5], 1), interval(None)) == (
        "−1.2",
        "–",
        "[−1.0, 2.5]",
        "–",
    )
