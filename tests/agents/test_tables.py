"""Tables of columns, and agents that are views of their rows."""

from typing import Any

import mesa
import numpy as np
import pytest

from abm.agents.frontier import FrontierLabs
from abm.agents.labs import Labs
from abm.agents.makers import HbmMakers
from abm.agents.products import Products
from abm.agents.vendors import ChipVendors
from abm.agents.view import Row
from abm.foundation.parameters import Parameters
from abm.foundation.tables import Column, Table, columns_of


class Shops(Table):
    """A small type for the tests."""

    till = Column("USD", "money in the till")
    shut = Column("", "closed", dtype=np.bool_)
    staff = Column("", "people", dtype=np.int64)
    shelf = Column("unit", "goods", "goods")
    orders = Column("unit", "orders by good and month", "goods", "months")


class Shop(Row):
    """A row of it."""


class CornerShops(Shops):
    """Shops with a column of their own, and one declared again."""

    cats = Column("cat", "on the counter", dtype=np.int64)
    till = Column("CNY", "another currency")


@pytest.fixture
def shops() -> Table:
    """Three shops."""
    return Shops(["north", "south", "east"], {"goods": 4, "months": 2, "unused": 9}, Parameters())


@pytest.fixture
def row(shops: Table) -> Any:
    """The agent of the second shop."""
    return Shop(mesa.Model(rng=0), shops, 1)


# --- tables ---


def test_each_column_is_an_array_of_its_shape_and_type_all_zero(shops: Table) -> None:
    shapes = {name: (getattr(shops, name).shape, getattr(shops, name).dtype) for name in shops.columns}
    assert shapes == {
        "till": ((3,), np.dtype(float)),
        "shut": ((3,), np.dtype(bool)),
        "staff": ((3,), np.dtype(np.int64)),
        "shelf": ((3, 4), np.dtype(float)),
        "orders": ((3, 4, 2), np.dtype(float)),
    }
    assert not any(getattr(shops, name).any() for name in shops.columns)


def test_a_table_knows_its_rows(shops: Table) -> None:
    assert (len(shops), list(shops), shops.names) == (3, ["north", "south", "east"], ("north", "south", "east"))
    assert shops.index == {"north": 0, "south": 1, "east": 2}
    assert repr(shops) == "<Shops, 3 rows: till, shut, staff, shelf, orders>"


def test_an_empty_table_and_a_missing_axis() -> None:
    assert Shops([], {"goods": 4, "months": 2}, Parameters()).orders.shape == (0, 4, 2)
    with pytest.raises(KeyError, match="months"):
        Shops(["one"], {"goods": 4}, Parameters())


def test_a_subclass_has_its_parents_columns_and_its_own() -> None:
    columns = columns_of(CornerShops)
    assert list(columns) == ["till", "shut", "staff", "shelf", "orders", "cats"]
    assert columns["till"].unit == "CNY"
    assert columns_of(Shops)["till"].unit == "USD"
    assert columns_of(int) == {}


def test_a_column_says_what_it_is() -> None:
    assert (Shops.orders.unit, Shops.orders.axes) == ("unit", ("goods", "months"))
    assert Shops.orders.help == "orders by good and month"


# --- rows ---


def test_a_row_reads_its_place(shops: Table, row: Any) -> None:
    shops.till[:] = [1.0, 2.0, 3.0]
    shops.shelf[1] = [1, 2, 3, 4]
    assert (row.name, row.till, row.shut) == ("south", 2.0, False)
    assert row.shelf.tolist() == [1, 2, 3, 4]


def test_a_row_writes_its_place_and_no_other(shops: Table, row: Any) -> None:
    row.till = 7.0
    row.till += 1
    row.shut = True
    row.shelf = [4, 3, 2, 1]
    row.orders[2, 1] = 5
    assert shops.till.tolist() == [0.0, 8.0, 0.0]
    assert shops.shut.tolist() == [False, True, False]
    assert shops.shelf.sum(axis=1).tolist() == [0, 10, 0]
    assert (shops.orders[1, 2, 1], shops.orders.sum()) == (5, 5)


def test_the_state_of_a_row_is_every_column(shops: Table, row: Any) -> None:
    row.staff = 3
    state = row.state()
    assert list(state) == list(shops.columns)
    assert (state["staff"], state["till"]) == (3, 0.0)
    assert repr(row) == "<Shop south>"


def test_a_row_is_a_mesa_agent_of_its_model(row: Any) -> None:
    assert isinstance(row, mesa.Agent)
    assert list(row.model.agents) == [row]
    assert row.model.agents.agg("till", sum) == 0.0


# --- the model's own types ---

KINDS = (Labs, ChipVendors, HbmMakers, FrontierLabs, Products)


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_the_model_says_its_unit_and_what_it_is(kind: type) -> None:
    columns = columns_of(kind)
    assert columns
    for name, column in columns.items():
        assert column.help, name
        assert column.unit or column.dtype is not np.float64, f"{kind.__name__}.{name} is a number without a unit"


def test_a_copy_has_its_own_columns_and_the_same_state(shops: Table) -> None:
    shops.till[:] = [1.0, 2.0, 3.0]
    other = shops.copy()
    other.till[0] = 9.0
    assert (shops.till.tolist(), other.till.tolist()) == ([1.0, 2.0, 3.0], [9.0, 2.0, 3.0])
    assert type(other) is Shops


def test_a_row_has_no_other_attributes(row: Any) -> None:
    with pytest.raises(AttributeError, match="Shop has no attribute 'tills'"):
        _ = row.tills
