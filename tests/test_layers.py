"""Imports go down only: the order of layers, what each may use from outside, and how light `import abm` stays."""

import ast
import json
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import abm

PACKAGE = Path(abm.__file__).parent

# Lowest first. A folder, or a file at the top, is a floor: its modules may import from their own and from those below.
FLOORS = (
    "foundation",
    "rules",
    "facts",
    "law",
    "agents",
    "state",
    "records",
    "markets",
    "setting",
    "month",
    "runs",
    "model",
    "ensembles",
    "results",
    "figures",
    "sweeps",
    "analysis",
    "server",
    "cli",
    "abm",
)

CORE = FLOORS[: FLOORS.index("ensembles")]

PURE = {"numpy", "math", "typing", "collections", "dataclasses", "functools", "bisect"}
READERS = {"open", "read_text", "read_bytes", "read_csv", "read_parquet", "loadtxt", "genfromtxt", "load"}
READERS |= {"text_of", "toml_of", "read_current"}
HEAVY = {"mesa", "pandas", "pyarrow", "distributed", "matplotlib", "xarray", "scipy", "networkx", "solara"}


class Import(NamedTuple):
    """One imported module; lazy where it stands inside a function, typed where it is for types alone."""

    target: str
    lazy: bool
    typed: bool = False


def name_of(file: Path) -> str:
    """`abm.law.acts` for abm/law/acts.py, `abm.law` for abm/law/__init__.py."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def imports(tree: ast.AST, lazy: bool = False) -> list[Import]:
    """What a module imports."""
    found: list[Import] = []
    for node in ast.iter_child_nodes(tree):
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        match node:
            case ast.Import(names=names):
                found += [Import(one.name, lazy) for one in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                assert level == 0, "imports are absolute"
                full = [f"{module}.{one.name}" for one in names]
                found += [Import(one if one in FILES else str(module), lazy) for one in full]
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                found += [
                    one._replace(typed=True) for part in node.body for one in imports(ast.Module([part], []), lazy)
                ]
                found += [one for part in node.orelse for one in imports(ast.Module([part], []), lazy)]
                continue
        found += imports(node, inside)
    return found


IMPORTS = {name: imports(ast.parse(file.read_text(encoding="utf-8"))) for name, file in FILES.items()}


def home(module: str) -> str:
    """The floor that a module belongs to: `law` for abm.law.acts, `abm` for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def floor(module: str) -> int:
    """The place of a module's floor."""
    return FLOORS.index(home(module))


def within(module: str) -> list[Import]:
    """Imports of a module from this package."""
    return [one for one in IMPORTS[module] if one.target.split(".")[0] == "abm"]


def outside(module: str) -> set[str]:
    """Top-level names that a module imports from elsewhere."""
    return {one.target.split(".")[0] for one in IMPORTS[module] if not one.typed} - {"abm"}


# --- the scan itself ---


def test_the_scan_tells_lazy_imports_and_those_for_types() -> None:
    source = """
from typing import TYPE_CHECKING
import numpy as np
from abm.law import acts
if TYPE_CHECKING:
    from abm.model import ChipMarket
else:
    import os
class A:
    def b(self):
        if True:
            from abm.runs import metrics
try:
    import mesa
except ImportError:
    pass
"""
    assert imports(ast.parse(source)) == [
        Import("typing", False),
        Import("numpy", False),
        Import("abm.law.acts", False),
        Import("abm.model", False, True),
        Import("os", False),
        Import("abm.runs.metrics", True),
        Import("mesa", False),
    ]


def test_the_floors_are_the_folders() -> None:
    assert {home(module) for module in FILES} == set(FLOORS)


# --- order ---


def test_imports_go_down_only_also_inside_functions_and_for_types() -> None:
    assert [(m, one) for m in FILES for one in within(m) if floor(one.target) > floor(m)] == []


def test_modules_never_import_each_other_in_a_circle() -> None:
    graph = {name: {one.target for one in within(name) if not one.lazy} for name in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


# --- what may be used where ---


def modules_of(*homes: str) -> list[str]:
    """The modules of some floors."""
    return [name for name in FILES if home(name) in homes]


def test_rules_and_the_market_are_numpy_alone() -> None:
    assert {
        name: outside(name) - PURE
        for name in [*modules_of("rules"), "abm.markets.clearing"]
        if not outside(name) <= PURE
    } == {}
    inside = {one.target for name in [*modules_of("rules"), "abm.markets.clearing"] for one in within(name)}
    assert inside <= {"abm.foundation.compiled", "abm.foundation.arrays"}


def test_mesa_stands_in_agents_model_and_server_only() -> None:
    users = {home(name) for name in FILES if "mesa" in outside(name)}
    assert users <= {"agents", "model", "server"}
    assert [name for name in FILES if name.startswith("abm.agents") and "mesa" in outside(name)] == ["abm.agents.view"]


def test_the_core_loads_no_package_but_numpy_mesa_and_pydantic() -> None:
    lazily = {one.target for name in FILES for one in within(name) if one.lazy}
    eagerly = {one.target for name in FILES for one in within(name) if not one.lazy}
    first = [name for name in modules_of(*CORE) if name not in lazily - eagerly]
    eager = {one.target.split(".")[0] for name in first for one in IMPORTS[name] if not (one.lazy or one.typed)}
    assert eager - set(sys.stdlib_module_names) - {"abm"} == {"numpy", "mesa", "pydantic", "cloudpickle"}


def readings(module: str) -> set[str]:
    """Calls in a module that open a file."""
    found = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="builder"))):
                continue  # of machine code, which is loaded from memory
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in READERS:
                found.add(name)
    return found


def test_only_facts_and_regimes_are_read_from_files() -> None:
    assert readings("abm.facts.tables")
    assert {name for name in modules_of(*CORE) if readings(name) and home(name) != "facts"} == {
        "abm.foundation.declaration",
        "abm.foundation.files",
        "abm.law.files",
        "abm.foundation.version",
    }


# --- how light the package is ---


@pytest.mark.parametrize("statement", ["import abm", "import abm.cli", "import abm; dir(abm); abm.__version__"])
def test_importing_the_package_or_the_command_line_loads_nothing_heavy(statement: str) -> None:
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert set(json.loads(done.stdout)) & HEAVY == set()


def test_facts_and_law_are_light_too() -> None:
    code = "import json, sys, abm.law.regime, abm.foundation.parameters\nprint(json.dumps(sorted(sys.modules)))"
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert set(json.loads(done.stdout)) & HEAVY == set()


@pytest.mark.parametrize("name", abm.__all__)
def test_every_public_name_is_there_when_asked_for(name: str) -> None:
    assert callable(getattr(abm, name))


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Chipmarket'"):
        _ = abm.Chipmarket


def test_names_for_types_and_names_loaded_are_the_same() -> None:
    tree = ast.parse(FILES["abm"].read_text(encoding="utf-8"))
    typed = {
        one.name: str(node.module)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }
    assert sorted(typed) == sorted(abm.__all__)
    assert typed == abm._HOMES
