"""How the terms of a deal move what governments want: a linear fit over a sweep, for the model to forecast with.

The sweep varies licensed HBM, licensed chips, their fee and China's imports from one date on; each quantity is the mean
of the last two years of a run, and its fit is linear in the features of `rules/bargaining.py`, with a level for each
seed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.foundation.errors import InputError
from abm.foundation.parameters import Parameters
from abm.law.levers import LEVERS
from abm.month.moves import RUNGS
from abm.results import files
from abm.rules.bargaining import FEATURES, QUANTITIES, TERMS, features

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]

MONTHS = 24
FACTORS = {
    "hbm": "law.hbm.quota_share@",
    "band": "law.case_band.tpp_below@",
    "quota": "law.quota.units_per_month[*]@",
    "fee": "law.fee.duty[*]@",
    "imports": "law.cn.import_mode[*]@",
}


def terms_of(runs: "Ensemble") -> Floats:
    """The terms of each run, (runs, terms), from the levers that the sweep varied."""
    columns = {}
    for name, head in FACTORS.items():
        found = [one for one in runs.factors if one.startswith(head)]
        if len(found) != 1:
            raise InputError(f"payoffs: the sweep must vary {head}<date> once, and does so {len(found)} times")
        columns[name] = runs.runs[found[0]].to_list()
    accept = {"block": 0.0, "open": 1.0} | Parameters().china.model_dump()
    approval = float(LEVERS["licence.approval"].default or 0.0)
    terms = np.zeros((len(runs), len(TERMS)))
    terms[:, TERMS.index("hbm")] = columns["hbm"]
    terms[:, TERMS.index("fee")] = columns["fee"]
    terms[:, TERMS.index("imports")] = [accept[mode] for mode in columns["imports"]]
    compute = {rung.tpp: rung.chips / (rung.quota * rung.approval) for rung in RUNGS if rung.quota}
    pairs = zip(columns["band"], columns["quota"], strict=True)
    terms[:, TERMS.index("chips")] = [quota * approval * compute[band] for band, quota in pairs]
    return terms


def quantities_of(runs: "Ensemble") -> Floats:
    """What governments want in each run, means of its last months, (runs, quantities)."""
    end = {name: runs[name].values[:, -MONTHS:] for name in (
        "capability_shortfall", "china_compute", "us_compute", "sensitive_compute", "commerce_index", "scarcity",
        "self_sufficiency",
    )}  # fmt: skip
    us = end["us_compute"]
    found = {
        "lead": end["capability_shortfall"],
        "compute": np.log10(us / end["china_compute"]),
        "sensitive": np.log10(us / np.maximum(end["sensitive_compute"], 1.0)),
        "commerce": end["commerce_index"],
        "scarcity": end["scarcity"],
        "self_sufficiency": end["self_sufficiency"],
    }
    return np.stack([found[name].mean(axis=1) for name in QUANTITIES], axis=1)


def fit(terms: Floats, found: Floats, seeds: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Least squares of the quantities on the features of the terms and a level for each seed.

    terms, found, seeds   (n, terms), (n, quantities), (n,)
    returns               effects (features, quantities), and the share of the variance within seeds that they explain
    """
    level = (seeds[:, None] == np.unique(seeds)[None, :]).astype(float)
    x = features(terms)
    inside_x, inside_y = (values - level @ np.linalg.lstsq(level, values, rcond=None)[0] for values in (x, found))
    effects = np.linalg.lstsq(inside_x, inside_y, rcond=None)[0]
    left, whole = ((inside_y - inside_x @ effects) ** 2).sum(axis=0), (inside_y**2).sum(axis=0)
    return effects, 1 - np.divide(left, whole, out=np.ones_like(whole), where=whole > 0)


def write(runs: "Ensemble", path: Path) -> str:
    """Fit the effects over a sweep and write them with their provenance; returns the text."""
    effects, explained = fit(terms_of(runs), quantities_of(runs), runs.runs["seed"].to_numpy())
    lines = [
        "# Effects of the terms of a deal on what governments want, by `abm fit-payoffs experiments/payoffs.toml`.",
        "# A row is a feature (rules/bargaining.py), a column a quantity; r2 is the share of the variance explained.",
        "",
        "[made]",
        f"runs = {len(runs)}",
        f"seeds = {len(runs.seeds)}",
        f'months = "{runs.months[-MONTHS]} to {runs.months[-1]}"',
        f'key = "{runs.key}"',
    ]  # fmt: skip
    for feature, row in zip(FEATURES, effects, strict=True):
        lines += ["", f"[effect.{feature}]", *(f"{q} = {v:.5g}" for q, v in zip(QUANTITIES, row, strict=True))]
    lines += ["", "[r2]", *(f"{q} = {v:.3f}" for q, v in zip(QUANTITIES, explained, strict=True))]
    text = "\n".join(lines) + "\n"
    files.write_text(path, text)
    return text
