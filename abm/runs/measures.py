"""How each metric follows from a run's history: functions of the model, one value a month, spin-up included."""

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.labs import KINDS
from abm.agents.products import CHANNELS
from abm.facts import catalog
from abm.facts.catalog import Chip
from abm.foundation import dates
from abm.markets.clearing import DUST
from abm.rules.production import INPUTS

if TYPE_CHECKING:
    from abm.state import Market

Floats = NDArray[np.float64]


def ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, undefined where bottom is not positive."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def year(flow: Floats) -> Floats:
    """Sums over the twelve months up to each."""
    sums = np.cumsum(np.concatenate([[0.0], flow]))
    start = np.maximum(np.arange(1, len(sums)) - 12, 0)
    return np.asarray(sums[1:] - sums[start])


def channels(m: "Market", name: str, apart: tuple[str, ...] = ()) -> dict[str, Floats]:
    """A quantity by those channels that have products."""
    whole = m.history[name]
    live = [(i, c) for i, c in enumerate(CHANNELS) if m.axis.slices[c].stop > m.axis.slices[c].start and c not in apart]
    return {channel: whole[:, place] for place, channel in live}


def vendors(m: "Market", column: str, rows: slice) -> dict[str, Floats]:
    """A quantity recorded by product, summed over each vendor's products in a channel."""
    whole, owner = m.history[column][:, rows], m.products.vendor[rows]
    return {
        name: whole[:, owner == place].sum(axis=1)
        for place, name in enumerate(m.vendors.names)
        if (owner == place).any()
    }


def china_revenue(m: "Market") -> dict[str, Floats]:
    """Dollars billed in China, by vendor."""
    return vendors(m, "billed", slice(0, m.axis.domestic.stop))


def revenue(m: "Market") -> dict[str, Floats]:
    """Dollars billed in China and sold abroad, by vendor."""
    abroad = m.history["abroad_usd"]
    return {name: usd + abroad[:, m.vendors.index[name]] for name, usd in china_revenue(m).items()}


def units(m: "Market", rows: slice) -> Floats:
    """Units delivered of some rows of the product axis."""
    return np.asarray(m.history["units"][:, rows].sum(axis=1))


def large(m: "Market", rows: slice) -> Floats:
    """Units of cards with HBM, or of at least a quarter of an H100's compute."""
    large = (m.products.stacks[rows] > 0) | (m.products.compute[rows] >= 0.25)
    return np.asarray(m.history["units"][:, rows][:, large].sum(axis=1))


def share(m: "Market", of: Callable[["Market", slice], Floats]) -> Floats:
    """Domestic share of a quantity delivered through legal channels."""
    home, foreign = of(m, m.axis.domestic), of(m, m.axis.licensed)
    return ratio(home, home + foreign)


def value_share(m: "Market") -> Floats:
    """Domestic share of dollars billed."""
    billed = m.history["billed"]
    home, foreign = billed[:, m.axis.domestic].sum(axis=1), billed[:, m.axis.licensed].sum(axis=1)
    return ratio(home, home + foreign)


def self_sufficiency(m: "Market") -> Floats:
    """Domestic share of compute added onshore over twelve months, through every channel."""
    added = channels(m, "added_by_channel")
    whole = added["domestic"] + added["licensed"] + added["grey"] + added["gaming"]
    return np.clip(ratio(year(added["domestic"]), year(whole)), 0.0, 1.0)


def binding(m: "Market") -> dict[str, Floats]:
    """One-hot shares of the input that binds each Chinese vendor; all zero while it makes nothing."""
    limits, made = m.history["limits"], m.history["made"]
    least = np.argmin(limits, axis=2)
    homes = [place for place, yes in enumerate(m.vendors.domestic) if yes]
    return {
        f"{m.vendors.names[v]}/{name}": ((least[:, v] == i) & (made[:, v] > 0)).astype(float)
        for v in homes
        for i, name in enumerate(INPUTS)
    }


def shadow_prices(m: "Market") -> dict[str, Floats]:
    """What one more unit of each input would be worth to each Chinese vendor."""
    whole = m.history["shadow"]
    homes = [place for place, yes in enumerate(m.vendors.domestic) if yes]
    return {f"{m.vendors.names[v]}/{name}": whole[:, v, i] for v in homes for i, name in enumerate(INPUTS)}


def of_vendors(name: str, foreign_only: bool = False) -> Callable[["Market"], dict[str, Floats]]:
    """A quantity recorded by vendor."""
    return lambda m: {
        vendor: m.history[name][:, place]
        for place, vendor in enumerate(m.vendors.names)
        if not (foreign_only and m.vendors.domestic[place])
    }


def price_index(m: "Market") -> dict[str, Floats]:
    """Prices of stacks over the reference price, on contract and on the spot."""
    whole = m.history["hbm_index"]
    return {"contract": whole[:, 0], "spot": whole[:, 1]}


def designs(of: Callable[[Chip], float | None]) -> Callable[["Market"], dict[str, Floats]]:
    """A number of each chip designed during the run, undefined until it is on sale."""

    def found(m: "Market") -> dict[str, Floats]:
        released, skus = m.history["released"], m.axis.skus[m.axis.spare]
        months = np.arange(len(released))
        numbers = [of(m.chips[sku]) for sku in skus]
        return {
            sku: np.where(released[:, place] <= months, np.nan if number is None else number, np.nan)
            for place, (sku, number) in enumerate(zip(skus, numbers, strict=True))
        }

    return found


def makers(m: "Market", name: str, foreign_only: bool = False) -> dict[str, Floats]:
    """A quantity recorded by maker."""
    whole = m.history[name]
    return {
        maker: whole[:, place]
        for place, maker in enumerate(m.makers.names)
        if not (foreign_only and m.makers.domestic[place])
    }


def hbm_revenue(m: "Market") -> dict[str, Floats]:
    """Dollars of stacks sold in China and abroad, by maker."""
    china, abroad = makers(m, "hbm_usd"), makers(m, "hbm_abroad")
    return {name: china[name] + abroad[name] for name in china}


def law(m: "Market") -> dict[str, Floats]:
    """Levers that are set at any time: the value of numbers, and one-hot shares of the choices of the others."""
    found: dict[str, Floats] = {}
    laws = [m.regime.at(dates.first_day(t)) for t in range(len(m.history))]
    start = 0
    for law, months in groupby(laws):
        stop = start + len(list(months))
        for lever, scope, value in law.settings():
            key = lever if scope is None else f"{lever}:{scope}"
            number = isinstance(value, int | float) and not isinstance(value, bool)
            key, amount = (key, float(value)) if number else (f"{key}/{word(value)}", 1.0)  # type: ignore[arg-type]
            if key not in found:
                found[key] = np.full(len(laws), np.nan if number else 0.0)
            found[key][start:stop] = amount
        start = stop
    return found


def word(value: object) -> str:
    """A choice as it is written in keys."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def speed(m: "Market") -> Floats:
    """Rise of the frontier's record over twelve months."""
    record = m.history["frontier"]
    past = np.concatenate([np.full(12, np.nan), record[:-12]])[: len(record)]
    return np.asarray(record - past)


def log_ratio(name: str) -> Callable[["Market"], Floats]:
    """Ten to the power of a recorded quantity."""
    return lambda m: 10 ** m.history[name]


def total(name: str) -> Callable[["Market"], Floats]:
    """The sum of a recorded quantity over its parts."""
    return lambda m: np.asarray(m.history[name].sum(axis=1))


def plain(name: str) -> Callable[["Market"], Floats]:
    """A recorded quantity itself."""
    return lambda m: m.history[name]


def world(m: "Market") -> Floats:
    """Compute of everyone; what Chinese labs rent stands in centres of the rest of the world, and counts once."""
    h = m.history
    return np.asarray(h["us_compute"] + h["rest_compute"] + h["compute_by_channel"].sum(axis=1) - h["rented"])


def unmet(m: "Market") -> Floats:
    """One less value obtained over value wanted."""
    got = m.history["obtained"]
    return np.clip(1 - ratio(got[:, 0], got[:, 1]), 0.0, 1.0)


def cost(m: "Market") -> Floats:
    """Monthly cost of the month's purchases over their compute."""
    return ratio(m.history["cost_by_channel"].sum(axis=1), m.history["bought_by_channel"].sum(axis=1))


def cost_by_channel(m: "Market") -> dict[str, Floats]:
    """The same by channel."""
    cost, bought = channels(m, "cost_by_channel", ("legacy",)), channels(m, "bought_by_channel", ("legacy",))
    return {channel: ratio(cost[channel], bought[channel]) for channel in cost}


def units_to_china(m: "Market") -> dict[str, Floats]:
    """Foreign units delivered, by SKU."""
    units = m.history["units"]
    return {m.axis.skus[row]: units[:, row] for row in range(m.axis.licensed.start, m.axis.licensed.stop)}


def smuggled_compute(m: "Market") -> Floats:
    """Compute of cards landed by brokers."""
    return np.asarray(m.history["smuggled"] @ m.products.compute[m.axis.grey])


def grey_premium(m: "Market") -> Floats:
    """Price of grey cards over US list, weighted by units sold, less 1."""
    sold = m.history["grey_sold"]
    return ratio((sold * m.history["grey_paid"]).sum(axis=1), sold.sum(axis=1)) - 1


def gaming_premium(m: "Market") -> Floats:
    """Shop price of gaming cards over list, weighted by units sold, less 1."""
    sold = m.history["shop_sold"]
    return ratio((sold * m.history["shop_price"]).sum(axis=1), sold.sum(axis=1)) - 1


def shop_prices(m: "Market") -> dict[str, Floats]:
    """Shop price of each gaming card over list, undefined before it is sold."""
    sold, price = m.history["shop_sold"], m.history["shop_price"]
    return {name: np.where(sold[:, row] > DUST, price[:, row], np.nan) for row, name in enumerate(m.shops.names)}


def software(m: "Market") -> dict[str, Floats]:
    """Software readiness of each Chinese vendor."""
    whole = m.history["software"]
    return {name: whole[:, place] for place, name in enumerate(m.vendors.names) if m.vendors.domestic[place]}


def shelved(m: "Market") -> Floats:
    """Shelved runs over planned ones, both over twelve months, in which each lab plans four times."""
    counts = m.history["runs"]
    return ratio(year(counts[:, 1]), year(counts[:, 0]))


def domestic_part(m: "Market", name: str) -> Floats:
    """Share of Chinese chips in a use of compute recorded by channel."""
    whole = m.history[name]
    return ratio(whole[:, CHANNELS.index("domestic")], whole.sum(axis=1))


def used_by_kind(m: "Market") -> dict[str, Floats]:
    """Share of compute in use by kind of lab."""
    used = m.history["used_by_kind"]
    return {kind: ratio(used[:, 0, place], used[:, 1, place]) for place, kind in enumerate(KINDS)}


def mfu_by_channel(m: "Market") -> dict[str, Floats]:
    """Training FLOP over what the cards that train could do, by channel."""
    top, bottom = m.history["mfu"][:, 0], m.history["mfu"][:, 1]
    live = [name for name in CHANNELS if m.axis.slices[name].stop > m.axis.slices[name].start]
    return {name: ratio(top[:, CHANNELS.index(name)], bottom[:, CHANNELS.index(name)]) for name in live}


def largest_run(m: "Market") -> dict[str, Floats]:
    """Largest run completed so far on each side, log10 FLOP."""
    so_far = np.maximum.accumulate(m.history["largest"])
    return {"US": so_far[:, 0], "China": so_far[:, 1]}


def profit(m: "Market") -> dict[str, Floats]:
    """What each vendor's cash grows by in a month."""
    cash = m.history["cash"]
    return dict(zip(m.vendors.names, np.diff(cash, axis=0, prepend=0.0).T, strict=True))


def billing(m: "Market") -> dict[str, Floats]:
    """Nvidia's accelerators billed in China and the exogenous gaming line, a third of a filed quarter each month."""
    gaming = np.full(len(m.history), np.nan)
    for one in catalog.series("nvidia_segments"):
        if one.item == "gaming_revenue" and one.start and one.end and one.value and (one.end - one.start).days < 100:
            first = dates.month_of(one.start)
            gaming[max(first, 0) : max(first + 3, 0)] = one.value * 1e9 / 3
    return {"Nvidia": china_revenue(m)["Nvidia"] + m.parameters.vendors.gaming_share * gaming}
