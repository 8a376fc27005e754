"""Units, titles and numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.results import wording
from abm.runs.metrics import METRICS


@pytest.mark.parametrize(
    ("column", "unit", "largest", "label", "shown"),
    [
        ("china_compute", "H100e", 2.5e6, "million H100e", 2.5),
        ("china_compute", "H100e", 9_999.0, "H100e", 9_999.0),
        ("smuggled_compute", "H100e/month", 2e4, "thousand H100e a month", 20.0),
        ("vendor_china_revenue[Nvidia]", "USD/year", 1.7e10, "billion USD a year", 17.0),
        ("vendor_china_revenue[Nvidia]", "USD/quarter", 4e9, "billion USD a quarter", 4.0),
        ("domestic_units[Huawei]", "unit/month", 6e5, "thousand units a month", 600.0),
        ("hbm_to_china", "stack/month", 7e6, "million stacks a month", 7.0),
        ("capability_gap", "month", 12.0, "months", 12.0),
        ("capability_shortfall", "log10", 0.4, "orders of magnitude", 0.4),
        ("domestic_share_value", "1", 0.42, "per cent", 42.0),
        ("concentration", "1", 0.12, "index", 0.12),
        ("efficiency_china", "1", 8.0, "times the frontier of January 2022", 8.0),
        ("cost_per_compute", "USD/H100e-month", 900.0, "USD per H100e-month", 900.0),
        ("efficiency_jumps", "1/month", 2.0, "count a month", 2.0),
        ("china_compute", "H100e", math.nan, "H100e", 7.0),
    ],
)
def test_values_are_said_in_human_units(column: str, unit: str, largest: float, label: str, shown: float) -> None:
    scale = wording.scale(column, unit, largest)
    assert scale.label == label
    assert scale.of(largest if math.isfinite(largest) else 7.0) == pytest.approx(shown)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,230"), (12.345, "12.3"), (0.012345, "0.0123"), (0, "0"), (-2.5, "−2.50"), (999.96, "1,000"),
     (math.nan, "–"), (math.inf, "–"), (5e-9, "0.000000"), (123456789, "123,000,000")],
)  # fmt: skip
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert wording.number(value) == text


@given(st.floats(-1e12, 1e12))
def test_numbers_are_within_half_a_per_cent(value: float) -> None:
    said = float(wording.number(value).replace(",", "").replace("−", "-"))
    assert said == pytest.approx(value, rel=0.0051, abs=6e-7)


def test_intervals_share_their_decimals() -> None:
    assert wording.interval(2.5, 2.126, 2.874) == "+2.50 [2.13, 2.87]"
    assert wording.interval(-0.0141, -0.03, 0.0018) == "−0.0141 [−0.0300, 0.0018]"
    assert wording.interval(3.0, math.nan, math.nan) == "+3.00"
    assert wording.interval(-0.001, -0.002, 0.001, 1) == "0.0 [0.0, 0.0]"


def test_a_small_member_of_a_group_gets_one_more_decimal() -> None:
    assert wording.finer(-0.432, 1) == 2
    assert wording.finer(55.7, 1) == 1
    assert wording.finer(0.0004, 1) == 2
    assert wording.finer(0.0, 1) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("hbm_relief", "HBM relief"), ("no_controls", "No controls"), ("hold_firm", "Hold firm"), ("Nvidia", "Nvidia"),
     ("SK hynix", "SK hynix"), ("", "")],
)  # fmt: skip
def test_names_in_words(name: str, text: str) -> None:
    assert wording.say(name) == text


def test_titles_of_parts_and_sums() -> None:
    assert wording.title("capability_gap") == "China's capability gap to the frontier"
    assert wording.title("vendor_china_revenue[Nvidia]") == "Nvidia accelerator revenue in China"
    assert wording.title("domestic_units[*]") == "Domestic accelerators delivered"
    assert wording.title("china_compute_by_channel[grey]") == "Chinese AI compute by channel: Grey"
    assert wording.title("quite_new_metric") == "Quite new metric"


def test_every_declared_metric_has_a_title_or_reads_well_without() -> None:
    for name in METRICS:
        title = wording.title(name)
        assert "_" not in title
        assert title[0].isupper()


def test_factors_and_months_in_words() -> None:
    assert wording.factor("law.hbm.quota_share@2026-11") == "HBM: quota share, from November 2026"
    assert wording.factor("law.licence.approval@2026-11-01") == "Licence: approval, from November 2026"
    assert wording.factor("demand.theta") == "Sensitivity to value for money"
    assert wording.inside(wording.factor("governments.us_red_hbm")) == "Washington's limit on HBM"
    assert wording.month("2030-12") == "December 2030"


def test_counts() -> None:
    assert [wording.count(number, "run") for number in (0, 1, 1200)] == ["0 runs", "1 run", "1,200 runs"]
