"""Between runs and tables: stack runs into arrays, read wide frames, write tidy frames and labelled arrays."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from abm.foundation.errors import InputError
from abm.results.wording import split
from abm.runs.run import Array, Months

if TYPE_CHECKING:
    import xarray

    from abm.results.ensemble import Ensemble
    from abm.runs.run import Run

TIDY = ("regime", "seed", "month", "metric", "key", "value", "unit")
PLAIN = ("regime", "seed", "key", "seconds")


class Parts(NamedTuple):
    """What an ensemble is made of."""

    months: Months
    columns: dict[str, Array]
    runs: pd.DataFrame
    scenarios: tuple[dict[str, Any], ...]
    flows: pd.DataFrame | None


def of_runs(runs: "list[Run]") -> Parts:
    """Stack runs: (runs, T) arrays over the union of their months, NaN where a run lacks a month or a column."""
    months = _union(run.months for run in runs)
    names = dict.fromkeys(name for run in runs for name in run.columns)
    columns = {name: np.full((len(runs), len(months)), np.nan) for name in names}

    for row, run in enumerate(runs):
        places = np.searchsorted(months, run.months)
        for name, values in run.columns.items():
            columns[name][row, places] = values

    table = pd.DataFrame([(run.label, run.seed, run.key, run.seconds) for run in runs], columns=list(PLAIN))
    scenarios = tuple(run.scenario for run in runs)
    table = _settings(table, scenarios)
    _refuse_twins(table)
    return Parts(months, columns, table, scenarios, _flows(runs))


def of_wide(wide: pd.DataFrame, runs: pd.DataFrame | None = None) -> Parts:
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
    skipped = {"month", "run", *PLAIN, *table.columns}
    columns = {}
    for name in wide.columns:
        if name not in skipped and pd.api.types.is_numeric_dtype(wide[name]):
            columns[str(name)] = np.full((len(table), len(months)), np.nan)
            columns[str(name)][rows, places] = wide[name].to_numpy(dtype=float)
    return Parts(months, columns, _runs_table(table), (), None)


def units_of(columns: Iterable[str]) -> dict[str, str]:
    """The unit of each column as declared in abm.runs.metrics; empty where a metric is not declared."""
    from abm.runs.metrics import METRICS

    declared = {name: metric.unit for name, metric in METRICS.items()}
    return {column: declared.get(split(column)[0], "") for column in columns}


def tidy(ensemble: "Ensemble") -> pd.DataFrame:
    """Long frame with the columns of TIDY, and the factors a sweep varied after them; `month` is text, YYYY-MM."""
    runs, months, names = ensemble.runs, [str(month) for month in ensemble.months], list(ensemble.columns)
    columns, rows, times = len(names), len(runs), len(months)
    pairs = [split(name) for name in names]
    value = np.concatenate([ensemble.columns[name].ravel() for name in names] or [np.empty(0)])

    def per_column(values: list[str]) -> pd.Categorical:
        return _spread(values, 1, rows * times)

    def per_run(name: str) -> pd.Categorical:
        return _spread(runs[name].tolist(), columns, times)

    frame = {
        "regime": per_run("regime"),
        "seed": np.tile(runs["seed"].to_numpy(dtype=np.int64).repeat(times), columns),
        "month": _spread(months, columns * rows, 1),
        "metric": per_column([metric for metric, _ in pairs]),
        "key": per_column([key for _, key in pairs]),
        "value": np.where(np.isfinite(value), value, np.nan),
        "unit": per_column([ensemble.units.get(name, "") for name in names]),
    }
    factors = {name: np.tile(runs[name].repeat(times).to_numpy(), columns) for name in ensemble.factors}
    return pd.DataFrame(frame | factors)


def wide(ensemble: "Ensemble") -> pd.DataFrame:
    """One row a run and month: run (its place in the runs table), regime, seed, month (YYYY-MM), metrics."""
    count = len(ensemble.months)
    labels = {
        "run": np.arange(len(ensemble.runs)).repeat(count),
        "regime": ensemble.runs["regime"].repeat(count).to_numpy(),
        "seed": ensemble.runs["seed"].repeat(count).to_numpy(),
        "month": np.tile([str(month) for month in ensemble.months], len(ensemble.runs)),
    }
    return pd.DataFrame(labels | {name: values.ravel() for name, values in ensemble.columns.items()})


def to_xarray(ensemble: "Ensemble") -> "xarray.Dataset":
    """Dataset over regime x seed x month, or over run x month where a sweep varied factors.

    The parts of a metric lie along a dimension `<metric>_key`.
    """
    import xarray

    labels = ensemble.runs[["regime", "seed", *ensemble.factors]]
    across: dict[str, Any] = {name: ("run", labels[name].to_numpy()) for name in labels.columns}
    months = ensemble.months.astype("datetime64[ns]")
    data = {metric: _labelled(ensemble, metric) for metric in ensemble.metrics}
    dataset = xarray.Dataset(data, coords={**across, "month": months})
    if ensemble.factors or not len(labels):
        return dataset
    order = {"regime": list(ensemble.regimes), "seed": list(ensemble.seeds)}
    square = dataset.set_index(run=["regime", "seed"]).unstack("run").reindex(order)
    return square.transpose("regime", "seed", "month", ...)


def _labelled(ensemble: "Ensemble", metric: str) -> "xarray.DataArray":
    """One metric over run x month, and over its keys where it has parts."""
    import xarray

    parts = {key: name for name in ensemble.columns for found, key in [split(name)] if found == metric}
    stack = np.stack([ensemble.columns[name] for name in parts.values()], axis=-1)
    attributes = {"unit": ensemble.units.get(next(iter(parts.values())), "")}
    if "" in parts:
        return xarray.DataArray(stack[..., 0], dims=("run", "month"), attrs=attributes)
    keys = f"{metric}_key"
    return xarray.DataArray(stack, dims=("run", "month", keys), coords={keys: list(parts)}, attrs=attributes)


def _spread(values: list[Any], outer: int, inner: int) -> pd.Categorical:
    """Each value `inner` times, and all of that `outer` times, stored as categories."""
    categories = list(dict.fromkeys(values))
    codes = pd.Index(categories).get_indexer(pd.Index(values))
    return pd.Categorical.from_codes(np.tile(codes.repeat(inner), outer), pd.Index(categories))


def _runs_table(table: pd.DataFrame) -> pd.DataFrame:
    """Regime, seed, key, seconds, and the factors, which have a dot in their name; two runs must not be alike."""
    fill = {name: value for name, value in (("key", ""), ("seconds", np.nan)) if name not in table}
    kept = table.assign(**fill)[[*PLAIN, *(name for name in table.columns if "." in name)]]
    _refuse_twins(kept)
    return kept


def _union(each: Iterable[Months]) -> Months:
    """All months of all runs, ascending."""
    found = [np.asarray(months, dtype="datetime64[M]") for months in each]
    return np.unique(np.concatenate(found)) if found else np.array([], dtype="datetime64[M]")


def _settings(table: pd.DataFrame, scenarios: tuple[dict[str, Any], ...]) -> pd.DataFrame:
    """Add a column for each parameter whose value differs between the runs' scenarios; empty means the default."""
    each = [scenario.get("parameters") or {} for scenario in scenarios]
    names = sorted({name for parameters in each for name in parameters})
    for name in names:
        values = [parameters.get(name) for parameters in each]
        if any(value != values[0] for value in values):
            table[name] = values
    return table


def _refuse_twins(table: pd.DataFrame) -> None:
    """Two runs that share regime, seed and every factor cannot be told apart."""
    names = ["regime", "seed", *(name for name in table.columns if "." in name)]
    twins = table[table.duplicated(names)]
    if len(twins):
        first = twins.iloc[0]
        raise InputError(f"runs: regime {first['regime']!r} has seed {first['seed']} more than once, all factors alike")


def _flows(runs: "list[Run]") -> pd.DataFrame | None:
    """The flows of all runs, labelled by regime and seed; None when no run kept them."""
    kept = []
    for run in runs:
        if run.flows is not None:
            frame = run.flows.drop(columns=["regime", "seed"], errors="ignore")
            frame.insert(0, "regime", run.label)
            frame.insert(1, "seed", run.seed)
            kept.append(frame)
    return pd.concat(kept, ignore_index=True) if kept else None


def _link(wide: pd.DataFrame, runs: pd.DataFrame | None) -> list[str]:
    """The columns by which a wide frame's rows find their run."""
    links = (["run"], ["key"], ["regime", "seed"]) if runs is not None else (["regime", "seed"],)
    for link in links:
        if set(link) <= set(wide.columns) and (runs is None or set(link) <= set(runs.columns)):
            return link
    raise InputError("wide frame: no column 'run' or 'key', nor 'regime' and 'seed', shared with the runs table")
