"""A mechanism of one's own in one file: a phase, its parameters and its metric, put into the month."""

import pickle

import mesa
import numpy as np
import pytest

import abm
from abm.foundation.errors import InputError
from experiments.mechanisms.grid_power import Grid, LimitedByTheGrid, grid_connects

UNTIL = "2024-12"


def run(**parameters: float) -> abm.ChipMarket:
    """History with a grid, every write checked."""
    return LimitedByTheGrid("history", rng=0, until=UNTIL, strict=True, **parameters).run()


def test_a_narrow_grid_holds_compute_back_and_a_wide_one_hardly() -> None:
    plain = abm.ChipMarket("history", rng=0, until=UNTIL).run().history["compute_by_channel"].sum(axis=1)[-1]
    narrow, wide = (run(**{"grid.gigawatts": power}) for power in (1.0, 1000.0))
    assert narrow.history["compute_by_channel"].sum(axis=1)[-1] < 0.8 * plain
    assert wide.history["compute_by_channel"].sum(axis=1)[-1] == pytest.approx(plain, rel=0.02)
    drawn = narrow.history["power_drawn"]
    assert (np.diff(drawn)[24:] > -0.05).all()
    assert drawn[-1] < 1.2


def test_its_metric_stands_beside_the_models_own_in_mesas_frame() -> None:
    rows = mesa.batch_run(
        LimitedByTheGrid, {"until": "2022-03", "grid.gigawatts": [0.5, 5.0]}, rng=[1], number_processes=1,
        data_collection_period=-1, display_progress=False,
    )  # fmt: skip
    assert [row["power_drawn"] > 0 for row in rows] == [True, True]
    assert {"china_compute", "power_drawn"} <= set(rows[0])
    assert "power_drawn" not in abm.ChipMarket.metrics


def test_the_class_can_be_pickled_and_combined_with_agents() -> None:
    both = LimitedByTheGrid.with_agents(labs=type("SameLabs", (abm.Labs,), {}))
    again = pickle.loads(pickle.dumps(both))
    assert [one.name for one in again.phases] == [one.name for one in both.phases]
    assert again("history", rng=0, until="2022-01", **{"grid.gigawatts": 3.0}).market.groups[Grid].gigawatts == 3.0


def test_the_plain_model_knows_nothing_of_it() -> None:
    with pytest.raises(InputError, match=r"grid\.gigawatts"):
        abm.ChipMarket("history", **{"grid.gigawatts": 3.0})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [({"grid.gigawatts": -1.0}, "grid.*gigawatts"), ({"grid.gigawats": 1.0}, "did you mean .*gigawatts")],
)
def test_a_wrong_value_or_name_is_told_with_its_key(parameters: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        LimitedByTheGrid("history", rng=0, until="2022-01", **parameters)


def test_a_phase_goes_after_one_that_is_there_and_only_once() -> None:
    with pytest.raises(InputError, match="no phase 'labs_buget'; did you mean 'labs_budget'"):
        abm.ChipMarket.with_phase(grid_connects, after="labs_buget")
    with pytest.raises(InputError, match="after 'read_law' reads Budgets: not made by then"):
        abm.ChipMarket.with_phase(grid_connects, after="read_law", parameters=Grid)
    with pytest.raises(InputError, match="agents: labs: a market has that already"):
        abm.ChipMarket.with_phase(grid_connects, after="labs_budget", parameters=Grid, agents={"labs": abm.Labs})
    with pytest.raises(InputError, match="there is a phase 'grid_connects' already"):
        LimitedByTheGrid.with_phase(grid_connects, after="labs_budget")
