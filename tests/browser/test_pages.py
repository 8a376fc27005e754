"""Every page in a real Chromium: it opens whole and offline, and everything on it does what it says."""

import contextlib
import csv
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from abm.results import wording

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


def place(month: str) -> int:
    """A month in words as a number."""
    name, year = month.split()
    return int(year) * 12 + wording.MONTHS.index(name)


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
    visitor.until(f"{DRAWN} >= 4")
    visitor.press("Step")
    visitor.until(month_is("February 2022"))
    visitor.press("▶")
    visitor.until(year_from(2023))
    visitor.press("❚❚")
    visitor.page.get_by_role("button", name="▶", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("Step")
    visitor.until(f"!({month_is(standing)})")
    assert place(visitor.month()) - place(standing) in (1, 2), "Step goes on from where Pause stopped"
    visitor.press("Reset")
    visitor.until(month_is("January 2022"))


PAUSE = """() => new Promise((done) => {
  const month = () => document.querySelector('.abm-month').innerText;
  const button = (label) => [...document.querySelectorAll('button')].find((one) => one.innerText.trim() === label);
  const began = performance.now(), before = month();
  button('❚❚').click();
  const look = () => button('▶') ? done([before, month(), performance.now() - began]) : setTimeout(look, 5);
  look();
})"""
"""Press Pause; the month then, the month when it has stopped, and the milliseconds between."""


def test_pause_comes_at_once_also_under_load(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.until(f"{DRAWN} >= 4")
    client = visitor.page.context.new_cdp_session(visitor.page)
    for slower in (1, 6):  # a browser on a processor so many times slower than this one
        client.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for year in (2023, 2024):
            visitor.press("▶")
            visitor.until(year_from(year), seconds=120)
            before, after, waited = visitor.page.evaluate(PAUSE)
            assert place(after) - place(before) <= 2, f"{before} to {after} in {waited:.0f} ms, {slower} times slower"
        visitor.press("Reset")
        visitor.until(month_is("January 2022"))


def test_a_change_while_playing_stops_play_at_the_month_shown(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("▶")
    visitor.until(year_from(2023))
    visitor.choose("Policy regime", "No controls")
    visitor.setup("No controls")
    visitor.page.get_by_role("button", name="▶", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("Step")
    visitor.until(f"!({month_is(standing)})")
    assert place(visitor.month()) - place(standing) == 1, "nothing plays on behind the page"


def test_a_page_may_be_left_and_closed_while_it_plays(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("▶")
    visitor.until(month_is("June 2022"))
    visitor.page.get_by_role("link", name="Evidence", exact=True).click()
    visitor.page.wait_for_selector(".abm-evidence")
    visitor.page.get_by_role("link", name="Step", exact=True).click()
    visitor.page.get_by_role("button", name="▶", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("▶")
    visitor.until(f"!({month_is(standing)})")  # closed by the fixture, which looks for faults of the server


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
    visitor.choose("Value", "Free")
    visitor.press("Apply")
    visitor.page.get_by_text("Changes made here").wait_for(timeout=60_000)
    visitor.tab("Parameters")
    visitor.write("Startups, lab", "50")
    visitor.page.locator(".market text", has_text=re.compile("^50 start-ups$")).wait_for(timeout=60_000)
    visitor.setup("population.startups = 50")


def test_each_kind_of_control_does_what_it_says(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.press("Step")
    visitor.until(month_is("February 2022"))
    visitor.tab("Parameters")
    visitor.write("Random seed, 0 to 9999", "7")
    visitor.setup("(seed 7)")
    visitor.write("Startups, lab", "50")
    visitor.setup("population.startups = 50")
    visitor.write("Tail", "1.3")
    visitor.setup("population.tail = 1.3")
    visitor.choose("Group of parameters", "Expectation")
    visitor.choose("Rule", "None")
    visitor.setup("expectation.rule = none")
    visitor.tab("Law")
    visitor.choose("Value", "Free")
    visitor.write("From month", "2023-05")
    visitor.press("Apply")
    visitor.setup("HBM: policy: free from May 2023")
    visitor.choose("Lever of the law", "Licence: approval")
    visitor.choose("For which SKU", "H20")
    visitor.write("Value", "0.25")
    visitor.press("Apply")
    visitor.setup("Licence: approval for H20: 0.25 from May 2023")
    visitor.choose("Lever of the law", "Letter: addressed")
    visitor.page.get_by_role("switch", name="In force").click(force=True)
    visitor.press("Apply")
    visitor.setup("Letter: addressed for all: true from May 2023")
    assert visitor.month() == "February 2022"
    visitor.page.get_by_title("Undo").first.click()
    visitor.page.locator(".abm-line:not(:has-text('HBM: policy'))").wait_for()
    visitor.tab("Acts")
    visitor.press("Move")
    visitor.setup("us-hbm-rule +6 months")
    visitor.page.get_by_role("checkbox").first.check(force=True)
    visitor.page.locator(".abm-line", has_text="with ").wait_for()


def test_a_wrong_value_is_told_and_changes_nothing(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.tab("Parameters")
    for text, words in (("many", "a whole number is wanted"), ("-3", "population.startups")):
        visitor.write("Startups, lab", text)
        visitor.page.locator(".v-alert", has_text=words).wait_for()
    visitor.write("Random seed, 0 to 9999", "12345")
    visitor.page.locator(".v-alert", has_text="a whole number from 0 to 9999 is wanted").wait_for()
    visitor.tab("Law")
    visitor.choose("Value", "Free")
    visitor.write("From month", "soon")
    visitor.press("Apply")
    visitor.page.locator(".v-alert", has_text="soon").wait_for()
    assert visitor.page.locator(".abm-line").inner_text() == "No act in force. History (seed 0)"


def test_governments_that_react_change_the_law_on_the_page(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.choose("Policy regime", "Negotiated")
    visitor.setup("Negotiated")
    visitor.press("▶")
    visitor.until(year_from(2027), seconds=120)
    visitor.press("❚❚")
    visitor.page.locator(
        ".abm-lawlist", has_text=re.compile("Washington (and Beijing agree|moves licences)")
    ).first.wait_for()
    visitor.tab("Agents")
    visitor.choose("Agent", "Washington (governments)")
    visitor.page.locator(".abm-agent", has_text="Licences, by its own steps").wait_for()


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
        visitor.page.get_by_role("button", name="This metric (CSV)").click()
    with open(download.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["regime"], row["setup"]) for row in rows} == {("Base", "Hold firm"), ("Changed", "HBM relief")}
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
