"""Which way labs move: inputs on labs, runs and efficiency against a run that differs in them alone, paired by seed."""

from itertools import pairwise

import numpy as np
import pytest

from abm.foundation.parameters import Parameters, declarations
from abm.model import ChipMarket
from abm.records import Budgets, Use
from abm.rules import innovation
from tests.reference.runs import Kept, place, run

SEEDS = range(2)
END, LATE = "2025-06", "2028-12"


def runs(seed: int, name: str, *values: float, until: str = END, **more: object) -> list[Kept]:
    """Runs that differ in one parameter."""
    return [run(seed=seed, until=until, **{name: value}, **more) for value in values]


def rising(values: list[float]) -> bool:
    return all(later > earlier for earlier, later in pairwise(values))


# --- money ---


@pytest.mark.parametrize("seed", SEEDS)
def test_money_that_does_not_answer_revenue_is_as_declared(seed: int) -> None:
    assert (run("no_controls", seed, LATE, budget__elasticity=0.0)["money_response"] == 1.0).all()
    answers = [run("no_controls", seed, LATE, budget__elasticity=e).at("money_response", LATE) for e in (0.0, 0.2, 0.4)]
    assert rising(answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_of_money_is_bounded(seed: int) -> None:
    kept = run("no_controls", seed, LATE, budget__elasticity=2.0, budget__response_most=1.2)
    assert kept["money_response"].max() == 1.2
    assert kept["money_response"].min() >= 1 / 1.2


FOLLOWS = pytest.mark.xfail(
    strict=True, reason="-1.2 %, and -0.1 % without budget.feedback: which labs have the money follows capability"
)
INVENTED = [
    pytest.param(name, end, marks=[FOLLOWS] if (name, end) == ("innovation.absorption", 0.6) else [])
    for name, one in declarations().items()
    if name.startswith("innovation.")
    for end in one.range or ()
]


@pytest.mark.parametrize(("name", "end"), INVENTED)
def test_what_labs_invent_moves_no_recorded_money(name: str, end: float) -> None:
    """At both ends of each parameter's range, to the end of 2025; spending is on record to the middle of 2026."""
    ours, theirs = (run("history", 0, "2025-12", **more) for more in ({}, {name: declarations()[name].type(end)}))
    assert theirs.at("china_compute", "2025-12") == pytest.approx(ours.at("china_compute", "2025-12"), rel=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_after_the_record_answers_what_relief_lets_labs_earn(seed: int) -> None:
    """Capital spending to the middle of 2026 is an input; what comes after answers revenue."""
    held, free = run("hold_firm", seed, LATE), run("full_relaxation", seed, LATE)
    assert (held.over("money_response", "2022-01", "2026-06") == 1.0).all()
    assert held.at("money_response", LATE) + 0.05 < free.at("money_response", LATE)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_latent_money_buys_more_as_soon_as_supply_allows(seed: int) -> None:
    """What labs would spend beyond what they did is worth more under relief than under denial, relative to both."""
    gains = []
    for regime in ("hold_firm", "full_relaxation"):
        bare, latent = (run(regime, seed, LATE, budget__latent=scale) for scale in (0.0, 1.0))
        gains.append([latent.total("lab_spending", f"{year}-01", f"{year}-12") / bare.total(
            "lab_spending", f"{year}-01", f"{year}-12") for year in (2023, 2027)])  # fmt: skip
    assert [gain[0] for gain in gains] == pytest.approx([1.0, 1.0], abs=0.08)
    assert gains[0][1] + 0.1 < gains[1][1] < 1.6


@pytest.mark.parametrize("seed", SEEDS)
def test_money_that_could_not_be_spent_is_no_hoard_that_a_relief_sets_free(seed: int) -> None:
    """In the first year of full relaxation labs spend little more than that year's money."""
    market = ChipMarket("full_relaxation", rng=seed, until="2027-12")
    money = market.market.setting.spending[-12:].sum()
    market.run()
    kept = run("full_relaxation", seed, LATE)
    assert kept.total("lab_spending", "2027-01", "2027-12") < 1.25 * money


# --- start-ups ---


@pytest.mark.parametrize("seed", SEEDS)
def test_a_higher_hazard_fails_more_start_ups(seed: int) -> None:
    kept = runs(seed, "startups__failure", 0.0, 0.01, 0.1)
    assert rising([one.total("startups_failed", "2022-01", END) for one in kept])
    assert kept[0].at("startups_active", END) == Parameters().population.startups
    assert kept[2].at("startups_active", END) < kept[1].at("startups_active", END)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_entry_their_number_only_falls(seed: int) -> None:
    kept = run(seed=seed, until=END, startups__entry=0.0)
    assert (np.diff(kept["startups_active"]) == -kept["startups_failed"][1:]).all()
    assert kept.at("startups_active", END) < run(seed=seed, until=END).at("startups_active", END)


@pytest.mark.parametrize("seed", SEEDS)
def test_cards_that_are_scrapped_are_missing(seed: int) -> None:
    scrapped, sold = runs(seed, "startups__resale", 0.0, 1.0, startups__failure=0.1, startups__entry=0.5)
    assert scrapped.at("china_compute", END) < sold.at("china_compute", END)


# --- use of compute ---


@pytest.mark.parametrize("seed", SEEDS)
def test_better_placement_keeps_domestic_cards_out_of_training(seed: int) -> None:
    shares = [one.at("domestic_share_training", END) for one in runs(seed, "compute__placement", 1.0, 0.5, 0.0)]
    assert rising(shares)
    blind = runs(seed, "compute__placement", 0.0, domestic__training_software=1.0)[0]
    apart = blind.at("domestic_share_inference", END) - blind.at("domestic_share_training", END)
    assert apart < 0.1  # what is left comes from state buyers, who serve more


@pytest.mark.parametrize("seed", SEEDS)
def test_narrow_links_cost_training(seed: int) -> None:
    assert rising([-one.at("largest_run[China]", END) for one in runs(seed, "compute__train_link", 0.0, 0.2, 1.0)])


@pytest.mark.parametrize("seed", SEEDS)
def test_idle_new_capacity_lowers_the_use_of_state_sites_alone(seed: int) -> None:
    low, high = runs(seed, "compute__idle_state_new", 0.3, 0.8)
    assert high.at("utilisation[state]", END) < low.at("utilisation[state]", END)
    assert high.at("utilisation[hyperscaler]", END) == pytest.approx(low.at("utilisation[hyperscaler]", END))
    assert high.at("idle_compute", END) > low.at("idle_compute", END)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_others_hold_reaches_sensitive_users(seed: int) -> None:
    few, some, many = (one.at("sensitive_compute", END) for one in runs(seed, "licensing__reach", 0.0, 0.05, 0.2))
    assert few < some < many
    market = ChipMarket("history", rng=seed, until=END, **{"licensing.reach": 0.0}).run()
    users, routes = market.labs.end_use >= 2, market.month[Use].sensitive
    assert routes[0] == pytest.approx(market.month[Use].held[users].sum())
    assert not routes[1:4].any()


# --- runs ---


@pytest.mark.parametrize("seed", SEEDS)
def test_patience_shelves_fewer_runs(seed: int) -> None:
    shares = [
        one.over("shelved_runs", "2023-01", END).mean() for one in runs(seed, "compute__plan_stretch", 3.0, 1.5, 1.0)
    ]
    assert rising([float(one) for one in shares])


def test_a_shelved_run_counts_once() -> None:
    market = ChipMarket("history", rng=0, until="2024-06")
    while market.running:
        before, planned = market.labs.shelved.copy(), market.labs.planned.copy()
        market.step()
        if market.month[Budgets].failed:
            continue
        more = market.labs.shelved - before
        assert set(more) <= {0.0, 1.0}
        assert more.sum() == market.month[Use].runs[1] <= market.month[Use].runs[0]
        assert np.isfinite(planned[more > 0]).all()
        given_up = more > 0
        assert (market.labs.planned[given_up] < planned[given_up] + 0.3).all()


# --- efficiency ---


@pytest.mark.parametrize("seed", SEEDS)
def test_effort_answers_scarcity_up_to_its_bound(seed: int) -> None:
    kept = runs(seed, "innovation__scarcity_effect", 0.0, 1.0, 3.0)
    efforts = [one.at("efficiency_effort", END) for one in kept]
    assert efforts[0] == pytest.approx(Parameters().innovation.effort)
    assert rising(efforts)
    assert efforts[-1] <= Parameters().innovation.effort_most
    assert kept[2].at("largest_run[China]", END) < kept[0].at("largest_run[China]", END)  # research takes compute


@pytest.mark.parametrize("seed", SEEDS)
def test_less_openness_leaves_china_further_behind(seed: int) -> None:
    kept = runs(seed, "innovation__openness", 1.0, 0.5, 0.0)
    assert rising([one.at("capability_shortfall", END) for one in kept])
    assert kept[2].at("efficiency_china", END) < kept[0].at("efficiency_china", END)


STILL = {"budget__elasticity": 0.0, "budget__feedback": 0.0, "startups__failure": 0.0}
"""Money and firms that do not answer capability."""


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_published_moves_efficiency_and_what_is_served_moves_imitation(seed: int) -> None:
    free, closed, unserved = (
        run(seed=seed, until=END, **STILL, **one)
        for one in ({}, {"innovation__openness": 0.5}, {"innovation__served": 0.0})
    )
    assert closed.at("efficiency_china", END) < free.at("efficiency_china", END)
    assert closed.at("capability_gap_own", END) > free.at("capability_gap_own", END)
    for name in ("efficiency_china", "capability_gap_own", "run_gap"):
        np.testing.assert_array_equal(unserved[name], free[name])
    assert unserved.at("capability_gap", END) > free.at("capability_gap", END) + 3
    np.testing.assert_allclose(unserved["capability_gap"], unserved["capability_gap_own"])


@pytest.mark.parametrize("seed", SEEDS)
def test_imitation_begins_with_its_event_and_closes_the_lag_month_by_month(seed: int) -> None:
    free, unserved = (run(seed=seed, until=END, **STILL, innovation__served=one) for one in (1.0, 0.0))
    closed = unserved["capability_gap"] - free["capability_gap"]
    assert (closed[: place("2023-07")] == 0).all()
    assert (closed[place("2023-08") :] > 0).all()
    assert 0.2 < closed[place("2023-12")] / closed[place("2024-12")] < 0.7


@pytest.mark.parametrize("seed", SEEDS)
def test_with_absorptive_capacity_compute_of_ones_own_decides_what_is_imitated(seed: int) -> None:
    def lost(absorption: float) -> float:
        rich, poor = runs(seed, "budget__capex_scale", 1.0, 0.5, innovation__absorption=absorption)
        return poor.at("capability_gap", END) - rich.at("capability_gap", END)

    assert rising([lost(0.0), lost(0.25), lost(0.6)])
    assert lost(0.6) > 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_denying_service_leaves_china_further_behind(seed: int) -> None:
    law = {"law.diffusion.model_service@2023-10": True}
    kept = [run(seed=seed, **law, innovation__closed_service=share) for share in (0.0, 0.4, 0.9)]
    assert rising([one.at("capability_shortfall", END) for one in kept])
    assert kept[0].at("capability_shortfall", END) == run(seed=seed).at("capability_shortfall", END)


@pytest.mark.parametrize("seed", SEEDS)
def test_controls_on_closed_weights_leave_china_further_behind(seed: int) -> None:
    law = {"law.diffusion.model_weights@2023-01": True}
    free, held, tighter = run(seed=seed), run(seed=seed, **law), run(seed=seed, **law, innovation__closed_weights=0.3)
    assert rising([one.at("capability_shortfall", END) for one in (free, held, tighter)])
    assert run(seed=seed, **law, innovation__closed_weights=0.0).at("capability_shortfall", END) == free.at(
        "capability_shortfall", END
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_leaders_gain_from_what_is_laid_open(seed: int) -> None:
    kept = runs(seed, "innovation__to_frontier", 0.0, 0.1, 0.5, innovation__large_share=0.2)
    assert rising([one.at("efficiency_frontier", END) for one in kept])
    assert rising([one.at("capability_frontier", END) for one in kept])


@pytest.mark.parametrize("seed", SEEDS)
def test_large_jumps_come_as_their_share_says(seed: int) -> None:
    jumps = [
        one.total("efficiency_jumps", "2022-01", END) for one in runs(seed, "innovation__large_share", 0.0, 0.05, 0.5)
    ]
    assert jumps[0] == 0
    assert rising(jumps)


def test_listing_costs_a_lab_improvements_and_licences_from_its_date_on() -> None:
    market = ChipMarket("history", rng=0, until="2025-03", **{"innovation.listing_loss": 1.0})
    zhipu, u = market.labs.index["Zhipu/Z.ai"], np.full(len(market.labs), 1e-9)
    found = {}
    while market.running:
        market.step()
        training = market.month[Use].training.sum(axis=1)
        improved, _ = market.labs.improve(u, u + 0.5, u + 0.5, training)
        found[market.date] = improved[zhipu], market.labs.standing()[zhipu]
        assert (improved[market.labs.listed] == 0).all()
        assert (improved[~market.labs.listed & (training > 0.001 * training.sum())] > 0).all()
    assert found["2025-01"][0] > 0
    assert found["2025-01"][1] == 1
    assert found["2025-02"] == (0, 0)


def test_an_act_lists_a_lab_and_another_takes_it_off() -> None:
    law = {"law.entity.lab_listed[DeepSeek]@2023-06": True, "law.entity.lab_listed[Huawei Cloud]@2023-06": False}
    market, seen = ChipMarket("history", rng=0, until="2023-08", **law), {}
    while market.running:
        market.step()
        seen[market.date] = market.labs.listed.copy()
    deepseek, huawei = (market.labs.index[name] for name in ("DeepSeek", "Huawei Cloud"))
    assert [bool(seen[month][deepseek]) for month in ("2023-05", "2023-06")] == [False, True]
    assert [bool(seen[month][huawei]) for month in ("2023-05", "2023-06")] == [True, False]
    apart = seen["2023-05"] != seen["2023-06"]
    assert apart.sum() == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_listing_every_lab_ends_licensed_imports_and_slows_efficiency(seed: int) -> None:
    free = run(seed=seed, until=END)
    shut = run(seed=seed, until=END, **{"law.entity.lab_listed[*]@2022-01": True})
    units = [sum(column.sum() for column in kept.parts("units_to_china").values()) for kept in (free, shut)]
    assert units[1] < 0.02 * units[0]
    idle = {"innovation__scarcity_effect": 0.0, "innovation__listing_loss": 0.5}
    calm = run(seed=seed, until=END, **idle)
    held = run(seed=seed, until=END, **idle, **{"law.entity.lab_listed[*]@2022-01": True})
    assert held.at("efficiency_china", END) < calm.at("efficiency_china", END)


# --- labs differ ---


def spread(market: ChipMarket) -> float:
    """Lead in efficiency of the best of the named labs over the mean of all in business, log10."""
    labs = market.labs
    return float(labs.efficiency[labs.named].max() - labs.efficiency[labs.active].mean())


def stepped(seed: int, until: str = END, **sets: float) -> ChipMarket:
    return ChipMarket("history", rng=seed, until=until, **{k.replace("__", "."): v for k, v in sets.items()}).run()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_spreads_fast_makes_labs_alike(seed: int) -> None:
    markets = [stepped(seed, innovation__between_labs=rate) for rate in (0.3, 0.04, 0.01)]
    assert rising([spread(one) for one in markets])
    open_ones = [stepped(seed, innovation__between_labs=0.2, innovation__secret=kept) for kept in (0.0, 0.3)]
    assert rising([spread(one) for one in open_ones])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_more_scale_counts_the_fewer_find(seed: int) -> None:
    """With the same chances a lab without scale finds less."""
    market = stepped(seed, "2023-12")
    labs, u = market.labs, np.full(len(market.labs), 1e-12)
    training = np.full(len(labs), 1.0)
    training[labs.index["StepFun"]] = 0.2
    (found, _), (even, _) = (labs.improve(u, u + 0.5, u + 0.99, one) for one in (training, np.ones(len(labs))))
    assert (found[labs.active] > 0).all()
    chances = innovation.scale(training, market.parameters.innovation.scale)
    assert chances[labs.index["StepFun"]] < 0.2 * chances[labs.index["Moonshot"]]
    assert even.sum() > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_exposure_to_us_law_shapes_channels(seed: int) -> None:
    """Against a market in which it does not count, ByteDance holds less in grey cards and DeepSeek more."""
    off = {"grey__exposure_effect": 0.0, "offshore__exposure_effect": 0.0}
    exposed, alike = stepped(seed, **off), stepped(seed)

    def grey(market: ChipMarket, name: str) -> float:
        held = (market.labs.fleet.sum(axis=2) * market.products.compute)[market.labs.index[name]]
        return float(held[market.axis.grey].sum() / held.sum())

    assert grey(alike, "ByteDance") < 0.8 * grey(exposed, "ByteDance")
    assert grey(alike, "DeepSeek") > 1.1 * grey(exposed, "DeepSeek")
    rented = [one.labs.rented.sum(axis=1) for one in (exposed, alike)]
    at = alike.labs.index
    assert rented[1][at["ByteDance"]] > rented[0][at["ByteDance"]]
    assert rented[1][at["DeepSeek"]] < rented[0][at["DeepSeek"]]


@pytest.mark.parametrize("seed", SEEDS)
def test_makers_of_chips_and_listed_labs_buy_at_home(seed: int) -> None:
    off = {"demand__maker_bias": 0.0, "demand__listed_bias": 0.0}

    def home(market: ChipMarket, name: str) -> float:
        held = (market.labs.fleet.sum(axis=2) * market.products.compute)[market.labs.index[name]]
        return float(held[market.axis.domestic].sum() / held.sum())

    before, after = stepped(seed, **off), stepped(seed)
    for name in ("Huawei Cloud", "Alibaba", "SenseTime"):
        assert home(after, name) > home(before, name)
    assert home(after, "Tencent") < home(before, "Tencent")


def test_the_number_of_labs_matters() -> None:
    """Money split among more start-ups makes small ones, which turn to grey cards; none leave if there are none."""
    kept = [[run(seed=seed, until=END, population__startups=n) for seed in range(3)] for n in (0, 98, 400)]
    grey = [float(np.mean([one.total("smuggled_units", "2022-01", END) for one in some])) for some in kept]
    gone = [float(np.mean([one.total("startups_failed", "2022-01", END) for one in some])) for some in kept]
    assert rising(grey)
    assert rising(gone)
