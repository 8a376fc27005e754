"""The supply side in runs: memory as a market, what binds Ascend, what a rule strands, what vendors design and sell."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from abm.facts import catalog
from abm.foundation.dates import month_of
from abm.foundation.parameters import Parameters, declarations
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime, shipped
from abm.law.rulings import classify
from abm.model import ChipMarket
from abm.runs import metrics
from tests.reference.runs import Kept, run

SEEDS = (0,)
TOOLS = ("law.tools.cxmt@2026-11", "law.tools.smic@2026-11")
HISTORY = load_regime("history")
MEMORY_RULE = ("us-hbm-rule", "us-hbm-exception")


def whole(kept: Kept, metric: str, first: str, last: str) -> float:
    """The sum of a metric over its keys and some months."""
    return sum(kept.total(f"{metric}[{key}]", first, last) for key in kept.parts(metric))


def memory_rule(leaked: str | None, announced: str = "2024-12-02") -> Regime:
    """History with the rule on HBM leaked and announced on other days, and in force on the same."""
    when = {"leaked": date.fromisoformat(leaked) if leaked else None, "announced": date.fromisoformat(announced)}
    acts = tuple(replace(act, **when, credence=None) if act.name in MEMORY_RULE else act for act in HISTORY.acts)
    return replace(HISTORY, acts=acts, name=f"leaked {leaked}, announced {announced}")


# --- stockpiles (C1, C2, claim 8) ---


@pytest.mark.parametrize("seed", SEEDS)
def test_a_longer_gap_between_leak_and_effect_means_a_larger_stockpile(seed: int) -> None:
    """C2: the sign of the stockpile in the gap is positive."""
    leaks = (None, "2024-08-01", "2024-05-01", "2024-02-01")
    held = [run(memory_rule(leaked), seed, "2025-02").at("hbm_stockpile", "2024-12") for leaked in leaks]
    assert all(later > 1.15 * earlier for earlier, later in pairwise(held[:3]))
    assert held[3] > held[2], "by then buyers have all that they want to cover"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_longer_notice_means_a_larger_stockpile_and_more_chips_after(seed: int) -> None:
    short, long = (run(memory_rule(None, day), seed, "2026-12") for day in ("2024-12-02", "2024-08-02"))
    assert long.at("hbm_stockpile", "2024-12") > 1.3 * short.at("hbm_stockpile", "2024-12")
    made = [kept.total("domestic_units[Huawei]", "2025-01", "2026-12") for kept in (short, long)]
    assert made[1] > 1.05 * made[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stockpile_is_drawn_down_once_the_rule_binds(seed: int) -> None:
    stock = run("history", seed, "2027-12").over("hbm_stockpile", "2024-12", "2027-12")
    assert (np.diff(stock) <= 0.02 * stock[0]).all()
    assert stock[12] < 0.7 * stock[0]
    assert stock[-1] > 0.02 * stock[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wider_view_ahead_sees_a_truce_end(seed: int) -> None:
    """A bar that a truce holds off for a year is foreseen by those who look a year ahead."""
    bar = Act.of("bar", announced="2024-03", sets={"named.policy": {"H20": "deny"}})
    truce = Act.of("truce", by="both", announced="2024-03", ends="2025-06", suspends=["bar"], sets={})
    regime = HISTORY.before("2024-03") | bar | truce
    near, far = (run(regime, seed, "2025-08", expectation__ahead_months=months) for months in (2, 13))
    assert near.total("units_to_china[H20]", "2025-07", "2025-08") == 0.0
    early = [kept.total("lab_spending", "2024-07", "2025-01") for kept in (near, far)]
    assert early[1] > 1.02 * early[0]


def months_of_use(kept: Kept, month: str) -> tuple[float, float]:
    """Stock over a month's use in the year to a month, and the largest purchase over it in the same year."""
    year = (f"{month[:4]}-01", month)
    stock = kept.over("hbm_stockpile", *year)
    bought = kept.over("hbm_to_china", *year)
    use = (bought.sum() + kept.total("cxmt_output", *year) - (stock[-1] - stock[0])) / len(stock)
    return float(stock[-1] / use), float(bought.max() / use)


@pytest.mark.parametrize("regime", shipped())
def test_stocks_of_memory_answer_what_is_sold(regime: str) -> None:
    """No more is held at the end of a long run than vendors want in stock and the months at which CXMT slows down, and
    no month of relief buys more than what vendors want."""
    kept = run(regime, 0, "2030-12")
    held, _ = months_of_use(kept, "2030-12")
    assert held < Parameters().hbm.safety_months + Parameters().hbm.cxmt_stock
    for year in range(2026, 2031):
        assert months_of_use(kept, f"{year}-12")[1] < Parameters().hbm.safety_months


@pytest.mark.parametrize("seed", SEEDS)
def test_a_glut_of_chips_lowers_their_price_and_a_glut_of_memory_the_output_of_cxmt(seed: int) -> None:
    """With a third of the money Chinese cards are cheaper, by what is sold of each; and CXMT makes less while stacks
    are piled up in fear of an end of supply, against one that nobody sees coming."""
    usual, poor = (
        ChipMarket("hold_firm", rng=seed, until="2029-12", **{"budget.capex_scale": scale}).run()
        for scale in (1.0, 0.3)
    )
    home = usual.axis.domestic
    sold = usual.products.sales[home]
    assert (sold > 100).sum() >= 5
    assert sold @ poor.products.factor[home] < 0.9 * sold @ usual.products.factor[home]
    made = [metrics.evaluate(market, ["cxmt_output"])["cxmt_output"][-12:].sum() for market in (usual, poor)]
    assert made[1] < 0.9 * made[0]

    stop = Act.of("stop", announced="2028-06", sets={"hbm.density_above": 2.0, "hbm.policy": "deny"})
    known = replace(stop, announced=date(2027, 6, 1), effective=date(2028, 6, 1))
    calm, fear = (run(HISTORY.without(*MEMORY_RULE) | act, seed, "2028-06") for act in (stop, known))
    assert fear.at("hbm_stockpile", "2028-05") > 2 * calm.at("hbm_stockpile", "2028-05")
    assert fear.total("cxmt_output", "2027-06", "2028-05") < 0.5 * calm.total("cxmt_output", "2027-06", "2028-05")


# --- memory as a market ---


@pytest.mark.parametrize("seed", SEEDS)
def test_relief_raises_output_and_makers_revenue(seed: int) -> None:
    firm, relief = (run(regime, seed, "2029-12") for regime in ("hold_firm", "hbm_relief"))
    span = ("2027-01", "2028-12")
    assert whole(relief, "hbm_maker_china_revenue", *span) > 10 * whole(firm, "hbm_maker_china_revenue", *span)
    assert whole(relief, "hbm_maker_revenue", *span) > whole(firm, "hbm_maker_revenue", *span)
    assert relief.total("domestic_units[Huawei]", *span) > 1.1 * firm.total("domestic_units[Huawei]", *span)
    assert relief.at("china_compute", "2028-12") > firm.at("china_compute", "2028-12")
    assert relief.over("hbm_price_index[spot]", *span).mean() > firm.over("hbm_price_index[spot]", *span).mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_china_buys_makes_memory_dearer_and_makers_build(seed: int) -> None:
    ban = HISTORY | Act.of("early", announced="2022-01", sets={"hbm.density_above": 2.0, "hbm.policy": "deny"})
    barred, free = run(ban, seed, "2025-06"), run("history", seed, "2025-06")
    assert free.over("hbm_price_index[spot]", "2024-01", "2024-12").max() > 1.5
    assert barred.over("hbm_price_index[spot]", "2022-02", "2024-12").max() < 1.02
    stiff, keen = (run("history", seed, "2027-12", hbm__supply_elasticity=e) for e in (0.0, 2.0))
    assert whole(keen, "hbm_maker_revenue", "2025-01", "2026-12") > whole(
        stiff, "hbm_maker_revenue", "2025-01", "2026-12"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_contracts_hold_back_the_price_that_china_pays(seed: int) -> None:
    slow, fast = (run("history", seed, "2025-01", hbm__renewal_months=months) for months in (60, 1))
    paid = [whole(kept, "hbm_maker_china_revenue", "2024-10", "2024-12") for kept in (slow, fast)]
    assert paid[0] != paid[1]
    index = [kept.at("hbm_price_index[contract]", "2024-12") for kept in (slow, fast)]
    assert index[0] < index[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_quota_that_is_short_is_delivered_evenly(seed: int) -> None:
    """A month of few orders does not come back, delivery time after delivery time, as one of few deliveries."""
    quota = "law.hbm.quota_share@2026-11"
    full, half = (run("hbm_relief", seed, "2028-12", **{quota: share}) for share in (0.10, 0.05))
    stacks = [kept.over("hbm_to_china", "2027-03", "2028-12") for kept in (full, half)]
    assert all((course[1:] > 0.98 * course[:-1]).all() for course in stacks)
    assert stacks[1].sum() == pytest.approx(stacks[0].sum() / 2, rel=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_stacks_packaged_with_logic_pass_only_where_the_chips_rule_counts_for_them(seed: int) -> None:
    law = {"law.hbm.copackaged_excluded@2025-06": False}
    outside, inside = run("history", seed, "2026-12"), run("history", seed, "2026-12", **law)
    assert outside.total("hbm_to_china", "2026-01", "2026-12") > 0
    assert inside.total("hbm_to_china", "2025-07", "2026-12") == 0.0
    shares = [run("history", seed, "2026-12", hbm__copackaged_share=share) for share in (0.001, 0.004)]
    stacks = [kept.total("hbm_to_china", "2026-01", "2026-12") for kept in shares]
    assert stacks[1] == pytest.approx(4 * stacks[0], rel=0.15)


# --- what binds Ascend (C22) ---


def bound(name: str, year: int, seed: int) -> float:
    """Share of a year's months in which an input binds Huawei's output."""
    return float(
        run("history", seed, "2027-12").over(f"binding_input[Huawei/{name}]", f"{year}-01", f"{year}-12").mean()
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bottleneck_moves_to_memory(seed: int) -> None:
    """C22: memory binds after its rule, and not before the dies from abroad."""
    assert bound("hbm", 2022, seed) < 0.2
    assert bound("hbm", 2026, seed) > 0.8
    assert bound("logic", 2026, seed) < 0.2


@pytest.mark.xfail(reason="sales bind in 2022: beside the A100 and A800 few want Huawei's cards", strict=True)
def test_the_first_bottleneck_is_logic() -> None:
    """C22: logic before the dies from abroad."""
    assert bound("logic", 2022, 0) > 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_input_that_binds_has_a_price(seed: int) -> None:
    kept = run("history", seed, "2028-12")
    for name in ("logic", "hbm", "packaging", "sales"):
        binds = kept[f"binding_input[Huawei/{name}]"] > 0
        price = kept[f"input_shadow_price[Huawei/{name}]"]
        assert (price[binds] > 0).all()
        assert (price[~binds & (kept["domestic_units[Huawei]"] > 0)] == 0).mean() > 0.9
    worth = kept.at("input_shadow_price[Huawei/hbm]", "2026-12")
    assert 300 < worth < 5_000, "a stack that binds is worth more than it costs"


@pytest.mark.parametrize("seed", SEEDS)
def test_public_money_becomes_wafers_and_stacks(seed: int) -> None:
    plain = run("history", seed, "2029-12")
    short = {"domestic.smic_scale": 0.05, "domestic.subsidy_months": 24}
    few, more = (
        run("history", seed, "2027-12", **{"law.cn.fab_subsidy_usd@2022-01": usd}, **short) for usd in (0.0, 5e7)
    )
    stacks = run("history", seed, "2029-12", **{"law.cn.hbm_subsidy_usd@2024-01": 1e8})
    assert np.array_equal(few.over("smic_wafers", "2022-01", "2023-12"), more.over("smic_wafers", "2022-01", "2023-12"))
    assert more.total("smic_wafers", "2025-01", "2027-12") > 1.5 * few.total("smic_wafers", "2025-01", "2027-12")
    assert whole(more, "domestic_units", "2025-01", "2027-12") > whole(few, "domestic_units", "2025-01", "2027-12")
    assert stacks.total("cxmt_output", "2026-06", "2029-12") > 1.1 * plain.total("cxmt_output", "2026-06", "2029-12")
    assert stacks.total("domestic_units[Huawei]", "2027-01", "2028-12") > plain.total(
        "domestic_units[Huawei]", "2027-01", "2028-12"
    )


def made(kept: Kept, first: str = "2027-01", last: str = "2030-12") -> float:
    """Domestic accelerators delivered."""
    return whole(kept, "domestic_units", first, last)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_wafers_matter_where_logic_binds_and_not_where_memory_does(seed: int) -> None:
    for regime in ("hold_firm", "hbm_relief"):
        plain, double = (run(regime, seed, "2030-12", domestic__smic_scale=scale) for scale in (1.0, 2.0))
        assert made(double) == pytest.approx(made(plain), rel=0.02)
        assert plain.over("binding_input[Huawei/logic]", "2027-01", "2030-12").max() == 0.0
        short, less = (run(regime, seed, "2030-12", domestic__smic_scale=scale) for scale in (0.05, 0.1))
        assert short.over("binding_input[Huawei/logic]", "2027-01", "2030-12").mean() > 0.5
        assert made(less) > 1.3 * made(short)


@pytest.mark.parametrize("seed", SEEDS)
def test_tool_controls_and_public_money_move_what_china_makes(seed: int) -> None:
    def change(regime: str, lever: str, value: float, **sets: float) -> float:
        changed = {f"law.{lever}@2026-11": value} | sets
        return made(run(regime, seed, "2030-12", **changed)) / made(run(regime, seed, "2030-12", **sets)) - 1

    assert change("hold_firm", "tools.cxmt", 0.33) < -0.1
    assert change("hold_firm", "cn.hbm_subsidy_usd", 1e9) > 0.05
    assert abs(change("hold_firm", "tools.smic", 0.5)) < 0.01, "memory binds"
    assert change("hbm_relief", "tools.smic", 0.5, domestic__smic_scale=0.3) < -0.2, "logic binds"
    assert change("hbm_relief", "cn.fab_subsidy_usd", 1e9, domestic__smic_scale=0.3) > 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_stays_and_tool_controls_hold_up_what_is_begun(seed: int) -> None:
    plain, controlled = (
        ChipMarket("hold_firm", rng=seed, until="2028-12", **dict.fromkeys(TOOLS, share)) for share in (0.0, 1.0)
    )
    stood: dict[str, object] = {}
    while controlled.running:
        plain.step()
        controlled.step()
        now = {"wafers": controlled.market.vendors.wafers.copy(), "stacks": controlled.market.makers.capacity.copy()}
        if controlled.market.t > month_of(date(2026, 12, 1)):
            home = controlled.market.makers.domestic
            assert (now["wafers"] == stood["wafers"]).all()
            assert (now["stacks"][home] == stood["stacks"][home]).all()
        stood = now
    assert (plain.market.vendors.wafers >= controlled.market.vendors.wafers).all()
    assert (plain.market.makers.capacity > controlled.market.makers.capacity)[controlled.market.makers.domestic].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_relief_is_worth_what_china_cannot_make_itself(seed: int) -> None:
    """The gain falls with memory of China's own, and is gone where dies are as short as memory was."""

    def gain(cxmt: float, smic: float) -> float:
        firm, relief = (
            run(regime, seed, "2030-12", hbm__cxmt_scale=cxmt, domestic__smic_scale=smic)
            for regime in ("hold_firm", "hbm_relief")
        )
        return relief.at("china_compute", "2030-12") / firm.at("china_compute", "2030-12") - 1

    own = [gain(cxmt, 1.0) for cxmt in (0.0, 0.4, 1.0)]
    assert own[0] > 2 * own[1] > 2 * own[2] > 0
    assert gain(0.0, 0.3) > 0.2
    assert gain(1.0, 0.15) < 0.25 * own[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_relief_takes_from_cxmt_once_memory_no_longer_binds(seed: int) -> None:
    firm, relief = (run(regime, seed, "2030-12") for regime in ("hold_firm", "hbm_relief"))
    assert relief.total("cxmt_output", "2030-01", "2030-12") < firm.total("cxmt_output", "2030-01", "2030-12")


# --- charges (C5) and designs ---


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sudden_rule_strands_chips_and_notice_spares_them(seed: int) -> None:
    """C5: charges in the quarter of a control imposed without notice, and none without one."""
    kept = run("history", seed, "2026-06")
    charged = kept["vendor_charges[Nvidia]"]
    assert kept.total("vendor_charges[Nvidia]", "2025-04", "2025-06") > 1e8
    assert kept.total("vendor_charges[AMD]", "2025-04", "2025-06") > 1e7
    assert np.flatnonzero(charged).size <= 4
    known = replace(HISTORY.act("us-h20-letter"), announced=date(2024, 9, 1))
    warned = run(HISTORY | known, seed, "2026-06")
    assert warned.total("vendor_charges[Nvidia]", "2025-04", "2025-06") < 0.2 * charged.sum()
    assert run("no_controls", seed, "2026-06")["vendor_charges[Nvidia]"].sum() == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_more_in_the_pipeline_means_larger_charges(seed: int) -> None:
    lost = [run("history", seed, "2025-06", vendors__commit_months=months) for months in (0, 3, 9)]
    charges = [kept["vendor_charges[Nvidia]"].sum() for kept in lost]
    assert charges[0] == 0.0
    assert charges[2] > 3 * charges[1] > 0, "the month in which the rule is announced runs each pipeline down alike"


def stricter(tpp: float = 1000.0) -> Regime:
    """History left in March 2024 for a line that catches the H20 by its compute."""
    line = {"band_a.tpp_min": tpp, "band_a.dense_tpp_min": tpp, "band_a.density_min": 0.5, "band_a.policy": "deny"}
    return HISTORY.before("2024-03") | Act.of("line", announced="2024-06-10", effective="2024-09-01", sets=line)


def test_a_line_that_is_not_on_record_is_answered_by_a_new_chip() -> None:
    market = ChipMarket(stricter(), rng=0, until="2026-12", strict=True)
    designed = {}
    while market.running:
        market.step()
        for row in range(market.axis.spare.start, market.axis.spare.stop):
            chip = market.chips[market.axis.skus[row]]
            if chip.price_usd and row not in designed:
                designed[row] = market.date
                assert classify(chip, market.case.regime.at("2024-09-01")).free or market.date > "2024-09"
                assert market.products.released[row] == market.t + market.parameters.vendors.redesign_months
    assert min(designed.values()) == "2024-06", "in the month in which the line is announced"
    sold = np.array(market.history["units"])[:, list(designed)].sum(axis=0)
    assert sold.max() > 10_000
    names = [market.chips[market.axis.skus[row]].note for row in designed]
    assert all("generated" in note for note in names)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_redesign_brings_back_revenue_and_a_longer_lag_less(seed: int) -> None:
    runs = [run(stricter(), seed, "2026-12", vendors__spare_designs=0)]
    runs += [run(stricter(), seed, "2026-12", vendors__redesign_months=months) for months in (15, 5)]
    earned = [kept.total("vendor_china_revenue[Nvidia]", "2024-09", "2026-12") for kept in runs]
    assert earned[0] < earned[1] < earned[2]
    tpp = runs[2]["design_tpp[Nvidia 1 cut-down]"]
    assert np.isnan(tpp[0])
    assert 0 < tpp[-1] < catalog.chips()["H100"].tpp  # type: ignore[operator]


@pytest.mark.parametrize("regime", ["history", "hold_firm", "hbm_relief"])
def test_the_record_is_answered_by_the_chips_on_record(regime: str) -> None:
    market = ChipMarket(regime, rng=0, until="2026-10").run()
    assert market.vendors.designs.sum() == 0


def test_a_rule_for_memory_alone_moves_no_chip_off_the_record() -> None:
    market = ChipMarket(HISTORY.without(*MEMORY_RULE), rng=0, until="2026-10").run()
    assert market.law.recorded[: market.t].all()
    assert market.vendors.designs.sum() == 0


# --- the rest of the world ---


def test_the_worlds_fleet_is_as_large_as_counted_and_grows_without_jumps() -> None:
    """World compute at the end of 2024 and 2025 against counts of cards sold, which the range of packages holds; no
    generation doubles a year's additions once the market has grown up."""
    kept = run("hold_firm", 0, "2030-12")
    counted = {
        one.period: one for one in catalog.series("world_accelerators") if one.item.startswith("world_installed")
    }
    known, most = 1e6 * (counted["2025-12"].value or 0.0), max(declarations()["vendors.packages_scale"].range or (1.0,))
    assert kept.at("world_compute", "2025-12") > 0.97 * known
    assert run("hold_firm", 0, "2025-12", vendors__packages_scale=most).at("world_compute", "2025-12") >= known > 0
    assert 4.5e6 < kept.at("world_compute", "2024-12") < 8e6
    added = [kept.total("us_compute_added", f"{year}-01", f"{year}-12") for year in range(2023, 2031)]
    growth = np.array([later / earlier for earlier, later in pairwise(added)])
    assert (growth > 1.1).all()
    assert (growth[:3] > 1.5).all()
    assert (growth[4:] < 1.6).all()


# --- vendors between two markets ---


@pytest.mark.parametrize("seed", SEEDS)
def test_what_china_buys_is_missing_elsewhere_while_packages_are_sold_out(seed: int) -> None:
    """Crowding-out: the same packages cannot go to US buyers."""
    firm, relaxed = (run(regime, seed, "2028-12") for regime in ("hold_firm", "full_relaxation"))
    more = relaxed.at("china_compute", "2028-12") - firm.at("china_compute", "2028-12")
    less = firm.at("us_compute", "2028-12") - relaxed.at("us_compute", "2028-12")
    assert more > 1e6
    assert less > 0.1 * more


@pytest.mark.parametrize("seed", SEEDS)
def test_a_vendor_who_compares_sends_less_where_a_fee_is_taken(seed: int) -> None:
    fee = {"law.fee.duty[*]@2026-11": 0.5, "licensing.fee_to_buyer": 0.0, "vendors.china_share": 0.02}
    blind, keen = (run("limited_licensing", seed, "2028-12", vendors__margin_weight=w, **fee) for w in (0.0, 2.0))
    units = [whole(kept, "units_to_china", "2027-06", "2028-12") for kept in (blind, keen)]
    assert units[1] < 0.95 * units[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_demand_abroad_sets_the_price_there(seed: int) -> None:
    slack, tight = (run("history", seed, "2025-12", vendors__world_demand=demand) for demand in (0.8, 1.3))
    low, high = (kept.total("vendor_revenue[Nvidia]", "2023-01", "2025-12") for kept in (slack, tight))
    assert high > 1.1 * low


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_round_of_listings_others_get_less_for_a_while(seed: int) -> None:
    """C24: trade with customers who are not listed, after a listing minus before, other things equal."""
    round_ = Act.of("round", announced="2024-07-01", sets={"entity.firms_added": 300})
    usual, wary = (run(HISTORY | round_, seed, "2025-12", vendors__over_compliance=o) for o in (0.0, 0.6))
    cards = [kept.over("units_to_china[H20]", "2024-06", "2025-03") for kept in (usual, wary)]
    assert cards[1][0] == cards[0][0]
    assert cards[1][2:8].sum() < 0.95 * cards[0][2:8].sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_makers_in_korea_lose_china_and_hold_the_rest(seed: int) -> None:
    """C23, for memory: under the rule makers sell less to China; what it would have bought goes to others."""
    free, bound = run(HISTORY.without(*MEMORY_RULE), seed, "2026-12"), run("history", seed, "2026-12")
    span = ("2025-06", "2026-12")
    for maker in ("SK hynix", "Samsung"):
        china = [kept.total(f"hbm_maker_china_revenue[{maker}]", *span) for kept in (free, bound)]
        assert china[1] < 0.1 * china[0]
    assert whole(bound, "hbm_maker_revenue", *span) < whole(free, "hbm_maker_revenue", *span)


@pytest.mark.parametrize("seed", SEEDS)
def test_revenue_pays_for_research_that_brings_chips_nearer(seed: int) -> None:
    firm, relaxed = (run(regime, seed, "2030-06") for regime in ("hold_firm", "full_relaxation"))
    span = ("2028-01", "2028-12")
    assert relaxed.total("vendor_rd[Nvidia]", *span) > firm.total("vendor_rd[Nvidia]", *span)
    assert firm.total("vendor_rd[Huawei]", *span) > relaxed.total("vendor_rd[Huawei]", *span)
    slow, fast = (ChipMarket("full_relaxation", rng=seed, **{"vendors.rd_elasticity": e}).run() for e in (0.0, 1.0))
    feynman = slow.axis.skus.index("Feynman")
    assert slow.products.released[feynman] - fast.products.released[feynman] > 0.5
    ripe = [run("history", seed, "2026-12", domestic__software_rd=usd) for usd in (1e13, 1e10)]
    assert ripe[1].at("software_readiness[Huawei]", "2026-12") > ripe[0].at("software_readiness[Huawei]", "2026-12")


@pytest.mark.parametrize("seed", SEEDS)
def test_lobbying_answers_what_law_keeps_away(seed: int) -> None:
    open_, firm = (run(regime, seed, "2026-06") for regime in ("no_controls", "history"))
    assert firm.at("vendor_lobbying[Nvidia]", "2026-06") > 1.5 * open_.at("vendor_lobbying[Nvidia]", "2026-06")
