"""Every page in a real Chromium: it opens whole and offline, and everything on it does what it says."""

import contextlib
import csv
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abm.results import wording

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

type Visit = Callable[[], Any]

PAGES = {
    "": ".abm-card",
    "compare": ".abm-two canvas",
    "flows": ".abm-plane svg",
    "evidence": ".abm-evidence tbody tr",
    "sweeps": ".abm-pivot",
}
START = "?regime=history&at=2022-01"
"""History at its first month."""
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
    visitor.page.wait_for_selector(PAGES[path])


def test_one_gets_from_page_to_page_and_back_to_the_same_month(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.press("Step one month")
    visitor.until(month_is("February 2022"))
    visitor.page.evaluate("window.solara.router.push('/compare?regime=history&at=2022-01')")  # a link that is behind
    for name in ("Compare", "Flows", "Evidence", "Sweeps", "Step"):
        visitor.page.get_by_role("link", name=name, exact=True).click()
        visitor.until(f"document.querySelector('.abm-here')?.innerText == '{name}'")
    visitor.until(month_is("February 2022"))
    visitor.page.wait_for_timeout(3000)
    assert visitor.month() == "February 2022", "no link leads back to another month, later either"


def test_step_play_pause_and_reset(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.until(f"{DRAWN} >= 4")
    visitor.press("Step one month")
    visitor.until(month_is("February 2022"))
    visitor.press("Play")
    visitor.until(year_from(2023))
    visitor.press("Pause")
    visitor.page.get_by_role("button", name="Play", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("Step one month")
    visitor.until(f"!({month_is(standing)})")
    assert place(visitor.month()) - place(standing) in (1, 2), "Step goes on from where Pause stopped"
    visitor.press("Reset to January 2022")
    visitor.until(month_is("January 2022"))


def test_keys_play_step_and_reset(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.until(f"{DRAWN} >= 4")
    visitor.page.keyboard.press("ArrowRight")
    visitor.until(month_is("February 2022"))
    visitor.page.keyboard.press(" ")
    visitor.until(month_is("2023"))
    visitor.page.keyboard.press(" ")
    visitor.page.get_by_role("button", name="Play", exact=True).wait_for()
    visitor.page.keyboard.press("Home")
    visitor.until(month_is("January 2022"))
    visitor.page.locator('[data-node="labs/DeepSeek"]').focus()
    visitor.page.evaluate("document.querySelector('[aria-label=\"Step one month\"]').click()")
    visitor.until(month_is("February 2022"))  # drawn anew, the picture keeps the focus
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("heading", name="DeepSeek").wait_for()


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
    visitor.open(START)
    visitor.until(f"{DRAWN} >= 4")
    client = visitor.page.context.new_cdp_session(visitor.page)
    for slower in (1, 6):  # a browser on a processor so many times slower than this one
        client.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for year in (2023, 2024):
            visitor.press("Play")
            visitor.until(year_from(year))
            before, after, waited = visitor.page.evaluate(PAUSE)
            assert place(after) - place(before) <= 2, f"{before} to {after} in {waited:.0f} ms, {slower} times slower"
        visitor.press("Reset to January 2022")
        visitor.until(month_is("January 2022"))


def test_a_change_while_playing_stops_play_at_the_month_shown(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.press("Play")
    visitor.until(year_from(2023))
    visitor.choose("Policy regime", "No controls")
    visitor.setup("No controls")
    visitor.page.get_by_role("button", name="Play", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("Step one month")
    visitor.until(f"!({month_is(standing)})")
    assert place(visitor.month()) - place(standing) == 1, "nothing plays on behind the page"


def test_a_page_may_be_left_and_closed_while_it_plays(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.press("Play")
    visitor.until(month_is("June 2022"))
    visitor.page.get_by_role("link", name="Evidence", exact=True).click()
    visitor.page.wait_for_selector(".abm-evidence")
    visitor.page.get_by_role("link", name="Step", exact=True).click()
    visitor.page.get_by_role("button", name="Play", exact=True).wait_for()
    standing = visitor.month()
    visitor.press("Play")
    visitor.until(f"!({month_is(standing)})")  # closed by the fixture, which looks for faults of the server


def test_play_goes_to_the_last_month_and_stops(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.press("Play")
    visitor.until(month_is("December 2030"))
    visitor.page.wait_for_selector(".abm-ended")
    visitor.press("Reset to January 2022")
    visitor.until(month_is("January 2022"))
    visitor.press("Step one month")
    visitor.until(month_is("February 2022"))


def test_each_kind_of_control_does_what_it_says(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.press("Step one month")
    visitor.until(month_is("February 2022"))
    visitor.fold("Chance and parameters")
    visitor.write("Seed of chance", "7")
    visitor.setup("(seed 7)")
    visitor.write("Unnamed start-ups, labs", "50")
    visitor.setup("Who is in the market: unnamed start-ups 50")
    visitor.page.locator(".market text", has_text=re.compile("^50 start-ups$")).wait_for()
    visitor.choose("Group of parameters", "What traders expect")
    visitor.choose("Which coming law counts", "None")
    visitor.setup("which coming law counts none")
    visitor.fold("All levers of the law")
    visitor.choose("Value", "Free")
    visitor.choose("From month", "May 2023")
    visitor.press("Apply from this month")
    visitor.setup("HBM: review of applications: free from May 2023")
    visitor.choose("Lever of the law", "Licences granted, share of complete applications")
    visitor.choose("For which product", "H20")
    visitor.write("Value", "0.25")
    visitor.press("Apply from this month")
    visitor.setup("for H20: 0.25 from May 2023")
    visitor.page.get_by_label("Slow-down of SMIC by tool controls").fill("10")
    visitor.setup("Slow-down of SMIC by tool controls: 0.5 from November 2026")
    assert visitor.month() == "February 2022"
    visitor.page.get_by_title("Undo: HBM: review of applications: free").click()
    visitor.page.locator(".abm-line:not(:has-text('HBM: review'))").wait_for()
    visitor.fold("Acts: drop, move or adopt")
    visitor.press("Move 6 months later")
    visitor.setup("HBM rule, December 2024 6 months later")
    visitor.press("Drop")
    visitor.setup("without HBM rule, December 2024")
    visitor.press("Restore")
    visitor.page.locator(".abm-line:not(:has-text('without'))").wait_for()
    visitor.page.get_by_role("checkbox").first.check(force=True)
    visitor.page.locator(".abm-line", has_text="with ").wait_for()


def test_a_wrong_value_is_told_at_its_field_and_changes_nothing(visit: Visit) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.fold("Chance and parameters")
    for label, text, words in (
        ("Unnamed start-ups, labs", "many", "a whole number from 0 to 100000 labs is wanted"),
        ("Unnamed start-ups, labs", "-3", "a whole number from 0 to 100000 labs is wanted"),
        ("Seed of chance", "12345", "a whole number from 0 to 9999 is wanted"),
    ):
        visitor.write(label, text)
        told = visitor.page.locator(".v-text-field", has=visitor.page.get_by_label(label, exact=True))
        told.locator(".v-messages", has_text=words).wait_for()
        visitor.page.get_by_label(label, exact=True).press_sequentially("1")
        told.locator(".v-messages", has_text=words).wait_for(state="detached")
    visitor.fold("All levers of the law")
    visitor.press("Apply from this month")
    visitor.page.locator(".v-messages", has_text="choose a value first").wait_for()
    assert visitor.page.locator(".abm-line").inner_text() == "No act in force. History (seed 0)"
    assert visitor.page.locator(".v-alert").count() == 0


# the head of the page, and its address


def test_the_page_answers_at_once_and_other_questions_are_asked(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.get_by_role("heading", level=1, name="What if China may buy foreign HBM?").wait_for()
    visitor.page.locator(".abm-card", has_text="Chinese AI compute").wait_for()
    assert 3 <= visitor.page.locator(".abm-card").count() <= 5
    visitor.press("What did all controls do since 2022?")
    visitor.page.locator(".abm-note", has_text="History, against No controls").wait_for()
    visitor.choose("Base", "History")
    visitor.page.get_by_text("Both sides are the same").wait_for()


def test_reload_and_back_keep_everything(visit: Visit, server: Any) -> None:
    visitor = visit()
    visitor.open(START)
    visitor.choose("Policy regime", "Tighten")
    visitor.setup("Tighten")
    visitor.page.locator('[data-node="vendors/Huawei"]').click()
    visitor.page.get_by_role("heading", name="Huawei", exact=True).wait_for()
    visitor.press("Step one month")
    visitor.until("location.search.includes('at=2022-02')")
    kept = visitor.page.url
    visitor.page.reload()
    visitor.setup("Tighten")
    visitor.until(month_is("February 2022"))
    visitor.page.get_by_role("heading", name="Huawei", exact=True).wait_for()
    assert visitor.page.url == kept
    visitor.page.get_by_role("link", name="Compare", exact=True).click()
    visitor.until("location.pathname == '/compare' && location.search.includes('regime=tighten')")
    visitor.page.go_back()
    visitor.setup("Tighten")
    visitor.page.get_by_role("heading", name="Huawei", exact=True).wait_for()
    with server.stopped():  # Back is not lost however long the answer takes
        visitor.page.go_back()
        visitor.page.wait_for_timeout(4000)
    visitor.page.get_by_role("heading", name="Huawei", exact=True).wait_for(state="detached")
    visitor.until("!location.search.includes('agent')")
    visitor.page.go_back()
    visitor.setup("History")
    other = visit()
    other.open(kept[kept.index("?") :])
    other.setup("Tighten")


def test_a_wrong_address_is_told_and_the_usual_page_is_shown(visit: Visit) -> None:
    visitor = visit()
    visitor.open("?regime=hold_frm")
    visitor.page.locator(".v-alert", has_text="hold_firm").wait_for()
    visitor.setup("HBM relief")


# charts


def test_a_chart_is_saved_cited_and_read_as_a_table(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    visitor.page.wait_for_selector(".abm-charts canvas")
    first = visitor.page.locator(".abm-charts figure").first
    name = first.get_attribute("id")
    first.locator("summary").click()
    for kind, begin in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"# ")):
        with visitor.page.expect_download() as download:
            first.get_by_role("button", name=kind, exact=True).click()
        assert download.value.suggested_filename == f"{name}.{kind.lower()}"
        with open(download.value.path(), "rb") as file:
            content = file.read()
        assert content.startswith(begin)
        assert kind == "PNG" or b"chip-export-abm" in content
        first.locator("summary").click()
    first.get_by_role("button", name="Table").click()
    first.get_by_role("rowheader", name="December 2030").wait_for()
    assert re.search(
        r"ends at|no value", str(first.get_by_role("img", include_hidden=True).get_attribute("aria-label"))
    )


# words, names and widths


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_a_page_fits_its_width_and_speaks_in_words(visit: Visit, path: str, width: int) -> None:
    visitor = visit()
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.open(path)
    visitor.page.wait_for_selector(PAGES[path])
    if width == 390 and path in ("", "compare"):
        visitor.press("Change the law, the month, the base")
        visitor.page.wait_for_timeout(500)
    assert visitor.page.evaluate(FAULTS) == []


FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")
"""What is wrong with a page: what ends outside the window, lies on another, is no word, or has no name or place."""


def test_governments_that_react_change_the_law_on_the_page(visit: Visit) -> None:
    visitor = visit()
    visitor.open("?regime=history&at=2026-08")
    visitor.choose("Policy regime", "Negotiated")
    visitor.setup("Negotiated")
    visitor.press("Play")
    visitor.until(year_from(2027))
    visitor.press("Pause")
    visitor.fold("Law of the month shown")
    visitor.page.locator(
        ".abm-lawlist", has_text=re.compile("Washington (and Beijing agree|moves licences)")
    ).first.wait_for()
    visitor.page.locator('[data-node="vendors/Huawei"]').click()
    visitor.choose("Another agent", "Washington (government)")
    visitor.page.get_by_text("reviews the law, reacts and bargains").wait_for()


def test_circles_channels_and_stocks_tell_their_stories(visit: Visit) -> None:
    visitor = visit()
    visitor.open()
    for key, words in (
        ("vendors/Huawei", "a Chinese chip vendor"),
        ("channel/grey", "brokers bring in"),
        ("store/HBM", "Chinese vendors hold"),
        ("labs/DeepSeek", "a start-up, has"),
    ):
        visitor.page.locator(f'[data-node="{key}"]').dispatch_event("click")
        visitor.page.locator(".abm-sentence", has_text=words).wait_for()
        assert visitor.page.locator(".market .picked").count() == 1
    visitor.page.get_by_text("Last decisions").wait_for()
    visitor.page.get_by_title("Close").click()
    visitor.page.wait_for_selector(".abm-agent-card", state="detached")


def test_a_comparison_goes_to_its_end_and_is_downloaded(visit: Visit) -> None:
    visitor = visit()
    visitor.open("compare")
    visitor.page.locator(".abm-note", has_text="10 pairs of runs").wait_for()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Runs of this metric (CSV)").click()
    with open(download.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["regime"], row["setup"]) for row in rows} == {("Base", "Hold firm"), ("Changed", "HBM relief")}
    assert len(rows) == 2 * 10 * 108


def test_a_comparison_is_cancelled_and_the_page_stays_awake(visit: Visit) -> None:
    visitor = visit()
    visitor.open("compare?regime=tighten&seeds=50")
    visitor.page.get_by_text("of 100 runs").wait_for()
    visitor.press("Cancel")
    visitor.page.get_by_text("Cancelled after").wait_for()
    visitor.page.wait_for_selector("button:has-text('Run again'):not([disabled])")


def test_the_evidence_is_filtered(visit: Visit) -> None:
    visitor = visit()
    visitor.open("evidence")
    visitor.page.get_by_role("button", name="measured").click()
    visitor.until(
        "[...document.querySelectorAll('.abm-evidence tbody tr')].every(r => r.innerText.includes('measured'))"
    )


def test_two_visitors_do_not_meet(visit: Visit) -> None:
    one, other = visit(), visit()
    one.open(START)
    other.open(START)
    one.press("Step one month")
    one.until(month_is("February 2022"))
    one.press("Play")
    one.until(year_from(2023))
    one.press("Pause")
    assert other.month() == "January 2022"
    other.press("Step one month")
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
        visitor.page.wait_for_selector(".abm-main")
    visitor.page.keyboard.press("Escape")
    visitor.open()
    visitor.page.wait_for_selector(PAGES[""])
