"""The pilot study's page in a real browser, its file through `python -m scoring pilot`."""

from __future__ import annotations

import json
import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from generator.__main__ import app as generator_app
from generator.errors import StudyError
from generator.experiments.pilot import (
    PilotPicture,
    PilotSettings,
    Task,
    choose_neurons,
    labels_of,
    make_tasks,
    write_pilot,
)
from generator.models import Activations
from generator.sites.page import TEMPLATES
from generator.study.site import SiteSettings
from generator.study.visualization import VisualizationSettings
from scoring.cli import app
from tests.explanations.visualization.conftest import residual_network

from .conftest import _Quiet, fill_start, ready
from .test_axe import clean

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
PILOT = PilotSettings(neurons=1, noise_seeds=2, starts=1, iterations=2, film=(1, 3, 4))


def drawn(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (48, 48, 3), dtype=np.uint8)


def made_tasks(labels: dict[str, str]) -> list[Task]:
    tasks = []
    for k, label in enumerate(labels):
        pictures = {
            "patterns": [PilotPicture(drawn(10 * k + i)) for i in range(6)],
            "starts": [PilotPicture(drawn(10 * k)), PilotPicture(drawn(10 * k + 7), "picture")],
            "iterations": [PilotPicture(drawn(100 + 10 * k + i), "noise", i) for i in PILOT.film],
        }
        tasks += [Task(f"{part}-n1-{label.lower()}", part, "n1", label, tuple(own)) for part, own in pictures.items()]
    return sorted(tasks, key=lambda task: ("patterns", "starts", "iterations").index(task.part))


@pytest.fixture
def site(tmp_path: Path):
    labels = labels_of(PILOT, 3)
    report = write_pilot(
        made_tasks(labels), labels, [7], PILOT, VisualizationSettings(), SiteSettings(), ["net", "pictures"], 3,
        tmp_path / "dist", tmp_path / "private",
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path / "dist")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/pilot/", report
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser):
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    yield page
    context.close()


def begin(page, address: str) -> None:
    page.goto(address)
    fill_start(page)
    ready(page)


def answer(page) -> str:
    """Answer the task in view; returns its part."""
    ready(page)
    if page.locator("#count").count():
        page.fill("#patterns", "fur <b>and</b> legs")
        page.fill("#count", "2")
        page.get_by_label("Partly").check()
        page.get_by_label("Texture").check()
        part = "patterns"
    elif page.locator("#difference").count():
        page.fill("#difference", "finer")
        page.get_by_label("Out of photographs").check()
        part = "starts"
    else:
        page.locator(".strip button").nth(1).click()
        page.get_by_role("button", name="This one is clearest").click()
        part = "iterations"
    page.locator("button[type=submit]").click()
    return part


def test_a_visit_ends_in_a_file_that_scoring_reads(site, page, tmp_path) -> None:
    address, report = site
    begin(page, address)
    parts = []
    with page.expect_download() as download:
        for _ in range(6):
            parts.append(answer(page))
    assert parts == ["patterns"] * 2 + ["starts"] * 2 + ["iterations"] * 2
    results = tmp_path / "results"
    results.mkdir()
    download.value.save_as(results / "one.json")
    rows = json.loads((results / "one.json").read_text())
    assert rows[0]["format"] == "imetric-pilot/1" and len(rows) == 7
    for name, content in (("pilot", rows), ("pilot-key", json.loads(report.key.read_text()))):
        schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(content)
    assert {row["method"] for row in rows[1:]} == {"A", "B"}
    assert all(row["rt"] is not None and row["rt"] >= 0 for row in rows[1:])
    words = ["pilot", str(results), "--private", str(tmp_path / "private"), "--out", str(tmp_path / "r")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert sorted(summary["methods"]) == ["lucent", "madry"] and summary["participants"] == 1
    assert all(counts == {"3": 1} for counts in summary["iterations"].values())
    assert all(counts["texture"] == 1 for counts in summary["kinds"].values())
    assert page.said == []


def test_reloading_loses_nothing(site, page) -> None:
    begin(page, site[0])
    page.fill("#patterns", "half a word")
    page.fill("#count", "3")
    page.get_by_label("Texture").check()
    heading = page.inner_text("#explanation-heading")
    page.reload()
    ready(page)
    assert page.inner_text("#explanation-heading") == heading
    assert page.input_value("#patterns") == "half a word" and page.input_value("#count") == "3"
    assert page.get_by_label("Texture").is_checked()


def test_what_is_missing_is_told_and_nothing_goes_on(site, page) -> None:
    begin(page, site[0])
    page.locator("button[type=submit]").click(force=True)
    assert page.inner_text(".needed") == "Please write what you see"
    page.fill("#patterns", "x")
    page.fill("#count", "99")
    assert page.inner_text(".needed") == "Please say how many, 0 to 50"
    assert page.inner_text(".count").startswith("Question 1 of 6")


def test_a_damaged_session_starts_afresh(site, page) -> None:
    begin(page, site[0])
    answer(page)
    ready(page)
    # While the page is open it writes what it knows: what was kept is damaged from a page beside it.
    page.goto(site[0].replace("/pilot/", "/pilot/robots.txt"))
    page.evaluate("""() => { for (const key of Object.keys(localStorage)) if (!key.endsWith(':tab')) {
      const kept = JSON.parse(localStorage[key]); kept.order = [0, 0]; localStorage[key] = JSON.stringify(kept); } }""")
    page.goto(site[0])
    assert page.get_by_role("heading", name="What do you see in these pictures?").count() == 1
    assert page.locator("#notices .notice").count() == 1


def test_method_names_stay_private(site, tmp_path) -> None:
    text = "".join(
        path.read_text("utf-8").lower()
        for path in (tmp_path / "dist" / "pilot").rglob("*")
        if path.suffix in (".html", ".js")
    )
    assert "madry" not in text and "lucent" not in text
    key = json.loads(site[1].key.read_text())
    assert set(key["labels"].values()) == {"madry", "lucent"} and key["neurons"] == {"n1": 7}


def test_the_page_fits_a_phone(site, page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    begin(page, site[0])
    for _ in range(6):
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        answer(page)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing(site, browser, width, scheme) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 740}, color_scheme=scheme, accept_downloads=True, reduced_motion="reduce"
    )
    page = context.new_page()
    begin(page, site[0])
    for k in range(6):
        ready(page)
        if k % 2 == 0:  # the first task of each part
            clean(page, f"task {k}")
        answer(page)
    page.wait_for_selector(".end")
    context.close()


def test_both_languages_say_the_same_things() -> None:
    folder = TEMPLATES
    english, korean = (json.loads((folder / f"pilot.{lang}.json").read_text("utf-8")) for lang in ("en", "ko"))
    assert english.keys() == korean.keys()
    for name, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", korean[name])), name


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--methods", "madry,dream"],
            "the pilot cannot be built so: methods should be some of accentuation, lucent, maco, madry, each once",
        ),
        (["--neurons", "0"], "the pilot cannot be built so: neurons: Input should be greater than or equal to 1"),
        (["--film", "60,30"], "the pilot cannot be built so: film should be rising numbers of iterations, from 1"),
        (["--film", "60;90"], "--film '60;90' is not allowed: whole numbers with commas between"),
    ],
)
def test_a_pilot_that_cannot_be_is_refused_in_one_sentence(words, sentence, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(generator_app, ["pilot", *words])
    assert done.exit_code == 1 and done.stderr.strip() == f"error: {sentence}"
    assert list(tmp_path.iterdir()) == []


# What is built
def test_tasks_hold_what_the_paper_showed() -> None:
    network = residual_network()
    pictures = np.stack([np.full((32, 32, 3), v, np.uint8) for v in (60, 120, 200)])
    tasks, labels = make_tasks(network, [1, 4], pictures, PILOT, VisualizationSettings(), 5)
    assert len(tasks) == 2 * 2 * 3 and set(labels.values()) == {"madry", "lucent"}
    for task in tasks:
        starts = [picture.start for picture in task.pictures]
        if task.part == "patterns":
            assert starts == ["noise"] * 2
        elif task.part == "starts":
            assert starts == ["noise", "picture"]
        else:
            assert [picture.iteration for picture in task.pictures] == [1, 3, 4]
    first = next(t for t in tasks if t.part == "patterns")
    again = next(t for t in tasks if t.part == "starts" and (t.neuron, t.method) == (first.neuron, first.method))
    assert np.array_equal(first.pictures[0].pixels, again.pictures[0].pixels)


def test_neurons_that_never_fire_are_not_chosen() -> None:
    activations = np.zeros((5, 10))
    activations[2, [1, 4, 7]] = 1
    assert choose_neurons(Activations.of(activations), 3, 0) == [1, 4, 7]
    with pytest.raises(StudyError) as caught:
        choose_neurons(Activations.of(activations), 4, 0)
    assert str(caught.value) == (
        "4 neurons were asked for and 3 of the layer's 10 ever fire on these pictures; ask for 3 or fewer"
    )


def test_other_pictures_and_other_visualizations_are_another_pilot(tmp_path: Path) -> None:
    labels = labels_of(PILOT, 3)
    tasks, usual = made_tasks(labels), VisualizationSettings()

    def study_of(settings: VisualizationSettings, pictures: str) -> str:
        report = write_pilot(
            tasks, labels, [7], PILOT, settings, SiteSettings(), ["net", pictures], 3, tmp_path / "dist", tmp_path / "private",
        )  # fmt: skip
        return report.key.parent.name

    quicker, larger = (usual.model_copy(update={"step_size": 2.0}), usual.model_copy(update={"batch": 4}))
    assert study_of(usual, "pictures") == study_of(usual, "pictures") == study_of(larger, "pictures")
    assert len({study_of(usual, "pictures"), study_of(usual, "others"), study_of(quicker, "pictures")}) == 3


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"methods": ("madry", "dream")}, "methods should be some of accentuation, lucent, maco, madry, each once"),
        ({"film": (30, 30)}, "film should be rising numbers of iterations, from 1"),
        ({"starts": 9}, "starts should be noise_seeds or fewer: part 2 shows some of part 1's pictures again"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        PilotSettings(**settings)
