"""The latency experiment: what is counted, what is extrapolated, what is refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from generator.__main__ import app
from generator.errors import StudyError
from generator.experiments.latency import check_request, clock, measure
from generator.study.visualization import VisualizationSettings
from tests.explanations.visualization.conftest import residual_network


@pytest.mark.parametrize("method", ["madry", "lucent"])
def test_every_neuron_is_counted_once(method) -> None:
    steps = []
    settings = VisualizationSettings(method=method, iterations=3, batch=4)
    row = measure(residual_network(), settings, neurons=6, images=2, time_limit=None, on_progress=steps.append)
    assert (row.measured, row.extrapolated, sum(steps)) == (12, False, 36)
    assert row.mean_s * 6 == pytest.approx(row.measured_s) == pytest.approx(row.total_s)
    assert row.image_steps_per_second == pytest.approx(36 / row.measured_s)


def test_a_time_limit_extrapolates_and_says_so() -> None:
    settings = VisualizationSettings(iterations=2, batch=2)
    row = measure(residual_network(), settings, neurons=10, images=2, time_limit=1e-9)
    assert (row.measured, row.extrapolated, row.sd_s) == (2, True, None)
    assert row.total_s == pytest.approx(10 * row.measured_s)


@pytest.mark.parametrize(
    ("methods", "engines", "neurons", "sentence"),
    [
        (["deepdream"], ["native"], 1, "method 'deepdream' does not exist; allowed are accentuation, lucent, maco, madry"),
        (["madry"], ["gpu"], 1, "engine 'gpu' does not exist; allowed are native, reference"),
        (["madry"], ["native"], 9, "9 neurons were asked for and layer 'fc' has 8; ask for 8 or fewer"),
    ],
)
def test_what_is_not_there_is_refused(methods, engines, neurons, sentence) -> None:
    with pytest.raises(StudyError) as caught:
        check_request(methods, engines, neurons, 8, "fc")
    assert str(caught.value) == sentence


def test_times_are_printed_as_the_paper_does() -> None:
    assert [clock(s) for s in (0.4, 59.6, 10478, 18341)] == ["0:00:00", "0:01:00", "2:54:38", "5:05:41"]


def test_the_command_prints_the_papers_row_and_writes_its_figures(tmp_path) -> None:
    words = ["latency", "--neurons", "2", "--iterations", "1", "--images", "2", "--out", str(tmp_path / "l.json")]
    done = CliRunner().invoke(app, [*words, "--device", "cpu"])
    assert done.exit_code == 0, done.output
    for text in ("2:54:38", "10.48", "5:05:41", "18.34", "steps/s"):
        assert text in done.output
    record = json.loads((tmp_path / "l.json").read_text())
    assert [(row["method"], row["measured"]) for row in record["rows"]] == [("madry", 4), ("lucent", 4)]
    assert record["machine"]["device"].startswith("cpu: ")
    refused = CliRunner().invoke(app, [*words[:1], "--neurons", "5000", "--device", "cpu"])
    assert refused.exit_code == 1
    assert "5000 neurons were asked for" in refused.output
