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
SWEEP = {
    "name": "policies",
    "regimes": ["hold_firm", "hbm_relief"],
    "seeds": 10,
    "until": "2028-12",
    "keep": ["china_compute", "capability_gap", "vendor_china_revenue", "hbm_to_china", "self_sufficiency"],
}


def step(page: Any, shoot: Any) -> None:
    """History to 2024 pinned, then the same without the HBM rule, to the middle of 2026."""
    page.get_by_role("button", name="▶").click()
    reach(page, 2024)
    page.get_by_role("button", name="❚❚").click()
    page.get_by_role("button", name="Pin run").click()
    page.get_by_text("Pinned (dashed)").wait_for(timeout=WAIT)
    page.get_by_role("tab", name="Acts").click()
    page.get_by_role("button", name="Drop").click()
    page.get_by_text("without us-hbm-rule").wait_for(timeout=WAIT)
    page.get_by_role("button", name="▶").click()
    reach(page, 2026)
    page.get_by_role("button", name="❚❚").click()
    page.wait_for_timeout(2500)
    shoot("step")
    page.locator('[data-node="vendors/Huawei"]').click()
    page.wait_for_timeout(1500)
    shoot("agent")


def reach(page: Any, year: int) -> None:
    """Wait until a year is played."""
    page.wait_for_function(f"+document.querySelector('.abm-month')?.innerText?.slice(-4) >= {year}", timeout=WAIT)


def compare(page: Any, shoot: Any) -> None:
    """The standing comparison, to its end."""
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("Mean of 10 paired differences").wait_for(timeout=WAIT)
    page.wait_for_timeout(2500)
    shoot("compare")


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
                size = {"width": 1440, "height": 900}
                browser = playwright.chromium.launch_persistent_context(f"{folder}/b", viewport=size, **options)
                take(browser.pages[0], found[0])
                browser.close()
        finally:
            server.terminate()
            server.wait()


def take(page: Any, address: str) -> None:
    """Every page in turn, or those named on the command line."""
    target = ROOT / "docs" / "screenshots"
    target.mkdir(exist_ok=True)
    page.set_default_timeout(WAIT)
    for path, visit in PAGES.items():
        if len(sys.argv) == 1 or visit.__name__ in sys.argv[1:]:
            page.goto(f"{address}/{path}")
            page.wait_for_selector(".abm-main")
            visit(page, lambda name: page.screenshot(path=target / f"{name}.png"))


if __name__ == "__main__":
    main()
