"""What is shown comes back from an address, a command and a file, each read by its own reader."""

import shlex
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.cli import options
from abm.foundation.errors import InputError
from abm.foundation.parameters import declarations
from abm.law.levers import ANY, LEVERS, scope_names
from abm.law.regime import load_regime, shipped
from abm.runs.scenario import Scenario
from abm.server import address
from abm.server.address import View
from abm.server.setup import Change, Setup
from abm.sweeps.design import design

FINITE = {"allow_nan": False, "allow_infinity": False}


def lever_values(name: str) -> st.SearchStrategy[Any]:
    one = LEVERS[name]
    if one.choices:
        return st.sampled_from(one.choices)
    if one.type == "bool":
        return st.booleans()
    low, high = one.low or 0.0, 1e9 if one.high is None else one.high
    return st.integers(0, 10**6) if one.type == "int" else st.floats(low, high, **FINITE)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    name = draw(st.sampled_from(sorted(LEVERS)))
    scope = LEVERS[name].scope
    where = None if scope is None else draw(st.sampled_from([ANY, *sorted(scope_names(scope))]))
    month = f"{draw(st.integers(2022, 2030))}-{draw(st.integers(1, 12)):02d}"
    return Change(name, where, draw(lever_values(name)), month)


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    regime = draw(st.sampled_from(shipped()))
    law = load_regime(regime)
    setup = Setup(regime, draw(st.integers(0, 9999)), draw(st.sampled_from(("2026-12", "2028-12", "2030-12"))))
    acts = st.sampled_from([act.name for act in law.acts] or [""])
    for act in draw(st.sets(acts, max_size=3)) - {""}:
        setup = setup.drop(act) if draw(st.booleans()) else setup.move(act, draw(st.integers(-60, 60)))
    for act in law.pending:
        setup = setup.adopt(act.name) if draw(st.booleans()) else setup
    for change in draw(st.lists(changes(), max_size=3)):
        setup = setup.change(change)
    for name in draw(st.sets(st.sampled_from(sorted(declarations())), max_size=3)):
        one = declarations()[name]
        numbers = st.integers if one.kind == "int" else st.floats
        values = st.sampled_from(one.choices) if one.choices else numbers(one.low, one.high)
        setup = setup.put(name, draw(values))
    return setup


def of_command(text: str) -> Scenario:
    """The run that the command line makes of a command."""
    import typer.main

    from abm.cli import app

    program, name, *words = shlex.split(text)
    assert program == "abm"
    asked = typer.main.get_command(app).commands[name].make_context(name, words).params  # type: ignore[attr-defined]
    law = options.composed(*(asked[one] for one in ("regime", "without", "shift", "before", "add", "adopt")))
    return Scenario.of(law, seed=asked["seed"], until=asked["until"], sets=options.settings(asked["sets"]))


def of_toml(text: str) -> Scenario:
    """The run that a sweep makes of a file."""
    return design(tomllib.loads(text)).scenario(0)


def content(scenario: Scenario) -> tuple[object, ...]:
    """What decides a run, but for the name of its regime."""
    return set(scenario.regime.acts), scenario.regime.adaptive, scenario.parameters, scenario.seed, scenario.until


@settings(max_examples=120, deadline=None)
@given(setups(), setups(), st.integers(2, 50), st.integers(0, 107), st.sampled_from(["", "labs/DeepSeek", "a/b&c=d"]))
def test_a_view_comes_back_from_each_of_its_surfaces(one: Setup, base: Setup, seeds: int, at: int, agent: str) -> None:
    month = min(f"{2022 + at // 12}-{at % 12 + 1:02d}", one.until)
    view = View(one, base, month, agent, seeds, "hbm_to_china")
    assert address.view_of(address.query(view)) == view
    try:
        scenario = one.scenario()
    except InputError:  # two acts that cannot stand together
        return
    assert content(of_command(address.command(one))) == content(scenario)
    assert content(of_toml(address.toml(one))) == content(scenario)


def test_the_usual_view_has_an_empty_query_and_two_regimes_are_one_command() -> None:
    assert address.query(View()) == ""
    assert address.view_of("") == View()
    assert address.commands(View()) == "abm compare hold_firm hbm_relief --seeds 10 --ensemble none"
    both = address.commands(View(Setup().drop("us-hbm-rule"), Setup())).splitlines()
    assert both == ["abm run history --seed 0", "abm run history --without us-hbm-rule --seed 0"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("regime=hold_frm", "hold_firm"),
        ("regime=history&without=us-hbm-rul", "us-hbm-rule"),
        ("regime=history&shift=us-hbm-rule=soon", "us-hbm-rule=soon"),
        ("regime=history&shift=us-hbm-rule=99", "at most 60 months"),
        ("regime=history&set=law.hbm.polcy=deny@2025-01", "hbm.policy"),
        ("regime=history&set=demand.theta=99", "demand.theta"),
        ("regime=history&set=demand.theta", "group.name=value"),
        ("regime=history&seed=-1", "seed"),
        ("regime=history&until=soon", "until"),
        ("base.regime=nowhere", "nowhere"),
        ("at=2026-13", "at"),
        ("seeds=1", "from 2 to 50"),
        ("regme=history", "regime"),
        ("set=" + "x" * 9000, "longer than"),
    ],
)
def test_a_wrong_address_is_one_short_error(text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        address.view_of(text)
    assert words in str(error.value)
    assert len(str(error.value)) < 2000
