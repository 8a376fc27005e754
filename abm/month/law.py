"""What the law of the month means for products, and what buyers fear of the law to come."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.agents.vendors import ChipVendors
from abm.foundation.arrays import put
from abm.foundation.compiled import compiled, part
from abm.foundation.mirrors import behaviour
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.month.phase import phase
from abm.records import Bools, Floats, Outlook, Rulings
from abm.rules import expectation
from abm.state import Market, seen, whole

Codes = NDArray[np.int8]

NOTIFY, CASE = POLICIES.index("notify"), POLICIES.index("case_by_case")
IMPORT_CASE = IMPORT_MODES.index("case_by_case")
DECIDED = tuple(mode for mode in IMPORT_MODES if mode not in ("open", "block"))
"""Modes of import in which Beijing accepts a part."""

offer = behaviour(ChipVendors.offer)


@phase("products.shut")
def read_law(market: Market) -> Rulings:
    """The law of the month's first day decides which foreign products need a licence and how likely it is."""
    p, china = market.parameters.licensing, market.parameters.china
    granted, some = _grants(p.presumed_grants, p.small_grants)
    modes = _import_modes(tuple(getattr(china, mode) for mode in DECIDED))
    rulings = market.blank(Rulings)
    _read(market, rulings, granted, some, modes, market.path("models_served"))
    return rulings


@whole
def _read(market: Market, rulings: Rulings, granted: Floats, some: Floats, modes: Floats, served: float) -> None:
    """What law says of products.

    granted, some, modes   as in `_grants` and `_import_modes`
    served                 dated input: how far leaders' models are served to all
    """
    market, rulings = seen(market), seen(rulings)
    law, t, products, vendors, axis = market.law, market.t, market.products, market.vendors, market.axis
    put(rulings.policy, law.policy[t])
    way_in = _rule(
        law.policy[t], law.free[t], law.refused[t], law.approval[t], law.grants[t], granted, some, law.import_mode[t],
        modes, law.approved[t], products.imported, rulings.needs_licence, rulings.approval, rulings.accepted,
        rulings.room, rulings.barred, rulings.lawful,
    )  # fmt: skip
    out = _released(
        products.released, t, way_in, axis.domestic.start, axis.gaming.stop, axis.offshore.start, law.cloud[t] <= CASE
    )
    put(rulings.open, out)
    foreign = slice(axis.licensed.start, axis.licensed.stop)
    live = offer(vendors, products, foreign, out[foreign], rulings.lawful, t)
    for k in range(len(live)):
        rulings.open[axis.licensed.start + k] = out[axis.licensed.start + k] and live[k]
    put(rulings.cards_free, _cards_free(law.cards[t], law.card_mode[t], modes, market.shops.released, t))
    loss = market.parameters.vendors.material_loss * law.materials[t]
    put(rulings.packages, _packages(market.setting.packages[t], vendors.domestic, loss))
    rulings.access = _access(market, served)


@part
def _access(market: Market, served: float) -> float:
    """How much of what leaders serve Chinese labs can imitate: less where closed weights, or service, are denied."""
    law, t, i = market.law, market.t, market.parameters.innovation
    left = (1 - i.closed_weights * law.weights[t]) * (1 - i.closed_service * law.service[t])
    return served * i.served * left


@lru_cache(maxsize=64)
def _grants(presumed: float, small: float) -> tuple[Floats, Floats]:
    """Share of applications granted under each of POLICIES, before case by case; and the part of what would be granted
    case by case that is, in each of GRANTS."""
    standard = {"presume_deny": presumed, "deny": 0.0}
    return np.array([standard.get(name, 1.0) for name in POLICIES]), np.array([0.0, small, 1.0])


@lru_cache(maxsize=64)
def _import_modes(decided: tuple[float, ...]) -> Floats:
    """Share of orders for an import that Beijing accepts in each of IMPORT_MODES; decided: in each of DECIDED."""
    found = {"open": 1.0, "block": 0.0} | dict(zip(DECIDED, decided, strict=True))
    return np.array([found[mode] for mode in IMPORT_MODES])


@compiled
def _rule(
    policy: Codes, free: Floats, refused: Bools, standard: Floats, grants: Codes, granted: Floats, some: Floats,
    mode: Codes, modes: Floats, approved: Floats, imported: Floats, needs: Bools, approval: Floats, accepted: Floats,
    room: Floats, barred: Bools, lawful: Bools,
) -> Bools:  # fmt: skip
    """What law says of foreign products, (foreign,) each; returns whether each has a way in.

    imported   (products,) units so far
    needs      whether a licence is needed; approval: share of applications granted, 1 where none is needed
    accepted   share of orders that Beijing accepts; room: units that it lets in, imports decided case by case up to the
               total it has approved, others without end
    barred     whether a product is barred; lawful: whether it has a way in that is more than presumed
    """
    count = len(policy)
    way_in = np.zeros(count, dtype=np.bool_)
    for k in range(count):
        needs[k] = policy[k] >= NOTIFY
        approval[k] = 0.0
        if not refused[k]:
            approval[k] = standard[k] * some[grants[k]] if policy[k] == CASE else granted[policy[k]]
        accepted[k] = modes[mode[k]]
        room[k] = max(approved[k] - imported[k], 0.0) if mode[k] == IMPORT_CASE else np.inf
        barred[k] = policy[k] > CASE or refused[k] or approval[k] <= 0
        way_in[k] = approval[k] > 0 and free[k] > 0
        lawful[k] = not barred[k] and free[k] > 0
    return way_in


@compiled
def _released(
    released: Floats, month: int, way_in: Bools, sold_from: int, sold_to: int, rented_at: int, rented: bool
) -> Bools:
    """Products out by now, (products,): foreign ones, which come first, that have a way in (foreign,), those sold in
    China from one row up to another, and what is rented if it may be."""
    found = np.zeros(len(released), dtype=np.bool_)
    for k in range(len(way_in)):
        found[k] = way_in[k] and released[k] <= month
    for k in range(sold_from, sold_to):
        found[k] = released[k] <= month
    found[rented_at] = rented
    return found


@compiled
def _cards_free(free: Floats, mode: Codes, modes: Floats, released: Floats, month: int) -> Floats:
    """Share of a month for which, and of orders as far as, gaming cards may come in, (gaming,)."""
    found = np.zeros(len(free))
    for k in range(len(free)):
        if released[k] <= month:
            found[k] = free[k] * modes[mode[k]]
    return found


@compiled
def _packages(planned: Floats, domestic: Bools, loss: float) -> Floats:
    """Packages of each vendor, (vendors,); foreign ones lose some to materials held back."""
    found = planned.copy()
    for v in range(len(found)):
        if not domestic[v]:
            found[v] *= 1 - loss
    return found


@phase()
def form_expectations(market: Market) -> Outlook:
    """What is announced or leaked tells buyers which products they may lose, weighted by what they spend on them."""
    counted, heard = expectation.ACTED_ON[market.parameters.expectation.rule]
    outlook = market.blank(Outlook)
    _expect(market, outlook, counted, heard)
    return outlook


@whole
def _expect(market: Market, outlook: Outlook, counted: float, heard: float) -> None:
    """What buyers fear; counted, heard: whether traders act on what is announced, and on what is leaked, 0 or 1."""
    market, outlook = seen(market), seen(outlook)
    law, t, products, feared, spent = market.law, market.t, market.products, 0.0, 0.0
    for k in range(len(products.orders)):
        usd = products.orders[k] * products.price[k]
        spent += usd
        if k < len(outlook.threat):
            weight = heard * market.parameters.expectation.leak_weight
            outlook.threat[k] = expectation.threat(law.announced[t, k], law.leaked[t, k], counted, weight)
            feared += outlook.threat[k] * usd
    known = 1.0 if heard > 0 or law.hbm_announced[t] > 0 else 0.0
    outlook.fear = feared / max(spent, 1.0)
    outlook.hbm_rush, outlook.hbm_fear = law.hbm_rush[t] * counted, law.hbm_fear[t] * known * counted
