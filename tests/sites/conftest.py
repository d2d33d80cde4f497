"""Sites of a small painted study, served on this machine, in a real browser that reports everything that goes wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from generator.questions.conditions import named
from generator.questions.question import PREFIX, Attribution, Option, Question, QuestionPictures, QuestionSet, Role
from generator.sites.render import render_sites
from generator.study.site import SiteSettings

SIDE = 64
NO_PICTURES = QuestionPictures((), (), ())  # of no picture set


def painted(seed: int) -> np.ndarray:
    """A picture of a few coloured squares, uint8 [64, 64, 3]."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIDE, SIDE, 3), rng.integers(40, 220, 3), np.uint8)
    for _ in range(6):
        x, y, side = rng.integers(0, SIDE - 16), rng.integers(0, SIDE - 16), rng.integers(8, 28)
        picture[y : y + side, x : x + side] = rng.integers(0, 255, 3)
    return picture


def question_set(count: int = 10, study_id: str = "teststudy1", practice: int = 0, catches: int = 0) -> QuestionSet:
    """Questions with random pictures and grid-cams."""
    rng = np.random.default_rng(0)
    questions = []
    counts: dict[Role, int] = {"study": count, "practice": practice, "catch": catches}
    roles = [(role, number) for role, of_role in counts.items() for number in range(1, of_role + 1)]
    for q, (role, number) in enumerate(roles):
        shown = [
            Attribution(kind, painted(1000 * q + k), gridcam=rng.random((4, 8, 8), dtype=np.float32), method=method)
            for k, (kind, method) in enumerate([("feature_visualization", "madry")] * 2 + [("dataset_example", None)] * 4)
        ]
        options = tuple(
            Option(f"o{q:02d}{k}{rng.integers(16**8):08x}", painted(1000 * q + 50 + k), float(k < 3)) for k in range(9)
        )
        order = rng.permutation(9)
        questions.append(
            Question(
                f"{PREFIX[role]}{number:02d}", role, 7 * q, 7 * q, NO_PICTURES, tuple(options[k] for k in order),
                tuple(sorted(o.id for o in options[:3])), examples=tuple(shown[2:]), visualizations=tuple(shown[:2]),
            )
        )  # fmt: skip
    return QuestionSet(study_id, tuple(questions))


@dataclass
class Watch:
    """What the browser complained about, and what it asked other origins for."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "dist"
    render_sites(question_set(), SiteSettings(contact="study@example.org"), out)
    return out


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".webp": "image/webp"}

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send_head(self):
        del self.headers["If-Modified-Since"]  # it counts in seconds: a site rebuilt within one would look unchanged
        return super().send_head()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's address on this machine while it is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.handle_error = lambda *_: None  # a browser that leaves while a picture is on its way is no error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(dist: Path) -> Iterator[str]:
    with served(dist) as where:
        yield where


@pytest.fixture
def short_site(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Builds and serves one experiment, of two questions unless told; takes site settings, gives the address."""
    with ExitStack() as stack:

        def make(experiment: int = 1, count: int = 2, practice: int = 0, catches: int = 0, **settings: object) -> str:
            questions = question_set(count, practice=practice, catches=catches)
            render_sites(questions, SiteSettings(**settings), tmp_path / "short", conditions=named(experiment))
            return stack.enter_context(served(tmp_path / "short")) + f"/exp{experiment}/"

        yield make


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    yield opened
    opened.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[Watch]:
    """What goes wrong in a context; at its end nothing may have: no console error, no request blocked or elsewhere."""
    seen = Watch()
    context.on("console", lambda message: message.type == "error" and seen.errors.append(message.text))
    context.on("weberror", lambda error: seen.errors.append(str(error.error)))
    context.on("request", lambda r: not r.url.startswith(("http://127.0.0.1:", "blob:")) and seen.foreign.append(r.url))
    yield seen
    assert seen.errors == []
    assert seen.foreign == []


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Every test ends with no console error, no blocked request and no request to another origin."""
    with watched(context) as seen:
        yield seen


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    return context.new_page()


READY = ".question:not(.loading)"  # of a question whose pictures are there


def ready(page: Page, question: str = READY) -> None:
    """Wait until a question can be answered and its time runs: from the first frame that shows it, see painted()."""
    page.wait_for_selector(question)
    page.evaluate("new Promise((run) => { requestAnimationFrame(run); setTimeout(run, 100); })")


def fill_start(page: Page, name: str = "Robin", practise: bool = True) -> None:
    """Answer the questionnaire, pass practice if there is one (or stop before it), and go on to the first question."""
    page.get_by_label("Name or pseudonym").fill(name)
    page.get_by_label("Age", exact=True).fill("29")
    page.get_by_label("Gender").select_option("other")
    page.get_by_label("Field of study or work").fill("Biology")
    page.get_by_label("Experience with deep learning").select_option("some")
    page.get_by_label("I am 18 or older").check()
    page.get_by_role("button", name="Continue").click()
    practised = page.get_by_role("button", name="Practise")
    if practised.or_(page.get_by_role("button", name="Begin")).text_content() == "Begin":
        page.get_by_role("button", name="Begin").click()
    elif practise:
        practised.click()
        pass_practice(page)


def study_of(page: Page) -> dict:
    """The data that the page in view holds."""
    return json.loads(page.locator("#study").text_content())


def pass_practice(page: Page) -> None:
    """Answer every practice question rightly at once and go on to the first question."""
    for question in study_of(page)["practice"]:
        ready(page, f"{READY} [data-id={question['solution'][0]}]")
        for option in question["solution"]:
            page.locator(f"[data-id={option}]").click()
        page.get_by_role("button", name="Check").click()
        page.get_by_role("button", name="Next").or_(page.get_by_role("button", name="Begin the questions")).click()


def answer(
    page: Page, options: tuple[int, ...] = (1, 5, 9), confidence: str = "Fairly sure", concept: str = ""
) -> None:
    """Answer the question in view and go on."""
    ready(page)
    for number in options:
        page.get_by_role("button", name=f"Option {number}", exact=True).click()
    page.get_by_role("radio", name=confidence).check()
    if concept:
        page.get_by_label("What does it see?").fill(concept)
    page.get_by_role("button", name="Next").or_(page.get_by_role("button", name="Finish")).click()
