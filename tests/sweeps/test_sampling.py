"""Sampled points: stratified, reproducible, and each quantity's its own."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.parameters import declarations
from abm.sweeps.dimension import Dimension
from abm.sweeps.sampling import draw, find_dimensions, strata
from abm.sweeps.spec import Sample


@given(st.integers(1, 200), st.integers(0, 2**40), st.sampled_from(["demand.theta", "x.y"]))
def test_each_slice_of_a_range_has_one_value(n: int, seed: int, name: str) -> None:
    uniforms = strata(Sample(n=n, seed=seed), name)
    assert sorted(math.floor(u * n) for u in uniforms) == list(range(n))
    assert uniforms == strata(Sample(n=n, seed=seed), name)


def test_the_order_and_the_company_of_names_change_nothing() -> None:
    theta = Dimension("demand.theta", "float", (1.0, 2.0))
    lam = Dimension("demand.lam", "float", (0.0, 1.0))
    sample = Sample(n=20, seed=4)
    alone = [point["demand.theta"] for point in draw(sample, [theta])]
    assert alone == [point["demand.theta"] for point in draw(sample, [lam, theta])]
    assert alone != [point["demand.theta"] for point in draw(Sample(n=20, seed=5), [theta])]
    both = draw(sample, [theta, lam])
    ranks = [sorted(alone).index(point["demand.theta"]) for point in both]
    others = [sorted(one["demand.lam"] for one in both).index(point["demand.lam"]) for point in both]
    assert ranks != others, "the quantities are not drawn in step"


@given(st.floats(0, 1, exclude_max=True), st.integers(-5, 5), st.integers(0, 9))
def test_values_stay_in_their_range(u: float, low: int, width: int) -> None:
    assert low <= Dimension("x", "float", (low, low + width)).at(u) <= low + width
    whole = Dimension("x", "int", (low, low + width)).at(u)
    assert isinstance(whole, int)
    assert low <= whole <= low + width
    assert Dimension("x", "choice", ("a", "b", "c")).at(u) in ("a", "b", "c")


def test_whole_numbers_and_choices_come_up_equally_often() -> None:
    sample = Sample(n=60, seed=1)
    points = draw(sample, [Dimension("i", "int", (1, 3)), Dimension("c", "choice", ("a", "b"))])
    assert [sum(point["i"] == i for point in points) for i in (1, 2, 3)] == [20, 20, 20]
    assert [sum(point["c"] == c for point in points) for c in ("a", "b")] == [30, 30]


def test_a_pattern_takes_declared_ranges_and_choices() -> None:
    faults: list[str] = []
    sample = Sample(n=2, parameters=("innovation.*", "trade.mechanism"))
    found = {one.name: one for one in find_dimensions(sample, faults)}
    ranged = {one.name for one in declarations().values() if one.name.startswith("innovation.") and one.range}
    assert not faults
    assert set(found) == ranged | {"trade.mechanism"}
    assert found["innovation.lag_months"].kind == "int"
    assert found["trade.mechanism"].options == declarations()["trade.mechanism"].choices


def test_a_range_given_takes_the_place_of_the_declared_one() -> None:
    sample = Sample(n=2, parameters=("demand.theta",), ranges={"demand.theta": (2.0, 2.5)})
    assert [one.options for one in find_dimensions(sample, [])] == [(2.0, 2.5)]


BAD = [
    (Sample(n=2), "needs parameters or ranges"),
    (Sample(n=2, parameters=("demand.thta",)), "did you mean 'demand.theta'"),
    (Sample(n=2, parameters=("population.startups",)), "no declared range"),
    (Sample(n=2, ranges={"demand.theta": (2.0, 1.0)}), "low < high"),
    (Sample(n=2, ranges={"demand.theta": (1.0,)}), "low < high"),
    (Sample(n=2, ranges={"demand.theta": (1.0, 2.0, 3.0)}), "low < high"),
    (Sample(n=2, ranges={"trade.mechanism": ("pro_rata", "pro_rata")}), "low < high"),
]


@pytest.mark.parametrize("sample, words", BAD)
def test_what_cannot_be_sampled_is_told(sample: Sample, words: str) -> None:
    faults: list[str] = []
    find_dimensions(sample, faults)
    assert len(faults) == 1
    assert words in faults[0]


def test_nothing_sampled_is_one_empty_point() -> None:
    assert draw(None, find_dimensions(None, [])) == [{}]
