"""What a whole is made of: areas add up to the mean of the total, or to the runs in which something is made."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgb

from abm.figures import parts, theme
from abm.foundation.errors import InputError
from abm.results.ensemble import Ensemble
from abm.runs.run import Run
from tests.figures import synthetic

WIDTHS = ("column", "page")
METRIC = "china_compute_by_channel"


@pytest.mark.parametrize("width", ["column", "page"])
def test_areas_add_up_to_the_mean_of_the_total(width: theme.Width) -> None:
    ensemble = synthetic.ensemble(3)
    chart = parts.parts(ensemble, METRIC, width=width)
    total = chart.data.groupby(["regime", "month"], sort=False)["value"].sum()
    assert total["hbm_relief"].to_numpy() == pytest.approx(
        ensemble["china_compute"].mean()["hbm_relief"].to_numpy() / 1e6
    )
    assert chart.texts[1].get_text() == "Million H100e"
    assert [ax.get_label() for ax in chart.axes] == list(synthetic.REGIMES)


def test_shares_add_up_to_a_hundred() -> None:
    chart = parts.parts(synthetic.ensemble(2, ["history"]), METRIC, share=True)
    assert chart.data.groupby("month")["value"].sum().to_numpy() == pytest.approx(100)


def test_channels_keep_their_order_and_colours() -> None:
    ensemble = synthetic.ensemble(1, ["history"])
    assert parts.ordered(ensemble, METRIC) == list(parts.ORDER)
    areas = parts.parts(ensemble, METRIC).axes[0].collections
    assert np.allclose(areas[0].get_facecolor()[0][:3], to_rgb(theme.CHANNELS["legacy"]))


def test_a_metric_without_parts_is_refused() -> None:
    with pytest.raises(InputError, match="no parts"):
        parts.parts(synthetic.ensemble(1), "capability_gap")


def test_empty_and_undefined_parts_give_a_figure() -> None:
    assert theme.render(parts.parts(synthetic.empty(), METRIC), "png")
    ensemble = synthetic.ensemble(1, ["history"])
    for values in ensemble.columns.values():
        values[:] = np.nan
    assert theme.render(parts.parts(ensemble, METRIC), "png")


def made(*runs: str, regime: str = "a", vendor: str = "Huawei") -> Ensemble:
    """Runs whose letters say what binds each month: l, h, p, s; a dot where nothing is made."""
    months = synthetic.MONTHS[: len(runs[0])]
    return Ensemble(
        [
            Run(regime, seed, months, {
                f"binding_input[{vendor}/{name}]": np.array([float(letter == name[0]) for letter in word])
                for name in theme.INPUTS
            })
            for seed, word in enumerate(runs)
        ],
        units={f"binding_input[{vendor}/{name}]": "1" for name in theme.INPUTS},
    )  # fmt: skip


def shares(chart: theme.Chart, name: str) -> list[float]:
    """The data of one input by month."""
    values: list[float] = chart.data.loc[chart.data["key"] == name, "value"].tolist()
    return values


def test_values_are_shares_of_runs() -> None:
    chart = parts.binding(made("hhp.", "hls.", "hpp.", "hhpp"))
    assert shares(chart, "hbm") == [100, 50, 0, 0]
    assert shares(chart, "packaging") == [0, 25, 75, 25]
    assert shares(chart, "logic") == [0, 25, 0, 0]
    assert shares(chart, "sales") == [0, 0, 25, 0]
    assert chart.data["unit"].unique() == ["per cent of runs"]
    assert chart.data.groupby("month")["value"].sum().tolist() == [100, 100, 100, 25]


def binding_at(chart: theme.Chart, when: float, height: float) -> list[str]:
    """The inputs whose areas in the first panel hold a point."""
    areas = [one for one in chart.axes[0].collections if isinstance(one, PolyCollection)]
    found = zip(theme.INPUTS, areas, strict=True)
    return [name for name, area in found if area.get_paths()[0].contains_point((when, height))]


def test_areas_are_steps_as_high_as_the_share_and_as_wide_as_the_month() -> None:
    chart = parts.binding(made("h.pp", "h.pl"))
    for month, (low, high) in enumerate(
        [(["hbm"], ["hbm"]), ([], []), (["packaging"],) * 2, (["logic"], ["packaging"])]
    ):
        for when in (2022 + (month + share) / 12 for share in (0.02, 0.5, 0.98)):
            assert binding_at(chart, when, 25) == low
            assert binding_at(chart, when, 75) == high


def test_colours_are_those_of_the_key() -> None:
    chart = parts.binding(made("hh"))
    faces = [to_hex(one.get_facecolor()[0]) for one in chart.axes[0].collections if isinstance(one, PolyCollection)]
    assert faces == list(theme.INPUTS.values())
    words = {text.get_text() for text in chart.legends[0].texts}
    assert {"Logic dies", "HBM", "Packaging", "Sales", "Nothing made"} <= words


@pytest.mark.parametrize("width", WIDTHS)
def test_a_panel_for_each_vendor_and_regime(width: theme.Width) -> None:
    ensemble = synthetic.ensemble(3, ["hold_firm", "hbm_relief"])
    chart = parts.binding(ensemble, width=width)
    pairs = [(vendor, regime) for vendor in ("Huawei", "Hygon") for regime in ("hold_firm", "hbm_relief")]
    assert [ax.get_label() for ax in chart.axes] == [": ".join(pair) for pair in pairs]
    assert {"Huawei, Hold firm"} <= {text.get_text() for text in chart.axes[0].texts}
    assert all(ax.get_ylim() == (0, 100) for ax in chart.axes)
    assert "n\u00a0=\u00a03 runs for each regime" in synthetic.words_of(chart)


def test_the_title_says_what_all_panels_share_and_panels_the_rest() -> None:
    ensemble = synthetic.ensemble(1, ["hold_firm", "hbm_relief"])
    both = parts.binding(ensemble, ["Huawei"])
    data = both.data[(both.data["value"] >= 50) & (both.data["key"] != "sales")]
    most = data["key"].value_counts().idxmax()
    months = data[data["key"] == most].groupby("regime").size()
    title = both.texts[0].get_text().replace("\n", " ")
    assert title.startswith("Months in which ")
    assert title.endswith(
        f" limits Huawei's output: {months['hold_firm']} under hold firm and {months['hbm_relief']} under HBM relief"
    )
    assert [ax.texts[0].get_text() for ax in both.axes] == ["Hold firm", "HBM relief"]
    every = parts.binding(ensemble, regimes=["hbm_relief"])
    assert " limits Chinese vendors' output: " in every.texts[0].get_text().replace("\n", " ")
    assert [ax.texts[0].get_text() for ax in every.axes] == ["Huawei", "Hygon"]


def test_an_unknown_vendor_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Huawei"):
        parts.binding(synthetic.ensemble(1), ["Hauwei"])


def test_a_vendor_of_which_a_sweep_kept_not_all_inputs_is_left_out() -> None:
    ensemble = synthetic.ensemble(1, ["history"])
    ensemble.data = ensemble.data.drop_sel(column="binding_input[Hygon/sales]")
    assert parts.vendors_of(ensemble) == ["Huawei"]


def nameless() -> Ensemble:
    """An ensemble in which nothing is defined."""
    ensemble = made("hh", "pp")
    for values in ensemble.columns.values():
        values[:] = np.nan
    return ensemble


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "ensemble",
    [synthetic.empty(), synthetic.plain([[1.0, 2.0]]), made("h"), made("..."), nameless(), synthetic.ensemble(1)],
    ids=["no runs", "no such metric", "one month", "nothing made", "all NaN", "one run each"],
)
def test_odd_inputs_give_a_figure(ensemble: Ensemble, width: theme.Width) -> None:
    assert theme.render(parts.binding(ensemble, width=width), "png")


def test_asking_for_a_vendor_of_no_runs_is_no_error() -> None:
    chart = parts.binding(synthetic.empty(), ["Huawei"])
    assert "no data to show" in {text.get_text() for text in chart.axes[0].texts}
