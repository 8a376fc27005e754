"""What to run: a specification in TOML becomes numbered runs, each a scenario with its key.

Runs are numbered seed by seed, and within a seed point by point and regime by regime, so that an unfinished sweep has
all regimes and points for its first seeds, further seeds add runs at the end, and the regimes of a point, neighbours,
share their past. The same points and seeds are used in every regime, so that differences can be paired.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from abm.foundation import dates
from abm.foundation.errors import InputError, nearest, raise_all, shorten
from abm.results import draws
from abm.sweeps import arranged, work
from abm.sweeps.plan import Case, Plan, scenario_of
from abm.sweeps.sampling import draw, ends, find_dimensions
from abm.sweeps.spec import MOST_RUNS, Composed, Spec, Value, doubled, read
from abm.sweeps.work import Terms

if TYPE_CHECKING:
    from abm.law.regime import Regime
    from abm.runs.scenario import Scenario


def design(source: Path | str | Mapping[str, Any] | Spec, **changes: Any) -> Plan:
    """Read and check a specification; InputError lists all its faults at once.

    source   path of a TOML file, the same as a mapping, or a Spec
    changes  fields of the specification that take the place of its own
    """
    spec, text, path = read(source)
    if changes:
        spec = spec.model_copy(update=changes)
        text = tomli_w.dumps(spec.model_dump(exclude_defaults=True))
    faults: list[str] = []
    regimes = load_regimes(spec, path, faults)
    seeds = check_seeds(spec, faults)
    check_keep(spec, faults)
    check_criteria(spec, faults)
    check_rest(spec, faults)
    points = plan_points(spec, regimes, faults)
    count = len(regimes) * len(points) * len(seeds)
    if count > MOST_RUNS:  # nothing is drawn for so many
        faults.append(f"{count:,} runs are asked for; at most {MOST_RUNS:,} go into one sweep")
        raise_all(faults, heading=f"{path or 'specification'}:")
    taken = draws_of(spec, seeds, points, path, faults)
    raise_all(faults, heading=f"{path or 'specification'}:")
    tables = {name: regime.to_dict() for name, regime in regimes.items()}
    recipe = {"regimes": tables, "set": spec.set, "agents": spec.agents, "drawn": vars(taken)}
    terms = Terms(spec.keep, spec.until, dates.end_month(spec.until) - dates.REPORT_FROM)

    def cases() -> Iterator[Case]:
        for run, (seed, point, name) in enumerate(itertools.product(seeds, points, regimes)):
            key = scenario_of(regimes[name], seed, spec.until, recipe, point).key
            yield Case(run, key, name, seed, point)

    return Plan(spec.name, Cases(count, cases), terms, work.version(), recipe, text)


class Cases(Sequence[Case]):
    """Runs that are made when first looked at, for their keys take time."""

    def __init__(self, size: int, make: Callable[[], Iterator[Case]]) -> None:
        self.size, self.make = size, make

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, place: Any) -> Any:
        return self.made[place]

    @cached_property
    def made(self) -> list[Case]:
        """All of them."""
        return list(self.make())


def load_regimes(spec: Spec, path: Path | None, faults: list[str]) -> dict[str, Any]:
    """The regimes by name, files looked for beside the specification first; a name twice is a fault."""
    from abm.law.regime import load_regime

    found: dict[str, Any] = {}
    for name in spec.regimes:
        try:
            made = spec.compose.get(name)
            regime = composed(name, made, path) if made else load_regime(beside(name, path))
        except InputError as fault:
            faults.append(f"regimes: {fault}")
            continue
        if regime.name in found:
            faults.append(f"regimes: {regime.name!r} is there twice")
        found[regime.name] = regime
    return found


def beside(name: str, path: Path | None) -> str:
    """A file's name as it is found: beside the specification first."""
    near = path.parent / name if path is not None and name.endswith((".toml", ".csv")) else Path(name)
    return str(near) if name.endswith((".toml", ".csv")) and near.is_file() else name


def composed(name: str, made: Composed, path: Path | None) -> "Regime":
    """A regime that the specification makes of another."""
    from abm.law.regime import compose

    files = [Path(beside(one, path)) for one in made.add]
    return compose(beside(made.base, path), made.without, made.shift, made.before, files, name, made.adopt)


def check_seeds(spec: Spec, faults: list[str]) -> tuple[int, ...]:
    """The seeds: 0 to N-1 for a number, or the list as it stands."""
    if isinstance(spec.seeds, int):
        return tuple(range(spec.seeds))
    if not spec.seeds or len(set(spec.seeds)) < len(spec.seeds):
        faults.append("seeds: a number from 1 up, or a list of different whole numbers from 0 up, is wanted")
    return spec.seeds


def check_rest(spec: Spec, faults: list[str]) -> None:
    """The last month, and the classes that take the place of agent types."""
    from abm.foundation.classes import load_class

    try:
        dates.end_month(spec.until)
    except InputError as fault:
        faults.append(str(fault))
    if not spec.agents:
        return
    from abm.setting import check_agents

    try:
        check_agents({kind: load_class(path) for kind, path in spec.agents.items()})
    except InputError as fault:
        faults += [f"[agents] {line.strip()}" for line in str(fault).splitlines()]


def draws_of(
    spec: Spec, seeds: Iterable[int], points: Sequence[Mapping[str, Value]], path: Path | None, faults: list[str]
) -> draws.Drawn:
    """What each seed takes from the ensemble, but what the sweep sets, varies or samples itself."""
    try:
        return draws.drawn(beside(spec.ensemble, path), seeds, {*spec.set, *itertools.chain(*points[:1])})
    except InputError as fault:
        faults.append(f"ensemble: {fault}")
        return draws.Drawn()


def check_keep(spec: Spec, faults: list[str]) -> None:
    """Every kept name must be a metric, once."""
    from abm.runs.metrics import METRICS

    for name in spec.keep:
        metric, bracket, _ = name.partition("[")
        if metric not in METRICS:
            faults.append(f"keep: no metric '{metric}'{nearest(metric, METRICS)}")
        elif bracket and not name.endswith("]"):
            faults.append(f"keep: '{name}' is neither metric nor metric[key]")
    faults += [f"keep: '{name}' is there twice" for name in doubled(spec.keep)]


def check_criteria(spec: Spec, faults: list[str]) -> None:
    """The base and the points of criteria must be among those of the design, and the lines of criteria kept."""
    from abm.results.wording import split

    varied = {"regime": spec.regimes, **spec.factorial, **spec.points}
    places = [("base", spec.base)]
    for number, one in enumerate(spec.criterion):
        where = f"criterion {number + 1}"
        places += [(f"{where}: start", one.start), (f"{where}: end", one.end)]
        if not {one.metric, split(one.metric)[0]} & set(spec.keep):
            faults.append(f"{where}: metric {one.metric!r} is not kept{nearest(one.metric, spec.keep)}")
        if one.when:
            try:
                if dates.end_month(one.when) > dates.end_month(spec.until):
                    faults.append(f"{where}: when = {one.when!r} is after until = {spec.until!r}")
            except InputError as fault:
                faults.append(f"{where}: when: {fault}")
    levers = [name for name in varied if name.startswith("law.") and len(varied[name]) > 1]
    faults += [
        f"base: {name!r} is to be named too, as it is varied" for name in levers if spec.base and name not in spec.base
    ]
    for where, point in places:
        for name, value in point.items():
            if name not in varied:
                faults.append(f"{where}: {name!r} is not varied{nearest(name, varied)}")
            elif value not in varied[name]:
                options = ", ".join(map(str, varied[name][:20]))
                faults.append(f"{where}: {name} = {shorten(value)}: one of {options} is wanted")


def plan_points(spec: Spec, regimes: Mapping[str, Any], faults: list[str]) -> tuple[Mapping[str, Value], ...]:
    """All combinations of the factorial's values, the rows of points and the sampled points; none with faults."""
    dimensions = find_dimensions(spec.sample, faults)
    faults += arranged.check(spec.sample)
    faults += check_names([*spec.set, *spec.factorial, *spec.points, *(one.name for one in dimensions)])
    lengths = {name: len(values) for name, values in spec.points.items()}
    if lengths and (len(set(lengths.values())) > 1 or 0 in lengths.values()):
        faults.append(f"[points]: as many values of each are wanted, at least one; here {shorten(lengths)}")
    rows = max(lengths.values(), default=1)
    count = math.prod(map(len, spec.factorial.values())) * rows * arranged.size(spec.sample, dimensions)
    if count > MOST_RUNS:
        faults.append(f"{count:,} combinations are asked for; at most {MOST_RUNS:,} runs go into one sweep")
    for name, values in spec.factorial.items():
        if not values:
            faults.append(f"[factorial] {name}: has no values")
        faults += [f"[factorial] {name}: the value {value!r} is there twice" for value in doubled(values)]
    settings = [("[set]", name, value) for name, value in spec.set.items()]
    settings += [("[factorial]", name, value) for name, values in spec.factorial.items() for value in values]
    settings += [("[points]", name, value) for name, values in spec.points.items() for value in extremes(values)]
    settings += [("[sample]", one.name, value) for one in dimensions for value in ends(one)]
    faults += dict.fromkeys(fault for setting in settings for fault in try_setting(regimes, *setting))
    listed = list(zip(*spec.points.values(), strict=False))
    if twice := doubled(listed):
        faults.append(f"[points]: the row {listed.index(twice[0]) + 1} is there twice")
    if faults:
        return ()
    grid = itertools.product(*spec.factorial.values())
    told = [dict(zip(spec.points, row, strict=True)) for row in listed] or [{}]
    drawn = draw(spec.sample, dimensions)
    crossed = itertools.product(grid, told, drawn)
    return tuple({**dict(zip(spec.factorial, one, strict=True)), **two, **three} for one, two, three in crossed)


def extremes(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Values that must be valid for all to be: the ends of numbers, or each of other values once."""
    if all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values):
        return (min(values), max(values)) if values else ()
    return tuple(dict.fromkeys(values))


def check_names(names: Sequence[str]) -> list[str]:
    """Faults of names that mean the same setting: law settings differ by the day on which they take effect."""
    return [f"{name} is set, varied or sampled twice" for name in doubled(map(canonical, names))]


def canonical(name: str) -> str:
    """One spelling of a setting's name."""
    lever, at, day = name.rpartition("@")
    try:
        return f"{lever}@{dates.parse_day(day)}" if at else name
    except InputError:
        return name


def try_setting(regimes: Mapping[str, Any], table: str, name: str, value: Value) -> list[str]:
    """What is wrong with one setting, found by making a scenario with it in every regime."""
    from abm.runs.scenario import Scenario

    found: list[str] = []
    for regime in regimes.values() or ["no_controls"]:
        try:
            made = Scenario.of(regime, sets={name: value})
        except InputError as fault:
            found += [line.strip() for line in str(fault).splitlines() if line.strip()]
        else:
            found += without_effect(made, name, value)
    return [f"{table} {fault}" for fault in dict.fromkeys(found)]


def without_effect(made: "Scenario", name: str, value: Value) -> list[str]:
    """A fault when a law setting does not become law on its day, because an act of the regime outranks it."""
    from abm.runs.scenario import LAW_KEY

    match = LAW_KEY.fullmatch(name)
    if match is None:
        return []
    law = made.regime.at(dates.parse_day(match["day"]))
    if law.get(match["lever"], match["scope"]) == value:
        return []
    act = law.source_of(match["lever"], match["scope"])
    return [f"{name} = {value!r} has no effect in {made.label}: the act {act} of the same day outranks it"]
