"""Chip vendors: what they can make, what they let go to China, and the HBM that Chinese ones buy."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.columns import Column, Row, Table
from abm.agents.product import Axis
from abm.foundation.parameters import Parameters
from abm.rules import commerce, expectation, hbm, pricing, production

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOREIGN = ("Nvidia", "AMD")
DOMESTIC = ("Huawei", "Cambricon", "Hygon", "T-Head", "Kunlunxin", "Moore Threads", "Biren")
RETIRING = 12.0
"""Months over which an old product leaves the line."""


class ChipVendor(Row):
    """A designer of accelerators with what is made for it."""

    domestic = Column("", "whether the vendor is Chinese", dtype=np.bool_)
    cash = Column("USD", "money earned since the start")
    dies = Column("die", "good dies at hand")
    stock = Column("stack", "HBM stacks at hand, by generation", "generations")
    on_order = Column("stack", "foreign stacks on order, by month until delivery", "hbm_lead")
    contract = Column("stack/month", "foreign stacks on contract")
    use = Column("stack/month", "stacks used, smoothed")
    running = Column("1", "share of packaging capacity that dies and sales would allow to run, smoothed")
    shipped = Column("unit", "cards delivered in all")
    software = Column("1", "value of the vendor's software, CUDA = 1")
    limits = Column("unit/month", "what each input would allow to be made, in the order of INPUTS", "inputs")
    from_china = Column("USD/month", "revenue from China, smoothed over a year")
    from_world = Column("USD/month", "revenue from elsewhere, smoothed over a year")
    world_price = Column("1", "price over list in the rest of the world")
    research = Column("USD", "R&D paid in all")
    lobby = Column("USD", "lobbying at work")
    designs = Column("1", "cut-downs designed in the run", dtype=np.int64)

    @classmethod
    def line(cls, products: Table, rows: slice, offered: Bools, month: int, p: Parameters) -> Floats:
        """How much of its full volume each product on offer has, (rows,).

        Of the packaged products sold everywhere the newest one on offer takes over from its forerunners. A cut-down
        comes off a line that runs already and ramps faster than a new design; cards without HBM ramp and retire.
        """
        v = p.vendors
        age = np.where(offered, month - products.released[rows], -1.0)
        ramp = np.where(products.cut_down[rows], v.cutdown_ramp_months, v.ramp_months)
        life = np.where(products.cut_down[rows], np.inf, v.life_months)
        line = production.ramp(age, ramp) * ((life + RETIRING - age) / RETIRING).clip(0.0, 1.0)
        main = (products.packages[rows] > 0) & ~products.cut_down[rows]
        follow = np.flatnonzero(main & offered)
        line[follow] = production.world_mix(age[follow], v.takeover_months, products.vendor[rows][follow])
        return line

    @classmethod
    def offer(cls, products: Table, rows: slice, way_in: Bools, lawful: Bools, month: int, p: Parameters) -> Bools:
        """Which foreign products their vendors put on offer, (rows,).

        A cut-down is offered while law bars a chip the vendor sells elsewhere, and its line is closed for good once it
        has been barred itself for `vendors.mothball_months`.

        way_in   (rows,) whether law leaves any, be it by a licence that is hardly ever granted
        lawful   (rows,) whether that is more than a licence presumed to be denied
        """
        made, owner = products.cut_down[rows], products.vendor[rows]
        barred = ~made & ~lawful & (products.released[rows] <= month)
        wanted = ~made | (np.bincount(owner, barred)[owner] > 0)
        idle = products.shut[rows]
        closed = idle >= p.vendors.mothball_months
        live = way_in & wanted & ~(made & closed)
        waiting = made & (products.released[rows] <= month) & ~live
        products.shut[rows] = np.where(closed, idle, np.where(waiting, idle + 1, 0))
        return live

    @classmethod
    def divide(cls, vendors: Table, china: Floats, world: Floats, firms: float, p: Parameters) -> Floats:
        """Share of its packages that each vendor lets go to China at most, (vendors,).

        Less where a package earns less there than elsewhere, and less for a while after others were listed.

        china, world   (vendors,) USD/package earned
        firms          listed of late
        """
        share = commerce.china_share(p.vendors.china_share, china, world, p.vendors.margin_weight)
        return share * (1 - commerce.held_back(firms, p.vendors.over_compliance))

    @classmethod
    def split(cls, products: Table, rows: slice, offered: Bools, month: int, p: Parameters) -> tuple[Floats, Floats]:
        """How each vendor splits what goes to China among its products with HBM, and among those without, by the orders
        it sees: shares, and how much of its full volume each has, (rows,) both."""
        line = cls.line(products, rows, offered, month, p)
        units = products.packages[rows]
        vendor = products.vendor[rows]
        weight = line * (products.orders[rows] + 1.0) * np.maximum(units, 1.0)
        small = (units == 0).astype(int)
        line_of = 2 * vendor + small
        return weight / np.maximum(np.bincount(line_of, weight)[line_of], 1e-12), line

    @classmethod
    def supply_china(
        cls, products: Table, rows: slice, split: tuple[Floats, Floats], packages: Floats, most: Floats, p: Parameters
    ) -> Floats:
        """Units of each foreign product on offer that its vendor lets go to China this month, (rows,).

        A cut-down that still ramps leaves part of its share unused.

        split      what `split` says of products on offer
        packages   (vendors,) packages/month of each vendor
        most       (vendors,) share of them that it lets go at most
        """
        share, line = split
        units = products.packages[rows]
        vendor = products.vendor[rows]
        packaged = (most * packages)[vendor] * share / np.maximum(units, 1.0)
        made = np.where(units == 0, p.vendors.small_cards * share * (packages[vendor] > 0), packaged)
        return made * np.where(products.cut_down[rows], line, 1.0)

    @classmethod
    def domestic_mix(cls, products: Table, place: Axis, month: int, vendors: Table, ramp: float) -> Floats:
        """Share of its packaging that each Chinese vendor gives to each of its products, (domestic rows,)."""
        rows = place.slices["domestic"]
        return production.world_mix(month - products.released[rows], 2 * ramp, products.vendor[rows])

    @classmethod
    def order_stacks(cls, vendors: Table, need_ahead: Floats, fear: float, p: Parameters) -> Floats:
        """Foreign stacks that Chinese vendors order, (vendors,).

        The base-stock order for the use expected when it arrives; under a feared end of supply, orders up to the use of
        the months to be covered.

        need_ahead   (vendors, horizon) stacks/month that full packaging would need, from next month on
        """
        need = need_ahead * vendors.running[:, None]
        held, coming = vendors.stock.sum(axis=1), vendors.on_order.sum(axis=1)
        lead = p.hbm.lead_months
        order = hbm.base_stock_order(need[:, lead - 1], held, coming, lead, p.hbm.safety_months, p.hbm.adjust)
        if fear > 0:
            whole = int(p.hbm.cover)
            ahead = need[:, :whole].sum(axis=1)
            target = hbm.stockpile_target(ahead, fear)
            order = np.maximum(order, target - held - coming)
        return np.where(vendors.domestic, np.maximum(order, 0.0), 0.0)

    @classmethod
    def plan_output(
        cls, vendors: Table, packages: Floats, stacks: Floats, per_die: Floats, per_stack: Floats, room: Floats
    ) -> Floats:
        """Chips each vendor makes this month: the least that dies, stacks, packaging and sales allow, (vendors,)."""
        vendors.limits[:] = production.output(vendors.dies, stacks, packages, room, per_die, per_stack).T
        made = vendors.limits.min(axis=1)
        apart = np.arange(len(production.INPUTS)) != production.INPUTS.index("hbm")
        could = vendors.limits[:, apart].min(axis=1)
        running = np.divide(could, packages, out=np.zeros_like(made), where=packages > 0)
        vendors.running[:] = expectation.smooth(vendors.running, np.minimum(running, 1.0), 0.25)
        return made

    @classmethod
    def account(cls, vendors: Table, china: Floats, world: Floats, wanted: Floats, p: Parameters) -> Floats:
        """Book a month's revenue: what is earned where, and lobbying against what law keeps away; returns the R&D
        it pays for, USD (vendors,).

        china, world   (vendors,) USD earned
        wanted         (vendors,) USD that buyers free of the law would have paid
        """
        vendors.from_china[:] = expectation.smooth(vendors.from_china, china, 1 / 12)
        vendors.from_world[:] = expectation.smooth(vendors.from_world, world, 1 / 12)
        lost = np.where(vendors.domestic, 0.0, np.maximum(wanted - china, 0.0))
        vendors.lobby[:] = commerce.lobby(vendors.lobby, lost, p.vendors.lobby_effort, p.vendors.lobby_months)
        research = (china + world) * np.where(vendors.domestic, p.domestic.rd_share, p.vendors.rd_share)
        vendors.research += research
        return research

    @classmethod
    def ripen(cls, vendors: Table, p: Parameters) -> Floats:
        """Value of each vendor's software, (vendors,): at Chinese vendors it ripens with cards in use and with R&D."""
        d = p.domestic
        ripe = 1 - np.exp(-vendors.shipped / d.software_units - vendors.research / d.software_rd)
        return np.where(
            vendors.domestic, d.software_start + (d.software_max - d.software_start) * ripe, vendors.software
        )

    @classmethod
    def price_products(cls, products: Table, place: Axis, month: int, p: Parameters) -> None:
        """Prices asked next month: list prices age, domestic ones answer unsold stock."""
        age = month - products.released
        listed = pricing.erode(products.list_price, age, p.vendors.erosion)
        home = place.slices["domestic"]
        d = p.domestic
        products.factor[home] = pricing.answer_stock(
            products.factor[home], products.stock[home], products.sales[home], d.stock_months, d.price_low, d.price_high
        )
        products.price[:] = listed * products.factor


def build(kind: type[Row], axes: dict[str, int], p: Parameters) -> Table:
    """The table of vendors at the start of 2021."""
    vendors = Table(kind, (*FOREIGN, *DOMESTIC), axes)
    vendors.domestic[:] = [name in DOMESTIC for name in vendors.names]
    vendors.software[:] = np.where(vendors.domestic, p.domestic.software_start, 1.0)
    vendors.software[vendors.index["AMD"]] = p.vendors.amd_software
    vendors.running[:] = vendors.world_price[:] = 1.0
    return vendors
