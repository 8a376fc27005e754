"""The law said a second time, by hand: law_us.csv and law_cn.csv beside this file, which tests hold the acts against.

Nothing in the model reads them. Their columns are explained in README.md beside this file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from abm.facts import catalog
from abm.facts.records import Record
from abm.facts.tables import Day, Number, Table, read_table
from abm.foundation.errors import raise_all


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Conditions written key=value, separated by semicolons."""
    split = [entry.partition("=") for entry in text.split(";")]
    if not all(key and mark and value for key, mark, value in split):
        raise ValueError("is not a list of key=value")
    return tuple((key, value) for key, _, value in split)


@dataclass(frozen=True, kw_only=True)
class UsRule(Record):
    """A US rule or bill as text: `predicate` over columns of the chip or HBM table says when the row applies."""

    rule_id: str
    title: str
    announced: Day | None
    in_force_from: Day | None
    in_force_to: Day | None
    applies_to: Literal["chip", "hbm", "entity", "cloud", "foundry"]
    predicate: str
    policy: Literal["free", "exempt", "notify", "case_by_case", "presume_deny", "deny", "none"]
    conditions: Annotated[str, AfterValidator(pairs)] | None


@dataclass(frozen=True, kw_only=True)
class CnMeasure(Record):
    """A Chinese measure or a truce, with its value where one exists."""

    measure_id: str
    title: str
    announced: Day
    in_force_from: Day | None
    in_force_to: Day | None
    kind: str
    applies_to: str
    value: Number | None
    unit: str | None


def rule_faults(rule: UsRule | CnMeasure) -> Iterator[str]:
    """A rule must not bind before it is announced, nor end before it binds."""
    if rule.announced and rule.in_force_from and rule.in_force_from < rule.announced.replace(day=1):
        yield f"column 'in_force_from' = {rule.in_force_from}: is before the announcement {rule.announced}"
    if rule.in_force_from and rule.in_force_to and rule.in_force_to < rule.in_force_from:
        yield f"column 'in_force_to' = {rule.in_force_to}: is before {rule.in_force_from}"


FOLDER = Path(__file__).parent
US = Table("law_us.csv", UsRule, ("rule_id",), check=rule_faults)
CN = Table("law_cn.csv", CnMeasure, ("measure_id",), check=rule_faults)


@cache
def rows[R](table: Table[R]) -> tuple[R, ...]:
    """All rows of a table of law, or InputError."""
    found, faults = read_table(FOLDER, table, catalog.sources())
    raise_all(faults)
    return tuple(found)
