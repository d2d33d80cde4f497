"""check meets an address as browsers do: a good host passes, and each thing that goes wrong on hosts is told in words."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from generator.__main__ import app
from generator.errors import StudyError
from generator.questions.conditions import named
from generator.sites.publication import fetching
from generator.sites.publication.check import Report, check, folder_address
from generator.sites.publication.contents import look
from generator.sites.publication.fetching import Answer, Fetcher
from generator.sites.publication.judging import of_page
from generator.sites.publication.publish import prepared
from generator.sites.publication.references import Page
from generator.sites.render import render_sites
from generator.study.site import SiteSettings
from tests.sites.conftest import question_set
from tests.sites.publication.conftest import Damage
from tests.sites.publication.host import Change, Host, Reply, hosted
from tests.sites.publication.test_contents import (
    another_build,
    another_study,
    no_longer_listed,
    removed,
    replaced,
    written,
)  # fmt: skip
from tests.sites.test_build import contents
from tests.sites.test_site_folder import render_pilot

MARKER = "imetric-site.json"
KEPT = "browsers may keep files for 10 min: another build is seen that much later (Cache-Control)"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE", 0.01)


def visit(host: Host, below: str = "") -> tuple[Report, list[tuple[str, str]]]:
    """The report, and its findings with HOST for the address."""
    with hosted(host) as address:
        report = check(address + below, Fetcher())
        named_ = [(f.where.replace(address, "HOST/").replace(address[:-1], "HOST"), f.what.replace(address, "HOST/")) for f in report.findings]
        report.notes = [note.replace(address, "HOST/") for note in report.notes]
    return report, named_


def test_what_was_published_is_found_as_it_was_built(dist: Path, bare: Path, tmp_path: Path) -> None:
    """From dist over the branch of a bare repository and a clone of it to a host."""
    render_pilot(tmp_path / "other")
    (tmp_path / "other" / "dist" / "pilot").rename(dist / "pilot")
    with prepared(look(dist), remote=str(bare)) as publication:
        publication.push()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "gh-pages", bare, clone], check=True)
    host = Host(clone)
    report, found = visit(host)
    assert found == []
    assert report.notes == ["HOST/.git/ is served: anybody can read that repository and its history", KEPT]
    assert (report.study_id, report.sites) == ("teststudy1", ["exp1", "exp3", "pilot"])
    asked = [path.removeprefix("/study/") for _, path in host.asked]
    named_ = {name for name in contents(dist) if not name.rpartition("/")[2].startswith(".")}
    assert {name.removesuffix("index.html") for name in named_} <= set(asked)
    assert report.files == len(named_)
    assert report.bytes == sum(len(content) for name, content in contents(dist).items() if name in named_)


def test_a_site_alone_is_checked_at_any_of_its_addresses(dist: Path) -> None:
    count = len([name for name in contents(dist / "exp1") if not name.startswith(".")])
    for below in ("exp1", "exp1/", "exp1/index.html", "exp1/?PROLIFIC_PID=1#x"):
        report, found = visit(Host(dist), below)
        assert (found, report.sites, report.files, report.study_id) == ([], ["."], count, "teststudy1")


def served(change: Change) -> Callable[[Host], None]:
    def apply(host: Host) -> None:
        host.change = change

    return apply


def at(end: str, **changes: object) -> Callable[[Host], None]:
    """Replies to paths that end so are changed."""
    return served(lambda path, reply: dataclasses.replace(reply, **changes) if path.endswith(end) else reply)


def headers(end: str, **named_: str) -> Callable[[Host], None]:
    more = {name.replace("_", "-"): value for name, value in named_.items()}
    return served(
        lambda path, reply: dataclasses.replace(reply, headers={**reply.headers, **more}) if path.endswith(end) else reply
    )


def spa(path: str, reply: Reply) -> Reply:
    """A host that answers everything it does not know with a page."""
    return Reply(200, {"Content-Type": "text/html"}, b"<h1>Welcome</h1>") if reply.status == 404 else reply


def bare_page(host: Host) -> None:
    page = (host.folder / "index.html").read_bytes()
    host.change = lambda path, reply: Reply(200, {"Content-Type": "text/html"}, page) if path == "/study" else reply


HASH = "is not as it was built: its hash is not the one that the marker tells"
PRIVATE = "is public, and nobody may see it who takes part: remove it from the server"


@pytest.mark.parametrize(
    "damage, expected",
    [
        (removed("exp1/assets/question.js"), [("exp1/assets/question.js", "answers 404 Not Found; exp1/assets/paged.js asks for it")]),
        (no_longer_listed("exp1/assets/question.js"), [("exp1/assets/question.js", "answers 404 Not Found; exp1/assets/paged.js asks for it")]),
        (removed(f"exp1/{MARKER}"), [(f"exp1/{MARKER}", "answers 404 Not Found")]),
        (
            written(f"exp1/{MARKER}", "{}"),
            [("exp1/", "is of another build than the front page: publish again, or wait")],
        ),
        (removed("exp1/robots.txt"), [("exp1/robots.txt", "answers 404 Not Found")]),
        (removed("exp3/index.html"), [("exp3/index.html", "answers 404 Not Found")]),
        (written("exp1/assets/style.css", "p {}"), [("exp1/assets/style.css", HASH)]),
        (
            replaced("exp1/index.html", '<link rel="icon"', '<script src="https://example.org/a.js"></script><link rel="icon"'),
            [("exp1/index.html", "asks for 'https://example.org/a.js', which is another origin's")],
        ),
        (
            replaced("exp1/assets/style.css", "body", 'body { background: url(/b.png) } body'),
            [("exp1/assets/style.css", "asks for '/b.png', which begins with / and is not found when the folder lies below another")],
        ),
        (
            replaced("exp1/index.html", "default-src &#39;none&#39;", "default-src 'self' https://cdn.example.org"),
            [
                ("exp1/index.html", "has a content security policy that does not begin with default-src 'none'"),
                ("exp1/index.html", "has a content security policy that allows https://cdn.example.org (default-src)"),
            ],
        ),
        (
            replaced("exp1/index.html", 'http-equiv="Content-Security-Policy"', 'name="policy"'),
            [("exp1/index.html", "has no content security policy: nothing keeps other origins out")],
        ),
        (another_study, [("HOST/", f"holds sites of different studies (imetric-front.json and exp3/{MARKER})")]),
        (another_build, [("exp3/", "is of another build than the front page: publish again, or wait")]),
        (written("private/teststudy1/answer_key.json", "{}"), [("HOST/private/teststudy1/answer_key.json", PRIVATE)]),
        (written("answer_key.json", "{}"), [("HOST/answer_key.json", PRIVATE)]),
    ],
)  # fmt: skip
def test_what_lies_there_wrongly_is_told(dist: Path, damage: Damage, expected: list[tuple[str, str]]) -> None:
    damage(dist)
    assert visit(Host(dist))[1] == expected


@pytest.mark.parametrize(
    "damage, expected",
    [
        (
            headers("main.js", Content_Type="text/plain"),
            [("exp1/assets/main.js", "is served as text/plain and not as text/javascript"), ("exp3/assets/main.js", "is served as text/plain and not as text/javascript")],
        ),
        (headers("/study/style.css", Content_Type=""), [("style.css", "is served as no type and not as text/css")]),
        (headers("/exp1/", Content_Type="text/html; charset=ISO-8859-1"), [("exp1/index.html", "is served in iso-8859-1 and not in utf-8")]),
        (
            headers("/exp1/", Content_Security_Policy="default-src 'self'; script-src https://cdn.example.org; img-src *"),
            [("exp1/index.html", "is served with a content security policy of the server's that forbids scripts")],
        ),
        (headers("/exp1/", Content_Security_Policy="default-src 'self'"), []),
        (at("/study/assign.js", status=301, headers={"Location": "http://localhost:1/assign.js"}), [("assign.js", "is redirected to another origin, http://localhost:1/assign.js")]),
        (at("/study/assign.js", status=302, headers={"Location": "/study/assign.js"}), [("assign.js", "is redirected more than 5 times")]),
        (at("/study/assign.js", status=302, headers={"Location": "file:///etc/passwd"}), [("assign.js", "is redirected to file:///etc/passwd")]),
        (at("/study/assign.js", status=503, headers={}), [("assign.js", "answers 503 Service Unavailable")]),
        (at("/study/assign.js", status=299, headers={}), [("assign.js", "answers 299")]),
        (at("/study/assign.js", body=b"half", length=100), [("assign.js", "is cut short")]),
        (at("/study/assign.js", body=b"no", headers={"Content-Encoding": "gzip"}), [("assign.js", "is compressed in a way that cannot be read")]),
        (
            headers("/study/style.css", Cache_Control="public, max-age=31536000, immutable"),
            [("style.css", "may be kept by browsers for more than a day (Cache-Control): another build is not seen")],
        ),
        (served(spa), [("HOST/imetric-no-such-file", "answers 200 OK though nothing is there: missing files look found")]),
        (
            bare_page,
            [("HOST", "shows the page without leading to the address with / behind, and so without scripts and pictures")],
        ),
    ],
)  # fmt: skip
def test_what_hosts_make_of_it_is_told(
    dist: Path, damage: Callable[[Host], None], expected: list[tuple[str, str]]
) -> None:
    host = Host(dist)
    damage(host)
    assert visit(host)[1] == expected


def test_a_host_that_is_not_there_or_holds_something_else(dist: Path) -> None:
    report, found = visit(Host(dist), "none/")
    assert (found, report.files) == ([("HOST/none/", "answers 404 Not Found")], 0)
    (dist / "index.html").write_text("<h1>Home</h1>")
    assert visit(Host(dist))[1] == [("HOST/", "is no page that this tool built")]
    assert visit(Host(dist, lambda path, reply: Reply(body=None)))[1] == [
        ("HOST/", "cannot be reached (Remote end closed connection without response)")
    ]


def test_an_address_that_leads_elsewhere_is_told_and_followed(dist: Path) -> None:
    with hosted(Host(dist)) as there:
        moved = there.replace("127.0.0.1", "localhost")
        host = Host(dist, lambda path, reply: Reply(301, {"Location": moved}))
        report, found = visit(host)
        assert found == [("HOST/", f"leads to another origin, {moved}: give participants that address")]
        assert report.address == moved and report.sites == ["exp1", "exp3"]


def test_pages_of_earlier_versions_are_checked_without_hashes(dist: Path) -> None:
    for marker in [*dist.glob(f"*/{MARKER}"), dist / "imetric-front.json"]:
        marker.unlink()
    report, found = visit(Host(dist))
    none = "tells no hashes: it was built by an earlier version"
    assert found == [] and report.notes == [f"the page {none}", f"exp1/ {none}", f"exp3/ {none}", KEPT]
    (dist / "exp3" / "assets" / "visit.js").unlink()
    assert visit(Host(dist))[1] == [("exp3/assets/visit.js", "answers 404 Not Found; exp3/assets/main.js asks for it")]


@pytest.mark.parametrize(
    "policy, allowed",
    [
        ("default-src 'self'", False),
        ("default-src 'self'; connect-src https://c.example", True),
        ("default-src 'self'; connect-src 'self' *.example", True),
        ("default-src 'self'; connect-src https://c.example/api/", True),
        ("default-src https:", True),
        ("default-src *; connect-src 'self' https://d.example", False),
        ("frame-ancestors 'none'", True),
    ],
)
def test_a_server_s_policy_may_keep_answers_back(policy: str, allowed: bool) -> None:
    upload, base = "https://c.example/api/data/", "https://you.example/study/"
    page = Page(policy="default-src 'none'; connect-src https://c.example", study={"upload_url": upload})
    answer = Answer(base, 200, {"content-security-policy": policy})
    told = f"sends answers to {upload}, which a content security policy of the server's forbids"
    assert (told not in of_page(page, answer, base)) == allowed
    assert told not in of_page(page, answer, "https://c.example/study/") or "'self'" not in policy


def test_http_is_for_this_machine_alone(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("check", "judging", "fetching"):
        monkeypatch.setattr(f"generator.sites.publication.{module}.is_local", lambda url: False)
    assert visit(Host(dist))[1] == [
        ("HOST/", "is not https: what participants send and see can be read and changed on the way")
    ]


TAKES = {"Access-Control-Allow-Origin": "{origin}", "Access-Control-Allow-Headers": "Content-Type"}


@pytest.mark.parametrize(
    "reply, sentence",
    [
        (Reply(200, TAKES), None),
        (Reply(204, {**TAKES, "Access-Control-Allow-Origin": "*"}), None),
        (Reply(403, {}), "takes none from pages of {origin} (answers 403 Forbidden, allowed origin: none)"),
        (
            Reply(200, {**TAKES, "Access-Control-Allow-Origin": "https://other.example"}),
            "takes none from pages of {origin} (answers 200 OK, allowed origin: https://other.example)",
        ),
        (
            Reply(200, {"Access-Control-Allow-Origin": "*"}),
            "takes no JSON from other origins (Access-Control-Allow-Headers)",
        ),
        (Reply(body=None), "cannot be reached (Remote end closed connection without response)"),
    ],
)
def test_whether_answers_would_be_taken_is_asked_without_sending_any(
    tmp_path: Path, reply: Reply, sentence: str | None
) -> None:
    collector = Host(tmp_path)
    with hosted(collector) as address:
        upload = address.replace("/study/", "/api/data/")
        render_sites(question_set(1), SiteSettings(upload_url=upload, upload_experiment="x"), tmp_path, named(1))
        host = Host(tmp_path)
        with hosted(host) as study:
            origin = study.removesuffix("/study/")
            filled = {name: value.format(origin=origin) for name, value in reply.headers.items()}
            collector.options = lambda path: dataclasses.replace(reply, headers=filled)
            found = [(each.where, each.what) for each in check(study, Fetcher()).findings]
    told = sentence and f"sends answers to {upload}, which {sentence.format(origin=origin)}"
    assert found == ([("exp1/index.html", told)] if told else [])
    assert set(collector.asked) == {("OPTIONS", "/api/data/")}


@pytest.mark.parametrize(
    "reply, sentence",
    [
        (Reply(200, {"Access-Control-Allow-Origin": "{origin}"}), None),
        (Reply(200, {}), "which tells pages of {origin} nothing (answers 200 OK, allowed origin: none)"),
        (Reply(404, {"Access-Control-Allow-Origin": "*"}), "which tells pages of {origin} nothing (answers 404 Not Found, allowed origin: *)"),
        (Reply(body=None), "which cannot be reached (Remote end closed connection without response)"),
    ],
)  # fmt: skip
def test_whether_counts_would_be_told_is_asked(dist: Path, tmp_path: Path, reply: Reply, sentence: str | None) -> None:
    collector = Host(tmp_path)
    with hosted(collector) as address:
        counts = address.replace("/study/", "/health")
        at_counts = counts.removesuffix("/health")
        replaced("index.html", "<body ", f'<body data-assign="{counts}" ')(dist)
        with hosted(Host(dist)) as study:
            found = [(each.where, each.what) for each in check(study, Fetcher()).findings]
            refused = f"asks for counts at {counts}, which its content security policy does not allow"
            assert ("index.html", refused) in found
            replaced("index.html", "script-src", f"connect-src {at_counts}; script-src")(dist)
            assert look(dist).counts == counts and look(dist).problems == []
            origin = study.removesuffix("/study/")
            filled = {name: value.format(origin=origin) for name, value in reply.headers.items()}
            collector.change = lambda path, _: dataclasses.replace(reply, headers=filled)
            found = [(each.where, each.what) for each in check(study, Fetcher()).findings]
    told = sentence and f"asks for counts at {counts}, {sentence.format(origin=origin)}"
    assert found == ([("index.html", told)] if told else [])


@pytest.mark.parametrize(
    "typed, address",
    [
        ("you.github.io/study", "https://you.github.io/study/"),
        ("https://you.github.io/study/index.html?id=1#x", "https://you.github.io/study/"),
        ("http://localhost:8000", "http://localhost:8000/"),
        ("https://연구.example/눈 1/", "https://xn--2e0bx87b.example/%EB%88%88%201/"),
        ("https://you.example/a%20b", "https://you.example/a%20b/"),
    ],
)
def test_addresses_are_taken_as_people_type_them(typed: str, address: str) -> None:
    assert folder_address(typed) == address


@pytest.mark.parametrize("typed", ["ftp://you.example/study", "https://", "https://[1", "file:///etc"])
def test_what_is_no_web_address_is_told(typed: str) -> None:
    with pytest.raises(StudyError) as caught:
        folder_address(typed)
    assert str(caught.value) == f"{typed} is no web address: it should begin with https://"


def test_the_command_ends_with_one_table_and_an_exit_code(dist: Path) -> None:
    with hosted(Host(dist)) as address:
        done = CliRunner().invoke(app, ["check", address])
        files = json.loads((dist / "exp3" / MARKER).read_text())["files"]
        pictures = sorted(name for name in files if name.startswith("pictures/"))
        for name in pictures:
            (dist / "exp3" / name).unlink()
        broken = CliRunner().invoke(app, ["check", address])
    assert done.exit_code == 0 and done.stdout == ""
    note, line = done.stderr.splitlines()
    assert note == f"note: {KEPT}"
    assert line.startswith(f"{address}  study teststudy1, exp1, exp3: ") and line.endswith(" s, no finding")
    assert broken.exit_code == 1
    lines = [line.strip() for line in broken.stderr.splitlines()]
    assert lines[0] == "To be mended" and lines[-1].endswith(f" s, {len(pictures)} findings")
    assert lines[1].endswith("answers 404 Not Found; exp3/index.html asks for it")
    assert lines[4] == f"and {len(pictures) - 3} more"


# In a process of its own: Playwright runs once in each, and tests have it running.
IN_A_BROWSER = """
import json, sys
from generator.sites.publication import browser
browser.PATIENCE_MS = 3000
print(json.dumps(browser.visited(sys.argv[1], ["exp1/", "exp3/"])))
"""


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_meets_the_same(dist: Path) -> None:
    with hosted(Host(dist)) as address:
        words = [sys.executable, "-m", "generator", "check", address, "--browser"]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        replaced("exp1/assets/main.js", "const study", 'fetch("https://example.org/x"); const study')(dist)
        (dist / "exp3" / "assets" / "visit.js").write_text("broken(")
        done = subprocess.run([sys.executable, "-c", IN_A_BROWSER, address], capture_output=True, text=True)
    found = [(folder, what) for folder, what in json.loads(done.stdout)]
    assert ("exp3/", "shows no page (Page.wait_for_selector: Timeout 3000ms exceeded.)") in found
    # What Chromium says differs from version to version.
    assert any(folder == "exp3/" and what.startswith("fails: ") for folder, what in found)
    refused = [what for folder, what in found if folder == "exp1/" and "https://example.org/x" in what]
    assert any(what.startswith("complains: ") and "Content Security Policy" in what for what in refused)
