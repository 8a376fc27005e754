"""Governments that react: what they see, what they may do, and how what they do becomes law."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import CN, US
from abm.facts import catalog
from abm.foundation.dates import first_day, month_of
from abm.law.acts import Act
from abm.law.law import Law
from abm.law.levers import POLICIES
from abm.law.rulings import classify
from abm.month import moves, objectives
from abm.month.moves import ANSWERS, IMPORTS, RUNGS, Package
from abm.month.phase import phase
from abm.records import Reviews
from abm.rules import bargaining
from abm.rules.bargaining import FEATURES, QUANTITIES, TERMS
from abm.state import Deal, Market

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

ERRORS = ("US review", "CN imports", "CN materials", "US summit", "CN summit")
"""Slots of the chance error with which governments see their objectives."""


@cache
def coefficients() -> Floats:
    """Effects of the features of terms on the quantities, as fitted from runs, (features, quantities)."""
    table = catalog.payoffs()
    return np.array([[table[feature][name] for name in QUANTITIES] for feature in FEATURES])


@phase(
    """
    governments.stance governments.moved governments.answer governments.answered governments.acted
    governments.tightened governments.left governments.met governments.agreed law deals
    """
)
def governments_review(market: Market) -> Reviews:
    """Governments that react meet at summits and review the law; what they decide is announced, and binds later."""
    if market.regime.adaptive and market.t >= begins(market):
        if market.t == begins(market):
            open_stances(market)
            recall(market)
        market.governments.remember()
        if acts := summit(market) or review(market):
            enact(market, acts)
    reviews = market.blank(Reviews)
    reviews.moved, reviews.answered = market.governments.moved, market.governments.answered
    return reviews


def begins(market: Market) -> int:
    """The month from which some government reacts: the second at the earliest, since it looks back at one."""
    return max(min(month_of(day) for _, day in market.regime.adaptive), 1)


def reacts(market: Market, who: str) -> bool:
    """Whether a government reacts by now."""
    day = dict(market.regime.adaptive).get(who)
    return day is not None and month_of(day) <= market.t


def open_stances(market: Market) -> None:
    """Where the governments stand when the first of them begins to react."""
    law, table = market.regime.at(first_day(market.t + 1)), market.governments
    table.stance[US] = licensed_rung(law)
    mode = str(law.get("cn.import_mode", "H200"))
    table.stance[CN] = IMPORTS.index(mode) if mode in IMPORTS else IMPORTS.index("case_by_case")
    held = float(market.law.materials[min(market.t + 1, market.setting.months - 1)])
    table.answer[CN] = int(np.argmin([abs(moves.severity(place) - held) for place in range(len(ANSWERS))]))


def recall(market: Market) -> None:
    """What the governments remember of the summits on record before the first of them begins to react, fading."""
    for one in catalog.series("summits"):
        ago = market.t - month_of(one.start) if one.item == "agreement" and one.start else 0
        if ago > 0:
            fading = np.exp(-ago / market.parameters.governments.memory_months)
            market.governments.met += fading
            market.governments.agreed += fading * (one.value or 0.0)


def licensed_rung(law: Law) -> int:
    """The rung of Washington's ladder on which law stands: the loosest whose chips have a way in; `held` of those for
    the H200."""
    chips, most = catalog.chips(), POLICIES.index("case_by_case")
    open_to = {rung.card for rung in RUNGS if POLICIES.index(classify(chips[rung.card], law).in_practice) <= most}
    places = [place for place, rung in enumerate(RUNGS) if rung.quota and rung.card in open_to]
    return max(places, default=0)


def terms_now(market: Market) -> Floats:
    """The terms as law has them without a deal, (terms,)."""
    law, table = market.regime.at(first_day(market.t + 1)), market.governments
    rung = RUNGS[int(table.stance[US])]
    return np.array(
        [
            _hbm(market, law),
            rung.chips,
            rung.fee,
            accepted(market)[int(table.stance[CN])],
            float(law["tariff.fentanyl"]),
            float(law["tariff.swap_usd"] or 0.0) / objectives.SWAP_UNIT,
            float(law["cn.ip_commitments"]),
            _severity(market),
        ]
    )


def _severity(market: Market) -> float:
    """Severity of the controls on materials without a deal: of law as it stands until Beijing moves by itself."""
    if market.governments.answered[CN]:
        return moves.severity(int(market.governments.answer[CN]))
    deal = in_force(market)
    return float(
        deal.before[TERMS.index("materials")]
        if deal
        else market.law.materials[min(market.t + 1, market.setting.months - 1)]
    )


def _hbm(market: Market, law: Law) -> float:
    """Share of world HBM output that law lets China have: where it draws no line, all that is not under contract."""
    policy = str(law["hbm.policy"] or "off")
    if policy in ("deny", "presume_deny"):
        return 0.0
    return (
        min(float(law["hbm.quota_share"]), market.parameters.hbm.china_share)
        if policy == "case_by_case"
        else market.parameters.hbm.china_share
    )


def accepted(market: Market) -> Floats:
    """Share of orders that China accepts on each rung of IMPORTS."""
    strength = {"block": 0.0, "open": 1.0} | market.parameters.china.model_dump()
    return np.array([strength[mode] for mode in IMPORTS])


def outlook(market: Market) -> tuple[Floats, Floats]:
    """Weights of quantities and of terms as things stand, by government."""
    state = np.nan_to_num(objectives.standing(market))
    table = market.governments
    return table.concern(state, float(market.vendors.lobby.sum())), table.direct_weights(market.t)


def worths(market: Market, terms: Floats, now: Floats) -> Floats:
    """What each of some terms is worth to each government against those now, (governments, n)."""
    weights, direct = outlook(market)
    return np.stack([bargaining.surplus(terms, now, coefficients(), weights[g], direct[g]) for g in (US, CN)])


def review(market: Market) -> list[Act]:
    """What the governments whose review is due do by themselves: step on their ladders, or leave a deal.

    A deal in force binds both: then a government asks only whether to keep it.
    """
    acts: list[Act] = []
    rhythm, since, bound = market.parameters.governments, market.t - begins(market), in_force(market)
    for place, (who, months) in enumerate((("US", rhythm.us_review_months), ("CN", rhythm.cn_review_months))):
        if not reacts(market, who) or since % months:
            continue
        if bound is not None:
            acts = acts or _keep_or_leave(market, bound, place, who)
        elif market.t - market.governments.acted[place] >= rhythm.hold_months:
            acts += _step_us(market) if who == "US" else _step_cn(market)
    return acts


def in_force(market: Market) -> Deal | None:
    """The deal that binds, or is agreed on and will."""
    return market.deals[-1] if market.deals and market.t < market.deals[-1].until else None


def _step_us(market: Market) -> list[Act]:
    """Washington's step on its ladder, if any."""
    table, now = market.governments, terms_now(market)
    rungs = np.stack([moves.of_rung(rung, now) for rung in RUNGS])
    place = int(table.stance[US])
    chosen = table.review(worths(market, rungs, now)[US], place, _uniform(market, "US review"))
    if chosen == place:
        return []
    _book(market, US, chosen - place)
    return [
        _act(market, "us-review", "US", RUNGS[chosen].sets(), f"Washington moves licences to: {RUNGS[chosen].name}.")
    ]


def _step_cn(market: Market) -> list[Act]:
    """Beijing's steps on its ladders of imports and of materials, if any."""
    table, now = market.governments, terms_now(market)
    place, answer = int(table.stance[CN]), int(table.answer[CN])
    modes = np.stack([moves.changed(now, imports=float(share)) for share in accepted(market)])
    held = np.stack([moves.changed(now, materials=moves.severity(one)) for one in range(len(ANSWERS))])
    both = worths(market, np.concatenate([modes, held]), now)[CN]
    mode = table.review(both[: len(modes)], place, _uniform(market, "CN imports"))
    material = table.review(both[len(modes) :], answer, _uniform(market, "CN materials"))
    acts = []
    if mode != place:
        said = f"Beijing moves imports of accelerators to: {IMPORTS[mode].replace('_', ' ')}."
        acts.append(_act(market, "cn-review", "CN", {"cn.import_mode": {"*": IMPORTS[mode]}}, said))
    if material != answer:
        said = f"Beijing moves exports of materials to: {ANSWERS[material]}."
        acts.append(_act(market, "cn-answer", "CN", {"cn.material": {"*": ANSWERS[material]}}, said))
        table.answered[CN] += material - answer
        table.answer[CN] = material
    if acts:
        _book(market, CN, mode - place)
    return acts


def _book(market: Market, place: int, steps: int) -> None:
    """Remember a government's move of some rungs, above 0 looser."""
    table = market.governments
    table.stance[place] += steps
    table.moved[place] += steps
    table.acted[place] = market.t
    table.tightened[place] = max(-steps, 0)


def _keep_or_leave(market: Market, deal: Deal, place: int, who: str) -> list[Act]:
    """A government leaves a deal that has come to be worth less to it than none, by more than its inertia."""
    terms, table, g = deal.terms[None, :], market.governments, market.parameters.governments
    error = table.errors(concessions(market, terms, deal.before), _uniform(market, ERRORS[place]))
    kept = worths(market, terms, deal.before)[place, 0] + float(error[0])
    if deal.left or market.t < deal.since or kept > -g.inertia:
        return []
    market.deals[-1] = deal._replace(until=market.t + g.notice_months, left=True)
    table.acted[place], table.tightened[place], table.left[place] = market.t, 1.0, market.t
    table.remember(agreed=-float(np.exp((deal.agreed - market.t) / g.memory_months)), months=0)
    act = _act(market, f"{who.lower()}-leaves-deal", who, {}, "The deal is left.", repeals=(deal.name,))
    return [act]


def summit(market: Market) -> list[Act]:
    """The two governments bargain when a summit is due and no deal runs on for longer than to the next: a deal is acts
    announced this month, no agreement leaves the law as it is."""
    months = market.parameters.governments.summit_months
    if not (reacts(market, "US") and reacts(market, "CN")) or (market.t - begins(market)) % months:
        return []
    deal = in_force(market)
    if deal and deal.until - market.t > months:
        return []
    now = deal.before if deal else terms_now(market)
    offers, terms = on_the_table(market, now)
    uniform = np.array([_uniform(market, "US summit"), _uniform(market, "CN summit")])
    conceded = concessions(market, terms, now)
    chosen = market.governments.negotiate(worths(market, terms, now), conceded, uniform, market.t)
    market.governments.remember(agreed=float(chosen >= 0), met=1.0, months=0)
    return [_strike(market, moves.packages()[offers[chosen]], now)] if chosen >= 0 else []


def on_the_table(market: Market, now: Floats) -> tuple[Rows, Floats]:
    """Packages that take back nothing and cross no red line: their places among all, and the terms they make of those
    now, (n, terms)."""
    g = market.parameters.governments
    lines = {
        "hbm": (g.us_red_hbm, 1),
        "chips": (g.us_red_chips, 1),
        "commitments": (g.cn_red_ip, 1),
        "materials": (g.cn_red_materials, -1),
    }
    values = moves.offered()
    terms = moves.made_of(values, now)
    changed = (terms != now).any(axis=1)
    places = np.flatnonzero(changed & moves.gains(values, now) & moves.within(terms, now, lines))
    return places, terms[places]


def concessions(market: Market, terms: Floats, now: Floats) -> Floats:
    """How much terms make each government concede, (governments, n), export controls in Washington's own weight."""
    whole, gives = moves.by_term(moves.WHOLE), np.stack([moves.by_term(one) for one in moves.GIVES])
    gives[US, moves.CONTROLS] *= market.parameters.governments.security_home
    return bargaining.conceded(terms, now, whole, gives)


def _strike(market: Market, offer: Package, now: Floats) -> Act:
    """Make a package the deal in force."""
    g, running = market.parameters.governments, in_force(market)
    since = market.t + g.notice_months
    earlier = (running.name,) if running else ()
    act = _act(market, "deal", "both", offer.sets(), _said(offer), earlier, ends=str(first_day(since + g.deal_months)))
    if running:
        market.deals[-1] = running._replace(until=since)
    market.deals.append(Deal(act.name, market.t, since, since + g.deal_months, offer.terms(now), now))
    return act


def _said(offer: Package) -> str:
    """A package in words."""
    parts = [f"HBM up to {offer.hbm:.0%} of world output" if offer.hbm else "HBM as it is"]
    parts += [f"chips {RUNGS[offer.rung].name} at a fee of {offer.fee:.0%}"] if offer.rung is not None else []
    parts += ["imports open"] * offer.imports + ["the fentanyl tariff dropped"] * offer.tariff
    parts += [f"materials: {offer.materials}"] if offer.materials else []
    parts += [f"commitments {offer.commitments:.0%}"] if offer.commitments else []
    parts += [f"tariffs swapped on {offer.swap * 100:.0f} billion dollars"] if offer.swap else []
    return f"Washington and Beijing agree: {', '.join(parts)}."


def _act(
    market: Market, name: str, by: str, sets: dict[str, object], what: str, repeals: tuple[str, ...] = (), **more: str
) -> Act:
    return moves.act_of(
        name, by, market.t, market.parameters.governments.notice_months, sets, repeals, what=what, **more
    )


def _uniform(market: Market, error: str) -> float:
    return float(market.setting.draws["judgement"][market.t, ERRORS.index(error)])


def enact(market: Market, acts: list[Act]) -> None:
    """Add acts to the run's law: what lies ahead is worked out again, what has been stays."""
    market.law = market.law.after(*acts, since=market.t + 1)
