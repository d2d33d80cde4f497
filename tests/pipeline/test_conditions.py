"""Builds of declared conditions and of several sets: key, pages and grid-cams of one study, and what is told before."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import StudyError
from generator.explanations import stage
from generator.pipeline import BuildReport, build
from generator.study import Study, load_study
from tests.small_study import SIDE, Counting, study

ROOT = Path(__file__).parent.parent.parent


def run(settings: Study, tmp_path: Path, **kwargs: object) -> BuildReport:
    return build(
        settings, out=tmp_path / "dist", private=tmp_path / "private", artifacts=tmp_path / "artifacts", device="cpu",
        reporter=Counting(), **kwargs,
    )  # fmt: skip


def page(tmp_path: Path, condition: int | str) -> dict:
    text = (tmp_path / "dist" / f"exp{condition}" / "index.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'id="study">(.*?)</script>', text, re.S)[1])


def key_of(report: BuildReport) -> dict:
    return json.loads((report.private / "answer_key.json").read_text(encoding="utf-8"))


def failure(settings: Study, tmp_path: Path, **kwargs: object) -> str:
    with pytest.raises(StudyError) as caught:
        run(settings, tmp_path, **kwargs)
    assert not (tmp_path / "dist").exists() and not (tmp_path / "private").exists()
    return str(caught.value)


CONDITIONS = ("none", 2, "shuffled", "plain", "many")
DECLARED = {
    "plain": {"title": "dataset examples", "shows": [{"examples": 4, "gridcam": False}]},
    "many": {
        "shows": [
            {"visualizations": 3, "originals": False}, {"visualizations": 1, "method": "short", "gridcam": False},
        ]
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def built(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildReport]:
    tmp_path = tmp_path_factory.mktemp("conditions")
    settings = study(
        photographs, study={"conditions": CONDITIONS}, conditions=DECLARED, questions={"sets": 2, "count": 2},
        visualizations={"short": {"method": "lucent", "iterations": 2}}, site={"catch_questions": 1},
    )  # fmt: skip
    return tmp_path, run(settings, tmp_path)


def test_every_condition_asks_the_same_of_the_same_sets(built: tuple[Path, BuildReport]) -> None:
    tmp_path, report = built
    key = key_of(report)
    assert [each["name"] for each in key["conditions"]] == list(CONDITIONS) and key["reference"] == "none"
    assert [each["questions"] for each in key["sets"]] == [["q01", "q02"], ["q03", "q04"]]
    assert len(set(report.neurons)) == 4 and [q["neuron"] for q in key["questions"]] == list(report.neurons)
    options = {question["id"]: question["options"] for question in key["questions"]}
    for condition in CONDITIONS:
        data = page(tmp_path, condition)
        asked = [[q for q in questions if not q.get("catch")] for questions in data["sets"]]
        assert [[q["id"] for q in questions] for questions in asked] == [["q01", "q02"], ["q03", "q04"]]
        assert all([o["id"] for o in q["options"]] == options[q["id"]] for questions in asked for q in questions)
        caught = [sum(1 for q in questions if q.get("catch")) for questions in data["sets"]]
        assert caught == ([0, 0] if condition == "none" else [1, 1]) and data["experiment"] == condition
    front = (tmp_path / "dist" / "index.html").read_text(encoding="utf-8")
    assert 'data-experiments="2 many none plain shuffled"' in front and 'data-sets="2"' in front
    assert {each["condition"] for each in key["catch"]} == set(CONDITIONS) - {"none"}


def test_pages_hold_what_their_condition_shows(built: tuple[Path, BuildReport]) -> None:
    tmp_path, _ = built
    seen = {
        condition: {
            tuple((len(a["cams"]), a["originals"]) for a in question["attributions"])
            for questions in page(tmp_path, condition)["sets"]
            for question in questions
        }
        for condition in CONDITIONS
    }
    assert seen == {
        "none": {()}, 2: {((2, True),) * 4}, "shuffled": {((2, True),) * 4}, "plain": {((0, True),) * 4},
        "many": {((2, False),) * 3 + ((0, True),)},
    }  # fmt: skip
    assert page(tmp_path, "many")["shows"] == [
        {"kind": "feature_visualization", "count": 3, "gridcam": True, "originals": False},
        {"kind": "feature_visualization", "count": 1, "gridcam": False, "originals": True},
    ]
    for questions in page(tmp_path, "many")["sets"]:
        for question in questions:
            assert len({a["src"] for a in question["attributions"]}) == 4, "every visualization begins elsewhere"


def test_a_shuffled_explanation_is_that_of_another_question_of_the_set(photographs: Path, tmp_path: Path) -> None:
    settings = study(photographs, questions={"sets": 2, "count": 2})
    run(settings, tmp_path, conditions=(3, "shuffled"))
    for own, other in zip(page(tmp_path, 3)["sets"], page(tmp_path, "shuffled")["sets"], strict=True):
        first, second = (question["attributions"] for question in own)
        assert [question["attributions"] for question in other] == [second, first]


def test_the_manifest_tells_whose_explanation_was_shown(built: tuple[Path, BuildReport]) -> None:
    tmp_path, report = built
    shuffled = json.loads((report.private / "manifest.json").read_text(encoding="utf-8"))["shuffled"]
    own, others = (
        {q["id"]: q["attributions"] for each in page(tmp_path, name)["sets"] for q in each} for name in (2, "shuffled")
    )
    assert list(shuffled) == ["shuffled"] and set(shuffled["shuffled"]) == {name for name in own if name[0] == "q"}
    for asked, other in shuffled["shuffled"].items():
        assert asked != other and {a["src"] for a in others[asked]} & {a["src"] for a in own[other]}


def test_grid_cams_are_computed_only_where_somebody_sees_them(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []  # units, one for each picture
    tasks = stage.gridcam_tasks
    monkeypatch.setattr(stage, "gridcam_tasks", lambda units, *rest: computed.extend(sum(units, [])) or tasks(units, *rest))
    run(study(
        photographs, study={"conditions": (1, "none", "plain")}, conditions=DECLARED, visualizations={"short": {}}
    ), tmp_path)  # fmt: skip
    assert computed == [] and (tmp_path / "dist" / "expplain").is_dir()
    run(study(photographs, study={"conditions": (2,)}, site={"practice": 0}), tmp_path)
    assert len(computed) == 3 * 4, "the examples of three neurons"


def test_ids_of_earlier_studies_stay_and_analysis_changes_none(photographs: Path, tmp_path: Path) -> None:
    """What participants are shown names a study: how conditions are compared does not, sets do."""
    plain = run(study(photographs), tmp_path, conditions=(1,)).study_id
    assert run(study(photographs, questions={"sets": 1}, analysis={"contrasts": [(1, 2)]}), tmp_path).study_id == plain
    assert run(study(photographs, selection={"count": 2}, questions={"sets": 2}), tmp_path).study_id != plain
    key = key_of(run(study(photographs), tmp_path, conditions=("none",)))
    assert key["study_id"] == plain and [each["name"] for each in key["conditions"]] == [1, 2, 3, "none"]


def test_given_pictures_must_be_there_for_every_neuron_before_work_begins(photographs: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    for neuron, count in ((2, 2), (9, 1)):
        (given / str(neuron)).mkdir(parents=True)
        for k in range(count):
            Image.fromarray(np.full((SIDE, SIDE, 3), 40 * k, np.uint8)).save(given / str(neuron) / f"{k}.png")

    def settings(*neurons: int) -> Study:
        return study(
            photographs, study={"conditions": (1, "theirs")}, visualizations={"theirs": {"method": "files", "path": given}},
            conditions={"theirs": {"shows": [{"visualizations": 2, "method": "theirs", "gridcam": False}]}},
            selection={"neurons": neurons},
        )  # fmt: skip

    assert failure(settings(2, 7), tmp_path) == (
        f"[visualizations.theirs] path = {given} holds no folder 7, which is a neuron of the study"
    )
    assert failure(settings(2, 9), tmp_path) == (
        f"condition theirs shows 2 pictures of [visualizations.theirs] path, and {given / '9'} holds 1"
    )
    run(settings(2), tmp_path)
    assert [len(q["attributions"]) for q in page(tmp_path, "theirs")["sets"][0]] == [2]


def test_the_key_knows_every_condition_that_visitors_are_sent_to(photographs: Path, tmp_path: Path) -> None:
    """Whichever of them was built last: one of the study's own, or one beside it."""
    run(study(photographs), tmp_path, conditions=("none",))
    report = run(study(photographs), tmp_path, conditions=(1,))
    front = (tmp_path / "dist" / "index.html").read_text(encoding="utf-8")
    assert 'data-experiments="1 none"' in front
    assert [condition["name"] for condition in key_of(report)["conditions"]] == [1, 2, 3, "none"]
    other = run(study(photographs, seed=1), tmp_path, conditions=(1,))  # another study, whose sites take their place
    assert [condition["name"] for condition in key_of(other)["conditions"]] == [1, 2, 3]


def test_an_unknown_condition_is_told_before_work_begins(photographs: Path, tmp_path: Path) -> None:
    assert failure(study(photographs), tmp_path, conditions=("blind",)) == (
        "'blind' is not a condition of this study, which are 1, 2, 3, none and shuffled"
    )
    assert not (tmp_path / "artifacts").exists()


def test_the_study_file_of_the_document_can_be_built(photographs: Path, tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs" / "conditions.md").read_text("utf-8"), re.M | re.S)
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    small = study(photographs).model_dump(include={"data", "model", "selection", "gridcam"})
    report = run(load_study(path, {**small, "visualization": {"iterations": 2}}), tmp_path)
    declared = load_study(path)
    assert [site.path.name for site in report.sites] == [f"exp{name}" for name in declared.study.conditions]
    assert len(report.neurons) == declared.questions.sets * declared.questions_of_a_set
