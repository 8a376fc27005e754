"""How much of a fleet is used, and for what."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def idle(held: Floats, young: Floats, settled: float, new: float) -> Floats:
    """Share of a buyer's compute that is idle when it builds ahead of demand, (n,).

    i = settled + (new - settled) young / held

    held     (n,) H100e
    young    (n,) H100e of it in the youngest age class
    settled  share of older compute that is idle; new of the youngest
    """
    part = np.divide(young, held, out=np.zeros_like(held), where=held > 0)
    return settled + (new - settled) * part


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
    joined = np.minimum(1.0, link / 600) ** exponent
    return training * joined * np.where(domestic, software, 1.0) * np.where(old, aged, 1.0)


def place(useful: Floats, inference: Floats, fit: Floats, placement: float) -> Floats:
    """The part of each lab's useful compute that serves users, by product, (n, k).

    A share `placement` of the serving goes to the cards least fit for training first, to equally fit ones equally; the
    rest runs on all cards alike.

    useful     (n, k) H100e
    inference  (n,) share of a lab's useful compute that serves users
    fit        (k,) fitness for training
    """
    levels = sorted(set(fit.tolist()))
    level = np.searchsorted(levels, fit)
    held = useful @ (level[:, None] == np.arange(len(levels))).astype(float)
    whole = held.cumsum(axis=1)
    need = inference * whole[:, -1]
    first = (need[:, None] - (whole - held)).clip(0.0, held)
    part = np.divide(first, held, out=np.zeros_like(held), where=held > 0)
    return useful * (placement * part + (1 - placement) * inference[:, None])[:, level]


def mfu(base: float, skill: Floats, exponent: float) -> Floats:
    """Model FLOP utilisation that labs reach, at most 0.6: base skill^exponent, (n,)."""
    return np.minimum(base * skill**exponent, max(base, 0.6))
