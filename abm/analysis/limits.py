"""Limiting cases: markets whose answer is known without a model, and what the model gives there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.analysis import pages
from abm.analysis.targets import Limit, Targets
from abm.results import wording

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

SEEDS = 2


def run(targets: Targets, out: Path, **how: Any) -> "list[Ensemble]":
    """The runs of each limiting case at the defaults but for what it sets, each in a folder of its own.

    how     workers, serial and progress of `abm.sweep`
    """
    from abm.sweeps.scheduler import sweep

    made = []
    for number, one in enumerate(targets.file.limit, 1):
        more = {"regimes": (one.regime,), "keep": one.columns, "set": one.set, "seeds": SEEDS}
        made.append(sweep(targets.spec(f"limit-{number}", **more), out / f"limit-{number}", **how))
    return made


def blocks(limits: Sequence[Limit], found: "Sequence[Ensemble]", until: str) -> list[str]:
    """The cases for a page: what must come out, and what does over all seeds."""
    rows = []
    for one, runs in zip(limits, found, strict=True):
        values = one.of(runs, until)
        low, high = (wording.number(float(end)) for end in (np.min(values), np.max(values)))
        passes = bool(np.all(np.abs(values - one.must) <= one.within))
        shown = low if low == high else f"{low} to {high}"
        sets = ", ".join(f"`{name} = {value}`" for name, value in one.set.items())
        case = ", ".join(filter(None, [f"`{one.regime}`", sets]))
        word = "yes" if passes else "**no**"
        rows.append([one.title, case, one.quantity, f"{one.must:g}", shown, word])
    return [
        pages.table("Case | Law and inputs | Quantity | must be | is | holds", rows),
        f"Over {wording.count(SEEDS, 'seed')} each. Cases that change a firm and no input (one vendor, nothing on sale)"
        " are [tests](../tests/test_directions.py). That months agree to 1e-9 with a plain month of one object an"
        " agent, from states out of running markets, is [another](../tests/reference/test_docking.py).",
    ]
