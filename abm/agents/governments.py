"""The two governments: what each gives weight to at the moment, and what it does at reviews and at summits."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table
from abm.rules import bargaining
from abm.rules.bargaining import QUANTITIES

Floats = NDArray[np.float64]

GOVERNMENTS = ("US", "CN")
US, CN = 0, 1
SECURITY = [QUANTITIES.index(name) for name in ("lead", "compute", "sensitive")]
SHORTAGE = [QUANTITIES.index(name) for name in ("lead", "compute", "scarcity")]
COMMERCE, SCARCITY, LEAD = (QUANTITIES.index(name) for name in ("commerce", "scarcity", "lead"))


class Governments(Table):
    """A government that reviews applications or imports and, where the regime says so, reacts."""

    staff = Column("post", "posts that handle licences")
    takings = Column("USD", "fees and duties taken in all")
    weights = Column("1", "plain weights of the quantities of its objective", "quantities")
    direct = Column("1", "weights of the terms that touch it directly", "terms")
    stance = Column("1", "rung on its own ladder: of licences in Washington, of imports in Beijing", dtype=np.int64)
    moved = Column("1", "rungs by which it has moved since the start; above 0 looser", dtype=np.int64)
    answer = Column("1", "rung on the ladder of materials", dtype=np.int64)
    answered = Column("1", "rungs by which it has moved on materials since the start; above 0 harsher", dtype=np.int64)
    acted = Column("month", "month of its last act", dtype=np.int64)
    tightened = Column("1", "rungs by which its last act tightened")
    left = Column("month", "month in which it last left a deal", dtype=np.int64)
    met = Column("1", "summits that it remembers, fading")
    agreed = Column("1", "those of them that ended in an agreement that was kept, fading")

    def concern(self, state: Floats, lobby: float) -> Floats:
        """Weights of the quantities as things stand, (governments, quantities): security weighs more with Washington as
        its lead shrinks, commerce as vendors lobby; scarcity, compute and the lag in capability weigh more with Beijing
        as scarcity grows acute.

        state   (quantities,) as they stand
        lobby   USD of lobbying at work
        """
        p = self.parameters
        o, found = p.objectives, self.weights.copy()
        found[US, SECURITY] *= np.clip((o.lead_wanted / max(float(state[LEAD]), 0.05)) ** o.us_urgency, 0.25, 4.0)
        found[US, COMMERCE] *= 1 + o.us_lobby * lobby / 1e7
        found[CN, SHORTAGE] *= (max(float(state[SCARCITY]), 0.0) / o.scarcity_borne) ** o.cn_urgency
        return found

    def direct_weights(self, t: int) -> Floats:
        """Weights of the terms that touch each government directly as things stand, (governments, terms): holding back
        materials is worth more to Beijing while it answers steps of Washington."""
        p = self.parameters
        found = self.direct.copy()
        recent = t - self.acted[US] <= p.governments.answer_months
        answered = p.objectives.cn_reciprocity * float(self.tightened[US]) * recent
        found[CN, bargaining.TERMS.index("materials")] += answered
        return found

    def review(self, worths: Floats, place: int, uniform: float) -> int:
        """The rung a government chooses: the better neighbour, if worth more than its inertia as it sees it.

        worths   (rungs,) against the terms now
        place    its rung
        uniform     a uniform: what it sees in the looser rungs by chance
        """
        p = self.parameters
        tilt = float(bargaining.disposition(np.array([uniform]), p.governments.error)[0])
        seen = worths + tilt * np.sign(np.arange(len(worths)) - place)
        return bargaining.step(seen, place, p.governments.inertia)

    def remember(self, agreed: float = 0.0, met: float = 0.0, months: float = 1.0) -> None:
        """The record of summits fades by some months, and takes in new ones."""
        kept = np.exp(-months / self.parameters.governments.memory_months)
        self.met[:] = self.met * kept + met
        self.agreed[:] = np.maximum(self.agreed * kept + agreed, 0.0)

    def wants(self, t: int) -> tuple[float, float]:
        """The gain that each wants before it signs: the more, the fewer of the summits it remembers ended in an
        agreement that was kept, and for a while after the other left one."""
        g = self.parameters.governments
        faith = [bargaining.trust(self.agreed[who], self.met[who], g.trust, g.trust_weight) for who in (US, CN)]
        grudge = g.breach * np.exp(-(t - self.left) / g.memory_months)
        return g.reserve / faith[US] + float(grudge[CN]), g.reserve / faith[CN] + float(grudge[US])

    def negotiate(self, worths: Floats, conceded: Floats, uniform: Floats, t: int) -> int:
        """The package both agree on, or -1: the Nash bargain over what each sees in a deal.

        worths     (governments, packages) against no agreement
        conceded   what each concedes, (governments, packages): it costs at home
        uniform    (governments,) uniforms: how each errs about deals
        """
        g = self.parameters.governments
        error = np.stack([self.errors(conceded, float(u)) for u in uniform])
        seen = worths - self.oppose(conceded) + error
        return bargaining.nash(seen[US], seen[CN], g.us_power, self.wants(t))

    def errors(self, conceded: Floats, uniform: float) -> Floats:
        """How a government errs about packages by chance, (packages,): the more, the more both sides concede in one.

        conceded   (governments, packages)
        """
        drawn = bargaining.disposition(np.array([uniform]), self.parameters.governments.error)
        return np.asarray(drawn * (1 - np.exp(-conceded.sum(axis=0))))

    def oppose(self, conceded: Floats) -> Floats:
        """What conceding costs each at home, (governments, packages) like what each concedes."""
        g, (us, cn) = self.parameters.governments, conceded
        return np.stack([bargaining.opposition(*pair, g.home, g.linkage) for pair in ((us, cn), (cn, us))])

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The two governments."""
        axes = axes | {"quantities": len(QUANTITIES), "terms": len(bargaining.TERMS)}
        table = cls(GOVERNMENTS, axes, p)
        table.staff[US] = p.licensing.officers
        table.acted[:] = table.left[:] = -100 * max(p.governments.answer_months, round(p.governments.memory_months))
        table.weights[:], table.direct[:] = plain_weights(p)
        return table


def plain_weights(p: Parameters) -> tuple[Floats, Floats]:
    """Weights of the quantities (governments, quantities) and of the terms (governments, terms) in the objectives."""
    o = p.objectives
    total = o.lead + o.compute + o.sensitive or 1.0
    us = {name: o.us_security * getattr(o, name) / total for name in ("lead", "compute", "sensitive")}
    us["commerce"] = o.us_commerce
    cn = {"lead": -o.cn_capability, "compute": -o.cn_compute, "scarcity": -o.cn_shortage, "self_sufficiency": o.cn_self}
    us_terms = {"tariff": o.us_tariff, "swap": o.us_swap, "commitments": o.us_ip, "materials": -o.us_materials}
    held = o.cn_leverage - o.cn_exports
    cn_terms = {"tariff": -o.cn_tariff, "swap": o.cn_swap, "commitments": -o.cn_ip, "materials": held}
    return _rows((us, cn), QUANTITIES), _rows((us_terms, cn_terms), bargaining.TERMS)


def _rows(weights: tuple[dict[str, float], ...], names: tuple[str, ...]) -> Floats:
    return np.array([[own.get(name, 0.0) for name in names] for own in weights])
