"""A visit in every condition that a study may declare: what is shown, what is said, and what the file holds of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.sites.conftest import READY, answer, fill_start, pass_practice, ready, served, study_of
from tests.sites.declared import CONDITIONS, declared, page_data

SQUARES = "Bright squares mark the places that it reacts to most; dark squares matter little."
SLIDER = "The slider sets how large a piece of the picture is judged at once: a bigger value means a bigger crop size."
ORIGINALS = "Point at a picture, or press it, to see the original."
MADE = "what one neuron reacts to most, often many times over and in strange colours."
SEEN = {  # what the first steps of "how it works" say
    "1": [f"You see a picture made by the computer. It shows {MADE}"],
    "2": [f"You see four pictures that one neuron reacts to. {SQUARES}", f"{SLIDER} {ORIGINALS}"],
    "3": [f"You see four pictures that one neuron reacts to. {SQUARES}", f"{SLIDER} {ORIGINALS}"],
    "shuffled": [f"You see four pictures that one neuron reacts to. {SQUARES}", f"{SLIDER} {ORIGINALS}"],
    "none": [
        "You see 9 pictures and nothing else: there is no explanation of the neuron. One neuron reacts strongly to 3 of "
        "them, and little or not at all to the others.",
    ],
    "examples": ["You see four pictures that one neuron reacts to."],
    "covered": [f"You see four pictures that one neuron reacts to. {SQUARES}", SLIDER],
    "partly": [
        "You see four pictures that one neuron reacts to. Some are made by the computer and may look strange. Where "
        "squares lie over a picture, bright ones mark the places that the neuron reacts to most; dark ones matter little.",
        f"{SLIDER} {ORIGINALS}",
    ],
    "made": [f"You see two pictures made by the computer. They show {MADE} {SQUARES}", f"{SLIDER} {ORIGINALS}"],
    "plain": ["You see four pictures that one neuron reacts to. Some are made by the computer and may look strange."],
}  # fmt: skip
PICK = (
    "Which 3 of the 9 pictures does the same neuron react to? Look for what the explanation has in common with them: a "
    "texture, a part, a colour, a shape. Guess if you are unsure."
)
PICK_ALONE = (
    "Pick the 3 that you think it reacts to: the 3 that seem to belong together, by a texture, a part, a colour, a "
    "shape. Guess if you are unsure."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return declared(tmp_path_factory.mktemp("conditions"), *CONDITIONS, practice=1)


@pytest.fixture(scope="module")
def where(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def question(page: Page, address: str) -> None:
    """Go to the first question."""
    page.goto(address)
    fill_start(page)
    ready(page)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_whole_visit(page: Page, where: str, folder: Path, name: str) -> None:
    shows = CONDITIONS[name][1]
    covered = any(each["gridcam"] for each in shows)
    switched = any(each["gridcam"] and each["originals"] for each in shows)
    page.goto(f"{where}/exp{name}/")
    fill_start(page, practise=False)
    assert page.locator(".walk p").all_inner_texts()[:-1] == [
        *SEEN[name], PICK_ALONE if name == "none" else PICK]  # fmt: skip
    page.get_by_role("button", name="Practise").click()
    pass_practice(page)
    ready(page)
    assert page.locator(".explained img").count() == sum(each["count"] for each in shows)
    assert page.locator(".explained canvas").count() == sum(each["count"] for each in shows if each["gridcam"])
    assert page.get_by_label("Crop size").count() == covered
    assert page.get_by_role("switch").count() == switched
    assert page.get_by_role("region", name="This neuron reacts to").count() == bool(shows)
    if covered:
        page.get_by_label("Crop size").fill("2")
    if switched:
        page.get_by_role("switch").click()
        page.get_by_role("switch").click()
    answer(page)
    with page.expect_download() as download:
        answer(page, concept="round eyes")
    assert re.fullmatch(rf"imetric_exp{name}_teststudy1_[0-9a-f]{{16}}\.json", download.value.suggested_filename)
    session, practice, *trials = json.loads(Path(download.value.path()).read_text())
    assert session["set"] == 1 and practice["trial_type"] == "imetric-practice"
    assert {row["experiment"] for row in (session, practice, *trials)} == {int(name) if name.isdigit() else name}
    first, second = trials
    assert [view["level"] for view in first["view_history"]] == ([1, 2] if covered else [])
    assert [view["level"] for view in second["view_history"]] == ([1] if covered else [])
    assert [view["position"] for view in first["original_views"] if view["position"] is None] == [None] * switched
    if not switched:
        assert first["original_views"] == second["original_views"] == []
    data = page_data(folder / f"exp{name}")
    options = {each["id"]: sorted(o["id"] for o in each["options"]) for each in data["sets"][0]}
    assert {row["question_id"]: sorted(row["choice_order"]) for row in trials} == options


def test_the_control_says_everywhere_that_there_is_no_explanation(page: Page, where: str) -> None:
    page.goto(f"{where}/expnone/")
    expect(page.locator(".lead")).to_contain_text("In this study you see pictures and guess which of them one neuron")
    fill_start(page, practise=False)
    page.get_by_role("button", name="Practise").click()
    ready(page)
    assert [heading.inner_text() for heading in page.get_by_role("heading").all()] == [
        "Practice, does not count", "Pick 3 the neuron reacts to"]  # fmt: skip
    for _ in range(3):  # three tries, each of other pictures, without luck
        solution = study_of(page)["practice"][0]["solution"]
        picked = page.locator(".option[aria-pressed=true]").evaluate_all("all => all.map((one) => one.dataset.id)")
        for one in picked:
            page.locator(f"[data-id={one}]").click()
        others = page.locator(".option").evaluate_all("all => all.map((one) => one.dataset.id)")
        for one in [o for o in others if o not in solution and o not in picked][:3]:
            page.locator(f"[data-id={one}]").click()
        page.get_by_role("button", name="Check").click()
    expect(page.locator(".feedback")).to_have_text(
        "The ones that this neuron reacts to are ticked. Look for what they have in common. The questions are no test of "
        "you: a guess is always welcome."
    )


def test_the_control_in_korean(page: Page, tmp_path: Path) -> None:
    with served(declared(tmp_path, "none", lang="ko", ask_name=False, ask_major=False)) as address:
        page.goto(f"{address}/expnone/")
        page.locator("#field-age").fill("31")
        page.locator("#field-gender").select_option("unsaid")
        page.locator("#field-background").select_option("none")
        page.locator("#field-consent").check()
        page.get_by_role("button", name="계속").click()
        assert page.locator(".walk p").all_inner_texts()[:2] == [
            "사진 9장만 봅니다. 뉴런에 대한 설명은 없습니다. 한 뉴런이 그중 3장에는 강하게 반응하고, 나머지에는 거의 반응하지 않습니다.",
            "뉴런이 반응한다고 생각하는 3장을 고르세요. 무늬, 부분, 색, 모양 같은 것에서 서로 비슷한 점이 있는 3장을 찾아보세요. 잘 "
            "모르겠으면 짐작해도 좋습니다.",
        ]  # fmt: skip
        page.get_by_role("button", name="시작").click()
        ready(page)
        expect(page.get_by_role("heading", name="한 뉴런이 반응할 사진 3장을 고르세요")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
@pytest.mark.parametrize("name", ["none", "examples", "covered"])
def test_the_question_fits_with_options_as_large_as_ever(
    context: BrowserContext, where: str, watch, name: str, width: int, height: int
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    sizes = []
    for each in ("3", name):
        question(page, f"{where}/exp{each}/")
        sizes.append(page.locator(".option").first.bounding_box())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out sideways"
    if width == 1280:
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "no scrolling on a laptop"
    assert sizes[0] and sizes[1] and sizes[0]["width"] == pytest.approx(sizes[1]["width"], abs=0.5)
    if name == "none":
        middle = sum(page.locator(".choice").bounding_box()[side] * k for side, k in (("x", 1), ("width", 0.5)))
        assert middle == pytest.approx(width / 2, abs=8)  # a scroll bar's half


def test_covered_pictures_stay_covered(page: Page, where: str) -> None:
    question(page, f"{where}/expcovered/")
    first = page.locator(".explained").first
    assert page.locator("button.explained").count() == 0
    first.hover()
    first.click()
    page.wait_for_timeout(200)
    expect(first.locator("canvas")).to_have_css("opacity", "0.645")
    names = page.get_by_role("region", name="This neuron reacts to").get_by_role("img")
    assert [image.get_attribute("alt") for image in names.all()] == [f"Explanation {k}" for k in range(1, 5)]


def test_the_slider_and_the_switch_move_what_is_covered(page: Page, where: str, folder: Path) -> None:
    question(page, f"{where}/exppartly/")
    boxes = page.locator(".explained")
    assert [boxes.nth(k).locator("canvas").count() for k in range(4)] == [1, 1, 0, 0]
    page.get_by_label("Crop size").fill("3")
    drawn = page.evaluate("""[...document.querySelectorAll(".explained canvas")].map((canvas) =>
        [...canvas.getContext("2d").getImageData(0, 0, 8, 8).data].filter((_, k) => k % 4 === 0))""")
    sources = page.locator(".explained img").evaluate_all("all => all.map((image) => image.getAttribute('src'))")
    questions = page_data(folder / "exppartly")["sets"][0]
    shown = next(q for q in questions if [a["src"] for a in q["attributions"]] == sources)
    assert drawn == [attribution["cams"][2] for attribution in shown["attributions"][:2]]
    page.get_by_role("switch").click()
    for canvas in page.locator(".explained canvas").all():
        expect(canvas).to_have_css("opacity", "0")


@pytest.mark.parametrize("name", ["none", "examples"])
def test_all_questions_on_one_page(page: Page, tmp_path: Path, name: str) -> None:
    with served(declared(tmp_path, name, practice=1, layout="scroll")) as address:
        page.goto(f"{address}/exp{name}/")
        fill_start(page)
        expect(page.locator(READY)).to_have_count(2)
        for item in page.locator(".item").all():
            for number in (1, 2, 3):
                item.get_by_role("button", name=f"Option {number}", exact=True).click()
            item.get_by_role("radio", name="Sure", exact=True).check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Finish").click()
    _, _, *trials = json.loads(Path(download.value.path()).read_text())
    assert [(t["response"], t["view_history"], t["original_views"]) for t in trials] == [([0, 1, 2], [], [])] * 2
    assert all(t["rt"] > 0 for t in trials)
