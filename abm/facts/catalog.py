"""What the facts hold, read once: the only reader of the tables in this folder.

Every function takes a folder, so that a changed copy can be read and checked; the default is the shipped one. A table
that does not read raises InputError naming file, row (line), column and value of every fault in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from abm.facts.records import (
    Chip,
    Fact,
    HbmGeneration,
    InputPoint,
    LabFact,
    Observation,
    Source,
    StylisedFact,
    VendorFact,
    chip_faults,
    memory_faults,
    value_faults,
)
from abm.facts.tables import Table, read_table
from abm.foundation.errors import InputError, nearest, raise_all
from abm.foundation.files import toml_of

__all__ = ["Chip", "HbmGeneration"]

FOLDER = Path(__file__).parent

SOURCES = Table("sources.csv", Source, ("id",))
CHIPS = Table("chips.csv", Chip, ("sku",), rename={"class": "kind"}, check=chip_faults)
MEMORY = Table("hbm.csv", HbmGeneration, ("generation",), check=memory_faults)
LABS = Table("labs.csv", LabFact, ("name",))
VENDORS = Table("vendors.csv", VendorFact, ("vendor",))
STYLISED_FACTS = Table("stylised_facts.csv", StylisedFact, ("id",), absent=("note",))
INPUTS = Table("inputs.csv", InputPoint, ("series", "date"), check=value_faults)
FACTS = {
    "hbm_makers": Table("hbm_makers.csv", Fact, ("who", "fact", "period"), rename={"maker": "who"}, check=value_faults),
    "frontier": Table(
        "frontier.csv", Fact, ("who", "fact", "period"), {"owner": "who"}, absent=("jurisdiction",), check=value_faults
    ),
    "foundry": Table("foundry.csv", Fact, ("fact", "period"), absent=("who", "jurisdiction"), check=value_faults),
    "population": Table("population.csv", Fact, ("fact", "period"), absent=("who", "jurisdiction"), check=value_faults),
}

TABLES: tuple[Table[Any], ...] = (CHIPS, MEMORY, LABS, VENDORS, STYLISED_FACTS, INPUTS, *FACTS.values())


@lru_cache
def _series_table(name: str) -> Table[Observation]:
    """The table of one series file."""
    key = ("item", "role", "period", "start", "end")
    return Table(f"series/{name}.csv", Observation, key, check=value_faults)


@lru_cache
def _rows[R](table: Table[R], folder: Path) -> tuple[R, ...]:
    """All rows of a table, or InputError."""
    found, faults = read_table(folder, table, None if table is SOURCES else sources(folder))
    raise_all(faults)
    return tuple(found)


def _by[R](rows: tuple[R, ...], key: str) -> Mapping[str, R]:
    """Rows under their key, unchangeable."""
    return MappingProxyType({getattr(row, key): row for row in rows})


@lru_cache
def sources(folder: Path = FOLDER) -> Mapping[str, Source]:
    """The texts the facts rest on, by id."""
    return _by(_rows(SOURCES, folder), "id")


@lru_cache
def chips(folder: Path = FOLDER) -> Mapping[str, Chip]:
    """Accelerators and graphics cards by SKU."""
    return _by(_rows(CHIPS, folder), "sku")


@lru_cache
def memory(folder: Path = FOLDER) -> Mapping[str, HbmGeneration]:
    """Generations of high-bandwidth memory by name."""
    return _by(_rows(MEMORY, folder), "generation")


@lru_cache
def labs(folder: Path = FOLDER) -> Mapping[str, LabFact]:
    """Named Chinese labs and clouds."""
    return _by(_rows(LABS, folder), "name")


@lru_cache
def vendors(folder: Path = FOLDER) -> Mapping[str, VendorFact]:
    """Chip, memory and foundry firms by name."""
    return _by(_rows(VENDORS, folder), "vendor")


@lru_cache
def firms(kind: Literal["chip", "hbm"], folder: Path = FOLDER) -> Mapping[str, VendorFact]:
    """The vendors of chips or makers of HBM that are agents of the model, by name and in their order there."""
    agents = [(one.order, one) for one in vendors(folder).values() if one.kind == kind and one.order is not None]
    return _by(tuple(one for _, one in sorted(agents, key=lambda pair: pair[0])), "vendor")


@lru_cache
def inputs(folder: Path = FOLDER) -> Mapping[str, tuple[InputPoint, ...]]:
    """Exogenous inputs of the model by series, each in order of date."""
    groups: dict[str, list[InputPoint]] = {}
    for point in _rows(INPUTS, folder):
        groups.setdefault(point.series, []).append(point)
    return MappingProxyType({name: tuple(sorted(points, key=lambda one: one.date)) for name, points in groups.items()})


def facts(name: str, folder: Path = FOLDER) -> tuple[Fact, ...]:
    """Sourced numbers that no agent reads: `hbm_makers`, `frontier` (who: the owner), `foundry` or `population`."""
    return _rows(FACTS[name], folder)


def stylised_facts(folder: Path = FOLDER) -> tuple[StylisedFact, ...]:
    """Signs the model must show."""
    return _rows(STYLISED_FACTS, folder)


def series_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The series that can be read."""
    return tuple(sorted(path.stem for path in (folder / "series").glob("*.csv")))


def series(name: str, folder: Path = FOLDER) -> tuple[Observation, ...]:
    """The observations of one series file."""
    if name not in series_names(folder):
        raise InputError(f"no series named {name!r}{nearest(name, series_names(folder))}")
    return _rows(_series_table(name), folder)


@lru_cache
def payoffs(folder: Path = FOLDER) -> Mapping[str, Mapping[str, float]]:
    """Effects of the terms of a deal on what governments want, fitted by `abm fit-payoffs`: feature -> quantity."""
    path = folder / "payoffs.toml"
    try:
        return MappingProxyType(toml_of(path)["effect"])
    except (InputError, KeyError) as fault:
        raise InputError(f"{path}: does not read ({fault}); abm fit-payoffs writes it") from None


def rows(records: Iterable[Any]) -> list[dict[str, object]]:
    """Records as rows of plain values for tables: dates as text, source ids joined, source, grade and note last."""
    return [
        {
            one.name: _plain(getattr(record, one.name))
            for one in sorted(fields(record), key=lambda one: one.kw_only is True)
        }
        for record in records
    ]


def _plain(value: object) -> object:
    """A cell as it is written in a table."""
    if isinstance(value, date):
        return value.isoformat()
    return ";".join(value) if isinstance(value, tuple) else value


def faults(folder: Path = FOLDER) -> list[str]:
    """Every fault in every table of a folder."""
    texts, found = read_table(folder, SOURCES)
    known = {source.id for source in texts}
    for table in (*TABLES, *map(_series_table, series_names(folder))):
        found += read_table(folder, table, known)[1]
    return found
