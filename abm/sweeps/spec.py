"""What a person writes to ask for a sweep: a TOML file, checked against what a specification may hold."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from abm.foundation import dates
from abm.foundation.errors import InputError, nearest
from abm.sweeps.plan import Value

Values = Annotated[tuple[Value, ...], Strict(False)]
Names = Annotated[tuple[str, ...], Strict(False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Seeds = Annotated[tuple[Seed, ...], Strict(False)]
MOST_RUNS = 1_000_000
LARGEST_FILE = 1_000_000
SCALARS = ("bool", "int", "float", "str")
WANTED = {
    "string_pattern_mismatch": "a short name of letters, digits, '-' and '_'",
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "finite_number": "a finite number",
    "too_short": "at least one entry",
}


class SpecTable(BaseModel):
    """A table of the specification: nothing unknown, nothing infinite, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Sample(SpecTable):
    """Points drawn so that each parameter has one value in each of n equal slices of its range."""

    method: Literal["latin_hypercube"] = "latin_hypercube"
    n: int = Field(ge=1, le=MOST_RUNS)
    seed: int = Field(0, ge=0)
    parameters: Names = ()
    ranges: dict[str, Values] = Field(default_factory=dict)


class Composed(SpecTable):
    """A regime made of another: acts left out, moved by months, cut off at a date, and added from files."""

    base: str
    without: Names = ()
    shift: dict[str, int] = Field(default_factory=dict)
    before: str = ""
    add: Names = ()


class Spec(SpecTable):
    """A sweep as a person writes it.

    keep       metrics to store, "metric" or "metric[key]"; a bare keyed metric keeps all its keys
    compose    regimes made of others, by the names under which `regimes` asks for them
    set        parameters and law settings that hold in every run
    factorial  parameters and law settings with their values; all combinations are run
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    title: str = ""
    question: str = ""
    regimes: Names = Field(min_length=1)
    seeds: Annotated[int, Field(ge=1, le=MOST_RUNS)] | Seeds
    until: str = dates.DEFAULT_UNTIL
    keep: Names = Field(min_length=1)
    workers: int | None = Field(None, ge=1, le=4096)
    compose: dict[str, Composed] = Field(default_factory=dict)
    set: dict[str, Value] = Field(default_factory=dict)
    agents: dict[str, str] = Field(default_factory=dict)
    factorial: dict[str, Values] = Field(default_factory=dict)
    sample: Sample | None = None


def read(source: Path | str | Mapping[str, Any] | Spec) -> tuple[Spec, str, Path | None]:
    """A specification, its text, and the file it stands in; InputError tells all that is wrong with it."""
    if isinstance(source, Spec):
        source = source.model_dump(exclude_defaults=True)
    if isinstance(source, Mapping):
        spec = parse(source, "specification")
        return spec, tomli_w.dumps(spec.model_dump(exclude_defaults=True)), None
    path = Path(source)
    text = read_text(path)
    try:
        return parse(tomllib.loads(text), str(path)), text, path
    except InputError:
        raise
    except (RecursionError, ValueError) as fault:
        raise InputError(f"{path}: not valid TOML: {fault}") from None


def read_text(path: Path) -> str:
    """The text of a file; InputError saying what is wrong and what lies nearby."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes are too many for a specification")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        near = [str(one) for one in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise InputError(f"{path}: no such file{nearest(str(path), near)}") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: not UTF-8 text (byte {fault.start})") from None
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}") from None
    except ValueError as fault:
        raise InputError(f"{str(path)!r}: not a file name: {fault}") from None


def parse(body: Mapping[str, Any], where: str) -> Spec:
    """A specification from plain tables; nested names in its tables of settings are joined by dots."""
    body = dict(body)
    for name in ("set", "factorial"):
        if isinstance(body.get(name), Mapping):
            body[name] = flat(body[name])
    sample = body.get("sample")
    if isinstance(sample, Mapping) and isinstance(sample.get("ranges"), Mapping):
        body["sample"] = {**sample, "ranges": flat(sample["ranges"])}
    try:
        return Spec.model_validate(body)
    except ValidationError as error:
        faults = faults_of(error)
    raise InputError("\n".join([f"{where}:", *(f"  {fault}" for fault in faults)]))


def flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested tables as one, their names joined by dots: TOML reads a bare a.b = 1 as a table in a table."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found


def faults_of(error: ValidationError) -> list[str]:
    """What pydantic found, in words, one line a place; the branches of a union are one place."""
    places: dict[tuple[str, ...], list[Any]] = {}
    for one in error.errors():
        names = [str(part) for part in one["loc"]]
        path = tuple(part for part in names if part not in SCALARS and not part.startswith(("constrained-", "tuple[")))
        places.setdefault(path, []).append(one)
    inner = {path[:depth] for path in places for depth in range(1, len(path))}
    return [fault_of(path, found) for path, found in places.items() if path not in inner]


def fault_of(path: tuple[str, ...], found: list[Any]) -> str:
    """One fault: the key, what stands there, and what is wanted."""
    name = path[0] + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path[1:])
    kind = found[0]["type"]
    if kind == "extra_forbidden":
        tables: dict[str, type[SpecTable]] = {"sample": Sample, "compose": Composed}
        fields = tables.get(path[0] if len(path) > 1 else "", Spec).model_fields
        return f"unknown key {name!r}{nearest(path[-1], fields)}"
    if kind == "missing":
        return f"the key {name!r} is missing"
    wanted = list(dict.fromkeys(WANTED.get(one["type"], one["msg"].removeprefix("Input should be ")) for one in found))
    return f"{name} = {shorten(found[0]['input'])}: {' or '.join(wanted)} is wanted"


def shorten(value: object, width: int = 80) -> str:
    """A value as text, not longer than a line."""
    text = repr(value)
    return text if len(text) <= width else f"{text[:width]}…"


def doubled(names: Iterable[Any]) -> list[Any]:
    """Those that occur more than once."""
    names = list(names)
    return [name for place, name in enumerate(names) if name in names[:place]]
