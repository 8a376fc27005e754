"""The market that a page steps through, and its picture."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from abm.foundation import dates
from abm.law.regime import load_regime
from abm.records import HbmMonth, Sales, Use
from abm.runs import metrics
from abm.server import drawing
from abm.server.live import LANDMARKS, LiveMarket, law_now, markers
from abm.server.picture import BANDS, HIGH, WIDE, X, lab_groups, picture, shares, spaced
from abm.server.setup import Change, Setup

MARCH_2025 = dates.month_of(dates.parse_day("2025-03"))
ODD = '<script>alert("&")</script>'


@pytest.fixture(scope="module")
def market() -> LiveMarket:
    return LiveMarket(month=MARCH_2025)


# the market


def test_it_opens_with_the_first_reported_month() -> None:
    market = LiveMarket()
    assert (market.date, market.diary.months) == ("2022-01", ["2022-01"])
    market.step()
    assert (market.date, market.diary.months) == ("2022-02", ["2022-01", "2022-02"])


def test_it_is_made_again_as_mesa_does_on_reset(market: LiveMarket) -> None:
    again = type(market)(setup=Setup("no_controls"), scenario=market.scenario)
    assert (again.case.label, again.date) == ("no_controls", "2022-01")


def test_it_stops_at_the_last_month() -> None:
    market = LiveMarket(Setup(until="2022-03"), month=1000)
    assert (market.date, market.running) == ("2022-03", False)
    market.step()
    assert market.date == "2022-03"


def test_a_law_changed_on_the_way_leaves_the_months_before_as_they_were(market: LiveMarket) -> None:
    change = Change("hbm.policy", None, "free", "2025-02")
    changed = LiveMarket(Setup().change(change), month=MARCH_2025)
    before, after = (metrics.evaluate(one, ["hbm_stockpile", "china_compute"]) for one in (market, changed))
    known = market.diary.months.index("2025-02")
    for name in before:
        np.testing.assert_array_equal(before[name][:known], after[name][:known])
    assert before["hbm_stockpile"][-1] != after["hbm_stockpile"][-1]


def test_what_is_seen_of_a_month_is_made_once() -> None:
    market = LiveMarket()
    first = market.seen()
    assert market.seen() is first
    market.step()
    assert market.seen() is not first


def test_the_diary_holds_all_compute_and_all_that_was_bought(market: LiveMarket) -> None:
    last = market.diary.entries[-1]
    np.testing.assert_allclose(last.held.sum(axis=1), market.month[Use].held)
    bought = market.month[Sales].bought
    np.testing.assert_allclose(last.sold.sum(), (bought * market.products.compute).sum())
    assert len(market.diary.months) == market.t - dates.REPORT_FROM + 1


# the law


def test_the_law_of_the_month_names_what_is_new_and_what_is_coming() -> None:
    market = LiveMarket(month=dates.month_of(dates.parse_day("2024-12")))
    now = law_now(market)
    assert {act.name for act in now.fresh} >= {"us-hbm-rule", "us-dec2024-entity-list"}
    assert "us-hbm-rule" not in {act.name for act in now.standing}
    earlier = LiveMarket(month=dates.month_of(dates.parse_day("2024-10")))
    assert {act.name: chance for act, chance in law_now(earlier).coming}["us-hbm-rule"] < 1


def test_what_governments_decide_during_a_run_shows_as_law_once_it_binds() -> None:
    market = LiveMarket(Setup("negotiated"), month=dates.month_of(dates.parse_day("2026-11")))
    made = {act.name for act in market.regime.acts} - {act.name for act in market.case.regime.acts}
    assert made
    assert made <= {act.name for act, _ in law_now(market).coming}
    market.step()
    assert made <= {act.name for act in law_now(market).fresh}
    market.step()
    assert made <= {act.name for act in law_now(market).standing}
    assert any(made & {act.name for act in one.acts} for one in markers(market.regime, market.case.regime))


@pytest.mark.parametrize("regime", ["history", "hold_firm", "hbm_relief", "no_controls"])
@pytest.mark.parametrize("month", ["2023-11", "2025-06", "2026-11"])
def test_the_law_shown_is_that_of_the_timeline(regime: str, month: str) -> None:
    market = LiveMarket(Setup(regime), month=dates.month_of(dates.parse_day(month)))
    first = f"{month}-01"
    expected = set()
    for row in load_regime(regime).rows():
        end = str(row["until"]).rpartition(" ")[2]
        open_ended = str(row["until"]) == "no end"
        if row["until"] != "never in force" and str(row["effective"]) <= first and (open_ended or end > first):
            expected.add(row["name"])
    suspended = {name for act in load_regime(regime).acts if act.name in expected for name in act.suspends}
    assert {act.name for act in law_now(market).standing} == expected - suspended


def test_markers_are_landmarks_and_what_differs() -> None:
    history, relief = load_regime("history"), load_regime("hbm_relief")
    plain = markers(history)
    assert {act.name for one in plain for act in one.acts} == set(LANDMARKS)
    assert not any(one.differs for one in plain)
    found = {one.month: one for one in markers(relief, history)}
    assert [month for month, one in found.items() if one.differs] == ["2026-11"]
    assert found["2026-11"].words == ["Washington: HBM relief"]
    assert "Washington: HBM rule, December 2024" in found["2024-12"].words
    moved = {one.month for one in markers(history.shift("us-hbm-rule", 6), history) if one.differs}
    assert moved == {"2024-12", "2025-06"}


# the picture


def test_every_flow_joins_two_nodes_and_none_is_lost(market: LiveMarket) -> None:
    drawn = picture(market)
    keys = {node.key for node in drawn.nodes}
    assert len(keys) == len(drawn.nodes)
    assert {edge.start for edge in drawn.edges} | {edge.end for edge in drawn.edges} <= keys
    bought = float((market.month[Sales].bought * market.products.compute).sum())
    into = sum(edge.amount for edge in drawn.edges if edge.start.startswith("channel/"))
    out = sum(edge.amount for edge in drawn.edges if edge.end.startswith("channel/"))
    assert into == pytest.approx(bought, rel=1e-3)
    assert out == pytest.approx(bought, rel=1e-3)
    abroad = sum(edge.amount for edge in drawn.edges if edge.what == "world")
    assert abroad == pytest.approx(float((market.month[Sales].abroad * market.products.compute).sum()), rel=1e-3)
    stacks = sum(edge.amount for edge in drawn.edges if edge.end == "store/HBM")
    assert stacks == pytest.approx(float(market.month[HbmMonth].sold.sum() + market.month[HbmMonth].home.sum()), abs=10)


def test_positions_never_change_and_lie_inside(market: LiveMarket) -> None:
    first = {node.key: (node.x, node.y) for node in picture(LiveMarket()).nodes}
    last = {node.key: (node.x, node.y) for node in picture(market).nodes}
    assert first == last
    assert all(0 < x < WIDE and 0 < y < HIGH for x, y in last.values())
    assert len(set(last.values())) == len(last)


def test_suppliers_stand_left_and_each_in_its_band(market: LiveMarket) -> None:
    nodes = {node.key: node for node in picture(market).nodes}
    assert nodes["makers/SK hynix"].x < nodes["vendors/Nvidia"].x < X["channels"] < nodes["labs/DeepSeek"].x
    assert nodes["vendors/Nvidia"].y < BANDS[0][2] < BANDS[2][1] < nodes["vendors/Huawei"].y
    assert nodes["frontier/OpenAI"].y < BANDS[0][2] < nodes["world/world"].y < BANDS[2][1] < nodes["labs/DeepSeek"].y


def test_every_lab_is_in_one_group(market: LiveMarket) -> None:
    rows = np.concatenate(list(lab_groups(market.labs).values()))
    assert sorted(rows) == list(range(len(market.labs)))


def test_a_picture_is_well_formed_and_its_text_harmless(market: LiveMarket) -> None:
    drawn = picture(market)
    odd = drawn.nodes[0].__class__(f"labs/{ODD}", ODD, "labs", 500, 100, 0.5, "right", ODD)
    text = drawing.svg(type(drawn)((*drawn.nodes, odd), drawn.edges, 1.0, 1.0), picked=odd.key)
    root = ET.fromstring(text)
    assert "<script" not in text
    keys = [one.attrib["data-node"] for one in root.iter() if "data-node" in one.attrib]
    assert keys == [*(node.key for node in drawn.nodes), odd.key]
    assert len([one for one in root.iter() if one.attrib.get("class") == "picked"]) == 1


def test_lines_are_wider_where_more_flows(market: LiveMarket) -> None:
    drawn = picture(market)
    edges = sorted((edge for edge in drawn.edges if edge.what != "memory"), key=lambda edge: edge.amount)
    widths = [drawing.width(edge, drawn) for edge in edges]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1] <= 1.2 + drawing.WIDEST
    assert re.search(r"Widest line: .* H100e a month", drawing.svg(drawn))


def test_shares_and_spaces() -> None:
    assert shares([4.0, 1.0, 0.0, float("nan")]) == [1.0, 0.5, 0.0, 0.0]
    assert shares([0.0]) == [0.0]
    assert spaced(2, 0.0, 10.0) == [2.5, 7.5]
    assert spaced(0, 0.0, 10.0) == []
