"""How parameters are declared: the rows of `parameters.csv`, read once, and what is checked and made from them.

A row has COLUMNS. `kind` is int, float, choice or group; a group's row names what it is about and stands before its
parameters. `label` is what people read in place of the name. `low` and `high` are the bounds that the model accepts,
`sample_low` and `sample_high` the plausible range that a sweep samples; `choices` are set apart by |.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model

from abm.foundation.errors import InputError, nearest, raise_all, shorten, unknown
from abm.foundation.files import text_of

FILE = Path(__file__).with_name("parameters.csv")
COLUMNS = (
    "name", "kind", "default", "unit", "low", "high", "sample_low", "sample_high", "grade", "source", "choices", "help",
    "label",
)  # fmt: skip
EXTRA = "extra"
TYPES: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "choice": str}
GRADES = ("measured", "reported", "estimate", "derived", "assumed")


@dataclass(frozen=True)
class Declaration:
    """What is known of one parameter beside its value."""

    name: str
    kind: Literal["float", "int", "choice"]
    default: float | int | str
    unit: str
    low: float | None
    high: float | None
    range: tuple[float, float] | None
    grade: str
    source: str
    choices: tuple[str, ...]
    help: str
    label: str

    @property
    def row(self) -> dict[str, object]:
        """Its cells by COLUMNS, as tables of parameters are written."""
        low, high = self.range or (None, None)
        cells = {"sample_low": low, "sample_high": high, "choices": "|".join(self.choices)}
        return {name: cells[name] if name in cells else getattr(self, name) for name in COLUMNS}

    @property
    def type(self) -> Any:
        """The Python type of its values."""
        return Literal[self.choices] if self.kind == "choice" else TYPES[self.kind]

    @property
    def field(self) -> tuple[Any, Any]:
        """Its field in a pydantic model."""
        return self.type, Field(self.default, ge=self.low, le=self.high, description=self.help)


class Group(BaseModel):
    """A frozen group of parameters that belong to one subject."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class Groups(Group):
    """All groups, each a field."""

    @classmethod
    def of(cls, values: Mapping[str, float | int | str] | None = None, where: str = "") -> Self:
        """Defaults with the named values (`group.name`) put in.

        Raises InputError with every unknown name, wrong type and value out of bounds.
        """
        known = declarations()
        place = f"{where}: " if where else ""
        wrong = unknown("parameter", [name for name in values or {} if name not in known], known)
        nested: dict[str, dict[str, Any]] = {}
        for name, value in (values or {}).items():
            if name in known and (fault := _misfit(value, known[name])):
                wrong.append(f"{name} = {shorten(value)}: {fault}")
            elif name in known:
                group, field = name.split(".")
                nested.setdefault(group, {})[field] = value.item() if isinstance(value, np.generic) else value
        raise_all([place + one for one in wrong])
        return cls.model_validate(nested)

    def flat(self) -> dict[str, float | int | str]:
        """Every value by its full name, in order of declaration."""
        return {name: getattr(getattr(self, group), field) for name, group, field in _places()}

    def changed(self) -> dict[str, float | int | str]:
        """The values that differ from the defaults."""
        known = declarations()
        return {name: value for name, value in self.flat().items() if value != known[name].default}


def _misfit(value: Any, one: Declaration) -> str:
    """What is wanted in place of a value that does not fit; empty where it fits."""
    if one.kind == "choice":
        fits = isinstance(value, str) and value in one.choices
        return "" if fits else f"one of {', '.join(one.choices)}{nearest(shorten(value), one.choices)}"
    whole = one.kind == "int"
    unit = f" {one.unit}" if one.unit not in ("", "1") else ""
    wanted = f"{'a whole number' if whole else 'a number'} from {one.low:g} to {one.high:g}{unit} is wanted"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        endless = isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity")
        return f"is not finite; {wanted}" if endless else wanted
    if not float("-inf") < value < float("inf"):
        return f"is not finite; {wanted}"
    assert one.low is not None
    assert one.high is not None
    return "" if one.low <= value <= one.high and not (whole and value % 1) else wanted


@cache
def declarations() -> dict[str, Declaration]:
    """Every parameter's declaration by full name."""
    return read(FILE)


@cache
def _places() -> tuple[tuple[str, str, str], ...]:
    """Every parameter's full name, group and short name."""
    return tuple((name, *name.split(".")) for name in declarations())  # type: ignore[misc]


def matching(pattern: str) -> tuple[str, ...]:
    """Names of the parameters that a pattern like `innovation.*` or a full name picks; InputError if none."""
    names = tuple(name for name in declarations() if fnmatchcase(name, pattern))
    if not names:
        raise InputError(f"no parameter '{pattern}'{nearest(pattern, declarations())}")
    return names


def read(path: Path) -> dict[str, Declaration]:
    """The declarations in a table with COLUMNS by full name, groups' rows left out; InputError names every bad row."""
    faults: list[str] = []
    found: dict[str, Declaration] = {}
    for line, row in _rows(path):
        try:
            if row["name"] in found:
                raise ValueError(f"{row['name']} stands twice")
            if EXTRA in row:
                raise ValueError(f"more cells than columns: {row[EXTRA]}; a text with commas stands in quotes")
            if row["kind"] != "group":
                found[row["name"]] = _declared(row)
        except ValueError as error:
            faults.append(f"{path.name}, line {line}: {error}")
    raise_all(faults)
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of a table with its line number."""
    reader = csv.DictReader(StringIO(text_of(path), newline=""), restkey=EXTRA, restval="")
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"{path.name}: columns {', '.join(COLUMNS)} are wanted")
    for row in reader:
        yield reader.line_num, row


def _declared(row: Mapping[str, str]) -> Declaration:
    """The declaration in a row; ValueError says what is wrong with it."""
    kind: Any = row["kind"]
    if kind not in TYPES:
        raise ValueError(f"kind = {kind!r}: one of {', '.join(TYPES)}, group")
    if row["grade"] not in GRADES:
        raise ValueError(f"grade = {row['grade']!r}{nearest(row['grade'], GRADES)}")
    choices = tuple(row["choices"].split("|")) if row["choices"] else ()
    texts = {name: row[name] for name in ("unit", "grade", "source", "help")}
    texts["label"] = row["label"] or row["name"].partition(".")[2].replace("_", " ").capitalize()
    if kind == "choice":
        if row["default"] not in choices:
            raise ValueError(f"default = {row['default']!r}{nearest(row['default'], choices)}")
        return Declaration(row["name"], kind, row["default"], low=None, high=None, range=None, choices=choices, **texts)
    default, low, high = (TYPES[kind](row[name]) for name in ("default", "low", "high"))
    edges = [TYPES[kind](row[name]) for name in ("sample_low", "sample_high") if row[name]]
    if len(edges) == 1 or not all(low <= one <= high for one in (default, *edges)):
        raise ValueError("default, sample_low and sample_high from low to high are wanted, or no sampled range")
    span = (edges[0], edges[1]) if edges else None
    return Declaration(row["name"], kind, default, low=low, high=high, range=span, choices=choices, **texts)


def about() -> dict[str, str]:
    """What each group is about, in order."""
    return {row["name"]: row["help"] for _, row in _rows(FILE) if row["kind"] == "group"}


@cache
def titles() -> dict[str, str]:
    """What each group is called, in order."""
    return {row["name"]: row["label"] for _, row in _rows(FILE) if row["kind"] == "group"}


def members(group: str) -> dict[str, Declaration]:
    """The parameters of a group by their short names."""
    return {name.split(".")[1]: one for name, one in declarations().items() if name.startswith(f"{group}.")}


def build(module: str) -> tuple[type[Groups], dict[str, type[Group]]]:
    """The class of all groups, and each group's class by its name, as classes of a module."""
    lost = [name for name in declarations() if name.split(".")[0] not in about()]
    raise_all([f"{FILE.name}: {name}: its group has no row" for name in lost])
    groups: dict[str, type[Group]] = {}
    for name, help in about().items():
        fields: dict[str, Any] = {one: declaration.field for one, declaration in members(name).items()}
        groups[name] = create_model(name.capitalize(), __base__=Group, __doc__=help, __module__=module, **fields)
    fields = {name: (group, group()) for name, group in groups.items()}
    whole = create_model("Parameters", __base__=Groups, __doc__="All groups.", __module__=module, **fields)
    return whole, {group.__name__: group for group in groups.values()}


def stub() -> str:
    """The text of `parameters.pyi`, by which type checkers and editors know the classes that `build` makes."""
    names = ("GRADES", "Declaration", "Group", "Groups", "declarations", "matching")
    parts = ['"""Made from parameters.csv by `python docs/build.py tables`."""\n\nfrom typing import Literal\n']
    parts += ["".join(f"from abm.foundation.declaration import {name} as {name}\n" for name in names)]
    for group, help in about().items():
        fields = "".join(_stub_field(name, one) for name, one in members(group).items())
        parts.append(f'class {group.capitalize()}(Group):\n    """{help}"""\n\n{fields}')
    fields = "".join(f"    {group}: {group.capitalize()} = ...\n" for group in about())
    return "\n".join([*parts, f'class Parameters(Groups):\n    """All groups."""\n\n{fields}'])


def _stub_field(name: str, one: Declaration) -> str:
    kind = f"Literal{json.dumps(one.choices)}" if one.kind == "choice" else one.kind
    unit = f" ({one.unit})" if one.unit not in ("", "1") else ""
    return f'    {name}: {kind} = {json.dumps(one.default)}\n    """{one.help}{unit}"""\n'
