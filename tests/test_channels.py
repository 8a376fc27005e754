"""Levers and parameters of the grey market, gaming cards and rented compute: which way each moves what."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from abm.agents.brokers import Brokers
from abm.agents.labs import END_USES
from abm.foundation.dates import REPORT_FROM
from abm.law.acts import Act
from abm.law.regime import load_regime
from abm.markets import trade
from abm.model import ChipMarket
from abm.records import Budgets, Offers, Rulings, Smuggling
from tests.reference.runs import Kept, run

SEEDS = range(4)
UNTIL = "2024-12"
SPAN = ("2023-06", "2024-12")


def smuggled(kept: Kept) -> float:
    return kept.total("smuggled_units", *SPAN)


def seized_share(kept: Kept) -> float:
    lost = kept.total("seized_units", *SPAN)
    return lost / (lost + smuggled(kept))


def lent(kept: Kept) -> float:
    return kept.at("offshore_capacity", "2024-12")


def mean(of: Callable[[Kept], float], **sets: Any) -> float:
    """A quantity's mean over seeds."""
    return float(np.mean([of(run("history", seed, UNTIL, **sets)) for seed in SEEDS]))


# --- enforcement and source countries ---


@pytest.mark.parametrize(
    "sets",
    [
        {"law.enforcement.budget@2023-03": 20.0},
        {"law.enforcement.prosecutions@2023-03": 100},
        {"law.cn.customs_inspection[*]@2023-03": True, "grey__inspection": 20.0},
        {"grey__detect": 0.005},
    ],
    ids=["budget", "prosecutions", "customs", "detect"],
)
def test_more_detection_means_more_seized_and_less_smuggled(sets: dict[str, Any]) -> None:
    plain = {name: value for name, value in sets.items() if name == "grey__inspection"}
    assert mean(smuggled, **sets) < 0.8 * mean(smuggled, **plain)
    assert mean(seized_share, **sets) > 2 * mean(seized_share, **plain)


def test_more_enforcement_raises_the_premium() -> None:
    """Stylised fact C9."""
    premium = lambda kept: float(np.nanmean(kept.over("grey_premium", *SPAN)))  # noqa: E731
    assert mean(premium, **{"law.enforcement.budget@2023-03": 20.0}) > mean(premium) + 0.2


@pytest.mark.parametrize(
    "sets",
    [
        {"law.enforcement.authorised_buyers[*]@2023-03": 0.1},
        {"law.scope.outside_policy@2023-03": "deny", "grey__outside": 0.2},
        {"law.diffusion.worldwide@2023-03": True, "grey__worldwide": 0.2},
        {"grey__leak": 0.02},
        {"grey__capacity": 200.0, "grey__growth": 0.02},
    ],
    ids=["authorised buyers", "outside", "worldwide", "leak", "capacity"],
)
def test_less_to_be_had_abroad_means_less_smuggled(sets: dict[str, Any]) -> None:
    assert mean(smuggled, **sets) < 0.8 * mean(smuggled)


def test_a_closed_place_stops_its_brokers_alone() -> None:
    market = ChipMarket("history", rng=0, until=UNTIL, **{"law.enforcement.authorised_buyers[SG]@2023-03": 0.0})
    singapore = market.brokers.source == 2
    assert singapore.any()
    shipped = np.zeros(len(market.brokers))
    while market.running:
        market.step()
        shipped += market.month[Smuggling].shipped * (market.date >= "2023-03")
    assert shipped[singapore].sum() == 0.0
    assert (shipped[~singapore] > 0).mean() > 0.7


def test_few_brokers_smuggle_less_and_none_nothing() -> None:
    assert mean(smuggled, grey__brokers=6) < 0.97 * mean(smuggled)
    kept = run("history", 0, UNTIL, grey__brokers=0)
    assert kept["smuggled_units"].max() == 0.0
    assert np.isnan(kept["grey_premium"]).all()


def test_money_that_vendors_leave_unserved_raises_what_dealers_ask() -> None:
    """The rounds of each month, and the same with a tenth of what Chinese vendors have on offer: dealers never ask
    less, and more in most months; where they ask all that an offer is worth, more money does not matter."""
    market, rise = ChipMarket("history", rng=0, until="2025-10"), []
    while market.running:
        market.step()
        rulings, budgets, offers = (market.month[kind] for kind in (Rulings, Budgets, Offers))
        stocked = offers.supply[market.axis.grey] > 0
        if not stocked.any():
            continue
        short, products = offers.supply.copy(), market.products
        short[market.axis.domestic] *= 0.1
        price, factor, called = products.price.copy(), products.factor.copy(), []
        for supply in (offers.supply, short):
            bought = trade.rounds(market.market, rulings, budgets, Offers(offers, supply=supply))
            called.append(bought.price[market.axis.grey][stocked])
            products.price[:], products.factor[:] = price, factor
        assert (called[1] >= called[0] * (1 - 1e-9)).all()
        rise.append((called[1] / called[0] - 1).mean())
    assert np.mean(rise) > 0.02
    assert np.mean(np.array(rise) > 0.001) > 0.6


@pytest.mark.parametrize("regime", ["hold_firm", "hbm_relief"])
def test_no_pulse_runs_through_the_trade_of_dealers(regime: str) -> None:
    """Periods of five to ten months make up little of what is smuggled and converted, and of its price, in a settled
    regime."""

    def pulse(name: str, plus: float = 0.0) -> float:
        """Standard deviation of these periods in the logarithm of a quantity, mean over seeds."""
        found = []
        for seed in SEEDS:
            path = np.log(np.maximum(plus + run(regime, seed, "2030-12").over(name, "2027-01", "2030-12"), 1 - plus))
            waves = np.fft.rfft(path - path.mean()) / len(path)
            period = len(path) / np.maximum(np.arange(len(waves)), 1e-9)
            found.append(np.sqrt(2 * (np.abs(waves[(period >= 5) & (period <= 10)]) ** 2).sum()))
        return float(np.mean(found))

    assert pulse("smuggled_units") < 0.3
    assert pulse("gaming_repurposed") < 0.5
    assert pulse("grey_premium", plus=1.0) < 0.08


@pytest.mark.parametrize("mechanism", ["pro_rata", "priority"])
def test_the_mechanism_of_the_grey_market_can_be_switched(mechanism: str) -> None:
    ours, theirs = run("history", 0, UNTIL), run("history", 0, UNTIL, grey__mechanism=mechanism)
    assert smuggled(theirs) > 0
    assert not np.array_equal(ours["grey_premium"], theirs["grey_premium"], equal_nan=True)
    assert np.nanmin(theirs["grey_premium"]) >= -0.16
    spent = [kept.total("lab_spending", "2023-01", UNTIL) for kept in (ours, theirs)]
    assert min(spent) > 0.95 * max(spent)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("grey__bias", -4.0, -1.0),
        ("grey__cost", 0.3, -0.2),
        ("grey__size_effect", 3.0, 0.2),
    ],
)
def test_what_makes_grey_cards_dearer_or_disliked_lowers_their_sale(name: str, low: float, high: float) -> None:
    bought = lambda kept: kept.at("china_compute_by_channel[grey]", "2024-12")  # noqa: E731
    assert mean(bought, **{name: low}) < mean(bought, **{name: high})


@pytest.mark.parametrize("floor", [-0.05, -0.3])
def test_no_grey_card_is_sold_below_the_floor(floor: float) -> None:
    least = np.nanmin(run("history", 0, UNTIL, grey__floor=floor)["grey_premium"])
    assert floor - 1e-9 <= least < 0


def test_brokers_caught_lie_low_at_half_their_size_and_come_back() -> None:
    market = ChipMarket("history", rng=0, until=UNTIL, **{"grey.detect": 0.005})
    brokers, found = market.brokers, 0
    while market.running:
        before = brokers.capacity.copy()
        market.step()
        caught = brokers.caught_until == market.t + 1 + market.parameters.grey.caught_months
        found += int(caught.sum())
        halved = caught & brokers.active
        assert np.allclose(brokers.capacity[halved], 0.5 * before[halved])
        assert (market.month[Smuggling].shipped[brokers.caught_until > market.t + 1] > 0).sum() == caught.sum()
    assert found > 5


def test_brokers_leave_when_it_does_not_pay_and_come_in_when_it_does() -> None:
    lossy = run("history", 0, UNTIL, grey__cost=0.5, grey__cost_spread=0.0)
    assert lossy.at("brokers_active", "2024-12") < 30
    act = Act.of("raid", announced="2022-10", effective="2022-10", ends="2023-06", sets={"enforcement.budget": 20.0})
    market = ChipMarket(
        load_regime("history") | act, rng=0, until="2025-06", **{"grey.least": 0.6, "grey.detect": 0.005}
    )
    least = len(market.brokers)
    while market.running:
        market.step()
        least = min(least, int(market.brokers.active.sum()))
    assert least < len(market.brokers)
    assert market.brokers.active.sum() > least


def test_brokers_are_at_work_where_and_when_it_pays() -> None:
    """Small ones have no living where nothing is denied; where more is seized, more of them lie low."""
    at_work = lambda kept: kept.at("brokers_active", "2025-06")  # noqa: E731
    until = {"until": "2025-10"}
    runs = {
        "peak": [run("history", seed, **until) for seed in SEEDS],
        "free": [run("no_controls", seed, **until) for seed in SEEDS],
        "harsh": [run("history", seed, **until, **{"law.enforcement.budget@2023-03": 20.0}) for seed in SEEDS],
    }
    mean = {name: np.mean([at_work(kept) for kept in some]) for name, some in runs.items()}
    assert mean["free"] < 0.2 * mean["peak"]
    assert mean["harsh"] < 0.7 * mean["peak"]
    assert all(kept.at("brokers_active", "2022-09") < 0.5 * at_work(kept) for kept in runs["peak"])


def test_workshops_without_custom_shrink_to_a_floor() -> None:
    for least in (0.2, 0.6):
        market = ChipMarket("history", rng=0, until="2022-02", **{"gaming.least": least})
        for _ in range(1000):
            market.workshops.adapt(np.zeros_like(market.workshops.margin), 1.0)
        assert market.workshops.capacity == pytest.approx(least * market.workshops.start)


class Timid(Brokers):
    """Brokers who never ship."""

    def ship(self, margin, cargo, room, buyers, month):  # type: ignore[no-untyped-def]
        return 0 * super().ship(margin, cargo, room, buyers, month)


def test_brokers_can_be_replaced() -> None:
    market = ChipMarket.with_agents(brokers=Timid)("history", rng=0, until=UNTIL).run()
    assert market.history["smuggled"].sum() == 0.0


# --- gaming cards ---


def converted(kept: Kept) -> float:
    return kept.total("gaming_repurposed", *SPAN)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("gaming__capacity", 100.0, 1500.0),
        ("gaming__cards_scale", 0.05, 1.0),
        ("gaming__good", 0.4, 0.95),
        ("gaming__conversion", 1.5, 0.05),
        ("gaming__bias", -8.0, -2.0),
        ("gaming__host", 20_000.0, 2_000.0),
        ("gaming__fixed", 2e6, 2e4),
        ("gaming__serving_exponent", 0.9, 0.3),
    ],
)
def test_what_hinders_conversion_lowers_it(name: str, low: float, high: float) -> None:
    assert mean(converted, **{name: low}) < mean(converted, **{name: high})


def test_an_end_of_the_carve_out_stops_the_inflow_and_raises_prices() -> None:
    ours = run("history", 0, UNTIL)
    shut = run("history", 0, UNTIL, **{"law.consumer.policy@2024-03": "off", "law.nac.policy@2024-03": "off"})
    late = ("2024-05", "2024-12")
    assert np.nanmean(shut.over("gaming_price[RTX 4090D]", *late)) > 1.5 * np.nanmean(
        ours.over("gaming_price[RTX 4090D]", *late)
    )
    assert np.array_equal(
        ours.over("gaming_repurposed", "2022-01", "2024-02"), shut.over("gaming_repurposed", "2022-01", "2024-02")
    )


def test_dealers_hoard_when_the_end_of_a_card_is_announced() -> None:
    calm, rush = (
        run("history", 0, UNTIL, gaming__rush=rate).at("gaming_price[RTX 4090]", "2023-10") for rate in (0.0, 3.0)
    )
    assert rush > 1.03 * calm


def test_what_still_comes_of_a_barred_card_holds_its_price_down() -> None:
    dear, cheap = (
        run("history", 0, UNTIL, gaming__trickle=trickle).at("gaming_price[RTX 4090]", "2024-01")
        for trickle in (0.02, 0.5)
    )
    assert dear > 1.2 * cheap


def test_an_import_stop_keeps_gaming_cards_out() -> None:
    ours = run("history", 0, UNTIL)
    shut = run("history", 0, UNTIL, **{"law.cn.import_mode[RTX 4090D]@2024-03": "block"})
    assert shut.at("gaming_price[RTX 4090D]", "2024-09") > 1.3 * ours.at("gaming_price[RTX 4090D]", "2024-09")


def test_reach_decides_how_much_of_converted_cards_training_can_use() -> None:
    use = [
        ChipMarket("history", rng=0, until="2023-06", **{"gaming.reach": reach}).run().products.training
        for reach in (1e3, 1e6)
    ]
    assert (use[0] <= use[1]).all()
    assert (use[0] < 0.3 * use[1]).any()


# --- rented abroad ---


@pytest.mark.parametrize(
    ("sets", "most"),
    [
        ({"offshore__share": 0.01}, 0.9),
        ({"law.scope.subsidiaries_closed@2023-03": True}, 0.95),
        ({"law.scope.outside_policy@2023-03": "deny"}, 0.97),
        ({"law.diffusion.worldwide@2023-03": True}, 0.7),
    ],
    ids=["share", "closed", "outside", "worldwide"],
)
def test_hosts_have_less_to_let_where_law_or_means_are_short(sets: dict[str, Any], most: float) -> None:
    assert lent(run("history", 0, UNTIL, **sets)) < most * lent(run("history", 0, UNTIL))


def test_a_duty_that_follows_the_headquarters_narrows_the_subsidiaries_way() -> None:
    open_to = run(load_regime("history").without("us-oct2023-hq-scope"), 0, UNTIL)
    assert lent(run("history", 0, UNTIL)) < 0.95 * lent(open_to)


def test_installed_centres_run_on_where_law_lets_them() -> None:
    closed = {"law.scope.subsidiaries_closed@2023-06": True}
    running = ChipMarket("history", rng=0, until=UNTIL, **closed, **{"law.scope.installed_base_may_run@2023-06": True})
    c, own = running.parameters.compute, {}
    while running.running:
        running.step()
        own[running.date] = float(running.hosts.own[0])
    months = sorted(month for month in own if month >= "2023-05")
    assert own["2023-05"] > 0
    for before, after in pairwise(months):  # they fail and retire, and nothing is added
        assert own[after] == pytest.approx(own[before] * c.survival * (1 - 1 / c.life_months))
    assert lent(run("history", 0, UNTIL, **closed)) < lent(run("history", 0, UNTIL))
    assert ChipMarket("history", rng=0, until=UNTIL, **closed).run().hosts.own[0] == 0.0


def test_a_rule_on_remote_access_ends_rental_at_once() -> None:
    kept = run("history", 0, UNTIL, **{"law.cloud.policy@2024-03": "deny"})
    assert kept.at("offshore_rented", "2024-02") > 0
    assert kept.over("offshore_rented", "2024-03", "2024-12").max() == 0.0


def test_review_of_remote_access_lets_a_part_through() -> None:
    rented = [
        run("history", 0, UNTIL, **{"law.cloud.policy@2023-03": policy}).at("offshore_rented", "2024-12")
        for policy in ("free", "case_by_case", "deny")
    ]
    assert rented[0] > rented[1] > rented[2] == 0.0


def test_listed_and_military_labs_rent_nothing() -> None:
    market = ChipMarket("history", rng=0, until=UNTIL).run()
    labs = market.labs
    barred = labs.listed | (labs.end_use == END_USES.index("military"))
    assert barred.any()
    assert labs.rented[barred].sum() == 0.0
    assert (labs.rented[~barred].sum(axis=1) > 0).mean() > 0.9


def test_rented_compute_is_counted_in_its_channel_and_not_onshore() -> None:
    kept = run("history", 0, UNTIL)
    assert np.allclose(kept["offshore_rented"], kept["china_compute_by_channel[offshore]"])
    none = run("history", 0, UNTIL, offshore__share=0.0, offshore__own=0.0)
    assert none["offshore_rented"].max() == 0.0
    assert (kept["offshore_rented"] <= np.maximum.accumulate(kept["offshore_capacity"]) * (1 + 1e-9) + 1).all()


@pytest.mark.parametrize(("name", "low", "high"), [("offshore__markup", 0.8, 4.0), ("offshore__amortised", 60.0, 24.0)])
def test_dearer_hosts_mean_a_higher_rent(name: str, low: float, high: float) -> None:
    rents = [
        run("history", 0, UNTIL, **{name: value}).over("cost_per_compute_by_channel[offshore]", *SPAN).mean()
        for value in (low, high)
    ]
    assert rents[0] < rents[1]


def test_those_who_like_rental_more_pay_more_for_it() -> None:
    rents = [
        run("history", 0, UNTIL, offshore__bias=bias).over("cost_per_compute_by_channel[offshore]", *SPAN).mean()
        for bias in (-5.0, -1.0)
    ]
    assert rents[0] < rents[1]


# --- what a small chance of a licence does not do ---


def test_a_licence_that_is_hardly_ever_granted_opens_nothing() -> None:
    """A chip presumed to be denied leaks and keeps its cut-downs on sale, be one application in a thousand granted; the
    few who hold a licence turn to it first, so that brokers are bid less."""
    none, few = (run("history", 0, UNTIL, licensing__presumed_grants=share) for share in (0.0, 0.001))
    for name, least in (("smuggled_compute", 0.4), ("vendor_china_revenue[Nvidia]", 0.9)):
        totals = [kept.total(name, "2023-01", UNTIL) for kept in (none, few)]
        assert totals[0] > 0
        assert least < totals[1] / totals[0] < 1 / least


def test_rent_stays_as_it_was_while_rental_is_forbidden() -> None:
    law = {"law.cloud.policy@2024-01": "deny", "law.cloud.policy@2024-10": "free"}
    market = ChipMarket("history", rng=0, until=UNTIL, **law)
    rents = {}
    while market.running:
        market.step()
        rents[market.date] = float(market.hosts.rent[0])
    assert len({rents[f"2024-{month:02}"] for month in range(1, 10)}) == 1
    assert rents["2024-11"] != rents["2024-09"]


def test_what_is_rented_counts_once_in_the_world() -> None:
    kept = run("history", 0, UNTIL)
    onshore = kept["china_compute"] - kept["offshore_rented"]
    market = ChipMarket("history", rng=0, until=UNTIL).run()
    np.testing.assert_allclose(
        kept["world_compute"], kept["us_compute"] + onshore + market.history["rest_compute"][REPORT_FROM:]
    )


def test_brokers_without_anything_to_ship_shrink() -> None:
    market = ChipMarket("no_controls", rng=0, until="2024-12")
    held = []
    while market.running:
        market.step()
        held.append(float(market.brokers.capacity.sum()))
    assert (np.diff(held) < 0).all()
    kept = ChipMarket("no_controls", rng=0, until="2024-12", **{"grey.overhead": 0.0, "grey.fixed": 0.0}).run()
    assert kept.brokers.capacity.sum() == pytest.approx(kept.brokers.start.sum())
