"""An installed WebKitGTK, Safari's kin, over its WebKitWebDriver, on a screen of Xvfb's."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder

from .tab import SIZE, Engine, Saved, Tab, end


class WebDriverTab(Tab):
    def __init__(self, driver: webdriver.WebKitGTK, downloads: Saved) -> None:
        self.driver, self.downloads = driver, downloads
        driver.switch_to.new_window("window")  # without a window manager no tab but the first can be pressed
        self.handle = driver.current_window_handle
        self._fit()

    def _fit(self) -> None:
        """Give the page SIZE: the window's edges add to it, and a busy machine changes it some time after it was asked."""
        outer = list(SIZE)
        for _ in range(10):
            self.driver.set_window_rect(0, 0, *outer)
            for _ in range(20):
                inner = self.driver.execute_script("return [innerWidth, innerHeight]")
                if tuple(inner) == SIZE:
                    return
                time.sleep(0.1)
            outer = [now + want - got for now, want, got in zip(outer, SIZE, inner, strict=True)]
        raise RuntimeError(f"WebKit's page is {inner[0]} x {inner[1]} px and not {SIZE[0]} x {SIZE[1]}")

    def front(self) -> None:
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)

    def open(self, address: str) -> None:
        self.front()
        self.driver.get(address)

    def reload(self) -> None:
        self.front()
        self.driver.refresh()

    def back(self) -> None:
        self.front()
        self.driver.back()

    def close(self) -> None:
        self.front()
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def another(self) -> Tab:
        return WebDriverTab(self.driver, self.downloads)

    def evaluate(self, function: str, *arguments: object) -> Any:
        self.front()
        said = self.driver.execute_async_script(
            f"""const [all, done] = arguments;
            (async () => ({function})(...JSON.parse(all)))().then(
                (value) => done(["value", JSON.stringify(value)]), (error) => done(["error", String(error)]));""",
            json.dumps(arguments),
        )
        if said[0] == "error":
            raise RuntimeError(said[1])
        return json.loads(said[1] or "null")

    def point(self, x: float, y: float) -> None:
        self.front()
        actions = ActionBuilder(self.driver)
        actions.pointer_action.move_to_location(round(x), round(y))
        actions.pointer_action.pointer_down().pointer_up()
        actions.perform()

    def type(self, keys: str) -> None:
        self.front()
        self.driver.switch_to.active_element.send_keys(keys)

    def files(self) -> list[tuple[str, str]]:
        return self.downloads.files()


class WebKitEngine(Engine):
    name = "webkit"

    def __init__(self, path: str, screen: str, stack: ExitStack) -> None:
        self.way = path
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self.downloads = home / "saved"
        self.downloads.mkdir()
        (home / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{self.downloads}"\n')
        command = [screen, "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
        shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        stack.callback(end, shown)
        display = f":{shown.stdout.readline().strip()}" if shown.stdout else ""
        env = {**os.environ, "DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        service = webdriver.WebKitGTKService(path, env=env)
        self.driver = webdriver.WebKitGTK(service=service)
        stack.callback(self.driver.quit)
        self.version = self.driver.capabilities["browserVersion"]

    @contextmanager
    def visitor(self) -> Iterator[Tab]:
        """Tests' sites have a port each, and with it storage of their own."""
        for path in self.downloads.iterdir():
            path.unlink()
        first = self.driver.current_window_handle
        yield WebDriverTab(self.driver, Saved(self.downloads))
        for handle in self.driver.window_handles:
            if handle != first:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(first)
