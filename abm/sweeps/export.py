"""A sweep as one tidy table for other programs, written a few runs at a time so that memory stays small."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from abm.foundation.errors import InputError
from abm.foundation.files import replacing
from abm.results.files import csv_bytes
from abm.sweeps.store import Store

if TYPE_CHECKING:
    import pandas as pd

RUNS = 200


def export(store: Store, to: str, out: Path) -> int:
    """Write all runs done to a file, whole or not at all; returns the number of rows.

    to   "csv" or "parquet"
    """
    if not store.done():
        raise InputError(f"{store.folder}: no run is finished yet, so there is nothing to export")
    with replacing(out) as part:
        return to_csv(store, part) if to == "csv" else to_parquet(store, part)


def to_csv(store: Store, path: Path) -> int:
    """Write tidy rows as CSV."""
    rows = 0
    with open(path, "wb") as file:
        for frame in frames(store):
            text = csv_bytes(frame)
            file.write(text if not rows else text.partition(b"\n")[2])
            rows += len(frame)
    return rows


def to_parquet(store: Store, path: Path) -> int:
    """Write tidy rows as Parquet, labels dictionary-encoded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 0
    writer: pq.ParquetWriter | None = None
    with ExitStack() as closing:
        for frame in frames(store):
            frame = frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, "str"))
            table = pa.Table.from_pandas(frame, schema=None if writer is None else writer.schema, preserve_index=False)
            writer = writer or closing.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
            writer.write_table(table)
            rows += len(frame)
    return rows


def frames(store: Store) -> Iterator["pd.DataFrame"]:
    """Tidy frames of RUNS runs each, by run number, all with the same columns."""
    from abm.results.ensemble import Ensemble

    runs, columns = store.runs(), store.columns()
    for start in range(0, len(runs), RUNS):
        some = runs.iloc[start : start + RUNS].reset_index(drop=True)
        wide = store.frame(some["run"].tolist()).reindex(columns=["run", "month", *columns])
        yield Ensemble(wide, runs=some).tidy()
