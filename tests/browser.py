"""Find browsers for the page tests: installed ones, else Playwright's own, else the system's packages.

`python -m tests.browser --install` makes sure that there is a Chrome or Chromium, which tests `launch`, and gets Firefox and WebKit
where it can (tests/engines.py); without `--install` it says which there are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PACKAGES = {"chromium": "chromium", "firefox": "firefox-esr", "webkit": "webkit2gtk-driver xvfb"}  # Debian's


def installed() -> str | None:
    """An installed Chrome or Chromium, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((app for app in APPS if Path(app).exists()), None)


def launch(playwright: Playwright) -> Browser:
    """A headless browser: the installed one, else Playwright's own."""
    return playwright.chromium.launch(executable_path=installed(), args=FLAGS)


def engine(name: str) -> tuple[bool, str]:
    """Whether there is this engine, and its version and place, or why there is none."""
    from tests.engines import started  # which takes what is above

    with sync_playwright() as playwright, started(name, playwright) as found:
        return (False, found) if isinstance(found, str) else (True, f"{found.version} ({found.way})")


def install(name: str) -> tuple[bool, str]:
    """`engine`, after an attempt to get it: the system's package, else Playwright's own download."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo"] if name == "chromium" else ["sudo", "-n"]  # none but Chromium is worth a password
    apt = [*sudo, "sh", "-c", f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {PACKAGES[name]}"]
    download = [sys.executable, "-m", "playwright", "install", name]
    # Of Chromium Playwright's own comes first: Ubuntu's package is one that tests cannot start.
    for way in (download, apt) if name == "chromium" else (apt, download):
        if not shutil.which(way[0]) or (way is apt and not shutil.which("apt-get")):
            continue
        if subprocess.run(way, stdout=subprocess.DEVNULL).returncode == 0 and (found := engine(name))[0]:
            return found
    return engine(name)


if __name__ == "__main__":
    for one in PACKAGES:
        there, said = engine(one)
        if not there and "--install" in sys.argv:
            there, said = install(one)
        if not there and one == "chromium":
            sys.exit("no browser could be installed: install Chrome or Chromium and run the tests again")
        print(f"{one}: {said}")
