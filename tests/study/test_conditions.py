"""Declared conditions, sets and methods in study files: what is read, and one sentence for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.study import load_study
from tests.study.test_study import error_sentence


def test_the_papers_conditions_are_the_default() -> None:
    study = load_study()
    assert study.study.conditions == (1, 2, 3) and study.conditions == {} and study.reference is None
    assert (study.questions.sets, study.questions_of_a_set, study.selects) == (1, 10, study.selection)


def test_sets_multiply_the_neurons_and_a_control_is_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('[study]\nconditions = ["none", "2"]\n[questions]\nsets = 8\ncount = 5\n')
    study = load_study(path)
    assert study.study.conditions == ("none", 2) and study.reference == "none"
    assert study.selects.count == 40 and study.selection.count == 10


def test_methods_have_names_and_the_worlds_start(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('[visualizations.given]\nmethod = "files"\npath = "pictures"\n[visualizations.short]\niterations = 9\n')
    study = load_study(path)
    assert list(study.methods) == ["madry", "given", "short"]
    assert study.methods["given"].path == (tmp_path / "pictures").resolve()
    assert (study.methods["short"].iterations, study.methods["short"].noise_sd) == (9, 0.1)


PRESETS = "1, 2, 3, none and shuffled"
WRONG = {
    '[study]\nconditions = [1, "two"]': f"[study] conditions names 'two', and the conditions are {PRESETS}",
    "[study]\nconditions = [1, 1]": "[study] conditions names 1 twice",
    '[conditions.none]\ntitle = "x"': "[conditions.none] is not allowed: a name is small letters, digits and -, "
    "beginning with a letter, and none of 1, 2, 3, none, shuffled, all, pilot and atlas",
    "[conditions.many]\nshows = [{ examples = 5 }]": "[conditions.many] shows 5 dataset examples, and [questions] "
    "examples is 4",
    '[conditions.many]\nshows = [{ visualizations = 1, method = "lucent" }]': "[conditions.many] shows visualizations "
    "of 'lucent', and the study has those of madry",
    "[conditions.many]\nshows = [{ visualizations = 5 }, { visualizations = 5 }]": "[conditions.many] shows 10 "
    "visualizations of 'madry', and at most 8 are made",
    '[visualization]\nmethod = "files"\npath = "x"\n[conditions.many]\nshows = [{ visualizations = 3 }]': "[conditions.many] "
    "shows 3 visualizations of 'files', and their setting most is 2",
    '[analysis]\nreference = "none"': "[analysis] reference names 'none', and the conditions are 1, 2 and 3",
    '[analysis]\ncontrasts = [[1, "none"]]': "[analysis] contrasts names 'none', and the conditions are 1, 2 and 3",
    "[questions]\nsets = 3\n[selection]\nneurons = [1, 2, 3, 4]": "[selection] neurons names 4 neurons, which do not "
    "make 3 sets of equal size",
    "[questions]\nsets = 100\ncount = 11": "[questions] sets = 100 with 11 questions each are 1100: at most 1000 are "
    "allowed",
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), WRONG.items(), ids=map(str, range(len(WRONG))))
def test_what_cannot_be_shown_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "study.toml"
    assert error_sentence(path, text) == f"{path}: {sentence}"


def test_the_study_file_with_a_control_can_be_read() -> None:
    study = load_study(Path(__file__).parent.parent.parent / "configs" / "conditions.toml")
    assert study.study.conditions == ("none", 2, 3, "shuffled", "examples") and study.reference == "none"
    assert (study.questions.sets, study.selects.count) == (2, 10)
