"""The ledger: what one sector gives another gets, and a table that disagrees is found out."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.ledger import ROWS, SECTORS, Flow, Ledger, write

GOODS = ("H100", "H20", "HBM3")
EVERY = np.arange(len(GOODS) + 1)
MONEY = len(GOODS)

sector = st.sampled_from(SECTORS)
amount = st.just(0.0) | st.floats(1e-3, 1e9)


@dataclass
class Deal:
    """A transfer of some goods."""

    sender: str
    receiver: str
    goods: list[int]
    units: list[float]
    usd: list[float] | None

    @property
    def moving(self) -> int:
        """How many goods move, or are paid for."""
        return sum(any(one) for one in zip(self.units, self.usd or self.units, strict=True))


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """Transfers of one to three goods, paid for or not."""
    goods = draw(st.lists(st.integers(0, MONEY - 1), min_size=1, max_size=3, unique=True))
    amounts = st.lists(amount, min_size=len(goods), max_size=len(goods))
    return Deal(draw(sector), draw(sector), goods, draw(amounts), draw(st.none() | amounts))


def book(ledger: Ledger, deal: Deal, month: int = 0) -> None:
    """Enter a deal."""
    usd = None if deal.usd is None else np.array(deal.usd)
    ledger.transfer(month, deal.sender, deal.receiver, np.array(deal.goods), np.array(deal.units), usd, "channel")


def holdings(entered: list[Deal]) -> tuple[dict[tuple[str, int], float], dict[str, float]]:
    """What every sector should hold of every good and of money, added up one deal after another."""
    units: dict[tuple[str, int], float] = {}
    usd: dict[str, float] = {}
    for deal in entered:
        for place, good in enumerate(deal.goods):
            paid = 0.0 if deal.usd is None else deal.usd[place]
            for who, sign in ((deal.sender, -1), (deal.receiver, 1)):
                units[who, good] = units.get((who, good), 0.0) + sign * deal.units[place]
                usd[who] = usd.get(who, 0.0) - sign * paid
    return units, usd


@given(st.lists(deals(), max_size=12))
def test_goods_and_money_neither_arise_nor_vanish(entered: list[Deal]) -> None:
    ledger = Ledger(GOODS)
    for deal in entered:
        book(ledger, deal)
    scale = max(ledger.turnover.max(), 1.0)
    assert np.abs(ledger.units.sum(axis=0)).max() <= 1e-12 * scale
    assert abs(ledger.usd.sum()) <= 1e-12 * max(np.abs(ledger.usd).max(), 1.0)
    assert len(ledger.flows) == sum(deal.moving for deal in entered), "a transfer of nothing is none"


@given(st.lists(deals(), max_size=12))
def test_balances_are_what_the_deals_add_up_to(entered: list[Deal]) -> None:
    ledger = Ledger(GOODS)
    for deal in entered:
        book(ledger, deal)
    units, usd = holdings(entered)
    for name in SECTORS:
        held = np.array([units.get((name, good), 0.0) for good in EVERY])
        assert ledger.difference(name, EVERY, held) <= 1e-12
        assert ledger.usd[ROWS[name]] == pytest.approx(usd.get(name, 0.0), rel=1e-9, abs=1e-3)


@given(st.lists(deals(), max_size=12))
def test_the_flows_rebuild_the_balances(entered: list[Deal]) -> None:
    ledger, again = Ledger(GOODS), Ledger(GOODS)
    for month, deal in enumerate(entered):
        book(ledger, deal, month)
    for one in ledger.flows:
        good, units, usd = (np.array([value]) for value in (one.good, one.units, one.usd))
        again.transfer(one.month, one.sender, one.receiver, good, units, usd, one.channel)
    np.testing.assert_array_equal(ledger.units, again.units)
    np.testing.assert_array_equal(ledger.usd, again.usd)
    assert [one.month for one in ledger.flows] == [
        month for month, deal in enumerate(entered) for _ in range(deal.moving)
    ]


def test_a_page_that_is_full_is_turned() -> None:
    ledger = Ledger(GOODS)
    for month in range(2 * len(ledger.page)):
        ledger.pay(month, "labs", "vendors", 1.0, "cards")
    assert ledger.usd[ROWS["vendors"]] == len(ledger.flows) == 2 * len(ledger.page)
    copied = ledger.copy()
    copied.pay(0, "labs", "vendors", 1.0, "fees")
    assert len(copied.flows) == len(ledger.flows) + 1
    assert ledger.channels == ["cards"]


def test_what_compiled_functions_write_is_checked_when_the_page_is_turned() -> None:
    ledger, none = Ledger(GOODS, ("grey",)), np.zeros(0)
    labs, vendors = ROWS["labs"], ROWS["vendors"]
    write(ledger.page, ledger.lines, 0, vendors, labs, np.zeros(1, int), np.zeros(1, int), np.array([-1.0]), none)
    with pytest.raises(ValueError, match="vendors to labs, grey: a transfer is negative or undefined"):
        ledger.turn_page()
    ledger.lines[0] = len(ledger.page)
    with pytest.raises(IndexError, match="more transfers than a page"):
        write(ledger.page, ledger.lines, 0, vendors, labs, np.zeros(1, int), np.zeros(1, int), np.ones(1), none)


def test_a_sale_by_hand() -> None:
    ledger = Ledger(GOODS)
    ledger.transfer(3, "vendors", "labs", np.array([0, 1]), np.array([2.0, 5.0]), np.array([60.0, 40.0]), "licensed")
    assert ledger.units[ROWS["vendors"]].tolist() == [-2.0, -5.0, 0.0, 0.0]
    assert ledger.units[ROWS["labs"]].tolist() == [2.0, 5.0, 0.0, 0.0]
    assert (ledger.usd[ROWS["vendors"]], ledger.usd[ROWS["labs"]]) == (100.0, -100.0)
    assert ledger.turnover.tolist() == [2.0, 5.0, 0.0, 0.0]
    assert ledger.flows == [
        Flow(3, "vendors", "labs", "licensed", good, units, usd)
        for good, units, usd in ((0, 2.0, 60.0), (1, 5.0, 40.0))
    ]


def test_dollars_alone_move_from_payer_to_payee() -> None:
    ledger = Ledger(GOODS)
    ledger.pay(0, "labs", "government", 12.5, "fees")
    assert (ledger.usd[ROWS["labs"]], ledger.usd[ROWS["government"]]) == (-12.5, 12.5)
    assert not ledger.units.any()
    assert ledger.flows[0].good == MONEY
    assert ledger.goods[MONEY] == "money"


@pytest.mark.parametrize("wrong", [-1e-12, float("nan")])
@pytest.mark.parametrize("what", ["units", "usd"])
def test_negative_and_undefined_amounts_are_refused_and_leave_no_trace(wrong: float, what: str) -> None:
    ledger, fine, bad = Ledger(GOODS), np.array([1.0, 1.0]), np.array([1.0, wrong])
    units, usd = (bad, fine) if what == "units" else (fine, bad)
    with pytest.raises(ValueError, match="vendors to labs, grey: a transfer is negative or undefined"):
        ledger.transfer(0, "vendors", "labs", np.array([0, 1]), units, usd, "grey")
    assert not ledger.units.any()
    assert not ledger.usd.any()
    assert ledger.flows == []


@pytest.mark.parametrize("usd", [-1.0, float("nan")])
def test_a_negative_payment_is_refused(usd: float) -> None:
    with pytest.raises(ValueError, match="negative or undefined"):
        Ledger(GOODS).pay(0, "labs", "vendors", usd, "cards")


def test_an_unknown_sector_is_refused() -> None:
    with pytest.raises(KeyError):
        Ledger(GOODS).pay(0, "labs", "pirates", 1.0, "cards")


def sold() -> Ledger:
    """A ledger in which labs hold a thousand H100 that they paid for."""
    ledger = Ledger(GOODS)
    ledger.transfer(0, "outside", "labs", np.array([0]), np.array([1000.0]), np.array([3e7]))
    return ledger


def test_a_table_that_differs_is_found_out_relative_to_the_turnover() -> None:
    ledger = sold()
    held = np.array([1000.0, 0.0, 0.0, 0.0])
    assert ledger.difference("labs", EVERY, held) == 0
    held[0] -= 1e-3
    assert ledger.difference("labs", EVERY, held) == pytest.approx(1e-6, rel=1e-6)
    assert ledger.difference("labs", EVERY, np.array([1000.0, 0.0, 2e-6, 0.0])) == pytest.approx(2e-6)
    assert ledger.difference("labs", np.array([1, 2]), np.zeros(2)) == 0


def test_an_undefined_holding_never_passes_for_agreement() -> None:
    ledger = sold()
    assert not ledger.difference("labs", EVERY, np.array([1000.0, np.nan, 0.0, 0.0])) <= 1e-9
    assert not ledger.money_difference("labs", float("nan")) <= 1e-9


def test_cash_that_differs_is_found_out() -> None:
    ledger = sold()
    assert ledger.money_difference("labs", -3e7) == 0
    assert ledger.money_difference("labs", -3e7 + 30) == pytest.approx(1e-6)
    assert ledger.money_difference("government", 0.5) == 0.5
