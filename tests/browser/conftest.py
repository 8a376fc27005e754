"""A real server in a process of its own, and a real Chromium that reports whatever goes wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHROMIUM

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
PATIENCE = 180
"""Seconds that what a page is to show is waited for, also on a busy machine."""
SPEC = {"name": "small", "regimes": ["history", "no_controls"], "seeds": 3, "until": "2022-06", "ensemble": "none"}


@dataclass
class Server:
    """Where the server is, and what it has written."""

    address: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A server too busy to answer."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.address.rpartition(":")[2])

    def faults(self, since: int = 0) -> str:
        """Tracebacks and errors it has written since its log had that many bytes."""
        text = self.log.read_bytes()[since:].decode("utf-8", errors="replace")
        return text if re.search(r"Traceback|ERROR|raised exception", text) else ""


@pytest.fixture(scope="session")
def server(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`abm serve` on a free port, with a small stored sweep."""
    pytest.importorskip("solara", reason="the extra 'server' is not installed")
    from abm.sweeps.design import design
    from abm.sweeps.scheduler import carry_out

    folder = tmp_path_factory.mktemp("served")
    carry_out(design(SPEC | {"keep": ["china_compute", "capability_gap"]}), folder / "small", serial=True).close()
    log = folder / "log.txt"
    with log.open("w") as file:
        words = [sys.executable, "-m", "abm.cli", "serve", str(folder), "--port", "0"]
        env = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(repo)}
        process = subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT, cwd=repo, env=env)
    try:
        yield Server(_address(log, process), log, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    """What the server says it can be opened at."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@dataclass
class Visitor:
    """A page of a browser of one's own, and everything that went wrong on it."""

    page: Any
    address: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> None:
        """Go to a page and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.page.wait_for_selector(".abm-main")

    def month(self) -> str:
        """The month shown."""
        return str(self.page.locator(".abm-month").first.inner_text())

    def press(self, label: str) -> None:
        """Click the button of a label."""
        self.page.get_by_role("button", name=label, exact=True).click()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of the list with a label, by typing its name."""
        box = self.page.get_by_label(label, exact=True).locator("visible=true")
        box.click()
        box.fill(option)
        self.page.get_by_role("option", name=option, exact=True).click()

    def write(self, label: str, text: str) -> None:
        """Type into the field with a label, and leave it."""
        box = self.page.get_by_label(label, exact=True).locator("visible=true")
        box.fill(text)
        box.press("Enter")

    def fold(self, name: str) -> None:
        """Open a part of the controls that is folded away."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def setup(self, part: str) -> None:
        """Wait until the line under the month says that a setup is the one shown, and it has been played."""
        with self.telling(part):
            self.page.locator(".abm-line", has_text=part).wait_for()

    def until(self, condition: str) -> None:
        """Wait until a condition of the page holds."""
        with self.telling(condition):
            self.page.wait_for_function(f"() => {condition}")

    @contextmanager
    def telling(self, wanted: str) -> Iterator[None]:
        """Where what is wanted does not come: say what the page shows instead."""
        try:
            yield
        except Exception as error:
            if "Timeout" not in str(error):
                raise
            fields = self.page.evaluate("[...document.querySelectorAll('input')].map((one) => one.value)")
            text = self.page.locator("body").inner_text()
            raise AssertionError(f"{wanted!r} did not come; {self.page.url} shows:\n{text}\n{fields}") from None


UNSENT = ("Cannot send", "Syncing error: no comm channel defined")
"""What is said where a widget that the page has just closed cannot send what it still has to say: nobody misses it."""


def _watch(visitor: Visitor) -> None:
    """Note console errors, uncaught errors, failed requests and requests to elsewhere."""
    page, faults = visitor.page, visitor.faults

    def heard(kind: str, words: str) -> None:
        if words not in UNSENT:
            faults.append(f"{kind}: {words}")

    page.on("console", lambda one: heard("console", one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: heard("uncaught", str(one)))
    page.on("response", lambda one: faults.append(f"{one.status}: {one.url}") if one.status >= 400 else None)

    def failed(request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page leaves behind that goes away
            faults.append(f"failed: {request.url}")

    def asked(request: Any) -> None:
        if not request.url.startswith((visitor.address, "data:", "blob:")):
            faults.append(f"elsewhere: {request.url}")

    page.on("requestfailed", failed)
    page.on("request", asked)


@pytest.fixture
def visit(playwright: Any, server: Server, tmp_path: Path) -> Iterator[Callable[[], Visitor]]:
    """Make visitors, each with a browser on a fresh folder; none may have seen a fault in the end."""
    made: list[tuple[Any, Visitor]] = []
    since = server.log.stat().st_size

    def begin() -> Visitor:
        folder = tmp_path / f"visitor{len(made)}"
        options = {"executable_path": str(CHROMIUM), "args": list(FLAGS), "viewport": {"width": 1440, "height": 900}}
        context = playwright.chromium.launch_persistent_context(str(folder), accept_downloads=True, **options)
        context.set_default_timeout(1000 * PATIENCE)
        visitor = Visitor(context.pages[0], server.address)
        _watch(visitor)
        made.append((context, visitor))
        return visitor

    yield begin
    for context, _ in made:
        context.close()
    assert [fault for _, visitor in made for fault in visitor.faults] == []
    assert server.faults(since) == ""
