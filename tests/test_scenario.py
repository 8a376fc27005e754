"""A run as a value: what makes one, how it is written down, its key, and the law set by hand."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.agents.labs import Labs
from abm.agents.view import Lab
from abm.foundation import classes, version
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.law.levers import LEVERS
from abm.law.regime import load_regime, shipped
from abm.model import ChipMarket
from abm.results.comparison import compare
from abm.results.ensemble import run
from abm.runs import metrics, scenario
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate

NUMBERS = [one for one in declarations().values() if one.kind == "float" and one.low is not None]


class ThriftyLabs(Labs):
    """Labs that offer half the money."""

    def offer_money(self, fear):
        return 0.5 * super().offer_money(fear)


THRIFTY = f"{__name__}:ThriftyLabs"


# --- making one ---


def test_defaults() -> None:
    one = Scenario.of()
    assert (one.label, one.seed, one.until, one.agents) == ("history", 0, "2030-12", ())
    assert one.regime == load_regime("history")
    assert one.parameters.changed() == {}


def test_a_regime_may_be_given_by_name_by_path_or_as_itself(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\ntitle = "as history"\nbase = "history"\n')
    assert Scenario.of(str(file)).label == "mine"
    assert Scenario.of(load_regime("hold_firm")) == Scenario.of("hold_firm")


def test_a_scenario_is_a_value() -> None:
    one, same = (Scenario.of("hold_firm", seed=3, sets={"demand.theta": 2.0}) for _ in range(2))
    assert one == same
    assert one.key == same.key
    assert one != replace(one, seed=4)
    with pytest.raises(FrozenInstanceError):
        one.seed = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"regime": "histroy"}, "no regime named 'histroy'; did you mean 'history'?"),
        ({"regime": "nowhere.toml"}, "nowhere.toml"),
        ({"seed": -1}, "seed = -1: a whole number from 0"),
        ({"until": "２０２６-１１"}, "a date like 2026-11"),
        ({"until": "2026-W1-1"}, "a date like 2026-11"),
        ({"sets": {"demand.theta": -3}}, "demand.theta = -3: a number from 0.1 to 10 is wanted"),
        ({"sets": {"demand.theta": "inf"}}, "demand.theta = 'inf': is not finite; a number from"),
        ({"sets": {"population.state": 2.5}}, "population.state = 2.5: a whole number from 0 to 100000 lab is wanted"),
        ({"sets": ["demand.theta"]}, "sets = ['demand.theta']: a table of names and values is wanted"),
        ({"seed": True}, "seed = True"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": "1"}, "seed = '1'"),
        ({"until": "2019-01"}, "until = '2019-01': a month from 2022-01 to 2050-12"),
        ({"until": "soon"}, "until = 'soon': a date like 2026-11"),
        ({"sets": {"demand.thta": 1}}, "no parameter 'demand.thta'; did you mean 'demand.theta'?"),
        ({"sets": {"law.hbm.policy": "deny"}}, "written law.<lever>=value@2026-11"),
        ({"sets": {"law.hbm.polcy@2026-11": "deny"}}, "no lever named 'hbm.polcy'; did you mean 'hbm.policy'?"),
        ({"sets": {"law.hbm.policy@2026-13": "deny"}}, "law.hbm.policy@2026-13 = '2026-13': a date like 2026-11"),
        ({"sets": {"law.hbm.policy@2026-11": "denny"}}, "did you mean 'deny'?"),
        ({"sets": {"law.hbm.policy[H20]@2026-11": "deny"}}, "the lever has no scope"),
        ({"sets": {"law.fee.duty@2026-11": 0.1}}, "the lever is set for each sku, or for '*'"),
        ({"sets": {"law.fee.duty[H2O]@2026-11": 0.1}}, "no sku named 'H2O'; did you mean 'H20'?"),
        ({"sets": {"law.tools.smic@2026-11": 1.5}}, "1.5 is outside 0 to 1"),
        ({"sets": {"law.tools.smic@2026-11": True}}, "True is not a number"),
        ({"sets": {"law.foundry.diligence@2026-11": 1}}, "1 is not true or false"),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest_right_thing(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.of(**arguments)
    assert told in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Scenario.of(
            seed=-1,
            until="2019-01",
            sets={"demand.thta": 1, "demand.lam": 9, "law.hbm.polcy@2026-11": "x", "law.tools.smic@20": 2},
        )
    for part in ("seed = -1", "2019-01", "demand.thta", "demand.lam = 9", "hbm.polcy", "tools.smic: 2", "'20'"):
        assert part in str(caught.value)


# --- law set by hand ---


def test_a_lever_set_by_hand_binds_from_its_day_on() -> None:
    law = Scenario.of(sets={"law.tools.smic@2026-11-15": 0.3}).regime
    assert law.at("2026-11-14")["tools.smic"] == 0.0
    assert law.at("2026-11-15")["tools.smic"] == 0.3
    assert law.name == "history"


def test_a_month_stands_for_its_first_day() -> None:
    assert (
        Scenario.of(sets={"law.tools.smic@2026-11": 0.3}).key
        == Scenario.of(sets={"law.tools.smic@2026-11-01": 0.3}).key
    )


def test_levers_of_one_day_make_one_act_with_their_scopes() -> None:
    sets = {
        "law.fee.duty[H20]@2026-11": 0.2,
        "law.fee.duty[*]@2026-11": 0.1,
        "law.cn.import_mode[H200]@2026-11": "open",
        "law.hbm.policy@2027-01": "off",
    }
    made = Scenario.of("hold_firm", sets=sets).regime
    assert len(made.acts) == len(load_regime("hold_firm").acts) + 2
    law = made.at("2026-12-01")
    assert (law.get("fee.duty", "H20"), law.get("fee.duty", "H200")) == (0.2, 0.1)
    assert law.get("cn.import_mode", "H200") == "open"
    assert law["hbm.policy"] == "presume_deny"
    assert made.at("2027-01-01")["hbm.policy"] == "off"


@pytest.mark.parametrize("regime", shipped())
def test_what_a_person_sets_stands_above_the_acts_of_the_same_day(regime: str) -> None:
    days = {str(act.effective) for act in load_regime(regime).acts if act.effective}
    for day in sorted(days):
        law = Scenario.of(regime, sets={f"law.hbm.policy@{day}": "notify", f"law.fee.duty[H20]@{day}": 0.07}).regime.at(
            day
        )
        assert (law["hbm.policy"], law.get("fee.duty", "H20")) == ("notify", 0.07)


# --- written down and read back ---

few = st.lists(st.sampled_from(NUMBERS), max_size=4, unique_by=lambda one: one.name)


@st.composite
def arguments(draw: st.DrawFn) -> dict[str, Any]:
    """A shipped regime with some parameters and some law set by hand."""
    sets: dict[str, Any] = {one.name: draw(st.just(one.default) | st.floats(one.low, one.high)) for one in draw(few)}
    if draw(st.booleans()):
        sets["law.tools.cxmt@2026-11"] = draw(st.floats(0, 1))
    if draw(st.booleans()):
        sets["law.licence.approval[H200]@2027-02-10"] = draw(st.floats(0, 1))
    regime, seed = draw(st.sampled_from(shipped())), draw(st.integers(0, 10**6))
    until = draw(st.sampled_from(["2022-01", "2026-10", "2030-12"]))
    return {"regime": regime, "seed": seed, "until": until, "sets": sets}


@given(arguments())
def test_it_comes_back_from_json_with_the_same_key(made_of: dict[str, Any]) -> None:
    one = Scenario.of(**made_of)
    again = Scenario.from_dict(json.loads(json.dumps(one.to_dict())))
    assert again.to_dict() == one.to_dict()
    assert (again.regime.acts, again.parameters) == (one.regime.acts, one.parameters)
    assert (again.seed, again.until, again.label) == (one.seed, one.until, one.label)
    assert again.key == one.key


def test_only_parameters_that_differ_are_written() -> None:
    written = Scenario.of(sets={"demand.theta": 2.0, "demand.lam": declarations()["demand.lam"].default}).to_dict()
    assert written["parameters"] == {"demand.theta": 2.0}
    assert {act["name"] for act in written["regime"]["acts"]} == {act.name for act in load_regime("history").acts}


# --- the key ---


def test_everything_that_decides_a_run_decides_its_key() -> None:
    base = Scenario.of()
    others = [
        Scenario.of(seed=1),
        Scenario.of(until="2030-11"),
        Scenario.of("hold_firm"),
        Scenario.of(sets={"demand.theta": 2.0}),
        Scenario.of(sets={"trade.mechanism": "priority"}),
        Scenario.of(sets={"law.tools.smic@2026-11": 0.3}),
        Scenario.of(sets={"law.tools.smic@2026-12": 0.3}),
        Scenario.of(base.regime.without("us-hbm-rule")),
        Scenario.of(base.regime.shift("us-hbm-rule", 1)),
        Scenario.of(agents={"labs": THRIFTY}),
    ]
    keys = [one.key for one in (base, *others)]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)


def test_a_value_set_to_its_default_changes_nothing() -> None:
    plain = Scenario.of().key
    other = [name for name, one in declarations().items() if Scenario.of(sets={name: one.default}).key != plain]
    assert other == []


def test_a_whole_value_of_a_float_is_that_float() -> None:
    whole, real = (Scenario.of(sets={"demand.theta": two, "law.tools.smic@2026-11": two / 2}) for two in (2, 2.0))
    assert whole.key == real.key


@pytest.mark.parametrize("what", ["code_version", "data_version"])
def test_other_code_or_data_gives_another_key(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Scenario.of().key
    monkeypatch.setattr(scenario, what, lambda: "0" * 12)
    assert Scenario.of().key != before


def test_versions_are_hashes_of_what_a_run_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here = version.PACKAGE
    read = []
    monkeypatch.setattr(version, "_digest", lambda files: read.append({str(f.relative_to(here)) for f in files}) or "x")
    version.code_version.__wrapped__()
    version.data_version.__wrapped__()
    code, data = read
    assert {
        "month/phases.py",
        "model.py",
        "rules/demand.py",
        "law/regime.py",
        "facts/paths.py",
        "runs/metrics/compute.py",
    } <= code
    assert not any(name.startswith(("results/", "figures/", "sweeps/", "cli/")) for name in code)
    assert {"facts/chips.csv", "facts/inputs.csv", "foundation/parameters.csv", "law/regimes/history.toml"} <= data
    assert not any(name.endswith(".pyi") for name in code | data)


SETS = {"demand.theta": 2.0, "law.fee.duty[H20]@2026-11": 0.2, "law.fee.duty[*]@2026-11": 0.1}
KEYS = f"""
import json
from abm.runs.scenario import Scenario
print(json.dumps([Scenario.of(name, seed=3, sets={SETS}).key for name in ("history", "hbm_relief")]))
"""


def test_keys_are_the_same_in_every_process_whatever_the_hash_seed_and_time_zone(repo: Path) -> None:
    expected = [Scenario.of(name, seed=3, sets=SETS).key for name in ("history", "hbm_relief")]
    for hash_seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"), ("12345", "America/Los_Angeles")):
        env = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", KEYS], env=env, cwd=repo, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout) == expected


# --- agents of one's own ---


def test_a_class_may_be_given_by_itself_or_by_its_import_path() -> None:
    by_path, by_class = (Scenario.of(agents={"labs": one}) for one in (THRIFTY, ThriftyLabs))
    assert by_path == by_class
    assert by_path.key == by_class.key
    assert by_class.to_dict()["agents"] == {"labs": THRIFTY}
    assert by_class.agent_classes == {"labs": ThriftyLabs}


def test_a_class_made_in_a_function_acts_too_and_decides_the_key() -> None:
    def made(share: float) -> type[Labs]:
        class Careful(Labs):
            def offer_money(self, fear):
                return share * super().offer_money(fear)

        return Careful

    ours = run("history", 1, "2022-01", agents={"labs": made(0.5)})
    theirs = run("history", 1, "2022-01", agents={"labs": THRIFTY})
    np.testing.assert_array_equal(ours["china_compute"].values, theirs["china_compute"].values)
    assert ours.scenarios[0]["agents"]["labs"].endswith("made.<locals>.Careful")
    with pytest.raises(InputError, match="Careful"):
        Scenario.from_dict(ours.scenarios[0])
    bare = [type("Bare", (Labs,), {"bound": number}) for number in (1, 2)]
    assert len({Scenario.of(agents={"labs": kind}).key for kind in bare}) == 2


def test_a_class_takes_its_place_in_a_comparison() -> None:
    found = compare(["history", "no_controls"], 1, "2022-01", agents={"labs": ThriftyLabs}).ensemble
    assert [one["agents"] for one in found.scenarios] == 2 * [{"labs": THRIFTY}]


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that cannot be imported, each in its own way."""
    for name, text in {
        "raises": "1 / 0",
        "leaves": "raise SystemExit(3)",
        "unreadable": "def",
        "latin": "# \xff",
        "recurses": "def f(): f()\nf()",
        "odd": "def __getattr__(name): raise LookupError(name)",
        "long": f"raise ValueError({100_000 * 'x'!r})",
    }.items():
        (tmp_path / f"{name}_module.py").write_bytes(text.encode("latin-1"))
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    "given",
    [*(f"{name}_module:Labs" for name in ("raises", "leaves", "unreadable", "latin", "recurses", "odd", "long")),
     "abm.agents.labs", "abm.agents.labs:Labb", "abm.no:Labs", "abm.agents.labs:KINDS", "abm.agents.labs:Labs.opening",
     "", ":", "..labs:Labs", "a\0b:Labs", "\ud800:Labs", "x" * 100_000, None, 3, b"abm.agents.labs:Labs", ["abm"],
     object()],
)  # fmt: skip
def test_a_class_that_is_not_there_is_one_short_input_error(given: object) -> None:
    for ask in (classes.load_class, lambda one: Scenario.of(agents={"labs": one})):
        with pytest.raises(InputError, match="agent class") as caught:
            ask(given)
        assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    ("agents", "told"),
    [
        ({"vendors": THRIFTY}, "ThriftyLabs is not a subclass of ChipVendors: written class Mine(abm.ChipVendors)"),
        ({"vendors": ThriftyLabs}, "agents: ThriftyLabs is not a subclass of ChipVendors"),
        ({"labs": Lab}, "agents: Lab is not a subclass of Labs"),
        ({"lab": ThriftyLabs}, "no agent type 'lab'; did you mean 'labs'?"),
        ([ThriftyLabs], "a table of names and values is wanted"),
        (ThriftyLabs, "a table of names and values is wanted"),
    ],
)  # fmt: skip
def test_agents_of_the_wrong_kind_are_refused_by_name_before_a_run(agents: Any, told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        Scenario.of(agents=agents)


# --- simulate ---


def test_a_run_tells_what_it_is_of() -> None:
    one = Scenario.of("no_controls", seed=2, until="2022-06")
    run = simulate(one, keep=["china_compute", "units_to_china[A100]"])
    assert (run.label, run.seed, run.key, run.scenario) == ("no_controls", 2, one.key, one.to_dict())
    assert run.months.astype(str).tolist() == [f"2022-0{month}" for month in range(1, 7)]
    assert list(run.columns) == ["china_compute", "units_to_china[A100]"]
    assert run.flows is None
    assert run.seconds > 0


def test_an_agent_of_ones_own_acts_in_the_run() -> None:
    plain, thrifty = (
        simulate(Scenario.of(until="2022-03", agents=agents), keep=["lab_spending"]).columns["lab_spending"]
        for agents in ({}, {"labs": THRIFTY})
    )
    assert (thrifty < plain).all()


# --- every lever that is read moves a metric ---

BAND_B = {"law.nac.policy@2023-12": "off", "law.corrections.policy@2023-12": "off"}
ONLY_FIRST_CLAUSE = BAND_B | {"law.band_b.dense_tpp_min@2023-12": 1e6}
AI_USE = {"law.hbm.exception_ai_use@2025-02": True}
OLD_STACKS = {"law.hbm.exception_density_below@2025-02": 8}
CASE_BAND = {
    "law.case_band.policy@2023-12": "case_by_case",
    "law.case_band.tpp_below@2023-12": 10_000,
    "law.case_band.bandwidth_below@2023-12": 6500,
}
PRO_CARD = {"law.consumer.policy@2025-08": "off", "law.band_a.tpp_min@2025-08": 4700}
FINED = {"law.cn.antitrust[Nvidia]@2024-08": "fined"}
PLAIN_2029 = {"law.entity.listed[Moore Threads]@2029-02": False, "domestic.smic_scale": 0.05}
GRID = {"law.cn.domestic_share_min[national_grid]@2024-08": 0.9}

# For each lever: what else is set so that it can matter, the scope and day it is set, and its value.
CASES: dict[str, tuple[Mapping[str, Any], str, Any]] = {
    "enforcement.budget": ({}, "@2024-05", 8.0),
    "enforcement.prosecutions": ({}, "@2024-05", 40),
    "enforcement.authorised_buyers": ({}, "[*]@2024-05", 0.2),
    "cn.customs_inspection": ({}, "[*]@2024-05", True),
    "cloud.policy": ({}, "@2024-05", "deny"),
    "scope.hq": ({}, "@2023-05", True),
    "scope.subsidiaries_closed": ({}, "@2024-05", True),
    "scope.installed_base_may_run": ({"law.scope.subsidiaries_closed@2024-05": True}, "@2024-05", True),
    "diffusion.model_weights": ({}, "@2024-05", True),
    "diffusion.model_service": ({}, "@2024-05", True),
    "scope.outside_policy": ({}, "@2024-05", "deny"),
    "diffusion.worldwide": ({}, "@2024-05", True),
    "oct2022.tpp_min": ({}, "@2022-11", 10_000),
    "oct2022.link_min": ({}, "@2022-11", 300),
    "oct2022.policy": ({}, "@2022-11", "off"),
    "band_a.tpp_min": ({}, "@2024-05", 2000),
    "band_a.dense_tpp_min": ({}, "@2023-12", 2000),
    "band_a.density_min": ({}, "@2023-12", 7),
    "band_a.policy": ({}, "@2023-12", "off"),
    "band_b.tpp_min": (ONLY_FIRST_CLAUSE, "@2023-12", 3000),
    "band_b.tpp_below": (ONLY_FIRST_CLAUSE, "@2023-12", 2500),
    "band_b.density_min": (ONLY_FIRST_CLAUSE, "@2023-12", 3.5),
    "band_b.dense_tpp_min": (BAND_B, "@2023-12", 2396),
    "band_b.dense_density_min": (BAND_B, "@2023-12", 3.0),
    "band_b.density_below": (BAND_B, "@2023-12", 3.3),
    "band_b.policy": (BAND_B, "@2023-12", "deny"),
    "consumer.tpp_below": ({}, "@2025-08", 4000),
    "consumer.policy": ({}, "@2025-08", "off"),
    "nac.policy": ({}, "@2023-12", "deny"),
    "nac.gaming_cleared": (PRO_CARD, "@2025-08", True),
    "nac.review_days": ({}, "@2023-12", 300),
    "corrections.policy": ({"law.nac.policy@2024-05": "off"}, "@2024-05", "deny"),
    "letter.bandwidth_min": ({}, "@2025-05", 500),
    "letter.link_min": ({}, "@2025-05", 100),
    "letter.sum_min": ({}, "@2025-05", 700),
    "letter.addressed": ({}, "[Nvidia]@2025-05", False),
    "letter.policy": ({}, "@2025-05", "off"),
    "case_band.tpp_below": ({}, "@2026-02", 10_000),
    "case_band.bandwidth_below": ({}, "@2026-02", 4000),
    "case_band.sold_in_us": (CASE_BAND, "@2023-12", False),
    "case_band.policy": ({}, "@2026-02", "off"),
    "licence.policy": ({}, "[H20]@2025-08", "deny"),
    "named.policy": ({}, "[L20]@2024-05", "deny"),
    "licence.approval": ({}, "[H20]@2025-08", 0.1),
    "licence.review_months": ({}, "@2025-08", 12),
    "quota.share_of_us": ({}, "[H200]@2026-02", 0.001),
    "quota.units_per_month": ({}, "[H20]@2025-08", 100),
    "quota.units_per_buyer": ({}, "[H20]@2025-08", 100),
    "fee.revenue_share": ({}, "[H20]@2025-09", 0.5),
    "fee.duty": ({}, "[H20]@2025-09", 0.5),
    "hbm.density_above": ({}, "@2025-02", 20),
    "hbm.policy": ({}, "@2025-02", "off"),
    "hbm.exception_density_below": (AI_USE, "@2025-02", 8),
    "hbm.exception_policy": (AI_USE | OLD_STACKS, "@2025-02", "off"),
    "hbm.exception_ai_use": (OLD_STACKS, "@2025-02", True),
    "hbm.quota_share": ({"law.hbm.policy@2025-02": "case_by_case"}, "@2025-02", 0),
    "foundry.diligence": ({}, "@2025-02", False),
    "tools.smic": ({"domestic.smic_scale": 0.05}, "@2026-07", 0.5),
    "tools.cxmt": ({}, "@2026-07", 0.5),
    "entity.listed": ({}, "[Cambricon]@2023-05", True),
    "entity.lab_listed": ({}, "[Alibaba]@2023-05", True),
    "entity.firms_added": ({}, "@2024-05", 200),
    "hbm.copackaged_excluded": ({}, "@2025-06", False),
    "cn.fab_subsidy_usd": ({"domestic.smic_scale": 0.05, "domestic.subsidy_months": 3}, "@2024-05", 1e9),
    "cn.hbm_subsidy_usd": ({"hbm.subsidy_months": 3}, "@2025-12", 1e9),
    "cn.import_mode": ({}, "[H20]@2024-08", "block"),
    "cn.domestic_share_min": ({}, "[state_datacentre]@2024-08", 0.9),
    "quota.buyers": ({}, "[H20]@2025-08", 2),
    "licence.staff": ({}, "@2025-08", 0.01),
    "licence.grants": ({}, "[H20]@2025-08", "none"),
    "licence.named_customers": ({}, "[A800]@2025-08", True),
    "licence.kyc": ({}, "@2025-08", True),
    "licence.remote_access_screening": ({"licensing.reach": 0.001}, "@2025-08", True),
    "licence.military_allowed": ({}, "@2025-08", True),
    "licence.lab_test": ({}, "@2025-08", True),
    "licence.no_delay_to_us_orders": ({"licensing.us_first": 0.01}, "@2025-08", True),
    "licence.no_foundry_diversion": ({"licensing.foundry_first": 0.01}, "@2025-08", True),
    "foundry.node_nm_max": ({}, "@2025-02", 5),
    "foundry.transistors_bn_below": ({}, "@2025-02", 60),
    "foundry.no_hbm_transistors_bn_2027": ({"law.entity.listed[Moore Threads]@2027-02": False}, "@2027-02", 20),
    "foundry.no_hbm_transistors_bn_2029": (PLAIN_2029, "@2029-02", 20),
    "tools.dram_cell_area_below": ({"law.tools.dram_density_above@2026-07": 10}, "@2026-07", 0.001),
    "tools.dram_density_above": ({"law.tools.dram_cell_area_below@2026-07": 0.001}, "@2026-07", 10),
    "entity.ownership_min": ({}, "@2025-08", 0.25),
    "ascend.use_risk": ({}, "[Ascend 910B]@2024-05", True),
    "cn.approved_units": ({}, "[H200]@2026-02", 0),
    "cn.domestic_share_by": (GRID, "[national_grid]@2024-08", 2028),
    "cn.remove_foreign_below": ({}, "[state_datacentre]@2024-08", 0.5),
    "cn.government_list": ({}, "[Huawei]@2024-08", True),
    "cn.subsidy_usd": ({}, "@2024-08", 1e11),
    "cn.antitrust": ({"law.cn.antitrust_fine_low[Nvidia]@2024-08": 0.1}, "[Nvidia]@2024-08", "fined"),
    "cn.antitrust_fine_low": (FINED, "[Nvidia]@2024-08", 0.1),
    "cn.antitrust_fine_high": (FINED, "[Nvidia]@2024-08", 0.1),
    "cn.material": ({}, "[rare_earths]@2024-05", "ban"),
    "cn.material_supply_share": ({}, "[gallium]@2025-01", 0.1),
    "cn.material_extraterritorial": ({}, "@2025-05", True),
    "cn.ip_commitments": ({}, "@2025-08", 1.0),
    "tariff.fentanyl": ({}, "@2025-12", 0.5),
    "tariff.swap_usd": ({}, "@2025-12", 30e9),
}

ONLY_PAYOFFS = ("cn.ip_commitments", "tariff.fentanyl", "tariff.swap_usd")
"""Levers that enter a government's payoff and nothing else, as their help says."""

RESULTS = [name for name in metrics.METRICS if name != "law"]


@cache
def outcome(sets: tuple[tuple[str, Any], ...], until: str) -> dict[str, np.ndarray]:
    """Every column of a run of history but those of the law itself."""
    return metrics.evaluate(ChipMarket(scenario=Scenario.of(until=until, sets=dict(sets))).run(), RESULTS)


def test_every_lever_has_a_case() -> None:
    assert set(CASES) == set(LEVERS)


@pytest.mark.slow
@pytest.mark.parametrize("lever", CASES)
def test_every_lever_moves_a_metric(lever: str) -> None:
    context, when, value = CASES[lever]
    day = when.rpartition("@")[2]
    until = f"{int(day[:4]) + 1}{day[4:]}"
    base, moved = (outcome(tuple(sets.items()), until) for sets in (context, {**context, f"law.{lever}{when}": value}))
    other = [name for name in base if not np.array_equal(base[name], moved[name], equal_nan=True)]
    assert other
    assert all(name.startswith("payoff") for name in other) == (lever in ONLY_PAYOFFS)
    assert ("enters payoffs only" in LEVERS[lever].help) == (lever in ONLY_PAYOFFS)


# --- a scenario from a table ---


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("seed", "3", "seed = '3': int is wanted"),
        ("seed", True, "seed = True"),
        ("until", None, "until = None: str is wanted"),
        ("regime", "history", "regime = 'history'"),
        ("sed", 1, "no key named 'sed'; did you mean 'seed'"),
        ("until", "2030-13", "2030-13"),
    ],
)
def test_a_table_that_is_no_scenario_is_refused(key: str, value: object, words: str) -> None:
    table = Scenario.of("history").to_dict() | {key: value}
    with pytest.raises(InputError, match=re.escape(words)):
        Scenario.from_dict(table)


def test_parameters_beside_a_scenario_are_refused() -> None:
    with pytest.raises(InputError, match=r"demand\.theta beside a scenario"):
        ChipMarket(scenario=Scenario.of("history"), **{"demand.theta": 2.0})
