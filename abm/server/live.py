"""The market that a page steps through, and what is read from it month by month."""

from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import Any

from abm.foundation import dates
from abm.law.acts import Act
from abm.law.regime import Regime
from abm.model import ChipMarket
from abm.server import words as said
from abm.server.diary import Diary
from abm.server.picture import Picture, picture
from abm.server.setup import Setup


class LiveMarket(ChipMarket):
    """The market of a setup, played up to a month: what Mesa's controls reset, step and play.

    month   the month shown first; by default January 2022
    """

    def __init__(self, setup: Setup | None = None, month: int = dates.REPORT_FROM, **_: Any) -> None:
        self.setup = setup or Setup()
        self.lock = RLock()
        self._seen: Seen | None = None
        self.diary = Diary()
        super().__init__(scenario=self.setup.scenario())
        self.play_to(month)

    def step(self) -> None:
        """One month, unless the run is over; nobody looks at half a month."""
        with self.lock:
            if self.t + 1 < self.months:
                super().step()
                self.diary.write(self)

    def _advance_time(self, until: float) -> None:
        """Mesa's way from step to step: after the last month it stays there, for a page may be clicked on."""
        if until <= self.market.setting.months:
            super()._advance_time(until)

    def play_to(self, month: int) -> None:
        """Step until a month is done, or the run is over."""
        while self.t < month and self.running:
            self.step()

    def seen(self) -> "Seen":
        """What the page shows of the month at hand."""
        with self.lock:
            if self._seen is None or self._seen.month != self.date:
                self._seen = Seen(self.date, picture(self))
            return self._seen


@dataclass(frozen=True, eq=False)
class Seen:
    """A month as a page shows it: its name, and the picture."""

    month: str
    picture: Picture


LANDMARKS = ("us-oct2022-chip-rule", "us-oct2023-band-a", "us-hbm-rule", "us-h20-letter", "us-h200-band")
"""The acts that every chart marks, whether they differ or not."""


@dataclass(frozen=True)
class Marker:
    """The acts of a month that charts mark.

    differs   whether one of them is not alike on both sides
    """

    month: str
    acts: tuple[Act, ...]
    differs: bool = False

    @property
    def words(self) -> list[str]:
        """The acts in words."""
        return [f"{said.WHO[act.by].capitalize()}: {act.title}" for act in self.acts]


def markers(regime: Regime, base: Regime | None = None) -> list[Marker]:
    """The months from January 2022 on in which landmarks, or acts that are not alike under the base, take effect."""
    alike = set(regime.acts) if base is None else set(regime.acts) & set(base.acts)
    each = {act: act not in alike for law in (regime, base) if law for act in law.acts if act.name in law.spans}
    found: dict[str, list[Act]] = {}
    for act, differs in each.items():
        if (differs or act.name in LANDMARKS) and act.effective and dates.month_of(act.effective) >= dates.REPORT_FROM:
            found.setdefault(dates.label(dates.month_of(act.effective)), []).append(act)
    return [Marker(month, tuple(acts), any(each[act] for act in acts)) for month, acts in sorted(found.items())]


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
