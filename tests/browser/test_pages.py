"""Every page in a real Chromium: it opens whole and offline, and everything on it does what it says."""

import contextlib
import csv
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

type Visit = Callable[[], Any]

PAGES = {
    "": ".market-picture svg",
    "compare": ".abm-empty",
    "flows": ".abm-plane svg",
    "evidence": ".abm-evidence tbody tr",
    "sweeps": ".abm-two canvas",
}
DRAWN = "document.querySelectorAll('.abm-chart canvas').length"


def year_from(year: int) -> str:
    return f"+document.querySelector('.abm-month')?.innerText?.slice(-4) >= {year}"


def month_is(part: str) -> str:
    return f"document.querySelector('.abm-month')?.innerText?.includes('{part}')"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_with_nothing_missing_and_nothing_from_elsewhere(visit: Visit, path: str) -> None:
    visitor = visit()
    visitor.open(path)
    visitor.page.wait_for_selector(PAGES[path], timeout=60_000)


def test_one_gets_from_page_to_page_and_back_to_the_same_month(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("Step")
    visitor.until(month_is("February 2022"))
    for name in ("Compare", "Flows", "Evidence", "Sweeps", "Step"):
        visitor.page.get_by_role("link", name=name, exact=True).click()
        visitor.until(f"document.querySelector('.abm-here')?.innerText == '{name}'")
    visitor.until(month_is("February 2022"))


def test_step_play_pause_and_reset(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.until(f"{DRAWN} >= 6")
    visitor.press("Step")
    visitor.until(month_is("February 2022"))
    visitor.press("▶")
    visitor.until(year_from(2023))
    visitor.press("❚❚")
    visitor.page.get_by_role("button", name="▶", exact=True).wait_for()
    time.sleep(0.5)
    standing = visitor.month()
    time.sleep(1)
    assert visitor.month() == standing
    visitor.press("Reset")
    visitor.until(month_is("January 2022"))


def test_play_goes_to_the_last_month_and_stops(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("▶")
    visitor.until(month_is("December 2030"), seconds=120)
    visitor.page.wait_for_selector("button:has-text('Step')[disabled]")
    visitor.press("Reset")
    visitor.until(month_is("January 2022"))
    visitor.press("Step")
    visitor.until(month_is("February 2022"))


def test_the_law_is_changed_and_held_against_a_pinned_run(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("▶")
    visitor.until(year_from(2023))
    visitor.press("❚❚")
    visitor.press("Pin run")
    visitor.page.get_by_text("Pinned (dashed): History").wait_for(timeout=60_000)
    visitor.page.get_by_role("tab", name="Acts").click()
    visitor.press("Drop")
    visitor.page.get_by_text("without us-hbm-rule").wait_for(timeout=60_000)
    visitor.page.get_by_role("tab", name="Law").click()
    visitor.page.locator(".v-select:visible", has_text="Value").first.click()
    visitor.page.get_by_role("option", name="Free", exact=True).click()
    visitor.press("Announce")
    visitor.page.get_by_text("Changes by hand").wait_for(timeout=60_000)


def test_a_circle_in_the_picture_opens_its_agent(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.locator('[data-node="vendors/Huawei"]').click()
    visitor.page.get_by_text("HBM stacks at hand, by generation").wait_for()
    assert visitor.page.locator(".market .picked").count() == 1


def test_a_comparison_goes_to_its_end_and_is_downloaded(visit: Visit) -> None:
    visitor = visit()
    visitor.open("compare")
    visitor.press("Compare")
    visitor.page.get_by_text("of 20 runs").wait_for(timeout=60_000)
    visitor.page.get_by_text("Mean of 10 paired differences").wait_for(timeout=180_000)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="This line (CSV)").click()
    with open(download.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["regime"] for row in rows} == {"Base", "Changed"}
    assert len(rows) == 2 * 10 * 108


def test_a_comparison_is_cancelled_and_the_page_stays_awake(visit: Visit) -> None:
    visitor = visit()
    visitor.open("compare")
    visitor.press("Compare")
    visitor.page.get_by_text("of 20 runs").wait_for(timeout=60_000)
    visitor.press("Cancel")
    visitor.page.get_by_text("Cancelled after").wait_for(timeout=10_000)
    visitor.page.wait_for_selector("button:has-text('Compare'):not([disabled])")


def test_the_evidence_is_filtered(visit: Visit) -> None:
    visitor = visit()
    visitor.open("evidence")
    visitor.page.get_by_role("button", name="measured").click()
    visitor.until(
        "[...document.querySelectorAll('.abm-evidence tbody tr')].every(r => r.innerText.includes('measured'))"
    )


def test_two_visitors_do_not_meet(visit: Visit) -> None:
    one, other = visit(), visit()
    one.open()
    other.open()
    one.press("Step")
    one.until(month_is("February 2022"))
    one.press("▶")
    one.until(year_from(2023))
    one.press("❚❚")
    assert other.month() == "January 2022"
    other.press("Step")
    other.until(month_is("February 2022"))
    assert "2022" not in one.month()


def test_anything_may_be_clicked_in_any_order(visit: Visit, trials: Callable[[int, int], int]) -> None:
    from playwright.sync_api import Error

    visitor, chance = visit(), random.Random(0)
    visitor.open()
    wanted = "button:not([disabled]), [role=tab], .abm-nav a, [data-node], [role=slider], .v-select, .v-list-item"
    for _ in range(trials(60, 200)):
        found = [one for one in visitor.page.locator(wanted).all() if one.is_visible()]
        with contextlib.suppress(Error):  # it may have gone, or lie under something
            chance.choice(found).click(timeout=1000, force=True)
        time.sleep(chance.choice((0.0, 0.05, 0.2)))
        visitor.page.wait_for_selector(".abm-main", timeout=60_000)
    visitor.page.keyboard.press("Escape")
    visitor.open()
    visitor.page.wait_for_selector(PAGES[""], timeout=60_000)
