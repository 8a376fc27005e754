"""A digest of the model's numbers: every column and every transfer of ten runs, a strict run, and one with a subclass.

`./run digest` prints it. Work that is meant to change no number leaves it as it is, on one machine; work that is meant
to change numbers writes it again with `./run digest --write` and says so in its message. The last bits of a run depend
on the processor and on NumPy, so that the file says what they were written with.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy._core._multiarray_umath import __cpu_features__ as features
from numpy.typing import NDArray

from abm.model import ChipMarket
from abm.runs import metrics
from abm.runs.scenario import Scenario
from abm.runs.simulate import simulate
from tests.reference.cautious import CautiousLabs

FILE = Path(__file__).with_suffix(".json")
REGIMES = ("history", "hold_firm", "negotiated", "tighten", "full_relaxation")
SEEDS = (0, 7)
SHORT = "2026-12"


def machine() -> str:
    """What the last bits of a run depend on."""
    able = ",".join(sorted(name for name, on in features.items() if on))
    told = hashlib.sha256(able.encode()).hexdigest()[:8]
    return f"{platform.machine()} {told}, Python {platform.python_version()}, NumPy {np.__version__}"


def of(columns: Mapping[str, NDArray[np.float64]], flows: pd.DataFrame) -> str:
    """16 hexadecimal digits of a run's columns, names included, and of its transfers."""
    whole = hashlib.sha256()
    for name in sorted(columns):
        whole.update(name.encode() + b"\0" + columns[name].tobytes())
    for _, column in flows.items():
        values = column.to_numpy()
        whole.update(values.tobytes() if values.dtype == np.float64 else "\0".join(map(str, values)).encode())
    return whole.hexdigest()[:16]


def of_market(market: ChipMarket) -> str:
    """The digest of a model that has run."""
    return of(metrics.evaluate(market.market), metrics.flows(market.market))


def of_regime(regime: str, seed: int) -> str:
    """The digest of a regime's run as sweeps do it, with the past that runs share."""
    run = simulate(Scenario.of(regime, seed=seed), flows=True)
    assert run.flows is not None
    return of(run.columns, run.flows)


def digests() -> dict[str, str]:
    """The digest of each run by name."""
    found = {f"{regime} {seed}": of_regime(regime, seed) for regime in REGIMES for seed in SEEDS}
    found["strict"] = of_market(ChipMarket("history", rng=0, until=SHORT, strict=True).run())
    found["subclass"] = of_market(ChipMarket.with_agents(labs=CautiousLabs)("history", rng=0, until=SHORT).run())
    return found


def main() -> int:
    """Print the digests and how they compare with the file's, or write them into it."""
    found = {"machine": machine(), "runs": digests()}
    if "--write" in sys.argv:
        FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    for name, digest in found["runs"].items():
        print(f"{digest}  {name}" + ("" if kept["runs"].get(name) == digest else "  differs"))
    if kept["machine"] != found["machine"]:
        print(f"written on another machine: {kept['machine']}; this is {found['machine']}")
        return 0
    return int(kept["runs"] != found["runs"])


if __name__ == "__main__":
    sys.exit(main())
