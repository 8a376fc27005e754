"""One run of a sweep done again: what it gives now against what was stored."""

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from abm.foundation.errors import InputError
from abm.sweeps import work
from abm.sweeps.plan import Case
from abm.sweeps.store import Store
from abm.sweeps.work import printable

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble
    from abm.runs.run import Run


@dataclass(frozen=True)
class Replay:
    """What a replay came to; `same` is False when it failed or gave other rows than the store holds."""

    text: str
    same: bool
    ensemble: "Ensemble | None" = None


def replay(store: Store, run: int, flows: bool = False) -> Replay:
    """Do a run of a sweep again in this process."""
    from abm.results.ensemble import Ensemble
    from abm.runs.simulate import simulate

    cases = store.cases()
    if not 0 <= run < len(cases):
        raise InputError(f"run {run}: {store.folder} has runs 0 to {len(cases) - 1}")
    heading = "\n".join([describe(cases[run]), *changes(store)])
    try:
        found = simulate(store.plan.scenario(run), flows=flows)
    except (Exception, SystemExit) as error:
        return Replay(f"{heading}\n{printable(''.join(traceback.format_exception(error)))}", False)
    words, same = compare(store, run, found)
    ensemble = Ensemble([found])
    return Replay(f"{heading}\n{words}\n\n{ensemble.table()}", same, ensemble)


def describe(case: Case) -> str:
    """A run in a line."""
    factors = "".join(f", {name} = {value}" for name, value in case.factors.items())
    return f"run {case.run}: {case.regime}, seed {case.seed}{factors}"


def changes(store: Store) -> list[str]:
    """What changed in code or data since the sweep began."""
    then = store.plan.facts
    now = dict(zip(("code", "data"), work.version().split(), strict=True))
    return [
        f"note: the {name} has changed since ({then[name]} then, {now[name]} now)"
        for name in now
        if then[name] != now[name]
    ]


def compare(store: Store, run: int, found: "Run") -> tuple[str, bool]:
    """What was stored against what came out now, bit by bit."""
    stored = store.frame([run])
    failure = next((one for one in store.failures() if one.run == run), None)
    if stored.empty:
        was = f"it had failed ({failure.stage}: {failure.error}); now it runs" if failure else "it was not done yet"
        return was, True
    names = [name for name in stored.columns if name not in ("run", "month") and stored[name].notna().any()]
    other = [
        name for name in names if not np.array_equal(stored[name], found.columns.get(name, np.nan), equal_nan=True)
    ]
    if not other:
        return f"the {len(names)} columns stored are the same to the last bit", True
    first = other[0]
    return f"{len(other)} of {len(names)} columns stored differ, the first {first}", False
