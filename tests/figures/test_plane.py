"""Chips on the plane: where they stand, what colour they have, and that names keep clear of one another."""

from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from abm.facts import catalog
from abm.facts.records import Chip
from abm.figures import ground, plane, theme
from abm.figures.ground import Area
from abm.foundation.errors import InputError
from abm.law.regime import Regime, load_regime
from tests.figures import synthetic

HISTORY = load_regime("history")
CHIPS = dict(catalog.chips())
WIDTHS = ("column", "page")
FOUR = ("2022-11", "2023-12", "2025-05", "2026-11")


def marker(chart: theme.Chart, tpp: float, bandwidth: float) -> list[tuple[str, str, str]]:
    """Shape, face and edge of what stands at a place in the first panel."""
    return [
        (str(line.get_marker()), to_hex(line.get_markerfacecolor()), to_hex(line.get_markeredgecolor()))
        for line in chart.axes[0].lines
        if list(line.get_xdata()) == [tpp] and list(line.get_ydata()) == [bandwidth]
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_chip_has_the_colour_and_shape_of_its_policy_in_practice(width: theme.Width) -> None:
    chips = [CHIPS[name] for name in ("H20", "RTX 4090D", "L20", "A30")]
    chart = plane.plane(HISTORY, "2025-05-01", chips, width=width)
    for name, policy in (("H20", "presume_deny"), ("RTX 4090D", "exempt"), ("L20", "free"), ("A30", "notify")):
        (found,) = marker(chart, CHIPS[name].tpp or 0, CHIPS[name].bandwidth_gb_s or 0)
        assert found == (theme.SHAPES[policy], theme.POLICIES[policy], "#ffffff")
        assert name in {text.get_text() for text in chart.axes[0].texts}
    assert chart.get_size_inches()[0] == theme.INCHES[width]


def test_chips_of_chinese_vendors_are_hollow_and_designs_are_stars() -> None:
    design = replace(CHIPS["H20"], sku="my design", tpp=2000.0, bandwidth_gb_s=1000.0, link_gb_s=64.0)
    chart = plane.plane(HISTORY, "2025-05-01", [CHIPS["Ascend 910B"]], {"2025-05-01": [design]})
    assert marker(chart, 5120, 1400) == [("o", "#ffffff", theme.SOFT)]
    assert marker(chart, 2000, 1000)[0][0] == "*"
    words = {text.get_text() for text in chart.legends[0].texts}
    assert {"Design", "Chinese vendor's"} <= words


def test_chips_that_share_a_place_are_drawn_over_one_another_and_the_data_keep_the_place() -> None:
    chart = plane.plane(HISTORY, "2022-11", [CHIPS["A100"], CHIPS["A800"]])
    heights = sorted(float(line.get_ydata()[0]) for line in chart.axes[0].lines)
    assert heights[0] == 2000
    assert heights[1] > 2000
    assert chart.data.loc[chart.data["what"] != "ground", "bandwidth"].tolist() == [2000, 2000]


def test_borders_lie_on_the_limits_of_the_law_and_are_numbered() -> None:
    chart = plane.plane(HISTORY, "2026-11-01")
    law = HISTORY.at("2026-11-01")
    (lines,) = [one for one in chart.axes[0].collections if isinstance(one, LineCollection)]
    upright = {float(start[0]) for start, end in lines.get_segments() if start[0] == end[0]}
    level = {float(start[1]) for start, end in lines.get_segments() if start[1] == end[1]}
    names = ("band_b.tpp_min", "band_a.tpp_min", "case_band.tpp_below")
    assert upright == {law.get(name) for name in names}
    assert {law.get("letter.bandwidth_min"), law.get("case_band.bandwidth_below")} <= level
    words = {text.get_text() for text in chart.axes[0].texts}
    assert {f"{limit:,.0f}" for limit in upright | level} <= words


def test_the_ground_is_tinted_with_the_policy_and_deeper_where_links_do_not_matter() -> None:
    free, pale, deep = (
        plane.tint(Area((1, 2), (1, 2), *policies))
        for policies in (("free", "free"), ("presume_deny", "free"), ("presume_deny", "presume_deny"))
    )
    assert free == plane.tint(Area((1, 2), (1, 2), "exempt", "exempt")) == "#ffffff"
    shades = [theme.luminance(np.array(to_rgb(one))) for one in (free, pale, deep)]
    assert all(left > right + 0.05 for left, right in pairwise(shades))


def test_the_ground_drawn_is_the_ground_that_ships() -> None:
    chart = plane.plane(HISTORY, "2023-12")
    ground_ = chart.data[chart.data["what"] == "ground"]
    patches = [one for one in chart.axes[0].patches if isinstance(one, Rectangle)]
    assert len(patches) == len(ground_)
    assert {one.get_x() for one in patches} == set(ground_["tpp"])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_panel_for_each_day_on_the_same_plane(width: theme.Width) -> None:
    chart = plane.plane(HISTORY, FOUR, width=width)
    assert [ax.get_label() for ax in chart.axes] == list(FOUR)
    assert len({ax.get_xlim() for ax in chart.axes}) == len({ax.get_ylim() for ax in chart.axes}) == 1
    heads = {text.get_text() for ax in chart.axes for text in ax.texts}
    assert {"November 2022", "December 2023", "May 2025", "November 2026"} <= heads
    drawn = {
        day: set(chart.data.loc[(chart.data["date"] == day) & (chart.data["what"] == "cut-down"), "name"])
        for day in FOUR
    }
    assert drawn["2022-11"] < drawn["2023-12"] < drawn["2025-05"] < drawn["2026-11"]


def shared(one: Bbox, other: Bbox) -> float:
    """The area two boxes share."""
    both = Bbox.intersection(one, other)
    return float(both.width * both.height) if both else 0.0


@pytest.mark.parametrize(("width", "days"), list(product(WIDTHS, [FOUR, ("2026-11",)])))
def test_names_that_would_cover_one_another_are_left_out(width: theme.Width, days: tuple[str, ...]) -> None:
    chart = plane.plane(HISTORY, days, width=width)
    theme.render(chart, "png")
    renderer = chart.canvas.get_renderer()  # type: ignore[attr-defined]
    for ax in chart.axes:
        names = set(chart.data["name"])
        boxes = [Text.get_window_extent(text, renderer) for text in ax.texts if text.get_text() in names]
        assert len(boxes) >= 8
        assert max(shared(one, other) for one, other in combinations(boxes, 2)) / chart.dpi**2 < 1.5 * plane.CLEAR


def test_days_are_said_in_words() -> None:
    assert plane.said("2022-11") == "November 2022"
    assert plane.said("2025-05-05") == "5 May 2025"
    assert plane.plane(HISTORY, "2025-05-15").texts[0].get_text() == "The law catches 16 of 21 chips on 15 May 2025"
    assert plane.plane(HISTORY, FOUR, title="Lines").texts[0].get_text() == "Lines"


def test_the_footer_names_what_is_not_drawn_and_whose_law_it_is() -> None:
    text = synthetic.words_of(plane.plane(HISTORY, "2026-11"))
    assert "RTX PRO 5500" in text
    assert "Law: history." in text
    assert ground.LIKE in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("days", "chips"),
    [((), None), (("2022-11",), []), (("2022-11",), [Chip("bare", released=CHIPS["A100"].released)]),
     (("2022-11",), [CHIPS["A100"]]), (("2022-11", "2022-11"), None), (("2021-01",), None)],
    ids=["no day", "no chip", "no numbers", "one chip", "a day twice", "before the rules"],
)  # fmt: skip
def test_odd_inputs_give_a_figure(days: tuple[str, ...], chips: list[Chip] | None, width: theme.Width) -> None:
    assert theme.render(plane.plane(HISTORY, days, chips, width=width), "png")


def test_nothing_to_show_is_said() -> None:
    assert "no chip to show" in {text.get_text() for text in plane.plane(HISTORY, "2022-11", []).axes[0].texts}


def test_an_empty_regime_leaves_all_ground_white() -> None:
    chart = plane.plane(Regime("none", "No acts"), "2026-11")
    assert {to_hex(one.get_facecolor()) for one in chart.axes[0].patches} == {"#ffffff"}


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(InputError, match="2026-13"):
        plane.plane(HISTORY, "2026-13")
