"""What Chinese labs and US leaders do under `history`, in distribution over seeds, against the fact tables.

The factor within which a number is near the observed one is stated with each test. A fact that the model misses is an
expected failure with the number it gives.
"""

from collections.abc import Callable

import numpy as np
import pytest

from abm.agents.products import CHANNELS
from abm.facts import catalog, paths
from abm.foundation.arrays import sums
from abm.foundation.dates import month_of, parse_day
from abm.model import ChipMarket
from abm.records import Use
from tests.reference.runs import Kept, place, run

SEEDS = range(8)
UNTIL = "2025-10"
SERVING_ONLY = 0.05
"""What a card without a link to its neighbours is worth in a large run, as assumed of converted gaming cards."""


def history(seed: int) -> Kept:
    return run("history", seed, UNTIL)


def free(seed: int) -> Kept:
    return run("no_controls", seed, UNTIL)


def inside(of: Callable[[int], float], low: float, high: float) -> None:
    """Every seed's value lies in a band."""
    values = [of(seed) for seed in SEEDS]
    assert low <= min(values) <= max(values) <= high, f"{min(values):.4g} to {max(values):.4g}, not {low:g} to {high:g}"


def near(of: Callable[[int], float], observed: float, factor: float) -> None:
    """Every seed's value is within a factor of what was observed."""
    inside(of, observed / factor, observed * factor)


def fact(series: str, item: str, start: str = "") -> float:
    """The value of an item; of several, the first whose period begins with `start`."""
    rows = (one for one in catalog.series(series) if one.item == item and str(one.period or "").startswith(start))
    value = next(one.value for one in rows if one.value is not None)
    assert value is not None
    return value


def yearly(kept: Kept, name: str, first: str, last: str) -> float:
    """Growth of a column from one month to another, factor a year."""
    return float((kept.at(name, last) / kept.at(name, first)) ** (12 / (place(last) - place(first))))


def flop(side: str, month: str) -> Callable[[int], float]:
    """Training FLOP of the largest run so far, by seed."""
    return lambda seed: 10 ** history(seed).at(f"largest_run[{side}]", month)


def growth(side: str) -> Callable[[int], float]:
    """Growth of the largest run from January 2022 to December 2024, factor a year, by seed."""
    return lambda seed: (flop(side, "2024-12")(seed) / flop(side, "2022-01")(seed)) ** (12 / 35)


# --- runs against frontier_compute and training_compute_growth ---


def test_the_largest_runs_grow_as_observed() -> None:
    """Within a factor of 1.25 a year."""
    near(growth("US"), fact("training_compute_growth", "elsewhere_top_training_compute_growth"), 1.25)
    near(growth("China"), fact("training_compute_growth", "china_top10_training_compute_growth"), 1.25)


@pytest.mark.parametrize(
    ("item", "month"), [("flop_gpt_4", "2023-03"), ("flop_gemini_1_0_ultra", "2023-12"), ("flop_grok_3", "2025-02")]
)
def test_record_runs_of_the_leaders_are_of_the_size_estimated(item: str, month: str) -> None:
    """Within a factor of 2.5: runs that set a record when they came out."""
    near(flop("US", month), fact("frontier_compute", item), 2.5)


@pytest.mark.xfail(
    reason="2.5e26 in August 2024, 5.0 times Grok-2: the model's record rises without a pause", strict=True
)
def test_the_record_of_the_leaders_stood_still_in_2024() -> None:
    near(flop("US", "2024-08"), fact("frontier_compute", "flop_grok_2"), 2.5)


@pytest.mark.parametrize(
    ("item", "month"), [("flop_ernie_3_0_titan", "2022-01"), ("flop_glm_4", "2024-01"), ("flop_doubao_pro", "2024-10")]
)
def test_record_runs_in_china_are_of_the_size_estimated(item: str, month: str) -> None:
    """Within a factor of 2."""
    near(flop("China", month), fact("frontier_compute", item), 2.0)


@pytest.mark.parametrize("month", ["2024-12"])
def test_the_fleets_of_the_leaders_are_of_the_size_estimated(month: str) -> None:
    """Within a factor of 1.4 of the five largest US owners."""
    observed = 1000 * fact("frontier_compute", "h100e_fleet_five_us", month)
    near(lambda seed: history(seed).at("us_compute", month), observed, 1.4)


# --- the compute gap widens, the capability gap does not (C20) ---


def test_training_compute_diverges_while_the_gap_in_capability_falls() -> None:
    def apart(kept: Kept, month: str) -> float:
        return kept.at("largest_run[US]", month) - kept.at("largest_run[China]", month)

    def widening(seed: int) -> float:
        return apart(history(seed), "2024-12") - apart(history(seed), "2022-12")

    inside(widening, 0.1, 2.0)
    for first, last in (("2023-06", "2024-12"), ("2023-12", "2024-12")):
        inside(lambda s, a=first, b=last: history(s).at("capability_gap", b) / history(s).at("capability_gap", a),
               0.3, 1.03)  # fmt: skip
    inside(lambda s: yearly_gap(s, "2024") / yearly_gap(s, "2023"), 0.4, 0.8)


def yearly_gap(seed: int, year: str) -> float:
    """Mean gap of a year, months."""
    return float(history(seed).over("capability_gap", f"{year}-01", f"{year}-12").mean())


@pytest.mark.parametrize("year", ["2023", "2024"])
def test_the_gap_of_a_year_is_near_what_is_published(year: str) -> None:
    """Within a factor of 1.35 of the Epoch Capabilities Index."""
    near(lambda seed: yearly_gap(seed, year), fact("capability_gap", "eci_lag", year), 1.35)


def test_the_gap_at_the_end_of_2024_is_near_what_a_lab_head_told() -> None:
    """Within a factor of 1.4 of 7 to 10 months."""
    near(lambda seed: history(seed).at("capability_gap", "2024-12"), fact("capability_gap", "deepseek_v3_lag"), 1.4)


def months_to_match(seed: int, month: str = "2023-03") -> float:
    """Months until China stands where the frontier stood in a month."""
    kept = history(seed)
    return float(np.argmax(kept["capability_china"] >= kept.at("capability_frontier", month)) - place(month))


def test_the_gap_has_no_quarterly_beat() -> None:
    """What recurs every three months in it has an amplitude below a tenth of a month in the mean over seeds, and below
    0.2 in each (0.06, and 0.18 in one of eight): noise, no more than at periods beside it.

    A second difference takes out the trend and multiplies a wave of period p by |1 - exp(2 pi i / p)|^2, 3 at p = 3.
    """

    def wave(seed: int, name: str, period: float) -> float:
        bend = np.diff(history(seed).over(name, "2022-01", "2025-09"), 2)
        turn = np.exp(2j * np.pi / period * np.arange(len(bend)))
        return float(2 * np.abs(turn @ bend) / len(bend) / np.abs(1 - turn[1]) ** 2)

    for name in ("capability_gap", "capability_gap_own", "run_gap"):
        beats, beside = (
            [np.mean([wave(seed, name, period) for period in periods]) for seed in SEEDS]
            for periods in ((3.0,), (2.5, 2.75, 3.25, 3.5))
        )
        assert np.mean(beats) < 0.1, beats
        assert max(beats) < 0.2, beats
        assert np.mean(beats) < 1.5 * np.mean(beside), (beats, beside)


def test_imitation_and_not_runs_of_its_own_keeps_china_near() -> None:
    """Without imitation the gap would have widened by the end of 2024; the gap of runs alone does."""
    inside(lambda s: history(s).at("capability_gap_own", "2024-12") - history(s).at("capability_gap", "2024-12"), 4, 14)
    for name in ("capability_gap_own", "run_gap"):
        inside(lambda s, one=name: history(s).at(one, "2024-12") - history(s).at(one, "2023-06"), 1, 12)


@pytest.mark.xfail(
    reason="8 to 10 months: imitation that leaves 7 months in 2024, as measured too, is done with GPT-4 sooner",
    strict=True,
)
def test_gpt_4_is_matched_as_late_as_observed() -> None:
    near(months_to_match, fact("capability_gap", "gpt4_match_lag"), 1.25)


# --- efficiency (C17, C18) against algorithmic_progress ---


@pytest.mark.parametrize("side", ["frontier", "china"])
def test_efficiency_grows_within_the_interval_of_algorithmic_progress(side: str) -> None:
    low = next(o.low for o in catalog.series("algorithmic_progress") if o.item == "pretraining_efficiency_growth")
    high = next(o.high for o in catalog.series("algorithmic_progress") if o.item == "pretraining_efficiency_growth")
    assert low is not None
    assert high is not None
    inside(lambda seed: yearly(history(seed), f"efficiency_{side}", "2022-01", "2025-01"), low, high)


def test_scarcity_raises_efficiency_research_and_open_release() -> None:
    for name in ("efficiency_effort", "published_share"):
        inside(lambda s, one=name: history(s).at(one, "2024-12") - free(s).at(one, "2024-12"), 0.01, 1.0)


def test_the_lag_in_efficiency_stays_bounded() -> None:
    """Chinese labs neither fall behind without end nor run away from the leaders, log10."""

    def lag(seed: int, month: str) -> float:
        return float(
            np.log10(history(seed).at("efficiency_frontier", month) / history(seed).at("efficiency_china", month))
        )

    for month in ("2022-12", "2023-12", "2024-12", "2025-10"):
        inside(lambda s, at=month: lag(s, at), 0.0, 0.75)


def test_large_jumps_are_rare_and_named() -> None:
    inside(lambda seed: history(seed).total("efficiency_jumps", "2022-01", UNTIL), 0, 12)
    assert sum(history(seed).total("efficiency_jumps", "2022-01", UNTIL) for seed in SEEDS) >= len(SEEDS)
    market = ChipMarket("history", rng=0, until=UNTIL).run()
    reported = [one for one in market.race.jumps if one.month >= "2022-01"]
    assert len(reported) == history(0).total("efficiency_jumps", "2022-01", UNTIL)
    assert {one.lab for one in market.race.jumps} <= set(market.labs.names)
    assert min(one.size for one in market.race.jumps) > 4 * market.parameters.innovation.jump * 0.9


# --- labs differ, in distribution over seeds ---


@pytest.mark.parametrize(("month", "best"), [("2023-12", 5), ("2024-06", 3), ("2024-12", 3), ("2025-06", 3)])
def test_deepseek_is_among_the_most_efficient(month: str, best: int) -> None:
    """Before V2 among the five best of all labs, from then on among the three best, in at least two seeds of three;
    never below the best tenth."""
    ranks = [history(seed).at("lab_rank[DeepSeek]", month) for seed in SEEDS]
    assert sum(rank <= best for rank in ranks) >= 2 * len(ranks) / 3, ranks
    assert max(ranks) <= 15, ranks


def test_deepseek_does_with_less_compute_what_others_do_with_more() -> None:
    """Its largest run is within a factor of 3 of that of V3, a tenth of the largest in China; what it would need for
    the frontier of a year before is at most two thirds of what an ordinary start-up would."""
    near(lambda s: 10 ** history(s).at("lab_run[DeepSeek]", "2024-12"), fact("frontier_compute", "flop_deepseek_v3"), 3)
    inside(lambda s: history(s).at("largest_run[China]", "2024-12") - history(s).at("lab_run[DeepSeek]", "2024-12"),
           0.7, 1.6)  # fmt: skip

    def saved(seed: int) -> float:
        need = history(seed).parts("lab_compute_needed")
        others = [need[name][place("2024-12")] for name in ("iFlytek", "SenseTime", "StepFun", "MiniMax")]
        return float(np.median(others) - need["DeepSeek"][place("2024-12")])

    values = [saved(seed) for seed in SEEDS]
    assert np.median(values) > 0.18, values
    assert min(values) > 0, values


def test_deepseek_stands_about_as_far_behind_as_a_lab_head_told() -> None:
    """Within a factor of 1.5 of 7 to 10 months."""
    near(lambda s: history(s).at("lab_gap[DeepSeek]", "2024-12"), fact("capability_gap", "deepseek_v3_lag"), 1.5)


def test_labs_are_not_alike_in_efficiency() -> None:
    """The best named lab leads the worst by a factor of 1.4 at least at the end of 2024."""

    def apart(seed: int) -> float:
        need = [values[place("2024-12")] for values in history(seed).parts("lab_compute_needed").values()]
        return max(need) - min(need)

    inside(apart, np.log10(1.4), 1.0)


def test_large_jumps_come_to_labs_that_train_at_scale() -> None:
    """Four in five of them to named labs, over many seeds; a named lab has at least half of a percent of the money."""
    found = [jump for seed in range(12) for jump in ChipMarket("history", rng=seed, until=UNTIL).run().race.jumps]
    named = sum(jump.lab in catalog.labs() for jump in found)
    assert len(found) >= 12
    assert named >= 0.75 * len(found), f"{named} of {len(found)}"


def test_large_buyers_differ_in_their_channels() -> None:
    """Of the largest, shares of channels differ by a tenth of the fleet."""
    market = ChipMarket("history", rng=0, until="2024-12").run()
    held = market.labs.fleet.sum(axis=2) * market.products.compute
    mix = {
        name: sums(held[market.labs.index[name]], market.axis.places, len(CHANNELS))
        / held[market.labs.index[name]].sum()
        for name in ("ByteDance", "Alibaba", "Tencent", "Huawei Cloud", "DeepSeek")
    }
    assert np.abs(mix["Alibaba"] - mix["Tencent"]).sum() > 0.1
    assert np.abs(mix["ByteDance"] - mix["DeepSeek"]).sum() > 0.3
    domestic, grey = CHANNELS.index("domestic"), CHANNELS.index("grey")
    assert mix["Huawei Cloud"][domestic] > mix["Alibaba"][domestic] > mix["ByteDance"][domestic]
    assert mix["ByteDance"][grey] < 0.75 * mix["Tencent"][grey]


# --- where training and serving run (C16, C19) against mfu_utilisation ---


def test_domestic_chips_serve_first_and_training_stays_on_foreign_ones() -> None:
    """C19: domestic share of inference minus that of training, in every month from 2023 to March 2025."""

    def lead(seed: int) -> float:
        shares = [
            history(seed).over(f"domestic_share_{use}", "2023-01", "2025-03") for use in ("inference", "training")
        ]
        return float((shares[0] - shares[1]).min())

    inside(lead, 0.02, 1.0)
    inside(lambda seed: history(seed).at("domestic_share_training", "2025-03"), 0.0, 0.15)


@pytest.mark.parametrize("seed", [0, 1])
def test_cards_that_large_runs_cannot_use_serve_users(seed: int) -> None:
    """C16: of cards with next to no use in large runs, next to nothing is found there, and they serve users instead."""
    market = ChipMarket("history", rng=seed, until="2024-12")
    cards = (market.products.stacks == 0) & (np.arange(len(market.products)) < market.axis.domestic.start)
    market.products.training[cards] = SERVING_ONLY
    market.run()
    use = market.month[Use]
    training, serving = use.training[:, cards].sum() / use.training.sum(), use.serving[cards].sum() / use.serving.sum()
    assert serving > 0.02
    assert training < 0.1 * serving
    gaming = market.axis.slices["gaming"]
    assert market.month[Use].training[:, gaming].sum() <= 0.02 * market.month[Use].training.sum()


def test_utilisation_in_training_is_near_what_is_reported_of_foreign_cards() -> None:
    """Within a factor of 1.3 of DeepSeek-V3 on H800."""
    observed = fact("mfu_utilisation", "mfu_h800_deepseek_v3") / 100
    for channel in ("licensed", "legacy"):
        near(lambda s, one=channel: history(s).at(f"mfu_by_channel[{one}]", "2024-12"), observed, 1.3)


def test_utilisation_in_training_is_lower_on_domestic_cards() -> None:
    """Within a factor of 2.5 of what a vendor's own team told of Ascend."""
    near(
        lambda s: history(s).at("mfu_by_channel[domestic]", "2025-05"),
        fact("mfu_utilisation", "mfu_ascend_pangu_ultra_moe") / 100,
        2.5,
    )
    inside(
        lambda s: (
            history(s).at("mfu_by_channel[domestic]", "2024-12") / history(s).at("mfu_by_channel[licensed]", "2024-12")
        ),
        0.2,
        0.8,
    )


@pytest.mark.xfail(
    reason="16 %: a mean lab with the software of all Chinese vendors, not Huawei's own team", strict=True
)
def test_utilisation_on_domestic_cards_is_as_good_as_a_vendor_told() -> None:
    near(
        lambda s: history(s).at("mfu_by_channel[domestic]", "2025-05"),
        fact("mfu_utilisation", "mfu_ascend_pangu_ultra_moe") / 100,
        1.5,
    )


# --- idle state capacity beside scarcity (C21) ---


def test_state_sites_stand_idle_while_top_labs_are_short() -> None:
    def apart(seed: int) -> float:
        return float((history(seed).over("utilisation[hyperscaler]", "2024-01", "2025-03")
                      - history(seed).over("utilisation[state]", "2024-01", "2025-03")).min())  # fmt: skip

    inside(apart, 0.1, 0.7)
    inside(lambda seed: float(history(seed).over("scarcity", "2024-01", "2025-03").min()), 0.2, 0.9)


def test_idle_state_capacity_is_below_the_bound_told() -> None:
    bound = fact("mfu_utilisation", "new_capacity_unused_share") / 100
    inside(lambda seed: 1 - history(seed).at("utilisation[state]", "2025-03"), 0.2, bound)


# --- plans, firms and money ---


def test_controls_shelve_runs() -> None:
    inside(lambda s: history(s).at("shelved_runs", "2024-12") - free(s).at("shelved_runs", "2024-12"), 0.05, 1.0)


def test_start_ups_come_and_go_at_a_moderate_pace() -> None:
    """Of 98 unnamed start-ups; nothing sourced counts failures, so that the band is wide and assumed."""
    inside(lambda seed: history(seed).total("startups_failed", "2022-01", "2024-12") / 98 / 3, 0.02, 0.25)
    inside(lambda seed: history(seed).at("startups_active", UNTIL), 60, 98)


@pytest.mark.parametrize("year", ["2022", "2023", "2024", "2025"])
def test_latent_money_and_rationing_give_the_recorded_spending(year: str) -> None:
    """Within a factor of 1.15 of capital spending times the share of AI systems, inputs both."""
    first, last = f"{year}-01", min(f"{year}-12", UNTIL)
    months = slice(month_of(parse_day(first)), month_of(parse_day(last)) + 1)
    recorded = paths.latent_money(months.stop, 1.0, 1.0, latent=0.0)[months].sum()
    near(lambda seed: history(seed).total("lab_spending", first, last), recorded, 1.15)


def test_controls_kept_money_unspent() -> None:
    """Without controls labs would have spent what they had, from 2024 on more than they did."""

    def spent(kept: Kept, year: str) -> float:
        return kept.total("lab_spending", f"{year}-01", min(f"{year}-12", UNTIL))

    inside(lambda seed: spent(free(seed), "2023") / spent(history(seed), "2023"), 0.9, 1.05)
    inside(lambda seed: spent(free(seed), "2025") / spent(history(seed), "2025"), 1.15, 1.6)
