"""The fit of what terms change: known effects come back, and what is written is what the model reads."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from abm.analysis import payoffs
from abm.facts import catalog
from abm.foundation.errors import InputError
from abm.results.ensemble import Ensemble
from abm.rules.bargaining import FEATURES, QUANTITIES, TERMS, features

DATE = "2026-11"


def synthetic(effects: np.ndarray, months: int = 30) -> Ensemble:
    """Runs whose quantities are linear in the features of their terms, at a level for each seed."""
    rows, columns = [], {name: [] for name in (
        "capability_shortfall", "china_compute", "us_compute", "sensitive_compute", "commerce_index", "scarcity",
        "self_sufficiency",
    )}  # fmt: skip
    points = [
        (h, b, q, f, i)
        for h in (0, 0.05)
        for b in (21000, 61000)
        for q in (0, 40000)
        for f in (0, 0.25)
        for i in ("case_by_case", "open")
    ]
    for seed in (0, 1):
        for hbm, band, quota, fee, mode in points:
            rows.append({
                "run": len(rows), "regime": "x", "seed": seed, "key": f"k{len(rows)}",
                f"law.hbm.quota_share@{DATE}": hbm, f"law.case_band.tpp_below@{DATE}": band,
                f"law.quota.units_per_month[*]@{DATE}": quota, f"law.fee.duty[*]@{DATE}": fee,
                f"law.cn.import_mode[*]@{DATE}": mode,
            })  # fmt: skip
            card = {21000: 1.0, 61000: 2500 / 989}[band]
            terms = np.zeros(len(TERMS))
            for name, value in (
                ("hbm", hbm),
                ("chips", quota * 0.8 * card),
                ("fee", fee),
                ("imports", {"open": 1.0}.get(mode, 0.4)),
            ):
                terms[TERMS.index(name)] = value
            q = dict(zip(QUANTITIES, features(terms[None, :])[0] @ effects + 0.5 + seed, strict=True))
            us = 1e7
            values = {
                "capability_shortfall": q["lead"], "china_compute": us / 10 ** q["compute"], "us_compute": us,
                "sensitive_compute": us / 10 ** q["sensitive"], "commerce_index": q["commerce"],
                "scarcity": q["scarcity"], "self_sufficiency": q["self_sufficiency"],
            }  # fmt: skip
            for name, value in values.items():
                columns[name].append(np.full(months, value))
    frame: dict[str, Any] = {"run": np.repeat(np.arange(len(rows)), months)}
    frame["month"] = np.tile(pd.period_range("2027-06", periods=months, freq="M").to_timestamp(), len(rows))
    frame |= {name: np.concatenate(values) for name, values in columns.items()}
    return Ensemble(pd.DataFrame(frame), runs=pd.DataFrame(rows))


@pytest.fixture(scope="module")
def effects() -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.05, (len(FEATURES), len(QUANTITIES)))


def test_known_effects_come_back(effects: np.ndarray) -> None:
    runs = synthetic(effects)
    found, explained = payoffs.fit(payoffs.terms_of(runs), payoffs.quantities_of(runs), runs.runs["seed"].to_numpy())
    np.testing.assert_allclose(found, effects, atol=1e-3)
    np.testing.assert_allclose(explained, 1.0, atol=1e-2)


def test_what_is_written_is_what_the_model_reads(effects: np.ndarray, tmp_path: Path) -> None:
    text = payoffs.write(synthetic(effects), tmp_path / "payoffs.toml")
    table = catalog.payoffs(tmp_path)
    read = np.array([[table[feature][name] for name in QUANTITIES] for feature in FEATURES])
    np.testing.assert_allclose(read, effects, atol=1e-3)
    assert tomllib.loads(text)["made"]["runs"] == 64


def test_the_shipped_coefficients_say_what_they_rest_on() -> None:
    made = tomllib.loads((catalog.FOLDER / "payoffs.toml").read_text(encoding="utf-8"))
    assert made["made"]["runs"] >= 100
    assert set(made["r2"]) == set(QUANTITIES)
    weak = made["r2"].pop("scarcity")
    assert min(made["r2"].values()) > 0.5
    assert weak > 0.1, "with grey and converted cards to be had, terms say little about scarcity"


def test_a_sweep_that_does_not_vary_the_terms_is_refused(effects: np.ndarray) -> None:
    runs = synthetic(effects)
    runs.data = runs.data.drop_vars(f"law.fee.duty[*]@{DATE}")
    with pytest.raises(InputError, match=r"must vary law\.fee\.duty"):
        payoffs.terms_of(runs)


def test_a_copy_of_the_facts_keeps_its_own_coefficients(tmp_path: Path) -> None:
    shutil.copy(catalog.FOLDER / "payoffs.toml", tmp_path)
    assert catalog.payoffs(tmp_path) == catalog.payoffs()
