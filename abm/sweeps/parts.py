"""One part of a sweep: the wide table of a chunk of runs, as the bytes of a Parquet file that labels itself."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, NDArray[np.float64]]
LABEL = b"abm"
INDEX = ("run", "month")


class Damaged(ValueError):
    """A part is not what its label or the ledger says."""


@dataclass(frozen=True)
class Label:
    """What a part says of itself: runs with their keys, months a run, seconds the runs took, and the plan's terms."""

    runs: tuple[int, ...]
    keys: tuple[str, ...]
    months: int
    seconds: float
    terms: str = ""

    @property
    def rows(self) -> int:
        """Rows the part must have."""
        return len(self.runs) * self.months


def arrow() -> tuple[Any, Any]:
    """PyArrow and its Parquet module, told to leave Ctrl-C to Python; else it calls unreadable what it was at."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.enable_signal_handlers(False)
    return pyarrow, pyarrow.parquet


def digest(data: bytes) -> str:
    """SHA-256, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


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


def decode(data: bytes) -> tuple["pa.Table", Label]:
    """Table and label of a part's bytes; Damaged when they cannot be read or do not agree."""
    pa, pq = arrow()
    try:
        table = pq.read_table(pa.BufferReader(data))
        body = json.loads((table.schema.metadata or {})[LABEL])
        label = Label(**body | {"runs": tuple(body["runs"]), "keys": tuple(body["keys"])})
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as fault:
        raise Damaged(f"cannot be read: {fault}") from None
    check(table, label)
    return table, label


def check(table: "pa.Table", label: Label) -> None:
    """Raise Damaged unless the rows are those of the label: every run once, all its months, in order."""
    if len(label.runs) != len(label.keys) or len(set(label.runs)) != len(label.runs):
        raise Damaged("its label names a run twice or without a key")
    if tuple(table.column_names[:2]) != INDEX or table.num_rows != label.rows:
        raise Damaged(f"has {table.num_rows} rows where its label promises {label.rows}")
    if not np.array_equal(table["run"].to_numpy(), np.repeat(label.runs, label.months)):
        raise Damaged("its rows are not those of the runs on its label")
