"""How a metric is declared: a function of a run's history under the decorator `metric`.

Steps, the smallest differences worth a word, were chosen from history in 2025: one per cent of a metric's level, or the
standard deviation of its mean over the year between seeds where that is more, rounded to one digit. They are relative
where a metric grows by orders of magnitude or its parts lie that far apart; headline flows that can fall to nearly
nothing have a least step too: a hundred million dollars or a hundred thousand stacks a year. Exceptions: shares have
one percentage point at least, logarithms the spread between seeds but 0.02 at least, times a tenth of a month, the
capability gap half a month, and stances and brokers whole ones. `python docs/build.py steps` prints what they were
chosen from.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from abm.state import Market

Floats = NDArray[np.float64]
Found = Floats | Mapping[str, Floats]
Kind = Literal["stock", "flow", "ratio"]
Window = Literal["end", "sum", "mean"]
WINDOWS: dict[Kind, Window] = {"stock": "end", "flow": "sum", "ratio": "mean"}
PER_CENT = "per cent"


@dataclass(frozen=True)
class Metric:
    """A quantity a run reports.

    kind        stock at month's end, flow over the month, or a ratio
    definition  the first paragraph of the function's docstring
    of          its value over all months of a run, spin-up included: (months,), or one array for each key
    step        the smallest difference worth a word, in its unit, or as a percentage of its level: "1%", or with the
                least that is worth one at any level: "1%, at least 8e6"
    keys        what the keys of its parts are, empty for a plain number
    shown       how a pure number is shown: per cent, index, or times something
    headline    how it is read at the horizon: as it ends, or as sum or mean of the last twelve months
    rank        its place among the headline lines, the smallest first; None if it is not one of them
    part        the part that is the headline line, or several with `|` between; `*` is the sum of all
    """

    name: str
    unit: str
    kind: Kind
    title: str
    definition: str
    of: Callable[[Market], Found]
    _: KW_ONLY
    step: float | str
    keys: str = ""
    shown: str = "index"
    headline: Window = "end"
    rank: int | None = None
    part: str = ""

    def __post_init__(self) -> None:
        if self.least(1.0) <= 0:
            raise ValueError(f"metric {self.name}: step = {self.step!r}: a positive number or percentage is wanted")

    def material(self, difference: float, level: float) -> bool:
        """Whether a difference from a level, both in the metric's unit, is worth a word."""
        return difference != 0 and abs(difference) >= self.least(level)

    def least(self, level: float) -> float:
        """The step at a level, in the metric's unit; zero where it is written wrongly."""
        if isinstance(self.step, str):
            found = re.fullmatch(r"(\d+(?:\.\d+)?)%(?:, at least (\d+(?:\.\d+)?(?:e\d+)?))?", self.step)
            return max(float(found[1]) / 100 * abs(level), float(found[2] or 0)) if found else 0.0
        return self.step


def metric(
    unit: str,
    kind: Kind,
    title: str,
    step: float | str,
    *,
    keys: str = "",
    shown: str = "index",
    headline: Window | None = None,
    rank: int | None = None,
    part: str = "",
) -> Callable[[Callable[[Market], Found]], Metric]:
    """Declare a function of a run as the metric of its name; the arguments are those of `Metric`.

    headline   by default a flow is summed, a ratio averaged, and a stock read as it ends
    """

    def declared(of: Callable[[Market], Found]) -> Metric:
        first = inspect.cleandoc(of.__doc__ or "").split("\n\n")[0]
        return Metric(
            of.__name__, unit, kind, title, " ".join(first.split()).removesuffix("."), of,
            step=step, keys=keys, shown=shown, headline=headline or WINDOWS[kind], rank=rank, part=part,
        )  # fmt: skip

    return declared
