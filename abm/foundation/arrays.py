"""Plain work on arrays for compiled functions, where array algebra takes ten times as long to compile as a loop."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.foundation.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

BLOCK = 128


@compiled
def total(values: Floats) -> float:
    """The sum of values, (n,): by eights within blocks, to the bit what NumPy says of up to BLOCK of them."""
    whole, start = 0.0, 0
    while start < len(values):
        stop = min(start + BLOCK, len(values))
        whole += _by_eights(values, start, stop)
        start = stop
    return whole


@compiled
def _by_eights(values: Floats, start: int, stop: int) -> float:
    last = stop - (stop - start) % 8
    a = b = c = d = e = f = g = h = 0.0
    for n in range(start, last, 8):
        a, b, c, d = a + values[n], b + values[n + 1], c + values[n + 2], d + values[n + 3]
        e, f, g, h = e + values[n + 4], f + values[n + 5], g + values[n + 6], h + values[n + 7]
    whole = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for place in range(last, stop):
        whole += values[place]
    return whole


@compiled
def totals(values: Floats) -> Floats:
    """The sum of each row of values, (n, k)."""
    found = np.empty(len(values))
    for i in range(len(values)):
        found[i] = total(values[i])
    return found


@compiled
def sums(values: Floats, groups: Codes, count: int) -> Floats:
    """Sums of values, (n,), by the group in which each is, (count,)."""
    found = np.zeros(count)
    for i in range(len(values)):
        found[groups[i]] += values[i]
    return found


@compiled
def put(column: NDArray[Any], values: NDArray[Any]) -> None:
    """Write values, (n,), into a column."""
    for i in range(len(values)):
        column[i] = values[i]


@compiled
def put_rows(columns: NDArray[Any], values: NDArray[Any]) -> None:
    """Write values, (n, k), into columns."""
    for i in range(len(values)):
        for k in range(values.shape[1]):
            columns[i, k] = values[i, k]


@compiled
def clear(column: Floats, rows: Bools, value: float) -> None:
    """Write a value into some rows, (n,), of a column, (n,)."""
    for i in range(len(rows)):
        if rows[i]:
            column[i] = value


@compiled
def clear_rows(columns: Floats, rows: Bools) -> None:
    """Write zero into some rows, (n,), of columns, (n, k)."""
    for i in range(len(rows)):
        if rows[i]:
            for k in range(columns.shape[1]):
                columns[i, k] = 0.0


@compiled
def times(values: Floats, factor: float) -> Floats:
    """Values, (n,), times a factor."""
    found = np.empty(len(values))
    for i in range(len(values)):
        found[i] = values[i] * factor
    return found


@compiled
def parts(values: Floats) -> Floats:
    """Values, (n,), over their sum."""
    found, whole = np.empty(len(values)), total(values)
    for i in range(len(values)):
        found[i] = values[i] / whole
    return found


@compiled
def held_by(rows: Bools, values: Floats) -> Floats:
    """Values, (n, k), of some rows, (n,), one after another."""
    found, count, width = np.empty(values.size), 0, values.shape[1]
    for i in range(len(rows)):
        if rows[i]:
            for k in range(width):
                found[count + k] = values[i, k]
            count += width
    return found[:count]


@compiled
def descending(values: Floats) -> Codes:
    """Places of values, (n,), the largest first, equal ones as they stand: runs of them are merged, twice as long each
    time."""
    order, merged, width, count = np.arange(len(values)), np.arange(len(values)), 1, len(values)
    while width < count:
        for start in range(0, count, 2 * width):
            middle, stop = min(start + width, count), min(start + 2 * width, count)
            left, right = start, middle
            for place in range(start, stop):
                if left < middle and (right == stop or values[order[left]] >= values[order[right]]):
                    merged[place], left = order[left], left + 1
                else:
                    merged[place], right = order[right], right + 1
        order, merged, width = merged, order, 2 * width
    return order


@compiled
def product(values: Floats, factors: Floats | Bools) -> Floats:
    """Values times factors, or as far as something is true, (n,) each."""
    found = np.empty(len(values))
    for i in range(len(values)):
        found[i] = values[i] * factors[i]
    return found


@compiled
def plus(values: Floats, more: Floats) -> Floats:
    """Sums of two, (n,) each."""
    found = np.empty(len(values))
    for i in range(len(values)):
        found[i] = values[i] + more[i]
    return found


@compiled
def since(month: int, months: Floats) -> Floats:
    """Months from others, (n,), to one."""
    found = np.empty(len(months))
    for i in range(len(months)):
        found[i] = month - months[i]
    return found


@compiled
def within(codes: Codes, first: int, stop: int) -> Bools:
    """Which codes, (n,), are at least `first` and less than `stop`."""
    found = np.empty(len(codes), np.bool_)
    for i in range(len(codes)):
        found[i] = first <= codes[i] < stop
    return found


@compiled
def both(one: Bools, other: Bools) -> Bools:
    """Where two are true, (n,)."""
    found = np.empty(len(one), np.bool_)
    for i in range(len(one)):
        found[i] = one[i] and other[i]
    return found


@compiled
def opposite(one: Bools) -> Bools:
    """Where one is not true, (n,)."""
    found = np.empty(len(one), np.bool_)
    for i in range(len(one)):
        found[i] = not one[i]
    return found
