"""Only settlement moves goods and money: no other module assigns what holds them, or books a transfer."""

import ast
from pathlib import Path

import pytest

import abm
from abm import records
from abm.foundation.records import Record

PACKAGE = Path(abm.__file__).parent
HOLDINGS = {"cash", "stock", "fleet", "cards", "transit", "rented", "transit_usd", "takings"}
BOOKINGS = {"transfer", "pay", "write"}
RECORDS = {name.lower() for name, one in vars(records).items() if isinstance(one, type) and issubclass(one, Record)}
"""What a phase calls the record that it fills: its fields are no holdings."""
OPENING = {"opening", "_install", "_books"}
"""Functions that fill a market before its first month."""
MODULES = [
    *sorted(file for folder in ("agents", "markets", "month", "runs") for file in (PACKAGE / folder).rglob("*.py")),
    *(PACKAGE / name for name in ("setting.py", "state.py", "model.py")),
]


def holding(target: ast.expr) -> str | None:
    """The holding that an assignment changes: `labs.cash[x] = ...`, `labs.cash += ...`."""
    while isinstance(target, ast.Subscript | ast.Starred):
        target = target.value
    match target:
        case ast.Attribute(value=ast.Name(id=owner)) if owner in RECORDS:
            return None
        case ast.Attribute(attr=name) if name in HOLDINGS:
            return name
    return None


def moves(tree: ast.AST) -> list[str]:
    """Holdings assigned and transfers booked in a module, those of its opening left out."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name in OPENING:
            continue
        match node:
            case ast.Assign(targets=targets):
                parts = [
                    one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])
                ]
                found += [name for name in map(holding, parts) if name]
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                found += [name for name in [holding(target)] if name]
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Attribute(attr="ledger"))) if name in BOOKINGS:
                found.append(f"ledger.{name}")
            case ast.ImportFrom(module="abm.foundation.ledger", names=names):
                found += [f"ledger.{one.name}" for one in names if one.name in BOOKINGS]
        found += moves(node)
    return found


def test_the_search_finds_what_it_looks_for() -> None:
    code = """
def phase(market):
    market.labs.cash -= 1
    market.labs.fleet[:, 0] = 2
    labs.weight[0], labs.stock[0] = 3, 4
    output.cards[0] = 5
    market.ledger.pay(1)
    from abm.foundation.ledger import Ledger, write
def opening(cls):
    labs.fleet[:] = 1
"""
    assert moves(ast.parse(code)) == ["cash", "fleet", "stock", "ledger.pay", "ledger.write"]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_but_settlement_assigns_what_is_held_or_books_it(file: Path) -> None:
    found = moves(ast.parse(file.read_text(encoding="utf-8")))
    assert file.parent.name == "settlement" or not found, found
