"""What a calendar of the law is made for: goods and firms on their axes, and how far their owners look ahead."""

from dataclasses import dataclass

from abm.facts.records import Chip, HbmGeneration
from abm.law.levers import PLACES


@dataclass(frozen=True)
class View:
    """How far traders see.

    months      of the run, from its first
    credence    probability of a leaked act that states none
    ahead       months that they look ahead
    """

    months: int
    credence: float
    ahead: int = 24


@dataclass(frozen=True)
class Dies:
    """What is assumed of Chinese dies and of CXMT's DRAM, which the lines of the rules are held against.

    node_nm             node of the dies; transistors_bn, plain_bn of a package with HBM, and without
    cell_area, density  um2 of a DRAM cell and Gb/mm2
    """

    node_nm: float
    transistors_bn: float
    plain_bn: float
    cell_area: float
    density: float


@dataclass(frozen=True)
class Subjects:
    """What the law is asked about; hashable, so that a calendar is made once a process.

    skus       foreign products in their order; those after the last of `chips` are not designed yet
    chips      foreign products that are on the market, or will be
    memory     generations of HBM; cards gaming cards
    vendors    names in their order; labs too, those that no act can name among them
    """

    view: View
    dies: Dies
    skus: tuple[str, ...]
    chips: tuple[Chip, ...]
    memory: tuple[HbmGeneration, ...]
    cards: tuple[Chip, ...]
    vendors: tuple[str, ...]
    labs: tuple[str, ...]

    def axis(self, name: str) -> tuple[str, ...]:
        """The names along an axis: a scope of levers, or `card`."""
        cards = tuple(card.sku for card in self.cards)
        axes = {"sku": self.skus, "vendor": self.vendors, "lab": self.labs, "place": PLACES, "card": cards}
        return axes[name]
