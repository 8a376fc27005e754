"""Two governments that react: indices and payoffs, reviews, retaliation, summits, deals, and what does not change."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from abm.agents.governments import CN, US, plain_weights
from abm.facts import catalog
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.law.acts import Act
from abm.law.calendar import Calendar
from abm.law.regime import load_regime
from abm.model import ChipMarket
from abm.month import governing, moves, objectives
from abm.month.governing import coefficients, licensed_rung
from abm.rules import bargaining
from abm.rules.bargaining import FEATURES, QUANTITIES, TERMS
from abm.runs import metrics
from abm.runs.scenario import Scenario
from abm.state import Market
from tests.reference.runs import Floats, run

SEEDS = range(8)
START = "2026-11"
EAGER = {"objectives.us_materials": 0.6, "objectives.us_ip": 0.3}
WARY = {"governments.reserve": 9.0}


@cache
def played(seed: int = 0, until: str = "2030-12", **sets: Any) -> ChipMarket:
    """A finished run of the regime whose governments react."""
    return ChipMarket(
        "negotiated", rng=seed, until=until, **{name.replace("__", "."): one for name, one in sets.items()}
    ).run()


def made_acts(model: ChipMarket) -> list[Act]:
    """What the governments added."""
    return [act for act in model.regime.acts if act not in model.case.regime.acts]


# --- what reacts, and what does not ---


def test_governments_look_back_on_the_last_year() -> None:
    model = played(1)
    assert objectives.standing(model.market) == pytest.approx(objectives.quantities(model.market)[-1], rel=1e-9)


def test_governments_of_other_regimes_do_nothing() -> None:
    model = ChipMarket("hold_firm", rng=0, until="2027-12").run()
    assert model.regime is model.case.regime
    assert "judgement" not in model.setting.draws
    assert model.deals == []
    assert not model.governments.moved.any()


def test_the_regime_is_history_until_its_governments_first_act_is_known() -> None:
    ours, theirs = (
        metrics.evaluate(ChipMarket(name, rng=0, until="2028-12").run()) for name in ("negotiated", "history")
    )
    first = min(act.announced for act in made_acts(played()))
    until = dates.month_of(first) - dates.REPORT_FROM
    assert until >= 58
    apart = [name for name in theirs if ours[name][:until].tobytes() != theirs[name][:until].tobytes()]
    assert [name for name in apart if not name.startswith("law[")] == []
    assert any(ours[name].tobytes() != theirs[name].tobytes() for name in theirs if name != "law")


def test_the_same_seed_plays_the_same_game() -> None:
    again = ChipMarket("negotiated", rng=0).run()
    assert again.regime.acts == played().regime.acts
    assert [one.name for one in again.deals] == [one.name for one in played().deals]


def test_seeds_play_different_games() -> None:
    assert len({tuple(act.name for act in made_acts(played(seed))) for seed in SEEDS}) > 4


def test_one_government_may_react_alone() -> None:
    both = load_regime("history") | load_regime("negotiated")
    assert dict(both.adaptive).keys() == {"US", "CN"}
    alone = replace(both, adaptive=(("CN", dates.parse_day("2025-01")),))
    acts = made_acts(ChipMarket(alone, rng=1, until="2027-12", **{"governments.error": 0.1}).run())
    assert acts
    assert {act.by for act in acts} == {"CN"}
    assert min(act.announced for act in acts).year < 2026


def test_governments_may_react_from_the_beginning() -> None:
    day = dates.parse_day("2020-01")
    early = replace(load_regime("no_controls"), adaptive=(("CN", day), ("US", day)))
    model = ChipMarket(early, rng=0, until="2023-12", strict=True).run()
    assert model.governments.stance[US] - model.governments.moved[US] == len(moves.RUNGS) - 1
    assert min(act.announced for act in made_acts(model)).year == 2021


def test_where_washington_stands_is_read_off_the_law() -> None:
    names = ("hold_firm", "tighten", "limited_licensing", "full_relaxation")
    rungs = [moves.RUNGS[licensed_rung(load_regime(name).at("2026-12-15"))].name for name in names]
    assert rungs == ["held", "shut", "eased", "wide"]


def test_a_strict_run_keeps_the_books() -> None:
    model = ChipMarket("negotiated", rng=3, until="2028-12", strict=True).run()
    assert made_acts(model)


# --- acts become law ---


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_done_is_announced_in_its_month_and_binds_later(seed: int) -> None:
    for act in made_acts(played(seed)):
        assert act.effective is not None
        assert dates.month_of(act.effective) > dates.month_of(act.announced) >= dates.month_of(dates.parse_day(START))
        assert act.effective.day == 1
        assert act.what.endswith(".")


def test_the_law_ahead_is_that_of_the_acts() -> None:
    model = played(1)
    since = max(dates.month_of(act.announced) for act in made_acts(model)) + 1
    whole = Calendar.of(model.regime, model.law.subjects)
    for place, chip in model.law.designed.items():
        whole = whole.with_product(place, chip)
    for name, column in whole.arrays.items():
        np.testing.assert_array_equal(model.law.arrays[name][since:], column[since:], err_msg=name)


def test_notice_is_given_as_long_as_is_said() -> None:
    for months in (1, 4):
        model = played(0, governments__notice_months=months)
        gaps = {
            dates.month_of(act.effective) - dates.month_of(act.announced) for act in made_acts(model) if act.effective
        }
        assert gaps == {months}


# --- reviews ---


def test_policy_is_not_monotone() -> None:
    """C25: it tightens, relaxes and tightens again; the direction of change turns at least once in most runs."""
    turns = 0
    for seed in SEEDS:
        found = metrics.evaluate(played(seed), ["stance", "deal"])
        moved = np.diff(found["stance[US]"] + found["deal[in_force]"])
        signs = np.sign(moved[moved != 0])
        turns += any(one != other for one, other in pairwise(signs))
    assert turns >= 5


def test_a_government_stands_by_its_act_for_a_while() -> None:
    hold = 12
    for seed in SEEDS:
        for who in ("us-review", "cn-review"):
            months = [dates.month_of(act.announced) for act in made_acts(played(seed)) if act.name.startswith(who)]
            assert all(later - earlier >= hold for earlier, later in pairwise(months))


def imports_chosen(scarcity: float) -> float:
    """Share of errors with which Beijing opens imports by a step from case-by-case decision, at a level of scarcity."""
    model = played(0, until="2027-03")
    table = model.governments
    state = np.array([0.6, 0.9, 2.5, 0.2, scarcity, 0.6])
    weights, direct = table.concern(state, 0.0)[CN], table.direct[CN]
    now = np.zeros(len(TERMS))
    now = moves.changed(now, chips=60_000.0, fee=0.25, imports=0.4)
    ladder = np.stack([moves.changed(now, imports=share) for share in (0.0, 0.05, 0.4, 1.0)])
    worths = bargaining.surplus(ladder, now, coefficients(), weights, direct)
    chosen = [table.review(worths, 2, luck) for luck in np.linspace(0.0005, 0.9995, 1000)]
    return float(np.mean(np.array(chosen) > 2))


def test_acute_shortage_makes_the_buyer_state_relent() -> None:
    """C8: the probability that it relaxes rises with the shortage, by more than a tenth."""
    shares = [imports_chosen(scarcity) for scarcity in (0.3, 0.6, 0.95)]
    assert shares[0] <= shares[1] <= shares[2]
    assert shares[2] - shares[0] > 0.1


def test_the_buyer_state_can_bind_tighter_than_the_seller_state() -> None:
    """C7: with seller licences open and a buyer's restriction on, legal imports are below the run without it."""
    open_door = run("full_relaxation", 0, "2028-12")
    vetoed = run("full_relaxation", 0, "2028-12", **{"law.cn.import_mode[*]@2026-11": "forbid_orders"})
    imports = [
        sum(column[-24:].sum() for column in kept.parts("units_to_china").values()) for kept in (open_door, vetoed)
    ]
    assert imports[1] < 0.5 * imports[0]


def test_washingtons_steps_are_answered_with_materials_for_a_while() -> None:
    model = played(0, until="2026-12")
    table, at = model.governments, model.t
    place = TERMS.index("materials")
    kept = table.acted.copy(), table.tightened.copy()
    try:
        table.acted[US], table.tightened[US] = at, 2
        answered = table.direct_weights(at)[CN, place]
        forgotten = table.direct_weights(at + model.parameters.governments.answer_months + 1)[CN, place]
    finally:
        table.acted[:], table.tightened[:] = kept
    assert answered == pytest.approx(forgotten + 2 * model.parameters.objectives.cn_reciprocity)
    o = model.parameters.objectives
    assert forgotten == pytest.approx(o.cn_leverage - o.cn_exports)


def test_concern_grows_with_what_is_at_stake() -> None:
    model = played(0, until="2026-12")
    table = model.governments
    calm, pressed = np.array([0.9, 1, 2, 0.2, 0.2, 0.5]), np.array([0.4, 1, 2, 0.2, 0.9, 0.5])
    ease, press = (table.concern(state, lobby) for state, lobby in ((calm, 0.0), (pressed, 5e7)))
    assert (press[US, :3] > ease[US, :3]).all()
    assert press[US, QUANTITIES.index("commerce")] > ease[US, QUANTITIES.index("commerce")]
    assert press[CN, QUANTITIES.index("scarcity")] < ease[CN, QUANTITIES.index("scarcity")] < 0


# --- summits and deals ---


def test_no_deal_is_struck_that_does_not_pay() -> None:
    for seed in range(3):
        model = played(seed, **{name.replace(".", "__"): one for name, one in WARY.items()})
        assert model.deals == []
        assert not metrics.evaluate(model, ["deal[in_force]"])["deal[in_force]"].any()


def test_the_more_washington_wants_what_beijing_can_give_the_surer_a_deal() -> None:
    for seed in range(3):
        model = played(seed, **{name.replace(".", "__"): one for name, one in EAGER.items()})
        assert model.deals
        assert model.deals[0].since == dates.month_of(dates.parse_day(START)) + 1


def test_a_deal_is_reported_while_it_binds_and_is_law() -> None:
    model = played(0, **{name.replace(".", "__"): one for name, one in EAGER.items()})
    deal, found = model.deals[0], metrics.evaluate(model, ["deal", "law"])
    at = deal.since - dates.REPORT_FROM
    assert found["deal[in_force]"][[at - 1, at]].tolist() == [0.0, 1.0]
    for place, name in enumerate(TERMS):
        assert found[f"deal[{name}]"][at] == pytest.approx(deal.terms[place])
    if deal.terms[0] > 0:
        assert found["law[hbm.quota_share]"][at] == pytest.approx(deal.terms[0])
    assert model.regime.act(deal.name).by == "both"


def test_a_deal_that_turns_sour_is_left() -> None:
    left = [act for seed in SEEDS for act in made_acts(played(seed)) if "leaves-deal" in act.name]
    assert left
    assert {act.by for act in left} <= {"US", "CN"}
    for act in left:
        (deal,) = act.repeals
        assert deal.startswith("deal-")


# --- a deal can fail ---


@cache
def market_of(start: str) -> Market:
    """A market at a month, in whose governments nothing has begun to react yet, and one that remembers summits."""
    day = dates.parse_day("2030-01")
    law = load_regime("history") if start >= "2026-11" else load_regime("history").before(start)
    model = ChipMarket(replace(law, adaptive=(("CN", day), ("US", day))), rng=0, until="2027-06")
    while model.date < start:
        model.step()
    governing.open_stances(model.market)
    governing.recall(model.market)
    return model.market


def summits(start: str = "2025-07", left: bool = False, **sets: float) -> Floats:
    """Terms less those now of what is agreed on at a first summit by the errors of 600 seeds, (seeds, terms); undefined
    where nothing is.

    left   Washington has just left a deal; sets parameters, group__name
    """
    market = market_of(start).copy()
    scenario = Scenario.of("history", sets={name.replace("__", "."): value for name, value in sets.items()})
    market.setting, table = replace(market.setting, parameters=scenario.parameters), market.governments
    table.parameters, table.left[US] = scenario.parameters, market.t if left else -1000
    table.weights[:], table.direct[:] = plain_weights(scenario.parameters)
    now = governing.terms_now(market)
    _, terms = governing.on_the_table(market, now)
    worths, given = governing.worths(market, terms, now), governing.concessions(market, terms, now)
    chance_of = np.random.default_rng(0).random((600, 2))
    chosen = [table.negotiate(worths, given, drawn, market.t) for drawn in chance_of]
    none = np.full(len(TERMS), np.nan)
    return np.stack([terms[one] - now if one >= 0 else none for one in chosen])


def signed(found: Floats, term: str = "") -> float:
    """Share of summits that end in an agreement, or in one that changes a term."""
    changed = np.nan_to_num(found[:, TERMS.index(term)]) != 0 if term else np.isfinite(found[:, 0])
    return float(changed.mean())


@pytest.mark.parametrize("start", ["2025-07", "2026-11"])
def test_some_summits_end_in_an_agreement_and_some_in_none(start: str) -> None:
    assert 0.1 < signed(summits(start)) < 0.8
    assert signed(summits(start), "hbm") < signed(summits(start))


def test_some_runs_have_a_deal_at_the_first_summit_and_some_have_not() -> None:
    first = [bool(played(seed).deals) and played(seed).deals[0].agreed == month_of_start() for seed in SEEDS]
    assert 0 < sum(first) < len(first)


def month_of_start() -> int:
    return dates.month_of(dates.parse_day(START))


def test_each_of_tariff_commitments_and_swap_moves_what_is_agreed_on() -> None:
    plain = summits()
    keen = summits(objectives__cn_tariff=0.4)
    assert signed(keen, "tariff") > signed(plain, "tariff") + 0.05
    assert signed(keen) > signed(plain)
    paid = summits(objectives__us_ip=0.06)
    assert signed(paid, "commitments") > signed(plain, "commitments") + 0.05
    assert signed(paid) > signed(plain)
    assert signed(summits(objectives__us_swap=0.1, objectives__cn_swap=0.1)) > signed(plain) + 0.1
    assert signed(summits(objectives__us_swap=0.0, objectives__cn_swap=0.0), "swap") < 0.5 * signed(plain, "swap")


def test_nothing_beyond_a_red_line_is_ever_agreed_on() -> None:
    ready = {"governments__home": 0.0, "governments__linkage": 0.0}
    assert signed(summits(**ready), "hbm") > 0
    assert np.nanmax(summits(**ready)[:, TERMS.index("hbm")]) <= 0.05
    assert signed(summits(**ready, governments__us_red_hbm=0.0), "hbm") == 0
    assert signed(summits(**ready, governments__cn_red_ip=0.0), "commitments") == 0
    assert signed(summits(**ready, governments__us_red_chips=0.0), "chips") == 0
    assert signed(summits(**ready, governments__cn_red_materials=1.0), "materials") == 0


def test_conceding_costs_at_home_and_more_so_unmatched() -> None:
    shares = [signed(summits(governments__home=cost)) for cost in (0.005, 0.015, 0.04)]
    assert shares[0] > shares[1] > shares[2]
    assert signed(summits(governments__linkage=0.0)) > signed(summits(governments__linkage=0.08))
    light, heavy = (summits(governments__security_home=weight) for weight in (1.0, 4.0))
    assert signed(light, "hbm") > signed(heavy, "hbm")


def test_a_breach_lowers_later_agreement_and_is_forgotten() -> None:
    assert signed(summits(left=True)) < 0.5 * signed(summits())
    assert signed(summits(left=True, governments__breach=0.0)) == signed(summits())
    table = market_of("2025-07").copy().governments
    table.left[US] = 50
    assert table.wants(50)[CN] - table.wants(50)[US] == pytest.approx(table.parameters.governments.breach)
    assert table.wants(50 + 120)[CN] == pytest.approx(table.wants(50 + 120)[US], rel=0.1)


def test_governments_learn_from_the_record_of_summits() -> None:
    table = market_of("2025-07").copy().governments
    assert not table.met.any()
    before = table.wants(60)
    table.remember(agreed=0.0, met=1.0)
    failed = table.wants(60)
    table.remember(agreed=2.0, met=2.0)
    assert failed[US] > before[US] > table.wants(60)[US]
    later = market_of("2026-11").governments
    assert 1 < later.met[US] < 3
    assert 0 < later.agreed[US] < 1


def test_the_model_remembers_its_own_summits_and_not_those_that_it_stands_in_for() -> None:
    model = played(0)
    assert model.governments.met[US] > 1
    day = dates.parse_day("2025-07")
    early = replace(load_regime("history").before("2025-07"), adaptive=(("CN", day), ("US", day)))
    past = ChipMarket(early, rng=0, until="2025-09").run()
    assert past.governments.met[US] == pytest.approx(np.exp(-2 / past.parameters.governments.memory_months))


def test_packages_are_many_and_different() -> None:
    offers = moves.packages()
    now = np.array([0.0, 25_000.0, 0.25, 0.4, 0.1, 0.0, 0.0, 0.6])
    assert len(offers) == len({tuple(offer.terms(now)) + tuple(sorted(offer.sets())) for offer in offers})
    for offer in offers[::37]:
        Act.of("try", by="both", announced="2027-01", sets=offer.sets())
    assert not np.array_equal(offers[-1].terms(now), now)
    plenty = moves.changed(now, hbm=0.35, chips=1e6)
    assert {(offer.hbm, offer.rung) for offer in offers if offer.gives(plenty)} == {(0.0, None)}


def test_rungs_are_ever_looser() -> None:
    chips = [rung.chips for rung in moves.RUNGS]
    assert chips[0] == 0.0
    assert all(later > earlier for earlier, later in pairwise(chips))
    for rung in moves.RUNGS:
        Act.of("try", by="US", announced="2027-01", sets=rung.sets())


# --- what they want ---


def test_coefficients_are_there_for_every_feature_and_quantity() -> None:
    assert coefficients().shape == (len(FEATURES), len(QUANTITIES))
    assert (coefficients()[:2, QUANTITIES.index("lead")] < 0).all()


def test_coefficients_that_are_not_there_are_missed_in_words(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="abm fit-payoffs writes it"):
        catalog.payoffs(tmp_path)


def test_the_index_of_security_is_the_mean_of_its_parts_by_weight() -> None:
    kept = run("history", 0, "2025-06")
    lead = kept["capability_shortfall"]
    compute = np.log10(kept["us_compute"] / kept["china_compute"])
    sensitive = np.log10(kept["us_compute"] / kept["sensitive_compute"])
    np.testing.assert_allclose(kept["security_index"], (lead + 0.5 * compute + 0.5 * sensitive) / 2)
    alone = run("history", 0, "2025-06", objectives__compute=0.0, objectives__sensitive=0.0)
    np.testing.assert_allclose(alone["security_index"], lead)


def test_the_index_of_commerce_is_what_the_sellers_took_over_what_the_buyers_spent() -> None:
    kept = run("history", 0, "2025-06")
    foreign = sum(kept.parts("vendor_china_revenue")[name] for name in ("Nvidia", "AMD"))
    memory = sum(kept.parts("hbm_maker_china_revenue").values())
    lost = sum(kept.parts("vendor_charges").values())
    taken, spent = foreign + 0.7 * memory - lost, kept["lab_spending"]
    np.testing.assert_allclose(kept["commerce_index"][-1], taken[-12:].sum() / spent[-12:].sum())
    without = run("history", 0, "2025-06", objectives__memory=0.0)
    assert without["commerce_index"][-1] < kept["commerce_index"][-1]


def test_tariffs_and_commitments_enter_payoffs_alone() -> None:
    sets = {"law.tariff.fentanyl@2024-06": 0.5, "law.cn.ip_commitments@2024-06": 1.0}
    plain, moved = run("history", 0, "2025-01"), run("history", 0, "2025-01", **sets)
    apart = [name for name in plain.columns if not np.array_equal(plain[name], moved[name], equal_nan=True)]
    assert set(apart) == {"payoff[US]", "payoff[CN]"}
    step = moved["payoff[CN]"] - plain["payoff[CN]"]
    assert step[-1] == pytest.approx(-0.15 * (0.5 - 0.2) - 0.015)


def test_policies_lie_where_they_should_on_security_and_commerce() -> None:
    """Against holding firm, tightening gives up commerce for security, and full relaxation the other way round."""
    at: dict[str, tuple[float, float]] = {}
    for name in ("hold_firm", "tighten", "full_relaxation", "hbm_relief", "hbm_for_concessions"):
        kept = run(name, 0, "2028-12")
        at[name] = float(kept["security_index"][-12:].mean()), float(kept["commerce_index"][-12:].mean())
    base = at["hold_firm"]
    assert at["tighten"][0] > base[0]
    assert at["tighten"][1] < base[1]
    assert at["full_relaxation"][0] < base[0]
    assert at["full_relaxation"][1] > base[1]
    assert at["hbm_relief"][0] < base[0]
    assert at["hbm_for_concessions"][1] > at["hbm_relief"][1]


# --- licensing ---

TOTAL = "law.cn.approved_units[H200]@2026-01-28"


def h200(**sets: Any) -> float:
    """Cards imported by the end of 2027 under the law of history, with some of it changed."""
    return run("history", 0, "2027-12", **sets).total("units_to_china[H200]", "2026-01", "2027-12")


def test_an_approved_total_caps_imports_and_opens_nothing() -> None:
    """Case by case Beijing accepts its share of orders, and no more in all than it has approved."""
    plain = h200()
    assert h200(china__case_by_case=0.2) < 0.7 * plain
    assert h200(**{TOTAL: 1e9}) == pytest.approx(plain)
    assert h200(**{TOTAL: 30_000}) == pytest.approx(30_000)
    assert h200(**{TOTAL: 0}) == 0.0


def test_fewer_officers_mean_longer_waits_and_fewer_licences() -> None:
    few, many = (run("history", 0, "2025-01", licensing__officers=posts) for posts in (4, 10_000))
    waits = [np.nanmean(kept.over("licence_delay", "2024-06", "2025-01")) for kept in (few, many)]
    assert waits[0] > waits[1]
    assert few.total("licence_grants", "2023-12", "2025-01") < many.total("licence_grants", "2023-12", "2025-01")


def routes(regime: str, **sets: Any) -> dict[str, float]:
    """Compute of sensitive users by route at the end of 2028."""
    kept = run(regime, 0, "2028-12", **sets)
    return {name: float(column[-1]) for name, column in kept.parts("sensitive_compute_by_route").items()}


def test_routes_of_sensitive_users_follow_checks_and_what_is_there() -> None:
    """Checks of customers close fronts, screening of remote users rent, and the money goes on by other routes."""
    names = {"law.licence.kyc@2026-11": False, "law.licence.named_customers[*]@2026-11": False}
    held, unchecked = routes("limited_licensing"), routes("limited_licensing", **names)
    assert unchecked["fronts"] > 1.5 * held["fronts"]
    assert unchecked["own"] == held["own"]
    unscreened = routes("limited_licensing", **{"law.licence.remote_access_screening@2026-11": False})
    assert unscreened["rented"] > held["rented"]
    assert sum(unchecked.values()) > sum(held.values())
    assert sum(unscreened.values()) >= sum(held.values()) * (1 - 1e-9)


def test_relief_moves_what_reaches_sensitive_users() -> None:
    held, free = routes("hold_firm"), routes("full_relaxation")
    assert free["fronts"] > 5 * held["fronts"]
    assert free["fronts"] + free["rented"] > held["fronts"] + held["rented"]
    assert free["resale"] < held["resale"]
    whole = run("hold_firm", 0, "2028-12")["sensitive_compute"][-1]
    assert sum(held.values()) == pytest.approx(whole)


def test_a_fine_is_paid_once_and_is_a_share_of_a_years_revenue() -> None:
    sets = {"law.cn.antitrust[Nvidia]@2024-08": "fined", "law.cn.antitrust_fine_low[Nvidia]@2024-08": 0.1}
    fines = run("history", 0, "2025-06", **sets)["vendor_fines[Nvidia]"]
    (month,) = np.flatnonzero(fines)
    assert month == dates.month_of(dates.parse_day("2024-08")) - dates.REPORT_FROM
    assert 0.02 * 5e9 < fines[month] < 0.2 * 2e10


def test_a_ban_on_materials_costs_vendors_packages() -> None:
    free, banned = (
        run("history", 0, "2025-06", **{"law.cn.material[*]@2024-01": mode, "vendors.material_loss": 0.08})
        for mode in ("open", "ban")
    )
    worlds = [kept.total("us_compute_added", "2024-06", "2025-06") for kept in (free, banned)]
    assert worlds[1] < worlds[0]
