"""What was answered so far is sent along the way where the study asks for it, and nobody notices."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from scoring.files.unfinished import is_partial, rows_so_far
from tests.sites.conftest import READY, Watch, answer, fill_start, ready, served
from tests.sites.declared import declared

ENDPOINT = "https://collect.example.org/api/data/"
HEALTH = "https://collect.example.org/health"
ALONG = {"upload_url": ENDPOINT, "upload_experiment": "abc123", "upload_partial": True}
SENTENCES = {
    "en": "While you answer, your answers so far are sent to the people who run this study, and to nobody else. If you stop "
    "early, they keep what you had answered until then, to know how far people come. What you say about yourself is sent "
    "only at the end, with all of your answers.",
    "ko": "답하시는 동안 그때까지의 답변이 이 연구를 진행하는 사람들에게만 전송됩니다. 중간에 그만두시더라도 그때까지의 답변은 남아 있으며, "
    "참가자들이 어디까지 진행했는지 알아보는 데 쓰입니다. 참가자 정보는 마지막에 모든 답변과 함께 전송됩니다.",
}


class Collector:
    """Takes what the pages send; while `held` is a list, requests wait in it for `let_go`."""

    def __init__(self, page: Page, status: int | None = 201) -> None:
        self.files: list[tuple[str, list[dict]]] = []
        self.status, self.held = status, None
        page.route(ENDPOINT, self.take)

    def take(self, route: Route) -> None:
        body = json.loads(route.request.post_data)
        assert set(body) == {"experimentID", "filename", "data"} and body["experimentID"] == "abc123"
        self.files.append((body["filename"], json.loads(body["data"])))
        if self.held is not None:
            self.held.append(route)
        else:
            self.answer(route)

    def answer(self, route: Route) -> None:
        if self.status is None:
            route.abort()
        else:
            route.fulfill(status=self.status, headers={"Access-Control-Allow-Origin": "*"}, body="{}")

    def let_go(self) -> None:
        held, self.held = self.held, None
        for route in held or []:
            self.answer(route)

    def answered(self) -> list[int]:
        """Of each file that came: how many questions it answers, negative in a complete one."""
        counts = [sum(row["trial_type"] == "imetric-question" for row in rows) for _, rows in self.files]
        return [n if is_partial(rows) else -n for n, (_, rows) in zip(counts, self.files, strict=True)]


def test_after_every_question_what_was_answered_so_far_is_sent(
    page: Page, watch: Watch, short_site: Callable[..., str]
) -> None:
    collector = Collector(page)
    page.goto(short_site(count=3, practice=1, **ALONG))
    fill_start(page)
    for _ in range(3):
        answer(page)
    expect(page.get_by_text("your answers have arrived safely")).to_be_visible()
    page.wait_for_timeout(200)
    # Consent; the practice question; the questions, the last of them with the complete file.
    assert collector.answered() == [0, 0, 0, 1, 2, -3]
    session = collector.files[0][1][0]["session_id"]
    names = [name for name, _ in collector.files]
    assert names == [f"imetric_exp1_teststudy1_{session}_partial.json"] * 5 + [
        f"imetric_exp1_teststudy1_{session}.json"
    ]
    for _, rows in collector.files[:-1]:
        assert len(rows_so_far(rows)) == len(rows) and rows[0]["response"] == {}
    last = collector.files[-1][1]
    assert last[0]["response"]["name"] == "Robin"
    so_far = collector.files[-2][1]
    assert so_far[1:] == last[: len(so_far)][1:], "the same answers, without the questionnaire"
    watch.foreign.clear()


def test_one_request_is_under_way_and_the_newest_answers_come_next(
    page: Page, watch: Watch, short_site: Callable[..., str]
) -> None:
    collector = Collector(page)
    page.goto(short_site(count=5, **ALONG))
    collector.held = []
    fill_start(page)
    for _ in range(3):
        answer(page)
    ready(page)
    page.wait_for_timeout(200)
    assert collector.answered() == [0], "the others wait"
    collector.let_go()
    page.wait_for_timeout(300)
    assert collector.answered() == [0, 3]
    collector.held = []  # a request that never ends holds up neither the last question nor the complete file
    answer(page)
    page.wait_for_timeout(200)
    collector.held = None
    answer(page)
    expect(page.get_by_text("your answers have arrived safely")).to_be_visible()
    assert collector.answered() == [0, 3, 4, -5]
    watch.foreign.clear()


@pytest.mark.parametrize("status", [None, 500, 400], ids=["cut", "500", "400"])
def test_what_fails_is_told_to_nobody_and_sent_with_the_next_or_on_leaving(
    browser: Browser, short_site: Callable[..., str], status: int | None
) -> None:
    page = browser.new_page()
    collector = Collector(page, status)
    page.goto(short_site(**ALONG))
    fill_start(page)
    answer(page)
    ready(page)
    page.wait_for_timeout(200)
    expect(page.locator("#notices")).to_have_text("")
    assert collector.answered() == [0, 0, 1]
    collector.status = 201
    # As when a phone puts the page away; that it is so too when the page is left, tests/collector/test_pages.py sees.
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    page.wait_for_timeout(200)
    assert collector.answered() == [0, 0, 1, 1]
    page.close()


def test_questions_on_one_page_are_sent_when_they_are_complete(
    page: Page, watch: Watch, short_site: Callable[..., str]
) -> None:
    collector = Collector(page)
    page.goto(short_site(layout="scroll", **ALONG))
    fill_start(page)
    ready(page)
    for k in (1, 0):
        item = page.locator("section.item").nth(k)
        item.locator(READY).wait_for()
        for option in (1, 2, 3):
            item.get_by_role("button", name=f"Option {option}", exact=True).click()
        item.get_by_role("radio", name="Guessing").check()
        page.wait_for_timeout(200)
        assert collector.answered()[-1] == 2 - k
    partial = collector.files[-1][1]
    times = [row["time_elapsed"] for row in partial[1:]]
    assert times[0] > times[1], "the second question was complete first"
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("your answers have arrived safely")).to_be_visible()
    assert collector.answered()[-1] == -2
    watch.foreign.clear()


@pytest.mark.parametrize("lang", SENTENCES)
def test_the_first_page_says_so_where_it_is_so(page: Page, short_site: Callable[..., str], lang: str) -> None:
    page.goto(short_site(lang=lang, **ALONG))
    expect(page.get_by_text(SENTENCES[lang], exact=True)).to_be_visible()
    asked = {f"ask_{name}": False for name in ("name", "age", "gender", "major", "background")}
    page.goto(short_site(lang=lang, **ALONG, **asked))
    expect(page.get_by_text(re.compile(f"^{re.escape(SENTENCES[lang][:80])}"))).to_be_visible()
    expect(page.get_by_text(SENTENCES[lang], exact=True)).to_have_count(0)
    page.goto(short_site(lang=lang, **{**ALONG, "upload_partial": False}))
    expect(page.get_by_text(SENTENCES[lang][:20])).to_have_count(0)


def counts(**more: int) -> list[dict]:
    """Counts of conditions 2 and none in two sets, one complete session each; more: on top, by condition and set."""
    return [
        {"condition": name, "set": k, "complete": 1, "running": more.get(f"{prefix}{k}", 0), "given_up": 9}
        for name, prefix in ((2, "two"), ("none", "none")) for k in (1, 2)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory):
    folder = declared(tmp_path_factory.mktemp("front"), "2", "none", sets=2, assign_url=HEALTH)
    with served(folder) as where:
        yield where


def test_the_front_page_sends_to_where_fewest_are(page: Page, watch: Watch, front: str) -> None:
    told: dict = {}
    asked: list[Route] = []

    def health(route: Route) -> None:
        asked.append(route)
        route.fulfill(json=told, headers={"Access-Control-Allow-Origin": "*"})

    page.route(HEALTH, health)

    def assigned(words: str = "", draws: tuple[int, ...] = ()) -> tuple[str, str]:
        """Condition and set of a new visitor; draws: the random numbers that the front page gets."""
        page.goto(f"{front}/style.css")
        page.evaluate(f"localStorage.clear(); localStorage.draws = '{list(draws)}'")
        page.goto(f"{front}/{words}")
        page.wait_for_url(re.compile(r"/exp\w+/\?.*set=\d"))
        found = re.search(r"/exp(\w+)/\?.*set=(\d)", page.url)
        assert found and page.evaluate("localStorage.draws") == "[]"
        return found[1], found[2]

    page.add_init_script("""const real = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (into) => {
        const draws = JSON.parse(localStorage.draws);
        if (!(into instanceof Uint32Array) || !draws.length) return real(into);
        into[0] = draws.shift();
        localStorage.draws = JSON.stringify(draws);
        return into;
    };""")
    told |= {"study_id": "teststudy1", "counts": counts(two1=1, two2=2, none2=1)}
    assert assigned() == ("none", "1")
    assert assigned("?exp=2") == ("2", "1") and assigned("?set=2") == ("none", "2")
    told["counts"] = counts(two1=3, none2=3)  # two alike
    assert [assigned(draws=(k,)) for k in (0, 1)] == [("2", "2"), ("none", "1")]
    before = len(asked)
    assert assigned("?exp=none&set=1") == ("none", "1")
    assert len(asked) == before, "nobody is asked where there is nothing to choose"
    # What is no answer about this study sends to each with even chance: two draws.
    for wrong in ({**told, "study_id": "another"}, {**told, "counts": counts()[:3]}, {"study_id": "teststudy1"}):
        told.clear()
        told.update(wrong)
        assert assigned(draws=(1, 0)) == ("none", "1")
    assert set(watch.foreign) == {HEALTH}, "nobody else is asked"
    watch.foreign.clear()


def test_a_visitor_waits_two_seconds_for_counts_and_no_longer(page: Page, watch: Watch, front: str) -> None:
    page.route(HEALTH, lambda route: None)  # no answer ever comes
    page.goto(front)
    page.wait_for_url(re.compile(r"/exp\w+/\?set=\d"), timeout=4000)
    watch.foreign.clear()


def test_the_front_page_may_ask_that_address_alone(tmp_path: Path) -> None:
    folder = declared(tmp_path, "2", assign_url=HEALTH)
    page = (folder / "index.html").read_text()
    assert '; connect-src https://collect.example.org"' in page and "form-action 'none'" in html.unescape(page)
    assert "connect-src" not in (folder / "exp2" / "index.html").read_text()
    assert "connect-src" not in (declared(tmp_path / "off", "2") / "index.html").read_text()
