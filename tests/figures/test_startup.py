"""The start-up's choices: usable share and cost by the size of the run."""

import numpy as np
import pytest

from abm.figures import startup, theme

COST = {"licensed": 1500.0, "gaming": 400.0, "offshore": 1800.0}


@pytest.mark.parametrize("width", ["column", "page"])
def test_the_data_are_the_rule_and_the_costs(width: theme.Width) -> None:
    data = startup.table(COST, 24.0, 64.0, 20_000.0)
    chart = startup.by_run(data, "A note.", width=width)
    assert theme.render(chart, "png")
    parts = {str(name): part for name, part in chart.data.groupby("channel")}
    assert set(parts) == set(COST)
    assert (parts["licensed"]["usable share"] == 1).all()
    gaming = parts["gaming"]
    assert np.all(np.diff(gaming["usable share"]) < 0)
    assert gaming["USD/usable H100e-month"].iloc[0] < 1500 < gaming["USD/usable H100e-month"].iloc[-1]
    assert np.allclose(gaming["usable share"] * gaming["USD/usable H100e-month"], 400.0)
    assert [len(ax.lines) >= len(COST) for ax in chart.axes] == [True, True]


def test_channels_without_a_cost_are_left_out_and_none_at_all_is_said() -> None:
    data = startup.table({"licensed": float("nan"), "gaming": 400.0}, 24.0, 64.0, 20_000.0)
    assert set(data["channel"]) == {"gaming"}
    assert theme.render(startup.by_run(startup.table({}, 24.0, 64.0, 2e4), ""), "png")
