"""Names of points: clear of one another where there is room, left out where they would cover too much."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abm.figures import labels, theme

BOX = (1.0, 1.0, 2.0, 1.2)


def axes(scale: str = "linear") -> Axes:
    """Empty axes of three by two inches."""
    ax = Figure((4, 3), dpi=100).add_axes((0.1, 0.1, 0.75, 2 / 3))
    ax.set_xscale(scale)
    ax.set_xlim(1, 100)
    ax.set_ylim(0, 1)
    return ax


@pytest.mark.parametrize(("scale", "middle"), [("linear", 50.5), ("log", 10.0)])
def test_distances_are_those_on_the_page_whatever_the_scale(scale: str, middle: float) -> None:
    ax = axes(scale)
    assert labels.inches(ax, (middle, 0.5), (3, 2)) == pytest.approx((1.5, 1.0))
    assert labels.inches(ax, (100, 1), theme.size_of(ax)) == pytest.approx((3, 2))


@given(st.lists(st.tuples(st.floats(0.2, 2.8), st.floats(0.2, 1.8)), min_size=1, max_size=14))
def test_no_name_covers_more_than_it_may(points: list[tuple[float, float]]) -> None:
    ax = axes()
    ax.set_xlim(0, 3)
    ax.set_ylim(0, 2)
    labels.label_points(ax, {f"name{place}": point for place, point in enumerate(points)}, most=0.0)
    boxes = []
    for text in ax.texts:
        (x, y), (right, up), long = text.xy, text.get_position(), theme.extent(text.get_text())
        near = x + right / 72
        left = near if text.get_ha() == "left" else near - long
        boxes.append((left, y + up / 72, left + long, y + up / 72 + theme.points("medium") / 72))
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart or max(one[0], other[0]) == pytest.approx(min(one[2], other[2]), abs=1e-9)


def test_every_point_is_named_where_names_may_cover_one_another() -> None:
    ax = axes()
    labels.label_points(ax, {f"name{place}": (50, 0.5) for place in range(25)})
    assert len(ax.texts) == 25
    few = axes()
    labels.label_points(few, {f"name{place}": (50, 0.5) for place in range(25)}, most=0.001)
    assert 0 < len(few.texts) < 25
    assert few.texts[0].get_text() == "Name0"


def test_points_without_names_are_kept_clear() -> None:
    plain, clear = axes(), axes()
    labels.label_points(plain, {"here": (50, 0.5)})
    (x, y) = plain.texts[0].get_position()
    wide, tall = theme.size_of(plain)
    blocked = (50 + (x + 8) / 72 / wide * 99, 0.5 + (y / 72) / tall)
    labels.label_points(clear, {"here": (50, 0.5)}, nameless=[blocked])
    assert clear.texts[0].get_position() != (x, y)


def test_what_a_name_covers_is_its_area_and_a_flat_sum_for_its_lead() -> None:
    nothing = np.empty((0, 4))
    assert labels.covered(BOX, (0.5, 0.5), nothing) == 0
    half = np.array([(1.5, 1.0, 3.0, 1.2)])
    assert labels.covered(BOX, (0.5, 1.1), half) == pytest.approx(0.5 * 0.2)
    under = np.array([(0.7, 1.0, 0.9, 1.2)])
    assert labels.covered(BOX, (0.5, 1.1), under) == pytest.approx(0.02)


def test_leads_cross_or_do_not() -> None:
    assert labels.cross(((0, 0), (1, 1)), ((0, 1), (1, 0)))
    assert not labels.cross(((0, 0), (1, 1)), ((2, 1), (3, 0)))
    assert labels.crossings(((0, 0), (1, 1)), [((0, 1), (1, 0)), ((2, 2), (3, 3))]) == 1


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0.05, 0.7))
def test_names_keep_their_distance_order_and_bounds(wanted: list[float], gap: float) -> None:
    places = labels.spread(wanted, gap, 0.0, 10.0)
    order = np.argsort(wanted, kind="stable")
    ordered = np.array(places)[order]
    assert (np.diff(ordered) >= gap - 1e-9).all()
    assert ordered[0] >= -1e-9
    assert ordered[-1] <= 10 + 1e-9 or gap * (len(wanted) - 1) > 10


def test_names_that_do_not_touch_stay_where_they_are() -> None:
    assert labels.spread([5.0, 1.0, 9.0], 1.0, 0.0, 10.0) == [5.0, 1.0, 9.0]
    assert labels.spread([], 1.0, 0.0, 10.0) == []
