"""How governments value a change of the law, act on their own, and bargain."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUANTITIES = ("lead", "compute", "sensitive", "commerce", "scarcity", "self_sufficiency")
"""What objectives are made of: log10 of the US lead in capability, of US over Chinese and over sensitive compute; the
index of commerce; China's scarcity and self-sufficiency."""
TERMS = ("hbm", "chips", "fee", "imports", "tariff", "swap", "commitments", "materials")
"""What is bargained over: share of world HBM output; H100e a month in licensed chips; share of their price that goes to
the US government; share of orders China accepts; the fentanyl tariff; goods whose tariffs both cut, in 100 billion
dollars; commitments on intellectual property; severity of controls on materials."""
FEATURES = ("hbm", "chips", "fee")
"""What of the terms moves the quantities, after transformation."""
HBM_UNIT, CHIPS_UNIT = 0.01, 20_000.0
"""Share of world HBM output and H100e a month at which a little more begins to matter less: assumed."""


def features(terms: Floats) -> Floats:
    """What of the terms moves the quantities, (n, features).

    hbm ln(1 + h / .01); chips ln(1 + c i / 20,000); fee times chips

    terms   (n, terms)
    """
    column = dict(zip(TERMS, terms.T, strict=True))
    chips = np.log1p(column["chips"] * column["imports"] / CHIPS_UNIT)
    return np.stack([np.log1p(column["hbm"] / HBM_UNIT), chips, column["fee"] * chips], axis=1)


def forecast(terms: Floats, now: Floats, coefficients: Floats) -> Floats:
    """Change of the quantities expected of terms, against the terms now, (n, quantities).

    terms, now     (n, terms), (terms,)
    coefficients   (features, quantities) fitted from runs of the model
    """
    return np.asarray((features(terms) - features(now[None, :])) @ coefficients)


def surplus(terms: Floats, now: Floats, coefficients: Floats, weights: Floats, direct: Floats) -> Floats:
    """Utility of terms to a government over that of the terms now, (n,): its objective, linear in the quantities
    forecast and in the terms that enter it directly.

    weights   (quantities,) of the quantities
    direct    (terms,) of the terms themselves
    """
    return np.asarray(forecast(terms, now, coefficients) @ weights + (terms - now) @ direct)


def disposition(u: Floats, spread: float) -> Floats:
    """Logistic noise of a spread, from uniforms: spread ln(u / (1 - u))."""
    kept = np.clip(u, 1e-12, 1 - 1e-12)
    return np.asarray(spread * np.log(kept / (1 - kept)))


def step(worths: Floats, place: int, inertia: float) -> int:
    """The rung a government moves to: the better neighbour if its gain exceeds the government's inertia, else its own.

    worths   (rungs,) against the present rung
    """
    near = [rung for rung in (place - 1, place + 1) if 0 <= rung < len(worths)]
    best = max(near, key=lambda rung: float(worths[rung]), default=place)
    return best if worths[best] - worths[place] > inertia else place


def conceded(terms: Floats, now: Floats, whole: Floats, gives: Floats) -> Floats:
    """How much each side gives of all that could be asked of it, (governments, n): the sum over issues of the change in
    its disfavour over the whole of the issue. HBM and chips count by their logarithms, as in `features`.

    terms, now, whole   (n, terms), (terms,), (terms,) from which and up to which an issue is asked for in full
    gives               (governments, terms) 1 where more of a term is a concession, -1 where less is
    """
    change = (_scaled(terms) - _scaled(now[None, :])) / _scaled(whole[None, :])
    return np.asarray(np.maximum(gives[:, None, :] * change[None], 0.0).sum(axis=2))


def _scaled(terms: Floats) -> Floats:
    """Terms (n, terms) on the scales on which concessions are counted."""
    found = terms.copy()
    for name, unit in (("hbm", HBM_UNIT), ("chips", CHIPS_UNIT)):
        place = TERMS.index(name)
        found[:, place] = np.log1p(found[:, place] / unit)
    return found


def opposition(own: Floats, other: Floats, home: float, linkage: float) -> Floats:
    """What conceding costs at home: rising in all that is given, and in what the other side does not match.

    home x^2 + linkage max(x - y, 0)^2, so that what is given on one issue makes every other dearer, and what the other
    side gives on any makes it cheaper.

    own, other   (n,) concessions x and y
    """
    return np.asarray(home * own**2 + linkage * np.maximum(own - other, 0.0) ** 2)


def trust(agreed: float, met: float, prior: float, weight: float) -> float:
    """Share of summits expected to end in an agreement that is kept: those remembered, and a prior worth some.

    (weight prior + agreed) / (weight + met)
    """
    return (weight * prior + agreed) / (weight + met)


def nash(gain_us: Floats, gain_cn: Floats, power: float, least: tuple[float, float]) -> int:
    """The package that maximises gain_us^power gain_cn^(1 - power) among those that leave each side better off by more
    than the least it wants; -1 when there is none, which is the disagreement.

    gain_us, gain_cn   (n,) over no agreement
    least              of each, not below 0
    """
    fine = (gain_us > least[0]) & (gain_cn > least[1])
    if not fine.any():
        return -1
    product = np.full(len(gain_us), -np.inf)
    product[fine] = power * np.log(gain_us[fine]) + (1 - power) * np.log(gain_cn[fine])
    return int(np.argmax(product))
