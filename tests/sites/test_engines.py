"""The same visit in Chromium, Firefox and WebKit: answered, left and taken up, kept, saved and sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.engines import Engine, Tab

pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")  # selenium, of itself
READY = """(number) => document.querySelector(`.question:not(.loading)`)
    && (!number || document.querySelector("h1").textContent.includes(`Question ${number} of`))"""
KEPT = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.endsWith(':1'))))"
THANKS = "You have already taken part in this study. Thank you!"
# What the browser complains about, in any engine: errors of scripts, of what is loaded, of the security policy.
WATCH = """window.complaints = [];
addEventListener("error", (event) => complaints.push(event.message ?? `${event.target.src ?? event.target.href} did not load`), true);
addEventListener("unhandledrejection", (event) => complaints.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => complaints.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""
BLOCKED = 'Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError"); }});'
FULL = 'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };'


@pytest.fixture
def tab(engine: Engine) -> Iterator[Tab]:
    with engine.visitor() as opened:
        yield opened
        assert opened.evaluate("() => window.complaints ?? []") == []


@pytest.fixture
def site(short_site: Callable[..., str], tmp_path: Path) -> Callable[..., str]:
    """As `short_site`; `first` is JavaScript that runs on the page before its own."""

    def make(first: str = "", **settings: object) -> str:
        address = short_site(**settings)
        for page in (tmp_path / "short").glob("exp*/index.html"):
            (page.parent / "assets" / "first.js").write_text(WATCH + first)
            text = page.read_text("utf-8").replace("<link ", '<script src="assets/first.js"></script><link ', 1)
            page.write_text(text, "utf-8")
        return address

    return make


def fill_start(tab: Tab, name: str = "Robin") -> None:
    """Answer the questionnaire and go on to how it works."""
    tab.fill("Name or pseudonym", name)
    tab.fill("Age", "29")
    tab.set("Gender", "other")
    tab.fill("Field of study or work", "Biology")
    tab.set("Experience with deep learning", "some")
    tab.press("I am 18 or older and take part of my own free will. I know that I can stop at any time.")
    tab.press("Continue")


def begin(tab: Tab, address: str) -> None:
    tab.open(address)
    fill_start(tab)
    tab.press("Begin")


def pick(tab: Tab, *options: int) -> None:
    for number in options:
        tab.press(f"Option {number}")


def answer(tab: Tab, number: int, options: tuple[int, ...] = (1, 5, 9), last: bool = False) -> None:
    """Answer the question of this number and go on."""
    tab.wait(READY, number)
    pick(tab, *options)
    tab.press("Fairly sure")
    tab.press("Finish" if last else "Next")


def practise(tab: Tab) -> None:
    tab.wait(READY, None)
    for option in tab.evaluate("() => JSON.parse(document.querySelector('#study').textContent).practice[0].solution"):
        tab.press(tab.evaluate(f"() => document.querySelector('[data-id={option}]').getAttribute('aria-label')"))
    tab.press("Check")
    tab.press("Begin the questions")


@pytest.mark.parametrize("experiment", [1, 2, 3])
def test_a_whole_visit_with_a_reload_in_between(tab: Tab, site: Callable[..., str], experiment: int) -> None:
    tab.open(site(experiment=experiment, practice=1, catches=1) + "?PROLIFIC_PID=p17")
    fill_start(tab)
    tab.press("Practise")
    practise(tab)
    tab.wait(READY, 1)
    if experiment != 1:
        tab.set("Crop size", "3")
    tab.fill("What does it see?", "수염 <b>")
    answer(tab, 1)
    tab.wait(READY, 2)
    pick(tab, 4)
    tab.reload()
    answer(tab, 2, (5, 6))  # with option 4 these are three
    answer(tab, 3, last=True)
    tab.reads("Thank you!")
    name, content = tab.saved()
    session, practice, *trials = json.loads(content)
    assert name == f"imetric_exp{experiment}_teststudy1_{session['session_id']}.json"
    assert session["subject_id"] == "p17" and session["viewport"] == [1280, 800]
    assert session["response"] == {
        "name": "Robin", "age": 29, "gender": "other", "major": "Biology", "background": "some"}  # fmt: skip
    assert practice["trial_type"] == "imetric-practice" and practice["passed"]
    assert [row["response"] for row in trials] == [[0, 4, 8], [3, 4, 5], [0, 4, 8]]
    assert trials[0]["concept"] == "수염 <b>" and all(row["rt"] > 0 for row in trials)
    levels = [view["level"] for view in trials[0]["view_history"]]
    assert levels[-1:] == ([] if experiment == 1 else [3])
    # Copied by hand, where the clipboard is refused.
    tab.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    tab.press("Copy the answers")
    assert json.loads(tab.wait("() => document.querySelector('textarea')?.value")) == json.loads(content)
    assert tab.evaluate("() => { const at = document.activeElement; return at.selectionEnd - at.selectionStart; }") > 0
    tab.reload()
    tab.reads(THANKS)


def test_grid_cams_are_drawn_for_every_level_and_the_pointer_shows_the_original(
    tab: Tab, site: Callable[..., str]
) -> None:
    begin(tab, site(experiment=3, shuffle=False))
    tab.wait(READY, 1)
    for level in (1, 4):
        tab.set("Crop size", str(level))
        shown = tab.evaluate("""() => [...document.querySelectorAll(".explained canvas")].map((canvas) =>
            [...canvas.getContext("2d").getImageData(0, 0, 8, 8).data].filter((_, k) => k % 4 === 0))""")
        assert shown == tab.evaluate(
            "(level) => JSON.parse(document.querySelector('#study').textContent).sets[0][0].attributions.map(({cams}) => cams[level - 1])",
            level,
        )
    covered = "() => getComputedStyle(document.querySelector('.explained canvas')).opacity === '0.645'"
    tab.wait(covered)
    tab.press("Explanation 1. Show originals")
    tab.wait(covered.replace("0.645", "0"))
    tab.press("Option 1")
    tab.wait(covered)
    (draft,) = tab.evaluate(f"() => {KEPT.replace(':1', ':3')}")["drafts"].values()
    assert [view["position"] for view in draft["original_views"]] == [0]
    assert tab.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), "no scrolling on a laptop"
    # No other origin was asked, and the policy lets none be asked.
    asked = tab.evaluate("() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin)")
    assert set(asked) == {tab.evaluate("() => location.origin")}
    refused = tab.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")
    complaints = tab.evaluate("() => window.complaints.splice(0)")
    assert refused == "refused" and [said.split(":")[0] for said in complaints] == ["connect-src"]


def test_closed_and_opened_again_on_every_page(tab: Tab, site: Callable[..., str]) -> None:
    where = site(practice=1)

    def reopened(old: Tab) -> Tab:
        new = old.another()
        old.close()
        new.open(where)
        return new

    at = tab.another()  # the first one stays, or some browsers would end
    at.open(where)
    at.fill("Name or pseudonym", "Kim <Lee>")
    at = reopened(at)
    at.wait("() => document.querySelector('#field-name')?.value === 'Kim <Lee>'")
    fill_start(at, "Kim <Lee>")
    at = reopened(at)
    at.press("Practise")
    at.wait(READY, None)
    at = reopened(at)
    practise(at)
    answer(at, 1)
    at.wait(READY, 2)
    pick(at, 2)
    at = reopened(at)
    at.wait(READY, 2)
    assert at.evaluate("() => document.querySelectorAll('.option[aria-pressed=true]').length") == 1
    answer(at, 2, (3, 4), last=True)
    at.reads("Thank you!")
    rows = json.loads(at.saved()[1])
    assert rows[0]["response"]["name"] == "Kim <Lee>" and len(rows) == 4
    at = reopened(at)
    at.reads(THANKS)
    at.press("Save the file again")
    assert json.loads(at.saved(2)[1]) == rows
    at.close()


def test_left_and_come_back_to_by_the_back_button(tab: Tab, site: Callable[..., str]) -> None:
    begin(tab, site())
    tab.wait(READY, 1)
    pick(tab, 2)
    tab.open("about:blank")
    tab.back()
    answer(tab, 1, (3, 4))
    tab.wait(READY, 2)
    (row,) = tab.evaluate(f"() => {KEPT}")["answers"]
    assert row["response"] == [1, 2, 3]


def test_two_tabs_never_undo_each_other(tab: Tab, site: Callable[..., str]) -> None:
    where = site()
    begin(tab, where)
    tab.wait(READY, 1)
    pick(tab, 1)
    second = tab.another()
    second.open(where)
    answer(second, 1, (2, 3))  # with option 1 these are three
    second.wait(READY, 2)
    tab.front()
    tab.reads("This study is open in another tab")
    tab.press("Continue here")
    answer(tab, 2, last=True)
    assert len(json.loads(tab.saved()[1])) == 3


@pytest.mark.parametrize("broken", [BLOCKED, FULL], ids=["blocked", "full"])
def test_without_storage_the_visit_goes_on(tab: Tab, site: Callable[..., str], broken: str) -> None:
    begin(tab, site(first=broken))
    tab.reads("This browser does not keep data for this page: please do not close or reload it before you are done.")
    answer(tab, 1)
    answer(tab, 2, last=True)
    assert len(json.loads(tab.saved()[1])) == 3


def test_damaged_storage_is_told_and_starts_afresh(tab: Tab, site: Callable[..., str]) -> None:
    where = site()
    begin(tab, where)
    tab.wait(READY, 1)
    aside = where + "assets/style.css"  # of the same origin, and keeps nothing itself
    tab.open(aside)
    tab.evaluate("() => { for (const key in localStorage) if (key.endsWith(':1')) localStorage.setItem(key, '{'); }")
    tab.open(where)
    tab.reads(
        "The answers kept in this browser could not be read, so the study starts from the beginning. We are sorry."
    )


@contextmanager
def endpoint(*statuses: int) -> Iterator[tuple[str, list[dict]]]:
    """An upload endpoint of another origin that answers with these in turn, the last one again and again; what it got."""
    left, got = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self.answer(204)

        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(left.pop(0) if len(left) > 1 else left[0])

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/data/", got
    server.shutdown()
    server.server_close()


def whole(got: list[dict]) -> list[dict]:
    """What was sent at the end; what is sent along the way says that it is a part."""
    return [body for body in got if not body.get("partial")]


def test_answers_are_sent_once_and_the_code_comes_after(tab: Tab, site: Callable[..., str]) -> None:
    with endpoint(500, 201) as (where, got):
        begin(tab, site(upload_url=where, upload_experiment="abc123", completion_code="C0FFEE"))
        answer(tab, 1)
        answer(tab, 2, last=True)
        tab.reads("your answers have arrived safely")
        tab.reads("C0FFEE")
        tab.reload()
        tab.reads("C0FFEE")
        first, second = whole(got)
    assert len(json.loads(second["data"])) == 3 and first["data"] == second["data"]
    assert second["filename"] == first["filename"].replace(".json", "_2.json")
    assert tab.files() == []


def test_answers_that_cannot_be_sent_are_saved_and_sent_later(tab: Tab, site: Callable[..., str]) -> None:
    hurry = "const later = setTimeout; window.setTimeout = (done, time) => later(done, time / 20);"
    statuses = [500] * 4 + [201]
    with endpoint(*statuses) as (where, got):
        begin(tab, site(first=hurry, upload_url=where, upload_experiment="abc123", completion_code="C0FFEE"))
        answer(tab, 1)
        answer(tab, 2, last=True)
        tab.reads("Your answers could not be sent. Nothing is lost")
        rows = json.loads(tab.saved()[1])
        assert not tab.evaluate("() => document.body.innerText.includes('C0FFEE')")
        tab.press("Send again")
        tab.reads("C0FFEE")
        assert json.loads(whole(got)[-1]["data"]) == rows and len(rows) == 3


def test_all_questions_on_one_page(tab: Tab, site: Callable[..., str]) -> None:
    begin(tab, site(experiment=2, layout="scroll"))
    tab.wait("() => document.querySelectorAll('.question:not(.loading)').length === 2")
    tab.press("Finish")
    tab.wait("() => document.activeElement.getAttribute('aria-labelledby') === 'question-1'")
    for number in (1, 2):
        for option in (1, 2, 3):
            tab.press(f"Option {option}", within=f"[aria-labelledby=question-{number}]")
        tab.press("Sure", within=f"[aria-labelledby=question-{number}]")
    tab.press("Finish")
    rows = json.loads(tab.saved()[1])
    assert [row["response"] for row in rows[1:]] == [[0, 1, 2]] * 2 and all(row["rt"] > 0 for row in rows[1:])


def test_a_picture_cut_short_is_tried_again(tab: Tab, site: Callable[..., str], tmp_path: Path) -> None:
    tab.open(site())
    study = json.loads(tab.evaluate("() => document.querySelector('#study').textContent"))
    broken = [tmp_path / "short" / "exp1" / question["options"][0]["src"] for question in study["sets"][0]]
    contents = [path.read_bytes() for path in broken]
    for path, content in zip(broken, contents, strict=True):
        path.write_bytes(content[: len(content) // 2])
    fill_start(tab)
    tab.press("Begin")
    tab.reads("could not be loaded. Please check your connection")
    assert tab.evaluate("() => getComputedStyle(document.querySelector('.question')).visibility") == "hidden"
    for path, content in zip(broken, contents, strict=True):
        path.write_bytes(content)
    tab.wait(READY, 1)


def test_opened_as_a_file_it_says_how_it_is_seen(engine: Engine, dist: Path) -> None:
    with engine.visitor() as tab:
        tab.open((dist / "exp3" / "index.html").as_uri())
        tab.reads("This page has not started.")
        tab.wait("() => document.querySelector('.not-started').checkVisibility({ visibilityProperty: true })")
        tab.reads("python -m generator serve")
