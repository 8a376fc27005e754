"""Tables that pages show, as rows and as harmless HTML: an agent's state, evidence, differences, flows."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm import wording
from abm.agents import product
from abm.facts import catalog
from abm.parameters import declarations

if TYPE_CHECKING:
    from abm.comparison import Comparison
    from abm.model import ChipMarket
    from abm.outcome import Outcome
    from abm.results import Run

H100_TFLOPS = 989.0
MOST_PARTS = 4
"""Parts of a vector that an agent's table names, the largest first."""


def html(head: Sequence[str], rows: Iterable[Sequence[object]], kind: str = "") -> str:
    """A table; every cell escaped."""
    top = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="abm-table {escape(kind)}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


# --- agents ---


def agent_names(m: "ChipMarket") -> list[str]:
    """`table/name` of every agent."""
    return [f"{table}/{name}" for table in agent_tables(m) for name in m.tables[table].names]


def agent_tables(m: "ChipMarket") -> list[str]:
    """The tables whose rows are agents that may be looked at one by one."""
    kinds = {type(agent).__name__ for agent in m.agents}
    return [name for name, table in m.tables.items() if table.row_type.__name__ in kinds and name not in TOGETHER]


TOGETHER = ("brokers",)
"""Agents shown only as a whole: no page tells one way past the controls from another."""


def agent_rows(m: "ChipMarket", key: str) -> list[tuple[str, str, str]]:
    """What an agent holds and is: name of each column with its meaning, value, unit; empty when there is no such."""
    table_name, _, name = key.partition("/")
    table = m.tables.get(table_name)
    if table is None or table_name in TOGETHER or name not in table.index:
        return []
    place = table.index[name]
    return [
        (column.help, value_of(m, getattr(table, label)[place], column.axes), column.unit)
        for label, column in table.columns.items()
    ]


def value_of(m: "ChipMarket", value: Any, axes: tuple[str, ...]) -> str:
    """A column's value in words: a number, yes or no, or a total with its largest parts."""
    whole = np.asarray(value)
    if whole.ndim == 0:
        if whole.dtype == np.bool_:
            return "yes" if bool(whole) else "no"
        return amount(float(whole))
    along = whole.reshape(whole.shape[0], -1).sum(axis=1).astype(float)
    names = axis_names(m, axes[0])
    order = [place for place in np.argsort(-np.abs(along), kind="stable")[:MOST_PARTS] if along[place] and names]
    parts = ", ".join(f"{names[place]} {amount(along[place])}" for place in order)
    return f"{amount(float(along.sum()))}{f' ({parts})' if parts else ''}"


def axis_names(m: "ChipMarket", axis: str) -> Sequence[str]:
    """What stands along an axis of a column; nothing where places have no names."""
    known: Mapping[str, Sequence[str]] = {"products": m.place.names, "generations": tuple(catalog.memory())}
    return known.get(axis, ())


def amount(value: float) -> str:
    """A number for people, with words for its size."""
    scale = wording.scale("", "unit", abs(value))
    return f"{wording.number(scale.of(value))} {scale.label.removesuffix('units')}".strip()


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
    every = map(product.complete, catalog.chips().values())
    found = {chip.sku: (chip.fp16_tflops or 0.0) / H100_TFLOPS for chip in every}
    for name, values in run.columns.items():
        metric, key = wording.split(name)
        if metric == "design_tpp" and np.isfinite(values).any():
            found[key] = float(values[np.isfinite(values)][-1]) / 16 / H100_TFLOPS
    return found


def vendor_of(sku: str) -> str:
    """Who made a SKU; of a chip designed in the run the words before its number."""
    chip = catalog.chips().get(sku)
    return chip.vendor if chip else sku.removesuffix(product.SPARE).rpartition(" ")[0] or sku


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
