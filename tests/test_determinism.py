"""The same scenario gives the same bytes, whatever else is done; chance has an address; futures do not reach back."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import abm
from abm.foundation import chance, dates
from abm.law.acts import Act
from abm.law.regime import Regime, load_regime
from abm.model import ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario
from tests.reference.runs import Kept, run

SHORT = "2025-12"
FUTURES = ("hbm_relief", "limited_licensing", "full_relaxation")


def market(kept: Kept) -> dict[str, np.ndarray]:
    """A run's columns without the law's own, which tell acts and not the market."""
    return {name: column for name, column in kept.columns.items() if not name.startswith("law[")}


def first_difference(one: Kept, other: Kept) -> str | None:
    """The first month in which two runs' columns differ by a bit, or None; months that only one has do not count."""
    ours, theirs = market(one), market(other)
    assert ours.keys() == theirs.keys()
    months = min(len(column) for kept in (ours, theirs) for column in kept.values())
    differ = np.zeros(months, dtype=bool)
    for name, column in ours.items():
        differ |= column[:months].view(np.int64) != theirs[name][:months].view(np.int64)
    return dates.label(dates.REPORT_FROM + int(differ.argmax())) if differ.any() else None


def digest(kept: Kept) -> str:
    """A hash of every column."""
    whole = hashlib.sha256()
    for name in sorted(kept.columns):
        whole.update(name.encode() + kept[name].tobytes())
    return whole.hexdigest()


# --- acts that change nothing ---

NULL: dict[str, dict[str, Any]] = {
    "a threshold as it is": {"announced": "2024-03", "sets": {"band_a.tpp_min": 4800}},
    "a policy as it is": {"announced": "2025-02", "sets": {"hbm.policy": "presume_deny"}},
    "a default": {"announced": "2022-03", "sets": {"licence.review_months": 1.5}},
    "announced long before": {"announced": "2022-01", "effective": "2025-02", "sets": {"licence.review_months": 1.5}},
    "leaked and announced": {"leaked": "2023-05", "announced": "2023-08", "sets": {"licence.review_months": 1.5}},
    "nothing at all": {"announced": "2023-06", "sets": {}},
}


@pytest.mark.parametrize("entry", NULL.values(), ids=NULL)
def test_an_act_that_changes_nothing_gives_the_same_bytes(entry: dict[str, Any]) -> None:
    act = Act.of("null", **entry)
    assert first_difference(run(until=SHORT), run(load_regime("history") | act, until=SHORT)) is None


def test_an_act_that_changes_nothing_reveals_no_announced_end() -> None:
    """What will follow an announced end is known with or without another act on that day."""
    lifted = Act.of("lift", announced="2024-02", ends="2024-10", sets={"band_a.policy": "off"})
    null = Act.of("null", announced="2024-02", effective="2024-10", sets={"licence.review_months": 1.5})
    regime = load_regime("history") | lifted
    assert first_difference(run(regime, until=SHORT), run(regime | null, until=SHORT)) is None


def test_a_leak_that_changes_nothing_lends_no_credence_to_another() -> None:
    """What is feared of one leaked act hangs on that act's own credence."""
    dates_known = {"leaked": "2023-02", "announced": "2024-02"}
    doubted = Act.of(
        "doubted",
        **dates_known,
        credence=0.1,
        effective="2024-03",
        sets={"hbm.policy": "deny", "hbm.density_above": 0.1},
    )
    null = Act.of("null", **dates_known, credence=1.0, effective="2024-04", sets={"licence.review_months": 1.5})
    regime = load_regime("history") | doubted
    assert first_difference(run(regime, until=SHORT), run(regime | null, until=SHORT)) is None


def test_an_act_announced_after_the_last_month_gives_the_same_bytes() -> None:
    act = Act.of("later", announced="2026-01", sets={"band_a.policy": "off", "hbm.policy": "off"})
    assert first_difference(run(until=SHORT), run(load_regime("history") | act, until=SHORT)) is None


def test_hold_firm_says_what_history_does() -> None:
    assert first_difference(run("history", until="2028-12"), run("hold_firm", until="2028-12")) is None


# --- the future does not reach back ---


@pytest.mark.parametrize("regime", FUTURES)
def test_a_future_leaves_the_past_as_it_was(regime: str) -> None:
    assert first_difference(run("history", until="2028-12"), run(regime, until="2028-12")) == "2026-11"


def known_from(regime: Regime, other: Regime) -> str:
    """The month in which the first act that only one of two regimes has becomes known."""
    apart = set(regime.acts) ^ set(other.acts)
    first = min(act.leaked or act.announced for act in apart)
    return first.isoformat()[:7]


COUNTERFACTUALS = {
    "no rule of October 2022": lambda h: h.without("us-oct2022-chip-rule"),
    "no top band in 2023": lambda h: h.without("us-oct2023-band-a"),
    "no HBM rule": lambda h: h.without("us-hbm-rule", "us-hbm-exception"),
    "HBM rule half a year later": lambda h: h.shift("us-hbm-rule", 6),
    "letters a quarter earlier": lambda h: h.shift("us-h20-letter", -3),
    "history until 2024": lambda h: h.before("2024-01-01"),
}


@pytest.mark.parametrize("change", COUNTERFACTUALS.values(), ids=COUNTERFACTUALS)
def test_two_regimes_run_alike_until_they_are_known_to_differ(change: Any) -> None:
    history = load_regime("history")
    other = change(history)
    parted = first_difference(run(history, until=SHORT), run(other, until=SHORT))
    assert parted is not None
    assert parted >= known_from(history, other)


@pytest.mark.parametrize("until", ["2022-06", "2024-12"])
def test_the_last_month_changes_no_month_before_it(until: str) -> None:
    assert first_difference(run(until=SHORT), run(until=until)) is None


# --- chance ---


def small(startups: int) -> ChipMarket:
    """A short run with so many start-ups."""
    return ChipMarket("history", rng=5, until="2022-06", **{"population.startups": startups}).run()


def test_one_more_startup_changes_no_other_draw() -> None:
    few, more = small(20), small(21)
    for purpose in ("improve", "size"):
        ours = dict(zip(few.labs.slot.tolist(), few.setting.draws[purpose].T, strict=True))
        theirs = dict(zip(more.labs.slot.tolist(), more.setting.draws[purpose].T, strict=True))
        assert len(theirs) == len(ours) + 1
        assert all(np.array_equal(ours[slot], theirs[slot]) for slot in ours)
    assert np.array_equal(few.setting.draws["lead"], more.setting.draws["lead"])
    skill = dict(zip(more.labs.names, more.labs.skill, strict=True))
    assert all(skill[name] == value for name, value in zip(few.labs.names, few.labs.skill, strict=True))


def test_one_more_state_buyer_changes_no_startup() -> None:
    sizes = [ChipMarket("history", rng=5, until="2022-01", **{"population.state": n}).labs for n in (10, 11)]
    startups = [[table.weight[row] for row, name in enumerate(table) if name.startswith("startup")] for table in sizes]
    assert np.allclose(startups[0], startups[1], rtol=1e-12)


def test_draws_have_an_address() -> None:
    block = chance.uniforms(3, "improve", 24, 50)
    assert np.array_equal(block[:12], chance.uniforms(3, "improve", 12, 50))
    assert np.array_equal(block[:, [7, 41]], chance.uniforms(3, "improve", 24, np.array([7, 41])))
    assert not np.array_equal(block, chance.uniforms(4, "improve", 24, 50))
    assert not np.array_equal(block, chance.uniforms(3, "size", 24, 50))


def test_draws_are_uniform_and_apart() -> None:
    u = chance.uniforms(0, "improve", 400, 400)
    assert 0 <= u.min() < u.max() < 1
    assert abs(u.mean() - 0.5) < 0.005
    counts = np.histogram(u, bins=20, range=(0, 1))[0]
    assert ((counts - 8000) ** 2 / 8000).sum() < 43.8  # the 0.1 % point of chi-squared with 19 degrees of freedom
    for shifted in (u[1:] * u[:-1], u[:, 1:] * u[:, :-1]):
        assert abs(shifted.mean() - 0.25) < 0.005


def test_seeds_differ() -> None:
    assert first_difference(run(seed=0), run(seed=1)) is not None


# --- nothing is shared ---


def test_the_order_of_runs_does_not_matter() -> None:
    def once(regime: str, seed: int) -> dict[str, np.ndarray]:
        return metrics.evaluate(ChipMarket(regime, rng=seed, until="2023-12").run())

    first = once("history", 0)
    once("no_controls", 1)
    again = once("history", 0)
    assert [name for name in first if first[name].tobytes() != again[name].tobytes()] == []


def test_two_models_step_side_by_side() -> None:
    alone = ChipMarket("history", rng=2, until="2022-06").run()
    one, other = ChipMarket("history", rng=2, until="2022-06"), ChipMarket("no_controls", rng=3, until="2022-06")
    while one.running:
        other.step()
        one.step()
    ours, theirs = metrics.evaluate(alone), metrics.evaluate(one)
    assert [name for name in ours if ours[name].tobytes() != theirs[name].tobytes()] == []


def test_a_scenario_comes_back_from_its_table() -> None:
    scenario = Scenario.of(
        "history", seed=4, until="2022-06", sets={"demand.theta": 2.5, "law.tools.smic@2022-02": 0.4}
    )
    again = Scenario.from_dict(scenario.to_dict())
    assert again.key == scenario.key
    runs = [metrics.evaluate(ChipMarket(scenario=one).run()) for one in (scenario, again)]
    assert [name for name in runs[0] if runs[0][name].tobytes() != runs[1][name].tobytes()] == []


# --- other processes ---

SCRIPT = """
from tests.reference.runs import run
from tests.test_determinism import digest
print(digest(run("limited_licensing", seed=3, until="2027-06")))
"""
PLACES = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "random", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONOPTIMIZE": "1"},
)


@pytest.mark.parametrize("place", PLACES, ids=[one["TZ"] for one in PLACES])
def test_a_fresh_process_gives_the_same_bytes(place: dict[str, str]) -> None:
    home = Path(abm.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=home, env=os.environ | place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest(run("limited_licensing", seed=3, until="2027-06"))


# --- pairing pays ---

PAIRED = 6
MOVED_BY_CHANCE = (
    ("capability_shortfall", "2029-12"),
    ("capability_china", "2028-12"),
    ("sensitive_compute", "2029-12"),
)
"""Outcomes on which chance tells."""


def both(regime: str, outcome: str, month: str) -> tuple[np.ndarray, np.ndarray]:
    """An outcome under `hold_firm` and under another regime, by seed."""
    firm, other = (
        [run(one, seed, "2029-12").at(outcome, month) for seed in range(PAIRED)] for one in ("hold_firm", regime)
    )
    return np.array(firm), np.array(other)


@pytest.mark.parametrize(("outcome", "month"), MOVED_BY_CHANCE, ids=[one[0] for one in MOVED_BY_CHANCE])
@pytest.mark.parametrize("regime", FUTURES)
def test_pairing_by_seed_cuts_the_variance_fivefold(regime: str, outcome: str, month: str) -> None:
    firm, other = both(regime, outcome, month)
    assert (other - firm).var(ddof=1) <= (firm.var(ddof=1) + other.var(ddof=1)) / 5


@pytest.mark.parametrize("regime", FUTURES)
def test_chance_hardly_moves_compute_and_pairing_pays_where_it_does(regime: str) -> None:
    """Compute hangs on law and money: either pairing cuts the variance fivefold, or there is next to none to cut."""
    firm, other = both(regime, "china_compute", "2029-12")
    spread = (other - firm).std(ddof=1)
    assert spread**2 <= (firm.var(ddof=1) + other.var(ddof=1)) / 5 or spread <= 0.025 * firm.mean()
