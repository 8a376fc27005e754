"""What the two governments want, worked out from a run's history: the indices of security and commerce, and payoffs."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates
from abm.law.law import Law
from abm.month.measures import ratio, self_sufficiency, year
from abm.rules.bargaining import QUANTITIES, TERMS
from abm.state import Market

Floats = NDArray[np.float64]

SWAP_UNIT = 1e11
"""USD of goods on which a swap of tariffs has its plain value."""


def security_parts(market: Market) -> dict[str, Floats]:
    """What Washington calls security, log10 each, (T,): the US lead in capability, US over Chinese compute, and US
    over sensitive compute."""
    h = market.history
    us, china = h["us_compute"], h["compute_by_channel"].sum(axis=1)
    return {
        "lead": h["shortfall"],
        "compute": np.log10(us / np.maximum(china, 1.0)),
        "sensitive": np.log10(us / np.maximum(h["sensitive"].sum(axis=1), 1.0)),
    }


def security(market: Market) -> Floats:
    """Index of security: the mean of its parts by their weights, log10."""
    o = market.parameters.objectives
    weights = {"lead": o.lead, "compute": o.compute, "sensitive": o.sensitive}
    total = sum(weights.values())
    parts = security_parts(market)
    return np.asarray(sum(weights[name] * parts[name] for name in weights) / (total or 1.0))


def commerce(market: Market) -> Floats:
    """Index of commerce: what US vendors, allied makers of memory and the Treasury took from China in twelve months,
    less charges, by their weights, over all that Chinese labs spent on compute."""
    o, h = market.parameters.objectives, market.history
    fees, chips = h["fees"], h["billed"][:, market.axis.licensed].sum(axis=1)
    memory = h["hbm_usd"][:, ~market.makers.domestic].sum(axis=1)
    lost = (h["charges"] + h["fines"]).sum(axis=1)
    taken = o.chips * (chips - fees) + o.memory * memory + o.fees * fees - o.charges * lost
    return ratio(year(taken), year(h["spent"]))


def quantities(market: Market) -> Floats:
    """The quantities that objectives are made of, in the order of QUANTITIES, (T, quantities)."""
    parts = security_parts(market)
    found = parts | {
        "commerce": commerce(market),
        "scarcity": market.history["scarcity"],
        "self_sufficiency": self_sufficiency(market),
    }
    return np.stack([found[name] for name in QUANTITIES], axis=1)


def payoffs(market: Market) -> dict[str, Floats]:
    """Each government's objective month by month, by its plain weights: quantities as they came, and the terms that
    touch it directly as law has them."""
    laws = [market.regime.at(dates.first_day(t)) for t in range(len(market.history))]
    terms = np.zeros((len(laws), len(TERMS)))
    terms[:, [TERMS.index(name) for name in ("tariff", "swap", "commitments")]] = [_terms(law) for law in laws]
    terms[:, TERMS.index("materials")] = market.law.materials[: len(laws)]
    found, table = quantities(market), market.governments
    return {who: found @ table.weights[g] + terms @ table.direct[g] for g, who in enumerate(table.names)}


@lru_cache(maxsize=4096)
def _terms(law: Law) -> tuple[float, float, float]:
    """A law's tariff, the goods on which tariffs are swapped in SWAP_UNIT, and commitments on intellectual property."""
    return law["tariff.fentanyl"], float(law["tariff.swap_usd"] or 0.0) / SWAP_UNIT, law["cn.ip_commitments"]


def deals(market: Market) -> dict[str, Floats]:
    """The terms of the deal in force month by month, zero without one; `in_force` says whether there is one."""
    found = {name: np.zeros(len(market.history)) for name in ("in_force", *TERMS)}
    for deal in market.deals:
        for name, value in zip(found, (1.0, *deal.terms), strict=True):
            found[name][deal.since : deal.until] = value
    return found


def stances(market: Market) -> dict[str, Floats]:
    """Rungs by which the governments have moved since they began to react."""
    moved, answered = market.history["moved"], market.history["answered"]
    return {"US": moved[:, 0], "CN": moved[:, 1], "CN/materials": answered[:, 1]}
