"""Runs with their transfers, their law and the chips designed in them."""

import pytest

pytest.importorskip("solara", reason="the extra 'server' is not installed")

from abm.facts.records import Chip
from abm.figures.plane import plane
from abm.figures.theme import Chart
from abm.law.regime import Regime
from abm.server.pages.flows import plane_svg
from abm.server.setup import Setup
from abm.server.traced import Traced, trace


@pytest.fixture(scope="module")
def traced() -> Traced:
    return trace(Setup("limited_licensing").scenario().to_dict(), ("design_tpp",))


def test_the_law_is_that_at_the_end_of_the_run() -> None:
    setup = Setup("negotiated", until="2027-01")
    found = trace(setup.scenario().to_dict(), ("china_compute",))
    assert {act.name for act in setup.law.acts} < {act.name for act in found.regime.acts}


def test_designs_appear_when_they_are_released(traced: Traced) -> None:
    assert traced.designs, "no vendor cut a chip to the law in this run: choose another"
    released = [month for month, _ in traced.designs]
    assert released == sorted(released)
    assert traced.designs_by("2021-12") == ()
    assert len(traced.designs_by(released[0])) >= 1
    assert traced.designs_by("2030-12") == tuple(chip for _, chip in traced.designs)
    values = traced.run.columns[f"design_tpp[{traced.designs[0][1].sku}]"]
    assert values[-1] == traced.designs[0][1].tpp


def test_the_plane_draws_designs(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def told(regime: Regime, month: str, designs: dict[str, tuple[Chip, ...]]) -> Chart:
        chart = plane(regime, month, designs=designs)
        asked.append(tuple(chart.data.loc[chart.data["what"] == "design", "name"]))
        return chart

    monkeypatch.setattr("abm.figures.plane.plane", told)
    chips = traced.designs_by("2030-12")
    assert plane_svg(traced.regime, "2030-12", chips).startswith("<svg")
    assert asked == [tuple(chip.sku for chip in chips)]


def test_every_transfer_is_kept(traced: Traced) -> None:
    assert traced.run.flows is not None
    assert {"2022-01", "2030-12"} <= set(traced.run.flows["month"])
