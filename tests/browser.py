"""Find a browser for the page tests: an installed Chrome or Chromium, else Playwright's own, else the system's package.

`python -m tests.browser --install` makes sure there is one; tests call `launch`. Firefox is looked for too, never installed:
`python -m playwright install firefox` gets it, and then tests/sites/test_firefox.py runs.
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
FIREFOXES = ("firefox", "firefox-esr")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str | None:
    """An installed Chrome or Chromium, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((app for app in APPS if Path(app).exists()), None)


def launch(playwright: Playwright) -> Browser:
    """A headless browser: the installed one, else Playwright's own."""
    return playwright.chromium.launch(executable_path=installed(), args=FLAGS)


def launch_firefox(playwright: Playwright) -> Browser | str:
    """A headless Firefox that shows a page, or the reason why there is none: Playwright's own, else an installed one.

    An installed Firefox is driven over WebDriver BiDi and has to be new enough for what Playwright asks of it.
    """
    ways: list[dict[str, str]] = [{}]
    ways += [{"channel": "moz-firefox", "executable_path": at} for n in FIREFOXES if (at := shutil.which(n))]
    reason = ""
    for way in ways:
        browser = None
        try:
            browser = playwright.firefox.launch(**way)
            page = browser.new_page()
            page.set_content("<p>ready</p>")
            assert page.inner_text("p", timeout=10_000) == "ready"
            page.context.close()
            return browser
        except Exception as error:  # whatever it is: this Firefox cannot be used
            said = [line for line in str(error).splitlines() if line.strip(" ║╔╚═╗╝")]
            reason = f"{way.get('executable_path', 'own Firefox of Playwright')}: {said[0] if said else type(error).__name__}"
            if browser:
                browser.close()
    return f"no Firefox that Playwright can drive: {reason}"


def works() -> bool:
    """Whether a browser starts and shows a page."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Exception as error:  # any failure to start means: look for another
            print(f"no browser starts yet: {str(error).splitlines()[0]}", file=sys.stderr)
            return False
        page = browser.new_page()
        page.set_content("<p>ready</p>")
        ready = page.inner_text("p") == "ready"
        browser.close()
        return ready


def install() -> None:
    """Get a browser: Playwright's own download, else the system's package; exits with one sentence if neither works."""
    sudo = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo"]
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        ways.append([*sudo, "sh", "-c", "apt-get update -qq && apt-get install -y -qq chromium"])
    for way in ways:
        if subprocess.run(way, stdout=subprocess.DEVNULL).returncode == 0 and works():
            return
    sys.exit("no browser could be installed: install Chrome or Chromium and run the tests again")


if __name__ == "__main__":
    if "--install" in sys.argv and not works():
        install()
    print(f"browser: {installed() or 'from playwright'}")
