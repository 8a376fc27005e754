"""Governments that react: what they see, what they may do, and how what they do becomes law."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.regulator import CN, US
from abm.facts import catalog
from abm.foundation.dates import first_day, month_of
from abm.law.acts import Act
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.rulings import classify
from abm.month import moves, objectives
from abm.month.moves import ANSWERS, IMPORTS, RUNGS, Deal, Package
from abm.rules import bargaining
from abm.rules.bargaining import FEATURES, QUANTITIES, TERMS

if TYPE_CHECKING:
    from abm.model import ChipMarket

Floats = NDArray[np.float64]

MOODS = ("US review", "CN imports", "CN materials", "US summit", "CN summit")
"""Slots of the chance in what governments see."""


@cache
def coefficients() -> Floats:
    """Effects of the features of terms on the quantities, as fitted from runs, (features, quantities)."""
    table = catalog.payoffs()
    return np.array([[table[feature][name] for name in QUANTITIES] for feature in FEATURES])


def begins(m: "ChipMarket") -> int:
    """The month from which some government reacts: the second at the earliest, since it looks back at one."""
    return max(min(month_of(day) for _, day in m.regime.adaptive), 1)


def reacts(m: "ChipMarket", who: str) -> bool:
    """Whether a government reacts by now."""
    day = dict(m.regime.adaptive).get(who)
    return day is not None and month_of(day) <= m.t


def open_stances(m: "ChipMarket") -> None:
    """Where the governments stand when the first of them begins to react."""
    law, table = m.regime.at(first_day(m.t + 1)), m.regulators
    table.stance[US] = licensed_rung(law)
    mode = str(law.get("cn.import_mode", "H200"))
    table.stance[CN] = IMPORTS.index(mode) if mode in IMPORTS else IMPORTS.index("case_by_case")
    held = float(m.conditions.materials[min(m.t + 1, m.months - 1)])
    table.answer[CN] = int(np.argmin([abs(moves.severity(place) - held) for place in range(len(ANSWERS))]))


def licensed_rung(law: Law) -> int:
    """The rung of Washington's ladder on which law stands: the loosest whose chips have a way in; `held` of those for
    the H200."""
    chips, most = catalog.chips(), POLICIES.index("case_by_case")
    open_to = {rung.card for rung in RUNGS if POLICIES.index(classify(chips[rung.card], law).in_practice) <= most}
    places = [place for place, rung in enumerate(RUNGS) if rung.quota and rung.card in open_to]
    return max(places, default=0)


def terms_now(m: "ChipMarket") -> Floats:
    """The terms as law has them without a deal, (terms,)."""
    law, table = m.regime.at(first_day(m.t + 1)), m.regulators
    rung = RUNGS[int(table.stance[US])]
    return np.array(
        [
            _hbm(m, law),
            rung.chips,
            rung.fee,
            accepted(m)[int(table.stance[CN])],
            float(law["tariff.fentanyl"]),
            float(law["tariff.swap_usd"] or 0.0) / objectives.SWAP_UNIT,
            float(law["cn.ip_commitments"]),
            _severity(m),
        ]
    )


def _severity(m: "ChipMarket") -> float:
    """Severity of the controls on materials without a deal: of law as it stands until Beijing moves by itself."""
    if m.regulators.answered[CN]:
        return moves.severity(int(m.regulators.answer[CN]))
    deal = in_force(m)
    return float(deal.before[TERMS.index("materials")] if deal else m.conditions.materials[min(m.t + 1, m.months - 1)])


def _hbm(m: "ChipMarket", law: Law) -> float:
    """Share of world HBM output that law lets China have: where it draws no line, all that is not under contract."""
    policy = str(law["hbm.policy"] or "off")
    if policy in ("deny", "presume_deny"):
        return 0.0
    return min(float(law["hbm.quota_share"]), m.p.hbm.china_share) if policy == "case_by_case" else m.p.hbm.china_share


def accepted(m: "ChipMarket") -> Floats:
    """Share of orders that China accepts on each rung of IMPORTS."""
    strength = {"block": 0.0, "open": 1.0} | m.p.china.model_dump()
    return np.array([strength[mode] for mode in IMPORTS])


def outlook(m: "ChipMarket") -> tuple[Floats, Floats]:
    """Weights of quantities and of terms as things stand, by government."""
    state = np.nan_to_num(objectives.quantities(m)[-1])
    kind, table = m.kinds.regulator, m.regulators
    return kind.concern(table, state, float(m.vendors.lobby.sum()), m.p), kind.touched(table, m.t, m.p)


def worths(m: "ChipMarket", terms: Floats, now: Floats) -> Floats:
    """What each of some terms is worth to each government against those now, (governments, n)."""
    weights, direct = outlook(m)
    return np.stack([bargaining.worth(terms, now, coefficients(), weights[g], direct[g]) for g in (US, CN)])


def review(m: "ChipMarket") -> list[Act]:
    """What the governments whose review is due do by themselves: step on their ladders, or leave a deal.

    A deal in force binds both: then a government asks only whether to keep it.
    """
    acts: list[Act] = []
    rhythm, since, bound = m.p.governments, m.t - begins(m), in_force(m)
    for place, (who, months) in enumerate((("US", rhythm.us_review_months), ("CN", rhythm.cn_review_months))):
        if not reacts(m, who) or since % months:
            continue
        if bound is not None:
            acts = acts or _keep_or_leave(m, bound, place, who)
        elif m.t - m.regulators.acted[place] >= rhythm.hold_months:
            acts += _step_us(m) if who == "US" else _step_cn(m)
    return acts


def in_force(m: "ChipMarket") -> Deal | None:
    """The deal that binds, or is agreed on and will."""
    return m.deals[-1] if m.deals and m.t < m.deals[-1].until else None


def _step_us(m: "ChipMarket") -> list[Act]:
    """Washington's step on its ladder, if any."""
    table, now = m.regulators, terms_now(m)
    rungs = np.stack([moves.of_rung(rung, now) for rung in RUNGS])
    place = int(table.stance[US])
    chosen = m.kinds.regulator.review(worths(m, rungs, now)[US], place, _luck(m, "US review"), m.p)
    if chosen == place:
        return []
    _book(m, US, chosen - place)
    return [_act(m, "us-review", "US", RUNGS[chosen].sets(), f"Washington moves licences to: {RUNGS[chosen].name}.")]


def _step_cn(m: "ChipMarket") -> list[Act]:
    """Beijing's steps on its ladders of imports and of materials, if any."""
    table, now = m.regulators, terms_now(m)
    kind, place, answer = m.kinds.regulator, int(table.stance[CN]), int(table.answer[CN])
    modes = np.stack([moves.changed(now, imports=float(share)) for share in accepted(m)])
    held = np.stack([moves.changed(now, materials=moves.severity(one)) for one in range(len(ANSWERS))])
    both = worths(m, np.concatenate([modes, held]), now)[CN]
    mode = kind.review(both[: len(modes)], place, _luck(m, "CN imports"), m.p)
    material = kind.review(both[len(modes) :], answer, _luck(m, "CN materials"), m.p)
    acts = []
    if mode != place:
        said = f"Beijing moves imports of accelerators to: {IMPORTS[mode].replace('_', ' ')}."
        acts.append(_act(m, "cn-review", "CN", {"cn.import_mode": {"*": IMPORTS[mode]}}, said))
    if material != answer:
        said = f"Beijing moves exports of materials to: {ANSWERS[material]}."
        acts.append(_act(m, "cn-answer", "CN", {"cn.material": {"*": ANSWERS[material]}}, said))
        table.answered[CN] += material - answer
        table.answer[CN] = material
    if acts:
        _book(m, CN, mode - place)
    return acts


def _book(m: "ChipMarket", place: int, steps: int) -> None:
    """Remember a government's move of some rungs, above 0 looser."""
    table = m.regulators
    table.stance[place] += steps
    table.moved[place] += steps
    table.acted[place] = m.t
    table.tightened[place] = max(-steps, 0)


def _keep_or_leave(m: "ChipMarket", deal: Deal, place: int, who: str) -> list[Act]:
    """A government leaves a deal that has come to be worth less to it than none, by more than its inertia."""
    luck = float(bargaining.mood(np.array([_luck(m, MOODS[place])]), m.p.governments.mood)[0])
    kept = worths(m, deal.terms[None, :], deal.before)[place, 0] + luck
    if deal.left or m.t < deal.since or kept > -m.p.governments.inertia:
        return []
    m.deals[-1] = deal._replace(until=m.t + m.p.governments.notice_months, left=True)
    m.regulators.acted[place], m.regulators.tightened[place] = m.t, 1.0
    act = _act(m, f"{who.lower()}-leaves-deal", who, {}, "The deal is left.", repeals=(deal.name,))
    return [act]


def summit(m: "ChipMarket") -> list[Act]:
    """The two governments bargain when a summit is due and no deal runs on for longer than to the next: a deal is acts
    announced this month, no agreement leaves the law as it is."""
    months = m.p.governments.summit_months
    if not (reacts(m, "US") and reacts(m, "CN")) or (m.t - begins(m)) % months:
        return []
    deal = in_force(m)
    if deal and deal.until - m.t > months:
        return []
    now = deal.before if deal else terms_now(m)
    offers = [offer for offer in moves.packages() if offer.gives(now)]
    terms = np.stack([offer.terms(now) for offer in offers])
    luck = np.array([_luck(m, "US summit"), _luck(m, "CN summit")])
    chosen = m.kinds.regulator.negotiate(worths(m, terms, now), luck, m.p)
    return [_strike(m, offers[chosen], now)] if chosen >= 0 else []


def _strike(m: "ChipMarket", offer: Package, now: Floats) -> Act:
    """Make a package the deal in force."""
    g, running = m.p.governments, in_force(m)
    since = m.t + g.notice_months
    earlier = (running.name,) if running else ()
    act = _act(m, "deal", "both", offer.sets(), _said(offer), earlier, ends=str(first_day(since + g.deal_months)))
    if running:
        m.deals[-1] = running._replace(until=since)
    m.deals.append(Deal(act.name, since, since + g.deal_months, offer.terms(now), now))
    return act


def _said(offer: Package) -> str:
    """A package in words."""
    parts = [f"HBM up to {offer.hbm:.0%} of world output" if offer.hbm else "HBM as it is"]
    parts += [f"chips {RUNGS[offer.rung].name} at a fee of {offer.fee:.0%}"] if offer.rung is not None else []
    parts += ["imports open"] * offer.imports + ["the fentanyl tariff dropped"] * offer.tariff
    parts += ["materials free"] * offer.materials
    parts += [f"commitments {offer.commitments:.0%}"] if offer.commitments else []
    parts += [f"tariffs swapped on {offer.swap * 100:.0f} billion dollars"] if offer.swap else []
    return f"Washington and Beijing agree: {', '.join(parts)}."


def _act(
    m: "ChipMarket", name: str, by: str, sets: dict[str, object], what: str, repeals: tuple[str, ...] = (), **more: str
) -> Act:
    return moves.act_of(name, by, m.t, m.p.governments.notice_months, sets, repeals, what=what, **more)


def _luck(m: "ChipMarket", mood: str) -> float:
    return float(m.draws["mood"][m.t, MOODS.index(mood)])


def enact(m: "ChipMarket", acts: list[Act]) -> None:
    """Add acts to the run's law: what lies ahead is worked out again, what has been stays."""
    m.schedule = m.conditions = m.routes = m.schedule.after(*acts, since=m.t + 1)
    m.regime, m.listings = m.schedule.regime, m.schedule.lab_listed
