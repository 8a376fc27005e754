"""Tables that pages show, as rows and as harmless HTML: the law of a month, evidence, differences, flows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.agents import products
from abm.facts import catalog
from abm.foundation.parameters import declarations
from abm.results import wording

if TYPE_CHECKING:
    from abm.law.acts import Act
    from abm.results.comparison import Comparison
    from abm.results.series import Outcome
    from abm.runs.run import Run
    from abm.server.live import LawNow

H100_TFLOPS = 989.0


def html(head: Sequence[str], rows: Iterable[Sequence[object]], kind: str = "") -> str:
    """A table; every cell escaped."""
    top = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="abm-table {escape(kind)}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


# --- law ---


def law_list(now: "LawNow", month: str) -> str:
    """What is law in a month, as a list: what is new, what is known to come, and what stands, the latest first."""
    new = [(act, f"from {spoken(act.effective)}") for act in now.fresh]
    chances = [(act, "" if chance == 1 else f", {chance:.0%} likely") for act, chance in now.coming]
    coming = [(act, f"from {spoken(act.effective)}{words}") for act, words in chances]
    standing = [(act, f"since {spoken(act.effective)}") for act in now.standing]
    parts = [
        (f"New in {wording.month(month)}", new),
        ("Known to come", coming),
        (f"In force on 1 {wording.month(month)}: {wording.count(len(standing), 'act')}", standing),
    ]
    found = [f"<h4>{escape(head)}</h4>{''.join(map(_act, acts))}" for head, acts in parts if acts]
    if not standing:
        found.append(f"<h4>No act in force on 1 {wording.month(month)}</h4>")
    return f'<div class="abm-lawlist">{"".join(found)}</div>'


def spoken(day: date | None) -> str:
    """A day in words."""
    return "no day" if day is None else f"{day.day} {day:%B %Y}"


def _act(entry: "tuple[Act, str]") -> str:
    act, when = entry
    who = {"both": "US and China", "CN": "China"}.get(act.by, act.by)
    return (
        f'<p class="abm-act abm-{act.by}" title="{escape(act.name)}">{escape(act.what)} '
        f'<span class="abm-note">{who}, {escape(when)}</span></p>'
    )


# --- evidence ---


def evidence(grade: str = "", group: str = "", words: str = "") -> list[tuple[str, str, str, str, str, str]]:
    """Parameters of a grade, a group and with some words: name, meaning, default and unit, range, grade, sources."""
    found = []
    for name, one in declarations().items():
        text = f"{name} {one.help} {one.source}".casefold()
        if (grade and one.grade != grade) or (group and not name.startswith(f"{group}.")):
            continue
        if words.casefold() in text:
            spread = f"{plain(one.range[0])} to {plain(one.range[1])}" if one.range else ", ".join(one.choices) or "–"
            default = plain(one.default) if isinstance(one.default, int | float) else one.default
            unit = "" if one.unit in ("", "1") else f" {one.unit}"
            found.append((name, one.help, f"{default}{unit}", spread, one.grade, cited(one.source)))
    return found


def plain(value: float) -> str:
    """A declared number as it stands, with a true minus sign."""
    return f"{value:,.10g}".replace("-", "−") if abs(value) < 1e9 else f"{value:g}"


def cited(ids: str) -> str:
    """Sources in words: publisher, title and date of each."""
    known = catalog.sources()
    parts = []
    for name in ids.split(";"):
        one = known.get(name)
        parts.append(f"{one.publisher}: {one.title}{f' ({one.date})' if one.date else ''}" if one else name)
    return "; ".join(parts)


# --- comparisons ---


def difference_rows(comparison: "Comparison") -> list[tuple[str, str, str, str, str]]:
    """The headline lines: what, the base, the difference with its interval, unit, when."""
    rows = []
    for row in comparison.differences().to_dict("records"):
        decimals = wording.finer(row["mean"], wording.places(row["mean"]))
        cell = wording.interval(row["mean"], row["low"], row["high"], decimals)
        rows.append((row["line"], wording.number(row["base"]), cell, row["unit"], row["when"]))
    return rows


def tidy(outcome: "Outcome") -> pd.DataFrame:
    """One column of an ensemble, a row a run and month: metric, unit, regime, seed, month, value."""
    runs, months = outcome.values.shape
    return pd.DataFrame({
        "metric": outcome.name,
        "unit": outcome.unit,
        "regime": np.repeat(outcome.runs["regime"].to_numpy(), months),
        "seed": np.repeat(outcome.runs["seed"].to_numpy(), months),
        "month": np.tile([str(month) for month in outcome.months], runs),
        "value": outcome.values.ravel(),
    })  # fmt: skip


# --- flows ---


MOST_SKUS = 14
COMPUTING = ("accelerator", "compute")
"""Goods of the flows that are compute: cards in units, and rented compute in H100e."""


def compute_of(run: "Run") -> dict[str, float]:
    """H100e of a unit of each SKU: from the catalogue, or as designed in the run."""
    every = map(products.complete, catalog.chips().values())
    found = {chip.sku: (chip.fp16_tflops or 0.0) / H100_TFLOPS for chip in every}
    for name, values in run.columns.items():
        metric, key = wording.split(name)
        if metric == "design_tpp" and np.isfinite(values).any():
            found[key] = float(values[np.isfinite(values)][-1]) / 16 / H100_TFLOPS
    return found


def vendor_of(sku: str) -> str:
    """Who made a SKU; of a chip designed in the run the words before its number; who lets it, of rented compute."""
    if sku == products.RENTAL:
        return "Clouds abroad"
    chip = catalog.chips().get(sku)
    return chip.vendor if chip else sku.removesuffix(products.SPARE).rpartition(" ")[0] or sku


def deliveries(run: "Run", year: str, channel: str = "") -> pd.DataFrame:
    """Compute that reached Chinese labs in a year, bought or rented: vendor, sku, channel, H100e.

    Cards that one lab sells another are left out; the smallest SKUs are drawn together.
    """
    rows = run.flows if run.flows is not None else pd.DataFrame(columns=["month", "good", "to", "from", "channel"])
    mine = rows["good"].isin(COMPUTING) & (rows["to"] == "labs") & ~rows["from"].isin(["outside", "labs"])
    mine &= rows["month"].str.startswith(year)
    if channel:
        mine &= rows["channel"] == channel
    part = rows[mine]
    worth = compute_of(run)
    table = pd.DataFrame({
        "vendor": [vendor_of(sku) for sku in part["sku"]],
        "sku": list(part["sku"]),
        "channel": list(part["channel"]),
        "amount": [units * worth.get(sku, 1.0) for units, sku in zip(part["units"], part["sku"], strict=True)],
    })  # fmt: skip
    large = set(table.groupby("sku")["amount"].sum().nlargest(MOST_SKUS).index)
    named = zip(table["sku"], table["vendor"], strict=True)
    table["sku"] = [sku if sku in large else f"{vendor}, others" for sku, vendor in named]
    return table.groupby(["vendor", "sku", "channel"], sort=False)["amount"].sum().reset_index()


def chip_links(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Deliveries as links of a Sankey diagram: vendor, SKU, channel, Chinese labs."""
    found = table[table["amount"] > 0]
    named = found.assign(channel=[wording.say(one) for one in found["channel"]], buyer="Chinese labs")
    named = named.assign(sku=[f"{sku} " if sku in set(named["vendor"]) else sku for sku in named["sku"]])
    stages = ("vendor", "sku", "channel", "buyer")
    return [link for start, end in pairwise(stages) for link in links(named, start, end, "amount")]


def channel_colours(table: pd.DataFrame, colours: Mapping[str, str]) -> dict[str, str]:
    """The colour of each channel, and of each vendor and SKU that of the channel most of it goes through."""
    found = {wording.say(name): colours[name] for name in table["channel"].unique()}
    for column in ("vendor", "sku"):
        for name, part in table.groupby(column):
            main = str(part.groupby("channel")["amount"].sum().idxmax())
            found[str(name)] = found[f"{name} "] = colours[main]
    return found


def memory_links(run: "Run", year: str) -> list[tuple[str, str, float]]:
    """HBM stacks of a year as links: generation, and who bought it, in millions of stacks."""
    if run.flows is None:
        return []
    rows = run.flows
    part = rows[(rows["good"] == "hbm") & (rows["from"] == "makers") & rows["month"].str.startswith(year)]
    buyer = part["to"].map({"vendors": "Chinese vendors"}).fillna("Rest of the world")
    return links(part.assign(buyer=buyer, amount=part["units"] / 1e6), "sku", "buyer", "amount")


def links(table: pd.DataFrame, start: str, end: str, amount: str) -> list[tuple[str, str, float]]:
    """Sums of a column from each value of one column to each of another, those above zero."""
    sums: dict[tuple[str, str], float] = {}
    for a, b, value in zip(table[start], table[end], table[amount], strict=True):
        sums[str(a), str(b)] = sums.get((str(a), str(b)), 0.0) + float(value)
    return [(a, b, value) for (a, b), value in sums.items() if value > 0]
