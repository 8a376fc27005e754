"""How many chips and stacks can be made, and which input binds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.rules.production import (
    INPUTS,
    begun,
    die_yield,
    earns,
    finished,
    output,
    ramp,
    respond,
    shadow_prices,
    software,
    subsidised,
    without_each,
    world_mix,
)

ages = st.lists(st.integers(-40, 80), min_size=1, max_size=6).map(lambda some: np.array(sorted(some)[::-1], float))


def test_ramp_by_hand() -> None:
    age = np.array([-5.0, -1.0, 0.0, 2.0, 5.0, 50.0])
    np.testing.assert_allclose(ramp(age, 6.0), [0, 0, 1 / 6, 0.5, 1, 1])
    np.testing.assert_allclose(ramp(age, np.array([6.0, 6, 1, 12, 0, 6])), [0, 0, 1, 0.25, 1, 1])
    assert ramp(np.array([-np.inf]), 6.0).tolist() == [0.0]


@given(st.floats(-50, 100), st.floats(0, 20), st.floats(0, 36))
def test_volume_never_falls_with_age_and_is_none_before_release(age: float, more: float, months: float) -> None:
    young, old = ramp(np.array([age, age + more]), months)
    assert 0 <= young <= old <= 1
    assert (young == 0) == (age < 0)


def test_world_mix_by_hand() -> None:
    # The newest has taken a third of the line after three months, the middle one half of the rest, the oldest what is
    # left.
    np.testing.assert_allclose(world_mix(np.array([40.0, 5.0, 3.0]), 12.0), [2 / 3 * 0.5, 2 / 3 * 0.5, 1 / 3])
    np.testing.assert_allclose(world_mix(np.array([40.0, 30.0, -2.0]), 12.0), [0.0, 1.0, 0.0])


def test_the_first_product_of_a_line_takes_all_of_it_at_once() -> None:
    assert world_mix(np.array([0.0, -6.0]), 12.0).tolist() == [1.0, 0.0]
    assert world_mix(np.array([-6.0]), 12.0).tolist() == [0.0]


def test_lines_of_several_vendors_are_worked_out_at_once() -> None:
    age, line = np.array([40.0, 7.0, 5.0, -3.0, 3.0, 2.0]), np.array([0, 1, 0, 1, 0, 2])
    mix = world_mix(age, 12.0, line)
    for vendor in range(3):
        np.testing.assert_allclose(mix[line == vendor], world_mix(age[line == vendor], 12.0))


@given(ages, st.floats(1, 60))
def test_world_mix_is_the_whole_line_once_anything_is_released(age: np.ndarray, months: float) -> None:
    mix = world_mix(age, months)
    assert (mix >= 0).all()
    assert mix.sum() == pytest.approx(1.0 if (age >= 0).any() else 0.0)
    assert (mix[age < 0] == 0).all()


@given(ages, st.floats(1, 60))
def test_the_newest_product_never_loses_share_as_it_ages(age: np.ndarray, months: float) -> None:
    assert world_mix(age + 1, months)[-1] >= world_mix(age, months)[-1] - 1e-12


def test_yield_by_hand() -> None:
    assert die_yield(0, 0.12, 0.6, 0.18) == pytest.approx(0.12)
    assert die_yield(np.log(2) / 0.18, 0.12, 0.6, 0.18) == pytest.approx(0.36)
    assert die_yield(-3, 0.12, 0.6, 0.18) == pytest.approx(0.12)
    assert die_yield(1000, 0.12, 0.6, 0.18) == pytest.approx(0.6)


@given(st.floats(-5, 50), st.floats(0, 10), st.floats(0, 0.5), st.floats(0.5, 1), st.floats(0, 3))
def test_yield_learns_between_its_bounds(years: float, more: float, start: float, most: float, rate: float) -> None:
    early, late = die_yield(years, start, most, rate), die_yield(years + more, start, most, rate)
    assert start - 1e-12 <= early <= late + 1e-12
    assert late <= most + 1e-12


def test_output_by_hand() -> None:
    limits = output(
        dies=np.array([300.0, 300.0]),
        stacks=np.array([400.0, 0.0]),
        packages=np.array([90.0, 90.0]),
        sales=np.array([120.0, 20.0]),
        per_die=np.array([2.5, 3.0]),
        per_stack=np.array([8.0, 0.0]),
    )
    assert INPUTS == ("logic", "hbm", "packaging", "sales")
    np.testing.assert_allclose(limits, [[120.0, 100.0], [50.0, np.inf], [90.0, 90.0], [120.0, 20.0]])
    assert [INPUTS[place] for place in limits.argmin(axis=0)] == ["hbm", "sales"]


@given(
    *(arrays(float, 3, elements=st.just(0.0) | st.floats(1e-2, 1e7)) for _ in range(4)),
    arrays(float, 3, elements=st.floats(0.1, 10)),
    arrays(float, 3, elements=st.sampled_from([0.0, 1.0, 4.0, 8.0])),
)
def test_what_is_made_needs_no_more_than_is_there(
    dies: np.ndarray,
    stacks: np.ndarray,
    packages: np.ndarray,
    sales: np.ndarray,
    per_die: np.ndarray,
    per_stack: np.ndarray,
) -> None:
    made = output(dies, stacks, packages, sales, per_die, per_stack).min(axis=0)
    slack = 1 + 1e-9
    assert ((made >= 0) & np.isfinite(made)).all()
    assert (made * per_die <= dies * slack).all()
    assert (made * per_stack <= stacks * slack).all()
    assert (made <= np.minimum(packages, sales)).all()


def test_shadow_prices_by_hand() -> None:
    limits = np.array([[5.0, 9, 9, 9], [9.0, 5, 9, 9], [9.0, 9, 5, 9], [9.0, 9, 9, 5], [9.0, 5, 9, 9]])
    per = np.tile([2.0, 8.0, 1.0, 1.0], (5, 1))
    worth, memory = np.array([1000.0, 1000, 1000, 1000, -5]), np.full(5, 400.0)
    found = shadow_prices(limits, per, worth, memory)
    np.testing.assert_allclose(found, np.diag([300.0, 125, 600, 600, 0])[:, :4])


def test_an_input_that_a_chip_does_not_need_is_worth_nothing() -> None:
    found = shadow_prices(np.array([[9.0, 3.0, 9, 9]]), np.array([[1.0, 0.0, 1, 1]]), np.ones(1), np.zeros(1))
    assert found.tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_public_money_becomes_wafers_after_the_lead() -> None:
    money = np.array([100.0, 100.0, 0.0, 50.0])
    free = np.zeros(4)
    assert [subsidised(money[: t + 1], free[: t + 1], 2, 10.0) for t in range(4)] == [0.0, 0.0, 10.0, 20.0]
    assert subsidised(money, free, 0, 10.0) == 25.0
    assert subsidised(money, free, 99, 10.0) == 0.0
    assert subsidised(money, np.array([0.0, 0.0, 0.5, 1.0]), 2, 10.0) == 5.0, "tools for half of it, then for none"


def test_capacity_abroad_goes_to_what_a_price_pays_for() -> None:
    capacity, price = np.ones(4), np.array([1.0, 4.0, 0.25, 100.0])
    for _ in range(600):
        capacity = respond(capacity, price, 4.0, 0.5, 1 / 24)
    np.testing.assert_allclose(capacity, [1.0, 2.0, 0.5, 2.0])


def test_work_begins_on_what_is_short_and_a_part_of_it_is_finished() -> None:
    capacity, under_way = np.array([10.0, 10.0, 10.0, 1.0]), np.array([0.0, 4.0, 20.0, 0.0])
    pull, least = np.array([4.0, 4.0, 0.25, 100.0]), np.array([0.0, 0.0, 0.0, 6.0])
    np.testing.assert_allclose(begun(capacity, under_way, pull, least, 4.0, 0.5), [10, 6, 0, 6])
    np.testing.assert_allclose(finished(np.array([24.0, 24.0]), np.array([0.0, 0.75]), 24.0), [1.0, 0.25])


def test_software_matures_with_cards_and_with_research() -> None:
    assert software(0.0, 0.0, 0.4, 0.9, 1e6, 1e10) == 0.4
    assert software(1e6, 0.0, 0.4, 0.9, 1e6, 1e10) == pytest.approx(0.4 + 0.5 * (1 - np.exp(-1)))
    assert software(0.0, 2e10, 0.4, 0.9, 1e6, 1e10) == pytest.approx(0.4 + 0.5 * (1 - np.exp(-2)))


def test_what_a_chip_earns_falls_with_its_price_and_the_price_of_memory() -> None:
    price, listed, memory = np.array([10.0, 8.0, 10.0, 4.0, 4.0]), np.full(5, 10.0), np.array([2.0, 2, 2, 2, 9])
    np.testing.assert_allclose(earns(price, listed, 0.5, memory, 1.0), [1, 2 / 3, 1, 0, 0])
    np.testing.assert_allclose(earns(price[:1], listed[:1], 0.5, memory[:1], 2.0), [1 / 3])


def test_without_each_input_the_others_set_the_limit() -> None:
    limits = np.array([[3.0, 1.0, 2.0, np.inf], [1.0, 1.0, 5.0, 2.0]])
    np.testing.assert_allclose(without_each(limits), [[1.0, 2.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
