"""Stylised facts of 2022 to 2025 under `history`, in distribution over seeds, with targets from the fact tables.

A fact that the model misses is marked as an expected failure with the number it gives, so that a change which mends it
is noticed; no band is widened to let it pass.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from abm.facts import catalog
from abm.facts.records import Observation
from abm.foundation.parameters import Parameters
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime
from tests.reference.runs import Kept, run

SEEDS = range(8)
UNTIL = "2025-10"
NVIDIA = "vendor_china_revenue[Nvidia]"
BANDS_OF_2023 = ("us-oct2023-band-a", "us-oct2023-band-b", "us-oct2023-consumer-carve-out", "us-oct2023-nac")


def history(seed: int) -> Kept:
    return run("history", seed, UNTIL)


def holds(test: Callable[[int], bool], share: float = 0.95) -> bool:
    """Whether a test passes for at least a share of the seeds."""
    return sum(test(seed) for seed in SEEDS) >= share * len(SEEDS)


def spread(of: Callable[[int], float]) -> tuple[float, float]:
    """The least and the largest value over the seeds."""
    values = [of(seed) for seed in SEEDS]
    return min(values), max(values)


def inside(of: Callable[[int], float], low: float, high: float) -> None:
    """Every seed's value lies in a band."""
    least, most = spread(of)
    assert low <= least, f"{least:.4g} to {most:.4g}, wanted {low:g} to {high:g}"
    assert most <= high, f"{least:.4g} to {most:.4g}, wanted {low:g} to {high:g}"


@cache
def series(name: str, item: str) -> dict[str, Observation]:
    """The observations of an item by period."""
    return {str(one.period): one for one in catalog.series(name) if one.item == item and one.value is not None}


def value(name: str, item: str, period: str) -> float:
    """One observed value."""
    found = series(name, item)[period].value
    assert found is not None
    return found


def span(period: str) -> tuple[str, str]:
    """First and last month of one of Nvidia's fiscal quarters."""
    one = series("nvidia_china_revenue_billing", "nvidia_china_revenue")[period]
    assert one.start is not None
    assert one.end is not None
    return one.start.isoformat()[:7], one.end.isoformat()[:7]


def accelerators(kept: Kept, period: str) -> float:
    """Billion dollars that Nvidia bills in China for accelerators in a fiscal quarter."""
    return kept.total(NVIDIA, *span(period)) / 1e9


def gaming(period: str) -> float:
    """The line beside accelerators: China's share of Nvidia's world gaming revenue, billion dollars."""
    return Parameters().vendors.gaming_share * value("nvidia_segments", "gaming_revenue", period)


def billed(kept: Kept, period: str) -> float:
    """What compares with the filings."""
    return accelerators(kept, period) + gaming(period)


def quarters(year: str) -> list[str]:
    return [f"{year}Q{number}" for number in range(1, 5)]


def without(*names: str) -> Regime:
    return load_regime("history").without(*names)


def against(regime: Regime, period: str) -> Callable[[int], float]:
    """Nvidia's accelerator revenue in China under history over that under another regime, by seed."""
    return lambda seed: accelerators(history(seed), period) / accelerators(run(regime, seed, UNTIL), period)


def change(before: str, after: str, of: Callable[[Kept, str], float] = accelerators) -> Callable[[int], float]:
    """Change of a quarter's revenue from one quarter to another, by seed."""
    return lambda seed: of(history(seed), after) / of(history(seed), before) - 1


# --- controls cut revenue (C3) ---


def test_the_rule_of_2023_cuts_revenue_within_two_quarters() -> None:
    other = without(*BANDS_OF_2023)
    inside(against(other, "FY2024Q4"), 0.3, 0.7)
    inside(against(other, "FY2025Q1"), 0.0, 0.5)
    inside(change("FY2024Q3", "FY2024Q4"), -0.7, -0.3)
    inside(change("FY2024Q3", "FY2025Q1"), -0.9, -0.5)


def test_the_fall_after_the_rule_of_2023_is_as_large_as_observed() -> None:
    """C3: -35 to -60 % from fiscal 2024 Q3 to Q4, all products."""
    inside(change("FY2024Q3", "FY2024Q4", billed), -0.60, -0.35)


def test_the_letters_of_2025_cut_revenue_within_two_quarters() -> None:
    other = without("us-h20-letter")
    after = ("2025-05", "2025-07")

    def cut(seed: int) -> float:
        return history(seed).total(NVIDIA, *after) / run(other, seed, UNTIL).total(NVIDIA, *after)

    inside(cut, 0.0, 0.5)
    inside(lambda s: history(s).total(NVIDIA, *after) / history(s).total(NVIDIA, "2024-11", "2025-01"), 0.0, 0.5)


def test_the_rule_of_2022_cuts_revenue_a_little() -> None:
    """Of that rule's effect: a compliant chip was ready within weeks, and most sales were of cards it did not catch."""
    other = without("us-oct2022-chip-rule")
    inside(against(other, "FY2023Q4"), 0.70, 0.95)
    inside(against(other, "FY2024Q1"), 0.70, 0.97)
    inside(change("FY2023Q3", "FY2023Q4"), -0.35, -0.05)


@pytest.mark.xfail(reason="-7 %: gaming hardly falls from Q2 to Q4, accelerators hardly either", strict=True)
def test_the_fall_after_the_rule_of_2022_is_as_large_as_observed() -> None:
    """C3: -25 to -55 % from fiscal 2023 Q2 to Q4, all products, part of it the gaming slump."""
    inside(change("FY2023Q2", "FY2023Q4", billed), -0.55, -0.25)


# --- compliant chips bring part of it back (C4) ---


def compliant_alone(sku: tuple[str, ...], first: str, last: str) -> Callable[[int], float]:
    """Share of Nvidia's revenue in some months that is lost when its compliant chips are denied from the start, and no
    others are designed in their place."""
    act = Act.of("deny-compliant", announced="2022-01", sets={"named.policy": dict.fromkeys(sku, "deny")})
    other = load_regime("history") | act
    none = {"vendors.spare_designs": 0}
    return lambda s: 1 - run(other, s, UNTIL, **none).total(NVIDIA, first, last) / history(s).total(NVIDIA, first, last)


def test_compliant_chips_restore_part_of_the_revenue() -> None:
    inside(compliant_alone(("A800", "H800"), "2023-02", "2023-10"), 0.2, 0.9)
    inside(compliant_alone(("H20",), "2024-05", "2025-01"), 0.3, 0.95)


def test_sales_with_compliant_chips_stay_below_those_without_the_rule() -> None:
    inside(against(without("us-oct2022-chip-rule"), "FY2024Q2"), 0.6, 1.0)
    inside(against(without(*BANDS_OF_2023), "FY2025Q2"), 0.6, 1.0)
    inside(against(without(*BANDS_OF_2023), "FY2025Q3"), 0.6, 1.0)


def recovery(seed: int) -> int:
    """Quarters from the trough after October 2023 to the level before the rule."""
    path = [billed(history(seed), period) for period in ("FY2024Q3", "FY2024Q4", *quarters("FY2025"))]
    trough = int(np.argmin(path[:4]))
    return next((place - trough for place in range(trough, len(path)) if path[place] >= path[0]), 99)


@pytest.mark.xfail(reason="1 quarter, from a trough a quarter late: the H20 ramps faster than it did", strict=True)
def test_revenue_recovers_as_slowly_as_observed() -> None:
    """C4: two to four quarters from the trough to the level before the rule; three observed."""
    assert holds(lambda seed: 2 <= recovery(seed) <= 4)


def test_revenue_recovers_within_a_year() -> None:
    assert holds(lambda seed: recovery(seed) <= 4)


# --- buyers stockpile (C1) ---


def test_memory_surges_before_its_rule() -> None:
    """C1: deliveries of December 2024 at least five times the mean of the year before November."""

    def surge(seed: int) -> float:
        kept = history(seed)
        return kept.at("hbm_to_china", "2024-12") / float(kept.over("hbm_to_china", "2023-11", "2024-10").mean())

    assert holds(lambda seed: surge(seed) >= 5)


def test_the_surge_of_memory_is_of_the_size_reported() -> None:
    observed = value("hbm_to_china", "hbm_stacks_surge", "2024-12") * 1e6
    inside(lambda seed: history(seed).at("hbm_to_china", "2024-12"), 0.5 * observed, 1.5 * observed)


def test_memory_delivered_by_the_end_of_2024_is_as_much_as_reported() -> None:
    observed = value("hbm_to_china", "hbm_stacks_cumulative", "2024") * 1e6
    inside(lambda seed: history(seed).total("hbm_to_china", "2022-01", "2024-12"), 0.8 * observed, 1.2 * observed)


@pytest.mark.xfail(
    reason="6 % against 30 %: Chinese vendors build no stock before the leak of August 2024", strict=True
)
def test_china_has_the_reported_share_of_samsungs_memory() -> None:
    observed = value("hbm_to_china", "samsung_china_share_of_hbm_revenue", "2024H1") / 100

    def share(seed: int) -> float:
        china, whole = (
            history(seed).total(f"{metric}[Samsung]", "2024-01", "2024-06")
            for metric in ("hbm_maker_china_revenue", "hbm_maker_revenue")
        )
        return china / whole

    inside(share, 0.5 * observed, 1.5 * observed)


def test_imports_of_the_chips_that_a_rule_will_catch_rise_before_it() -> None:
    """C1: A800 and H800 in the last month before effect over the mean of the half year before the announcement."""

    def rush(seed: int) -> float:
        units = sum(history(seed).over(f"units_to_china[{sku}]", "2023-04", "2023-10") for sku in ("A800", "H800"))
        return float(units[-1] / units[:-1].mean())  # type: ignore[index]

    inside(rush, 1.2, 10)


# --- the filings ---


@pytest.mark.parametrize("year", ["FY2023", "FY2024", "FY2025"])
def test_billing_in_china_is_near_the_filed_year(year: str) -> None:
    filed = sum(value("nvidia_china_revenue_billing", "nvidia_china_revenue", one) for one in quarters(year))
    inside(lambda seed: sum(billed(history(seed), one) for one in quarters(year)) / filed, 1 / 1.2, 1.2)


@pytest.mark.parametrize(
    "period",
    [one for year in ("FY2023", "FY2024", "FY2025") for one in quarters(year)] + ["FY2026Q1", "FY2026Q2", "FY2026Q3"],
)
def test_billing_in_china_is_within_a_factor_of_each_filed_quarter(period: str) -> None:
    filed = value("nvidia_china_revenue_billing", "nvidia_china_revenue", period)
    inside(lambda seed: billed(history(seed), period) / filed, 1 / 1.75, 1.75)


def year_share(seed: int, year: str) -> float:
    """China's share of Nvidia's revenue: the model's accelerators, and as filed what is not data centre."""
    kept = history(seed)
    first, last = span(f"{year}Q1")[0], span(f"{year}Q4")[1]
    rest = value("nvidia_total", "revenue_total", year)
    rest -= sum(value("nvidia_segments", "data_center_revenue", one) for one in quarters(year))
    whole = kept.total("vendor_revenue[Nvidia]", first, last) / 1e9 + rest
    return sum(billed(kept, one) for one in quarters(year)) / whole


def test_the_share_of_china_falls_while_the_total_grows() -> None:
    """C26: falling while the total grows, and under a fifth in fiscal 2025."""
    assert holds(lambda seed: year_share(seed, "FY2025") < year_share(seed, "FY2024"))
    inside(lambda seed: year_share(seed, "FY2025"), 0.0, 0.20)

    def growth(seed: int) -> float:
        kept = history(seed)
        years = [kept.total("vendor_revenue[Nvidia]", f"{year}-02", f"{year + 1}-01") for year in (2022, 2023, 2024)]
        return min(years[1] / years[0], years[2] / years[1])

    inside(growth, 1.2, 5)


def test_the_share_of_china_is_under_a_fifth_in_fiscal_2024() -> None:
    """C26: 17 % filed."""
    inside(lambda seed: year_share(seed, "FY2024"), 0.0, 0.20)


# --- China's market ---


@pytest.mark.parametrize("year", [2023, 2024])
def test_chinese_compute_grows_every_year(year: int) -> None:
    inside(
        lambda s: history(s).at("china_compute", f"{year}-12") / history(s).at("china_compute", f"{year - 1}-12"),
        1.2,
        4,
    )


def domestic_share(seed: int, first: str, last: str) -> float:
    """Chinese share of cards delivered over some months."""
    kept = history(seed)
    home, abroad = (
        sum(kept.total(f"{metric}[{key}]", first, last) for key in kept.parts(metric))
        for metric in ("domestic_units", "units_to_china")
    )
    return home / (home + abroad)


def test_the_domestic_share_rises_from_round_to_round() -> None:
    """C6: later minus earlier round of controls positive: in the mean over seeds, and in each from 2023 to 2024."""
    years = [("2022-01", "2022-12"), ("2023-01", "2023-12"), ("2024-01", "2024-12")]
    rises = np.diff([[domestic_share(seed, *year) for year in years] for seed in SEEDS])
    assert (rises.mean(axis=0) > 0).all()
    assert (rises[:, 1] > 0).all()


def test_the_domestic_share_of_2024_is_under_its_reported_bound() -> None:
    bound = value("domestic_share", "domestic_share_upper_bound", "2024") / 100
    inside(lambda seed: domestic_share(seed, "2024-01", "2024-12"), 0.1, bound)


def test_the_domestic_share_of_early_2023_is_near_the_count() -> None:
    counted = value("domestic_share", "domestic_unit_share", "2023H1") / 100
    inside(lambda seed: domestic_share(seed, "2023-01", "2023-06"), counted / 2, counted * 2)


@pytest.mark.xfail(reason="9 to 10 % of cards in 2022, against at most 5 %", strict=True)
def test_the_domestic_share_of_2022_is_under_its_reported_bound() -> None:
    bound = value("domestic_share", "domestic_share_upper_bound", "2022") / 100
    inside(lambda seed: domestic_share(seed, "2022-01", "2022-12"), 0.0, bound)


def test_counts_of_single_chips_are_within_a_factor_of_the_estimates() -> None:
    hopper = value("units_to_china", "h20", "2024")
    inside(lambda s: history(s).total("units_to_china[H20]", "2024-01", "2024-12") / hopper, 1 / 1.5, 1.5)
    compliant = series_range("units_to_china", "a800_h800_total")

    def both(seed: int) -> float:
        return sum(history(seed).total(f"units_to_china[{sku}]", "2022-11", "2023-10") for sku in ("A800", "H800"))

    inside(both, *compliant)
    ascend = value("huawei_output", "ascend_910b", "2024")
    inside(lambda s: history(s).total("domestic_units[Huawei]", "2024-01", "2024-12") / ascend, 0.5, 2.5)


def series_range(name: str, item: str) -> tuple[float, float]:
    """The range told for an item without a central value."""
    one = next(one for one in catalog.series(name) if one.item == item)
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high


def test_the_gap_is_near_what_is_published() -> None:
    early = series("capability_gap", "eci_lag")
    for year, month in (("2023", "2023-06"), ("2024", "2024-12")):
        low, high = early[year].low, early[year].high
        assert low is not None
        assert high is not None
        inside(lambda seed, month=month: history(seed).at("capability_gap", month), 0.7 * low, 1.3 * high)  # type: ignore[misc]


def test_nothing_is_negative() -> None:
    for seed in SEEDS:
        kept = history(seed)
        amounts = ("units", "revenue", "compute", "hbm", "licence", "share", "spending", "output", "wafers")
        named = [name for name in kept.columns if any(word in name.split("[")[0] for word in amounts)]
        assert len(named) > 60
        assert [name for name in named if np.nanmin(kept[name], initial=0.0) < 0] == []
