"""What can be made of a finished chip, by hand and against random designs."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from abm.rules.demand import chip_value
from abm.rules.redesign import Designer, below, power

VALUE = partial(chip_value, memory_weight=0.5, inference=0.5, capacity_exponent=0.25, link_exponent=0.15)
DESIGNER = Designer(VALUE)
H100 = {"tpp": 15832.0, "bandwidth": 3350.0, "memory": 80.0, "stacks": 5.0, "link": 900.0}
CARD = {"tpp": 6704.0, "bandwidth": 1792.0, "memory": 96.0, "stacks": 0.0, "link": 128.0}
NO_LIMITS: dict[str, list[float]] = {"tpp": [], "bandwidth": [], "link": [], "sum": []}

limit_sets = st.fixed_dictionaries(
    {
        "tpp": st.lists(st.floats(100, 20000), max_size=4),
        "bandwidth": st.lists(st.floats(100, 5000), max_size=2),
        "link": st.lists(st.floats(50, 1000), max_size=2),
        "sum": st.lists(st.floats(200, 6000), max_size=1),
    }
)


def best(part: dict[str, float], designer: Designer = DESIGNER, **limits: list[float]) -> dict[str, float]:
    """The most valuable design of all, where every limit tells it from others."""
    options = designer.options(part, NO_LIMITS | limits)
    return {name: float(column[0]) for name, column in options.items()}


def under(part: dict[str, float], designer: Designer = DESIGNER, **limits: list[float]) -> dict[str, float]:
    """The most valuable design below the lowest limit of each measure."""
    options = designer.options(part, NO_LIMITS | limits)
    fits = np.ones(len(options["tpp"]), dtype=bool)
    for name, values in limits.items():
        column = options["bandwidth"] + options["link"] if name == "sum" else options[name]
        fits &= column < min(values)
    place = int(np.argmax(fits))
    assert fits[place]
    return {name: float(column[place]) for name, column in options.items()}


# --- levels ---


def test_levels_are_the_full_one_and_those_below_limits() -> None:
    levels, tops = below(1000.0, [2000.0, 500.0, 1005.0, 0.0], 0.01)
    assert levels.tolist() == pytest.approx([495.0, 994.95, 1000.0])
    assert tops.tolist() == [500.0, 1005.0, 1000.0]


def test_without_limits_nothing_is_cut() -> None:
    levels, tops = below(7.0, [], 0.01)
    assert levels.tolist() == tops.tolist() == [7.0]


def test_power_falls_halfway() -> None:
    assert power(np.array([1.0, 0.5, 0.0]), 0.4).tolist() == pytest.approx([1.0, 0.7, 0.4])


# --- by hand ---


def test_the_best_design_is_the_flagship() -> None:
    assert best(H100) == {
        "tpp": 15832.0, "tpp_top": 15832.0, "sites": 1.0, "memory": 80.0, "bandwidth": 3350.0,
        "bandwidth_top": 3350.0, "link": 900.0, "value": 1.0, "power": 1.0,
    }  # fmt: skip


def test_a_link_goes_in_whole_steps_and_ends_at_the_hosts_bus() -> None:
    assert under(H100, link=[600.0])["link"] == 550.0
    assert under(H100, link=[601.0])["link"] == 600.0
    assert under(H100, link=[65.0])["link"] == 64.0
    assert DESIGNER.options(H100, NO_LIMITS | {"link": [60.0]})["link"].min() == 50.0


def test_memory_keeps_its_sites_while_it_can_be_slowed_down() -> None:
    # 1,700 x 0.9985 is 95 % of full speed; 1,400 x 0.9985 is 89.1 % of fourteen sixteenths
    some, less = under(CARD, bandwidth=[1700.0]), under(CARD, bandwidth=[1400.0])
    assert (some["bandwidth"], some["memory"]) == pytest.approx((1697.45, 96.0))
    assert (less["bandwidth"], less["memory"]) == pytest.approx((1397.9, 84.0))


def test_memory_that_cannot_run_slowly_is_left_out_site_by_site() -> None:
    stiff = Designer(VALUE, slowest=1.0)
    assert under(CARD, stiff, bandwidth=[1400.0])["bandwidth"] == 1344.0  # twelve sixteenths
    assert under(H100, stiff, bandwidth=[2680.0])["bandwidth"] == pytest.approx(2010.0)  # four stacks lie on the limit
    assert under(H100, bandwidth=[1400.0])["bandwidth"] == pytest.approx(1340.0)  # two stacks of five


def test_spare_sites_are_filled_once_compute_is_given_up() -> None:
    assert under(H100, tpp=[15000.0])["memory"] == 80.0
    found = under(H100, tpp=[2400.0])
    assert (found["tpp"], found["memory"], found["bandwidth"], found["sites"]) == pytest.approx((2376, 96, 4020, 1.2))
    assert under(H100, Designer(VALUE, hbm_sites=5), tpp=[2400.0])["memory"] == 80.0
    assert under(H100, Designer(VALUE, stack_growth=1.5), tpp=[2400.0])["memory"] == 144.0
    assert under(CARD, tpp=[2400.0])["memory"] == 96.0


def test_spare_sites_may_be_worth_stepping_down_for() -> None:
    # Just below a line at 55 %, compute of 50 % with a sixth stack is worth more than 54.45 % with five.
    found = under(H100, tpp=[0.55 * 15832])
    assert (found["tpp"], found["memory"]) == pytest.approx((0.5 * 15832, 96.0))


def test_no_design_outshines_its_flagship() -> None:
    # With memory alone of value, half the compute and a sixth stack would be the better chip: it is not to be had.
    keen = Designer(partial(VALUE, memory_weight=1.0))
    options = keen.options(H100, NO_LIMITS | {"tpp": [2400.0]})
    assert options["value"].max() == 1.0
    assert options["memory"].max() == 80.0


def test_bandwidth_and_link_are_traded_where_their_sum_is_limited() -> None:
    found = under(H100, sum=[3000.0])
    links = np.array([*range(50, 901, 50), 64.0])[:, None]
    for sites in range(1, 6):
        full = 670.0 * sites
        slowed = np.minimum((3000 - links) * 0.9985, full)
        worth = VALUE(np.ones(1), slowed / 3350, np.array([16.0 * sites]), links)
        assert worth[slowed >= 0.89 * full].max(initial=0.0) <= found["value"] * (1 + 1e-12)
    # Four stacks of five, slowed down to make room for twelve links; a wider link would be worth nothing.
    assert (found["link"], found["memory"], found["bandwidth"]) == pytest.approx((600.0, 64.0, 2400 * 0.9985))


@pytest.mark.parametrize("link", [600.0, 900.0, 64.0])
def test_a_flagship_on_a_limit_of_the_sum_has_cuts_below_it(link: float) -> None:
    # By rounding (2000.3 + link) - link is above 2000.3; the flagship must not stand in for the cut that passes.
    part = H100 | {"bandwidth": 2000.3, "link": link}
    options = DESIGNER.options(part, NO_LIMITS | {"sum": [2000.3 + link]})
    here = options["link"] == link
    assert {2000.3, 2000.3 * 0.9985} <= {round(one, 8) for one in options["bandwidth"][here].tolist()}


# --- against random designs ---


def random_design(part: dict[str, float], u: NDArray[np.float64]) -> dict[str, float]:
    """A design in reach: compute at will, some sites at some speed, some link."""
    stacks = int(part["stacks"] or 16)
    sites = 1 + int(u[1] * (6 if part["stacks"] else 16))
    share = min(1.0, u[0] + 0.01) if sites <= stacks else 0.5 * min(1.0, u[0] + 0.01)
    links = [one for one in (*range(50, 1000, 50), 64) if one < part["link"]] + [part["link"]]
    return {
        "tpp": share * part["tpp"],
        "bandwidth": sites / stacks * part["bandwidth"] * (0.89 + 0.11 * u[2]),
        "memory": sites / stacks * part["memory"],
        "link": float(links[int(u[3] * len(links))]),
    }


def cell(design: dict[str, float], limits: dict[str, list[float]], scale: float = 1.0) -> list[int]:
    """Between which limits a design stands when compute and bandwidth are scaled."""
    values = {name: design[name] for name in ("tpp", "bandwidth", "link")}
    values |= {name: values[name] * scale for name in ("tpp", "bandwidth")}
    values["sum"] = values["bandwidth"] + values["link"]
    return [int(np.searchsorted(sorted(limits[name]), values[name], "right")) for name in limits]


@given(st.sampled_from([H100, CARD]), limit_sets, st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=4))
def test_no_design_in_reach_beats_the_one_between_its_limits(
    part: dict[str, float], limits: dict[str, list[float]], u: list[float]
) -> None:
    design = random_design(part, np.array(u))
    if cell(design, limits) != cell(design, limits, 1 / 0.99):
        return  # too near a limit above it for every margin
    one = (np.array([design[name]]) for name in ("tpp", "bandwidth", "memory", "link"))
    full = (np.array([part[name]]) for name in ("tpp", "bandwidth", "memory", "link"))
    value = float((VALUE(*one) / VALUE(*full))[0])

    options = DESIGNER.options(part, limits)
    rows = ({name: float(column[k]) for name, column in options.items()} for k in range(len(options["tpp"])))
    # Link and sum let a chip be less than the best between limits; compare with those that no line tells apart.
    inside = [row["value"] for row in rows if cell(row, limits) == cell(design, limits)]
    assert max(inside) >= value * (1 - 1e-12)


@given(st.sampled_from([H100, CARD]), limit_sets)
def test_options_are_in_order_and_in_reach(part: dict[str, float], limits: dict[str, list[float]]) -> None:
    options = DESIGNER.options(part, limits)
    assert (np.diff(options["value"]) <= 0).all()
    assert 0 < options["value"].min() <= options["value"].max() == 1.0
    assert (options["tpp"] <= part["tpp"]).all()
    assert (options["link"] <= part["link"]).all()
    assert (options["tpp"][options["sites"] > 1] <= 0.5 * part["tpp"]).all()
    speed = options["bandwidth"] / (options["sites"] * part["bandwidth"])
    assert ((speed >= 0.89 * (1 - 1e-12)) & (speed <= 1 + 1e-12)).all()
    sites = options["sites"] * (part["stacks"] or 16)
    assert np.allclose(sites, np.round(sites))


@given(st.sampled_from([H100, CARD]), limit_sets)
def test_a_cut_measure_keeps_its_margin_below_its_limit(part: dict[str, float], limits: dict[str, list[float]]) -> None:
    options = DESIGNER.options(part, limits)
    cut = options["tpp"] < options["tpp_top"]
    assert np.allclose(options["tpp"][cut] / options["tpp_top"][cut], 0.99)
    slowed = options["bandwidth"] < options["bandwidth_top"]
    assert np.allclose(options["bandwidth"][slowed] / options["bandwidth_top"][slowed], 0.9985)
