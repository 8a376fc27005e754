"""When governments reach a deal, what is in it, which of their weights decide it, and how that compares with what
happened: computed from sweeps."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.analysis import pages
from abm.foundation import dates
from abm.foundation.errors import InputError
from abm.law.regime import Regime, load_regime
from abm.results import wording
from abm.rules.bargaining import TERMS

if TYPE_CHECKING:
    from abm.results.ensemble import Ensemble

Floats = NDArray[np.float64]


def span(runs: "Ensemble", first: str = "2026-12") -> slice:
    """The months in which a deal can bind."""
    months = [str(month)[:7] for month in runs.months]
    if first not in months:
        raise InputError(f"deals: the runs end before {first}")
    return slice(months.index(first), None)


def contents(runs: "Ensemble") -> pd.DataFrame:
    """What deals hold: a row a term, its mean over months with a deal, and the share of those with any of it."""
    months = span(runs)
    there = runs["deal[in_force]"].values[:, months] > 0
    values = pd.DataFrame({name: runs[f"deal[{name}]"].values[:, months][there] for name in TERMS})
    return pd.DataFrame({"mean": values.mean(), "above zero": (values > 0).mean()}).rename_axis("term")


def occurrence(runs: "Ensemble") -> dict[str, float]:
    """Share of runs with a deal at all, and with one that holds HBM; share of months with one; and how often the first
    summit brings one."""
    months = span(runs)
    there, hbm = (runs[f"deal[{name}]"].values[:, months] > 0 for name in ("in_force", "hbm"))
    return {
        "runs with a deal": float(there.any(axis=1).mean()),
        "runs with a deal at the first summit": float(there[:, 0].mean()),
        "runs with a deal that holds HBM": float(hbm.any(axis=1).mean()),
        "months with a deal": float(there.mean()),
        "months with licensed HBM": float(hbm.mean()),
    }


def turns_on(runs: "Ensemble") -> pd.DataFrame:
    """Factors by how strongly the months with a deal depend on them: rank correlations, and those months in the lowest
    and the highest third of each, the strongest first."""
    months = span(runs)
    found = {name: (runs[f"deal[{name}]"].values[:, months] > 0).mean(axis=1) for name in ("in_force", "hbm")}
    rows = []
    for factor in runs.factors:
        x = runs.runs[factor].to_numpy(dtype=float)
        low, high = np.quantile(x, [1 / 3, 2 / 3])
        rows.append({
            "factor": factor,
            "deal": _ranked(x, found["in_force"]),
            "lowest third": found["in_force"][x <= low].mean(),
            "highest third": found["in_force"][x >= high].mean(),
            "hbm": _ranked(x, found["hbm"]),
        })  # fmt: skip
    table = pd.DataFrame(rows).set_index("factor")
    return table.iloc[np.argsort(-table["deal"].abs().to_numpy(), kind="stable")]


def _ranked(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation; undefined where nothing varies."""
    a, b = (pd.Series(values).rank().to_numpy() for values in (x, y))
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else np.nan


def page(runs: "Ensemble", shown: int = 8) -> str:
    """The findings as Markdown tables, with their provenance."""
    shares = [[name, f"{value:.2f}"] for name, value in occurrence(runs).items()]
    terms = [[term, wording.number(row["mean"]), f"{row['above zero']:.2f}"] for term, row in contents(runs).iterrows()]
    factors = [
        [f"`{name}`", *(f"{value:{form}}" for value, form in zip(row, ("+.2f", ".2f", ".2f", "+.2f"), strict=True))]
        for name, row in turns_on(runs).head(shown).iterrows()
    ]
    heads = "Factor | rank correlation with months of deal | in its lowest third | in its highest | with months of HBM"
    return pages.page([
        pages.table("Share | ", shares),
        pages.table("In deals | mean | share above zero", terms),
        pages.table(heads, factors),
        size(runs),
    ])  # fmt: skip


def size(runs: "Ensemble") -> str:
    """How many runs there are, and their key, in words."""
    return f"{wording.count(len(runs), 'run')}, {wording.count(len(runs.seeds), 'seed')}, key {runs.key}."


# --- against what happened ---

GRANTED = ("case_by_case", "notify", "exempt", "free", "off")
"""What a rule says where it leaves a way in."""


def hindcast(runs: "Ensemble", first: str = "2025-07") -> pd.DataFrame:
    """Month by month the share of runs with an agreement in force, with HBM in it, and with licences for chips looser
    than at the beginning, beside whether history had them, and the acts announced in the month."""
    history, months = load_regime("history"), [str(month)[:7] for month in runs.months]
    if first not in months:
        raise InputError(f"hindcast: the runs do not hold {first}")
    found = {name: runs[f"deal[{name}]"].values > 0 for name in ("in_force", "hbm", "chips")}
    looser = found["chips"] | (runs["stance[US]"].values > 0)
    rows = []
    for place in range(months.index(first), len(months)):
        shares = (found["in_force"], found["hbm"], looser)
        names = ("agreement", "HBM", "chips")
        there = dict(zip(names, (float(one[:, place].mean()) for one in shares), strict=True))
        acts = ", ".join(act.name for act in history.acts if act.announced.isoformat()[:7] == months[place])
        rows.append({"month": months[place]} | there | _happened(history, months[place]) | {"acts": acts})
    return pd.DataFrame(rows).set_index("month")


def _happened(history: Regime, month: str) -> dict[str, bool]:
    """What was in force at the end of a month: an agreement of both, HBM under licences, chips of the H20 or better."""
    day = dates.first_day(dates.month_of(dates.parse_day(month)) + 1)
    law = history.at(day)
    return {
        "agreement happened": any(act.by == "both" for act in history.in_force(day)),
        "HBM happened": law["hbm.policy"] in GRANTED,
        "chips happened": "case_by_case" in (law.get("licence.policy", "H20"), law["case_band.policy"]),
    }


def hindcast_page(runs: "Ensemble") -> str:
    """The hindcast as a Markdown table, with its provenance."""
    table = hindcast(runs)
    names = ("agreement", "HBM", "chips")
    shown = ("agreement in force", "HBM licensed by one", "chips licensed beyond the start")
    heads = f"Month | {' | '.join(f'{name}: runs | happened' for name in shown)} | announced that month"
    rows = []
    for month, row in table.iterrows():
        pairs = [f"{row[name]:.2f} | {'yes' if row[f'{name} happened'] else 'no'}" for name in names]
        rows.append([month, *pairs, row["acts"] or "–"])
    ever = [float((runs[f"deal[{term}]"].values > 0).any(axis=1).mean()) for term in ("in_force", "hbm")]
    said = f"Runs with any agreement {ever[0]:.2f}, with HBM in one {ever[1]:.2f}."
    return pages.page([pages.table(heads, rows), said, size(runs)])
