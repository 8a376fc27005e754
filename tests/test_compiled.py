"""Compiled loops: what they compute, how often they are compiled, and where the result is kept."""

import ast
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm import rules
from abm.foundation.arrays import descending, times
from abm.foundation.compiled import KEPT, plain
from abm.month.phase import run_month
from abm.month.phases import PHASES
from abm.runs.scenario import Scenario
from abm.runs.simulate import market_of
from abm.state import Market
from tests.reference.disturb import random_market

CASES = 6
HASHES = """
import json
from tests.test_compiled import CASES, hashes
print(json.dumps([hashes(case) for case in range(CASES)]))
"""


def hashes(case: int) -> dict[str, str]:
    """Hashes of all that a month from a random state writes and makes."""
    model = random_market(case)
    model.step()
    market = model.market
    found = {f"{name}.{one}": getattr(table, one) for name, table in market.tables.items() for one in table.columns}
    for record in market.month:
        found |= {f"{type(record).__name__}.{name}": value for name, value in record.values().items()}
    return {name: hashlib.sha256(np.asarray(value).tobytes()).hexdigest() for name, value in found.items()}


def elsewhere(code: str, **environment: str) -> Any:
    """What code prints as JSON in another process."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    return json.loads(done.stdout)


def test_compiled_months_equal_plain_ones_to_the_bit() -> None:
    plain = elsewhere(HASHES, ABM_COMPILE="0")
    for case in range(CASES):
        ours = hashes(case)
        assert {name for name in ours if ours[name] != plain[case][name]} == set()


def test_without_compiling_numba_is_not_imported() -> None:
    code = "import json, sys, abm.month.phases; print(json.dumps('numba' in sys.modules))"
    assert elsewhere(code, ABM_COMPILE="0") is False
    assert elsewhere(code) is True


def test_every_loop_is_called_with_the_same_types_each_time() -> None:
    code = """
import json
from abm.foundation import compiled
from abm.runs.warm import warm
warm()
print(json.dumps({name: len(one.signatures) for name, one in compiled.FUNCTIONS.items()}))
"""
    elsewhere(code)  # compiles what is not kept yet, and with it what loops call with constants
    found = elsewhere(code)
    assert {name: count for name, count in found.items() if count > 1} == {}
    assert sum(found.values()) > len(PHASES)


def test_what_is_compiled_is_kept_by_version_of_the_code(tmp_path: Path) -> None:
    code = """
import json
import numpy as np
from abm.foundation import compiled
from abm.foundation.arrays import times
times(np.ones(2), 2.0)
print(json.dumps([str(compiled.folder()), sum(times.stats.cache_hits.values())]))
"""
    for number in range(15):
        (tmp_path / "chip-export-abm" / f"{number}").mkdir(parents=True)
    homes = {"XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": ""}
    folder, hits = elsewhere(code, **homes)
    assert hits == 0
    assert list(Path(folder).rglob("*.nbc"))
    assert len(list(Path(folder).parent.iterdir())) == KEPT
    assert elsewhere(code, **homes) == [folder, 1]


def test_compiled_functions_run_as_plain_python_for_a_while() -> None:
    kept = len(times.signatures)  # type: ignore[attr-defined]
    with plain():
        assert times([1, 3], 2.0).tolist() == [2.0, 6.0]  # type: ignore[arg-type]
    assert times(np.ones(2), 2.0).tolist() == [2.0, 2.0]
    assert len(times.signatures) in (kept, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 64, 151])
def test_the_largest_come_first_and_equal_ones_as_they_stand(count: int) -> None:
    values = np.random.default_rng(count).random(count).round(1)
    np.testing.assert_array_equal(descending(values), np.argsort(-values, kind="stable"))


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = """
import numpy as np
from abm.foundation.arrays import times
print(int(times(np.ones(2), 1.0)[0]))
"""
    assert elsewhere(code, XDG_CACHE_HOME=str(tmp_path / "file"), NUMBA_CACHE_DIR="") == 1


def elementwise_rules() -> list[Callable[..., Any]]:
    """Every rule marked `@elementwise`, found in the text of its page."""
    found = []
    for page in sorted((Path(rules.__file__).parent).glob("*.py")):
        for one in ast.parse(page.read_text(encoding="utf-8")).body:
            marks = {getattr(mark, "id", "") for mark in getattr(one, "decorator_list", [])}
            if isinstance(one, ast.FunctionDef) and "elementwise" in marks:
                found.append(getattr(import_module(f"abm.rules.{page.stem}"), one.name))
    return found


@pytest.mark.parametrize("rule", elementwise_rules(), ids=lambda rule: rule.__name__)
def test_a_rule_says_of_numbers_what_it_says_of_arrays(rule: Callable[..., Any]) -> None:
    chance = np.random.default_rng(7)
    given = [
        chance.uniform(0.05, 0.95, 50) if "Floats" in str(one.annotation) else float(chance.uniform(0.05, 0.95))
        for one in signature(rule).parameters.values()
    ]
    whole = np.broadcast_to(rule(*given), 50)
    for n in range(50):
        numbers = [float(one[n]) if isinstance(one, np.ndarray) else one for one in given]
        assert rule(*numbers) == pytest.approx(whole[n], rel=1e-14)


# --- what a month costs, whatever the machine ---

CALLS, BYTES = 600, 1_500_000
"""Calls of Python and of C from it, and memory in use at a time, in a month of 150 labs; 4,300 calls before loops were
compiled."""


@pytest.fixture(scope="module")
def under_way() -> Market:
    """A market in its hundredth month."""
    market = market_of(Scenario.of("history"))
    while market.t < 100:
        run_month(market, PHASES)
    return market


def test_a_month_makes_few_calls(under_way: Market) -> None:
    calls = 0

    def count(frame: object, event: str, given: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run_month(under_way, PHASES)
    finally:
        sys.setprofile(None)
    assert 100 < calls <= CALLS


def test_a_month_needs_little_memory(under_way: Market) -> None:
    tracemalloc.start()
    try:
        run_month(under_way, PHASES)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1_000 < most <= BYTES
