"""What a person writes to ask for a sweep: a TOML file, checked against what a specification may hold."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from abm.foundation import dates
from abm.foundation.chance import seeds_of
from abm.foundation.classes import import_path
from abm.foundation.errors import InputError, faults, nearest, path_of, shorten

Value = bool | int | float | str
Values = Annotated[tuple[Value, ...], Strict(False)]
Names = Annotated[tuple[str, ...], Strict(False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Seeds = Annotated[tuple[Seed, ...], Strict(False)]
MOST_RUNS = 1_000_000
LARGEST_FILE = 1_000_000


def short_name(name: str) -> str:
    """A name that is also that of a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise ValueError("a short name of letters, digits, '-' and '_' is wanted")
    return name


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

    name: Annotated[str, AfterValidator(short_name)]
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
    """A specification, its text, and the file it stands in; InputError lists all that is wrong with it."""
    if isinstance(source, Spec):
        source = source.model_dump(exclude_defaults=True)
    if isinstance(source, Mapping):
        spec = parse(source, "specification")
        return spec, tomli_w.dumps(spec.model_dump(exclude_defaults=True)), None
    path = path_of(source, "specification")
    text = read_text(path)
    try:
        return parse(tomllib.loads(text), str(path)), text, path
    except InputError:
        raise
    except (RecursionError, ValueError) as fault:
        raise InputError(f"{path}: not valid TOML: {fault}") from None


def read_text(path: Path) -> str:
    """The text of a file; InputError saying what is wrong and which file has a similar name."""
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
    if isinstance(body.get("agents"), Mapping):
        body["agents"] = {name: plain_class(kind, f"{where}: agents.{name}") for name, kind in body["agents"].items()}
    with suppress(InputError):  # where they are none, the validation below says so with all else
        body |= {"seeds": plain_seeds(body["seeds"])} if "seeds" in body else {}
    sample = body.get("sample")
    if isinstance(sample, Mapping) and isinstance(sample.get("ranges"), Mapping):
        body["sample"] = {**sample, "ranges": flat(sample["ranges"])}
    try:
        return Spec.model_validate(body)
    except ValidationError as error:
        found = faults(error, model=Spec)
    raise InputError("\n".join([f"{where}:", *(f"  {fault}" for fault in found)]))


def plain_class(given: object, where: str) -> object:
    """An import path or what else is given as it is, and the import path of a class; InputError where it has none."""
    if isinstance(given, type) and (given := import_path(kind := given)) is None:
        raise InputError(f"{where} = {shorten(kind)}: a class at the top of a module, written module:Class, is wanted")
    return given


def plain_seeds(given: object) -> object:
    """Seeds as a file can hold them: a number or a list as it is, and what else a seed may be as whole numbers."""
    if isinstance(given, np.integer):
        return int(given)
    return given if isinstance(given, int | str) else seeds_of(given)


def flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested tables as one, their names joined by dots: TOML reads a bare a.b = 1 as a table in a table."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found


def doubled(names: Iterable[Any]) -> list[Any]:
    """Those that occur more than once."""
    names = list(names)
    return [name for place, name in enumerate(names) if name in names[:place]]
