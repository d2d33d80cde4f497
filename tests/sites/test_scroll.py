"""All questions on one page, as the paper showed them: kept, timed and checked with the same care."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.sites.conftest import READY, fill_start

STATE = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.endsWith(':2'))))"


def begin(page: Page, short_site: Callable[..., str], count: int = 3, **settings: object) -> None:
    page.goto(short_site(experiment=2, count=count, layout="scroll", **settings))
    fill_start(page)
    ready(page, count)


def ready(page: Page, count: int = 3) -> None:
    expect(page.locator(READY)).to_have_count(count)


def item(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Question {number} of 3", exact=True)


def reply(page: Page, number: int, *options: int, confidence: str = "Fairly sure") -> None:
    for option in options:
        item(page, number).get_by_role("button", name=f"Option {option}", exact=True).click()
    item(page, number).get_by_role("radio", name=confidence).check()


def test_a_whole_visit_on_one_page(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    expect(page.get_by_role("heading", name="0 of 3 answered")).to_be_visible()
    for number in (1, 2, 3):
        reply(page, number, 1, 5, 9)
        item(page, number).get_by_label("What does it see?").fill(f"thing {number}")
    expect(page.get_by_role("heading", name="3 of 3 answered")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Finish").dblclick()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    session, *trials = json.loads(Path(download.value.path()).read_text())
    assert [t["trial_index"] for t in trials] == [1, 2, 3]
    for number, trial in enumerate(trials, start=1):
        assert trial["trial_type"] == "imetric-question" and trial["concept"] == f"thing {number}"
        assert trial["response"] == [0, 4, 8] and trial["confidence"] == 2
        assert [trial["choice_order"][k] for k in trial["response"]] == trial["choice_ids"]
        assert {view["level"] for view in trial["view_history"]} == {1}
        assert trial["rt"] > 0
    assert sum(t["rt"] for t in trials) <= trials[-1]["time_elapsed"], "one question's time at a time"
    assert len({t["question_id"] for t in trials}) == 3


def test_handing_in_leads_to_the_first_unanswered_question(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    reply(page, 1, 1, 2, 3)
    reply(page, 3, 1, 2, 3)
    item(page, 2).get_by_role("button", name="Option 1", exact=True).click()
    page.get_by_role("button", name="Finish").click(force=True)
    expect(item(page, 2)).to_be_focused()
    expect(item(page, 2)).to_be_in_viewport()
    expect(item(page, 2).get_by_text("Pick 2 more")).to_be_visible()
    expect(item(page, 1).locator(".needed")).to_be_hidden()
    expect(page.locator("#live")).to_have_text("Question 2 of 3: Pick 2 more")
    expect(page.get_by_text("Not complete yet: 2")).to_be_attached()
    reply(page, 2, 4, 7)
    expect(page.get_by_text("Not complete yet: 2")).to_have_count(0)
    with page.expect_download():
        page.get_by_role("button", name="Finish").click()


def test_never_four_and_each_question_for_itself(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    reply(page, 1, 1, 2, 3, 4)
    expect(item(page, 1).get_by_text("That would be one too many")).to_be_visible()
    expect(item(page, 2).get_by_text("That would be one too many")).to_have_count(0)
    assert item(page, 1).locator(".option[aria-pressed=true]").count() == 3
    assert item(page, 2).locator(".option[aria-pressed=true]").count() == 0
    assert item(page, 2).get_by_role("radio", checked=True).count() == 0
    item(page, 1).get_by_label("Crop size").fill("4")
    expect(item(page, 2).get_by_label("Crop size")).to_have_value("1")


def test_enter_in_the_line_of_text_hands_nothing_in(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    for number in (1, 2, 3):
        reply(page, number, 1, 2, 3)
    item(page, 1).get_by_label("What does it see?").press("Enter")
    page.wait_for_timeout(200)
    expect(page.get_by_role("button", name="Finish")).to_be_visible()
    assert page.evaluate(STATE)["step"] == 0


def test_reload_keeps_picks_words_times_and_place(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    reply(page, 1, 2, 4, 6)
    item(page, 2).get_by_role("button", name="Option 8", exact=True).click()
    item(page, 2).get_by_label("What does it see?").fill("수염")
    item(page, 2).get_by_label("Crop size").fill("3")
    page.wait_for_timeout(300)
    order = page.locator(".option").evaluate_all("all => all.map((option) => option.dataset.id)")
    page.reload()
    ready(page)
    assert page.locator(".option").evaluate_all("all => all.map((option) => option.dataset.id)") == order
    expect(page.get_by_role("heading", name="1 of 3 answered")).to_be_visible()
    expect(item(page, 2)).to_be_in_viewport(ratio=0.5)
    expect(item(page, 2).get_by_label("What does it see?")).to_have_value("수염")
    expect(item(page, 2).get_by_label("Crop size")).to_have_value("3")
    pressed = page.locator(".option").evaluate_all("all => all.map((option) => option.getAttribute('aria-pressed'))")
    assert [k for k, one in enumerate(pressed) if one == "true"] == [1, 3, 5, 16]
    drafts = page.evaluate(STATE)["drafts"]
    (second,) = [draft for draft in drafts.values() if draft["concept"]]
    assert second["seen"] >= 300 and second["view_history"][-1]["level"] == 3


def test_a_question_out_of_view_takes_no_time(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    item(page, 3).scroll_into_view_if_needed()
    item(page, 3).evaluate("node => node.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(150)
    before = page.evaluate(STATE)["drafts"]
    page.wait_for_timeout(400)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    after = page.evaluate(STATE)["drafts"]
    grown = sorted(after[q]["seen"] - before[q]["seen"] for q in after)
    assert grown[:2] == [0, 0] and grown[2] >= 400


def test_pictures_come_from_above_and_one_that_fails_holds_up_only_its_question(
    browser, short_site: Callable[..., str], tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    where = short_site(experiment=2, count=3, layout="scroll", shuffle=False)
    study = page.request.get(where).text()
    study = json.loads(study.split('id="study">')[1].split("</script>")[0])
    lost = tmp_path / "short" / "exp2" / study["sets"][0][1]["options"][4]["src"]
    content = lost.read_bytes()
    lost.unlink()
    asked: list[str] = []
    page.on("request", lambda request: "/pictures/" in request.url and asked.append(request.url.split("/")[-1]))
    page.goto(where)
    fill_start(page)
    ready(page, 2)
    expect(item(page, 2).locator(".waiting")).to_have_text(
        "Option 5 could not be loaded. Please check your connection; it is tried again."
    )
    assert asked.index(study["sets"][0][0]["options"][8]["src"].split("/")[-1]) < asked.index(
        study["sets"][0][2]["options"][0]["src"].split("/")[-1]
    )
    lost.write_bytes(content)
    ready(page)
    page.close()


def test_a_damaged_question_restarts_that_question_only(page: Page, short_site: Callable[..., str]) -> None:
    begin(page, short_site)
    reply(page, 1, 1, 2, 3)
    reply(page, 2, 1, 2, 3)
    page.add_init_script(f"""if (!window.name) {{
        window.name = "once";
        const key = Object.keys(localStorage).find((k) => k.endsWith(':2'));
        if (key) {{
            const kept = {STATE};
            kept.drafts[Object.keys(kept.drafts).find((id) => kept.drafts[id].choices.length)].choices = ["x"];
            localStorage.setItem(key, JSON.stringify(kept));
        }}
    }}""")
    page.reload()
    ready(page)
    expect(page.get_by_role("heading", name="1 of 3 answered")).to_be_visible()


def test_while_one_picture_keeps_failing_the_others_still_come_one_question_at_a_time(
    browser, short_site: Callable[..., str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    where = short_site(experiment=2, count=5, layout="scroll", shuffle=False)
    study = json.loads(page.request.get(where).text().split('id="study">')[1].split("</script>")[0])
    failing, slow = (study["sets"][0][k]["options"][4]["src"] for k in (0, 2))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(f"**/{failing}*", lambda route: route.abort())
    page.route(f"**/{slow}*", lambda route: None)  # on its way for as long as the page is open
    page.goto(where)
    fill_start(page)
    ready(page, 1)  # the second: the first fails, the third is on its way
    for _ in range(200):
        if any(url.endswith(f"{failing}?again=3") for url in asked):
            break
        page.wait_for_timeout(100)
    assert any(url.endswith(f"{failing}?again=3") for url in asked), "it was told of three failures"
    begun = [
        k
        for k, question in enumerate(study["sets"][0], start=1)
        if any(option["src"] in url for option in question["options"] for url in asked)
    ]
    assert begun == [1, 2, 3], "the fourth question waits for the third"
    page.close()
