"""What the law of the month means for products, and what buyers fear of the law to come."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled
from abm.law.levers import IMPORT_MODES, POLICIES
from abm.month.phase import phase
from abm.records import Bools, Floats, Outlook, Rulings
from abm.rules import expectation
from abm.state import Market

Codes = NDArray[np.int8]

NOTIFY, CASE = POLICIES.index("notify"), POLICIES.index("case_by_case")
IMPORT_CASE = IMPORT_MODES.index("case_by_case")


@phase("products.shut")
def read_law(market: Market) -> Rulings:
    """The law of the month's first day decides which foreign products need a licence and how likely it is."""
    law, t, shops, vendors, p = market.law, market.t, market.shops, market.vendors, market.parameters
    modes, (granted, part) = _import_modes(market), _grants(market)
    needs_licence, approval, accepted, room, barred, way_in, lawful = _rule(
        law.policy[t], law.free[t], law.refused[t], law.approval[t], law.grants[t], granted, part, law.import_mode[t],
        modes, law.approved[t], market.products.imported,
    )  # fmt: skip
    return Rulings(
        policy=law.policy[t],
        needs_licence=needs_licence,
        approval=approval,
        accepted=accepted,
        room=room,
        barred=barred,
        lawful=lawful,
        open=_open(market, way_in, lawful),
        cards_free=_cards_free(law.cards[t], law.card_mode[t], modes, shops.released, t),
        packages=_packages(market.setting.packages[t], vendors.domestic, p.vendors.material_loss * law.materials[t]),
        access=_access(market),
    )


def _access(market: Market) -> float:
    """How much of what leaders serve Chinese labs can imitate: less where closed weights, or service, are denied."""
    law, t, i = market.law, market.t, market.parameters.innovation
    left = (1 - i.closed_weights * law.weights[t]) * (1 - i.closed_service * law.service[t])
    return market.path("models_served") * i.served * left


def _grants(market: Market) -> tuple[Floats, Floats]:
    """Share of applications granted under each of POLICIES, before case by case; and the part of what would be granted
    case by case that is, in each of GRANTS."""
    p = market.parameters.licensing
    standard = {"presume_deny": p.presumed_grants, "deny": 0.0}
    return np.array([standard.get(name, 1.0) for name in POLICIES]), np.array([0.0, p.small_grants, 1.0])


def _import_modes(market: Market) -> Floats:
    """Share of orders for an import that Beijing accepts in each of IMPORT_MODES."""
    strength = {"open": 1.0, "block": 0.0} | market.parameters.china.model_dump()
    return np.array([strength[mode] for mode in IMPORT_MODES])


@compiled
def _rule(
    policy: Codes, free: Floats, refused: Bools, standard: Floats, grants: Codes, granted: Floats, part: Floats,
    mode: Codes, modes: Floats, approved: Floats, imported: Floats,
) -> tuple[Bools, Floats, Floats, Floats, Bools, Bools, Bools]:  # fmt: skip
    """What law says of foreign products, (foreign,) each; imported (products,) units so far.

    returns   whether a licence is needed; share of applications granted, 1 where none is needed; share of orders that
              Beijing accepts; units that it lets in, imports decided case by case up to the total it has approved,
              others without end; whether a product is barred, has a way in, and has one that is more than presumed
    """
    count = len(policy)
    needs, barred = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    way_in, lawful = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    approval, accepted, room = np.zeros(count), np.zeros(count), np.full(count, np.inf)
    for k in range(count):
        needs[k] = policy[k] >= NOTIFY
        if not refused[k]:
            approval[k] = standard[k] * part[grants[k]] if policy[k] == CASE else granted[policy[k]]
        accepted[k] = modes[mode[k]]
        if mode[k] == IMPORT_CASE:
            room[k] = max(approved[k] - imported[k], 0.0)
        barred[k] = policy[k] > CASE or refused[k] or approval[k] <= 0
        way_in[k] = approval[k] > 0 and free[k] > 0
        lawful[k] = not barred[k] and free[k] > 0
    return needs, approval, accepted, room, barred, way_in, lawful


def _open(market: Market, way_in: Bools, lawful: Bools) -> Bools:
    """Which products may be sold and bought this month, (products,)."""
    axis, products, t = market.axis, market.products, market.t
    foreign, rented = axis.licensed, bool(market.law.cloud[t] <= CASE)
    found = _released(products.released, t, way_in, axis.domestic.start, axis.gaming.stop, axis.offshore.start, rented)
    found[foreign] &= market.vendors.offer(products, foreign, found[foreign], lawful, t)
    return found


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
