"""Points of a design as regimes, and criteria judged between two of them."""

import numpy as np
import pytest

from abm.foundation.errors import InputError
from abm.results import points
from abm.results.ensemble import Ensemble
from abm.results.points import Criterion
from abm.runs.run import Run
from tests.figures import synthetic

QUOTA, STRICT = "law.hbm.quota_share@2026-11", "law.licence.approval[*]@2026-11"
MONTHS = np.arange("2030-01", "2031-01", dtype="datetime64[M]")


def grid(effect: float, noise: float, seeds: int = 8) -> Ensemble:
    """Compute that a quota raises by a factor, strictness leaves alone, and chance moves."""
    rng = np.random.default_rng(3)
    runs = [
        Run("hbm_relief", seed, MONTHS,
            {"china_compute": np.full(12, 1e6 * (1 + effect * quota + noise * rng.standard_normal()))},
            scenario={"parameters": {QUOTA: quota, STRICT: strict}})
        for seed in range(seeds) for quota in (0.0, 0.5, 1.0) for strict in (0.1, 0.8)
    ]  # fmt: skip
    return Ensemble(runs, units={"china_compute": "H100e"})


@pytest.mark.parametrize(
    ("effect", "noise", "way", "percent", "word"),
    [
        (0.2, 0.001, "more", 10, "yes"),
        (0.2, 0.001, "more", 30, "no"),
        (0.2, 0.001, "less", 10, "no"),
        (-0.2, 0.001, "less", 10, "yes"),
        (0.0, 0.001, "more", None, "no"),
        (0.0, 0.2, "more", 5, "not clear"),
    ],
)
def test_a_criterion_is_answered_by_the_least_that_counts_and_by_chance(
    effect: float, noise: float, way: str, percent: float | None, word: str
) -> None:
    asked = Criterion("More", "china_compute", way, {QUOTA: 0.0}, {QUOTA: 1.0}, percent)  # type: ignore[arg-type]
    verdict = points.judge(grid(effect, noise), asked)
    assert verdict.word == word
    assert verdict.change.pairs == 16, "paired at each strictness that neither point names"
    assert verdict.numbers.startswith("Chinese AI compute, from HBM quota share 0 to HBM quota share 1: ")
    assert points.told("Is it?", [verdict]).startswith(f"Is it? {word.capitalize()}.")


def test_the_gap_without_imitation_is_told_beside_and_does_not_decide() -> None:
    gaps = {"capability_gap": 7.0, "capability_gap_own": 30.0}
    runs = [
        Run("hbm_relief", seed, MONTHS,
            {name: np.full(12, level - quota * (level > 10) + 0.01 * seed) for name, level in gaps.items()},
            scenario={"parameters": {QUOTA: quota}})
        for seed in range(3) for quota in (0.0, 1.0)
    ]  # fmt: skip
    asked = Criterion("Less", "capability_gap", "less", {QUOTA: 0.0}, {QUOTA: 1.0})
    verdict = points.judge(Ensemble(runs, units=dict.fromkeys(gaps, "month")), asked)
    assert verdict.word == "no"
    assert verdict.numbers.endswith("; China's capability gap without imitation: −1.00 [−1.00, −1.00]")


def test_answers_that_differ_make_partly() -> None:
    runs = grid(0.2, 0.001)
    ends = {QUOTA: 0.0, STRICT: 0.8}, {QUOTA: 1.0, STRICT: 0.8}
    both = [points.judge(runs, Criterion("x", "china_compute", "more", *ends, percent)) for percent in (10, 30)]
    assert [one.word for one in both] == ["yes", "no"]
    assert points.overall(both) == "partly"
    assert both[0].change.pairs == 8


def test_every_law_is_compared_with_the_base_seed_by_seed() -> None:
    comparison = points.comparison(grid(0.2, 0.0), {QUOTA: 0.0, STRICT: 0.8})
    difference = comparison["china_compute"]
    assert set(difference.counts.values()) == {8}
    assert len(difference.regimes) == 5
    means = difference.mean().iloc[-1]
    assert means["quota share 1, approval 0.1"] == pytest.approx(2e5)
    assert means["quota share 0, approval 0.1"] == pytest.approx(0.0)
    assert comparison.base == "quota share 0, approval 0.8"


def test_points_that_are_not_there_are_refused() -> None:
    runs = grid(0.2, 0.0)
    with pytest.raises(InputError, match=r"base: law.licence.approval.* is to be named too"):
        points.comparison(runs, {QUOTA: 0.0})
    with pytest.raises(InputError, match="base: no runs at quota share 3"):
        points.comparison(runs, {QUOTA: 3.0, STRICT: 0.8})
    with pytest.raises(InputError, match="criterion: no runs at HBM quota share 7"):
        points.judge(runs, Criterion("x", "china_compute", "more", {QUOTA: 0.0}, {QUOTA: 7.0}))
    with pytest.raises(InputError, match="criterion: the runs do not hold capability_gap"):
        points.judge(runs, Criterion("x", "capability_gap", "more", {QUOTA: 0.0}, {QUOTA: 1.0}))


def test_without_a_grid_the_base_is_a_regime() -> None:
    runs = synthetic.ensemble(2)
    assert points.comparison(runs).base == "history"
    assert points.comparison(runs, {"regime": "hold_firm"}).base == "hold_firm"
