"""A run that begins where others with its past have been is the same run, to the last bit."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.foundation import dates
from abm.law.acts import Act
from abm.law.regime import load_regime, shipped
from abm.model import ChipMarket
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs import checkpoint, metrics
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of, simulate
from abm.state import Market
from tests.test_determinism import NULL


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    checkpoint.clear_cache()


def whole(case: Scenario) -> tuple[dict[str, np.ndarray], Any]:
    """Columns and flows of a run from its first month."""
    market = ChipMarket(scenario=case).run()
    return metrics.evaluate(market), metrics.flows(market)


def same(case: Scenario) -> bool:
    """Whether a run that shares its past is the one from its first month."""
    found = simulate(case, flows=True)
    columns, flows = whole(case)
    assert found.columns.keys() == columns.keys()
    return found.flows.equals(flows) and all(
        np.array_equal(found.columns[name], columns[name], equal_nan=True) for name in columns
    )


def kept_month() -> str:
    """The last month of the one past that is kept."""
    (one,) = checkpoint._pasts.values()
    return dates.label(one.t)


def months_of(case: Scenario, monkeypatch: pytest.MonkeyPatch) -> int:
    """Months that a run steps through."""
    steps: list[int] = []

    def counted(market: Market, phases: Any) -> None:
        steps.append(market.t)
        run_month(market, phases)

    for module in (checkpoint, import_module("abm.runs.simulate")):
        monkeypatch.setattr(module, "run_month", counted)
    simulate(case)
    monkeypatch.undo()
    return len(steps)


@pytest.mark.parametrize("regime", [name for name in shipped() if name != "history"])
def test_a_shipped_regime_is_the_same_from_a_shared_past(regime: str) -> None:
    simulate(Scenario.of("hold_firm", until="2028-12"))
    assert same(Scenario.of(regime, until="2028-12"))


def test_a_past_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    futures = [Scenario.of(name, until="2027-12") for name in ("hold_firm", "hbm_relief", "tighten")]
    assert [months_of(case, monkeypatch) for case in futures] == [84, 14, 14]
    assert kept_month() == "2026-10"


def test_chips_designed_in_the_past_stay_ruled_on() -> None:
    """Vendors cut chips to a line that comes in 2027; laws of 2029 rule on them."""
    line = {"law.band_a.tpp_min@2027-01": 4800.0, "law.band_a.policy@2027-01": "deny"}
    base = Scenario.of("no_controls", sets=line).regime
    early, late = (
        Scenario.of(base | Act.of("later", announced="2029-06", sets={"band_a.tpp_min": least}), until="2030-06")
        for least in (1600.0, 9000.0)
    )
    market = market_of(early)
    while market.date < "2029-05":
        run_month(market, PHASES)
    assert market.vendors.designs.sum() > 0
    other = checkpoint._continued(market, market_of(late))
    while other.t + 1 < other.setting.months:
        run_month(other, PHASES)
    found, (columns, flows) = metrics.evaluate(other), whole(late)
    assert all(np.array_equal(found[name], columns[name], equal_nan=True) for name in columns)
    assert metrics.flows(other).equals(flows)


@pytest.mark.parametrize("entry", NULL.values(), ids=NULL)
def test_acts_that_change_nothing_share_no_more_than_is_known(entry: dict[str, Any]) -> None:
    act = Act.of("null", **entry)
    case = Scenario.of(load_regime("history") | act, until="2025-12")
    assert same(case)
    heard = min(act.announced, act.leaked or act.announced)
    assert checkpoint.parts_from_history(case) == dates.month_of(heard)


def test_other_parameters_seeds_horizons_and_laws_share_nothing() -> None:
    first = Scenario.of("hold_firm", until="2026-12")
    simulate(first)
    for other in (
        Scenario.of("hold_firm", until="2026-12", seed=1),
        Scenario.of("hold_firm", until="2027-01"),
        Scenario.of("hold_firm", until="2026-12", sets={"demand.theta": 1.2}),
        Scenario.of(load_regime("hold_firm").without("us-hbm-rule"), until="2026-12"),
    ):
        before = list(checkpoint._pasts)
        assert same(other)
        assert list(checkpoint._pasts) != before


def test_a_run_of_history_and_one_with_other_agents_keep_nothing() -> None:
    simulate(Scenario.of("history", until="2022-06"))
    simulate(Scenario.of("hold_firm", until="2022-06", agents={"labs": "abm.agents.labs:Labs"}))
    assert not checkpoint._pasts


def test_few_pasts_are_kept() -> None:
    for seed in range(checkpoint.KEPT + 2):
        simulate(Scenario.of("no_controls", seed=seed, until="2022-12"))
    assert [key[3] for key in checkpoint._pasts] == [2, 3, 4, 5]  # type: ignore[index]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["2022-06", "2023-11-20", "2024-09", "2025-02"]),
    st.sampled_from(
        [
            ("hbm.policy", "deny"),
            ("enforcement.budget", 6.0),
            ("cn.import_mode[*]", "block"),
            ("entity.listed[Cambricon]", True),
            ("band_a.tpp_min", 2500.0),
            ("cloud.policy", "deny"),
            ("licence.review_months", 6.0),
        ]
    ),
    st.integers(0, 3),
)
def test_any_lever_from_any_day_is_the_same_from_a_shared_past(day: str, change: tuple[str, Any], seed: int) -> None:
    checkpoint.clear_cache()
    other, value = change
    simulate(Scenario.of(sets={f"law.tools.smic@{day}": 0.3}, seed=seed, until="2025-12"))
    assert kept_month() < day
    assert same(Scenario.of(sets={f"law.{other}@{day}": value}, seed=seed, until="2025-12"))
    assert len(checkpoint._pasts) == 1
