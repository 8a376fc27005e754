"""What a set of runs says: the headline differences in words and as a table, and what they turn on."""

from typing import Any

import numpy as np
import pandas as pd

from abm.figures import html
from abm.figures.html import bullets, paragraph, rows, section, text
from abm.results import headlines, wording
from abm.results.comparison import Comparison
from abm.results.ensemble import Ensemble


def answer(comparison: Comparison) -> str:
    """The headline numbers: differences from the base where there is something to compare, else levels."""
    if not len(comparison.pairs[0]):
        return section("answer", "Answer", levels(comparison.ensemble))
    frame = headlines.differences(comparison)
    when = wording.month(str(comparison.ensemble.months[-1]))
    base = wording.say(comparison.base)
    lead = [sentence(part, base.lower(), when) for _, part in list(frame.groupby("line", sort=False))[:4]]
    note = (
        f"Mean of paired differences from {base.lower()} in {when}, with the 95 % interval of the mean below. "
        f"Bold: the interval leaves out zero. {headlines.WINDOWS.capitalize()}."
    )
    return section("answer", "Answer", bullets(lead), difference_rows(frame, base), paragraph(note, "note"))


def sentence(part: pd.DataFrame, base: str, when: str) -> str:
    """One line of the answer: where a metric stands under the base, what raises it most, what lowers it most."""
    first = part.iloc[0]
    unit = "per cent" if first["unit"] == "percentage points" else first["unit"]
    start = f"{first['line']} stands at {wording.number(first['base'])} {unit} in {when} under {base}."
    if part["low"].isna().all():
        return f"{start} One pair of runs a regime gives no interval, so no difference is stated."
    up, down = part[part["low"] > 0], part[part["high"] < 0]
    if up.empty and down.empty:
        return f"{start} No other regime clearly moves it."

    said = [
        f"{wording.say(row['regime'])} {verb} it most: " + wording.interval(row["mean"], row["low"], row["high"])
        for side, verb in ((up, "raises"), (down, "lowers"))
        for row in side.sort_values("mean", key=abs).to_dict("records")[-1:]
    ]
    missing = "raises" if up.empty else "lowers" if down.empty else ""
    return f"{start} {'; '.join(said)}{f'; none clearly {missing} it' if missing else ''}."


def difference_rows(frame: pd.DataFrame, base: str) -> str:
    """The table of differences: a row a line, a column a regime, the interval under the mean."""
    regimes = list(dict.fromkeys(frame["regime"]))
    body = []
    for line, part in frame.groupby("line", sort=False):
        decimals = wording.places(part["mean"].abs().max())
        found = part.set_index("regime")
        cells = [f"<th scope=row>{text(line)}<small>{text(part['unit'].iloc[0])}</small></th>"]
        cells.append(f"<td>{text(wording.number(part['base'].iloc[0]))}</td>")
        cells += [
            cell(found.loc[name], wording.finer(found.loc[name, "mean"], decimals))
            if name in found.index
            else "<td>–</td>"
            for name in regimes
        ]
        body.append("".join(cells))
    return html.table(["", base, *(wording.say(name) for name in regimes)], body)


def cell(row: "pd.Series[Any]", decimals: int) -> str:
    """A difference with its interval; bold when the interval leaves out zero."""
    mean = text(wording.number(row["mean"], True, decimals))
    if not np.isfinite(row["low"]):
        return f'<td class="unsure">{mean}</td>'
    sides = f"{wording.number(row['low'], decimals=decimals)} to {wording.number(row['high'], decimals=decimals)}"
    sure = row["low"] > 0 or row["high"] < 0
    return f'<td class="{"sure" if sure else "unsure"}">{mean}<small>{text(sides)}</small></td>'


def levels(ensemble: Ensemble) -> str:
    """The headline lines as they stand."""
    frame = headlines.headline(ensemble)
    if frame.empty:
        return paragraph("No headline metric is among the columns kept.")
    body = []
    for row in frame.to_dict("records"):
        band = f"{wording.number(row['low'])} to {wording.number(row['high'])}" if np.isfinite(row["low"]) else "–"
        body.append(
            [row["line"], wording.say(row["regime"]), wording.number(row["median"]), band, row["unit"], row["when"]]
        )
    words = ensemble[next(iter(ensemble.columns))].rule
    return rows(["", "Regime", "Median", words.words if words else "Band", "Unit", "When"], body)


def turns(comparison: Comparison) -> str:
    """What would change the answer: how the first difference moves with each factor that was varied."""
    frame = influence(comparison)
    if frame.empty:
        words = (
            "No parameter or lever was varied within a regime, so these runs cannot say on which input the answer "
            "turns. Sweep the inputs you doubt."
        )
        return section("what-would-change-it", "What would change it", paragraph(words))
    body = [[wording.factor(row["factor"]), wording.say(row["regime"]), wording.number(row["rank correlation"], True)]
            for row in frame.head(12).to_dict("records")]  # fmt: skip
    metric = comparison[first_line(comparison)].title
    words = f"{metric}: rank correlation of each factor with the difference at the horizon."
    table = rows(["Factor", "Regime", "Rank correlation"], body)
    return section("what-would-change-it", "What would change it", paragraph(words), table)


def influence(comparison: Comparison) -> pd.DataFrame:
    """Rank correlation of each numeric factor with the paired difference at the horizon, strongest first."""
    found = []
    line = first_line(comparison)
    for regime in comparison.regimes if line and len(comparison.pairs[0]) else []:
        if regime not in comparison[line].regimes:
            continue
        difference = comparison[line].only(regime)
        for factor in comparison.ensemble.factors:
            levels = pd.to_numeric(difference.runs[factor], errors="coerce")
            last = pd.Series(difference.values[:, -1])
            if levels.nunique() > 1 and last.nunique() > 1:
                found.append((factor, regime, float(levels.rank().corr(last.rank()))))
    frame = pd.DataFrame(found, columns=["factor", "regime", "rank correlation"])
    return frame.sort_values("rank correlation", key=abs, ascending=False, ignore_index=True)


def first_line(comparison: Comparison) -> str:
    """The first headline metric held, or nothing."""
    lines = headlines.lines_of(comparison, 1)
    return lines[0].column if lines else ""
