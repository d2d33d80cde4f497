"""An installed Firefox, over WebDriver BiDi, which it speaks itself."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import websocket

from .tab import SIZE, Engine, Saved, Tab, end


class Bidi:
    """Commands of WebDriver BiDi to a Firefox of one's own, which ends with the stack."""

    def __init__(self, path: str, stack: ExitStack) -> None:
        profile = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
        # Driven, it would let pages opened as files load their scripts, which nobody else's Firefox does.
        (Path(profile) / "user.js").write_text('user_pref("security.fileuri.strict_origin_policy", true);\n')
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        said = Path(profile) / "said"
        with said.open("w") as log:  # no pipe: nobody would empty it
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        stack.callback(end, process)
        limit = time.monotonic() + 30
        while not (found := re.search(r"WebDriver BiDi listening on (\S+)", said.read_text("utf-8", "replace"))):
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"{path} does not speak WebDriver BiDi")
            time.sleep(0.05)
        # A page may not speak to it: only who sends no origin is let in.
        self.socket = websocket.create_connection(f"{found.group(1)}/session", suppress_origin=True, timeout=60)
        stack.callback(self.socket.close)
        self.count = 0

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.count:
            pass  # an event
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]


class BidiTab(Tab):
    def __init__(self, bidi: Bidi, user: str, downloads: Saved) -> None:
        self.bidi, self.user, self.downloads = bidi, user, downloads
        self.id = bidi.send("browsingContext.create", type="tab", userContext=user)["context"]
        self._send("setViewport", viewport={"width": SIZE[0], "height": SIZE[1]})

    def _send(self, command: str, **parameters: object) -> dict[str, Any]:
        return self.bidi.send(f"browsingContext.{command}", context=self.id, **parameters)

    def open(self, address: str) -> None:
        self._send("navigate", url=address, wait="complete")

    def reload(self) -> None:
        self._send("reload", wait="complete")

    def back(self) -> None:
        self._send("traverseHistory", delta=-1)

    def close(self) -> None:
        self._send("close")

    def another(self) -> Tab:
        return BidiTab(self.bidi, self.user, self.downloads)

    def front(self) -> None:
        self._send("activate")

    def evaluate(self, function: str, *arguments: object) -> Any:
        said = self.bidi.send(
            "script.callFunction",
            functionDeclaration=f"async (all) => JSON.stringify(await ({function})(...JSON.parse(all)))",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            awaitPromise=True,
            target={"context": self.id},
        )
        if said["type"] != "success":
            raise RuntimeError(said["exceptionDetails"]["text"])
        return json.loads(said["result"].get("value", "null"))

    def _act(self, kind: str, actions: list[dict[str, object]]) -> None:
        self.bidi.send(
            "input.performActions", context=self.id, actions=[{"type": kind, "id": kind, "actions": actions}]
        )

    def point(self, x: float, y: float) -> None:
        pressed = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y)}, *pressed])

    def type(self, keys: str) -> None:
        self._act("key", [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")])

    def files(self) -> list[tuple[str, str]]:
        return self.downloads.files()


class FirefoxEngine(Engine):
    name = "firefox"

    def __init__(self, path: str, stack: ExitStack) -> None:
        self.way, self.bidi = path, Bidi(path, stack)
        self.version = self.bidi.send("session.new", capabilities={})["capabilities"]["browserVersion"]

    @contextmanager
    def visitor(self) -> Iterator[Tab]:
        user = self.bidi.send("browser.createUserContext")["userContext"]
        with TemporaryDirectory() as folder:
            allowed = {"type": "allowed", "destinationFolder": folder}
            self.bidi.send("browser.setDownloadBehavior", downloadBehavior=allowed, userContexts=[user])
            yield BidiTab(self.bidi, user, Saved(Path(folder)))
            self.bidi.send("browser.removeUserContext", userContext=user)
