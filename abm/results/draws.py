"""Ensembles of parameters: tables of weighted draws, of which each seed takes one, the same in every regime."""

from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from abm.foundation.errors import InputError, nearest, raise_all
from abm.foundation.files import text_of
from abm.foundation.parameters import Parameters, declarations

type Draw = Mapping[str, float | int]

FOLDER = Path(__file__).parents[1] / "ensembles"
GOLDEN = (5**0.5 - 1) / 2


def shipped() -> list[str]:
    """Names of the ensembles that come with the model."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def draw_of(ensemble: str, seed: int) -> Draw:
    """The parameters that a seed takes from an ensemble.

    Seeds go through the cumulated weights in steps of the golden ratio, so that any number of seeds in a row stands for
    the whole, and a seed keeps its draw when more are added.
    """
    table = read(ensemble)
    place = int(np.searchsorted(np.cumsum(table["weight"]), ((seed + 0.5) * GOLDEN) % 1.0 * table["weight"].sum()))
    row = table.iloc[min(place, len(table) - 1)]
    kinds = declarations()
    return {name: int(row[name]) if kinds[name].kind == "int" else float(row[name]) for name in table.columns[2:]}


@lru_cache(maxsize=8)
def read(ensemble: str) -> pd.DataFrame:
    """A table of draws by its name, or from a CSV file: draw, weight, and a column a parameter; InputError if wrong."""
    path = Path(ensemble) if ensemble.endswith(".csv") else FOLDER / f"{ensemble}.csv"
    if not path.is_file():
        raise InputError(f"no ensemble {ensemble!r}{nearest(ensemble, shipped())} (or the path of a .csv file)")
    try:
        table = pd.read_csv(StringIO(text_of(path, most=None)))
    except InputError:
        raise
    except ValueError as fault:
        raise InputError(f"{path}: not a table of draws ({fault})") from None
    raise_all(_faults(table), heading=f"{path}:")
    return table


def _faults(table: pd.DataFrame) -> list[str]:
    """What is wrong with a table of draws."""
    if list(table.columns[:2]) != ["draw", "weight"] or len(table.columns) < 3 or not len(table):
        return ["columns draw, weight and one a parameter are wanted, and at least one row"]
    known = declarations()
    found = [f"no parameter {name!r}{nearest(name, known)}" for name in table.columns[2:] if name not in known]
    weights = pd.to_numeric(table["weight"], errors="coerce")
    if not (weights >= 0).all() or not weights.sum() > 0 or not np.isfinite(weights).all():
        found.append("weight: numbers from 0 up are wanted, not all 0")
    if found:
        return found
    for name in table.columns[2:]:
        for end in (table[name].min(), table[name].max()):
            try:
                Parameters.of({name: int(end) if known[name].kind == "int" else end})
            except (InputError, ValueError) as fault:
                found.append(str(fault).strip())
    return found
