"""Malformed input from Python, in regimes and in specifications: all of it works or is one short InputError.

Each case takes a valid input and spoils one place in it, by a random number of its own, so that a case that fails can
be run again by its number.
"""

import copy
import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w

import abm
from abm.foundation.chance import seed_of, seeds_of
from abm.law import regime as law
from abm.law.acts import Act
from abm.law.files import read_acts
from abm.month.phase import phase
from abm.results import ensemble as ensemble_module
from abm.results.comparison import Comparison
from abm.sweeps.design import design
from tests.conftest import REPO
from tests.figures import synthetic

CASES = 40
"""Of each call; of a figure, which takes time, fewer, and of a file more."""
NEGOTIATED = REPO / "abm/law/regimes/negotiated.toml"


# --- what nobody should write ---


class Rude:
    """Something that does not even say what it is."""

    def __repr__(self) -> str:
        raise ValueError("no")


def circle() -> list[Any]:
    """A list that holds itself."""
    one: list[Any] = []
    one.append({"again": one})
    return one


def deep(levels: int = 3000) -> list[Any]:
    """Lists in lists."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


TEXTS = [
    "", " ", "\0", "a\0b", "\ud800", "\u202e", "\x1b[2J", "a\nb", "x" * 300, "x" * 100_000, "../..", "~", ".toml",
    "x.toml", "\0.toml", "\ud800.toml", "x" * 5_000 + ".toml", "２０２６-１１", "٢٠٢٦-١١-٠١", "2026-13", "2026-11-31",
    "0000-00", "2026-W1-1", "+026-11", "20_6-11", "99999-01", "1", "１", "nan", "inf", "1e999", "0x10", "true", "[",
    "]", "a[b", "a[*]", "law.", "law.@", "law.hbm.policy@2026-13", "law.hbm.policy[]@2026-11",
    "law.hbm.policy@２０２６-１１", "$x$", "%s", "{0}", "{}", "H20", "None", "abm:abm", "os:path",
    "abm.agents.labs:Labs", "histroy", "demand.thta", "china_compte", "US", "deny",
]  # fmt: skip
VALUES = [
    0, -1, 3, 2**63, 10**400, -(10**5000), 1.5, float("nan"), float("inf"), -1e308, 5e-324, np.float64("nan"),
    np.int64(-3), np.bool_(True), np.array([1, 2]), np.array(3), Decimal("NaN"), Fraction(1, 3), 1j, None, True, False,
    np.datetime64("NaT", "M"), pd.NA, pd.NaT, pd.Timestamp("2026-11"), date.min, date.max,
    datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=14))),
]  # fmt: skip
THINGS: list[Callable[[], Any]] = [
    list, dict, set, tuple, object, Rude, circle, deep, pd.DataFrame, lambda: b"history", lambda: bytearray(b"1"),
    lambda: int, lambda: len, lambda: abm, lambda: [None], lambda: [[]], lambda: {None: 1}, lambda: {1: {2: 3}},
    lambda: {("a", "b"): 1}, lambda: {"": ""}, lambda: range(3), lambda: iter("ab"), lambda: Path("\0"),
    lambda: Path("nowhere"), lambda: {f"key {number}": number for number in range(10_000)},
    lambda: [f"name {number}" for number in range(2_000)], lambda: abm.Labs, lambda: abm.Lab,
    lambda: abm.InputError("x"), lambda: np.random.default_rng(1), lambda: abm.load_regime("no_controls"),
    lambda: abm.Scenario.of(), lambda: NEGOTIATED,
]  # fmt: skip


def junk(chance: random.Random) -> Any:
    """One of them."""
    made = [lambda: chance.choice(TEXTS), lambda: chance.choice(VALUES), lambda: chance.choice(THINGS)()]
    return chance.choice(made)()


def spoiled(chance: random.Random, whole: Any) -> Any:
    """The same with one place spoiled: a value, a key, one more, one less, or one twice."""
    place = whole
    while isinstance(place, dict | list) and place:
        key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
        if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.8:
            place = place[key]
            continue
        how = chance.random()
        if how < 0.6:
            place[key] = junk(chance)
        elif how < 0.7:
            del place[key]
        elif how < 0.8 and isinstance(place, dict):
            place[chance.choice(TEXTS)] = place.pop(key)
        elif how < 0.9 and isinstance(place, dict):
            place[chance.choice(TEXTS)] = junk(chance)
        elif isinstance(place, list):
            place.append(copy.copy(place[key]) if chance.random() < 0.5 else junk(chance))
        break
    return whole


def judge(number: int, what: str, work: Callable[[random.Random], Any]) -> None:
    """Do a case: it works, or is one short InputError."""
    try:
        work(random.Random(f"{what} {number}"))
    except abm.InputError as error:
        told = str(error)
        assert 0 < len(told) < 2000, f"{what} {number}: {len(told)} letters"
        assert all(line.isprintable() for line in told.splitlines()), f"{what} {number}: {told!r}"
    except Exception as error:
        raise AssertionError(f"{what} {number}: {type(error).__name__}: {str(error)[:300]}") from error


# --- from Python ---


def adds_nothing(market: abm.Market) -> None:
    """A phase that does nothing."""


@cache
def runs() -> abm.Ensemble:
    """Some runs, which no case changes."""
    return synthetic.ensemble(2)


@cache
def ready() -> abm.ChipMarket:
    """A model before its first month."""
    return abm.ChipMarket(rng=1, until="2022-01")


def history() -> abm.Regime:
    """History."""
    return abm.load_regime("history")


def named(table: Any) -> dict[str, Any]:
    """What can be handed over as keywords: Python itself refuses the rest."""
    return {str(name): value for name, value in table.items()} if isinstance(table, Mapping) else {}


def listed(several: Any) -> list[Any]:
    """What can be handed over as arguments."""
    return several if isinstance(several, list) else [several]


SETS = {
    "demand.theta": 2.0, "trade.mechanism": "priority", "law.hbm.policy@2026-11": "deny",
    "law.fee.duty[H20]@2026-11": 1,
}  # fmt: skip
ASKED = {"until": "2022-01", "sets": SETS, "agents": {"labs": abm.Labs}}
ACT = {
    "name": "us-own", "by": "US", "announced": "2026-11", "effective": "2026-12", "ends": "2027-11",
    "leaked": "2026-10", "credence": 0.5, "sets": {"hbm.policy": "deny", "fee.duty": {"H20": 0.1}},
    "suspends": ["us-hbm-rule"], "repeals": [], "what": "x",
}  # fmt: skip
COMPOSED = {
    "base": "history",
    "without": ["us-hbm-rule"],
    "shift": {"us-oct2023-nac": 2},
    "before": "2026-01",
    "add": [],
}
SPEC = {
    "name": "one", "regimes": ["history", "mine"], "seeds": [0, 1], "until": "2022-01", "keep": ["china_compute"],
    "compose": {"mine": COMPOSED}, "set": {"demand.lam": 0.5}, "agents": {"labs": "abm.agents.labs:Labs"},
    "factorial": {"demand.theta": [1.5, 2.0]},
    "sample": {"n": 3, "seed": 1, "parameters": ["grey.*"], "ranges": {"budget.growth_2030": [0.1, 0.2]}},
}  # fmt: skip
OWN = Act.of("us-own", announced="2026-11")

type Call = tuple[Callable[..., Any], dict[str, Any]]
CALLS: dict[str, Call] = {
    "run": (lambda **asked: abm.run(**asked), {"regime": "history", "seeds": [0, 1], **ASKED}),
    "compare": (
        lambda **asked: abm.compare(**asked),
        {"regimes": ["history", "no_controls"], "base": "history", "seeds": [0, 1], **ASKED},
    ),
    "scenario": (abm.Scenario.of, {"regime": "history", "seed": 1, **ASKED}),
    "scenario table": (abm.Scenario.from_dict, {"table": abm.Scenario.of("no_controls").to_dict()}),
    "model": (
        lambda more, **asked: abm.ChipMarket(**{**asked, **named(more)}),
        {"regime": "history", "rng": 1, "until": "2022-01", "more": SETS},
    ),
    "model of a scenario": (abm.ChipMarket, {"scenario": abm.Scenario.of(until="2022-01"), "rng": None}),
    "with agents": (
        lambda agents: abm.ChipMarket.with_agents(**named(agents)),
        {"agents": {"labs": abm.Labs, "vendors": abm.ChipVendors}},
    ),
    "with phase": (
        abm.ChipMarket.with_phase,
        {"phase": phase()(adds_nothing), "after": "read_law", "metrics": [], "agents": {}, "parameters": None},
    ),
    "seed": (seed_of, {"given": 1}),
    "seeds": (seeds_of, {"given": [1, 2]}),
    "load": (abm.load, {"folder": "nowhere"}),
    "load regime": (abm.load_regime, {"name": "history"}),
    "compose": (law.compose, {**COMPOSED, "name": "x"}),
    "act": (lambda act: Act.of(**{"name": "x", **named(act)}), {"act": ACT}),
    "act table": (Act.from_dict, {"entry": ACT}),
    "regime table": (abm.Regime.from_dict, {"table": history().to_dict()}),
    "regime act": (lambda x: history().act(x), {"x": "us-hbm-rule"}),
    "regime at": (lambda x: history().at(x), {"x": "2026-11"}),
    "regime in force": (lambda x: history().in_force(x), {"x": "2026-11"}),
    "regime known": (lambda x, y: history().known(x, y), {"x": "2024-11", "y": 0.5}),
    "regime foreseen": (lambda x: history().foreseen(x), {"x": "2024-11"}),
    "regime without": (lambda x: history().without(*listed(x)), {"x": ["us-hbm-rule"]}),
    "regime shift": (lambda x, y: history().shift(x, y), {"x": "us-hbm-rule", "y": 3}),
    "regime before": (lambda x: history().before(x), {"x": "2026-11"}),
    "regime add": (lambda x: history().add(x), {"x": OWN}),
    "regime or": (lambda x: history() | x, {"x": OWN}),
    "regime adopt": (lambda x, y: history().adopt(x, y), {"x": "cn-own", "y": "2026-11"}),
    "law": (lambda x, y: history().at("2026-11").get(x, y), {"x": "fee.duty", "y": "H20"}),
    "specification": (design, {"source": SPEC}),
    "metric": (lambda x: runs()[x], {"x": "china_compute"}),
    "in": (lambda x: x in runs(), {"x": "china_compute"}),
    "difference": (lambda x: Comparison(runs(), "history")[x], {"x": "china_compute"}),
    "base": (lambda x: Comparison(runs(), x), {"x": "history"}),
    "summary": (
        lambda x, y: Comparison(runs(), "history").summary(x, y), {"x": "china_compute", "y": "2026-11"},
    ),
    "where": (lambda x: runs().where(**named(x)), {"x": {"regime": "history", "seed": [0, 1]}}),
    "groups": (lambda x: runs().groups(x), {"x": "regime"}),
    "only": (lambda x: runs()["china_compute"].only(*listed(x)), {"x": ["history"]}),
    "at": (lambda x: runs()["china_compute"].at(x), {"x": "2026-11"}),
    "quantile": (lambda x: runs()["china_compute"].quantile(x), {"x": 0.5}),
    "trailing": (lambda x, y: runs()["china_compute"].trailing(x, y), {"x": "sum", "y": 12}),
    "interval": (lambda x: Comparison(runs(), "history")["china_compute"].interval(x), {"x": 0.95}),
    "plot": (lambda x, y: abm.plot(x, y), {"x": runs(), "y": "china_compute"}),
    "plot of a regime": (lambda x: abm.plot(history(), x), {"x": "2026-11"}),
    "agents' frame": (lambda x: ready().datacollector.get_agenttype_vars_dataframe(x), {"x": abm.Lab}),
}  # fmt: skip
NAMELESS = ("load", "regime adopt")
"""Calls whose valid arguments name nothing that is there."""


@pytest.fixture(autouse=True)
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are made up: what is tried stands before them."""
    monkeypatch.setattr(ensemble_module, "simulate", lambda one, **_: synthetic.run(one.label, one.seed))


def fresh(whole: Any) -> Any:
    """A copy of tables and lists alone."""
    if isinstance(whole, dict):
        return {name: fresh(value) for name, value in whole.items()}
    return [fresh(one) for one in whole] if isinstance(whole, list) else whole


@pytest.mark.filterwarnings("ignore:nothing to report:UserWarning")
@pytest.mark.parametrize("call", CALLS)
def test_no_call_ends_in_another_error(call: str) -> None:
    ask, valid = CALLS[call]
    if call not in NAMELESS:
        ask(**fresh(valid))

    def work(chance: random.Random) -> None:
        made = spoiled(chance, fresh(valid))
        ask(**{name: made.get(name, value) for name, value in valid.items()})

    for number in range(CASES // 4 if call.startswith("plot") else CASES):
        judge(number, call, work)


HUGE = (
    "x" * 100_000,
    "\0" * 100_000,
    {f"key {one}": 1 for one in range(10_000)},
    [f"name {one}" for one in range(10_000)],
)


@pytest.mark.filterwarnings("ignore:nothing to report:UserWarning")
@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith("plot")])
def test_whatever_is_put_in_a_message_is_short(call: str) -> None:
    ask, valid = CALLS[call]
    for name in valid:
        for number, huge in enumerate(HUGE):
            judge(number, f"{call} {name}", lambda _, name=name, huge=huge: ask(**{**fresh(valid), name: huge}))


# --- from files ---

SNIPPETS = [
    "nan", "-inf", "1e999", "9" * 30, "9" * 5000, '"\\u0000"', '"２０２６-１１"', '"2026-13"', "2026-11-01",
    "2026-11-31", "2026-11-01T00:00:00+14:00", "07:32:00", "[[[[]]]]", "{a = {b = 1}}", "true", '""', "'''\nx'''",
    "-1", "0x1F", "[" * 2000, '"' + "x" * 100_000 + '"', '["us-hbm-rule", "us-hbm-rule"]', "[1, true]", '"histroy"',
    '"own.toml"',
]  # fmt: skip
LINES = [
    "[[act]]", "[act]", "[sets]", "[]", "a.b.c = 1", "name = 1", 'name = "twice"', "= 1", "x", '"', "\0", "\ufeff",
    "\x85", 'base = "own.toml"', "drop_answers = 1", 'drop = ["x"]', '[adaptive]\nEU = "2026-11"', "[sample]\nn = 0",
    "seeds = -1", "[factorial]\n'demand.theta' = []", "\n".join(f"key{one} = {one}" for one in range(10_000)),
]  # fmt: skip


def mistyped(chance: random.Random, text: str) -> bytes:
    """The text with one mistake: in a value, a line, a letter or a byte."""
    lines = text.splitlines()
    place, how = chance.randrange(len(lines)), chance.randrange(6)
    if how == 0 and "=" in lines[place]:
        lines[place] = f"{lines[place].partition('=')[0]}= {chance.choice(SNIPPETS)}"
    elif how == 1:
        lines.insert(place, chance.choice(LINES))
    elif how == 2:
        del lines[place]
    elif how == 3:
        lines.insert(place, lines[chance.randrange(len(lines))])
    elif how == 4:
        lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
    found = bytearray("\n".join(lines).encode())
    if how == 5:
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


HEAD = 'name = "own"\ntitle = "x"\nbase = "history"\ndrop = ["us-hbm-rule"]\n\n'
FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "regime": (abm.load_regime, HEAD + tomli_w.dumps({"act": [ACT | {"name": name} for name in ("a", "b")]})),
    "shipped regime": (abm.load_regime, NEGOTIATED.read_text(encoding="utf-8")),
    "acts": (read_acts, tomli_w.dumps({"act": [ACT]})),
    "specification": (design, tomli_w.dumps(SPEC)),
}


@pytest.mark.parametrize("kind", FILES)
def test_no_file_ends_in_another_error(kind: str, tmp_path: Path) -> None:
    read, text = FILES[kind]
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    read(file)

    def work(chance: random.Random) -> None:
        file.write_bytes(mistyped(chance, text))
        read(file)

    for number in range(2 * CASES):
        judge(number, kind, work)
