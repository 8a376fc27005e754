"""States to compare two implementations on: a running market at some month, its columns and its law disturbed."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates
from abm.law.calendar import Calendar
from abm.law.levers import GRANTS, IMPORT_MODES, POLICIES
from abm.law.regime import load_regime, shipped
from abm.model import ChipMarket
from abm.state import Market

Floats = NDArray[np.float64]

MECHANISMS = ("pro_rata", "priority", "call_auction")
GREY_MECHANISMS = ("call_auction", "pro_rata", "priority")
RULES = ("announced_and_leaked", "announced", "none")
LAST = 90
POSITIVE = {
    "labs": "fleet transit pending licensed granted revenue usual rented",
    "vendors": "stock on_order dies use wafers wafers_begun packaging packaging_begun shipped running software "
    "contract from_china from_world world_price research lobby",
    "makers": "stock contract capacity begun",
    "products": "training stock committed orders sales abroad imported transit_usd price factor",
    "frontier": "fleet",
    "world": "fleet",
    "brokers": "stock capacity",
    "workshops": "stock capacity",
    "shops": "stock price",
    "hosts": "own capacity rent",
}
"""Amounts that are scaled at random, one entry by another."""


def random_market(case: int) -> ChipMarket:
    """A market stepped to a random month under a random regime, mechanism and seed, then disturbed."""
    rng = np.random.default_rng(case)
    until = int(rng.integers(dates.REPORT_FROM, LAST))
    parameters = {
        "trade.mechanism": MECHANISMS[case % 3],
        "grey.mechanism": GREY_MECHANISMS[case // 2 % 3],
        "grey.detect": float(rng.choice([0.001, 0.03])),
        "expectation.rule": RULES[case // 3 % 3],
        "population.startups": int(rng.integers(0, 40)),
        "population.state": int(rng.integers(0, 20)),
        "trade.rounds": int(rng.integers(1, 5)),
        "trade.lead_months": int(rng.integers(1, 5)),
        "hbm.lead_months": int(rng.integers(1, 7)),
        "licensing.presumed_grants": float(rng.choice([0.0, 0.05])),
        "demand.theta": float(rng.uniform(0.8, 4)),
        "demand.lam": float(rng.uniform(0.3, 1)),
        "demand.outside": float(rng.uniform(-4, 0)),
        "startups.failure": float(rng.choice([0.012, 0.3])),
        "startups.entry": float(rng.choice([0.08, 0.5])),
        "innovation.large_share": float(rng.choice([0.004, 0.3])),
    }
    settled = [name for name in shipped() if not load_regime(name).adaptive]
    market = ChipMarket(settled[case % len(settled)], rng=case, until=dates.label(until), **parameters)
    for _ in range(until - int(rng.integers(0, min(until, 24)))):
        market.step()
    _disturb_state(market.market, rng)
    if case % 2:
        for draw in (_rulings, _conditions, _routes):
            market.market.law = _redrawn(market.law, market.t + 1, draw(market.law, market.t + 1, rng))
    return market


def _disturb_state(market: Market, rng: np.random.Generator) -> None:
    for table, columns in POSITIVE.items():
        for name in columns.split():
            column = getattr(market.tables[table], name)
            column *= rng.lognormal(0, 0.7, column.shape) * (rng.random(column.shape) > 0.1)
    products, labs, vendors = market.products, market.labs, market.vendors
    labs.cards[:] = labs.fleet.sum(axis=2)
    products.price[:] = np.maximum(products.price, 500.0)
    products.factor[:] = np.clip(products.factor, 0.4, 1.15)
    products.shut[:] = rng.integers(0, 20, len(products)) * (rng.random(len(products)) > 0.7)
    vendors.running[:] = np.minimum(vendors.running, 1.0)
    vendors.software[:] = np.clip(vendors.software, 0.05, 1.0)
    products.lawful[:] ^= rng.random(len(products)) < 0.2
    labs.cash[:] = (labs.cash + labs.flow) * rng.normal(1, 1, len(labs))
    labs.efficiency[:] += rng.normal(0, 0.2, len(labs))
    labs.capability[:] += rng.normal(0, 0.3, len(labs))
    labs.own[:] += rng.normal(0, 0.3, len(labs))
    labs.run[:] += rng.normal(0, 0.3, len(labs))
    labs.scarcity[:] = rng.random(len(labs))
    labs.listed_from[:] = np.where(rng.random(len(labs)) < 0.1, market.t + rng.integers(0, 3), labs.listed_from)
    said = rng.choice([np.nan, np.nan, np.nan, 0.0, 1.0], market.law.lab_listed.shape)
    market.law = replace(market.law, lab_listed=np.where(rng.random() < 0.5, said, market.law.lab_listed))
    labs.effort[:] = 0.5 * rng.random(len(labs))
    labs.planned[:] += rng.normal(0, 0.2, len(labs))
    products.training[:] = np.minimum(products.training, 1.0)
    labs.cash[:] -= 20 * labs.flow * (rng.random(len(labs)) < 0.03)  # a few that cannot pay
    labs.usable[:] = rng.uniform(0.01, 1, labs.usable.shape)
    _disturb_dealers(market, rng)


def _disturb_dealers(market: Market, rng: np.random.Generator) -> None:
    brokers = market.brokers
    brokers.premium[:] += rng.normal(0, 0.1, brokers.premium.shape)
    brokers.active[:] ^= rng.random(len(brokers)) < 0.2
    brokers.capacity *= brokers.active
    brokers.caught_until[:] = market.t + rng.integers(-3, 4, len(brokers))
    market.shops.price[:] = np.clip(market.shops.price, 0.7, 4.0)
    market.hosts.rent[:] = np.clip(market.hosts.rent, 0.5, 2.5)


def _rulings(law: Calendar, t: int, rng: np.random.Generator) -> dict[str, Any]:
    """Policies, limits, fees, what is known, slow-downs."""
    products, generations = law.policy.shape[1], law.hbm_policy.shape[1]
    limit = lambda scale: np.where(rng.random(products) < 0.3, scale * rng.random(products), np.inf)  # noqa: E731
    return {
        "policy": rng.integers(0, len(POLICIES), products),
        "refused": rng.random(products) < 0.1,
        "free": np.where(rng.random(products) < 0.3, rng.random(products), 1.0),
        "approval": rng.random(products),
        "review": 4 * rng.random(),
        "notice": 2 * rng.random(),
        "import_mode": rng.integers(0, len(IMPORT_MODES), products),
        "quota": limit(20_000),
        "quota_us": limit(0.5),
        "quota_buyer": limit(5_000),
        "quota_all": rng.choice([np.inf, 30_000.0, 0.0]),
        "fee": 0.3 * rng.random(products),
        "duty": 0.3 * rng.random(products),
        "announced": rng.random(products) * (rng.random(products) < 0.2),
        "leaked": 0.8 * (rng.random(products) < 0.2),
        "hbm_policy": rng.integers(0, len(POLICIES), generations) if rng.random() < 0.5 else law.hbm_policy[t],
        "hbm_free": rng.choice([1.0, 0.4]),
        "approval_other": rng.random(),
        "hbm_quota": rng.choice([1.0, 0.1, 0.0]),
        "hbm_fear": rng.choice([0.0, 0.8, 1.0]),
        "hbm_announced": rng.choice([0.0, 0.0, 0.4, 1.0]),
        "hbm_rush": rng.choice([0.0, 0.0, 0.4, 1.0]),
        "mandate": rng.choice([0.0, 0.5, 1.0]),
        "smic": rng.choice([0.0, 0.5]),
        "cxmt": rng.choice([0.0, 0.5]),
        "copackaged": rng.random() < 0.5,
        "firms": rng.choice([0.0, 100.0]),
        "fab_subsidy": rng.choice([0.0, 1e9]),
        "hbm_subsidy": rng.choice([0.0, 1e9]),
        "listed": rng.random(law.listed.shape[1]) < 0.3,
    }


def _conditions(law: Calendar, t: int, rng: np.random.Generator) -> dict[str, Any]:
    """Conditions of licences, demands on buyers, materials and fines."""
    products, vendors = law.checks.shape[1], law.cleared.shape[1]
    yes = lambda: bool(rng.random() < 0.4)  # noqa: E731
    flags = "military remote lab_test us_first foundry_first dram_free weights service"
    drawn = {name: yes() for name in flags.split()}
    return drawn | {
        "checks": rng.integers(0, 3, products),
        "staff": rng.choice([0.05, 0.3, 1.0]),
        "grants": rng.integers(0, len(GRANTS), products),
        "buyers": np.where(rng.random(products) < 0.3, rng.integers(0, 20, products), np.inf),
        "ownership": rng.choice([0.25, 0.5, np.inf]),
        "approved": np.where(rng.random(products) < 0.6, 1e5 * rng.random(products), np.inf),
        "cleared": rng.random(vendors) < 0.6,
        "use_risk": rng.random(vendors) < 0.4,
        "grid": rng.choice([0.0, 0.6]),
        "remove": rng.choice([0.0, 0.3]),
        "subsidy": rng.choice([0.0, 1e11]),
        "fine": 0.1 * rng.random(vendors) * (rng.random(vendors) < 0.4),
        "materials": rng.random(),
        "dies": rng.random(2) < 0.5,
    }


def _redrawn(law: Calendar, t: int, drawn: dict[str, Any]) -> Calendar:
    """A copy of the law with the coming month redrawn."""
    changed = {}
    for name, value in drawn.items():
        column = getattr(law, name).copy()
        column[t] = value
        changed[name] = column
    return replace(law, **changed)


def _routes(law: Calendar, t: int, rng: np.random.Generator) -> dict[str, Any]:
    """The ways around a licence."""
    places, products, cards = (part.shape[1] for part in (law.authorised, law.inspected, law.cards))
    return {
        "budget": 3 * rng.random(),
        "cases": float(rng.integers(0, 4)),
        "authorised": rng.random(places),
        "inspected": rng.random(products) < 0.5,
        "outside": rng.random() < 0.5,
        "worldwide": rng.random() < 0.5,
        "headquarters": rng.random() < 0.5,
        "installed": rng.random() < 0.5,
        "closed": rng.random() < 0.3,
        "cloud": rng.integers(0, len(POLICIES)) if rng.random() < 0.5 else 0,
        "cards": rng.choice([0.0, 0.4, 1.0], cards),
        "card_mode": rng.integers(0, len(IMPORT_MODES), cards),
        "card_end": rng.random(cards) < 0.3,
    }
