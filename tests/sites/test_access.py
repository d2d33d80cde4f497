"""Everybody can take part: by keyboard alone, by ear, on a phone, enlarged, in the dark, in Korean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sites.conftest import READY, answer, fill_start, ready, study_of

# Contrast by WCAG 2.1: relative luminance of every text's colour against the first opaque background behind it.
CONTRAST = """() => {
    const parse = (css) => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.closest(".option, noscript, [aria-disabled=true]")) continue;
        const [one, two] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
        const ratio = (one + 0.05) / (two + 0.05);
        if (ratio < 4.5) found.push(`${walker.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return found;
}"""


def through(page: Page, name: str, limit: int = 60) -> None:
    """Press Tab until the focused element has this accessible name."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const node = document.activeElement;
            const label = node.labels?.[0]?.textContent;
            return (node.getAttribute("aria-label") ?? label ?? node.textContent).trim();
        }""")
        if found == name:
            outline = page.evaluate(
                "() => { const n = document.activeElement, s = getComputedStyle(n.type === 'radio' ? n.nextElementSibling : n);"
                " return s.outlineStyle + parseFloat(s.outlineWidth); }"
            )
            assert outline.startswith(("solid", "auto")) and not outline.endswith("0"), f"focus on {name} is visible"
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_keyboard_alone_completes_a_session(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site())
    keys = page.keyboard
    for label, typed in (
        ("Name or pseudonym", "Kim"),
        ("Age", "40"),
        ("Gender", "F"),
        ("Field of study or work", "Law"),
        ("Experience with deep learning", "N"),
    ):
        through(page, label)
        keys.type(typed)
    through(page, "I am 18 or older and take part of my own free will. I know that I can stop at any time.")
    keys.press("Space")
    through(page, "Continue")
    keys.press("Enter")
    through(page, "Begin")
    keys.press("Enter")
    for number in (1, 2):
        ready(page)
        expect(page.get_by_text(f"Question {number} of 2")).to_be_visible()
        for option in (2, 4, 9):
            through(page, f"Option {option}")
            keys.press("Space")
        through(page, "Guessing")
        keys.press("ArrowRight")
        through(page, "What does it see?")
        keys.type("water")
        if number == 2:
            with page.expect_download() as download:
                keys.press("Enter")
        else:
            keys.press("Enter")
    session, *trials = json.loads(Path(download.value.path()).read_text())
    assert session["response"] == {"name": "Kim", "age": 40, "gender": "female", "major": "Law", "background": "none"}
    assert [(t["response"], t["confidence"], t["concept"]) for t in trials] == [([1, 3, 8], 2, "water")] * 2


def test_keyboard_alone_practises_and_answers_all_on_one_page(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site(experiment=2, practice=1, layout="scroll"))
    keys = page.keyboard
    fill_start(page, practise=False)
    through(page, "Practise")
    keys.press("Enter")
    ready(page)
    solution = study_of(page)["practice"][0]["solution"]
    names = page.locator(".option").evaluate_all("all => all.map((option) => option.dataset.id)")
    for place in sorted(names.index(option) + 1 for option in solution):
        through(page, f"Option {place}")
        keys.press("Space")
    through(page, "Check")
    keys.press("Enter")
    through(page, "Begin the questions")
    keys.press("Enter")
    expect(page.locator(READY)).to_have_count(2)
    for _ in range(2):
        for option in (1, 2, 3):
            through(page, f"Option {option}")
            keys.press("Space")
        through(page, "Guessing")
        keys.press("Space")
    through(page, "Finish")
    with page.expect_download() as download:
        keys.press("Enter")
    rows = json.loads(Path(download.value.path()).read_text())
    assert [row["response"] for row in rows[2:]] == [[0, 1, 2]] * 2 and rows[1]["passed"]


def test_the_slider_answers_to_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/exp3/")
    fill_start(page)
    ready(page)
    through(page, "Crop size")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Crop size")).to_have_value("3")


def test_names_tell_the_place_and_never_the_content(page: Page, address: str) -> None:
    page.goto(f"{address}/exp3/")
    fill_start(page)
    ready(page)
    names = page.locator(".option").evaluate_all("all => all.map((option) => option.getAttribute('aria-label'))")
    assert names == [f"Option {k}" for k in range(1, 10)]
    shown = page.locator(".explained").evaluate_all("all => all.map((button) => button.getAttribute('aria-label'))")
    assert shown == [f"Explanation {k}. Show originals" for k in range(1, 5)]
    assert (
        page.evaluate("""() => [...document.querySelectorAll("button, input, select, progress, img")].filter((node) => {
        const named = node.getAttribute("aria-label") || node.labels?.length || node.textContent.trim() || node.alt;
        return !named && !(node.matches("img") && node.closest("button"));
    }).map((node) => node.outerHTML)""")
        == []
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for target in page.locator(f"[{attribute}]").evaluate_all(
            f"all => all.map((n) => n.getAttribute('{attribute}'))"
        ):
            assert target in ids, f"{attribute} = {target} leads nowhere"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 640, 360])  # 640: a window of 1280 at 200 % zoom
def test_every_page_fits_and_every_text_can_be_read(
    browser: Browser, short_site: Callable[..., str], address: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme, accept_downloads=True)
    page = context.new_page()

    def good(where: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{where} sticks out"
        assert page.evaluate(CONTRAST) == [], where

    page.goto(short_site(completion_code="C0FFEE", contact="study@example.org"))
    page.get_by_role("button", name="Continue").click()
    good("start")
    page.get_by_label("Name or pseudonym").fill("Robin")
    fill_start(page)
    ready(page)
    good("question")
    answer(page)
    with page.expect_download():
        answer(page)
    good("end")
    page.goto(f"{address}/exp3/")
    fill_start(page)
    ready(page)
    page.get_by_role("switch").click()
    for k in range(1, 5):
        page.get_by_role("button", name=f"Option {k}", exact=True).click()
    good("question with grid-cam")
    context.close()


def test_pages_in_korean(page: Page, short_site: Callable[..., str]) -> None:
    page.goto(short_site(lang="ko", practice=1))
    assert page.locator("html").get_attribute("lang") == "ko"
    expect(page).to_have_title("이 뉴런은 무엇을 볼까요?")
    page.get_by_label("이름 또는 가명").fill("김하늘")
    page.get_by_label("나이", exact=True).fill("31")
    page.get_by_label("성별").select_option("unsaid")
    page.get_by_label("전공 또는 직업 분야").fill("물리학")
    page.get_by_label("딥러닝 경험").select_option("none")
    page.get_by_label("저는 만 18세 이상이며").check()
    page.get_by_role("button", name="계속").click()
    page.get_by_role("button", name="연습하기").click()
    ready(page)
    expect(page.get_by_role("heading", name="연습 (결과에 들어가지 않음)")).to_be_visible()
    for option in study_of(page)["practice"][0]["solution"]:
        page.locator(f"[data-id={option}]").click()
    page.get_by_role("button", name="확인").click()
    expect(page.get_by_text("맞았습니다.")).to_be_visible()
    page.get_by_role("button", name="질문 시작").click()
    for _ in range(2):
        ready(page)
        for number in (1, 2, 3):
            page.get_by_role("button", name=f"보기 {number}", exact=True).click()
        page.get_by_role("radio", name="확신").check()
        page.get_by_label("무엇을 보나요?").fill("둥근 눈")
        page.locator(".answer button").click()
    expect(page.get_by_role("heading", name="감사합니다!")).to_be_visible()
    assert not page.locator("main").inner_text().isascii()
