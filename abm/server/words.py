"""Values, units, names and sentences of declarations (levers, acts, parameters) as people read them."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from abm.figures import theme
from abm.foundation.declaration import titles
from abm.foundation.parameters import declarations
from abm.law import levers
from abm.law.regime import load_regime, shipped
from abm.results import wording

CHOICES = theme.palette("policy", "words") | {
    "off": "No rule", "discourage": "Discouraged", "forbid_orders": "Orders forbidden", "block": "Blocked",
}  # fmt: skip
"""Choices of levers whose words are not those of their names."""
PLACES = {
    "CN": "China", "HK": "Hong Kong", "SG": "Singapore", "MY": "Malaysia", "JP": "Japan", "TW": "Taiwan",
    "KR": "South Korea", "TH": "Thailand", "VN": "Vietnam", "IN": "India", "AE": "United Arab Emirates",
    "SA": "Saudi Arabia", "state_datacentre": "State data centres", "national_grid": "The national grid",
}  # fmt: skip
SCOPES = {"sku": "product", "buyer": "public buyer", "place": "country"}
WHO = {"US": "Washington", "CN": "Beijing", "both": "both governments"}
UNITS = {"um2": "µm²", "TPP/mm2": "TPP/mm²", "GB/s/mm2": "GB/s/mm²", "Gb/mm2": "Gb/mm²", "1/month": "a month",
         "1/year": "a year", "USD/W": "USD per watt", "log10": "orders of magnitude"}  # fmt: skip

TERMS = {
    "H100e": "Compute in units of one Nvidia H100: dense 16-bit operations a second.",
    "HBM": "High-bandwidth memory: stacks of DRAM beside the logic of an AI chip. Chips are short of it.",
    "TPP": "Total processing performance: operations a second times bits, the measure of the US rules.",
    "Licensed": "Chips sold to China with a licence, or free of one.",
    "Domestic": "Chips that Chinese vendors make.",
    "Grey": "Controlled chips that brokers bring in by third countries.",
    "Gaming": "Gaming cards turned into cards for servers.",
    "Offshore": "Compute that Chinese firms rent abroad.",
    "Legacy": "What stood in Chinese data centres in January 2022.",
    "Capability gap": "Months by which the best Chinese lab trails the frontier of US labs.",
    "CXMT, SMIC": "China's maker of HBM, and its foundry of AI chips.",
    "Entity List": "Foreign firms to which US goods go by licence only.",
    "Seed": "The number that decides chance: two runs of one seed meet the same luck.",
}
"""Terms of the pages and what they mean."""


def choice(one: str) -> str:
    """A choice of a lever or parameter."""
    return CHOICES.get(one) or wording.say(one)


def value(one: float | str | None) -> str:
    """A declared value: 'case by case', 'yes', '70,000', '−1.5'; 'not set' for None."""
    if one is None:
        return "not set"
    if isinstance(one, bool):
        return "yes" if one else "no"
    if isinstance(one, str):
        return wording.within(choice(one))
    return f"{one:,.10g}".replace("-", "−") if abs(one) < 1e9 else f"{one / 1e9:,.10g} billion"


def unit(one: str, before: str = " ") -> str:
    """A declared unit after a value or, with `before=", "`, after a label; nothing for a pure number."""
    said = UNITS.get(one) or wording.unit(one)
    return "" if one in ("", "1") else f"{before}{said}"


def scope(one: str | None) -> str:
    """For what a lever is set: ' for the H20'; nothing for a lever without scopes."""
    return "" if one is None else " for all" if one == levers.ANY else f" for {place(str(one))}"


def place(one: str) -> str:
    """A product, firm, buyer, country or material."""
    return PLACES.get(one) or wording.say(one)


@cache
def acts() -> Mapping[str, str]:
    """What every act of the shipped regimes is called."""
    laws = [load_regime(name) for name in shipped()]
    return {act.name: act.title for law in laws for act in (*law.acts, *law.pending)}


def act(name: str) -> str:
    """What an act is called."""
    return acts().get(name) or name.replace("-", " ").replace("_", " ")


def parameter(name: str) -> str:
    """What a parameter is called, after its group: 'Grey market: detection rate'."""
    label = declarations()[name].label
    return f"{titles()[name.partition('.')[0]]}: {label if label[1:2].isupper() else label[0].lower() + label[1:]}"


def shift(months: int) -> str:
    """By how much an act is moved: '6 months later'."""
    return f"{wording.count(abs(months), 'month')} {'later' if months > 0 else 'earlier'}"


def sentence(text: str) -> str:
    """A help text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def day(one: date | None) -> str:
    """A day: '21 October 2022'."""
    return "no date" if one is None else f"{one.day} {one:%B %Y}"
