"""One codec for what a page shows: the query of its address, flags of `abm run`, and a sweep as TOML.

All three say the same pairs of `flags`: an address `?regime=history&without=us-hbm-rule`, a command
`abm run history --without us-hbm-rule`, a file with `base = "history"` and `without = ["us-hbm-rule"]`.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import tomli_w

from abm.foundation import dates
from abm.foundation.errors import InputError, raise_all, shorten, unknown
from abm.law.regime import load_regime
from abm.results import headlines, wording
from abm.runs.scenario import LAW_KEY
from abm.runs.settings import settings, text_of, value_of
from abm.server.setup import MOST_SEED, Change, Setup

type Pairs = list[tuple[str, str]]

LONGEST = 8_000
"""Letters of an address that are read."""
MOST_SEEDS = 50
FIRST, LAST = dates.label(dates.REPORT_FROM), dates.DEFAULT_UNTIL
RECORD = "2026-10"
"""The last month of the record of acts; what comes after it is a regime's."""
SETUP = ("regime", "without", "shift", "adopt", "set", "seed", "until")


@dataclass(frozen=True)
class View:
    """What a visitor looks at.

    setup, base  the run, and what it is compared with
    at           the month shown, YYYY-MM
    agent        key of the agent that is open
    seeds        pairs of runs of a comparison
    metric       column looked at closely
    """

    setup: Setup = field(default_factory=lambda: Setup("hbm_relief"))
    base: Setup = field(default_factory=lambda: Setup("hold_firm"))
    at: str = RECORD
    agent: str = ""
    seeds: int = 10
    metric: str = "china_compute"


# --- a setup as flags ---


def flags(setup: Setup) -> Pairs:
    """What is changed about a regime, as options of `abm run` and their values."""
    found = [("without", act) for act in setup.dropped]
    found += [("shift", f"{act}={months}") for act, months in setup.moved]
    found += [("adopt", act) for act in setup.adopted]
    found += [("set", text_of(one.name, one.value)) for one in setup.changes if one.value is not None]
    return found + [("set", text_of(name, value)) for name, value in setup.parameters]


def pairs(setup: Setup) -> Pairs:
    """A setup whole: its regime, its flags, and seed and horizon where they are not the usual ones."""
    usual = Setup()
    rest = [(name, str(getattr(setup, name))) for name in ("seed", "until")
            if getattr(setup, name) != getattr(usual, name)]  # fmt: skip
    return [("regime", setup.regime), *flags(setup), *rest]


def setup_of(given: Iterable[tuple[str, str]]) -> Setup:
    """The setup that pairs say; InputError tells every fault."""
    words: dict[str, list[str]] = {}
    for name, text in given:
        words.setdefault(name, []).append(text)
    raise_all(unknown("word of an address", [name for name in words if name not in SETUP], SETUP))
    setup = replace(Setup(_last(words, "regime", "history")), until=_last(words, "until", LAST))
    setup = replace(setup, seed=_whole("seed", _last(words, "seed", "0"), MOST_SEED))
    steps: list[Callable[[Setup], Setup]] = []
    steps += [partial(Setup.drop, act=act) for act in dict.fromkeys(words.get("without", []))]
    steps += [partial(_move, word=word) for word in words.get("shift", [])]
    steps += [partial(Setup.adopt, act=act) for act in dict.fromkeys(words.get("adopt", []))]
    steps += [partial(_put, name=name, value=one) for name, one in settings(words.get("set"), "set").items()]
    load_regime(setup.regime)
    for step in steps:
        setup = step(setup)
    setup.scenario()
    return setup


def _move(setup: Setup, word: str) -> Setup:
    """An act moved as `act=6` says."""
    act, _, months = word.partition("=")
    number = value_of(months)
    if not isinstance(number, int) or isinstance(number, bool):
        raise InputError(f"shift = {shorten(word)}: written act=6, or act=-6")
    return setup.move(act, number)


def _put(setup: Setup, name: str, value: Any) -> Setup:
    """A lever or a parameter set."""
    if not name.startswith("law."):
        return setup.put(name, value)
    found = LAW_KEY.fullmatch(name)
    if found is None:
        raise InputError(f"set = {shorten(name)}: written law.<lever>=value@2026-11")
    day = dates.parse_day(found["day"], name)
    return setup.change(Change(found["lever"], found["scope"], value, f"{day:%Y-%m}"))


def _last(words: Mapping[str, list[str]], name: str, usual: str) -> str:
    return words.get(name, [usual])[-1]


def _whole(name: str, text: str, most: int, least: int = 0) -> int:
    """A whole number within bounds."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise InputError(f"{name} = {shorten(text)}: a whole number from {least} to {most} is wanted")
    return int(text)


# --- the three surfaces ---


def query(view: View) -> str:
    """The query of the address of a view; what is as usual is left out."""
    usual = View()
    found = [] if view.setup == usual.setup else pairs(view.setup)
    found += [] if view.base == usual.base else [(f"base.{name}", text) for name, text in pairs(view.base)]
    found += [(name, str(getattr(view, name))) for name in ("at", "agent", "seeds", "metric")
              if getattr(view, name) != getattr(usual, name)]  # fmt: skip
    return urlencode(found, safe=":/@[]*,")


def view_of(text: str) -> View:
    """The view that the query of an address says; InputError tells what is wrong with it."""
    text = text.removeprefix("?")
    if len(text) > LONGEST:
        raise InputError(f"the address is longer than {LONGEST:,} letters")
    given = parse_qsl(text, keep_blank_values=True)
    usual = View()
    base = [(name.removeprefix("base."), one) for name, one in given if name.startswith("base.")]
    rest = {name: one for name, one in given if name in ("at", "agent", "seeds", "metric")}
    mine = [(name, one) for name, one in given if name not in rest and not name.startswith("base.")]
    view = View(setup_of(mine) if mine else usual.setup, setup_of(base) if base else usual.base)
    at, last = rest.get("at", usual.at), max(view.setup.until, FIRST)
    dates.parse_day(at, "at")
    seeds = _whole("seeds", rest.get("seeds", str(usual.seeds)), MOST_SEEDS, 2)
    agent, metric = rest.get("agent", ""), rest.get("metric", usual.metric)
    return replace(view, at=min(max(at[:7], FIRST), last), agent=agent, seeds=seeds, metric=metric)


def command(setup: Setup) -> str:
    """The setup as a command: one run of its seed."""
    found = [word for name, text in flags(setup) for word in (f"--{name}", text)]
    until = [] if setup.until == LAST else ["--until", setup.until]
    return shlex.join(["abm", "run", setup.regime, *found, "--seed", str(setup.seed), *until])


def commands(view: View) -> str:
    """A view as commands: one that compares two regimes where that is all that differs, else a run for each side."""
    sides = (view.base, view.setup)
    if all(not flags(one) for one in sides) and view.base.regime != view.setup.regime:
        until = [] if view.setup.until == LAST else ["--until", view.setup.until]
        regimes = [one.regime for one in sides]
        return shlex.join(["abm", "compare", *regimes, "--seeds", str(view.seeds), *until, "--ensemble", "none"])
    return "\n".join(command(one) for one in dict.fromkeys(sides))


def toml(setup: Setup) -> str:
    """The setup as a sweep of one run, for `abm sweep`."""
    made: dict[str, Any] = {"base": setup.regime}
    made |= {name: list(acts) for name, acts in (("adopt", setup.adopted), ("without", setup.dropped)) if acts}
    made |= {"shift": dict(setup.moved)} if setup.moved else {}
    sets = {one.name: one.value for one in setup.changes} | dict(setup.parameters)
    keep = dict.fromkeys(wording.split(line.column)[0] for line in headlines.LINES)
    table = {
        "name": "setup", "title": setup.words, "regimes": ["changed"], "seeds": [setup.seed], "until": setup.until,
        "keep": list(keep), "ensemble": "none", "compose": {"changed": made},
    }  # fmt: skip
    return tomli_w.dumps(table | ({"set": sets} if sets else {}))
