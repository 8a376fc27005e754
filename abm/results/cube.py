"""The labelled array behind an ensemble: made from runs or from a wide frame, turned into tables and datasets.

A cube has the axes (column, run, month). Its runs carry regime, seed, key, seconds and the factors of a sweep.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray

from abm.foundation.errors import InputError
from abm.results.wording import split
from abm.runs.metrics import METRICS
from abm.runs.run import Array, Months, Run

TIDY = ("regime", "seed", "month", "metric", "key", "value", "unit")
PLAIN = ("regime", "seed", "key", "seconds")


def of_runs(runs: Sequence[Run], drawn: Collection[str] = ()) -> xarray.DataArray:
    """Stack runs over the union of their months and columns, NaN where a run lacks a month or a column.

    drawn   parameters that go with the seed, which are no factors
    """
    columns = list(dict.fromkeys(name for run in runs for name in run.columns))
    months = np.unique(np.concatenate([np.array([], "datetime64[M]"), *(run.months for run in runs)]))
    values = np.full((len(columns), len(runs), len(months)), np.nan)
    place = {name: number for number, name in enumerate(columns)}

    for number, run in enumerate(runs):
        when = np.searchsorted(months, run.months)
        for name, course in run.columns.items():
            values[place[name], number, when] = course

    table = pd.DataFrame([(run.label, run.seed, run.key, run.seconds) for run in runs], columns=list(PLAIN))
    return labelled(values, columns, months, table.assign(**_settings(runs, drawn)))


def of_wide(wide: pd.DataFrame, runs: pd.DataFrame | None = None) -> xarray.DataArray:
    """Read a wide frame, one row a run and month, with its table of runs; columns that are not numbers are left out."""
    wide = wide if "month" in wide.columns else wide.reset_index()
    link = _link(wide, runs)
    table = wide[link].drop_duplicates().reset_index(drop=True) if runs is None else runs.reset_index(drop=True)
    rows = pd.MultiIndex.from_frame(table[link]).get_indexer(pd.MultiIndex.from_frame(wide[link]))
    if (rows < 0).any():
        missing = wide.loc[rows < 0, link].iloc[0].to_dict()
        raise InputError(f"wide frame: a row belongs to no run of the runs table: {missing}")

    stamps = pd.to_datetime(wide["month"].astype(str)).to_numpy().astype("datetime64[M]")
    months, places = np.unique(stamps, return_inverse=True)
    metrics = wide.drop(columns=["month", "run", *PLAIN, *table.columns], errors="ignore").select_dtypes("number")
    values = np.full((len(metrics.columns), len(table), len(months)), np.nan)
    values[:, rows, places] = metrics.to_numpy(dtype=float).T

    fill = {name: value for name, value in (("key", ""), ("seconds", np.nan)) if name not in table}
    return labelled(values, [str(name) for name in metrics.columns], months, table.assign(**fill))


def labelled(values: Array, columns: Sequence[str], months: Months, runs: pd.DataFrame) -> xarray.DataArray:
    """A cube from its values and labels; two runs that share regime, seed and every factor are refused."""
    factors = [name for name in runs.columns if "." in name]
    repeated = runs[runs.duplicated(["regime", "seed", *factors])]
    if len(repeated):
        first = repeated.iloc[0]
        raise InputError(f"runs: regime {first['regime']!r} has seed {first['seed']} more than once, all factors alike")
    coords: dict[str, Any] = {name: ("run", runs[name].to_numpy()) for name in (*PLAIN, *factors)}
    coords |= {"column": np.array(columns, dtype=object), "month": months.astype("datetime64[s]")}
    return xarray.DataArray(values, coords, ("column", "run", "month"))


def runs_of(cube: xarray.DataArray) -> pd.DataFrame:
    """One row a run: regime, seed, key, seconds and the factors."""
    return pd.DataFrame({str(name): one.to_numpy() for name, one in cube.coords.items() if one.dims == ("run",)})


def flows_of(runs: Iterable[Run]) -> pd.DataFrame | None:
    """The flows of all runs, labelled by regime and seed; None when no run kept them."""
    kept = []
    for run in runs:
        if run.flows is not None:
            frame = run.flows.drop(columns=["regime", "seed"], errors="ignore")
            frame.insert(0, "regime", run.label)
            frame.insert(1, "seed", run.seed)
            kept.append(frame)
    return pd.concat(kept, ignore_index=True) if kept else None


def units_of(columns: Iterable[str]) -> dict[str, str]:
    """The unit of each column as declared in abm.runs.metrics; empty where a metric is not declared."""
    declared = {name: metric.unit for name, metric in METRICS.items()}
    return {column: declared.get(split(column)[0], "") for column in columns}


def wide(cube: xarray.DataArray) -> pd.DataFrame:
    """One row a run and month: run (its place in the runs table), regime, seed, month (YYYY-MM), metrics."""
    columns, runs, months = cube.shape
    labels = {
        "run": np.arange(runs).repeat(months),
        "regime": cube["regime"].to_numpy().repeat(months),
        "seed": cube["seed"].to_numpy().repeat(months),
        "month": np.tile(month_names(cube), runs),
    }
    metrics = pd.DataFrame(cube.to_numpy().reshape(columns, runs * months).T, columns=cube.indexes["column"])
    return pd.concat([pd.DataFrame(labels), metrics], axis=1)


def tidy(cube: xarray.DataArray, units: Mapping[str, str]) -> pd.DataFrame:
    """Long frame with the columns of TIDY, and the factors a sweep varied after them; `month` is text, YYYY-MM."""
    column, run, month = (axis.ravel() for axis in np.indices(cube.shape, dtype=np.int32))
    names, runs, values = cube.indexes["column"], runs_of(cube), cube.to_numpy().ravel()
    metrics, keys = zip(*map(split, names), strict=True) if len(names) else ((), ())
    frame = {
        "regime": _spread(runs["regime"], run),
        "seed": runs["seed"].to_numpy(dtype=np.int64)[run],
        "month": _spread(month_names(cube), month),
        "metric": _spread(metrics, column),
        "key": _spread(keys, column),
        "value": np.where(np.isfinite(values), values, np.nan),
        "unit": _spread([units.get(name, "") for name in names], column),
    }
    return pd.DataFrame(frame | {name: runs[name].to_numpy()[run] for name in runs.columns if "." in name})


def dataset(cube: xarray.DataArray, units: Mapping[str, str]) -> xarray.Dataset:
    """A variable a metric over regime x seed x month, or over run x month where a sweep varied factors.

    The parts of a metric lie along a dimension `<metric>_key`.
    """
    parts: dict[str, dict[str, str]] = {}
    for name in cube.indexes["column"]:
        metric, key = split(name)
        parts.setdefault(metric, {})[key] = name

    found = {}
    for metric, names in parts.items():
        one = cube.sel(column=list(names.values())).assign_coords(column=list(names))
        one = one.isel(column=0, drop=True) if "" in names else one.rename(column=f"{metric}_key")
        found[metric] = one.drop_vars(["key", "seconds"]).assign_attrs(unit=units.get(next(iter(names.values())), ""))

    together = xarray.Dataset(found).transpose("run", "month", ...)
    runs = runs_of(cube)
    if any("." in name for name in runs.columns) or not len(runs):
        return together
    order = {"regime": runs["regime"].unique(), "seed": np.unique(runs["seed"])}
    square = together.set_index(run=["regime", "seed"]).unstack("run").reindex(order)
    return square.transpose("regime", "seed", "month", ...)


def month_names(cube: xarray.DataArray) -> list[str]:
    """The months as text, YYYY-MM."""
    return [str(month) for month in cube["month"].to_numpy().astype("datetime64[M]")]


def _spread(labels: Iterable[Any], places: "np.ndarray[Any, np.dtype[np.int32]]") -> pd.Categorical:
    """The label at each place, stored as categories."""
    codes, categories = pd.factorize(np.array(list(labels), dtype=object))
    return pd.Categorical.from_codes(codes[places], pd.Index(categories))


def _settings(runs: Sequence[Run], drawn: Collection[str]) -> dict[str, list[Any]]:
    """A column for each parameter whose value differs between the runs' scenarios; empty means the default."""
    each = [run.scenario.get("parameters") or {} for run in runs]
    names = sorted({name for parameters in each for name in parameters if name not in drawn})
    columns = {name: [parameters.get(name) for parameters in each] for name in names}
    return {name: values for name, values in columns.items() if any(value != values[0] for value in values)}


def _link(wide: pd.DataFrame, runs: pd.DataFrame | None) -> list[str]:
    """The columns by which a wide frame's rows find their run."""
    links = (["run"], ["key"], ["regime", "seed"]) if runs is not None else (["regime", "seed"],)
    for link in links:
        if set(link) <= set(wide.columns) and (runs is None or set(link) <= set(runs.columns)):
            return link
    raise InputError("wide frame: no column 'run' or 'key', nor 'regime' and 'seed', shared with the runs table")
