"""One sampled quantity, and what a number in the unit interval stands for."""

import math
from dataclasses import dataclass
from typing import Literal

from abm.sweeps.spec import Value


@dataclass(frozen=True)
class Dimension:
    """One sampled quantity: what a uniform number in [0, 1) stands for."""

    name: str
    kind: Literal["float", "int", "choice"]
    options: tuple[Value, ...]

    def at(self, u: float) -> Value:
        """The value at a quantile from 0 to 1: on the line between two bounds, a whole number there, or a choice."""
        if self.kind == "choice":
            return self.options[min(int(u * len(self.options)), len(self.options) - 1)]
        low, high = float(self.options[0]), float(self.options[-1])
        if self.kind == "float":
            return low + u * (high - low)
        return min(math.floor(low + u * (high - low + 1)), int(high))
