"""What a person writes to ask for a sweep: a TOML file, checked against what a specification may hold."""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tomli_w
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError

from abm.ensembles import USUAL
from abm.foundation import dates
from abm.foundation.chance import seeds_of
from abm.foundation.classes import import_path
from abm.foundation.errors import InputError, faults, nearest_path, path_of, shorten
from abm.foundation.files import named, text_of, toml
from abm.results import points

Value = bool | int | float | str
Values = Annotated[tuple[Value, ...], Strict(False)]
Names = Annotated[tuple[str, ...], Strict(False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Seeds = Annotated[tuple[Seed, ...], Strict(False)]
MOST_RUNS = 1_000_000


def flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested tables as one, their names joined by dots: TOML reads a bare a.b = 1 as a table in a table."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found


def settings(given: Any) -> Any:
    """A table of settings with nested names joined by dots; what is no table as it is."""
    return flat(given) if isinstance(given, Mapping) else given


Settings = Annotated[dict[str, Value], BeforeValidator(settings)]


def short_name(name: str) -> str:
    """A name that is also that of a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise ValueError("a short name of letters, digits, '-' and '_' is wanted")
    return name


class SpecTable(BaseModel):
    """A table of the specification: nothing unknown, nothing infinite, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Sample(SpecTable):
    """Points at which parameters are varied over their ranges.

    method  latin_hypercube: each parameter has one value in each of n equal slices of its range; the others are
            designs for `abm sensitivity`
    n       points of a Latin hypercube, values of each input one at a time, trajectories of Morris, or base points of
            Sobol', a power of two
    by      what Sobol' indices are of: each input, or all inputs of a grade together
    """

    method: Literal["latin_hypercube", "one_at_a_time", "morris", "sobol"] = "latin_hypercube"
    n: int = Field(ge=1, le=MOST_RUNS)
    by: Literal["input", "grade"] = "input"
    seed: int = Field(0, ge=0)
    parameters: Names = ()
    ranges: dict[str, Values] = Field(default_factory=dict)


class Composed(SpecTable):
    """A regime made of another: pending acts adopted, acts left out, moved by months, cut off at a date, and added from
    files."""

    base: str
    adopt: Names = ()
    without: Names = ()
    shift: dict[str, int] = Field(default_factory=dict)
    before: str = ""
    add: Names = ()


class Aim(SpecTable):
    """What a policy is to do: change a metric by at least so much for the better, in its own unit, at the horizon.

    least  of the change from the base in the direction that is better; below 0 it is what may get worse
    """

    metric: str
    better: Literal["high", "low"] = "high"
    least: float


class Discover(SpecTable):
    """Which regime is looked at, against which base, and the aims that it is to meet; it fails where it misses all."""

    regime: str
    base: str
    aims: Annotated[tuple[Aim, ...], Strict(False), Field(min_length=2)]


class Criterion(SpecTable):
    """What decides the question, as in `points.Criterion`: a line is to change between two points of the design by at
    least so much. `metric` is a column that is kept; "metric[*]" is the sum of its parts."""

    says: str
    metric: str
    way: Literal["more", "less"]
    start: Settings
    end: Settings
    percent: float | None = Field(None, gt=0)
    when: str = ""

    def asked(self) -> points.Criterion:
        """The same for those who judge."""
        return points.Criterion(**dict(self))


class Spec(SpecTable):
    """A sweep as a person writes it.

    keep       metrics to store, "metric" or "metric[key]"; a bare keyed metric keeps all its keys
    compose    regimes made of others, by the names under which `regimes` asks for them
    set        parameters and law settings that hold in every run
    factorial  parameters and law settings with their values; all combinations are run
    ensemble   table of draws of parameters, by name or file: each seed takes one, the same in every regime; what the
               sweep sets, varies or samples goes before it; "none" for the defaults
    points     parameters and law settings with as many values each, which are run row by row
    discover   what `abm discover` asks of the sweep
    base       what others are held against: the regime, and where levers are varied the value of each
    criterion  what decides the question
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
    ensemble: str = USUAL
    factorial: dict[str, Values] = Field(default_factory=dict)
    points: dict[str, Values] = Field(default_factory=dict)
    sample: Sample | None = None
    discover: Discover | None = None
    base: Settings = Field(default_factory=dict)
    criterion: Annotated[tuple[Criterion, ...], Strict(False)] = ()


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
        return parse(toml(text, str(path)), str(path)), text, path
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None


def read_text(path: Path) -> str:
    """The text of a file; InputError saying what is wrong and which file has a similar name."""
    if not os.path.lexists(named(path)):
        beside = path.parent.glob("*.toml") if path.parent.is_dir() else []
        raise InputError(f"{path}: no such file{nearest_path(path, beside)}")
    return text_of(path)


def read_as[M: SpecTable](model: type[M], path: Path) -> M:
    """A TOML file as a model; InputError lists all that is wrong with it."""
    try:
        return model.model_validate(toml(read_text(path), str(path)))
    except ValidationError as error:
        found = faults(error, model=model)
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    raise InputError("\n".join([f"{path}:", *(f"  {fault}" for fault in found)]))


def parse(body: Mapping[str, Any], where: str) -> Spec:
    """A specification from plain tables; nested names in its tables of settings are joined by dots."""
    body = dict(body)
    for name in ("set", "factorial", "points"):
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


def doubled(names: Iterable[Any]) -> list[Any]:
    """Those that occur more than once."""
    seen: set[Any] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
