"""What a total is made of: areas add up to the mean of the total."""

import numpy as np
import pytest

from abm.figures import stack, theme
from abm.foundation.errors import InputError
from tests.figures import synthetic

METRIC = "china_compute_by_channel"


@pytest.mark.parametrize("width", ["column", "page"])
def test_areas_add_up_to_the_mean_of_the_total(width: theme.Width) -> None:
    ensemble = synthetic.ensemble(3)
    chart = stack.parts(ensemble, METRIC, width=width)
    total = chart.data.groupby(["regime", "month"], sort=False)["value"].sum()
    assert total["hbm_relief"].to_numpy() == pytest.approx(
        ensemble["china_compute"].mean()["hbm_relief"].to_numpy() / 1e6
    )
    assert chart.axes[0].get_ylabel() == "Million H100e"
    assert [ax.get_label() for ax in chart.axes] == list(synthetic.REGIMES)


def test_shares_add_up_to_a_hundred() -> None:
    chart = stack.parts(synthetic.ensemble(2, ["history"]), METRIC, share=True)
    assert chart.data.groupby("month")["value"].sum().to_numpy() == pytest.approx(100)


def test_channels_keep_their_order_and_colours() -> None:
    ensemble = synthetic.ensemble(1, ["history"])
    assert stack.ordered(ensemble, METRIC) == list(stack.ORDER)
    areas = stack.parts(ensemble, METRIC).axes[0].collections
    assert np.allclose(areas[0].get_facecolor()[0][:3], theme.to_rgb(theme.CHANNELS["legacy"]))


def test_a_metric_without_parts_is_refused() -> None:
    with pytest.raises(InputError, match="no parts"):
        stack.parts(synthetic.ensemble(1), "capability_gap")


def test_empty_and_undefined_inputs_give_a_figure() -> None:
    assert theme.render(stack.parts(synthetic.empty(), METRIC), "png")
    ensemble = synthetic.ensemble(1, ["history"])
    for values in ensemble.columns.values():
        values[:] = np.nan
    assert theme.render(stack.parts(ensemble, METRIC), "png")
