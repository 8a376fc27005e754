"""Compute rented abroad: what hosts have, what it costs, and how far law leaves the route open."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]


@elementwise
def own_centres(equipped: float, before: float, runs_on: bool, kept: float) -> float:
    """Compute in centres abroad of Chinese firms' subsidiaries, H100e.

    What they can equip by now, or what they had, less what has failed and retired, where law lets it run on.

    equipped   H100e that the route open to them equips
    before     H100e a month ago; kept the share of it that is left
    """
    return max(equipped, before * kept) if runs_on else equipped


@elementwise
def route(headquarters: bool, outside_barred: bool, closed: bool, left: float) -> float:
    """How far subsidiaries abroad can still obtain chips, in [0, 1].

    Closed in practice: not at all. A duty that follows the headquarters, and denial of transfers to firms with
    headquarters in China, each leave a share.

    left   that share
    """
    return 0.0 if closed else left ** (int(headquarters) + int(outside_barred))


@elementwise
def yearly_rent(full_cost: float, amortised: float, markup: float, months: int) -> float:
    """Rent of an H100e for a contract, USD: full cost / months written off x markup x months of the contract."""
    return full_cost / amortised * markup * months


@compiled
def roll(rented: Floats, signed: Floats, cut: bool) -> tuple[Floats, Floats]:
    """Contracts a month later, and what expired, (labs, months) and (labs,).

    rented   (labs, months) H100e by months still to run, the last column a whole term
    signed   (labs,) new contracts
    cut      access is denied: running contracts end at once
    """
    after, ended = np.zeros_like(rented), np.zeros(len(rented))
    for i in range(len(rented)):
        for month in range(rented.shape[1]):
            if cut or month == 0:
                ended[i] += rented[i, month]
            else:
                after[i, month - 1] = rented[i, month]
        after[i, -1] += signed[i]
    return after, ended
