"""A sweep as one tidy table for other programs, written run by run so that memory stays small."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import InputError
from abm.sweeps.store import Store

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

RUNS = 200


def export(store: Store, to: str, out: Path) -> int:
    """Write all runs done to a file, whole or not at all; returns the number of rows.

    to   "csv" or "parquet"
    """
    fresh = out.with_name(f".{out.name}.incoming")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = 0
        writer: Any = None
        for table in tables(store):
            writer = writer or (CsvFile(fresh, table.schema) if to == "csv" else parquet_file(fresh, table.schema))
            writer.write_table(table)
            rows += table.num_rows
        if writer is None:
            raise InputError(f"{store.folder}: no run is finished yet, so there is nothing to export")
        writer.close()
        os.replace(fresh, out)
    except OSError as fault:
        raise InputError(f"--out {out}: cannot be written: {fault.strerror or fault}") from None
    finally:
        fresh.unlink(missing_ok=True)
    return rows


def tables(store: Store) -> Iterator["pa.Table"]:
    """Tidy tables of RUNS runs each, by run number, all with one schema."""
    import pyarrow as pa

    from abm.results import Ensemble

    runs = store.runs()
    columns = store.columns()
    for start in range(0, len(runs), RUNS):
        some = runs.iloc[start : start + RUNS].reset_index(drop=True)
        frame = store.frame(some["run"].tolist())
        frame = frame.reindex(columns=["run", "month", *columns])
        tidy = Ensemble(frame, runs=some).tidy()
        yield pa.Table.from_pandas(tidy.apply(plain), preserve_index=False)
