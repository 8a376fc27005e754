"""Records are blocks of memory that Python and compiled functions see by the same names, and nobody changes later."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from abm.foundation.compiled import ON, compiled
from abm.foundation.records import ROOM, Blanks, Floats, History, Month, Record, handed, kept, layout
from abm.month.phase import phase
from abm.state import seen

SIZES = {"sites": 3, "kinds": 2}


class Grid(Record):
    """One field of every sort."""

    drawn: float = kept("GW", "power drawn")
    cuts: int = kept("1", "times that power is cut", dtype=int)
    short: bool = handed("", "whether power is short", dtype=bool)
    by_site: Floats = kept("GW", "power by site", "sites")
    lit: np.ndarray = handed("", "which sites are lit", "sites", dtype=bool)
    mix: Floats = handed("1", "mix of each site's power", "sites", "kinds")
    codes: np.ndarray = kept("", "codes of two lines", 2, dtype=np.int8)


class WiderGrid(Grid):
    """A record made from another."""

    spare: float = kept("GW", "power to spare")


def grid(drawn: float = 1.5) -> Grid:
    return Grid(
        drawn=drawn, cuts=2, short=True, by_site=[1.0, 0.25, 0.25], lit=[True, False, True],
        mix=np.arange(6.0).reshape(3, 2), codes=[-1, 4],
    )  # fmt: skip


@compiled
def fill(made, read):  # type: ignore[no-untyped-def]
    made, read = seen(made), seen(read)
    made.drawn, made.cuts, made.short = 2 * read.drawn, read.cuts + 1, not read.short
    for i in range(len(made.by_site)):
        made.by_site[i], made.lit[i] = read.by_site[i] + read.mix[i, 1], not read.lit[i]
    made.codes[0] = read.codes[1]


@compiled
def overwrite(made, read):  # type: ignore[no-untyped-def]
    seen(read).by_site[0] = 0.0


@compiled
def reassign(made, read):  # type: ignore[no-untyped-def]
    seen(read).drawn = 0.0


def test_fields_are_what_they_were_made_with() -> None:
    one = grid()
    assert (one.drawn, one.cuts, one.short) == (1.5, 2, True)
    assert one.by_site.tolist() == [1.0, 0.25, 0.25]
    assert one.lit.tolist() == [True, False, True]
    assert one.mix.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert one.codes.tolist() == [-1, 4]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"spares": 1.0}, r"WiderGrid has no field 'spares'.*'spare'"),
        ({}, r"WiderGrid.spare is missing"),
        ({"spare": 1.0, "by_site": 1.0}, r"WiderGrid.by_site has the shape \(\); its axes are \(sites\)"),
        ({"spare": [1.0]}, r"WiderGrid.spare has the shape \(1,\); its axes are \(\)"),
    ],
)
def test_what_is_no_field_missing_or_of_other_axes_is_named(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        WiderGrid(grid(), **wrong)


@pytest.mark.parametrize("name", ["values", "block", "fields", "freeze"])
def test_what_every_record_has_is_no_name_for_a_field(name: str) -> None:
    with pytest.raises(TypeError, match=f"Wrong.{name}: every record has something of that name"):
        type("Wrong", (Record,), {name: kept("", "")})


def test_a_record_holds_numbers_only() -> None:
    with pytest.raises(TypeError, match="dtype = object: a record holds floats"):
        handed("", "words", dtype=object)


def test_a_record_is_no_dataclass() -> None:
    def act(market: object) -> object: ...

    act.__annotations__["return"] = dataclass(type("Wrong", (Record,), {}))
    with pytest.raises(TypeError, match=r"phase act: .* declare it without @dataclass"):
        phase()(act)


def test_one_takes_over_what_another_says() -> None:
    one = WiderGrid(grid(), drawn=9.0, spare=0.5)
    assert (one.drawn, one.spare) == (9.0, 0.5)
    assert one.mix.tolist() == grid().mix.tolist()
    month = Month()
    month.add(one)
    assert month[Grid] is month[WiderGrid] is one


def test_a_blank_record_is_written_to_until_it_is_handed_on() -> None:
    one = Blanks(SIZES)(Grid)
    assert (one.drawn, one.short, one.mix.shape) == (0.0, False, (3, 2))
    one.drawn, one.by_site, seen_before = 4.0, [1.0, 2.0, 3.0], one.by_site
    Month().add(one)
    assert (one.drawn, one.by_site.tolist(), seen_before.tolist()) == (4.0, [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    for name, value in (("drawn", 5.0), ("by_site", np.ones(3))):
        with pytest.raises(AttributeError, match=f"Grid.{name}: a record that was handed on is read-only"):
            setattr(one, name, value)
    with pytest.raises(ValueError, match="read-only"):
        one.by_site[0] = 5.0
    for name in ("power", "by_sites"):
        with pytest.raises(AttributeError, match=f"Grid has no field '{name}'"):
            getattr(one, name)
        with pytest.raises(AttributeError, match=f"Grid has no field '{name}'"):
            setattr(one, name, 1.0)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_says_the_same_and_is_as_frozen(again) -> None:  # type: ignore[no-untyped-def]
    one = again(grid())
    assert {name: np.asarray(value).tolist() for name, value in one.values().items()} == {
        name: np.asarray(value).tolist() for name, value in grid().values().items()
    }
    with pytest.raises(AttributeError, match="read-only"):
        one.drawn = 2.0


def test_compiled_functions_and_plain_ones_fill_it_alike() -> None:
    filled = []
    for act, given in ((getattr(fill, "py_func", fill), lambda one: one), (fill, lambda one: one.block if ON else one)):
        made = Blanks(SIZES)(Grid)
        act(given(made), given(grid()))
        made.freeze()
        filled.append({name: np.asarray(value).tolist() for name, value in made.values().items()})
    assert filled[0] == filled[1]
    assert filled[0]["drawn"] == 3.0
    assert filled[0]["by_site"] == [2.0, 3.25, 5.25]


@pytest.mark.skipif(not ON, reason="nothing is compiled")
@pytest.mark.parametrize("act", [overwrite, reassign])
def test_compiled_functions_cannot_write_to_what_was_handed_on(act) -> None:  # type: ignore[no-untyped-def]
    from numba.core.errors import NumbaError

    with pytest.raises(NumbaError, match=r"read-only|Cannot modify readonly array|only numbers"):
        act(Blanks(SIZES)(Grid).block, grid().block)


def test_the_history_has_every_month_and_grows() -> None:
    history = History()
    for t in range(2 * ROOM + 1):
        month = Month()
        month.add(grid(float(t)))
        history.add(month)
    assert len(history) == 2 * ROOM + 1
    assert list(history) == ["drawn", "cuts", "by_site", "codes"]
    assert history["drawn"].tolist() == list(range(2 * ROOM + 1))
    assert history["codes"].tolist()[-1] == [-1.0, 4.0]
    assert (history.last("drawn"), history.latest(2)["drawn"].tolist()) == (2.0 * ROOM, [2 * ROOM - 1, 2 * ROOM])
    assert history["by_site"].shape == (2 * ROOM + 1, 3)


def test_an_axis_may_be_empty() -> None:
    one = Grid(grid(), by_site=[], lit=[], mix=np.zeros((0, 2)))
    history, month = History(), Month()
    month.add(one)
    history.add(month)
    assert (one.mix.shape, history["by_site"].shape, np.shape(history.last("by_site"))) == ((0, 2), (1, 0), (0,))


def test_a_copy_of_a_history_goes_its_own_way() -> None:
    histories = [History()]
    for drawn in (1.0, 2.0, 3.0):
        month = Month()
        month.add(grid(drawn))
        histories[-1].add(month)
        histories.append(histories[-1].copy())
    assert [one["drawn"].tolist() for one in histories] == [[1.0], [1.0, 2.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]


def test_the_latest_months_are_gone_on_with() -> None:
    history, month = History(), Month()
    month.add(grid())
    history.add(month)
    for latest in (history.latest(0), history.latest(1)):
        before = len(latest)
        latest.add(month)
        assert latest["drawn"].tolist() == [1.5] * (before + 1)


def test_a_layout_that_was_forgotten_and_made_again_is_the_same() -> None:
    history = History()
    for _ in range(2):
        month = Month()
        month.add(grid())
        history.add(month)
        layout.cache_clear()
    assert len(history) == 2


def test_a_month_of_another_shape_is_refused() -> None:
    history, first, second = History(), Month(), Month()
    first.add(grid())
    second.add(Grid(grid(), by_site=[1.0, 2.0]))
    history.add(first)
    with pytest.raises(ValueError, match=r"Grid: .* the same shape in every month"):
        history.add(second)


def test_two_records_keep_nothing_under_one_name() -> None:
    class Other(Record):
        drawn: float = kept("GW", "something else")

    month = Month()
    month.add(grid())
    month.add(Other(drawn=1.0))
    with pytest.raises(ValueError, match=r"Other.drawn: the history keeps something else under that name"):
        History().add(month)
