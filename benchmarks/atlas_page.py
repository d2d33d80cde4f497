"""How smooth the map of an atlas is, and how much its first view loads, in Chromium without a graphics card.

    python benchmarks/atlas_page.py --units 2048,20000 --record benchmarks/results/atlas_page.json

The atlases are random. The mouse drags the map and turns its wheel from the overview to single visualizations and back
while the page notes when its frames come. ms a frame: median, 95th percentile, worst; late: share of frames beyond 34
ms, that is, of a screen's 60 a second more than one missed. drawing: ms of the page's own drawing of a frame.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.atlas.page.drawn_atlas import write_atlas  # noqa: E402
from tests.browser import launch  # noqa: E402
from tests.sites.conftest import served  # noqa: E402

STEPS = 150
# Frames, and how long the drawing in them takes: what is called back for a frame is timed.
WATCH = """(() => {
    const ask = window.requestAnimationFrame.bind(window);
    window.noted = { at: [], drawing: [] };
    window.requestAnimationFrame = (run) => ask((now) => {
        const began = performance.now();
        run(now);
        window.noted.drawing.push(performance.now() - began);
    });
    const frame = (now) => { window.noted.at.push(now); ask(frame); };
    ask(frame);
})()"""


def noted(page: Page) -> dict[str, float]:
    """What was noted since the last call."""
    found = page.evaluate("() => { const found = window.noted; window.noted = { at: [], drawing: [] }; return found; }")
    gaps, drawing = np.diff(found["at"]), np.array(found["drawing"] or [0.0])
    return {
        "frames": len(gaps), "median": float(np.median(gaps)), "95th percentile": float(np.percentile(gaps, 95)),
        "worst": float(gaps.max()), "late": float((gaps > 34).mean()), "drawing, median": float(np.median(drawing)),
        "drawing, 95th percentile": float(np.percentile(drawing, 95)),
    }  # fmt: skip


def drag(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(x + 250 * np.sin(step / 20), y + 200 * np.sin(step / 13))
    page.mouse.up()


def wheel(page: Page, turn: float) -> None:
    for _ in range(STEPS):
        page.mouse.wheel(0, turn)


def measured(address: str, scale: float) -> dict[str, Any]:
    """One atlas at a device pixel ratio -> its first view and its frames."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=scale)
        sizes: list[int] = []
        page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
        page.add_init_script(WATCH)
        began = time.perf_counter()
        page.goto(address)
        page.locator(".map[data-drawn=all]").wait_for()
        record: dict[str, Any] = {
            "first view": {"seconds": time.perf_counter() - began, "requests": len(sizes), "bytes": sum(sizes)}
        }
        box = page.locator(".map").bounding_box() or {"x": 0.0, "y": 0.0, "width": 0.0, "height": 0.0}
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        noted(page)
        for name, move in (
            ("zooming in", lambda: wheel(page, -16)), ("dragging, near", lambda: drag(page, x, y)),
            ("zooming out half", lambda: wheel(page, 8)), ("dragging, halfway", lambda: drag(page, x, y)),
            ("zooming out", lambda: wheel(page, 16)),
        ):  # fmt: skip
            move()
            record[name] = noted(page)
        page.get_by_text("Filters").click()
        noted(page)
        page.get_by_label("Class", exact=True).select_option("fox")
        page.wait_for_timeout(500)
        record["filtering"] = noted(page)
        browser.close()
    return record


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", default="2048,20000")
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "",
    )
    record: dict[str, Any] = {"processor": processor or platform.processor(), "times": "ms"}
    with tempfile.TemporaryDirectory() as folder:
        for units in map(int, options.units.split(",")):
            write_atlas(Path(folder) / str(units), units, records=2048, scored=False)
        with served(Path(folder)) as where:
            for units in options.units.split(","):
                for scale in (1, 2):
                    name = f"{units} units, {scale} pixels for one of CSS"
                    record[name] = rounded(measured(f"{where}/{units}/index.html", scale))
                    print(name, json.dumps(record[name], indent=1), flush=True)
    if options.record:
        options.record.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
