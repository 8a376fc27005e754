"""What went where in a year of a run: compute to Chinese labs, HBM stacks to their buyers, as links of a diagram."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.agents import products
from abm.facts import catalog
from abm.results import wording

if TYPE_CHECKING:
    from abm.runs.run import Run

Links = list[tuple[str, str, float]]

H100_TFLOPS = 989.0
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
    rows = _of_year(run, year)
    mine = rows["good"].isin(COMPUTING) & (rows["to"] == "labs") & ~rows["from"].isin(["outside", "labs"])
    table = rows[mine & (rows["channel"] == channel)] if channel else rows[mine]
    worth = compute_of(run)
    amount = table["units"] * [worth.get(sku, 1.0) for sku in table["sku"]]
    table = table.assign(amount=amount, vendor=[vendor_of(sku) for sku in table["sku"]])
    large = set(table.groupby("sku")["amount"].sum().nlargest(MOST_SKUS).index)
    named = zip(table["sku"], table["vendor"], strict=True)
    table["sku"] = [sku if sku in large else f"{vendor}, others" for sku, vendor in named]
    return table.groupby(["vendor", "sku", "channel"], sort=False)["amount"].sum().reset_index()


def chip_links(table: pd.DataFrame) -> Links:
    """Deliveries as links: vendor, SKU, channel, Chinese labs. A SKU called like a vendor gets a space after it."""
    vendors = set(table["vendor"])
    table = table.assign(
        sku=[f"{sku} " if sku in vendors else sku for sku in table["sku"]],
        channel=[wording.say(name) for name in table["channel"]],
        buyer="Chinese labs",
    )
    return [link for start, end in pairwise(("vendor", "sku", "channel", "buyer")) for link in links(table, start, end)]


def channel_colours(table: pd.DataFrame, colours: Mapping[str, str]) -> dict[str, str]:
    """The colour of each channel, and of each vendor and SKU that of the channel most of it goes through."""
    found = {wording.say(name): colours[name] for name in table["channel"].unique()}
    for column in ("vendor", "sku"):
        totals = table.groupby([column, "channel"])["amount"].sum().sort_values()
        for name, channel in totals.index:  # the largest comes last and stays
            found[name] = found[f"{name} "] = colours[channel]
    return found


def memory_links(run: "Run", year: str) -> Links:
    """HBM stacks of a year as links: generation, and who bought it, in millions of stacks."""
    rows = _of_year(run, year)
    rows = rows[(rows["good"] == "hbm") & (rows["from"] == "makers")]
    buyer = rows["to"].map({"vendors": "Chinese vendors"}).fillna("Rest of the world")
    return links(rows.assign(buyer=buyer, amount=rows["units"] / 1e6), "sku", "buyer")


def links(table: pd.DataFrame, start: str, end: str) -> Links:
    """Amounts summed from each value of one column to each of another, those above zero."""
    sums = table.groupby([start, end], sort=False, as_index=False)["amount"].sum()
    sums = sums[sums["amount"] > 0]
    return list(zip(sums[start], sums[end], sums["amount"].astype(float), strict=True))


def _of_year(run: "Run", year: str) -> pd.DataFrame:
    """The transfers of a year, of a run that kept them."""
    assert run.flows is not None
    return run.flows[run.flows["month"].str.startswith(year)]
