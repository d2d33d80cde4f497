"""An atlas in a browser: its map, what finds units, a unit's page, the selection, the address."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from generator.sites.page import read_messages
from tests.atlas.columns import unpacked
from tests.engines import Engine

Atlas = Callable[..., Page]
FIRST_VIEW = 1_000_000  # bytes: the bound

# Of the canvas in a square of cells about its middle: how many colours there are, and the mean brightness.
SEEN = """() => {
    const canvas = document.querySelector(".map canvas");
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(width / 2 - 150, height / 2 - 150, 300, 300).data;
    const colours = new Set();
    let sum = 0;
    for (let k = 0; k < pixels.length; k += 4) {
        colours.add(pixels[k] * 65536 + pixels[k + 1] * 256 + pixels[k + 2]);
        sum += pixels[k] + pixels[k + 1] + pixels[k + 2];
    }
    return [colours.size, sum / (pixels.length / 4) / 3];
}"""


def said(page: Page) -> str:
    """The part of the address after #."""
    return page.evaluate("decodeURIComponent(location.hash)")


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=2)).to_have_text(name)


def press_in_map(page: Page, right: float, down: float, **how: object) -> None:
    """Press at a place of the map, as shares of its sides."""
    box = page.locator(".map").bounding_box()
    assert box
    page.mouse.click(box["x"] + right * box["width"], box["y"] + down * box["height"], **how)


def test_both_languages_say_the_same() -> None:
    english, korean = read_messages("en", "atlas"), read_messages("ko", "atlas")
    assert english.keys() == korean.keys()
    for name, sentence in english.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", korean[name])), name


def test_every_sentence_is_said_somewhere() -> None:
    """A name is written out in a module, or made of the name of a figure or a person's kind."""
    code = "".join(path.read_text() for path in sorted(Path("site_templates/atlas").glob("*.js")))
    code += Path("site_templates/attribution.js").read_text()
    made = {
        "path",
        "path_short",
        "machine_short",
        "people_short",
        "no_machine",
        "no_people",
        "top",
        "machine",
        "people",
        "from_label",
        "to_label",
    }
    made |= {f"sort_{name}" for name in ("number", "top", "path", "machine", "people")} | {"tab_map", "tab_find"}
    template = {"script_needed", "not_started", "opened_as_file"}
    assert [
        name for name in read_messages("en", "atlas") if f'"{name}"' not in code and name not in made | template
    ] == []


def test_the_map_is_drawn_and_comes_nearer(atlas: Atlas) -> None:
    page = atlas()
    colours, _ = page.evaluate(SEEN)
    assert colours > 1000, "pictures, not a ground of one colour"
    page.get_by_role("button", name="Zoom in").click(click_count=2)
    page.mouse.move(700, 400)
    page.mouse.wheel(0, -900)
    # Beyond the last level units' own pictures are shown.
    page.wait_for_function("() => location.hash.includes('at=') && Number(location.hash.split(',').at(-1)) > 100")
    page.locator(".map[data-drawn=all]").wait_for()
    assert page.evaluate("performance.getEntriesByType('resource').some(({ name }) => name.includes('/v0/pictures/'))")
    page.get_by_role("button", name="Show the whole map").click()
    page.wait_for_function("() => !location.hash.includes('at=')")


def test_a_press_on_the_map_opens_the_unit_that_is_there(atlas: Atlas) -> None:
    page = atlas()
    press_in_map(page, 0.5, 0.5)
    heading(page, f"Unit {said(page).removeprefix('#unit=')}")
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".unit-panel")).to_be_hidden()
    expect(page.locator(".map")).to_be_focused()


def test_the_keyboard_walks_on_the_map_and_hears_every_unit(atlas: Atlas) -> None:
    page = atlas()
    page.locator(".found .row").first.focus()
    for _ in range(4):  # past the list and its button
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "map":
            break
    live = page.locator("#live")
    expect(live).to_contain_text("Unit ")
    heard = [live.text_content()]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        expect(live).not_to_have_text(heard[-1] or "")
        heard.append(live.text_content())
    assert heard[-1] == heard[0] and len(set(heard)) == 4, "around a square of cells"
    page.keyboard.press("Space")
    expect(page.locator(".selection summary")).to_have_text("1 selected")
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    name = str(heard[0]).split(" · ")[0]
    heading(page, name)
    page.keyboard.press("Escape")
    expect(page.locator(".map")).to_be_focused()


def test_the_list_is_one_stop_for_tab_and_comes_as_far_as_one_goes(atlas: Atlas) -> None:
    page = atlas()
    rows = page.locator(".found .row")
    assert rows.count() == 60 and page.locator(".found .row[tabindex='0']").count() == 1
    rows.first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(rows).to_have_count(120)
    expect(rows.nth(60)).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Unit 60")


FILTERS: dict[str, Callable[..., bool]] = {
    "words=3-5,9": lambda n, u: n in (3, 4, 5, 9),
    "words=black": lambda n, u: "black" in u["words"][n],
    "words=FROG": lambda n, u: u["class"][n] == 6,
    "class=fox&passes=0": lambda n, u: u["class"][n] == 5 and not u["passes"][n],
    "path=..0.4&top=0.1..": lambda n, u: u["path"][n] is not None and u["path"][n] <= 0.4 and u["top"][n] >= 0.1,
    "top=0.5..2": lambda n, u: 0.5 <= u["top"][n] <= 2,
    "machine=0.5..&people=..0.6": lambda n, u: (u["machine"][n] or 0) >= 0.5 and (u["people"][n] or 1) <= 0.6,
}


def test_filters_find_what_they_say(atlas: Atlas, where: str) -> None:
    page = atlas()
    units = unpacked(page.request.get(f"{where}/small/v0/units.json").json())
    units["words"] = page.request.get(f"{where}/small/v0/words.json").json()
    for filters, fits in FILTERS.items():
        page.evaluate("(filters) => { location.hash = filters; }", filters)
        expected = [k for k in range(120) if fits(k, units)]
        assert 0 < len(expected) < 60, filters
        expect(page.locator(".told")).to_have_text(f"{len(expected)} of 120 units")
        assert [int(name.split()[1]) for name in page.locator(".row b").all_text_contents()] == expected, filters


def test_filters_stand_in_the_address_and_are_taken_back(atlas: Atlas) -> None:
    page = atlas()
    _, bright = page.evaluate(SEEN)
    page.get_by_text("Filters").click()
    page.get_by_label("Class", exact=True).select_option("bird")
    page.get_by_label("Machines’ scores, from").fill("40")
    page.keyboard.press("Enter")
    assert said(page) == "#class=bird&machine=0.4.."
    page.wait_for_function(f"(before) => Math.abs(({SEEN})()[1] - before) > 20", arg=bright)
    page.get_by_label("Order by").select_option("machine")
    found = page.locator(".row b").all_text_contents()
    page.reload()
    expect(page.locator(".row b")).to_have_text(found)
    page.go_back()
    page.go_back()
    assert said(page) == "#class=bird"
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".told")).to_have_text("All 120 units")


def test_a_search_without_a_result_says_so(atlas: Atlas) -> None:
    page = atlas()
    page.get_by_role("searchbox").fill("unicorn")
    expect(page.locator(".told")).to_have_text("No unit of 120 fits.")
    assert page.locator(".row").count() == 0


def test_a_link_opens_a_unit_and_all_that_is_known_of_it(atlas: Atlas) -> None:
    page = atlas("small", "#unit=12")
    heading(page, "Unit 12")
    assert page.title() == "Unit 12 · Atlas of a drawn network"
    body = page.locator(".unit-body:not([aria-busy])")
    names = body.get_by_role("heading", level=3).all_text_contents()
    assert names == [
        "Feature visualizations", "Path through the network", "Top pictures", "Activations", "Classes", "Most alike", "Study criteria", "Machines’ scores", "People’s scores",
    ]  # fmt: skip
    assert body.get_by_role("heading", level=4).all_text_contents() == ["madry", "lucent"] * 2
    assert page.locator(".chart[role=img]").count() == 5, "two histories, two paths and a histogram"
    told = "In 2 of 5 layers the visualizations are nearer to other pictures than to the top pictures."
    expect(body.locator(".paths .verdict")).to_have_text([told, told])
    chart = body.get_by_role("img", name=f"madry: {told}")
    expect(chart.locator(".dot")).to_have_count(5)  # the layer that tells nothing has none
    expect(chart.locator(".dot.apart")).to_have_count(2)
    body.get_by_text("Layers and figures").first.click()
    expect(body.locator(".paths tbody").first.locator("tr")).to_have_text(
        ["1 stage0-0.20.7", "2 stage1-0.20.7", "3 stage2not toldnot told", "4 stage30.950.7", "5 stage40.90.7", "6 final0.850.7"]
    )
    expect(page.locator(".examples .explained")).to_have_count(9)
    value = page.locator(".slider output")
    page.get_by_label("Crop size").focus()
    page.keyboard.press("ArrowRight")
    expect(value).to_have_text("2")
    page.get_by_role("switch", name="Show originals").click()
    expect(page.locator(".examples .pictures")).to_have_class(re.compile("originals"))
    expect(page.locator(".people tbody tr")).to_have_text(
        [re.compile("Experiment 1.*12.*44%"), re.compile("Experiment 2.*14.*71%")]
    )
    link = page.locator(".alike-list a").first
    other = link.get_attribute("aria-label")
    link.click()
    heading(page, str(other).split(",")[0])
    page.go_back()
    heading(page, "Unit 12")


def test_a_link_to_a_unit_that_there_is_not_says_so(atlas: Atlas) -> None:
    page = atlas("small", "#unit=999")
    expect(page.locator("#notices")).to_have_text("There is no unit 999 here.")
    page.locator(".row").first.click()
    heading(page, "Unit 0")
    expect(page.locator("#notices")).to_be_empty()


def test_what_is_missing_is_told_in_a_sentence(atlas: Atlas) -> None:
    page = atlas("small", "#unit=3")
    body = page.locator(".unit-body:not([aria-busy])")
    for sentence in (
        "Every picture activates this unit alike, so it has no top pictures.",
        "No class activates this unit more than another.",
        "This unit has no top pictures that others could be compared with.",
    ):
        expect(body.get_by_text(sentence)).to_be_visible()
    page.get_by_role("button", name="Unit after").click()
    expect(body.get_by_text("Grid-cams were not computed for this atlas.")).to_be_visible()
    page.get_by_role("button", name="Unit after").click()
    for sentence in (
        "No feature visualization was made of this unit.",
        "There is no visualization, or no top picture, whose path could be compared.",
        "No program has answered questions about this unit.",
        "Nobody has been asked about this unit.",
    ):
        expect(body.get_by_text(sentence)).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name="Unit after").click()
    expect(body.get_by_text("No layer tells the top pictures from others, so paths cannot be compared.")).to_be_visible()
    expect(body.locator(".paths .verdict")).to_have_count(0)


def test_a_record_that_does_not_come_can_be_asked_for_again(atlas: Atlas, page: Page, watch: object) -> None:
    page.route("**/units/0/12.json", lambda route: route.fulfill(status=200, body="{"))
    atlas("small", "#unit=12")
    expect(page.get_by_text("This unit could not be loaded. Please check your connection.")).to_be_visible()
    page.unroute("**/units/0/12.json")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".examples .explained")).to_have_count(9)


def test_the_selection_becomes_a_study_file(atlas: Atlas, tmp_path: Path) -> None:
    page = atlas("small", "#words=10-14")
    page.get_by_role("button", name="Select these").click()
    page.locator(".row").nth(1).focus()
    page.keyboard.press("Space")
    expect(page.locator(".selection summary")).to_have_text("4 selected")
    page.reload()
    expect(page.locator(".selection summary")).to_have_text("4 selected")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download a study file").click()
    assert download.value.suggested_filename == "study-world-final.toml"
    download.value.save_as(tmp_path / "study.toml")
    assert tomllib.loads((tmp_path / "study.toml").read_text())["selection"] == {"neurons": [10, 12, 13, 14]}
    page.get_by_role("button", name="Select none").click()
    expect(page.locator(".selection")).to_be_hidden()


def test_a_frame_drawn_with_shift_selects_what_lies_in_it(atlas: Atlas) -> None:
    page = atlas()
    box = page.locator(".map").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    cell = (min(box["width"], box["height"]) - 24) / 11
    page.keyboard.down("Shift")
    page.mouse.move(middle[0] - 0.9 * cell, middle[1] - 0.9 * cell)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.9 * cell, middle[1] + 1.2 * cell, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator(".selection summary")).to_have_text("2 selected")  # one column, the middle and the cell below


def test_another_view_has_its_own_units(atlas: Atlas) -> None:
    page = atlas("small", "#class=fox")
    page.get_by_label("Network and layer").select_option("robust-resnet50 · layer4")
    expect(page.locator(".told")).to_have_text("All 120 units")
    assert said(page) == "#view=v1"
    page.go_back()
    expect(page.get_by_label("Class", exact=True)).to_have_value("fox")


def test_the_first_view_of_many_units_is_light_with_every_score(atlas: Atlas, page: Page) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda response: sizes.update({response.url: int(response.headers.get("content-length", 0))}))
    atlas("many")
    expect(page.locator(".told")).to_have_text("All 20,000 units")
    first = {address: size for address, size in sizes.items() if not address.endswith("words.json")}
    assert 300_000 < sum(first.values()) < FIRST_VIEW, "bytes of all responses"
    assert sum("/tiles/0/" in address for address in sizes) == 25, "5 x 5 tiles of the level where cells have 8 pixels"
    # People's words come when the map is there.
    page.get_by_role("searchbox").fill("black")
    expect(page.locator(".told")).to_have_text("5,000 of 20,000 units")
    loads = page.evaluate(
        "performance.getEntriesByType('resource').map(({ name, startTime, responseEnd }) => [name, startTime, responseEnd])"
    )
    asked = next(start for name, start, _ in loads if name.endswith("words.json"))
    assert max(end for name, _, end in loads if "/tiles/0/" in name) <= asked


def test_words_that_do_not_come_are_told(atlas: Atlas, page: Page) -> None:
    page.route("**/words.json", lambda route: route.fulfill(status=200, body="["))
    atlas()
    expect(page.locator("#notices")).to_have_text(
        "People’s words could not be loaded, so that they are not searched. Please check your connection."
    )


@pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")  # selenium, of itself
def test_every_engine_draws_the_map_and_opens_a_unit(engine: Engine, where: str) -> None:
    with engine.visitor() as tab:
        tab.open(f"{where}/small/index.html#at=5.5,5.5,60")
        tab.wait("() => document.querySelector('.map[data-drawn=all]') !== null")
        assert tab.evaluate(SEEN)[0] > 1000
        tab.press("Zoom in")
        tab.wait("() => !location.hash.includes(',60') && document.querySelector('.map[data-drawn=all]') !== null")
        tab.fill("Search", "12")
        tab.wait("() => document.querySelectorAll('.row').length === 1")
        tab.evaluate("() => document.querySelector('.row').click()")
        tab.wait("() => document.querySelectorAll('.examples .explained img').length === 9")
        tab.reads("Study criteria")
        assert tab.evaluate("() => location.hash").startswith("#unit=12&words=12")
