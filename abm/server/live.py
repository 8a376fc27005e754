"""The market that a page steps through, and what is read from it month by month."""

from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.foundation import dates
from abm.law.acts import Act
from abm.law.regime import Regime
from abm.model import ChipMarket
from abm.runs import metrics
from abm.server.picture import Picture, picture
from abm.server.setup import Setup

Floats = NDArray[np.float64]


class LiveMarket(ChipMarket):
    """The market of a setup, played up to a month: what Mesa's controls reset, step and play.

    month   the month shown first; by default January 2022
    """

    def __init__(self, setup: Setup | None = None, month: int = dates.REPORT_FROM, **_: Any) -> None:
        self.setup = setup or Setup()
        self.lock = RLock()
        self._seen: tuple[int, tuple[str, ...], Seen] | None = None
        super().__init__(scenario=self.setup.scenario())
        self.play_to(month)

    def step(self) -> None:
        """One month, unless the run is over; nobody looks at half a month."""
        with self.lock:
            if self.t + 1 < self.months:
                super().step()

    def _advance_time(self, until: float) -> None:
        """Mesa's way from step to step: after the last month it stays there, for a page may be clicked on."""
        if until <= self.market.setting.months:
            super()._advance_time(until)

    def play_to(self, month: int) -> None:
        """Step until a month is done, or the run is over."""
        while self.t < month and self.running:
            self.step()

    def seen(self, names: tuple[str, ...]) -> "Seen":
        """What the page shows of the month at hand, with the columns of some metrics."""
        with self.lock:
            if self._seen is None or self._seen[:2] != (self.t, names):
                self._seen = self.t, names, Seen(self.date, month_names(self), picture(self), columns(self, names))
            return self._seen[2]


@dataclass(frozen=True, eq=False)
class Seen:
    """A month as a page shows it: its name, the months so far, the picture, and columns of metrics."""

    month: str
    months: list[str]
    picture: Picture
    columns: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Pin:
    """A run kept for comparison: its words and columns over the reported months."""

    words: str
    columns: dict[str, Floats]


def columns(m: ChipMarket, names: tuple[str, ...]) -> dict[str, Floats]:
    """Columns of some metrics over the months done, from January 2022 on; names that are no metric are left out."""
    return metrics.evaluate(m, [name for name in names if metrics.parse(name)[0] in metrics.METRICS])


def month_names(m: ChipMarket) -> list[str]:
    """The months from January 2022 to the one at hand."""
    return [dates.label(t) for t in range(dates.REPORT_FROM, m.t + 1)]


@dataclass(frozen=True)
class Marker:
    """The acts that take effect in a month."""

    month: str
    acts: tuple[Act, ...]

    @property
    def words(self) -> str:
        """The acts in words, one a line."""
        return "\n".join(f"{act.by}: {act.name}" for act in self.acts)


def markers(regime: Regime, last: int) -> list[Marker]:
    """The months from January 2022 to `last` in which acts of a regime take effect."""
    found: dict[str, list[Act]] = {}
    for act in regime.acts:
        if act.name in regime.spans and act.effective is not None:
            month = dates.month_of(act.effective)
            if dates.REPORT_FROM <= month <= last:
                found.setdefault(dates.label(month), []).append(act)
    return [Marker(month, tuple(acts)) for month, acts in sorted(found.items())]


@dataclass(frozen=True)
class LawNow:
    """What is law in a month, and what is known to come.

    fresh    acts that take effect in the month
    standing acts in force on its first day, the latest first
    coming   acts announced or leaked by its last day, with their probability
    """

    fresh: tuple[Act, ...]
    standing: tuple[Act, ...]
    coming: tuple[tuple[Act, float], ...]


def law_now(m: ChipMarket) -> LawNow:
    """The law of the month at hand, with what governments that react have made of it by then."""
    regime, first, after = m.regime, dates.first_day(m.t), dates.first_day(m.t + 1)
    standing = sorted(regime.in_force(first), key=lambda act: (act.effective or first, act.name), reverse=True)
    known = regime.known(after - timedelta(days=1), m.parameters.expectation.credence)
    fresh = [act for act in regime.acts if act.name in regime.spans and first <= (act.effective or after) < after]
    return LawNow(tuple(fresh), tuple(standing), known)
