"""The sites that the generator writes tell the collector all it needs, and no answer."""

from __future__ import annotations

from pathlib import Path

from collector.study import read_study
from generator.questions.conditions import named
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set


def test_rendered_sites_are_read(tmp_path: Path) -> None:
    questions = question_set(2, practice=1, catches=1)
    render_sites(questions, SiteSettings(), tmp_path, named(1, 3))
    study = read_study(tmp_path)
    assert study.study_id == questions.study_id and sorted(study.conditions) == [1, 3]
    for name, condition in study.conditions.items():
        assert list(condition.sets) == [1] and condition.sets[1] == set(condition.questions)
        assert [id for id, asked in condition.questions.items() if asked.catch] == [f"c01e{name}"]
        for question in questions.of_role("study"):
            asked = condition.questions[question.id]
            assert asked.options == {option.id for option in question.options} and asked.choices == 3
