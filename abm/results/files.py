"""Ensembles on disk: tidy CSV, wide Parquet, flows, and run.json with all that is needed to repeat the runs."""

import hashlib
import io
import json
import math
import platform
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from abm.foundation.errors import InputError
from abm.foundation.files import current, read_current, reason, replacing, together
from abm.foundation.version import code_version, data_version
from abm.results.kinds import FORMAT, about_of, claim

NAMES = ("metrics.csv", "metrics.parquet", "flows.parquet", "run.json")
AGAIN = "give the command that wrote it again"
PATIENCE = 0.3
SPECIAL = frozenset(',"\r\n')  # what makes CSV text need quotes
PACKAGES = ("chip-export-abm", "mesa", "numpy", "pandas", "pyarrow", "scipy", "matplotlib")


class Stored(NamedTuple):
    """A folder of results.

    about  run.json: set, versions, regimes, seeds, months, units, columns, runs, scenario_of_run, scenarios
    wide   one row a run and month, as in metrics.parquet
    flows  transfers of goods and money; None when they were not kept
    """

    about: dict[str, Any]
    wide: pd.DataFrame
    flows: pd.DataFrame | None


def save(folder: Path, stored: Stored, tidy: pd.DataFrame, kind: str) -> None:
    """Write metrics.csv, metrics.parquet, flows.parquet (when kept) and run.json; all of them or none.

    InputError where the folder holds another kind of result, or cannot be written.
    """
    claim(folder, kind)
    with together(folder, NAMES) as fresh:
        write_csv(tidy, fresh / "metrics.csv")
        write_parquet(stored.wide, fresh / "metrics.parquet")
        if stored.flows is not None:
            write_parquet(stored.flows, fresh / "flows.parquet")
        sums = {file.name: checksum(file.read_bytes()) for file in sorted(fresh.iterdir())}
        about = {"format": FORMAT, "kind": kind, **stored.about, "files": sums}
        text = json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(fresh / "run.json", text + "\n")


def read(folder: Path) -> Stored:
    """Read back what `save` wrote; InputError where it is not there, or its files are not of one set."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return read_once(folder)
        except Changed as fault:
            if time.monotonic() > until:
                raise InputError(str(fault)) from None
            time.sleep(0.05)


class Changed(RuntimeError):
    """A file is not of the set that run.json describes: it was replaced meanwhile, or is damaged."""


def read_once(folder: Path) -> Stored:
    """What the folder holds now; Changed when its files are not of one set."""
    about = about_of(folder)
    sums = about.get("files")
    if not isinstance(sums, dict):  # earlier versions wrote none
        sums = {name: "" for name in NAMES if current(folder, name).exists()}
    wide = _read_table(folder, "metrics.parquet", sums)
    return Stored(about, wide, _read_table(folder, "flows.parquet", sums) if "flows.parquet" in sums else None)


def _read_table(folder: Path, name: str, sums: dict[str, str]) -> pd.DataFrame:
    """A table of a set, checked against what run.json says of it."""
    try:
        data = read_current(folder, name)
        if sums[name] not in ("", checksum(data)):
            raise Changed(f"{folder / name}: is not the file that run.json describes; {AGAIN}")
        return pd.read_parquet(io.BytesIO(data))
    except (FileNotFoundError, KeyError):
        raise Changed(f"{folder / name}: is not there, though run.json is; {AGAIN}") from None
    except OSError as fault:
        raise InputError(f"{folder / name}: cannot be read ({reason(fault)})") from None
    except pa.ArrowException as fault:
        raise InputError(f"{folder / name}: is no Parquet file ({fault}); {AGAIN}") from None


def checksum(data: bytes) -> str:
    """The start of the SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()[:16]


def runs_as_json(runs: pd.DataFrame, scenarios: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The table of runs, and each run's scenario: those that differ in more than the seed once, and places in them."""
    common = [{name: value for name, value in scenario.items() if name != "seed"} for scenario in scenarios]
    texts = [json.dumps(scenario, sort_keys=True) for scenario in common]
    distinct = dict(zip(reversed(texts), reversed(common), strict=True))
    order = list(dict.fromkeys(texts))
    return {
        "columns": list(runs.columns),
        "runs": [[_plain(value) for value in row] for row in runs.itertuples(index=False)],
        "scenario_of_run": [order.index(text) for text in texts],
        "scenarios": [distinct[text] for text in order],
    }


def versions() -> dict[str, str]:
    """Versions of the interpreter, the packages, the model's code and its data, as they are now."""
    found = {"python": platform.python_version(), "code": code_version(), "data": data_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV that spreadsheets cannot take for formulas; NaN and infinities become empty cells."""
    with replacing(path) as part, part.open("wb") as file:
        _write_table(frame, file)


def write_text(path: Path, words: str) -> None:
    """Write text as UTF-8."""
    with replacing(path) as part:
        part.write_text(words, encoding="utf-8")


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The same as `write_csv`, in memory."""
    buffer = io.BytesIO()
    _write_table(frame, buffer)
    return buffer.getvalue()


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    with replacing(path) as part:
        pyarrow.parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), part, compression="zstd")


def escape(text: str) -> str:
    """Text that a spreadsheet would take for a formula, made harmless by an apostrophe before it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _safe(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column with harmless text and finite numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([escape(str(one)) for one in column.cat.categories])
    if pd.api.types.is_bool_dtype(column):
        return column
    if pd.api.types.is_numeric_dtype(column):
        return column.where(column.abs() != math.inf) if column.dtype.kind == "f" else column
    return column.map(lambda value: escape(str(value)), na_action="ignore")


def _write_table(frame: pd.DataFrame, file: IO[bytes]) -> None:
    """Write a header, then the rows; text stands in quotes only where some text of the frame needs them."""
    safe = frame.apply(_safe) if len(frame.columns) else frame
    table = pa.Table.from_pandas(safe, preserve_index=False)
    names = [escape(name) for name in table.column_names]
    quoted = ['"' + name.replace('"', '""') + '"' if SPECIAL & set(name) else name for name in names]
    file.write((",".join(quoted) + "\n").encode())
    if table.num_columns:
        style = "needed" if any(SPECIAL & set(text) for text in _texts(safe)) else "none"
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style=style)
        pyarrow.csv.write_csv(table, file, options)


def _texts(frame: pd.DataFrame) -> Iterator[str]:
    """Every different text in a frame."""
    for _, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            yield from map(str, column.cat.categories)
        elif not pd.api.types.is_numeric_dtype(column):
            yield from map(str, column.dropna().unique())


def _plain(value: Any) -> Any:
    """A cell as JSON knows it; None for what is undefined."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
