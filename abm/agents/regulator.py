"""The two governments: what each gives weight to at the moment, and what it does at reviews and at summits."""

import numpy as np
from numpy.typing import NDArray

from abm.agents.columns import Column, Row, Table
from abm.foundation.parameters import Parameters
from abm.rules import bargaining
from abm.rules.bargaining import QUANTITIES

Floats = NDArray[np.float64]

GOVERNMENTS = ("US", "CN")
US, CN = 0, 1
SECURITY = [QUANTITIES.index(name) for name in ("lead", "compute", "sensitive")]
COMMERCE, SCARCITY, LEAD = (QUANTITIES.index(name) for name in ("commerce", "scarcity", "lead"))
MEMORY = 12
"""Months for which a step of the other side is answered."""


class Regulator(Row):
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

    @classmethod
    def concern(cls, governments: Table, state: Floats, lobby: float, p: Parameters) -> Floats:
        """Weights of the quantities as things stand, (governments, quantities): security weighs more with Washington as
        its lead shrinks, commerce as vendors lobby; scarcity weighs more with Beijing as it grows acute.

        state   (quantities,) as they stand
        lobby   USD of lobbying at work
        """
        o, found = p.objectives, governments.weights.copy()
        found[US, SECURITY] *= np.clip((o.lead_wanted / max(float(state[LEAD]), 0.05)) ** o.us_urgency, 0.25, 4.0)
        found[US, COMMERCE] *= 1 + o.us_lobby * lobby / 1e7
        found[CN, SCARCITY] *= (max(float(state[SCARCITY]), 0.0) / o.scarcity_borne) ** o.cn_urgency
        return found

    @classmethod
    def touched(cls, governments: Table, t: int, p: Parameters) -> Floats:
        """Weights of the terms that touch each government directly as things stand, (governments, terms): holding back
        materials is worth more to Beijing while it answers steps of Washington."""
        found = governments.direct.copy()
        recent = t - governments.acted[US] <= MEMORY
        answered = p.objectives.cn_reciprocity * float(governments.tightened[US]) * recent
        found[CN, bargaining.TERMS.index("materials")] += answered
        return found

    @classmethod
    def review(cls, worths: Floats, place: int, luck: float, p: Parameters) -> int:
        """The rung a government chooses: the better neighbour, if worth more than its inertia as it sees it.

        worths   (rungs,) against the terms now
        place    its rung
        luck     a uniform: what it sees in the looser rungs by chance
        """
        tilt = float(bargaining.mood(np.array([luck]), p.governments.mood)[0])
        seen = worths + tilt * np.sign(np.arange(len(worths)) - place)
        return bargaining.step(seen, place, p.governments.inertia)

    @classmethod
    def negotiate(cls, worths: Floats, luck: Floats, p: Parameters) -> int:
        """The package both agree on, or -1: the Nash bargain over what each sees in a deal.

        worths   (governments, packages) against no agreement
        luck     (governments,) uniforms: how each is disposed towards any deal
        """
        seen = worths + bargaining.mood(luck, p.governments.mood)[:, None]
        return bargaining.nash(seen[US], seen[CN], p.governments.us_power, p.governments.reserve)


def build(kind: type[Row], axes: dict[str, int], p: Parameters) -> Table:
    """The two governments."""
    axes = axes | {"quantities": len(QUANTITIES), "terms": len(bargaining.TERMS)}
    table = Table(kind, GOVERNMENTS, axes)
    table.staff[US] = p.licensing.officers
    table.acted[:] = -MEMORY * 100
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
