"""Chip vendors: what they can make, what they let go to China, and the HBM that Chinese ones buy."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.agents.products import ProductAxis, Products
from abm.facts import catalog
from abm.foundation.arrays import plus, product, put, since, times
from abm.foundation.compiled import compiled
from abm.foundation.mirrors import behaviour
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import commerce, expectation, hbm, pricing, production

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

HBM = production.HBM


class ChipVendors(Table):
    """A designer of accelerators with what is made for it."""

    domestic = Column("", "whether the vendor is Chinese", dtype=np.bool_)
    cash = Column("USD", "money earned since the start")
    dies = Column("die", "good dies at hand")
    stock = Column("stack", "HBM stacks at hand, by generation", "generations")
    on_order = Column("stack", "foreign stacks on order, by month until delivery", "hbm_lead")
    contract = Column("stack/month", "foreign stacks on contract")
    use = Column("stack/month", "stacks used, smoothed")
    running = Column("1", "share of packaging that all but one input would allow to run, smoothed", "inputs")
    wafers = Column("1", "foundry capacity over that on record")
    wafers_begun = Column("1", "foundry capacity under way, over that on record")
    packaging = Column("1", "packaging capacity over that on record")
    packaging_begun = Column("1", "packaging capacity under way, over that on record")
    shipped = Column("unit", "cards delivered in all")
    software = Column("1", "value of the vendor's software, CUDA = 1")
    limits = Column("unit/month", "what each input would allow to be made, in the order of INPUTS", "inputs")
    from_china = Column("USD/month", "revenue from China, smoothed over a year")
    from_world = Column("USD/month", "revenue from elsewhere, smoothed over a year")
    world_price = Column("1", "price over list in the rest of the world")
    research = Column("USD", "R&D paid in all")
    lobby = Column("USD", "lobbying at work")
    designs = Column("1", "cut-downs designed in the run", dtype=np.int64)

    def line(self, products: Products, rows: slice, offered: Bools, lawful: Bools, month: int) -> Floats:
        """How much of its full volume each product on offer has, (rows,).

        Of the packaged products sold everywhere the newest lawful one on offer takes over from its forerunners; one
        whose licence is hardly ever granted displaces none. A cut-down comes off a line that runs already and ramps
        faster than a new design; cards without HBM ramp and retire.
        """
        v = self.parameters.vendors
        return _line(
            products.released[rows], products.cut_down[rows], products.packages[rows], products.vendor[rows], offered,
            lawful, month, v.cutdown_ramp_months, v.ramp_months, v.life_months, v.retiring_months, v.takeover_months,
        )  # fmt: skip

    def offer(self, products: Products, rows: slice, way_in: Bools, lawful: Bools, month: int) -> Bools:
        """Which foreign products their vendors put on offer, (rows,).

        A cut-down is offered while law bars a chip the vendor sells elsewhere, and its line is closed for good once it
        has been barred itself for `vendors.mothball_months`.

        way_in   (rows,) whether law leaves any, be it by a licence that is hardly ever granted
        lawful   (rows,) whether that is more than a licence presumed to be denied
        """
        return _offer(
            way_in, lawful, products.cut_down[rows], products.vendor[rows], products.released[rows],
            products.shut[rows], month, self.parameters.vendors.mothball_months, len(self.cash),
        )  # fmt: skip

    def allocate(self, china: Floats, world: Floats, firms: float) -> Floats:
        """Share of its packages that each vendor lets go to China at most, (vendors,).

        Less where a package earns less there than elsewhere, and less for a while after others were listed.

        china, world   (vendors,) USD/package earned
        firms          listed of late
        """
        p = self.parameters
        share = commerce.china_share(p.vendors.china_share, china, world, p.vendors.margin_weight)
        return times(share, 1 - commerce.held_back(firms, p.vendors.over_compliance, p.vendors.listing_scale))

    def split(
        self, products: Products, rows: slice, offered: Bools, lawful: Bools, month: int
    ) -> tuple[Floats, Floats]:
        """How each vendor splits what goes to China among its products with HBM, and among those without, by the orders
        it sees: shares, and how much of its full volume each has, (rows,) both."""
        line = full_line(self, products, rows, offered, lawful, month)
        orders, packages, vendor = products.orders[rows], products.packages[rows], products.vendor[rows]
        return commerce.split(line, orders, packages, vendor), line

    def supply_china(
        self, products: Products, rows: slice, split: tuple[Floats, Floats], packages: Floats, most: Floats
    ) -> Floats:
        """Units of each foreign product on offer that its vendor lets go to China this month, (rows,).

        A cut-down that still ramps leaves part of its share unused.

        split      what `split` says of products on offer
        packages   (vendors,) packages/month of each vendor
        most       (vendors,) share of them that it lets go at most
        """
        share, line = split
        return commerce.let_go(
            share, line, products.packages[rows], products.vendor[rows], products.cut_down[rows], packages, most,
            self.parameters.vendors.small_cards,
        )  # fmt: skip

    def domestic_mix(self, products: Products, axis: ProductAxis, month: int) -> Floats:
        """Share of its packaging that each Chinese vendor gives to each of its products, (domestic rows,)."""
        rows = slice(axis.domestic.start, axis.domestic.stop)
        return production.world_mix(
            since(month, products.released[rows]),
            self.parameters.domestic.takeover * self.parameters.vendors.ramp_months,
            products.vendor[rows],
        )

    def expected_use(self, need: Floats) -> Floats:
        """Stacks a month that Chinese vendors count on using, (vendors,).

        need   (vendors,) stacks/month that full packaging would need
        """
        ramp, least = self.parameters.hbm.ramp, self.parameters.domestic.least
        return hbm.expected_use(need, self.running[:, HBM], self.use, ramp, least)

    def order_stacks(self, need_ahead: Floats, income: Floats, price: float, fear: float) -> Floats:
        """Foreign stacks that Chinese vendors order, (vendors,).

        The base-stock order for the use expected when it arrives, less what Chinese makers deliver; under a feared end
        of supply, orders up to the imports of the months to be covered, as far as some months of revenue pay for them.

        need_ahead   (vendors, horizon) stacks/month that full packaging would need, from next month on
        income       (vendors,) stacks/month that Chinese makers can deliver
        price        USD a stack
        """
        h, running = self.parameters.hbm, self.running[:, HBM]
        use = count_on(self, need_ahead[:, h.lead_months - 1])
        most = times(plus(self.from_china, self.from_world), h.capital_months / price)
        return hbm.orders(
            self.domestic, use, need_ahead, running, income, self.stock, self.on_order, most, fear, int(h.cover),
            h.safety_months, h.adjust,
        )  # fmt: skip

    def plan_output(self, packages: Floats, stacks: Floats, per_die: Floats, per_stack: Floats, room: Floats) -> Floats:
        """Chips each vendor makes this month: the least that dies, stacks, packaging and sales allow, (vendors,)."""
        d = self.parameters.domestic
        made, limits, running = production.plan(
            self.dies, stacks, packages, room, per_die, per_stack, self.running, d.build_most, d.smoothing
        )
        for v in range(len(made)):
            put(self.limits[v], limits[v])
            put(self.running[v], running[v])
        return made

    def note_use(self, stacks: Floats) -> None:
        """Remember the stacks used this month, (vendors,)."""
        weight = self.parameters.domestic.smoothing
        for v in range(len(stacks)):
            self.use[v] += weight * (stacks[v] - self.use[v])

    def account(self, china: Floats, world: Floats, wanted: Floats) -> Floats:
        """Book a month's revenue: what is earned where, and lobbying against what law keeps away; returns the R&D
        it pays for, USD (vendors,).

        china, world   (vendors,) USD earned
        wanted         (vendors,) USD that buyers free of the law would have paid
        """
        v, d = self.parameters.vendors, self.parameters.domestic
        return _account(
            china, world, wanted, self.domestic, v.revenue_months, v.lobby_effort, v.lobby_months, v.rd_share,
            d.rd_share, self.from_china, self.from_world, self.lobby, self.research,
        )  # fmt: skip

    def mature(self) -> Floats:
        """Value of each vendor's software, (vendors,): at Chinese vendors it matures with cards in use and with R&D."""
        d = self.parameters.domestic
        return _mature(
            self.software, self.domestic, self.shipped, self.research, d.software_start, d.software_max,
            d.software_units, d.software_rd,
        )  # fmt: skip

    def price_products(self, products: Products, axis: ProductAxis, month: int) -> None:
        """Prices asked next month: list prices age, domestic ones answer unsold stock."""
        d, home = self.parameters.domestic, slice(axis.domestic.start, axis.domestic.stop)
        factor = products.factor[home]
        answered = pricing.answer_stock(
            factor, products.stock[home], products.sales[home], d.price_months, d.price_step, d.price_low, d.price_high
        )
        put(factor, answered)
        listed = pricing.depreciate(
            products.list_price, since(month, products.released), self.parameters.vendors.erosion
        )
        put(products.price, product(listed, products.factor))

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The table of vendors at the start of 2021."""
        firms = catalog.firms("chip")
        vendors = cls(tuple(firms), axes, p)
        vendors.domestic[:] = [one.domestic for one in firms.values()]
        vendors.software[:] = np.where(vendors.domestic, p.domestic.software_start, 1.0)
        vendors.software[vendors.index["AMD"]] = p.vendors.amd_software
        vendors.running[:] = vendors.wafers[:] = vendors.packaging[:] = 1.0
        vendors.world_price[:] = 1.0
        return vendors


full_line, count_on = behaviour(ChipVendors.line), behaviour(ChipVendors.expected_use)


@compiled
def _mature(
    software: Floats, domestic: Bools, shipped: Floats, research: Floats, start: float, most: float, units: float,
    usd: float,
) -> Floats:  # fmt: skip
    found = software.copy()
    for v in range(len(found)):
        if domestic[v]:
            found[v] = production.software(shipped[v], research[v], start, most, units, usd)
    return found


@compiled
def _line(
    released: Floats, cut_down: Bools, packages: Floats, vendor: Rows, offered: Bools, lawful: Bools, month: int,
    cutdown_ramp: float, ramp: float, life: float, retiring: float, takeover: float,
) -> Floats:  # fmt: skip
    """The loop of `ChipVendors.line`, over columns of products, (rows,) each.

    cutdown_ramp, ramp   months until a cut-down, and another product, has its full volume
    life, retiring       months for which another product is made at full volume, and in which it is given up then
    takeover             months until a product has taken over from its forerunners
    """
    line, follow = np.zeros(len(released)), np.zeros(len(released), dtype=np.int64)
    following = 0
    for k in range(len(released)):
        age = month - released[k]
        if not offered[k]:
            continue
        if cut_down[k]:
            line[k] = production.ramp(age, cutdown_ramp)
        elif packages[k] > 0 and lawful[k]:
            follow[following] = k
            following += 1
        else:
            line[k] = production.ramp(age, ramp) * min(max((life + retiring - age) / retiring, 0.0), 1.0)

    ages, owners = np.zeros(following), np.zeros(following, dtype=np.int64)
    for place in range(following):
        ages[place], owners[place] = month - released[follow[place]], vendor[follow[place]]
    shares = production.world_mix(ages, takeover, owners)
    for place in range(following):
        line[follow[place]] = shares[place]
    return line


@compiled
def _offer(
    way_in: Bools, lawful: Bools, cut_down: Bools, vendor: Rows, released: Floats, shut: Floats, month: int,
    mothball: float, vendors: int,
) -> Bools:  # fmt: skip
    """The loop of `ChipVendors.offer`, over columns of products, (rows,) each; mothball: months."""
    barred, live = np.zeros(vendors, dtype=np.bool_), np.zeros(len(way_in), dtype=np.bool_)
    for k in range(len(way_in)):
        if not cut_down[k] and not lawful[k] and released[k] <= month:
            barred[vendor[k]] = True
    for k in range(len(way_in)):
        closed = shut[k] >= mothball
        wanted = not cut_down[k] or (barred[vendor[k]] and not closed)
        live[k] = way_in[k] and wanted
        if not closed:
            waiting = cut_down[k] and released[k] <= month and not live[k]
            shut[k] = shut[k] + 1 if waiting else 0.0
    return live


@compiled
def _account(
    china: Floats, world: Floats, wanted: Floats, domestic: Bools, months: float, effort: float, memory: float,
    rd_share: float, home_rd_share: float, from_china: Floats, from_world: Floats, lobby: Floats, research: Floats,
) -> Floats:  # fmt: skip
    """The loop of `ChipVendors.account`, over columns, (vendors,) each.

    months, memory   over which revenue is smoothed, and lobbying fades
    effort, rd_share, home_rd_share   shares of what is lost put into lobbying, and of revenue into R&D
    """
    paid = np.empty(len(china))
    for v in range(len(china)):
        from_china[v] = expectation.smooth(from_china[v], china[v], 1 / months)
        from_world[v] = expectation.smooth(from_world[v], world[v], 1 / months)
        lost = np.maximum(wanted[v] - china[v], 0.0) * (1 - domestic[v])
        lobby[v] = commerce.lobby(lobby[v], lost, effort, memory)
        paid[v] = (china[v] + world[v]) * (home_rd_share if domestic[v] else rd_share)
        research[v] += paid[v]
    return paid
