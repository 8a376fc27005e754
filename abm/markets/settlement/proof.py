"""The proof: tables hold what the ledger says."""

import numpy as np

from abm.state import Market


def audit(market: Market) -> None:
    """Compare every table with the ledger; ArithmeticError where they differ by more than 1e-9 of the turnover."""
    wrong = {name: gap for name, gap in differences(market).items() if not gap <= 1e-9}
    if wrong:
        raise ArithmeticError(f"{market.date}: tables and ledger differ: {wrong}")


def differences(market: Market) -> dict[str, float]:
    """How far each sector's table is from the ledger's, over the turnover."""
    products, vendors, labs, ledger = market.products, market.vendors, market.labs, market.ledger
    setting, axis = market.setting, market.axis
    held = np.zeros((3, len(ledger.goods)))
    np.add.at(held[0], setting.accounts, products.stock)
    held[2, setting.accounts[axis.offshore]] = labs.rented.sum()
    held[0, setting.stacks] = vendors.stock.sum(axis=0)
    held[0, setting.dies] = vendors.dies.sum()
    np.add.at(held[1], setting.accounts, labs.transit.sum(axis=(0, 2)))
    np.add.at(held[2], setting.accounts, labs.fleet.sum(axis=(0, 2)))
    counted = np.zeros(len(ledger.goods))
    np.add.at(counted, setting.accounts, labs.cards.sum(axis=0))
    counted[setting.accounts[axis.offshore]] = labs.rented.sum()
    every = np.arange(held.shape[1])
    gaps = {
        name: ledger.difference(name, every, row)
        for name, row in zip(("vendors", "transit", "labs"), held, strict=True)
    }
    gaps["labs, all ages"] = ledger.difference("labs", every, counted)
    gaps["makers"] = ledger.difference("makers", setting.stacks, market.makers.stock.sum(axis=0))
    for name, rows in (("brokers", axis.grey), ("shops", axis.gaming), ("workshops", axis.gaming)):
        stock = getattr(market, name).stock
        by_row = stock if name == "shops" else stock.sum(axis=0)
        gaps[name] = ledger.difference(name, setting.accounts[rows], by_row)
    for name in ("labs", "vendors", "makers", "brokers", "shops", "workshops", "hosts"):
        gaps[f"{name}' money"] = ledger.money_difference(name, float(getattr(market, name).cash.sum()))
    return gaps
