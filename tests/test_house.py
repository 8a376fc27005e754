"""What docs/architecture.md says of adding a chip, an act, a rule, an agent type, a metric or an experiment: done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import abm
from abm.foundation.dates import label

REPO = Path(__file__).resolve().parent.parent
FEW = {"population.startups": 0, "population.state": 4}
"""Labs besides those with names."""


def in_a_copy(folder: Path, change: Any, code: str) -> str:
    """What code prints with a copy of the package that has been changed, whose loops run as plain Python: to compile
    them anew would take longer than a few labs' months."""
    shutil.copytree(REPO / "abm", folder / "abm", ignore=shutil.ignore_patterns("__pycache__"))
    change(folder / "abm")
    env = os.environ | {"ABM_COMPILE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_chip_is_a_row(tmp_path: Path) -> None:
    def add(package: Path) -> None:
        table = package / "facts" / "chips.csv"
        lines = table.read_text(encoding="utf-8").splitlines()
        row = next(line for line in lines if line.startswith("H200,"))
        table.write_text("\n".join([*lines, row.replace("H200,", "H250,", 1), ""]), encoding="utf-8")

    code = f"""
import abm
model = abm.ChipMarket("no_controls", rng=0, until="2025-06", **{FEW}).run()
row = model.axis.names.index("H250/licensed")
print(model.history["units"][:, row].sum() > 1000)
"""
    assert in_a_copy(tmp_path, add, code) == "True"


ACT = """
name = "mine"
title = "Tool controls on CXMT early"
base = "history"

[[act]]
name = "cxmt-controls"
by = "US"
announced = "2022-02-01"
effective = "2022-02-01"
what = "Tools for CXMT need a licence."
sets = { "tools.cxmt" = 0.9 }
grade = "assumed"
note = "an example"
"""


def test_an_act_is_a_few_lines_of_toml(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(ACT, encoding="utf-8")
    plain, mine = (abm.ChipMarket(regime, rng=0, until="2022-12").run() for regime in ("history", str(file)))
    assert {act.name for act in mine.regime.acts} - {act.name for act in plain.regime.acts} == {"cxmt-controls"}
    assert (mine.history["cxmt"] <= plain.history["cxmt"]).all()


def test_a_rule_is_a_function_of_one_page_and_is_changed_there(tmp_path: Path) -> None:
    def change(package: Path) -> None:
        page = package / "rules" / "pricing.py"
        text = page.read_text(encoding="utf-8")
        whole = "\n\nwhole = depreciate\n"
        half = "\n\n@elementwise\ndef depreciate(price, age, rate):\n    return 0.5 * whole(price, age, rate)\n"
        page.write_text(text + whole + half, encoding="utf-8")

    code = f"import abm; print(abm.ChipMarket('history', rng=0, until='2022-01', **{FEW}).run().products.price[0])"
    plain = float(abm.ChipMarket("history", rng=0, until="2022-01", **FEW).run().products.price[0])
    assert float(in_a_copy(tmp_path, change, code)) == pytest.approx(plain / 2)


class Utility(abm.Row):
    """A company that supplies power."""


class Utilities(abm.Table):
    """Power companies, each with a part of the labs' demand."""

    row_type = Utility
    sold = abm.Column("GWh/month", "power sold to labs")

    @classmethod
    def opening(cls, market: abm.Market) -> "Utilities":
        """Two companies."""
        return cls(("north", "south"), {}, market.parameters)

    def supply(self, wanted: float) -> None:
        """They share what is wanted."""
        self.sold[:] = wanted / len(self)


@abm.phase("utilities.sold")
def utilities_supply(market: Any) -> None:
    """Utilities supply what fleets draw."""
    market.utilities.supply(float(market.labs.fleet.sum(axis=(0, 2)) @ market.products.compute) * 1e-3)


def test_an_agent_type_is_a_table_and_a_phase() -> None:
    kind = abm.ChipMarket.with_phase(utilities_supply, after="deliver", agents={"utilities": Utilities})
    model = kind("history", until="2022-03", strict=True).run()
    north, south = model.agents_by_type[Utility]
    assert (north.name, south.name) == ("north", "south")
    assert north.sold == south.sold > 0
    assert model.market.copy().utilities.sold is not model.utilities.sold


def test_a_metric_is_a_function_of_the_history(tmp_path: Path) -> None:
    def add(package: Path) -> None:
        page = package / "runs" / "metrics" / "compute.py"
        text = page.read_text(encoding="utf-8")
        more = '''

@metric("1", "ratio", "Chinese over US compute", step=0.01)
def china_over_us(market: Market) -> Floats:
    """Compute of Chinese labs over that of US leaders."""
    return market.history["compute_by_channel"].sum(axis=1) / market.history["us_compute"]
'''
        page.write_text(text + more, encoding="utf-8")

    code = f"import abm; print(abm.run('history', seeds=1, until='2022-02', sets={FEW})['china_over_us'].unit)"
    assert in_a_copy(tmp_path, add, code) == "1"


EXPERIMENT = """
name = "tools"
title = "Tool controls"
question = "What do tool controls do to Chinese compute?"
until = "2022-03"
seeds = 2
keep = ["china_compute"]
regimes = ["history"]
"""


def test_an_experiment_is_a_toml_file(tmp_path: Path) -> None:
    file = tmp_path / "tools.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    found = abm.sweep(str(file), out=tmp_path / "results", progress=False)
    assert found["china_compute"].values.shape == (2, 3)
    assert str(found.months[-1]) == label(14)
    assert np.isfinite(found["china_compute"].values).all()
