"""Take the pictures of the server's pages in docs/screenshots/: `python docs/screenshots.py` (needs Chromium)."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
WAIT = 180_000
WIDE, NARROW = 1440, (1024, 390)
"""Widths of windows, pixels; pages of which more than the wide one is shown say so."""
SWEEP = {
    "name": "policies",
    "regimes": ["hold_firm", "hbm_relief"],
    "seeds": 10,
    "until": "2028-12",
    "ensemble": "none",
    "keep": ["china_compute", "capability_gap", "vendor_china_revenue", "hbm_to_china", "self_sufficiency"],
}


def step(page: Any, shoot: Any) -> None:
    """What HBM relief does, and the story of an agent."""
    page.wait_for_selector(".abm-charts canvas", timeout=WAIT)
    page.wait_for_timeout(12_000)
    shoot("step", *NARROW)
    page.locator('[data-node="labs/DeepSeek"]').click()
    page.wait_for_timeout(2500)
    shoot("agent")


def compare(page: Any, shoot: Any) -> None:
    """The standing comparison, to its end."""
    page.locator(".abm-note", has_text="10 pairs of runs").wait_for(timeout=WAIT)
    page.wait_for_timeout(2500)
    shoot("compare", *NARROW)


def flows(page: Any, shoot: Any) -> None:
    """Flows of 2024, and the plane."""
    page.wait_for_selector(".abm-flows canvas", timeout=WAIT)
    page.wait_for_timeout(3000)
    shoot("flows")
    page.locator(".abm-plane").scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    shoot("plane")


def evidence(page: Any, shoot: Any) -> None:
    """Parameters by grade."""
    page.wait_for_selector(".abm-chart canvas", timeout=WAIT)
    page.wait_for_timeout(1500)
    shoot("evidence")


def sweeps(page: Any, shoot: Any) -> None:
    """A stored sweep."""
    page.wait_for_selector(".abm-two canvas", timeout=WAIT)
    page.wait_for_timeout(2500)
    shoot("sweeps")


PAGES = {"": step, "compare": compare, "flows": flows, "evidence": evidence, "sweeps": sweeps}


def main() -> None:
    """Serve a small sweep on a free port, open each page, take its picture."""
    from playwright.sync_api import sync_playwright

    from abm.sweeps.design import design
    from abm.sweeps.scheduler import carry_out

    with tempfile.TemporaryDirectory() as folder:
        carry_out(design(SWEEP), Path(folder) / "results" / "policies", serial=True).close()
        words = [sys.executable, "-m", "abm.cli", "serve", "results", "--port", "0"]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder, env=env)
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found, "the server did not start"
        try:
            with sync_playwright() as playwright:
                options: dict[str, Any] = {"executable_path": CHROMIUM, "args": FLAGS}
                browser = playwright.chromium.launch_persistent_context(f"{folder}/b", viewport=size(WIDE), **options)
                take(browser.pages[0], found[0])
                browser.close()
        finally:
            server.terminate()
            server.wait()


def size(width: int) -> Any:
    """A window so many pixels wide."""
    return {"width": width, "height": 900}


def take(page: Any, address: str) -> None:
    """Every page in turn, or those named on the command line."""
    target = ROOT / "docs" / "screenshots"
    target.mkdir(exist_ok=True)

    def shoot(name: str, *widths: int) -> None:
        page.screenshot(path=target / f"{name}.png")
        for width in widths:
            page.set_viewport_size(size(width))
            page.wait_for_timeout(2500)
            page.screenshot(path=target / f"{name}-{width}.png")
        page.set_viewport_size(size(WIDE))

    page.set_default_timeout(WAIT)
    for path, visit in PAGES.items():
        if len(sys.argv) == 1 or visit.__name__ in sys.argv[1:]:
            page.goto(f"{address}/{path}")
            page.wait_for_selector(".abm-main")
            visit(page, shoot)


if __name__ == "__main__":
    main()
