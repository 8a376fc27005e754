"""Many runs as one value: metrics by run and month, with what is needed to repeat them."""

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray
from numpy.typing import NDArray

from abm.ensembles import NONE
from abm.foundation.chance import seeds_of
from abm.foundation.dates import span
from abm.foundation.errors import InputError, listed, path_of, raise_all, shorten
from abm.foundation.parameters import Parameters
from abm.law.regime import Regime, load_regime
from abm.results import cube, draws, files, headlines
from abm.results.draws import Drawn
from abm.results.progress import bar
from abm.results.series import Series, band_for, known
from abm.results.wording import count, split
from abm.runs.run import Array, Months, Run
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate

SCALARS = (str, bool, int, float, np.generic)
LARGE = 1e300


PATH = 300
"""Letters of a path that a message tells."""


class Ensemble:
    """Runs of one or several regimes: metrics by run and month, with what is needed to repeat them.

    source  a list of Run, or a wide frame with one row a run and month
    runs    with a frame: one row a run, holding regime, seed, key and the factors a sweep varied (names with a dot);
            linked to the frame by a column `run` or `key`, else by regime and seed
    units   unit of each column; by default as declared in abm.runs.metrics
    drawn   where parameters come from that nobody set; None where that is not known
    data    (column, run, month) labelled array; its runs carry regime, seed, key, seconds and factors
    """

    def __init__(
        self,
        source: Iterable[Run] | pd.DataFrame,
        runs: pd.DataFrame | None = None,
        units: Mapping[str, str] | None = None,
        drawn: Drawn | None = None,
    ) -> None:
        self.drawn = drawn
        self.scenarios: tuple[dict[str, Any], ...] = ()
        self.flows: pd.DataFrame | None = None
        self.versions: dict[str, str] = {}
        if isinstance(source, pd.DataFrame):
            self.data = cube.of_wide(source, runs)
        else:
            each = list(source)
            self.data = cube.of_runs(each, drawn.names if drawn else frozenset())
            self.flows = cube.flows_of(each)
            self.scenarios = tuple(run.scenario for run in each)
        self.units = dict(units) if units is not None else cube.units_of(self.columns)

    def __repr__(self) -> str:
        size = f"{count(len(self), 'run')} of {count(len(self.regimes), 'regime')}"
        return f"Ensemble({size}, {count(len(self.columns), 'column')}, {span(self.months)})"

    def __len__(self) -> int:
        return self.data.sizes["run"]

    def __contains__(self, name: str) -> bool:
        return isinstance(name, str) and bool(self._parts(name))

    def __getitem__(self, name: str) -> Series:
        """A metric, one of its parts "metric[key]", or the sum of all its parts "metric[*]"."""
        parts = self._parts(name) if isinstance(name, str) else []
        if not parts:
            known("metric", [name], self.columns)
        values, runs = self.data.sel(column=parts).sum("column", skipna=False), self.runs
        if self.drawn:
            runs = runs.assign(draw=[self.drawn.seeds[str(seed)] for seed in runs["seed"]])
        return Series(name, self.units.get(parts[0], ""), self.months, values.to_numpy(), runs, self.key)

    def _parts(self, name: str) -> list[str]:
        """The column of that name, or all that "metric[*]" sums."""
        if name in self.data.indexes["column"]:
            return [name]
        return [column for column in self.columns if name.endswith("[*]") and column.startswith(name[:-2])]

    @property
    def columns(self) -> dict[str, Array]:
        """The (runs, months) values of each column, "metric" or "metric[key]"."""
        return dict(zip(self.data.indexes["column"], self.data.to_numpy(), strict=True))

    @property
    def months(self) -> Months:
        """The months, ascending."""
        return self.data["month"].to_numpy().astype("datetime64[M]")

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run: regime, seed, key, seconds and the factors a sweep varied."""
        return cube.runs_of(self.data)

    @property
    def regimes(self) -> tuple[str, ...]:
        """Regimes in the order in which they were given."""
        return tuple(dict.fromkeys(self.data["regime"].to_numpy()))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds, ascending."""
        return tuple(sorted({int(seed) for seed in self.data["seed"].to_numpy()}))

    @property
    def factors(self) -> tuple[str, ...]:
        """Parameters and levers that a sweep varied: columns of `runs`."""
        return tuple(str(name) for name in self.data.coords if "." in str(name))

    @property
    def sources(self) -> list[str]:
        """Where parameters come from that nobody set, as a line for a table; none where that is not known."""
        return [self.drawn.note(self.seeds)] if self.drawn is not None else []

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics held, without keys."""
        return tuple(dict.fromkeys(split(column)[0] for column in self.columns))

    @property
    def key(self) -> str:
        """Hash of the keys of all runs: names this set of runs, whatever their order."""
        return hashlib.sha256("\n".join(sorted(map(str, self.data["key"].to_numpy()))).encode()).hexdigest()[:10]

    @property
    def frame(self) -> pd.DataFrame:
        """Wide frame: index (regime, seed, month), ascending; one column a metric or part."""
        frame = cube.wide(self.data).drop(columns="run").assign(month=np.tile(self.months, len(self)))
        return frame.set_index(["regime", "seed", "month"]).sort_index()

    def where(self, **choices: object) -> Self:
        """Runs that match: `where(regime="hbm_relief", **{"demand.theta": [1.5, 2.0]})`.

        Each choice is a value of regime, seed or a factor, or a list of values of which one must match.
        """
        return self.taken(self.rows_where(**choices))

    def rows_where(self, **choices: object) -> NDArray[np.intp]:
        """The places of those runs."""
        known("column of runs", list(choices), ["regime", "seed", *self.factors])
        runs, mask = self.runs, np.ones(len(self), dtype=bool)
        for name, wanted in choices.items():
            options = list(wanted) if isinstance(wanted, (list, tuple, set, range, np.ndarray)) else [wanted]
            if not all(one is None or isinstance(one, SCALARS) for one in options):
                raise InputError(f"{name} = {shorten(wanted)}: a value, or a list of values, is wanted")
            mask &= np.logical_or.reduce([_equals(runs[name], one) for one in options] or [~mask])
        return np.flatnonzero(mask)

    def groups(self, factor: str) -> "dict[Any, Self]":
        """Split by the values of a factor, in ascending order."""
        known("factor", [factor], ["regime", "seed", *self.factors])
        return {value: self.where(**{factor: value}) for value in sorted(self.runs[factor].dropna().unique())}

    def taken(self, rows: NDArray[np.intp]) -> Self:
        """The ensemble of some rows of `runs`."""
        part = copy.copy(self)
        part.data = self.data.isel(run=rows)
        part.scenarios = tuple(self.scenarios[row] for row in rows) if self.scenarios else ()
        if self.flows is not None:
            pairs = pd.MultiIndex.from_frame(part.runs[["regime", "seed"]])
            part.flows = self.flows[pd.MultiIndex.from_frame(self.flows[["regime", "seed"]]).isin(pairs)]
        return part

    def tidy(self) -> pd.DataFrame:
        """Long frame: regime, seed, month (YYYY-MM), metric, key, value, unit, and the factors of a sweep."""
        return cube.tidy(self.data, self.units)

    def to_xarray(self) -> xarray.Dataset:
        """A variable a metric over regime, seed and month (over run and month when a sweep varied factors)."""
        return cube.dataset(self.data, self.units)

    def save(self, folder: Path | str, kind: str = "") -> Path:
        """Write metrics.csv (tidy), metrics.parquet (wide), flows.parquet and run.json into a folder, all or none.

        kind  what they are, by the names of abm.results.kinds; by default a run, or of several regimes a comparison

        InputError where the folder cannot be written, or holds another kind of results.
        """
        about = {
            "set": self.key,
            "versions": self.versions or files.versions(),
            "regimes": list(self.regimes),
            "seeds": list(self.seeds),
            "months": [str(month) for month in (*self.months[:1], *self.months[-1:])],
            "units": self.units,
            "drawn": vars(self.drawn) if self.drawn is not None else None,
            **files.runs_as_json(self.runs, self.scenarios),
        }
        folder = Path(folder)
        kind = kind or ("comparison" if len(self.regimes) > 1 else "run")
        files.save(folder, files.Stored(about, cube.wide(self.data), self.flows), self.tidy(), kind)
        return folder

    def headline(self) -> pd.DataFrame:
        """The headline lines at the horizon: line, regime, median, low, high, unit, when."""
        rows: list[dict[str, Any]] = []
        for line in headlines.lines_of(self) if len(self.months) else []:
            outcome = headlines.reading(self, line)
            scale, median, band = outcome.scale(), outcome.median().iloc[-1], outcome.band()
            for regime in outcome.regimes:
                low, high = (band[regime].iloc[-1] / scale.divisor) if band is not None else (np.nan, np.nan)
                numbers = {"median": scale.of(float(median[regime])), "low": low, "high": high}
                rows.append(headlines.about(outcome, regime, scale.label) | numbers)
        return pd.DataFrame(rows, columns=["line", "regime", "median", "low", "high", "unit", "when"])

    def table(self, width: int | None = None) -> str:
        """The headline lines as aligned plain text, for a terminal."""
        frame, size = self.headline(), f"{self!r}, set {self.key}"
        if frame.empty:
            return headlines.printed([size, "no headline metric to show"], [], width)
        band = band_for(len(self) // len(self.regimes))
        notes = [size, *self.sources, f"medians at {self.months[-1]}; {headlines.WINDOWS}"]
        return headlines.level_table(frame, notes, band.words if band else "", width)


def load(folder: Path | str) -> Ensemble:
    """Read back what `Ensemble.save` wrote: the same runs, units, scenarios, flows and versions."""
    about, wide, flows = files.read(path_of(folder, "folder"))
    try:
        runs = pd.DataFrame(about["runs"], columns=about["columns"]).astype({"seconds": float})
        drawn = Drawn(**about["drawn"]) if about.get("drawn") else None
        ensemble = Ensemble(wide, runs.assign(run=range(len(runs))), about["units"], drawn)
        placed = zip(about["scenario_of_run"], runs["seed"], strict=True) if about["scenarios"] else ()
        ensemble.scenarios = tuple(about["scenarios"][place] | {"seed": seed} for place, seed in placed)
        ensemble.versions, ensemble.flows = about["versions"], flows
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
        words = f"{type(fault).__name__}: {fault}"
        raise InputError(f"{Path(folder) / 'run.json'}: is damaged ({words}); {files.AGAIN}") from None
    return ensemble


def run(
    regime: str | Regime,
    seeds: Any = 20,
    until: str = "2030-12",
    sets: Mapping[str, Any] | None = None,
    progress: bool = False,
    agents: Mapping[str, str | type] | None = None,
    flows: bool = False,
    ensemble: str = NONE,
) -> Ensemble:
    """Simulate one regime for several seeds, at the defaults unless an ensemble is named.

    seeds   a number N means seeds 0 to N-1; else several seeds, each a whole number, a generator or None for a fresh
            one, or a single one of the last two (`abm.foundation.chance.seeds_of`)
    sets    `group.name` of a parameter, or `law.<lever>[<scope>]@<date>`, and its value
    agents  by type (`labs`), the subclass that takes its place, or its import path `module:Class`
    flows   whether to keep every transfer of goods and money
    ensemble  table of draws of parameters, by name or path: each seed takes one; `sets` go before it. "none" is no
            table: what is not set is at its default
    errors  InputError for all that is wrong, before the first run
    """
    return simulate_all(regimes_of([regime]), seeds, until, sets, progress, agents, flows, ensemble)


def regimes_of(given: Iterable[str | Path | Regime]) -> list[Regime]:
    """Regimes by names, by paths or as they are; InputError where two have one name, by which runs are told apart."""
    each = listed(given, "regimes")
    found = [one if isinstance(one, Regime) else load_regime(one) for one in each]
    names, faults = [one.name for one in found], []
    for place, name in enumerate(names):
        if (other := names.index(name)) < place:
            first, second = (
                shorten(one if isinstance(one, Regime) else str(one), PATH) for one in (each[other], each[place])
            )
            way = f"write another name = in {second}" if str(each[place]).endswith(".toml") else "leave one out"
            way = "name one by abm.law.regime.compose(it, name=)" if isinstance(each[place], Regime) else way
            faults.append(f"two regimes are named {shorten(name)}, {first} and {second}: {way}")
    raise_all(faults)
    return found


def simulate_all(
    regimes: Sequence[Regime],
    seeds: Any,
    until: str,
    sets: Mapping[str, Any] | None,
    progress: bool,
    agents: Mapping[str, str | type] | None,
    flows: bool,
    ensemble: str,
) -> Ensemble:
    """Simulate each regime with each seed, checking every scenario before the first run."""
    numbers = seeds_of(seeds)
    first = [Scenario.of(one, seed=numbers[0], until=until, sets=sets, agents=agents) for one in regimes]
    taken = draws.drawn(ensemble, numbers, sets or {})
    scenarios = [with_draw(one, seed, taken) for seed in numbers for one in first]
    runs: list[Run] = []
    with bar(len(scenarios), show=progress) as shown:
        for scenario in scenarios:
            runs.append(simulate(scenario, flows=flows))
            shown.draw(len(runs))
    return Ensemble((run for place in range(len(regimes)) for run in runs[place :: len(regimes)]), drawn=taken)


def with_draw(scenario: Scenario, seed: int, taken: Drawn) -> Scenario:
    """The scenario with another seed, and with what that seed takes from an ensemble."""
    parameters = Parameters.of({**scenario.parameters.changed(), **taken.of(seed)}) if taken else scenario.parameters
    return replace(scenario, seed=seed, parameters=parameters)


def _equals(column: "pd.Series[Any]", wanted: Any) -> NDArray[np.bool_]:
    """Rows whose value is the one wanted; floats up to rounding."""
    number = wanted.item() if isinstance(wanted, np.generic) else wanted
    text = isinstance(column.dtype, pd.StringDtype)
    if isinstance(number, int | float) and (text or abs(number) > LARGE):
        return np.zeros(len(column), dtype=bool)
    if isinstance(number, int | float) and pd.api.types.is_numeric_dtype(column):
        return np.isclose(column.to_numpy(dtype=float), number, rtol=1e-9, atol=1e-12)
    return (column == wanted).to_numpy()
