"""What the law of the month means for products, and what buyers fear of the law to come."""

import numpy as np

from abm.law.levers import IMPORT_MODES, POLICIES
from abm.month.phase import phase
from abm.records import Bools, Floats, Outlook, Rulings
from abm.rules import expectation
from abm.state import Market

NOTIFY, CASE = POLICIES.index("notify"), POLICIES.index("case_by_case")
IMPORT_CASE = IMPORT_MODES.index("case_by_case")


@phase("products.shut")
def read_law(market: Market) -> Rulings:
    """The law of the month's first day decides which foreign products need a licence and how likely it is."""
    law, t, p = market.law, market.t, market.parameters
    policy, free = law.policy[t], law.free[t] > 0
    approval = _approval(market)
    modes = _import_modes(market)
    barred = (policy > CASE) | law.refused[t] | (approval <= 0)
    lawful = ~barred & free
    material_loss = np.where(market.vendors.domestic, 1.0, 1 - p.vendors.material_loss * law.materials[t])
    return Rulings(
        policy=policy.copy(),
        needs_licence=policy >= NOTIFY,
        approval=approval,
        accepted=modes[law.import_mode[t]],
        room=_room(market),
        barred=barred,
        lawful=lawful,
        open=_open(market, (approval > 0) & free, lawful),
        cards_free=law.cards[t] * modes[law.card_mode[t]] * (market.shops.released <= t),
        packages=market.setting.packages[t] * material_loss,
        access=_access(market),
    )


def _access(market: Market) -> float:
    """How much of what leaders serve Chinese labs can imitate: less where closed weights, or service, are denied."""
    law, t, i = market.law, market.t, market.parameters.innovation
    left = (1 - i.closed_weights * law.weights[t]) * (1 - i.closed_service * law.service[t])
    return market.path("models_served") * i.served * left


def _approval(market: Market) -> Floats:
    """Share of applications for each foreign product that are granted; 1 where none is needed."""
    law, t, p = market.law, market.t, market.parameters.licensing
    policy = law.policy[t]
    standard = {"presume_deny": p.presumed_grants, "deny": 0.0}
    granted = np.array([standard.get(name, 1.0) for name in POLICIES])
    approval = np.where(policy == CASE, law.approval[t], granted[policy])
    grants = np.array([0.0, p.small_grants, 1.0])[law.grants[t]]
    return np.where(law.refused[t], 0.0, approval * np.where(policy == CASE, grants, 1.0))


def _import_modes(market: Market) -> Floats:
    """Share of orders for an import that Beijing accepts in each of IMPORT_MODES."""
    strength = {"open": 1.0, "block": 0.0} | market.parameters.china.model_dump()
    return np.array([strength[mode] for mode in IMPORT_MODES])


def _room(market: Market) -> Floats:
    """Units of each foreign product that Beijing still lets in, (foreign,): imports decided case by case up to the
    total it has approved, others without end."""
    law, t = market.law, market.t
    left = np.maximum(law.approved[t] - market.products.imported[market.axis.licensed], 0.0)
    return np.where(law.import_mode[t] == IMPORT_CASE, left, np.inf)


def _open(market: Market, way_in: Bools, lawful: Bools) -> Bools:
    """Which products may be sold and bought this month, (products,)."""
    axis, products, t = market.axis, market.products, market.t
    found = np.zeros(len(products), dtype=bool)
    found[axis.licensed] = way_in
    found[axis.domestic.start : axis.gaming.stop] = True
    found &= products.released <= t
    found[axis.offshore] = market.law.cloud[t] <= CASE
    found[axis.licensed] &= market.vendors.offer(products, axis.licensed, found[axis.licensed], lawful, t)
    return found


@phase()
def form_expectations(market: Market) -> Outlook:
    """What is announced or leaked tells buyers which products they may lose, weighted by what they spend on them."""
    law, t, x = market.law, market.t, market.parameters.expectation
    threat = expectation.threat(law.announced[t], law.leaked[t], x.rule, x.leak_weight)
    spent = market.products.orders * market.products.price
    known = {"none": 0.0, "announced": float(law.hbm_announced[t] > 0)}
    return Outlook(
        threat=threat,
        fear=float((threat * spent[market.axis.licensed]).sum() / max(spent.sum(), 1.0)),
        hbm_rush=float(law.hbm_rush[t]) * (x.rule != "none"),
        hbm_fear=float(law.hbm_fear[t]) * known.get(x.rule, 1.0),
    )
