"""A visitor answers one set of the study's: by address, kept, remembered or drawn, and never two by accident."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.sites.conftest import Watch, answer, fill_start, ready, served
from tests.sites.declared import declared, page_data

ASKED = {1: {"q01", "q02"}, 2: {"q03", "q04"}, 3: {"q05", "q06"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return declared(tmp_path_factory.mktemp("sets"), "2", "none", sets=3)


@pytest.fixture(scope="module")
def where(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def rest(page: Page, questions: int = 2) -> list[dict]:
    """Answer the questions that are left; gives the rows of the file."""
    for _ in range(questions - 1):
        answer(page)
    with page.expect_download() as download:
        answer(page)
    return json.loads(Path(download.value.path()).read_text())


def begun(page: Page) -> list[int]:
    """The sets of the sessions kept here."""
    kept = page.evaluate("""Object.keys(localStorage).filter((key) => /:set\\d+$/.test(key))
        .map((key) => JSON.parse(localStorage.getItem(key)).set)""")
    return sorted(kept)


@pytest.mark.parametrize("name", ["2", "none"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_visit_of_the_set_that_the_address_asks_for(
    page: Page, where: str, folder: Path, name: str, number: int
) -> None:
    pictures: list[str] = []
    page.on("request", lambda r: "/pictures/" in r.url and pictures.append(r.url.split(f"exp{name}/")[1]))
    page.goto(f"{where}/exp{name}/?set={number}&PROLIFIC_PID=p17")
    expect(page.get_by_text("There are 2 questions.")).to_be_visible()
    fill_start(page)
    session, *trials = rest(page)
    assert session["set"] == number and session["subject_id"] == "p17"
    assert {trial["question_id"] for trial in trials} == ASKED[number]
    own = page_data(folder / f"exp{name}")["sets"][number - 1]
    shown = {picture["src"] for question in own for picture in [*question["attributions"], *question["options"]]}
    assert set(pictures) == shown


def test_coming_back_keeps_the_set(page: Page, where: str) -> None:
    page.goto(f"{where}/exp2/")
    fill_start(page)
    (number,) = begun(page)
    answer(page)
    for address in (page.url, f"{where}/exp2/index.html", f"{where}/exp2/?set={number}"):
        page.goto(address)
        ready(page)
        expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    # What is remembered beside the sites may be of another condition by now; the session begun here counts.
    page.evaluate(f"localStorage.setItem('imetric:set:teststudy1:/', {number % 3 + 1})")
    page.goto(f"{where}/exp2/")
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()
    session, *trials = rest(page, questions=1)
    assert session["set"] == number and {trial["question_id"] for trial in trials} == ASKED[number]


def test_all_conditions_share_the_set(page: Page, where: str) -> None:
    for number in (3, 1):
        page.goto(f"{where}/exp2/?set={number}")
        page.get_by_role("button", name="Continue").wait_for()
        page.evaluate(
            "for (const key of Object.keys(localStorage)) if (/:set\\d/.test(key)) localStorage.removeItem(key)"
        )
        page.goto(f"{where}/expnone/")
        page.get_by_role("button", name="Continue").wait_for()
        assert begun(page) == [number]


def test_another_set_by_address_begins_beside_and_nothing_is_lost(page: Page, where: str) -> None:
    page.goto(f"{where}/exp2/?set=1")
    fill_start(page)
    answer(page)
    page.goto(f"{where}/exp2/?set=2")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert begun(page) == [1, 2]
    page.goto(f"{where}/exp2/?set=1")
    ready(page)
    expect(page.get_by_text("Question 2 of 2")).to_be_visible()


def test_two_tabs_hold_one_set(context: BrowserContext, watch: Watch, where: str) -> None:
    first, second, third = (context.new_page() for _ in range(3))
    first.goto(f"{where}/exp2/?set=2")
    first.get_by_role("button", name="Continue").wait_for()
    second.goto(f"{where}/exp2/")
    expect(first.get_by_role("heading", name="This study is open in another tab")).to_be_visible()
    assert begun(second) == [2]
    third.goto(f"{where}/exp2/?set=3")
    third.get_by_role("button", name="Continue").wait_for()
    third.wait_for_timeout(200)
    expect(second.get_by_role("button", name="Continue")).to_be_visible()


@pytest.mark.parametrize("kept", ["1", "0", '"2"', "null"])
def test_a_session_that_tells_another_set_is_damaged(page: Page, where: str, kept: str) -> None:
    page.goto(f"{where}/exp2/?set=2")
    fill_start(page)
    page.add_init_script(f"""{{
        const key = Object.keys(localStorage).find((key) => key.endsWith(":set2"));
        localStorage.setItem(key, localStorage.getItem(key).replace('"set":2', '"set":{kept}'));
    }}""")
    page.reload()
    expect(page.get_by_text("The answers kept in this browser could not be read")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert begun(page) == [2]


@pytest.mark.parametrize("asked", ["9", "0", "-1", "1.5", "02", "two", "", "<b>2</b>"])
def test_a_set_that_there_is_not_is_told_and_nothing_begins(page: Page, where: str, asked: str) -> None:
    pictures: list[str] = []
    page.on("request", lambda r: "/pictures/" in r.url and pictures.append(r.url))
    page.goto(f"{where}/exp2/?set={asked}")
    expect(page.locator("main .notice")).to_have_text(
        f"This address asks for set “{asked}”, but this study has sets 1 to 3. Nothing was begun. Please check the "
        "address, or tell the person who invited you."
    )
    assert page.locator("main").get_by_role("button").count() == 0
    assert page.evaluate("Object.keys(localStorage)") == [] and pictures == []


@pytest.mark.parametrize(("sets", "sentence"), [
    (2, "이 주소는 ‘9’번 세트를 가리키지만, 이 연구에는 1번부터 2번까지의 세트만 있습니다. 아무것도 시작되지 않았습니다. "
        "주소를 확인하시거나 초대한 분에게 알려 주세요."),
    (1, "이 주소는 ‘9’번 세트를 가리키지만, 이 연구에는 1번 세트 하나만 있습니다. 아무것도 시작되지 않았습니다. "
        "주소를 확인하시거나 초대한 분에게 알려 주세요."),
])  # fmt: skip
def test_the_same_in_korean_and_through_the_front_page(page: Page, tmp_path: Path, sets: int, sentence: str) -> None:
    with served(declared(tmp_path, "2", sets=sets, lang="ko")) as address:
        page.goto(f"{address}/?set=9")
        expect(page.locator("main .notice")).to_have_text(sentence)


def test_the_only_set_may_be_asked_for_by_its_number(page: Page, short_site) -> None:
    address = short_site()
    page.goto(f"{address}?set=2")
    expect(page.locator("main .notice")).to_have_text(
        "This address asks for set “2”, but this study has a single set, number 1. Nothing was begun. Please check the "
        "address, or tell the person who invited you."
    )
    page.goto(f"{address}?set=1")
    fill_start(page)
    session, *trials = rest(page)
    assert session["set"] == 1 and {trial["question_id"] for trial in trials} == ASKED[1]


def assigned(page: Page) -> tuple[str, int]:
    """Condition and set in the address that the front page leads to."""
    page.wait_for_url(re.compile(r"/exp\w+/\?"))
    found = re.search(r"/exp(\w+)/\?(?:.*&)?set=(\d)$", page.url)
    assert found, page.url
    return found[1], int(found[2])


def test_the_front_page_assigns_condition_and_set_evenly_and_remembers(
    context: BrowserContext, watch: Watch, where: str
) -> None:
    page = context.new_page()
    counts: dict[tuple[str, int], int] = {}
    for _ in range(40):
        page.goto(f"{where}/?PROLIFIC_PID=a%20b")
        pair = assigned(page)
        counts[pair] = counts.get(pair, 0) + 1
        assert "PROLIFIC_PID=a+b&" in page.url
        page.evaluate("localStorage.clear()")
    # By chance a given one of 2 is drawn fewer than 5 times in 40, or of 3 fewer than 2, less than once in 50,000.
    for condition in ("2", "none"):
        assert sum(n for (name, _), n in counts.items() if name == condition) >= 5
    for number in (1, 2, 3):
        assert sum(n for (_, one), n in counts.items() if one == number) >= 2
    page.goto(where)
    first = assigned(page)
    for _ in range(3):
        page.goto(where)
        assert assigned(page) == first
    page.goto(f"{where}/?exp=none&set={first[1] % 3 + 1}")
    assert assigned(page) == ("none", first[1] % 3 + 1)
    page.get_by_role("button", name="Continue").wait_for()
    page.goto(f"{where}/?exp=2")
    assert assigned(page) == ("2", first[1] % 3 + 1)  # the set asked for last, in any condition


def test_the_front_page_sends_who_has_finished_back_to_that_set(page: Page, where: str) -> None:
    page.goto(f"{where}/?exp=2&set=2")
    fill_start(page)
    rest(page)
    page.goto(f"{where}/exp2/?set=3")  # looked at, but not through the front page
    page.get_by_role("button", name="Continue").wait_for()
    page.goto(f"{where}/?exp=none&set=1")
    expect(page.get_by_text("You have already taken part in this study. Thank you!")).to_be_visible()
    assert assigned(page) == ("2", 2)


def test_where_nothing_is_kept_the_address_keeps_the_set(browser: Browser, where: str) -> None:
    page = browser.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    page.goto(where)
    _, number = assigned(page)
    page.reload()
    fill_start(page)
    session, *trials = rest(page)
    assert session["set"] == number and {trial["question_id"] for trial in trials} == ASKED[number]
    page.close()


def test_draws_reject_what_would_make_them_uneven(page: Page, where: str) -> None:
    """2^32 - 1 is a multiple of 3: the one value beyond would make the first of three sets likelier."""
    page.add_init_script("""const values = [2 ** 32 - 1, 4];
    const real = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (into) => {
        if (into instanceof Uint32Array && values.length) { into[0] = values.shift(); return into; }
        return real(into);
    };""")
    page.goto(f"{where}/exp2/")
    page.get_by_role("button", name="Continue").wait_for()
    assert begun(page) == [2]
