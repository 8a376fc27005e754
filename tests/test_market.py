"""The trading mechanisms: what they may never do on any book, and what they give on books worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.markets.clearing import MECHANISMS, Book, Trades, clear, clearing_price

SLACK = 1 + 1e-9


def sums(low: float, high: float, nothing: bool = True) -> st.SearchStrategy[float]:
    """Amounts between two bounds, and zero where that makes sense."""
    some = st.floats(low, high)
    return st.just(0.0) | some if nothing else some


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Books of one to six buyers and one to four goods, with idle money, empty shelves, caps, and ties in size."""
    n, k = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    caps = arrays(float, (n, k), elements=sums(1e-2, 1e6) | st.just(np.inf))
    return Book(
        money=draw(arrays(float, (n, k), elements=sums(1, 1e9))),
        price=draw(arrays(float, k, elements=sums(1, 1e5, nothing=False))),
        supply=draw(arrays(float, k, elements=sums(1e-2, 1e6))),
        limit=draw(arrays(float, (n, k), elements=sums(0.5, 2e5))),
        size=draw(arrays(float, n, elements=st.sampled_from([1.0, 2.0, 5.0]))),
        cap=draw(st.none() | caps),
    )


def orders_of(book: Book) -> np.ndarray:
    """Units asked for at the posted price, within caps: worked out apart from the module."""
    cap = np.full(book.money.shape, np.inf) if book.cap is None else book.cap
    return np.minimum(book.money / book.price, cap)


def book_of(money: list[float], supply: float, price: float = 10.0, **more: object) -> Book:
    """A book of one good."""
    n = len(money)
    entries: dict = {"limit": np.full((n, 1), np.inf), "size": np.ones(n)} | more
    return Book(np.array(money, float)[:, None], np.array([price]), np.array([supply]), **entries)


def pro_rata(book: Book) -> Trades:
    return clear(book, "pro_rata")


def priority(book: Book) -> Trades:
    return clear(book, "priority")


def call_auction(book: Book) -> Trades:
    return clear(book, "call_auction")


# --- laws of every mechanism ---


@pytest.mark.parametrize("mechanism", MECHANISMS)
@given(book=books())
def test_nobody_gets_more_than_is_there_or_than_was_asked_for(mechanism: str, book: Book) -> None:
    trades = clear(book, mechanism)
    assert (trades.units >= 0).all()
    assert (trades.units.sum(axis=0) <= book.supply * SLACK).all()
    assert (trades.units <= orders_of(book) * SLACK).all()
    if book.cap is not None:
        assert (trades.units <= book.cap * SLACK).all()


@pytest.mark.parametrize("mechanism", MECHANISMS)
@given(book=books())
def test_nobody_spends_more_than_the_money_bid(mechanism: str, book: Book) -> None:
    trades = clear(book, mechanism)
    assert (trades.units * trades.price <= book.money * SLACK).all()
    assert (trades.price >= book.price).all()


@pytest.mark.parametrize("mechanism", MECHANISMS)
@given(book=books(), order=st.permutations(range(6)))
def test_the_order_of_buyers_on_the_book_does_not_matter(mechanism: str, book: Book, order: list[int]) -> None:
    places = [place for place in order if place < len(book.size)]
    distinct = Book(book.money, book.price, book.supply, book.limit, np.arange(len(places)) + 1.0, book.cap)
    cap = None if distinct.cap is None else distinct.cap[places]
    shuffled = Book(
        distinct.money[places], distinct.price, distinct.supply, distinct.limit[places], distinct.size[places], cap
    )
    np.testing.assert_allclose(
        clear(shuffled, mechanism).units, clear(distinct, mechanism).units[places], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("mechanism", MECHANISMS)
@given(book=books())
def test_each_good_clears_by_itself(mechanism: str, book: Book) -> None:
    whole = clear(book, mechanism)
    for good in range(len(book.price)):
        one = slice(good, good + 1)
        cap = None if book.cap is None else book.cap[:, one]
        alone = clear(
            Book(book.money[:, one], book.price[one], book.supply[one], book.limit[:, one], book.size, cap), mechanism
        )
        np.testing.assert_allclose(alone.units[:, 0], whole.units[:, good], rtol=1e-12)
        np.testing.assert_allclose(alone.price, whole.price[one], rtol=1e-12)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_no_supply_no_orders_one_buyer_and_no_good(mechanism: str) -> None:
    assert clear(book_of([100, 200], 0.0), mechanism).units.tolist() == [[0.0], [0.0]]
    assert clear(book_of([0, 0], 50.0), mechanism).units.tolist() == [[0.0], [0.0]]
    assert clear(book_of([100], 50.0), mechanism).units.tolist() == [[10.0]]
    empty = Book(np.zeros((3, 0)), np.zeros(0), np.zeros(0), np.zeros((3, 0)), np.ones(3))
    assert clear(empty, mechanism).units.shape == (3, 0)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_an_infinite_cap_is_no_cap_and_a_cap_of_zero_shuts_a_buyer_out(mechanism: str) -> None:
    plain = book_of([100, 300], 20.0)
    free = book_of([100, 300], 20.0, cap=np.full((2, 1), np.inf))
    np.testing.assert_array_equal(clear(plain, mechanism).units, clear(free, mechanism).units)

    barred = book_of([100, 300], 20.0, cap=np.array([[np.inf], [0.0]]))
    assert clear(barred, mechanism).units.tolist() == [[10.0], [0.0]]


def test_an_unknown_mechanism_has_no_meaning() -> None:
    with pytest.raises(KeyError):
        clear(book_of([1], 1.0), "barter")


# --- pro rata ---


def test_pro_rata_by_hand() -> None:
    # 10 and 30 units are asked for, 20 are there: everyone gets half.
    trades = pro_rata(book_of([100, 300], 20.0))
    np.testing.assert_allclose(trades.units, [[5.0], [15.0]])
    assert trades.price.tolist() == [10.0]


@given(book=books())
def test_pro_rata_cuts_all_by_the_same_share(book: Book) -> None:
    orders, units = orders_of(book), pro_rata(book).units
    for good in range(len(book.price)):
        asked = orders[:, good].sum()
        share = 1.0 if asked <= book.supply[good] else book.supply[good] / asked
        np.testing.assert_allclose(units[:, good], orders[:, good] * share, rtol=1e-9)


# --- priority ---


def test_priority_by_hand() -> None:
    # The largest takes its 30, the next 15 of its 20, the smallest nothing.
    book = book_of([100, 300, 200], 45.0, size=np.array([1.0, 9.0, 5.0]))
    np.testing.assert_allclose(priority(book).units, [[0.0], [30.0], [15.0]])


def test_priority_serves_equals_in_the_order_of_the_book() -> None:
    book = book_of([100, 100, 100], 15.0, size=np.array([2.0, 2.0, 2.0]))
    np.testing.assert_allclose(priority(book).units, [[10.0], [5.0], [0.0]])


@given(book=books())
def test_priority_leaves_nobody_short_while_a_smaller_one_is_served(book: Book) -> None:
    orders, units = orders_of(book), priority(book).units
    order = sorted(range(len(book.size)), key=lambda i: (-book.size[i], i))
    for good in range(len(book.price)):
        left = book.supply[good]
        for buyer in order:
            expected = min(orders[buyer, good], max(left, 0.0))
            assert units[buyer, good] == pytest.approx(expected, rel=1e-9, abs=1e-6)
            left -= orders[buyer, good]


# --- call auction ---


def demand_at(book: Book, price: np.ndarray) -> np.ndarray:
    """Units demanded of each good at a price by those who would pay it."""
    money = orders_of(book) * book.price
    return np.where(book.limit >= price, money / price, 0.0).sum(axis=0)


def test_call_auction_by_hand() -> None:
    # 1000 and 600 dollars for 50 units: at 32 each both are served, and 32 is under both limits.
    book = book_of([1000, 600], 50.0, limit=np.array([[100.0], [40.0]]))
    trades = call_auction(book)
    assert trades.price == pytest.approx([32.0])
    np.testing.assert_allclose(trades.units, [[31.25], [18.75]])


def test_call_auction_stops_at_the_limit_of_the_marginal_buyer() -> None:
    # Without the second buyer the price would be 20, with it 32: it settles at the second's limit of 25, where
    # the first takes 40 and the second the 10 that are left of the 24 it asks for.
    book = book_of([1000, 600], 50.0, limit=np.array([[100.0], [25.0]]))
    trades = call_auction(book)
    assert trades.price == pytest.approx([25.0])
    np.testing.assert_allclose(trades.units, [[40.0], [10.0]])


def test_call_auction_keeps_to_the_asked_price_in_a_glut() -> None:
    trades = call_auction(book_of([1000, 600], 5000.0, limit=np.array([[100.0], [9.0]])))
    assert trades.price.tolist() == [10.0]
    np.testing.assert_allclose(trades.units, [[100.0], [0.0]])


@given(book=books())
def test_call_auction_nobody_pays_above_his_limit(book: Book) -> None:
    trades = call_auction(book)
    assert (trades.units[book.limit < np.broadcast_to(trades.price, book.limit.shape)] == 0).all()


@given(book=books())
def test_call_auction_sells_out_whenever_the_price_is_above_the_asked_one(book: Book) -> None:
    trades = call_auction(book)
    sold = trades.units.sum(axis=0)
    dear = trades.price > book.price
    np.testing.assert_allclose(sold[dear], book.supply[dear], rtol=1e-9)


@given(book=books())
def test_call_auction_price_parts_excess_demand_from_excess_supply(book: Book) -> None:
    price = call_auction(book).price
    assert (demand_at(book, price * (1 + 1e-9)) <= book.supply * SLACK).all()
    dear = price > book.price
    assert (demand_at(book, price * (1 - 1e-9))[dear] * SLACK >= book.supply[dear]).all()


@given(book=books(), more=st.floats(1.0, 100.0))
def test_call_auction_more_supply_never_raises_the_price(book: Book, more: float) -> None:
    ample = Book(book.money, book.price, book.supply * more, book.limit, book.size, book.cap)
    assert (call_auction(ample).price <= call_auction(book).price).all()


@given(book=books(), more=st.floats(1.0, 100.0))
def test_call_auction_more_money_never_lowers_the_price(book: Book, more: float) -> None:
    rich = Book(book.money * more, book.price, book.supply, book.limit, book.size, book.cap)
    assert (call_auction(rich).price * SLACK >= call_auction(book).price).all()


def test_clearing_price_is_zero_where_nobody_bids() -> None:
    money, limit = np.array([[0.0, 8.0, 6.0], [0.0, 4.0, 0.0]]), np.array([[5.0, 6.0, 3.0], [7.0, 6.0, 9.0]])
    supply = np.array([1.0, 3.0, 3.0])
    assert [clearing_price(money[:, k], limit[:, k], supply[k]) for k in range(3)] == [0.0, 4.0, 2.0]
