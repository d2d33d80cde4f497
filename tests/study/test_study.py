"""Study files: defaults, differences, and one sentence for everything that is not allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import StudyError
from generator.study import load_study


def error_sentence(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(StudyError) as caught:
        load_study(path)
    return str(caught.value)


def test_the_defaults_are_the_papers() -> None:
    study = load_study()
    selection = study.selection
    assert (selection.top_edge_num, selection.top_min, selection.bottom_edge_num) == (100, 0.11, 100)
    assert (selection.min_max_ratio_min, selection.count) == (10_000, 10)
    assert (study.gridcam.cells, study.gridcam.windows) == (8, (1, 2, 4, 7))
    assert (study.questions.options, study.questions.answers, study.questions.examples) == (9, 3, 4)
    assert (study.visualization.iterations, study.data.kind, study.model.name) == (200, "world", "world")


def test_the_world_has_its_own_start_and_step_unless_told() -> None:
    world = load_study().visualization
    assert (world.step_size, world.noise_sd) == (0.57, 0.1)
    assert load_study(None, {"visualization": {"noise_sd": 0.3}}).visualization.noise_sd == 0.3
    papers = load_study(None, {"model": {"name": "torchvision:resnet50", "weights": "robust.pth"}}).visualization
    assert (papers.method, papers.step_size, papers.noise_sd) == ("madry", 1.0, 0.5)


@pytest.mark.parametrize(
    "model",
    [
        {"name": "efficientnet-lite0"}, {"name": "torchvision:vgg11", "weights": "download"},
        {"name": "package.module:network"}, {"name": "Sequential"},
    ],
)  # fmt: skip
def test_networks_that_are_not_known_to_be_robust_are_explained_by_maco_unless_told(model: dict) -> None:
    own = load_study(None, {"model": model}).visualization
    assert (own.method, own.iterations, own.learning_rate) == ("maco", 128, 1.0)
    assert load_study(None, {"model": model, "visualization": {"method": "lucent"}}).visualization.learning_rate == 0.05
    other = load_study(None, {"model": model, "visualization": {"noise_sd": 0.3}}).visualization.by("lucent")
    assert (other.method, other.iterations, other.learning_rate, other.noise_sd) == ("lucent", 200, 0.05, 0.3)


def test_a_file_holds_differences_and_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('seed = 4\n[selection]\ntop_min = 0.5\ncount = 3\n[data]\nkind = "folder"\npath = "pictures"\n')
    study = load_study(path, {"seed": 9, "selection": {"count": 5}})
    assert (study.seed, study.selection.count, study.selection.top_min, study.selection.top_edge_num) == (
        9,
        5,
        0.5,
        100,
    )
    assert study.data.path == (tmp_path / "pictures").resolve(), "paths in a file are relative to it"


def test_everything_not_allowed_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    assert (
        error_sentence(path, "[selection]\ntop_mn = 1\n")
        == f"{path}: [selection] top_mn is not a setting; did you mean 'top_min'?"
    )
    assert error_sentence(path, "zebra = 1\n") == (
        f"{path}: zebra is not a setting; allowed are name, seed, data, model, selection, visualization, gridcam, "
        "questions, site, study, conditions, visualizations, analysis, observers"
    )
    assert error_sentence(path, '[selection]\ncount = "ten"\n').startswith(
        f"{path}: [selection] count = 'ten' is not allowed: it should be a valid integer"
    )
    assert error_sentence(path, "[selection]\ncount = 0\n") == (
        f"{path}: [selection] count = 0 is not allowed: it should be greater than or equal to 1"
    )
    assert error_sentence(path, '[data]\nkind = "flickr"\n') == (
        f"{path}: [data] kind = 'flickr' is not allowed: it should be 'world', 'folder' or 'restricted-imagenet'"
    )
    assert error_sentence(path, '[data]\nkind = "folder"\n') == f"{path}: [data] kind = 'folder' needs a path"
    assert error_sentence(path, "[gridcam]\nwindows = [9]\n") == (
        f"{path}: [gridcam] windows must be whole numbers of cells from 1 to 8"
    )
    assert (
        error_sentence(path, "[questions]\nanswers = 9\n")
        == f"{path}: [questions] answers must be fewer than the 9 options"
    )
    assert error_sentence(path, "seed = [\n").startswith(f"study file {path} is not valid TOML: ")
    with pytest.raises(StudyError, match="does not exist$"):
        load_study(tmp_path / "none.toml")


def test_what_is_no_section_and_elements_of_lists_are_told(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    sentence = f"{path}: data = 3 is not allowed: it is a section, [data], with settings of its own"
    assert error_sentence(path, "data = 3\n") == sentence
    with pytest.raises(StudyError) as caught:
        load_study(path, {"data": {"kind": "folder", "path": tmp_path}})
    assert str(caught.value) == sentence
    assert error_sentence(path, '[selection]\nneurons = [1, "a"]\n').startswith(
        f"{path}: [selection] neurons = 'a' is not allowed: it should be a valid integer"
    )
    assert error_sentence(path, "[selection]\nneurons = [4, 1, 4]\n") == (
        f"{path}: [selection] neurons names 4 twice: a study asks about each neuron once"
    )
    for numbers in ("[0.5, 0.5]", "[0.5, 0.5, 0.5, 0.5]"):
        assert error_sentence(path, f"[model]\nmean = {numbers}\n") == (
            f"{path}: [model] mean = {numbers} is not allowed: it should be three numbers"
        )


def test_groups_must_hold_a_question(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    assert error_sentence(path, "[selection]\ntop_edge_num = 6\n") == (
        f"{path}: [selection] top_edge_num = 6 is not allowed: a question takes 7 answers and dataset examples from it"
    )
    assert error_sentence(path, "[selection]\nbottom_edge_num = 5\n") == (
        f"{path}: [selection] bottom_edge_num = 5 is not allowed: a question takes 6 wrong options from it"
    )
