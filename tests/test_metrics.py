"""What a run reports: how metrics are declared, how columns are asked for, and what must hold among them."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.agents.products import CHANNELS
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.model import ChipMarket
from abm.rules.production import INPUTS
from abm.runs.metrics import METRICS, PER_CENT, Metric, evaluate, flows, parse
from abm.runs.metrics.declare import metric
from tests.reference.runs import run

SHARES = (
    *(one.name for one in METRICS.values() if one.shown == PER_CENT and "premium" not in one.name),
    "concentration",
    "software_readiness",
)
RECORDS = ("capability_frontier", "capability_china", "largest_run")
SIGNED = {"vendor_profit"}
"""Flows that may be negative."""
MAY_BE_UNDEFINED = {one.name for one in METRICS.values() if "undefined" in one.definition}

Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def model() -> ChipMarket:
    """History to the end of 2027."""
    return ChipMarket("history", rng=1, until="2027-12").run()


@pytest.fixture(scope="module")
def columns(model: ChipMarket) -> Columns:
    """Every column of the run."""
    return evaluate(model)


def at(month: str) -> int:
    """The place of a reported month."""
    return dates.month_of(dates.parse_day(month)) - dates.REPORT_FROM


def parts(columns: Columns, name: str) -> Columns:
    """A metric's parts by key."""
    return {parse(one)[1]: values for one, values in columns.items() if parse(one)[0] == name}


# --- declarations ---


@pytest.mark.parametrize("one", METRICS.values(), ids=lambda one: one.name)
def test_every_metric_says_what_it_is(one: Metric) -> None:
    assert METRICS[one.name] is one
    assert one.unit
    assert not one.definition[0].islower()
    assert not one.definition.endswith(".")
    assert one.title[0].isupper()
    assert "_" not in one.title
    assert re.fullmatch(r"[a-z0-9_]+", one.name)
    assert (one.kind == "flow") == bool(re.search("/(month|year)$", one.unit)), "a flow is per month or year"
    assert one.shown == "index" or one.unit == "1"
    assert bool(one.part) <= bool(one.keys)
    assert one.material(1e20, 1.0)
    assert not one.material(0.0, 1.0)


def test_titles_and_ranks_tell_metrics_apart() -> None:
    ranks = [one.rank for one in METRICS.values() if one.rank is not None]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    assert len({one.title for one in METRICS.values()}) == len(METRICS)


def test_a_metric_is_declared_by_one_function() -> None:
    @metric("card/month", "flow", "Cards lost at sea", 5)
    def cards_lost(market: object) -> np.ndarray:
        """Cards that went down with a ship
        on the way.

        A note for who reads the code.
        """
        return np.zeros(3)

    assert (cards_lost.name, cards_lost.headline) == ("cards_lost", "sum")
    assert cards_lost.definition == "Cards that went down with a ship on the way"
    assert (cards_lost.material(5.0, 1e6), cards_lost.material(-4.9, 1e6)) == (True, False)
    relative = replace(cards_lost, step="2%")
    assert (relative.material(-2.0, -100.0), relative.material(1.9, 100.0)) == (True, False)
    with pytest.raises(ValueError, match="step"):
        replace(cards_lost, step="2 per cent")


# --- columns ---


def test_columns_are_one_number_a_reported_month(model: ChipMarket, columns: Columns) -> None:
    for name, values in columns.items():
        assert (values.shape, values.dtype) == ((72,), np.float64), name
        assert values.flags.c_contiguous
    assert {parse(name)[0] for name in columns} == set(METRICS)
    assert len(dates.reported(model.setting.months)) == 72


def test_only_metrics_with_keys_have_parts_and_no_total_shares_a_name_with_them(columns: Columns) -> None:
    for column in columns:
        name, key = parse(column)
        assert bool(key) == bool(METRICS[name].keys), column


def test_values_are_finite_where_they_are_defined(columns: Columns) -> None:
    wrong = [
        name
        for name, values in columns.items()
        if np.isinf(values).any() or (np.isnan(values).any() and parse(name)[0] not in MAY_BE_UNDEFINED)
    ]
    assert wrong == []


def test_keys_are_channels_vendors_makers_products_and_inputs(model: ChipMarket, columns: Columns) -> None:
    home = {name for name, domestic in zip(model.vendors.names, model.vendors.domestic, strict=True) if domestic}
    assert set(parts(columns, "china_compute_by_channel")) <= set(CHANNELS)
    assert set(parts(columns, "vendor_revenue")) == set(model.vendors.names)
    assert set(parts(columns, "domestic_units")) == home
    assert set(parts(columns, "hbm_maker_revenue")) == set(model.makers.names)
    assert set(parts(columns, "hbm_maker_china_revenue")) == set(model.makers.names) - {"CXMT"}
    assert set(parts(columns, "units_to_china")) == set(model.axis.skus[model.axis.licensed])
    assert set(parts(columns, "binding_input")) == {f"{vendor}/{one}" for vendor in home for one in INPUTS}


# --- asking for some ---


def test_what_is_kept_is_what_was_asked_for(model: ChipMarket, columns: Columns) -> None:
    keep = ["capability_gap", "units_to_china[H20]", "binding_input[Huawei/hbm]", "china_compute_by_channel"]
    kept = evaluate(model, keep)
    channels = [f"china_compute_by_channel[{key}]" for key in parts(columns, "china_compute_by_channel")]
    assert set(kept) == {*keep[:3], *channels}
    for name, values in kept.items():
        np.testing.assert_array_equal(values, columns[name])


def test_a_generator_of_names_will_do_and_nothing_gives_nothing(model: ChipMarket) -> None:
    assert list(evaluate(model, (name for name in ["us_compute"]))) == ["us_compute"]
    assert evaluate(model, []) == {}


def test_unknown_names_are_refused_all_at_once(model: ChipMarket) -> None:
    with pytest.raises(InputError) as caught:
        evaluate(model, ["capability_gapp", "china_compute", "unit_to_china[H20]"])
    assert "no metric 'capability_gapp'; did you mean 'capability_gap'?" in str(caught.value)
    assert "no metric 'unit_to_china[H20]'; did you mean 'units_to_china'?" in str(caught.value)
    assert "'china_compute'" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("china_compute", ("china_compute", "")),
        ("units_to_china[RTX PRO 6000D]", ("units_to_china", "RTX PRO 6000D")),
        ("law[cn.import_mode:H20/discourage]", ("law", "cn.import_mode:H20/discourage")),
        ("a[b[c]]", ("a", "b[c]")),
        ("Not a metric", ("Not a metric", "")),
        ("a[]", ("a[]", "")),
    ],
)
def test_columns_are_taken_apart(column: str, found: tuple[str, str]) -> None:
    assert parse(column) == found


@given(st.sampled_from(list(METRICS)), st.text(min_size=1, max_size=20).filter(lambda key: "\n" not in key))
def test_any_key_comes_back(name: str, key: str) -> None:
    assert parse(f"{name}[{key}]") == (name, key)


# --- what must hold among them ---


def test_totals_are_the_sums_of_their_channels(columns: Columns) -> None:
    whole = sum(parts(columns, "china_compute_by_channel").values())
    np.testing.assert_allclose(columns["china_compute"], whole, rtol=1e-12)
    assert (columns["world_compute"] > columns["china_compute"] + columns["us_compute"]).all()


@pytest.mark.parametrize("name", SHARES)
def test_shares_are_between_zero_and_one(columns: Columns, name: str) -> None:
    for column, values in columns.items():
        if parse(column)[0] == name:
            known = values[~np.isnan(values)] if name in MAY_BE_UNDEFINED else values
            assert len(known), column
            assert ((known >= 0) & (known <= 1)).all(), column


@pytest.mark.parametrize(
    "name", [one.name for one in METRICS.values() if one.kind == "flow" and one.name not in SIGNED]
)
def test_flows_are_never_negative(columns: Columns, name: str) -> None:
    for column, values in columns.items():
        if parse(column)[0] == name:
            assert (values[~np.isnan(values)] >= 0).all(), column


def test_one_input_binds_a_vendor_that_makes_something(model: ChipMarket, columns: Columns) -> None:
    binding, made = parts(columns, "binding_input"), model.history["made"][dates.REPORT_FROM :]
    for place, vendor in enumerate(model.vendors.names):
        if not model.vendors.domestic[place]:
            continue
        shares = np.array([binding[f"{vendor}/{one}"] for one in INPUTS])
        assert set(np.unique(shares)) <= {0.0, 1.0}
        np.testing.assert_array_equal(shares.sum(axis=0), (made[:, place] > 0).astype(float))


def test_the_binding_input_is_the_one_that_allows_least(model: ChipMarket, columns: Columns) -> None:
    limits = model.history["limits"][dates.REPORT_FROM :]
    huawei = model.vendors.index["Huawei"]
    for month in range(len(limits)):
        bound = [one for one in INPUTS if columns[f"binding_input[Huawei/{one}]"][month]]
        if bound:
            assert limits[month, huawei, INPUTS.index(bound[0])] == limits[month, huawei].min()


@pytest.mark.parametrize("name", RECORDS)
def test_records_never_fall(columns: Columns, name: str) -> None:
    for column, values in columns.items():
        if parse(column)[0] == name:
            assert (np.diff(values) >= 0).all(), column


def test_the_gap_is_the_shortfall_read_on_the_frontiers_record(columns: Columns) -> None:
    frontier, china = columns["capability_frontier"], columns["capability_china"]
    np.testing.assert_allclose(columns["capability_shortfall"], frontier - china)
    month = at("2027-12")
    back = columns["capability_gap"][month]
    assert 0 < back < 60
    assert np.interp(month - back, np.arange(72), frontier) == pytest.approx(china[month], abs=1e-9)
    assert (np.sign(columns["capability_gap"]) == np.sign(columns["capability_shortfall"])).all()


def test_speed_is_the_rise_over_a_year(columns: Columns) -> None:
    frontier = columns["capability_frontier"]
    np.testing.assert_allclose(columns["frontier_speed"][12:], frontier[12:] - frontier[:-12])


def test_self_sufficiency_is_the_ratio_of_sums_over_a_year(model: ChipMarket, columns: Columns) -> None:
    added = model.history["units"] * model.products.compute
    home = added[:, model.axis.domestic].sum(axis=1)
    abroad = sum(added[:, rows].sum(axis=1) for rows in (model.axis.licensed, model.axis.grey, model.axis.gaming))
    for month in (at("2022-01"), at("2024-06"), at("2027-12")):
        year = slice(dates.REPORT_FROM + month - 11, dates.REPORT_FROM + month + 1)
        expected = home[year].sum() / (home[year].sum() + abroad[year].sum())
        assert columns["self_sufficiency"][month] == pytest.approx(expected)


def test_domestic_shares_follow_from_the_units(columns: Columns) -> None:
    home = sum(parts(columns, "domestic_units").values())
    abroad = sum(parts(columns, "units_to_china").values())
    np.testing.assert_allclose(columns["domestic_share_units"], home / (home + abroad))
    assert (columns["domestic_share_units_large"] >= columns["domestic_share_units"] - 1e-12).all()


def test_large_cards_are_those_with_hbm_or_a_quarter_of_an_h100(model: ChipMarket, columns: Columns) -> None:
    large = (model.products.stacks > 0) | (model.products.compute >= 0.25)
    units = model.history["units"][dates.REPORT_FROM :] * large
    home, abroad = units[:, model.axis.domestic].sum(axis=1), units[:, model.axis.licensed].sum(axis=1)
    np.testing.assert_allclose(columns["domestic_share_units_large"], home / (home + abroad))


def test_efficiency_is_a_factor_over_the_frontier_of_january_2022(model: ChipMarket, columns: Columns) -> None:
    for side, table in (("frontier", model.frontier), ("china", model.labs)):
        assert columns[f"efficiency_{side}"][-1] == pytest.approx(10 ** table.efficiency.max())
    assert columns["efficiency_frontier"][0] == pytest.approx(1.0, rel=0.15)


def test_nobody_earns_more_in_china_than_worldwide(columns: Columns) -> None:
    for here, everywhere in (
        ("vendor_china_revenue", "vendor_revenue"),
        ("hbm_maker_china_revenue", "hbm_maker_revenue"),
    ):
        whole = parts(columns, everywhere)
        for name, usd in parts(columns, here).items():
            assert (usd <= whole[name] * (1 + 1e-12)).all(), name
    np.testing.assert_array_equal(
        columns["vendor_china_revenue[Huawei]"], columns["vendor_revenue[Huawei]"], "sells at home alone"
    )


def test_billing_goes_on_after_the_last_filing() -> None:
    kept = run("hold_firm", 0, "2030-12")
    assert set(kept.parts("vendor_china_billing")) == {"Nvidia"}
    gaming = kept["vendor_china_billing[Nvidia]"] - kept["vendor_china_revenue[Nvidia]"]
    assert np.isfinite(gaming).all()
    assert gaming.min() > 0
    assert gaming[-36:] == pytest.approx(gaming[-1])


def test_grants_never_exceed_what_was_ever_applied_for(columns: Columns) -> None:
    applied, granted = (np.cumsum(columns[f"licence_{one}"]) for one in ("applications", "grants"))
    assert (granted <= applied * (1 + 1e-9)).all()
    undefined = np.isnan(columns["licence_delay"])
    np.testing.assert_array_equal(undefined, columns["licence_applications"] == 0)
    assert (columns["licence_delay"][~undefined] >= 1).all()


def test_no_fee_is_paid_before_there_is_one_and_some_after(columns: Columns) -> None:
    assert not columns["licence_fees"][: at("2025-08")].any()
    assert columns["licence_fees"][at("2025-10") :].any()


# --- the law, for the axis of time ---


def test_a_choice_is_one_hot_from_its_first_month_on(columns: Columns) -> None:
    policy = columns["law[hbm.policy/presume_deny]"]
    assert not policy[: at("2025-01")].any()
    assert policy[at("2025-01") :].all()
    halt = columns["law[cn.import_mode:RTX PRO 6000D/forbid_orders]"]
    assert (halt[at("2025-09")], halt[at("2025-10")]) == (0.0, 1.0)


def test_a_number_is_its_value_and_undefined_while_nobody_sets_it(columns: Columns) -> None:
    line = columns["law[oct2022.tpp_min]"]
    assert np.isnan(line[: at("2022-11")]).all()
    assert (line[at("2022-11") : at("2023-12")] == 4800).all()
    assert np.isnan(line[at("2023-12") :]).all()


def test_at_most_one_choice_of_a_lever_holds(columns: Columns) -> None:
    choices: dict[str, list[np.ndarray]] = {}
    for key, values in parts(columns, "law").items():
        if "/" in key:
            choices.setdefault(key.split("/")[0], []).append(values)
    assert choices
    for lever, several in choices.items():
        assert (sum(several) <= 1).all(), lever


# --- flows ---


@pytest.fixture(scope="module")
def table(model: ChipMarket) -> pd.DataFrame:
    """Every transfer of the run."""
    return flows(model)


def test_flows_name_month_good_channel_and_sectors(model: ChipMarket, table: pd.DataFrame) -> None:
    assert list(table.columns) == ["month", "good", "sku", "channel", "from", "to", "units", "usd"]
    assert set(table["good"]) == {"accelerator", "compute", "hbm", "die", "money"}
    assert set(table["sku"]) <= set(model.ledger.goods)
    assert sorted(set(table["month"])) == [
        dates.label(month) for month in range(dates.REPORT_FROM, model.setting.months)
    ]
    assert (table[["units", "usd"]] >= 0).all(axis=None)
    assert set(table.loc[table["good"] == "money", "units"]) == {0.0}


def test_cards_delivered_in_the_flows_are_those_of_the_metrics(table: pd.DataFrame, columns: Columns) -> None:
    new = (table["from"] == "transit") & (table["to"] == "labs") & (table["channel"] == "licensed")
    cards = table[(table["good"] == "accelerator") & new]
    h20 = cards[cards["sku"] == "H20"].groupby("month")["units"].sum()
    for month in ("2024-09", "2024-12", "2025-03"):
        assert h20[month] == pytest.approx(columns["units_to_china[H20]"][at(month)])


def test_grey_cards_can_be_traced_from_third_countries_to_labs(table: pd.DataFrame, columns: Columns) -> None:
    units = lambda sender, receiver: table.loc[  # noqa: E731
        (table["from"] == sender) & (table["to"] == receiver) & (table["good"] == "accelerator"), "units"
    ].sum()
    landed, seized = columns["smuggled_units"].sum(), columns["seized_units"].sum()
    assert landed > 0
    assert units("world", "brokers") == pytest.approx(landed + seized)
    assert units("brokers", "government") == pytest.approx(seized)
    assert 0 < units("brokers", "transit") <= landed
    converted = columns["gaming_repurposed"].sum()
    assert units("shops", "workshops") == pytest.approx(converted + units("workshops", "outside"))


def test_fees_in_the_flows_are_those_of_the_metrics(table: pd.DataFrame, columns: Columns) -> None:
    fees = table[table["to"] == "vendors"].loc[lambda rows: rows["channel"] == "fees"]
    assert set(fees["from"]) == {"government"}
    assert fees["usd"].sum() == pytest.approx(columns["licence_fees"].sum())
