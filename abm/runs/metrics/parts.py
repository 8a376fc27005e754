"""Recorded arrays taken apart by channel, vendor, maker or input: each part under its name, (months,)."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import CHANNELS
from abm.month.measures import ratio
from abm.rules.production import INPUTS
from abm.state import Market

Floats = NDArray[np.float64]


def channels(market: Market, values: Floats) -> dict[str, Floats]:
    """By channel, (months, channels), those that have products."""
    live = {name: one for name, one in market.axis.slices.items() if one.stop > one.start}
    return {name: values[:, place] for place, name in enumerate(CHANNELS) if name in live}


def vendors(market: Market, values: Floats, domestic: bool | None = None) -> dict[str, Floats]:
    """By vendor, (months, vendors): all, the Chinese or the foreign ones."""
    return _firms(market.vendors.names, market.vendors.domestic, values, domestic)


def makers(market: Market, values: Floats, domestic: bool | None = None) -> dict[str, Floats]:
    """By maker of HBM, (months, makers): all, the Chinese or the foreign ones."""
    return _firms(market.makers.names, market.makers.domestic, values, domestic)


def _firms(names: tuple[str, ...], home: NDArray[np.bool_], values: Floats, domestic: bool | None) -> dict[str, Floats]:
    chosen = [row for row in range(len(names)) if domestic is None or bool(home[row]) == domestic]
    return {names[row]: values[:, row] for row in chosen}


def by_owner(market: Market, values: Floats, rows: slice) -> dict[str, Floats]:
    """A quantity of some rows of the product axis, (months, products), summed over each vendor's products."""
    whole, owner = values[:, rows], market.products.vendor[rows]
    return {
        name: whole[:, owner == place].sum(axis=1)
        for place, name in enumerate(market.vendors.names)
        if (owner == place).any()
    }


def inputs(market: Market, values: Floats) -> dict[str, Floats]:
    """By Chinese vendor and input, (months, vendors, inputs)."""
    homes = [place for place, yes in enumerate(market.vendors.domestic) if yes]
    return {
        f"{market.vendors.names[place]}/{name}": values[:, place, i] for place in homes for i, name in enumerate(INPUTS)
    }


def domestic_share(market: Market, values: Floats, only: NDArray[np.bool_] | None = None) -> Floats:
    """Chinese share of a quantity of products, (months, products), that comes through legal channels.

    only   (products,), those that count; all when None
    """
    sums = []
    for rows in (market.axis.domestic, market.axis.licensed):
        part = values[:, rows] if only is None else values[:, rows][:, only[rows]]
        sums.append(part.sum(axis=1))
    home, foreign = sums
    return ratio(home, home + foreign)


def domestic_part(values: Floats) -> Floats:
    """Share of Chinese chips in a quantity by channel, (months, channels)."""
    return ratio(values[:, CHANNELS.index("domestic")], values.sum(axis=1))


def mean_by(sold: Floats, price: Floats) -> Floats:
    """Mean price weighted by units sold, undefined when none is; both (months, products)."""
    return ratio((sold * price).sum(axis=1), sold.sum(axis=1))
