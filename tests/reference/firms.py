"""Chip vendors and makers of HBM as plain objects."""

import math

from abm.foundation.parameters import Parameters
from tests.reference.goods import Month, PlainProduct, Row, build, learning, ramp, takeover

INPUTS = ("logic", "hbm", "packaging", "sales")


class PlainVendor(Row):
    """One vendor with its catalogue; dies and stacks belong to the Chinese ones."""

    per = (1.0, 0.0)

    @property
    def home(self) -> list[PlainProduct]:
        """What it makes in China: all it sells, or nothing."""
        return self.catalogue if self.domestic else []

    # --- a foreign vendor's offer to China ---

    def on_offer(self, legal: set[str], lawful: set[str], month: int, p: Parameters) -> set[str]:
        """What the vendor offers of what law leaves open; cut-downs only while a better chip is barred.

        A cut-down that has not been on offer for some months is closed for good.
        """
        better = [one for one in self.catalogue if not one.cut_down and one.released <= month]
        barred = any(one.name not in lawful for one in better)
        offered = set()
        for one in self.catalogue:
            closed = one.shut >= p.vendors.mothball_months
            if one.name in legal and (not one.cut_down or (barred and not closed)):
                offered.add(one.name)
            if not closed:
                waiting = one.cut_down and one.released <= month and one.name not in offered
                one.shut = one.shut + 1 if waiting else 0.0
        return offered

    def supply(
        self, offered: set[str], lawful: set[str], net: dict[str, float], available: float, month: int, now: Month,
        p: Parameters,
    ) -> dict[str, float]:  # fmt: skip
        """Units of each product on offer for China: a share of all packages, and cards without HBM, by orders seen.

        The share falls where a package earns less in China than elsewhere, and for a while after others were listed. A
        cut-down that still ramps leaves part of its share unused.

        net         USD by product after the vendor's fee and duty
        available   packages that materials leave it
        """
        ready = [one for one in self.catalogue if one.name in offered]
        lines = self._lines(ready, lawful, month, p)
        packages, units = available, {}
        small_cards = p.vendors.small_cards if packages > 0 else 0.0
        for small, whole in ((True, small_cards), (False, packages)):
            group = [one for one in ready if (one.packages == 0) == small]
            weights = [lines[one.name] * (one.orders + 1) * max(one.packages, 1) for one in group]
            shares = [weight / max(sum(weights), 1e-12) for weight in weights]
            if not small:
                earned = sum(share * net[one.name] / one.packages for one, share in zip(group, shares, strict=True))
                whole *= self._let_go(earned, month, now, p)
            for one, share in zip(group, shares, strict=True):
                made = whole * share / max(one.packages, 1)
                units[one.name] = made * (lines[one.name] if one.cut_down else 1.0)
        return units

    def _let_go(self, earned: float, month: int, now: Month, p: Parameters) -> float:
        """Largest share of its packages for China, when a package earns so much there."""
        line = self.world_line(month, p)
        named = {one.name: one for one in self.catalogue}
        abroad = sum(share * named[k].price / max(named[k].packages, 1) for k, share in line.items()) * self.world_price
        ratio = earned / abroad if abroad > 0 else 1.0
        held = p.vendors.over_compliance * (1 - math.exp(-now.law.firms / p.vendors.listing_scale))
        return p.vendors.china_share * min(1.0, ratio**p.vendors.margin_weight) * (1 - held)

    def _lines(self, offered: list[PlainProduct], lawful: set[str], month: int, p: Parameters) -> dict[str, float]:
        """How much of its full volume each product on offer has.

        Packaged products sold everywhere hand over to the newest lawful one; cut-downs ramp fast; small cards ramp and
        retire.
        """
        v, lines = p.vendors, {}
        for one in offered:
            age = month - one.released
            leaving = min(max((v.life_months + v.retiring_months - age) / v.retiring_months, 0.0), 1.0)
            lines[one.name] = ramp(age, v.cutdown_ramp_months) if one.cut_down else ramp(age, v.ramp_months) * leaving
        main = [one for one in offered if one.packages > 0 and not one.cut_down and one.name in lawful]
        shares = takeover([month - one.released for one in main], v.takeover_months)
        return lines | {one.name: share for one, share in zip(main, shares, strict=True)}

    def world_line(self, month: int, p: Parameters) -> dict[str, float]:
        """Share of its packages abroad that goes to each product sold in the US, newest taking over."""
        sold = [one for one in self.catalogue if one.sold_in_us and one.packages > 0]
        shares = takeover([month - one.released for one in sold], p.vendors.takeover_months)
        return {one.name: share for one, share in zip(sold, shares, strict=True)}

    def write_down(self, lawful: set[str], announced: dict[str, float], month: int, p: Parameters) -> float:
        """USD lost on cut-downs that law shuts out: what is in work and in stock, at cost; then commit again.

        announced   by product, whether its end is
        """
        lost = 0.0
        for one in self.catalogue:
            inside = one.name in lawful
            if one.cut_down and one.lawful and not inside:
                lost += one.committed * one.price * (1 - p.vendors.margin)
            if one.cut_down and inside and one.released <= month:
                run_down = max(one.committed - one.sales, 0.0)
                one.committed = run_down if announced[one.name] > 0 else p.vendors.commit_months * one.orders
            else:
                one.committed = 0.0
            one.lawful = inside
        return lost

    def accelerate_roadmap(self, month: int, p: Parameters) -> None:
        """Chips to come are nearer by what revenue from China adds to R&D."""
        extra = self.from_china / self.from_world if self.from_world > 0 else 0.0
        for one in self.catalogue:
            if one.sold_in_us and one.packages > 0 and one.released > month:
                one.released -= (1 + extra) ** p.vendors.rd_elasticity - 1

    def account(self, china: float, world: float, wanted: float, p: Parameters) -> float:
        """Smoothed revenue, lobbying against what law keeps away, and R&D paid, which is returned."""
        self.from_china += (china - self.from_china) / 12
        self.from_world += (world - self.from_world) / 12
        lost = 0.0 if self.domestic else max(wanted - china, 0.0)
        self.lobby += p.vendors.lobby_effort * lost - self.lobby / p.vendors.lobby_months
        paid = (china + world) * (p.domestic.rd_share if self.domestic else p.vendors.rd_share)
        self.research += paid
        self.cash -= paid
        return paid

    # --- a Chinese vendor's output ---

    def mix(self, month: int, p: Parameters) -> dict[str, float]:
        """Share of its packaging given to each product."""
        shares = takeover([month - one.released for one in self.home], 2 * p.vendors.ramp_months)
        return {one.name: share for one, share in zip(self.home, shares, strict=True)}

    def per_chip(self, month: int, p: Parameters) -> tuple[float, float]:
        """Good dies, packaging losses included, and stacks that an average chip takes."""
        mix = self.mix(month, p)
        dies = sum(mix[one.name] * one.dies for one in self.home)
        return max(dies, 1e-9) / p.domestic.survival, sum(mix[one.name] * one.stacks for one in self.home)

    def capacity(self, month: int, now: Month, p: Parameters) -> float:
        """Chips that packaging allows; none before the first product is out."""
        plant = self.packaging + now.added
        return now.packages[self.name] * plant if sum(self.mix(month, p).values()) > 0 else 0.0

    def held(self) -> float:
        """HBM stacks at hand."""
        return sum(self.stock.values())

    def wait(self) -> int:
        """Months until the next delivery of foreign stacks; the lead time when none is on its way."""
        coming = [months for months, stacks in enumerate(self.on_order, 1) if stacks >= 1]
        return coming[0] if coming else len(self.on_order)

    def expected_use(self, need: float, p: Parameters) -> float:
        """Stacks a month that it counts on using: what other inputs and sales would let it, within reach of its use."""
        return min(self.running["hbm"] * need, p.hbm.ramp * self.use + p.domestic.least * need)

    def needs(self, month: int, now: Month, p: Parameters) -> list[float]:
        """Stacks that full packaging needs in the months to come, what is under way finished month by month."""
        per, left = self.per_chip(month, p)[1], 1 - 1 / p.domestic.build_months
        return [
            packages * (self.packaging + now.added + self.packaging_begun * (1 - left**months)) * per
            for months, packages in enumerate(now.ahead[self.name])
        ]

    def order_stacks(self, month: int, now: Month, income: float, p: Parameters) -> float:
        """Foreign stacks ordered: base stock on the imports a lead time ahead; under fear, up to the imports of the
        months to be covered, as far as money goes.

        income   stacks a month that Chinese makers can deliver
        """
        if not self.domestic:
            return 0.0
        need = self.needs(month, now, p)
        covered = self.held() + sum(self.on_order)
        lead = p.hbm.lead_months
        use = max(self.expected_use(need[lead - 1], p) - income, 0.0)
        order = max(0.0, use + p.hbm.adjust * ((p.hbm.safety_months + lead) * use - covered))
        if fear := feared(now, p):
            imports = sum(max(one * self.running["hbm"] - income, 0.0) for one in need[: int(p.hbm.cover)])
            paid_for = p.hbm.capital_months * (self.from_china + self.from_world) / now.mean_stack()
            order = max(order, min(fear * imports, paid_for) - covered)
        return max(order, 0.0)

    def invest(self, month: int, now: Month, dies: float, need: float, memory: float, p: Parameters) -> None:
        """Have capacity built for what is short, as far as chips earn and tool controls let it, after the record ends.

        dies   a month that capacity would give; need: at full packaging; memory: price of foreign stacks over reference
        """
        d, mix = p.domestic, self.mix(month, p)
        cost = self.per_chip(month, p)[1] * now.mean_stack()
        priced = d.margin * sum(mix[one.name] * one.price for one in self.home)
        usual = d.margin * sum(mix[one.name] * one.price / one.factor for one in self.home) - cost
        earns = max(priced - cost * memory, 0.0) / usual if usual > 0 else 0.0
        short = earns * self.running["logic"] * need / max(dies, 1e-9) / d.logic_pull
        packed = earns * self.running["packaging"] / d.packaging_pull

        def built(plant: tuple[float, float], pull: float, beyond: bool, tools: float) -> tuple[float, float]:
            drive = min(pull, d.build_most) ** d.build_elasticity if beyond else 0.0
            return build(plant, plant[0], drive, tools, d.build_months)

        foundry, packages = now.record["foundry"], now.record[self.name]
        self.wafers, self.wafers_begun = built(
            (self.wafers, self.wafers_begun), short, month >= foundry, 1 - now.law.smic
        )
        self.packaging, self.packaging_begun = built(
            (self.packaging, self.packaging_begun), packed, month >= packages, 1.0
        )

    def shadow(self, worth: float, stack_price: float) -> dict[str, float]:
        """What one more unit of each input would be worth, USD: of the one that binds, what its chips earn."""
        per_die, per_stack = self.per
        net = max(worth - per_stack * stack_price, 0.0)
        values = {
            "logic": net / per_die,
            "hbm": max(worth, 0.0) / per_stack if per_stack > 0 else 0.0,
            "packaging": net,
            "sales": net,
        }
        if not self.domestic:
            return dict.fromkeys(INPUTS, 0.0)
        binding = min(INPUTS, key=lambda name: self.limits[name])
        return {name: value if name == binding else 0.0 for name, value in values.items()}

    def sales_room(self, capacity: float, p: Parameters) -> float:
        """Chips the vendor is ready to add to what it has not sold."""
        sales = max(sum(one.sales for one in self.home), p.domestic.least * capacity)
        return max(p.domestic.stock_months * sales - sum(one.stock for one in self.home), 0.0)

    def make(self, month: int, now: Month, income: float, covered: float, p: Parameters) -> dict[str, float]:
        """Chips by product, the least that dies, stacks, packaging and sales allow; dies and stacks leave stock.

        Of older stacks, so many that they last until the next delivery from abroad, as far as what may come covers the
        need; of the rest a fixed share a month.

        income    stacks that came in from Chinese makers
        covered   share of the need that may come from foreign ones
        """
        per_die, per_stack = self.per_chip(month, p)
        capacity, held = self.capacity(month, now, p), self.held()
        pace = covered / self.wait() + (1 - covered) * p.hbm.release
        stacks = min(held, income + max(held - income, 0.0) * pace)
        allowed = (
            self.dies / per_die,
            stacks / per_stack if per_stack > 0 else float("inf"),
            capacity,
            self.sales_room(capacity, p),
        )
        self.limits = dict(zip(INPUTS, allowed, strict=True))
        self.per = (per_die, per_stack)
        made = min(allowed)
        for one in INPUTS:
            could = min(value for name, value in self.limits.items() if name != one)
            running = min(could / capacity, p.domestic.build_most) if capacity > 0 else 0.0
            self.running[one] += 0.25 * (running - self.running[one])
        used = min(made * per_stack / held, 1.0) if held > 0 else 0.0
        self.stock = {generation: stock * (1 - used) for generation, stock in self.stock.items()}
        self.use += 0.25 * (used * held - self.use)
        self.dies = max(self.dies - made * per_die, 0.0)
        return {name: made * share for name, share in self.mix(month, p).items()}


class PlainMaker(Row):
    """One maker of HBM."""

    def produce(self, now: Month, cxmt: float) -> None:
        """Turn out the month's stacks: a foreign maker its share of the world's, CXMT what its wafers give of HBM3."""
        for generation, share in now.stack_mix.items():
            made = now.world_stacks[self.name] * self.capacity * share
            if self.domestic:
                made = cxmt if generation == "HBM3" else 0.0
            self.output[generation] = made
            self.stock[generation] += made


def feared(now: Month, p: Parameters) -> float:
    """Probability given to the end of foreign stacks, by traders who believe leaks, announcements alone, or neither."""
    if p.expectation.rule == "none":
        return 0.0
    return now.law.hbm_fear * (now.law.hbm_announced > 0) if p.expectation.rule == "announced" else now.law.hbm_fear


def cxmt_stacks(now: Month, month: int, start: int, own: float, p: Parameters) -> float:
    """Good stacks a month that CXMT can make: wafers x stacks x yield; own: its wafers over those on record."""
    wafers = now.paths["cxmt_wafers"] * p.hbm.cxmt_scale * own + now.hbm_built
    good = learning((month - start) / 12, p.hbm.cxmt_yield, p.hbm.cxmt_yield_max, 0.4)
    return wafers * p.hbm.stacks_per_wafer * good


def cxmt_pace(held: float, p: Parameters) -> float:
    """Share of that which CXMT makes: all of it until its customers' stock is full, least at twice that stock."""
    return min(1.0, max(p.hbm.cxmt_least, 1 - (1 - p.hbm.cxmt_least) * (held - 1)))
