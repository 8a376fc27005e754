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

    def concern(self, state: Floats, lobby: float) -> Floats:
        """Weights of the quantities as things stand, (governments, quantities): security weighs more with Washington as
        its lead shrinks, commerce as vendors lobby; scarcity weighs more with Beijing as it grows acute.

        state   (quantities,) as they stand
        lobby   USD of lobbying at work
        """
        p = self.parameters
        o, found = p.objectives, self.weights.copy()
        found[US, SECURITY] *= np.clip((o.lead_wanted / max(float(state[LEAD]), 0.05)) ** o.us_urgency, 0.25, 4.0)
        found[US, COMMERCE] *= 1 + o.us_lobby * lobby / 1e7
        found[CN, SCARCITY] *= (max(float(state[SCARCITY]), 0.0) / o.scarcity_borne) ** o.cn_urgency
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
        tilt = float(bargaining.disposition(np.array([uniform]), p.governments.mood)[0])
        seen = worths + tilt * np.sign(np.arange(len(worths)) - place)
        return bargaining.step(seen, place, p.governments.inertia)

    def negotiate(self, worths: Floats, uniform: Floats) -> int:
        """The package both agree on, or -1: the Nash bargain over what each sees in a deal.

        worths   (governments, packages) against no agreement
        uniform     (governments,) uniforms: how each is disposed towards any deal
        """
        p = self.parameters
        seen = worths + bargaining.disposition(uniform, p.governments.mood)[:, None]
        return bargaining.nash(seen[US], seen[CN], p.governments.us_power, p.governments.reserve)

    @classmethod
    def opening(cls, axes: dict[str, int], p: Parameters) -> Self:
        """The two governments."""
        axes = axes | {"quantities": len(QUANTITIES), "terms": len(bargaining.TERMS)}
        table = cls(GOVERNMENTS, axes, p)
        table.staff[US] = p.licensing.officers
        table.acted[:] = -100 * p.governments.answer_months
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
