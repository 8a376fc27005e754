"""When the acts of a list bind, and with what probability they are known to come."""

from collections.abc import Iterable, Mapping
from datetime import date

from abm.law.acts import Act

type Span = tuple[date, date]


def start_of(act: Act) -> date:
    """The effective date of an act that has one, as every act of a regime does."""
    assert act.effective is not None
    return act.effective


def announced_order(act: Act) -> tuple[date, date, str]:
    """By announcement, then effect, then name."""
    return act.announced, act.effective or date.max, act.name


def effective_order(act: Act) -> tuple[date, date, str]:
    """By effect, then announcement, then name: the order in which acts override each other."""
    return start_of(act), act.announced, act.name


def spans(acts: Iterable[Act]) -> Mapping[str, Span]:
    """Name -> first day in force and first day out of force, of the acts that ever bind; suspensions not counted.

    An act ends on its announced end or on the day an act that repeals it takes effect, whichever comes first. A
    repeal is done once: an act stays repealed after the repealing act has ended.
    """
    ended: dict[str, date] = {}
    found: dict[str, Span] = {}
    for act in sorted(acts, key=effective_order):
        start, end = start_of(act), act.ends or date.max
        if act.status == "withdrawn" or start >= min(end, ended.get(act.name, date.max)):
            continue
        found[act.name] = (start, end)
        for name in act.repeals:
            ended[name] = min(start, ended.get(name, date.max))
    cut = {name: (start, min(end, ended.get(name, end))) for name, (start, end) in found.items()}
    return {name: (start, end) for name, (start, end) in cut.items() if start < end}


def in_force(acts: Iterable[Act], within: Mapping[str, Span], day: date) -> tuple[Act, ...]:
    """The acts that bind on a day: begun, not ended, and not suspended by another that binds."""
    live = [act for act in acts if act.name in within and within[act.name][0] <= day < within[act.name][1]]
    suspended = {name for act in live for name in act.suspends}
    return tuple(act for act in live if act.name not in suspended)


def chance(act: Act, day: date, credence: float) -> float:
    """The probability traders give an act on a day: 1 once announced, its credence while leaked, nought before.

    credence    for a leaked act that states none
    """
    if act.announced <= day:
        return 1.0
    if act.leaked is None or act.leaked > day:
        return 0.0
    return credence if act.credence is None else act.credence


def heard_of(act: Act) -> date:
    """The first day on which anything is known of an act."""
    return min(day for day in (act.leaked, act.announced, act.effective) if day is not None)


def until(act: Act, within: Mapping[str, Span]) -> str:
    """When and why an act stops to bind, in words."""
    if act.name not in within:
        return "never in force"
    end = within[act.name][1]
    if end == date.max:
        return "no end"
    return f"ends {end}" if end == act.ends else f"repealed {end}"
