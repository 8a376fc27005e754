"""How much of a fleet is used, and for what."""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled, elementwise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

LEAST = 1e-12
"""H100e below which a buyer holds nothing."""


@elementwise
def idle(held: Floats, young: Floats, settled: float, new: float) -> Floats:
    """Share of a buyer's compute that is idle when it builds ahead of demand, (n,).

    i = settled + (new - settled) young / held

    held     (n,) H100e
    young    (n,) H100e of it in the youngest age class
    settled  share of older compute that is idle; new of the youngest
    """
    return settled + (new - settled) * (young / np.maximum(held, LEAST))


@compiled
def idle_of_labs(held: Floats, young: Floats, state: Bools, settled: float, new: float, private: float) -> Floats:
    """The same for all labs, (n,): only state buyers build ahead of demand, others have a share `private` idle."""
    found = np.zeros(len(held))
    for i in range(len(held)):
        found[i] = idle(held[i], young[i], settled, new) if state[i] else private
    return found


@compiled
def serve(state: Bools, usual: float, more: float) -> Floats:
    """Share of its useful compute that a lab lets serve users, (n,): state buyers, who train little themselves, a share
    `more` of what is training with others too."""
    found = np.empty(len(state))
    for i in range(len(state)):
        found[i] = usual + (1 - usual) * more if state[i] else usual
    return found


@compiled
def fitness(
    training: Floats, link: Floats, domestic: Bools, old: Bools, exponent: float, software: float, aged: float
) -> Floats:
    """Value of a card's useful compute in a large training run over its value in serving users, (k,).

    f = training min(1, link / 600)^exponent, times `software` for Chinese chips, times `aged` for the oldest fleet

    training  (k,) share of a card's compute that large runs can use
    link      (k,) GB/s, both directions
    domestic  (k,) Chinese chips, whose training software lags behind their serving software
    old       (k,) cards bought before the first month reported
    """
    fit = np.zeros(len(training))
    for k in range(len(training)):
        fit[k] = training[k] * min(1.0, link[k] / 600) ** exponent
        if domestic[k]:
            fit[k] *= software
        if old[k]:
            fit[k] *= aged
    return fit


@compiled
def place(useful: Floats, inference: float, level: Rows, placement: float, share: Floats) -> None:
    """Fill `share`, the share that serves users of a lab's useful compute of each fitness for training, (levels,).

    A share `placement` of the serving goes to the cards least fit for training first, to equally fit ones equally; the
    rest runs on all cards alike.

    useful     (k,) H100e
    inference  share of a lab's useful compute that serves users
    level      (k,) place of each card's fitness among all, as in `steps`
    """
    whole = 0.0
    for n in range(len(share)):
        share[n] = 0.0
    for k in range(len(useful)):
        share[level[k]] += useful[k]
        whole += useful[k]
    need = inference * whole
    for n in range(len(share)):
        held = share[n]
        first = min(max(need, 0.0), held) / held if held > 0 else 0.0
        share[n] = placement * first + (1 - placement) * inference
        need -= held


@compiled
def steps(fit: Floats) -> tuple[Rows, int]:
    """How many lower values of fitness there are than each card's, (k,), and how many values in all."""
    level, lowest = np.zeros(len(fit), dtype=np.int64), -np.inf
    for levels in range(len(fit)):
        above = np.inf
        for k in range(len(fit)):
            if fit[k] > lowest:
                above = min(above, fit[k])
                level[k] = levels
        if above == np.inf:
            return level, levels
        lowest = above
    return level, len(fit)
