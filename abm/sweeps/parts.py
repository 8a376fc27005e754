"""One part of a sweep: the wide table of a chunk of runs, as the bytes of a Parquet file that labels itself."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, NDArray[np.float64]]
LABEL = b"abm"
INDEX = ("run", "month")


class Damaged(ValueError):
    """A file is not what its name, its label or its first line says."""


@dataclass(frozen=True)
class Failure:
    """A run that did not give rows: where it stopped (stage), the error in one line, and the traceback."""

    run: int
    key: str
    stage: str
    error: str
    traceback: str


@dataclass(frozen=True)
class Label:
    """What a part says of itself.

    runs      runs whose rows it holds, with the `keys` of their scenarios
    months    months a run
    seconds   seconds all its runs took
    terms     hash of what else decides which rows a run leaves
    failures  runs of the chunk that gave no rows
    ended     when the chunk was done, seconds since 1970
    """

    runs: tuple[int, ...]
    keys: tuple[str, ...]
    months: int
    seconds: float
    terms: str = ""
    failures: tuple[Failure, ...] = ()
    ended: float = 0.0

    @property
    def rows(self) -> int:
        """Rows the part must have."""
        return len(self.runs) * self.months

    @property
    def tried(self) -> dict[int, str]:
        """All runs of the chunk, done and failed, with their keys."""
        return dict(zip(self.runs, self.keys, strict=True)) | {one.run: one.key for one in self.failures}


def arrow() -> tuple[Any, Any]:
    """PyArrow and its Parquet module, set to leave Ctrl-C to Python; else an interrupted read looks like damage."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.enable_signal_handlers(False)
    return pyarrow, pyarrow.parquet


def name_of(label: Label, data: bytes) -> str:
    """A part's file name: its first run and the start of its SHA-256."""
    return f"{min(label.tried):07d}-{hashlib.sha256(data).hexdigest()[:16]}.parquet"


def read(path: Path) -> bytes:
    """The bytes of a part; Damaged when they are not those that gave it its name."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise Damaged(f"cannot be read: {fault.strerror}") from None
    if hashlib.sha256(data).hexdigest()[:16] != path.stem.rpartition("-")[2]:
        raise Damaged("is not the file that was written (its SHA-256 differs)")
    return data


def order(names: Iterable[str], keep: Sequence[str]) -> list[str]:
    """Column names in canonical order: metrics as kept, the keys of a metric by name."""
    place = {name: index for index, name in enumerate(keep)}
    return sorted(names, key=lambda name: (place.get(name, place.get(name.partition("[")[0], len(place))), name))


def encode(blocks: Sequence[Columns], label: Label, months: NDArray[np.datetime64], keep: Sequence[str]) -> bytes:
    """The Parquet bytes of a chunk.

    blocks  a mapping "metric" or "metric[key]" -> (months,) for each run of the label, in its order
    months  (months,) datetime64[M]
    returns one row a run and month; a column that a run lacks is NaN there
    """
    pa, pq = arrow()
    empty = np.full(label.months, np.nan)
    days = np.tile(months.astype("datetime64[D]"), len(label.runs))
    columns: dict[str, Any] = {
        "run": pa.array(np.repeat(np.asarray(label.runs, np.int32), label.months)),
        "month": pa.array(days),
    }
    for name in order({name for block in blocks for name in block}, keep):
        columns[name] = pa.array(np.concatenate([block.get(name, empty) for block in blocks]), pa.float64())
    table = pa.table(columns).replace_schema_metadata({LABEL: json.dumps(asdict(label)).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def schema(data: bytes) -> tuple[list[str], Label]:
    """Columns and label of a part's bytes; Damaged when they cannot be read."""
    pa, pq = arrow()
    try:
        found = pq.read_schema(pa.BufferReader(data))
        body = json.loads((found.metadata or {})[LABEL])
        failures = tuple(Failure(**one) for one in body.pop("failures"))
        label = Label(**body | {"runs": tuple(body["runs"]), "keys": tuple(body["keys"]), "failures": failures})
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as fault:
        raise Damaged(f"cannot be read: {fault}") from None
    if len(label.runs) != len(label.keys) or len(label.tried) < len(label.runs) + len(label.failures):
        raise Damaged("its label names a run twice or without a key")
    return found.names, label


def decode(data: bytes) -> tuple["pa.Table", Label]:
    """Table and label of a part's bytes; Damaged when they cannot be read or do not agree."""
    pa, pq = arrow()
    _, label = schema(data)
    try:
        # Without Arrow's threads: those still running when a program ends may abort it.
        table = pq.read_table(pa.BufferReader(data), use_threads=False)
    except (pa.ArrowException, OSError) as fault:
        raise Damaged(f"cannot be read: {fault}") from None
    check(table, label)
    return table, label


def check(table: "pa.Table", label: Label) -> None:
    """Raise Damaged unless the rows are those of the label: every run once, all its months, in order."""
    if tuple(table.column_names[:2]) != INDEX or table.num_rows != label.rows:
        raise Damaged(f"has {table.num_rows} rows where its label promises {label.rows}")
    if not np.array_equal(table["run"].to_numpy(), np.repeat(label.runs, label.months)):
        raise Damaged("its rows are not those of the runs on its label")
