"""The look of figures: colours that can be told apart, labels that keep clear, files that ship with data."""

import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from abm.figures import marks, policy, theme, time
from abm.law.regime import load_regime
from abm.results.comparison import Comparison
from abm.results.headlines import Line
from tests.figures import synthetic

# Machado, Oliveira and Fernandes (2009): what full loss of one kind of cone makes of linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protan": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deutan": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritan": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}


def lab(name: str, sight: str) -> np.ndarray:
    """CIE Lab of a colour as one kind of sight sees it."""
    rgb = np.array(to_rgb(name))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SIGHT[sight] @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    share = to_xyz @ seen / [0.9505, 1.0, 1.089]
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "palette",
    [theme.REGIMES, theme.CHANNELS, theme.INPUTS, theme.POLICIES],
    ids=["regimes", "channels", "inputs", "policies"],
)
def test_colours_can_be_told_apart(palette: dict[str, str], sight: str) -> None:
    near = {
        pair: np.linalg.norm(lab(palette[pair[0]], sight) - lab(palette[pair[1]], sight))
        for pair in combinations(palette, 2)
    }
    assert min(near.values()) > 14, min(near, key=lambda pair: near[pair])


@pytest.mark.parametrize("name", [*theme.REGIMES, *theme.CHANNELS, *theme.INPUTS, *theme.POLICIES])
def test_text_in_a_colour_reads_on_white(name: str) -> None:
    assert 1.05 / (theme.luminance(np.array(to_rgb(theme.ink(name)))) + 0.05) >= 4.49


def test_colours_are_fixed_and_others_get_their_own() -> None:
    assert theme.colour("hbm_relief") == theme.colour("hbm_relief", ["z", "hbm_relief"]) == theme.REGIMES["hbm_relief"]
    names = ["mine", "history", "yours", "theirs"]
    assert len({theme.colour(name, names) for name in names}) == 4


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_key_holds_every_entry_within_the_page(count: int, width: theme.Width) -> None:
    with theme.look(width):
        chart, _ = theme.page("Title", "", "", 1.0, width=width)
        theme.key(chart, [theme.swatch(f"entry number {number}", "#333333") for number in range(count)])
        chart.arrange()
    (legend,) = chart.legends
    assert len(legend.texts) == count
    box = legend.get_window_extent()
    assert box.x1 <= chart.bbox.x1
    assert box.y0 >= chart.axes[0].get_window_extent().y1


@pytest.mark.parametrize(("width", "across"), [("page", 1), ("page", 3), ("column", 1), ("column", 2)])
def test_years_of_narrow_panels_stand_clear(width: theme.Width, across: int) -> None:
    with theme.look(width):
        chart, axes = theme.page("Title", "", "", 1.0, [""] * across, across, width=width)
        for ax in axes:
            theme.year_axis(ax, synthetic.MONTHS)
        chart.arrange()
        first, last = axes[0].get_xlim()
        shown = [one for ax in axes for one in ax.get_xticklabels() if first <= one.get_position()[0] <= last]
        boxes = [one.get_window_extent() for one in shown]
    assert len(boxes) >= 2 * across
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


@pytest.mark.parametrize("width", ["column", "page"])
def test_panels_have_the_height_asked_for_and_nothing_leaves_the_page(width: theme.Width) -> None:
    acts = marks.acts_of(load_regime("history").to_dict()["acts"])
    title = "A title long enough to be broken into two lines, however wide the page may be " * 2
    chart = time.fan(synthetic.ensemble(12)["china_compute"], acts, title, width=width)
    (ax,) = chart.axes
    assert ax.get_position().height * chart.get_size_inches()[1] == pytest.approx(time.TALL[width], abs=0.02)
    boxes = [text.get_window_extent() for text in (*chart.texts, *ax.texts, *ax.get_yticklabels())]
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= chart.bbox.x1 + 1
    title, subtitle, note = (text.get_window_extent() for text in chart.texts)
    panel = ax.get_tightbbox()
    assert title.y0 >= subtitle.y1 - 2
    assert subtitle.y0 >= panel.y1 - 2
    assert note.y1 <= panel.y0 + 2


def test_lines_are_wrapped_to_the_room() -> None:
    words = "the quick brown fox jumps over the lazy dog " * 4
    lines = theme.wrap(words, 2.0, 8)
    assert " ".join(lines) == words.strip()
    assert all(theme.extent(line, 8) <= 2.0 for line in lines)
    assert theme.wrap("", 2.0, 8) == []


def test_dollar_signs_are_text() -> None:
    with theme.look("column"):
        chart, _ = theme.page("Costs $5 and $6", "a $ b", "from $1 to $2", 1.0, width="column")
    assert theme.render(chart, "png")


def test_months_become_decimal_years() -> None:
    months = np.array(["2022-01", "2022-07", "2030-12"], dtype="datetime64[M]")
    assert theme.years(months) == pytest.approx([2022 + 0.5 / 12, 2022 + 6.5 / 12, 2030 + 11.5 / 12])


@pytest.mark.parametrize(
    ("seeds", "words"),
    [([0, 1, 2], "seeds 0–2"), ([4], "seed 4"), ([0, 2], "2 seeds"), ([3, 3, 4], "seeds 3–4"), ([], "0 seeds")],
)
def test_seeds_in_words(seeds: list[int], words: str) -> None:
    assert theme.seeds_in_words(seeds) == words


def test_a_figure_is_saved_with_its_data(tmp_path: Path) -> None:
    chart = time.fan(synthetic.ensemble(12, ["history"])["china_compute"])
    paths = theme.save(chart, tmp_path / "deep" / "figure.png")
    assert [path.name for path in paths] == ["figure.png", "figure.svg", "figure.csv"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert paths[1].read_bytes().startswith(b"<svg")
    pd.testing.assert_frame_equal(pd.read_csv(paths[2]), chart.data, check_dtype=False, rtol=1e-5)


def test_the_same_figure_gives_the_same_bytes() -> None:
    outcome = synthetic.ensemble(3, ["history", "hbm_relief"])["china_compute"]
    for kind in ("png", "svg"):
        assert theme.render(time.fan(outcome), kind) == theme.render(time.fan(outcome), kind)  # type: ignore[arg-type]


def test_a_notebook_can_show_it() -> None:
    assert time.fan(synthetic.ensemble(1)["china_compute"])._repr_png_().startswith(b"\x89PNG")


def test_figures_leave_the_state_of_matplotlib_alone() -> None:
    code = """
import sys, matplotlib
from copy import deepcopy
before = dict(matplotlib.rcParams)
from abm.figures import hbm, heatmap, marks, parts, plane, policy, record, report, startup, theme, time
from tests.figures import synthetic
theme.render(time.fan(synthetic.ensemble(2)["china_compute"]), "svg")
assert dict(matplotlib.rcParams) == before
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


# --- long names ---

ENDLESS = "x" * 300, "the law " * 40 + "in words", "数" * 300


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("draw", ["fan", "over_time", "dots", "courses", "tradeoff"])
def test_a_figure_of_regimes_with_endless_names_keeps_its_words_inside(draw: str, width: str, tmp_path: Path) -> None:
    runs = synthetic.ensemble(2, ["history", *ENDLESS])
    pair = Comparison(synthetic.ensemble(2, [ENDLESS[0], "history"]), ENDLESS[0])
    found = Comparison(runs, "history")
    chart = {
        "fan": lambda: time.fan(runs["china_compute"], width=width),
        "over_time": lambda: policy.over_time(pair["china_compute"], width=width),
        "dots": lambda: policy.dots(found, width=width),
        "courses": lambda: policy.courses(pair, ["china_compute", "capability_gap"], width=width),
        "tradeoff": lambda: policy.tradeoff(found, Line("china_compute"), Line("capability_gap"), width=width),
    }[draw]()
    files = theme.save(chart, tmp_path / f"{ENDLESS[0]}.png")
    assert all(file.stat().st_size > 0 for file in files)
    wide, around = theme.INCHES[width], chart.get_tightbbox()
    beside = [one.get_window_extent() for one in chart.findobj(Text) if one.get_text() and not one.get_in_layout()]
    assert min(around.x0, *(box.x0 / chart.dpi for box in beside)) > -0.02
    assert max(around.x1, *(box.x1 / chart.dpi for box in beside)) < wide + 0.02
    assert min(ax.get_position().width for ax in chart.axes) > (0.14 if draw == "dots" else 0.3)
