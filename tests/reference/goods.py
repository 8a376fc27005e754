"""What the plain month is about: products, the law and the inputs of one month, and the sharing of money and goods.

Everything here is a plain value, a dictionary or a loop; nothing is an array and nothing comes from `abm.rules`.
"""

import math
from dataclasses import dataclass
from types import SimpleNamespace

BARRED = ("presume_deny", "deny")
LICENSED = ("notify", "case_by_case", "presume_deny", "deny")


class Row(SimpleNamespace):
    """An agent or a thing with its columns as attributes: by name of what they are said of, codes as words."""


class PlainProduct(Row):
    """A product through one channel, and what the market makes of it."""


@dataclass(frozen=True)
class Month:
    """The law and the dated inputs of one month.

    law             what the month's law says, by the names of its arrays: a value, or values by what they are said of
    newly_removed   completion below which foreign chips must go from this month on, beyond before
    newly_fined     share of a year's revenue by vendor
    subsidy         public money for computing that is being paid out
    added           foundry capacity that public money has added, over that on record; hbm_built: HBM wafers a month
    on_record       whether the month lies in the record, in which foreign roadmaps are facts
    revenue_growth  monthly factor of the revenue that the money embodies; 0 while spending is on record
    ahead           packages a month by vendor in the months to come
    record          last month on record of wafers for logic and for memory, and of packages by vendor
    draws           uniforms of the month by purpose, one for each lab, leader or broker
    """

    law: SimpleNamespace
    newly_removed: float
    newly_fined: dict[str, float]
    subsidy: float
    added: float
    hbm_built: float
    on_record: bool
    spending: float
    revenue_growth: float
    packages: dict[str, float]
    ahead: dict[str, list[float]]
    world_stacks: dict[str, float]
    stack_mix: dict[str, float]
    stack_price: dict[str, float]
    paths: dict[str, float]
    record: dict[str, int]
    draws: dict[str, list[float]]

    def mean_stack(self) -> float:
        """USD a foreign stack, at the reference prices of what is made."""
        return sum(share * self.stack_price[generation] for generation, share in self.stack_mix.items())


def ramp(age: float, months: float) -> float:
    """0 before release, then linear up to 1 at `months`."""
    return min((age + 1) / max(months, 1.0), 1.0) if age >= 0 else 0.0


def takeover(ages: list[float], months: float) -> list[float]:
    """Shares of a line whose products, oldest first, hand over to the newest as it ramps."""
    shares = [0.0] * len(ages)
    released = [place for place, age in enumerate(ages) if age >= 0]
    left = 1.0
    for place in reversed(released):
        shares[place] = left if place == released[0] else left * min(1.0, (ages[place] + 1) / months)
        left -= shares[place]
    return shares


def learning(years: float, start: float, most: float, rate: float) -> float:
    """Yield after so many years: most - (most - start) exp(-rate years)."""
    return most - (most - start) * math.exp(-rate * max(years, 0.0))


def respond(capacity: float, price: float, most: float, elasticity: float, months: float) -> float:
    """Capacity over its path a month later: part of the way to what a price pays for."""
    return capacity + (min(max(price, 1 / most), most) ** elasticity - capacity) / months


def build(plant: tuple[float, float], base: float, pull: float, tools: float, months: float) -> tuple[float, float]:
    """Capacity and capacity under way a month later: work begins on what the base grown by the pull lacks, and a part
    of what is under way is finished, as far as there are tools."""
    capacity, begun = plant
    begun = max(begun, base * (pull - 1))
    return capacity + begun * tools / months, begun - begun * tools / months


def chip_value(one: PlainProduct, memory: float, inference: float, capacity: float, link: float) -> float:
    """C^(1-w) B^w (GB/80)^g min(1, link/600)^(e (2 - s))."""
    mixed = one.compute ** (1 - memory) * one.bandwidth**memory
    return mixed * (one.capacity / 80) ** capacity * min(1.0, one.link / 600) ** (link * (2 - inference))


def aged(classes: list[float], survival: float, life: float) -> tuple[list[float], float]:
    """A fleet by age class a month later, and what left it: failures, and the oldest class moving out."""
    step = len(classes) / life
    after, gone, arriving = [], 0.0, 0.0
    for held in classes:
        kept = held * survival
        moving = kept * step
        after.append(kept - moving + arriving)
        gone += held - kept
        arriving = moving
    return after, gone + arriving


@dataclass
class Bid:
    """One buyer's order for one good: dollars, most units, highest price, and rank."""

    buyer: str
    money: float
    cap: float
    limit: float
    size: float


def clear(mechanism: str, price: float, supply: float, bids: list[Bid]) -> tuple[float, dict[str, float]]:
    """Price paid and units by buyer."""
    return {"pro_rata": _pro_rata, "priority": _priority, "call_auction": _call_auction}[mechanism](price, supply, bids)


def ordered(bid: Bid, price: float) -> float:
    """Units a bid asks for at a price."""
    return min(bid.money / price, bid.cap)


def fill(supply: float, orders: float) -> float:
    """The share of orders that supply serves."""
    return min(1.0, supply / orders) if orders > 0 else 1.0


def left(stock: float, sold: float) -> float:
    """What is left of a stock, rounding apart."""
    return stock - sold if stock - sold > 1e-9 else 0.0


def _pro_rata(price: float, supply: float, bids: list[Bid]) -> tuple[float, dict[str, float]]:
    share = fill(supply, sum(ordered(bid, price) for bid in bids))
    return price, {bid.buyer: ordered(bid, price) * share for bid in bids}


def _priority(price: float, supply: float, bids: list[Bid]) -> tuple[float, dict[str, float]]:
    got, left = {}, supply
    for bid in sorted(bids, key=lambda one: -one.size):
        got[bid.buyer] = min(ordered(bid, price), max(left, 0.0))
        left -= ordered(bid, price)
    return price, got


def _call_auction(asked: float, supply: float, bids: list[Bid]) -> tuple[float, dict[str, float]]:
    """The highest price at which the money still bid takes up the supply; bids at the price share what is left."""
    money = {bid.buyer: ordered(bid, asked) * asked for bid in bids}
    price, bidden, anyone = asked, 0.0, any(money.values())
    for bid in sorted(bids, key=lambda one: -one.limit):
        bidden += money[bid.buyer]
        if anyone:
            price = max(price, min(bid.limit, bidden / max(supply, 1e-12)))
    above = {bid.buyer: money[bid.buyer] / price for bid in bids if bid.limit > price}
    at = {bid.buyer: money[bid.buyer] / price for bid in bids if bid.limit == price}
    first = fill(supply, sum(above.values()))
    rest = fill(max(supply - sum(above.values()), 0.0), sum(at.values()))
    got = {bid.buyer: 0.0 for bid in bids}
    got |= {buyer: units * first for buyer, units in above.items()}
    return price, got | {buyer: units * rest for buyer, units in at.items()}
