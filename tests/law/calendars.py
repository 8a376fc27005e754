"""Calendars of the law for a few goods and firms, to the end of 2027."""

from abm.agents.products import gaming
from abm.facts import catalog
from abm.foundation.dates import end_month, month_of, parse_day
from abm.law.acts import Act
from abm.law.calendar import Calendar
from abm.law.regime import Regime, load_regime
from abm.law.subjects import Dies, Subjects, View

HISTORY = load_regime("history")
MONTHS = end_month("2027-12")
CREDENCE = 0.8
SPARE = "a design"
CHIPS = ("A100", "A800", "H100", "H20", "H200", "L20", "A30", "RTX PRO 6000D", "MI308X")
SKUS = (*CHIPS, SPARE)
GENERATIONS = tuple(catalog.memory())
CARDS = gaming()
VENDORS = ("Nvidia", "Huawei", "Cambricon", "Moore Threads", "Biren")
DIES = Dies(7, 50, 33, 0.0017, 0.3)


def subjects(dies: Dies = DIES, months: int = MONTHS, credence: float = CREDENCE) -> Subjects:
    """A few chips and one not designed yet, all memory and gaming cards, some vendors and labs."""
    chips = tuple(catalog.chips()[sku] for sku in CHIPS)
    cards, stacks = tuple(CARDS.values()), tuple(catalog.memory().values())
    return Subjects(View(months, credence), dies, SKUS, chips, stacks, cards, VENDORS, ("Alibaba", "*"))


def made(regime: Regime = HISTORY, dies: Dies = DIES, months: int = MONTHS, credence: float = CREDENCE) -> Calendar:
    """The calendar of a regime."""
    return Calendar.of(regime, subjects(dies, months, credence))


def month(text: str) -> int:
    """The number of a month."""
    return month_of(parse_day(text))


def what_if(regime: Regime = HISTORY, **entries: object) -> Regime:
    """A regime with one act more, of November 2026 where no other day is given."""
    return regime | Act.of("what-if", **{"by": "both", "announced": "2026-11", **entries})  # type: ignore[arg-type]


def k(sku: str) -> int:
    """The place of a chip."""
    return SKUS.index(sku)


def g(generation: str) -> int:
    """The place of a generation of memory."""
    return GENERATIONS.index(generation)


def card(sku: str) -> int:
    """The place of a gaming card."""
    return list(CARDS).index(sku)
