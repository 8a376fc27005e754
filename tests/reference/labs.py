"""A Chinese lab and a US leader as plain objects."""

import math

from abm.foundation.parameters import Parameters
from tests.reference.goods import Row

H100_FLOPS = 9.89e14

type Holdings = dict[str, float]


class PlainLab(Row):
    """One lab: its money, its cards by product and age class or month to go, its licences, what it can do."""

    @property
    def state_owned(self) -> bool:
        """Whether it is a state buyer."""
        return self.kind == "state"

    def size(self, p: Parameters) -> float:
        """Its money over that of a lab of usual size, log10, within bounds."""
        return min(max(math.log10(max(self.weight / p.demand.usual_share, 1e-3)), -1.0), 1.5)

    # --- money ---

    def offer_money(self, fear: float, p: Parameters) -> float:
        """(flow + draw cash+) (1 + prebuy fear), within flow, cash and, under fear, the debt limit."""
        wish = (self.flow + p.budget.draw * max(self.cash, 0.0)) * (1 + p.budget.prebuy * fear)
        means = self.flow + self.cash + (12 * p.budget.borrow * self.flow if fear > 0 else 0.0)
        return min(max(wish, 0.0), max(means, 0.0))

    # --- choice ---

    def choose(self, utility: Holdings, nests: dict[str, list[str]], p: Parameters) -> Holdings:
        """Shares of money by product, nested logit with the outside option of keeping it.

        utility   of the products open to this lab; what is missing is shut
        """
        lam, outside = p.demand.lam, p.demand.outside
        worth, within = {}, {}
        for nest, names in nests.items():
            scaled = {name: utility[name] / lam for name in names if name in utility}
            if not scaled:
                continue
            peak = max(scaled.values())
            weights = {name: math.exp(value - peak) for name, value in scaled.items()}
            total = sum(weights.values())
            worth[nest] = self.bias(nest, p) + lam * (peak + math.log(total))
            within[nest] = {name: weight / total for name, weight in weights.items()}
        top = max([outside, *worth.values()])
        whole = math.exp(outside - top) + sum(math.exp(value - top) for value in worth.values())
        return {
            name: share * math.exp(worth[nest] - top) / whole
            for nest, shares in within.items()
            for name, share in shares.items()
        }

    def bias(self, nest: str, p: Parameters) -> float:
        """What the lab adds to a nest's utility; `above` is by how much its traits exceed those of the mean lab."""
        state = float(self.state_owned)
        return {
            "licensed": 0.0,
            "domestic": p.demand.home_bias
            + p.demand.state_bias * state
            + p.demand.listed_bias * self.above["listed"]
            + p.demand.maker_bias * self.above["maker"],
            "grey": p.grey.bias - p.grey.size_effect * self.size(p) - p.grey.exposure_effect * self.above["exposure"],
            "gaming": p.gaming.bias + self.appeal,
            "offshore": p.offshore.bias
            - p.offshore.state_effect * state
            + p.offshore.exposure_effect * self.above["exposure"],
        }[nest]

    def may_rent(self) -> bool:
        """Whether the lab may rent compute abroad."""
        return not self.listed and self.end_use != "military"

    def keep_mandate(self, shares: Holdings, domestic: set[str], least: float) -> Holdings:
        """A state buyer's foreign shares cut until domestic ones are at least `least` of what is spent."""
        if least <= 0 or not self.state_owned:
            return shares
        home = sum(share for name, share in shares.items() if name in domestic)
        abroad = sum(share for name, share in shares.items() if name not in domestic)
        most = home * (1 - least) / least
        if abroad <= most:
            return shares
        return {name: share if name in domestic else share * most / abroad for name, share in shares.items()}

    # --- licences ---

    def standing(self, p: Parameters, military: bool) -> float:
        """How the lab fares as an applicant against a civil one; military use like that of the state where lawful."""
        linked = self.end_use == "military"
        if linked and military:
            return p.licensing.state_approval
        if self.listed or linked:
            return 0.0
        return p.licensing.state_approval if self.end_use == "state" else 1.0

    # --- what the cards do ---

    def cards(self, name: str) -> float:
        """Cards of a product; of the offshore one, what is rented."""
        return sum(self.fleet[name]) + (sum(self.rented) if name.endswith("/offshore") else 0.0)

    def idle(self, held: float, young: float, p: Parameters) -> float:
        """Share of compute that stands idle; state buyers build ahead of demand, and so their newest is idlest."""
        if not self.state_owned:
            return p.compute.idle_private
        part = young / held if held > 0 else 0.0
        return p.compute.idle_state * (1 - part) + p.compute.idle_state_new * part

    def serves(self, usual: float, p: Parameters) -> float:
        """Share of useful compute that serves users."""
        return usual + (1 - usual) * p.compute.serving_state if self.state_owned else usual

    def mfu(self, p: Parameters) -> float:
        """Model FLOP utilisation."""
        return min(p.compute.mfu_cn * self.skill**p.compute.mfu_skill, max(p.compute.mfu_cn, 0.6))

    # --- capability ---

    def able(self, training: float, share: float, p: Parameters) -> float:
        """Log10 FLOP of the largest run that can be completed this month; -inf without compute."""
        if training <= 0:
            return -math.inf
        left = training * (1 - self.effort) / (1 - p.innovation.effort)
        return run_flop(left * share * p.compute.run_share_scale, self.mfu(p), p.compute.run_days)

    def improve(self, luck: float, size: float, kind: float, share: float, p: Parameters) -> tuple[float, bool]:
        """Efficiency the lab finds itself with its share of training compute, log10, and whether it is a large jump."""
        i = p.innovation
        effort = self.effort / i.effort * (1 - i.listing_loss if self.listed else 1.0)
        scale = 1 / (1 + (i.scale / share) ** 2) if share > 0 else 0.0
        if not self.active or luck >= i.hazard * self.skill * effort * scale:
            return 0.0, False
        often = i.large_share * scale
        usual = i.jump / (1 - often + often * i.large_times)
        if kind < often:
            return usual * i.large_times * 0.5 * (1 - math.log1p(-size)), True
        return -usual * math.log1p(-size), False

    def absorb(self, known: float, leading: float, access: float, p: Parameters) -> float:
        """Capability after a month of imitation: part of the lag, less where runs are small beside the frontier's."""
        stands = max(self.own, self.capability)
        if not math.isfinite(stands):
            return stands
        ratio = min(10 ** (self.run - leading), 1.0)
        return stands + access * p.innovation.spillover * ratio**p.innovation.absorption * max(known - stands, 0.0)

    def learn(self, published: float, best: float, p: Parameters) -> float:
        """Efficiency the lab takes over from published US work, as far as it is open, and from the best Chinese lab,
        log10."""
        if not self.active:
            return 0.0
        up = p.innovation.openness * p.innovation.from_frontier * max(published - self.efficiency, 0.0)
        return up + p.innovation.between_labs * max(best - p.innovation.secret - self.efficiency, 0.0)

    def lays_open(self, p: Parameters) -> float:
        """Share of its own improvements that the lab publishes."""
        return 1.0 if self.open_weights else p.innovation.open_scarcity * self.scarcity


class PlainLeader(Row):
    """One US leader."""

    def run(self, inference: float, share: float, p: Parameters) -> float:
        """Log10 of training FLOP times efficiency of the largest run completed this month."""
        training = sum(self.fleet) * (1 - inference) * (1 - p.compute.idle_private)
        flop = run_flop(training * share * p.compute.run_share_scale, p.compute.mfu_us, p.compute.run_days)
        return flop + self.efficiency


def run_flop(training: float, mfu: float, days: float) -> float:
    """Log10 of H100e x MFU x 9.89e14 x seconds."""
    return math.log10(max(training * mfu * H100_FLOPS * days * 86_400, 1.0))
