"""A small evaluator of the predicates in law_us.csv, and the answer they give by the stated precedence.

Independent of abm.law: it reads the text of the fact table, not the acts. Logic is three-valued: an unknown cell makes
a comparison unknown, and a row applies only when its predicate is known to hold.
"""

import ast
import operator
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from abm.facts.records import Chip, HbmGeneration
from tests.law.statement import UsRule

COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
ORDER = ("free", "exempt", "notify", "case_by_case", "presume_deny", "deny")


def holds(predicate: str, cells: Mapping[str, Any]) -> bool | None:
    """Whether a predicate holds, or None where that hangs on an unknown cell."""
    renamed = re.sub(r"\bclass\b", "kind", re.sub(r"\btrue\b", "True", predicate))
    return _value(ast.parse(renamed, mode="eval").body, cells)


def _value(node: ast.expr, cells: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return cells[node.id]
        case ast.Tuple():
            return tuple(_value(one, cells) for one in node.elts)
        case ast.UnaryOp(op=ast.Not()):
            inner = _value(node.operand, cells)
            return None if inner is None else not inner
        case ast.BinOp(op=ast.Add()):
            left, right = _value(node.left, cells), _value(node.right, cells)
            return None if left is None or right is None else left + right
        case ast.BoolOp():
            values = [_value(one, cells) for one in node.values]
            decides = isinstance(node.op, ast.Or)
            if decides in values:
                return decides
            return None if None in values else not decides
        case ast.Compare(ops=[op], comparators=[other]):
            left, right = _value(node.left, cells), _value(other, cells)
            return None if left is None or right is None else COMPARE[type(op)](left, right)
    raise ValueError(f"predicate holds {ast.dump(node)}")


def cells_of(chip: Chip) -> dict[str, Any]:
    """The columns the predicates on chips use."""
    sold = None if chip.sold_in_us is None else "yes" if chip.sold_in_us else "no"
    return {**{name: getattr(chip, name) for name in ("sku", "kind", "tpp", "performance_density")},
            **{name: getattr(chip, name) for name in ("bandwidth_gb_s", "link_gb_s")}, "sold_in_us": sold}  # fmt: skip


def applying(rules: tuple[UsRule, ...], kind: str, cells: Mapping[str, Any], day: date) -> dict[str, UsRule]:
    """The rows of a kind in force on a day whose predicate holds, by id."""
    found = {}
    for rule in rules:
        started = rule.in_force_from is not None and rule.in_force_from <= day
        in_force = started and (rule.in_force_to is None or day < rule.in_force_to)
        if rule.applies_to == kind and in_force and holds(rule.predicate, cells) is True:
            found[rule.rule_id] = rule
    return found


def chip_answer(rules: tuple[UsRule, ...], chip: Chip, day: date) -> tuple[str, str]:
    """The policy for a chip by law and in practice, by the precedence of the facts' README.

    The consumer exemption beats the bands, .a beats .b, notice beats a licence; the letter binds on top, for its
    addressees; a chip in the band of January 2026 leaves 3A090.a and the letter; of the rest the strictest counts; the
    assurance of July 2025 sets the review of the products it names; notice for gaming cards is refused in practice.
    """
    rows = applying(rules, "chip", cells_of(chip), day)
    held: list[tuple[str, str]] = []
    relieved = "us-2026-case-by-case" in rows
    if "us-2022-3a090" in rows:
        held.append((rows["us-2022-3a090"].policy,) * 2)
    if "us-2023-consumer" in rows:
        held.append(("exempt", "exempt"))
    elif "us-2023-3a090a" in rows or "us-2023-3a090b" in rows:
        held.append(_band(rows, chip, relieved))
    letter = rows.get("us-2025-letter")
    if letter and chip.vendor in dict(letter.conditions or ())["by_company_letter"].split(","):
        held.append(("case_by_case",) * 2 if relieved else (letter.policy,) * 2)
    law, practice = max(held, key=lambda one: (ORDER.index(one[1]), ORDER.index(one[0])), default=("free", "free"))
    if "us-2025-h20-resumption" in rows and law not in ("free", "exempt"):
        return "case_by_case", "case_by_case"
    return law, practice


def _band(rows: Mapping[str, UsRule], chip: Chip, relieved: bool) -> tuple[str, str]:
    """What the bands come to."""
    if relieved and "us-2023-3a090a" in rows:
        return rows["us-2026-case-by-case"].policy, "case_by_case"
    if "us-2023-nac" in rows:
        return "notify", "notify" if chip.kind == "datacentre" else "presume_deny"
    if "us-2024-04-corrections" in rows:
        return "case_by_case", "case_by_case"
    policy = rows["us-2023-3a090a" if "us-2023-3a090a" in rows else "us-2023-3a090b"].policy
    return policy, policy


def memory_answer(rules: tuple[UsRule, ...], stack: HbmGeneration, day: date) -> str:
    """The policy for a generation of memory: the exception beats the line."""
    rows = applying(rules, "hbm", {"density_gb_s_mm2": stack.density_gb_s_mm2}, day)
    if "us-2024-hbm-exception" in rows:
        return rows["us-2024-hbm-exception"].policy
    return rows["us-2024-hbm"].policy if "us-2024-hbm" in rows else "free"
