"""The product table: one row for each SKU through each channel by which it can be bought.

Rows stand in order of their channels, so that each channel is a slice. `legacy` rows hold the fleet of January 2022.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from abm.facts import catalog, paths
from abm.facts.catalog import Chip
from abm.foundation.dates import REPORT_FROM, month_of
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import rental

CHANNELS = ("licensed", "domestic", "grey", "gaming", "offshore", "legacy")
NESTS = ("licensed", "domestic", "grey", "gaming", "offshore")
"""Channels a lab can buy through; a nest without rows is shut."""

PACKAGE_MM2 = 814.0
DIE_MM2 = 665.6
RENTAL = "H100e rental"
"""Compute of an H100 abroad for the term of a contract: a good of its own."""
SMUGGLED = "Nvidia"
"""The vendor whose cards brokers carry: buyers without support stay with the software they know."""
NOT_SOLD = {"Atlas 350": "a card around the Ascend 950PR, counted there"}


@dataclass(frozen=True)
class ProductAxis:
    """Where things stand on the product axis."""

    skus: tuple[str, ...]
    channels: tuple[str, ...]
    slices: dict[str, slice]
    chips: dict[str, Chip]

    @property
    def licensed(self) -> slice:
        """Foreign products, sold under US law."""
        return self.slices["licensed"]

    @property
    def domestic(self) -> slice:
        """Chinese products."""
        return self.slices["domestic"]

    @property
    def grey(self) -> slice:
        """Foreign products that brokers bring."""
        return self.slices["grey"]

    @property
    def gaming(self) -> slice:
        """Converted gaming cards."""
        return self.slices["gaming"]

    @property
    def offshore(self) -> slice:
        """Compute rented abroad."""
        return self.slices["offshore"]

    @property
    def legacy(self) -> slice:
        """The fleet of January 2022: held and never on sale."""
        return self.slices["legacy"]

    @cached_property
    def grey_source(self) -> NDArray[np.int64]:
        """For each grey row the licensed row of the same chip."""
        return np.array([self.skus.index(sku) for sku in self.skus[self.grey]], dtype=np.int64)

    @cached_property
    def legacy_source(self) -> NDArray[np.int64]:
        """For each legacy row the row under which the chip is sold."""
        return np.array([self.skus.index(sku) for sku in self.skus[self.legacy]], dtype=np.int64)

    @cached_property
    def spare(self) -> slice:
        """Rows for chips designed during a run, at the end of the licensed ones."""
        stop = self.slices["licensed"].stop
        return slice(stop - sum(name.endswith(SPARE) for name in self.skus[self.slices["licensed"]]), stop)

    @cached_property
    def nests(self) -> NDArray[np.int64]:
        """Place in NESTS of each row's nest of demand, (products,); -1 for the legacy rows, which are never on sale."""
        return np.array([NESTS.index(one) if one in NESTS else -1 for one in self.channels])

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Place in CHANNELS of each row's channel, (products,)."""
        return np.array([CHANNELS.index(one) for one in self.channels])

    @property
    def names(self) -> tuple[str, ...]:
        """`sku/channel` of each row."""
        return tuple(f"{sku}/{channel}" for sku, channel in zip(self.skus, self.channels, strict=True))


@cache
def marketable() -> Mapping[str, Chip]:
    """The chips of the catalogue that can be sold in the market of accelerators: data-centre and workstation products
    with a release date, compute, bandwidth and a price, oldest first; unknown cells are filled from `inputs.csv`."""
    filled = (complete(chip) for sku, chip in catalog.chips().items() if sku not in NOT_SOLD)
    ready = [one for one in filled if one.kind != "gaming" and one.released and _known(one)]
    return MappingProxyType({one.sku: one for one in sorted(ready, key=lambda one: (one.released, one.sku))})


@cache
def gaming() -> Mapping[str, Chip]:
    """Gaming cards that can be converted for servers, oldest first; unknown cells are filled from `inputs.csv`."""
    ready = [one for one in map(complete, catalog.chips().values()) if one.kind == "gaming" and _known(one)]
    oldest = sorted(ready, key=lambda one: (str(one.released), one.sku))
    return MappingProxyType({one.sku: one for one in oldest if one.released})


def complete(chip: Chip) -> Chip:
    """A chip with its unknown cells filled from the assumptions `chip/<sku>/<field>` of `inputs.csv`."""
    fields = ("fp16_tflops", "bandwidth_gb_s", "price_usd", "hbm_stacks", "tdp_w", "link_gb_s")
    series = {name: f"chip/{chip.sku}/{name}" for name in fields if getattr(chip, name) is None}
    found: dict[str, Any] = {name: paths.value(one) for name, one in series.items() if paths.has(one)}
    if chip.released is None and paths.has(f"chip/{chip.sku}/released"):
        found["released"] = paths.day(f"chip/{chip.sku}/released")
    return replace(chip, **found)


def _known(chip: Chip) -> bool:
    return None not in (chip.fp16_tflops, chip.bandwidth_gb_s, chip.price_usd, chip.memory_gb)


SPARE = " cut-down"
"""How the names of chips designed during a run end: `Nvidia 1 cut-down`."""


def product_axis(home_of: Mapping[str, bool], spare: int) -> ProductAxis:
    """The product axis: foreign products as `licensed`, Chinese ones as `domestic`, Nvidia's with HBM sold in the
    United States also as `grey`, converted `gaming` cards, compute rented `offshore`, and `legacy` rows for those on
    sale before 2022.

    home_of  for each vendor whether it is Chinese
    spare    rows that each foreign vendor has for chips designed during the run, at the end of the licensed ones
    """
    return _axis(tuple(home_of.items()), spare)


@cache
def _axis(vendors: tuple[tuple[str, bool], ...], spare: int) -> ProductAxis:
    home_of = dict(vendors)
    chips = {sku: chip for sku, chip in marketable().items() if chip.vendor in home_of}
    foreign = [name for name, domestic in home_of.items() if not domestic]
    blank = [(f"{name} {n + 1}{SPARE}", name) for name in foreign for n in range(spare)]
    chips |= {sku: Chip(sku=sku, vendor=name, kind="datacentre") for sku, name in blank}
    home = {sku: home_of[chip.vendor] for sku, chip in chips.items()}
    rows: dict[str, list[str]] = {name: [] for name in CHANNELS}
    for sku, chip in chips.items():
        rows["domestic" if home[sku] else "licensed"].append(sku)
        if chip.released is not None and month_of(chip.released) < REPORT_FROM:
            rows["legacy"].append(sku)
        if chip.vendor == SMUGGLED and chip.sold_in_us and chip.hbm_stacks:
            rows["grey"].append(sku)
    rows["gaming"], rows["offshore"] = list(gaming()), [RENTAL]
    chips |= {**gaming(), RENTAL: replace(chips["H100"], sku=RENTAL)}
    slices, start = {}, 0
    for name in CHANNELS:
        slices[name] = slice(start, start + len(rows[name]))
        start += len(rows[name])
    skus = tuple(sku for name in CHANNELS for sku in rows[name])
    channels = tuple(name for name in CHANNELS for _ in rows[name])
    return ProductAxis(skus, channels, slices, chips)


class Products(Table):
    """What is known of a product and what changes with the market."""

    compute = Column("H100e", "dense 16-bit compute")
    bandwidth = Column("1", "memory bandwidth over an H100's")
    capacity = Column("GB", "memory")
    link = Column("GB/s", "link bandwidth, both directions")
    training = Column("1", "share of a card's compute that large training runs can use")
    host = Column("USD", "server, network and power over a card's life")
    list_price = Column("USD", "list price at release")
    released = Column("month", "month of release")
    packages = Column("package", "advanced packages per unit in H100 sizes; 0 for cards without HBM")
    dies = Column("die", "dies of 666 mm2 per unit")
    stacks = Column("stack", "HBM stacks per unit")
    cut_down = Column("", "made for China from a chip that law bars", dtype=np.bool_)
    shut = Column("month", "months in a row in which a cut-down was not on offer")
    vendor = Column("place", "place of the vendor", dtype=np.int64)
    price = Column("USD", "price asked this month")
    factor = Column("1", "price over list of domestic products")
    stock = Column("unit", "unsold units of domestic products")
    orders = Column("unit/month", "orders, smoothed")
    sales = Column("unit/month", "sales, smoothed")
    imported = Column("unit", "units sold to Chinese labs under US law in all")
    abroad = Column("unit", "units sold for use in the United States in all")
    term = Column("1", "share of a card's life that is bought: 1, less for rented compute")
    lawful = Column("", "law left a way in last month", dtype=np.bool_)
    committed = Column("unit", "cut-downs in work and in stock for China")
    transit_usd = Column("USD", "value of cards sold and not yet delivered, by months to go", "lead")

    @classmethod
    def opening(cls, axes: dict[str, int], axis: ProductAxis, home_of: Mapping[str, bool], p: Parameters) -> Self:
        """The products of an axis at the start of 2021; a spare row is on offer once `fill` puts a chip in it."""
        products, vendors = cls(axis.names, axes, p), list(home_of)
        for row, sku in enumerate(axis.skus):
            chip = axis.chips[sku]
            products.vendor[row] = vendors.index(chip.vendor)
            products.cut_down[row] = not home_of[chip.vendor] and not chip.sold_in_us
            if chip.price_usd is None:
                for column in ("compute", "bandwidth", "capacity", "link", "host", "list_price"):
                    getattr(products, column)[row] = 1.0
                products.released[row] = np.inf
            else:
                products.fill(row, chip)
                products.released[row] = month_of(chip.released) if chip.released else np.inf
        products.price[:] = products.list_price
        products.factor[:] = products.training[:] = products.term[:] = 1.0
        products._set_apart(axis)
        return products

    def _set_apart(self, axis: ProductAxis) -> None:
        """Hosting of converted cards, and rent, which holds all cost of a term.

        Rented compute has no release; its price is set again each month.
        """
        gaming, offshore = axis.gaming, axis.offshore
        self.host[gaming] = self.parameters.gaming.host
        o = self.parameters.offshore
        full = self.list_price[offshore] + self.host[offshore]
        self.list_price[offshore] = rental.yearly_rent(float(full[0]), o.amortised, o.markup, o.months)
        self.price[offshore] = self.list_price[offshore]
        self.host[offshore] = 0.0
        self.released[offshore] = np.inf
        self.term[offshore] = o.months / o.amortised

    def fill(self, row: int, chip: Chip) -> None:
        """Put what is known of a chip into its row; when it is released is said elsewhere."""
        h100, d = catalog.chips()["H100"], self.parameters.demand
        self.compute[row] = _number(chip.fp16_tflops) / _number(h100.fp16_tflops)
        self.bandwidth[row] = _number(chip.bandwidth_gb_s) / _number(h100.bandwidth_gb_s)
        self.capacity[row] = chip.memory_gb
        self.link[row] = 64.0 if chip.link_gb_s is None else chip.link_gb_s
        self.host[row] = d.host_base + d.host_per_watt * (400.0 if chip.tdp_w is None else chip.tdp_w)
        self.list_price[row] = self.price[row] = _number(chip.price_usd)
        self.stacks[row] = chip.hbm_stacks or 0.0
        self.packages[row] = _packages(chip)
        self.dies[row] = _dies(chip)


def renamed(chip: Chip, sku: str) -> Chip:
    """A design under the name of a spare row, its note saying what it was cut from."""
    return replace(chip, sku=sku, note=f"{chip.sku}; {chip.note}")


def _number(value: float | None) -> float:
    assert value is not None
    return value


def _packages(chip: Chip) -> float:
    if not chip.hbm_stacks:
        return 0.0
    return max(1.0, round((chip.die_mm2 or PACKAGE_MM2) / PACKAGE_MM2))


def _dies(chip: Chip) -> float:
    series = f"chip/{chip.sku}/dies"
    if paths.has(series):
        return paths.value(series)
    return 1.0 if chip.die_mm2 is None else max(0.25, chip.die_mm2 / DIE_MM2)
