"""A study is built, its pages are answered in a browser, a collector takes what they send, and scoring reads its folder."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from generator.pipeline import build
from scoring.cli import app
from tests.collector.sites import collector, stored
from tests.sites.conftest import answer, fill_start, ready, served
from tests.small_study import Counting, study

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def arrives(browser: Browser, front: str) -> tuple[Page, str]:
    """A new visitor at the front page: the page of the condition that it sends to, and its name."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    with page.expect_response(re.compile(r"/health$")) as told:
        page.goto(front)
    assert told.value.status == 200
    page.wait_for_url(re.compile(r"/exp\d/"))
    found = re.search(r"/exp(\d)/", page.url)
    assert found
    return page, found[1]


def begins(page: Page) -> None:
    """Consent, and wait until the collector has it."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        fill_start(page)
    assert sent.value.status == 201


def rows_in(out: Path, folder: str) -> list[list[dict]]:
    return [json.loads(content) for content in stored(out, folder).values()]


def test_who_finishes_and_who_leaves_are_collected_and_counted(
    browser: Browser, photographs: Path, tmp_path: Path
) -> None:
    out, port = tmp_path / "results", free_port()
    own = f"http://127.0.0.1:{port}"
    site = {
        "practice": 0, "upload_url": f"{own}/api/data/", "upload_experiment": "small", "upload_partial": True,
        "assign_url": f"{own}/health",
    }  # fmt: skip
    built = build(
        study(photographs, site=site), out=tmp_path / "dist", private=tmp_path / "private",
        artifacts=tmp_path / "artifacts", device="cpu", reporter=Counting(),
    )  # fmt: skip
    with served(tmp_path / "dist") as pages, collector(
        tmp_path / "dist", out, "--port", str(port), "--origin", pages
    ):  # fmt: skip
        first, finished = arrives(browser, pages)
        begins(first)
        assert [len(rows) for rows in rows_in(out, "partial")] == [1]
        for _ in range(3):
            answer(first)
        expect(first.get_by_text("your answers have arrived safely")).to_be_visible()
        ((complete,), partial) = rows_in(out, "complete"), rows_in(out, "partial")
        assert (str(complete[0]["experiment"]), len(complete), partial) == (finished, 4, [])
        assert list(stored(out, "names").values()) == [b"Robin"]

        second, left = arrives(browser, pages)
        begins(second)
        answer(second)
        ready(second)
        second.route(f"{own}/**", lambda route: route.abort())  # the connection is gone for a while
        answer(second)
        ready(second)
        second.wait_for_timeout(200)
        assert [len(rows) for rows in rows_in(out, "partial")] == [2]
        second.unroute(f"{own}/**")
        second.close(run_before_unload=True)

        third, other = arrives(browser, pages)
        begins(third)
        assert {finished, left, other} == {"1", "2", "3"}, "each visitor goes to where nobody is yet"
        partial = sorted(rows_in(out, "partial"), key=len)
        assert [(str(rows[0]["experiment"]), len(rows)) for rows in partial] == [(other, 1), (left, 3)]
        for each in (first, third):
            each.context.close()

    done = CliRunner().invoke(
        app, ["score", str(out), "--private", str(tmp_path / "private"), "--out", str(tmp_path / "report")]
    )
    assert done.exit_code == 0, done.output
    flow = json.loads((tmp_path / "report" / "summary.json").read_text())["flow"]
    assert (flow["participants"], flow["unfinished"]) == (1, 2)
    after = {str(each["experiment"]): each["left_after"] for each in flow["conditions"]}
    assert after == {
        finished: [], left: [{"questions": 2, "sessions": 1}], other: [{"questions": 0, "sessions": 1}]
    }  # fmt: skip
    assert built.study_id == json.loads((tmp_path / "report" / "summary.json").read_text())["study_id"]
