"""How many people a study takes: the numbers, the files, what is said about them."""

from __future__ import annotations

import csv
import json

import pytest
from PIL import Image

from scoring.errors import ScoringError
from scoring.planning.cost import Cost
from scoring.planning.design import Comparison
from scoring.planning.files import marked, write_plan
from scoring.planning.plan import Aim, grid, make_plan

from ..test_cli import run

SIZES = ((9, 3),) * 10
AIM = Aim(SIZES, 4, 3, 0.1, comparison=Comparison("reference", 2), cost=Cost(rate=12, currency="EUR"))


def test_minutes_and_money() -> None:
    cost = Cost(2, 0.8, 12, "EUR")
    assert cost.minutes_each(10) == 10 and cost.minutes(30, 10) == 300 and cost.money(30, 10) == 60
    assert Cost().money(30, 10) is None


def test_a_plan_tells_each_need_with_its_cost() -> None:
    plan = make_plan(AIM, [5])
    assert plan["design"] == {
        "conditions": 3, "sets": 4, "neurons_per_set": 10, "neurons": 40, "possible": 30, "chance": pytest.approx(10),
    }  # fmt: skip
    rows = {row["people"]: row for row in plan["people"]}
    assert sorted(rows) == sorted({5, *plan["needed"].values()})
    needed = rows[plan["needed"]["like_these"]]
    assert needed["power_like_these"] >= 0.8 and needed["participants"] == needed["people"] * 4 * 3
    assert needed["minutes"] == 10 * needed["participants"] and needed["money"] == needed["minutes"] / 60 * 12
    assert [row["sets"] for row in plan["tradeoff"]] == [1, 2, 4, 8, 16, 32]
    few = make_plan(Aim(SIZES, 4, 3, 0.05))["tradeoff"][0]
    assert few["people"] is None and few["power_like_these"] < 0.8  # what infinitely many people would have
    assert [each["interaction"] for each in plan["sensitivity"]] == [0, 0.2, 0.4, 0.8]
    assert json.loads(json.dumps(plan, allow_nan=False)) is not None


def test_equivalence_is_counted_where_a_margin_is_given() -> None:
    plan = make_plan(Aim(SIZES, 8, 2, 0.1, margin=0.08))
    assert plan["needed"]["equivalence"] > plan["needed"]["like_these"]
    assert "equivalence" not in make_plan(Aim(SIZES, 8, 2, 0.1))["needed"]


def test_files_hold_the_plan_the_grid_and_the_figure(tmp_path) -> None:
    plan = make_plan(AIM)
    written = write_plan(tmp_path / "power", AIM, plan)
    assert [path.name for path in written] == ["power.json", "tradeoff.csv", "tradeoff.png", "tradeoff.svg"]
    assert json.loads(written[0].read_text()) == plan
    with written[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(grid(AIM)) and {"sets", "people", "power_like_these", "minutes", "money"} <= rows[0].keys()
    assert min(Image.open(written[2]).size) > 900
    text = written[3].read_text()
    assert "participants in each condition" in text and f"{plan['needed']['like_these']} people per set" in text


def test_the_marked_design_is_the_needed_one_else_the_largest_asked_about() -> None:
    few = Aim(SIZES, 1, 2, 0.05)
    assert marked(make_plan(AIM)) == make_plan(AIM)["needed"]["like_these"]
    assert marked(make_plan(few, [7, 300])) == 300


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: make_plan(AIM, [1]), "--participants should be numbers of 2 or more with commas between, such as 7,10,20"),
        (lambda: make_plan(Aim(SIZES, 1, 2, 0.1, margin=0.0)), "--equivalence 0 is not allowed: above 0 and below 30 correct answers"),
        (lambda: make_plan(Aim(SIZES[:1], 1, 2, 0.1)), "a set of 1 question is not allowed: 2 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said(call, sentence) -> None:
    with pytest.raises(ScoringError) as caught:
        call()
    assert str(caught.value) == sentence


def test_the_command_without_a_key_plans_the_papers_questions(tmp_path) -> None:
    code, out, err = run(
        "power", "--difference", 2, "--conditions", 4, "--sets", 8, "--equivalence", 3, "--out", tmp_path / "p"
    )
    assert code == 0, err
    assert "Power to find a difference of 2 of 30 correct answers" in out
    plan = json.loads((tmp_path / "p" / "power.json").read_text())
    assert plan["aim"]["comparison"] == {"compare": "pairs", "count": 6, "alpha": 0.05} and plan["study_id"] is None
    like, these = plan["needed"]["like_these"], plan["needed"]["these_neurons"]
    assert f"To find it on these neurons: {these} people per set and condition, {these * 32} in all." in out
    assert (
        f"To find it for other neurons of the kind as well: {like} people per set and condition, {like * 32} in all."
        in out
    )
    assert "log-odds in each: an assumption, unless it comes from a pilot; power.json tells" in out


def test_spreads_come_from_an_earlier_report(tmp_path) -> None:
    """A study simulated, scored and planned from: what its report estimated stands in place of the assumed."""
    model = {"fitted": True, "participant_sd": 0.61, "question_sd": 0.7, "question_in_condition_sd": 0.25}
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({"included": {"neuron_model": model}}))
    code, out, err = run("power", "--difference", 2, "--sets", 4, "--summary", path, "--out", tmp_path / "p")
    assert code == 0, err
    plan = json.loads((tmp_path / "p" / "power.json").read_text())
    assert plan["assumed"]["log_odds_sd"] == {"participants": 0.61, "neurons": 0.7, "interaction": 0.25}
    assert "0.25 log-odds in each: estimated in summary.json; power.json tells" in out
    for content, sentence in (
        ({"included": {"neuron_model": {"fitted": False, "reason": "too few"}}}, "its model of single neurons was not fitted: too few"),
        ({"included": {"neuron_model": model | {"question_in_condition_sd": None}}}, "holds no spreads of people, neurons and neurons within conditions; name the summary.json of a report on two conditions or more"),
        ({}, "holds no spreads of people, neurons and neurons within conditions; name the summary.json of a report on two conditions or more"),
    ):  # fmt: skip
        path.write_text(json.dumps(content))
        code, _, err = run("power", "--difference", 2, "--summary", path)
        assert code == 1 and err.strip() == f"error: {path}: {sentence}"
    code, _, err = run("power", "--difference", 2, "--summary", tmp_path / "x")
    assert (
        code == 1 and err.strip() == f"error: {tmp_path / 'x'}: the summary cannot be read: No such file or directory"
    )


def test_no_number_of_people_is_said(tmp_path) -> None:
    code, out, _ = run("power", "--difference", 1, "--compare", "single")
    assert code == 0
    assert (
        "To find it for other neurons of the kind as well: no number of people has a power of 80 %; it takes more neurons."
        in out
    )


def test_planned_contrasts_have_to_be_declared() -> None:
    code, _, err = run("power", "--difference", 2, "--compare", "planned")
    assert code == 1 and err.strip() == "error: --compare planned is not allowed: the key declares no contrasts"
