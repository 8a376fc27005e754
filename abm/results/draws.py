"""Ensembles of parameters: tables of weighted draws, of which each seed takes one, the same in every regime."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from abm.ensembles import NONE, USUAL
from abm.foundation.errors import InputError, nearest, raise_all, shorten
from abm.foundation.files import text_of
from abm.foundation.parameters import Parameters, declarations

type Draw = Mapping[str, float | int]

FOLDER = Path(__file__).parents[1] / "ensembles"
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Drawn:
    """Where runs have those parameters from that nobody sets; plain values, so that JSON can hold it.

    ensemble  name or path of the table of draws; "none" for the defaults
    size      draws in the table
    rows      the draws that are taken, by their place in the table
    seeds     that place, by seed
    """

    ensemble: str = NONE
    size: int = 0
    rows: Mapping[str, Draw] = field(default_factory=dict)
    seeds: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.ensemble != NONE

    def of(self, seed: int) -> Draw:
        """What a seed takes."""
        return self.rows[self.seeds[str(seed)]] if self else {}

    @property
    def names(self) -> frozenset[str]:
        """The parameters that are drawn."""
        return frozenset(name for row in self.rows.values() for name in row)

    def words(self, seeds: Iterable[int]) -> str:
        """What some seeds take, in words."""
        if not self:
            return "the defaults"
        taken = len({self.seeds[str(seed)] for seed in seeds})
        name = shorten(self.ensemble, 60)
        return f"{taken} of the {self.size} draws of the ensemble {name}, one a seed"

    def note(self, seeds: Iterable[int]) -> str:
        """The same as a line of its own, with how to have the other."""
        other = f"--ensemble {NONE} for the defaults" if self else f"--ensemble {USUAL} draws them"
        return f"parameters: {self.words(seeds)}; {other}"


def shipped() -> list[str]:
    """Names of the ensembles that come with the model."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def drawn(ensemble: str, seeds: Iterable[int], own: Collection[str] = ()) -> Drawn:
    """What each seed takes from an ensemble, without the parameters that are set otherwise; "none" is no ensemble."""
    if ensemble == NONE:
        return Drawn()
    places = {str(seed): str(place_of(ensemble, seed)) for seed in seeds}
    rows = {place: row_of(ensemble, int(place)) for place in dict.fromkeys(places.values())}
    kept = {place: {name: value for name, value in row.items() if name not in own} for place, row in rows.items()}
    return Drawn(ensemble, len(read(ensemble)), kept, places)


def draw_of(ensemble: str, seed: int) -> Draw:
    """The parameters that a seed takes from an ensemble."""
    return row_of(ensemble, place_of(ensemble, seed))


def place_of(ensemble: str, seed: int) -> int:
    """The row that a seed takes.

    Seeds go through the cumulated weights in steps of the golden ratio, so that any number of seeds in a row stands for
    the whole, and a seed keeps its draw when more are added.
    """
    weights = read(ensemble)["weight"].to_numpy(dtype=float)
    place = np.searchsorted(np.cumsum(weights), ((seed + 0.5) * GOLDEN) % 1.0 * weights.sum())
    return min(int(place), len(weights) - 1)


def row_of(ensemble: str, place: int) -> Draw:
    """The parameters in a row of a table."""
    row, kinds = read(ensemble).iloc[place], declarations()
    return {name: int(row[name]) if kinds[name].kind == "int" else float(row[name]) for name in row.index[2:]}


@lru_cache(maxsize=8)
def read(ensemble: str) -> pd.DataFrame:
    """A table of draws by its name, or from a CSV file: draw, weight, and a column a parameter; InputError if wrong."""
    path = Path(ensemble) if ensemble.endswith(".csv") else FOLDER / f"{ensemble}.csv"
    if not os.path.isfile(path):
        known = [*shipped(), NONE]
        raise InputError(
            f"no ensemble {shorten(ensemble)}{nearest(ensemble, known)}; one of {', '.join(known)}, or a .csv file"
        )
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
