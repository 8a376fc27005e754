"""Grey cards, gaming cards and rented compute under `history`, over seeds, with targets from the fact tables.

The factors within which the model must stand are said in each test. What it misses is an expected failure with the
number it gives.
"""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from abm.agents.labs import KINDS
from abm.law.acts import Act
from abm.law.regime import load_regime
from abm.model import ChipMarket
from abm.records import Sales, Smuggling
from tests.reference.runs import Kept, run
from tests.test_history_facts import BANDS_OF_2023, SEEDS, UNTIL, history, holds, inside, series, value, without

Floats = NDArray[np.float64]

FEW = range(4)


def premium(kept: Kept, first: str, last: str) -> float:
    """Mean grey premium over months in which something was sold."""
    return float(np.nanmean(kept.over("grey_premium", first, last)))


# --- how much ---


def test_cards_smuggled_in_2024_are_within_a_factor_of_the_estimate() -> None:
    """140,000 (10,000 to 500,000): within a factor of 3."""
    observed = value("smuggling", "smuggled_flow", "2024")
    low, high = (getattr(series("smuggling", "smuggled_flow")["2024"], end) for end in ("low", "high"))
    year = lambda seed: history(seed).total("smuggled_units", "2024-01", "2024-12")  # noqa: E731
    inside(year, max(observed / 3, low), min(observed * 3, high))


def test_cards_smuggled_by_the_end_of_2023_are_within_a_factor_of_the_estimate() -> None:
    """45,000 since October 2022: within a factor of 2.5."""
    observed = value("smuggling", "smuggled_cumulative", "2023")
    inside(lambda s: history(s).total("smuggled_units", "2022-10", "2023-12"), observed / 2.5, observed * 2.5)


def test_nothing_is_smuggled_before_anything_is_denied() -> None:
    assert history(0).total("smuggled_units", "2022-01", "2022-10") == 0.0
    assert run("no_controls", 0, UNTIL).total("smuggled_units", "2022-01", "2025-10") == 0.0


def test_detection_is_rare() -> None:
    """C12: a small share of the cards shipped is seized, in every seed."""

    def share(seed: int) -> float:
        kept = history(seed)
        lost = kept.total("seized_units", "2022-11", "2025-10")
        return lost / (lost + kept.total("smuggled_units", "2022-11", "2025-10"))

    inside(share, 0.0, 0.1)


# --- at what premium ---


def test_the_premium_jumps_when_the_first_chips_are_denied() -> None:
    """C9: high in the first months after the rule of 2022, lower when brokers have come in."""
    first = lambda s: float(np.nanmax(history(s).over("grey_premium", "2022-12", "2023-02")))  # noqa: E731
    later = lambda s: premium(history(s), "2023-05", "2023-09")  # noqa: E731
    inside(first, 0.2, 1.0)
    inside(later, -0.15, 0.5)
    assert np.mean([first(seed) - later(seed) for seed in SEEDS]) > 0.2


@pytest.mark.parametrize(
    ("first", "last", "item", "period"),
    [
        ("2023-10", "2024-03", "h100_premium", "2024Q1"),
        ("2024-09", "2024-11", "a100_h100_premium", "2024-09"),
        ("2025-01", "2025-03", "h100_premium", "2025Q1"),
    ],
)
def test_the_premium_is_about_zero_in_the_glut(first: str, last: str, item: str, period: str) -> None:
    """Within 0.25 of the premium told, which is about zero through 2024, in the mean over seeds; within 0.4 in each, as
    one large broker caught is felt for half a year."""
    observed = value("prices_grey", item, period) / 100
    inside(lambda seed: premium(history(seed), first, last), observed - 0.4, observed + 0.4)
    assert abs(np.mean([premium(history(seed), first, last) for seed in SEEDS]) - observed) < 0.25


@pytest.mark.xfail(reason="in 3 of 8 seeds: the rush for A800 and H800 leaves labs without cash", strict=True)
def test_the_premium_rises_with_the_rule_of_2023() -> None:
    """C9: in the two months after the rule above the quarter before it."""
    rise = lambda s: premium(history(s), "2023-11", "2023-12") - premium(history(s), "2023-07", "2023-09")  # noqa: E731
    assert holds(lambda seed: rise(seed) > 0)


@pytest.mark.parametrize("regime", ["hold_firm", "hbm_relief", "tighten"])
def test_the_premium_rises_with_the_demand_left_unmet(regime: str) -> None:
    """Rank correlation over months and seeds, to the end of 2030, also that of `history`, which goes on as `hold_firm`;
    a month without a sale has no premium. In a single seed it may be next to nothing (0.03 in one under `tighten`)."""
    runs = [run(regime, seed, "2030-12") for seed in SEEDS]
    unmet, paid = (np.concatenate([kept[name] for kept in runs]) for name in ("unmet_demand", "grey_premium"))
    sold = np.isfinite(paid) & np.isfinite(unmet)
    ranks = [np.argsort(np.argsort(one[sold])) for one in (unmet, paid)]
    assert np.corrcoef(*ranks)[0, 1] > 0.2


def test_denial_raises_what_is_smuggled() -> None:
    """C9: against the same months without the rule of 2023, which leaves the A800 and H800 on sale."""
    loose = without(*BANDS_OF_2023)
    years = [
        [one.total("smuggled_units", "2024-01", "2024-12") for one in (history(seed), run(loose, seed, UNTIL))]
        for seed in FEW
    ]
    assert np.mean([ours for ours, _ in years]) > 1.03 * np.mean([theirs for _, theirs in years])


def test_a_legal_chip_that_is_good_enough_lowers_premium_and_volume() -> None:
    """C10, weak: with the H20 on sale less is smuggled, and at no higher a premium, than with it denied and nothing cut
    anew in its place."""
    act = Act.of("deny-h20", announced="2022-01", sets={"named.policy": {"H20": "deny", "L20": "deny"}})
    denied = load_regime("history") | act
    span = ("2024-06", "2025-03")
    pairs = [[run(law, seed, UNTIL, vendors__spare_designs=0) for law in ("history", denied)] for seed in FEW]
    assert all(ours.total("smuggled_units", *span) < theirs.total("smuggled_units", *span) for ours, theirs in pairs)
    assert np.mean([premium(ours, *span) - premium(theirs, *span) for ours, theirs in pairs]) < 0


# --- who deals and who buys ---


@cache
def watched(seed: int) -> tuple[Floats, Floats, Floats]:
    """To the end of 2024: dollars spent through grey and gaming channels and in all by lab (3, labs); dollars through
    grey by broker; kind by lab."""
    market = ChipMarket("history", rng=seed, until="2024-12")
    spent, shipped = np.zeros((3, len(market.labs))), np.zeros(len(market.brokers))
    while market.running:
        market.step()
        dollars = market.month[Sales].bought * market.month[Sales].price
        for row, rows in enumerate((market.axis.grey, market.axis.gaming, slice(0, market.axis.legacy.start))):
            spent[row] += dollars[:, rows].sum(axis=1)
        if market.date >= "2023-01":
            shipped += market.month[Smuggling].shipped
    return spent, shipped, market.labs.kind


def share_of(spent: Floats, row: int, who: NDArray[np.bool_]) -> float:
    return float(spent[row, who].sum() / spent[2, who].sum())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("row", [0, 1], ids=["grey", "gaming"])
def test_small_firms_and_state_bodies_buy_grey_more_than_large_firms(seed: int, row: int) -> None:
    """C13 (and C15 for gaming cards): the share of a buyer's money falls with its size."""
    spent, _, kind = watched(seed)
    large = share_of(spent, row, kind == KINDS.index("hyperscaler"))
    startups = share_of(spent, row, kind == KINDS.index("startup"))
    assert startups > 1.5 * large
    if row == 0:
        assert share_of(spent, row, kind == KINDS.index("state")) > 1.2 * large


def test_a_few_brokers_carry_most() -> None:
    """C11, weak: the top tenth of brokers ships about half, in the mean over seeds."""
    tops = []
    for seed in range(3):
        _, shipped, _ = watched(seed)
        tops.append(np.sort(shipped)[::-1][: len(shipped) // 10].sum() / shipped.sum())
    assert np.mean(tops) > 0.5


# --- gaming cards ---


def test_the_price_of_a_barred_gaming_card_doubles_or_trebles() -> None:
    """RTX 4090, October 2023 on, over the months before: x 2 to 3 reported (26,000 to 40,000 over 13,000 yuan)."""
    observed = 1 + value("prices_grey", "rtx4090_premium", "2023-10") / 100

    def rise(seed: int) -> float:
        path = history(seed)
        before = path.over("gaming_price[RTX 4090]", "2023-07", "2023-09").mean()
        return float(path.over("gaming_price[RTX 4090]", "2023-10", "2024-03").max() / before)

    inside(rise, observed / 1.5, observed * 1.25)


def test_gaming_cards_are_repurposed_when_accelerators_are_denied() -> None:
    """C15: in the year after the rule of October 2023 at least twice as many a month as before it."""

    def rise(seed: int) -> float:
        before = history(seed).over("gaming_repurposed", "2023-01", "2023-09").mean()
        return float(history(seed).over("gaming_repurposed", "2023-12", "2024-12").mean() / before)

    inside(rise, 2.0, 10.0)


def test_cards_repurposed_in_2024_are_of_the_reported_order() -> None:
    one = next(one for key, one in orders().items() if key == "2024")
    inside(lambda s: history(s).total("gaming_repurposed", "2024-01", "2024-12"), one[0], one[1])


def orders() -> dict[str, tuple[float, float]]:
    """The range told of the national figure, cards a year."""
    from abm.facts import catalog

    return {
        str(one.period): (one.low, one.high)
        for one in catalog.series("gaming_repurposing")
        if one.item == "rtx4090_repurposed_national" and one.low is not None and one.high is not None
    }


def test_workshops_grow_after_the_rule_as_the_one_that_was_seen() -> None:
    """One factory went from 1,000 to over 4,000 cards a month within a month; all of them together at least as many."""
    early, late = (
        value("gaming_repurposing", "rtx4090_repurposed_one_factory", when) for when in ("2023-11", "2023-12")
    )
    inside(lambda s: history(s).at("gaming_repurposed", "2023-11"), early / 2, np.inf)
    inside(lambda s: history(s).over("gaming_repurposed", "2023-12", "2024-06").max(), late, np.inf)


def test_converted_cards_hardly_serve_the_largest_runs() -> None:
    """C16: what a run of the largest labs' size can use of them, against one of the median start-up."""
    market = ChipMarket("history", rng=0, until="2024-12").run()
    labs = market.labs
    large, small = np.argsort(-labs.weight)[:5], labs.active & (labs.kind == KINDS.index("startup"))
    assert labs.usable[large].max() < 0.05
    assert np.median(labs.usable[small]) > 0.2
    assert (market.products.training[: market.axis.gaming.start] == 1).all()


def test_converted_cards_go_to_those_with_nothing_better() -> None:
    """C15: start-ups hold more of them than the largest labs, with less of the money."""
    for seed in FEW:
        market = ChipMarket("history", rng=seed, until="2024-12").run()
        labs, held = market.labs, market.labs.fleet[:, market.axis.gaming].sum(axis=(1, 2))
        large, small = np.argsort(-labs.weight)[:5], labs.kind == KINDS.index("startup")
        assert labs.weight[small].sum() < 0.5 * labs.weight[large].sum()
        assert held[small].sum() > 1.5 * held[large].sum()


# --- rented abroad ---


def test_restriction_at_home_moves_compute_offshore() -> None:
    """C14: the offshore share of Chinese compute with controls over that without, paired."""
    for seed in FEW:
        ours, theirs = history(seed), run("no_controls", seed, UNTIL)
        share = [one.at("china_compute_by_channel[offshore]", "2025-09") / one.at("china_compute", "2025-09")
                 for one in (ours, theirs)]  # fmt: skip
        assert share[0] > 1.2 * share[1]


@pytest.mark.parametrize(
    ("period", "first", "last"), [("2024Q1", "2024-01", "2024-03"), ("2025Q1", "2024-11", "2025-03")]
)
def test_rent_is_within_a_factor_of_the_quoted_one(period: str, first: str, last: str) -> None:
    """USD per GPU-hour of an H100, quoted in China: within a factor of 1.5."""
    observed = value("rent_prices", "h100_rent_china_per_gpu_hour", period)
    rent = lambda s: history(s).over("cost_per_compute_by_channel[offshore]", first, last).mean() / 730  # noqa: E731
    inside(rent, observed / 1.5, observed * 1.5)


def test_rent_falls_from_the_shortage_to_the_glut() -> None:
    def fall(seed: int) -> float:
        early, late = (
            history(seed).over("cost_per_compute_by_channel[offshore]", *span).mean()
            for span in (("2024-01", "2024-03"), ("2024-11", "2025-03"))
        )
        return float(late / early)

    inside(fall, 0.4, 0.9)


def test_all_seeds_are_looked_at() -> None:
    assert len(SEEDS) >= 8
