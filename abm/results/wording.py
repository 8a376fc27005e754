"""How metrics, units and regimes are said to people: titles, human scales, formatted numbers."""

import math
from dataclasses import dataclass

TITLES = {
    "china_compute": "Chinese AI compute",
    "china_compute_by_channel": "Chinese AI compute by channel",
    "us_compute": "US frontier labs' compute",
    "world_compute": "World AI compute",
    "china_compute_added": "AI compute added in China",
    "us_compute_added": "AI compute added by the US frontier labs",
    "vendor_china_revenue": "Accelerator revenue in China",
    "vendor_revenue": "Accelerator revenue worldwide",
    "vendor_charges": "Charges for stranded stock",
    "hbm_maker_china_revenue": "HBM revenue in China",
    "hbm_maker_revenue": "HBM revenue worldwide",
    "licence_fees": "Revenue share and duty paid to Washington",
    "licence_applications": "Units applied for under licence",
    "licence_grants": "Units granted under licence",
    "licence_delay": "Licence delay",
    "units_to_china": "Foreign accelerators delivered to China",
    "domestic_units": "Domestic accelerators delivered",
    "domestic_share_units": "Domestic share of accelerators (units)",
    "domestic_share_units_large": "Domestic share of large accelerators (units)",
    "domestic_share_value": "Domestic share of accelerators (value)",
    "self_sufficiency": "Chinese self-sufficiency in new compute",
    "hbm_to_china": "HBM delivered to China",
    "hbm_stockpile": "Chinese HBM stockpile",
    "cxmt_output": "HBM output of CXMT",
    "smic_wafers": "Advanced wafers at SMIC",
    "binding_input": "Input that binds domestic output",
    "input_shadow_price": "Shadow price of an input",
    "smuggled_units": "Smuggled accelerators",
    "smuggled_compute": "Smuggled compute",
    "seized_units": "Seized accelerators",
    "grey_premium": "Grey-market premium over list",
    "gaming_repurposed": "Gaming cards repurposed",
    "gaming_price_premium": "Gaming-card price premium over list",
    "offshore_rented": "Compute rented offshore",
    "capability_frontier": "Capability of the frontier",
    "capability_china": "Capability of China's best lab",
    "capability_gap": "China's capability gap to the frontier",
    "capability_shortfall": "Capability shortfall of China",
    "frontier_speed": "Speed of the frontier",
    "efficiency_china": "Algorithmic efficiency, China's best lab",
    "efficiency_frontier": "Algorithmic efficiency, frontier",
    "efficiency_jumps": "Large efficiency jumps",
    "scarcity": "Scarcity of compute value",
    "shelved_runs": "Planned training runs shelved",
    "unmet_demand": "Unmet demand for compute",
    "idle_compute": "Compute left idle",
    "sensitive_compute": "Military and surveillance compute",
    "concentration": "Concentration of Chinese compute",
    "cost_per_compute": "Cost of compute in China",
    "cost_per_compute_by_channel": "Cost of compute in China by channel",
    "lab_spending": "Chinese labs' spending on compute",
    "security_index": "Security index",
    "commerce_index": "Commerce index",
}

# "Nvidia revenue in China" rather than "Revenue in China: Nvidia".
OWNED = frozenset({
    "vendor_china_revenue", "vendor_revenue", "vendor_charges", "hbm_maker_china_revenue", "hbm_maker_revenue",
})  # fmt: skip

PERCENT = frozenset({
    "domestic_share_units", "domestic_share_units_large", "domestic_share_value", "self_sufficiency",
    "domestic_share_training", "domestic_share_inference",
    "grey_premium", "gaming_price_premium", "scarcity", "shelved_runs", "unmet_demand", "idle_compute",
})  # fmt: skip

ACRONYMS = {"hbm": "HBM", "us": "US", "cn": "China", "ai": "AI", "hq": "HQ", "smic": "SMIC", "cxmt": "CXMT"}

NOUNS = {
    "unit": "units",
    "units": "units",
    "card": "cards",
    "stack": "stacks",
    "wafer": "wafers",
    "die": "dies",
    "run": "runs",
    "lab": "labs",
    "month": "months",
    "log10": "orders of magnitude",
    "log10 FLOP": "log10 FLOP",
    "1": "count",
}

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# From which size on numbers are said in which unit, and how much that is.
STEPS = ((1e12, 1e12, "trillion "), (1e9, 1e9, "billion "), (1e6, 1e6, "million "), (1e4, 1e3, "thousand "))


@dataclass(frozen=True)
class Scale:
    """A human unit: values are shown divided by `divisor`, with the words in `label`."""

    divisor: float
    label: str

    def of(self, value: float) -> float:
        """The value in the human unit."""
        return value / self.divisor


def split(column: str) -> tuple[str, str]:
    """A column's metric and key: 'domestic_units[Huawei]' -> ('domestic_units', 'Huawei')."""
    metric, _, key = column.partition("[")
    return metric, key.removesuffix("]")


def title(column: str) -> str:
    """A readable title of a metric or one of its parts; '[*]', the sum of all parts, goes without saying."""
    metric, key = split(column)
    words = TITLES.get(metric) or say(metric)
    if not key or key == "*":
        return words
    return f"{key} {words[0].lower()}{words[1:]}" if metric in OWNED else f"{words}: {say(key)}"


def say(name: str) -> str:
    """A name in words: 'hbm_relief' -> 'HBM relief'; names with capitals of their own are left as they are."""
    if name != name.lower():
        return name.replace("_", " ")
    words = [ACRONYMS.get(word, word) for word in name.replace("_", " ").split()]
    if words:
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


def factor(name: str) -> str:
    """A swept factor in words: 'law.hbm.quota_share@2026-11' -> 'HBM: quota share, from November 2026'."""
    path, _, day = name.partition("@")
    group, _, rest = path.removeprefix("law.").partition(".")
    words = f"{say(group)}: {rest.replace('_', ' ')}" if rest else say(group)
    return f"{words}, from {month(day[:7])}" if day else words


def count(number: int, noun: str) -> str:
    """A number of things: '1 run', '20 runs'."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def month(text: str) -> str:
    """A month in words: '2030-12' -> 'December 2030'."""
    year, _, number = text.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def scale(column: str, unit: str, largest: float) -> Scale:
    """The human unit for a column whose greatest absolute value is `largest`.

    Shares are said in per cent; a count or a sum of money in thousands, millions or billions of its unit.
    """
    metric, _ = split(column)
    if unit == "1":
        if metric in PERCENT:
            return Scale(0.01, "per cent")
        return Scale(1.0, "times the frontier of January 2022" if metric.startswith("efficiency_") else "index")
    noun, per = _phrase(unit)
    if unit.startswith("log10") or noun == "months" or not math.isfinite(largest):
        return Scale(1.0, noun + per)
    divisor, word = next(((size, word) for start, size, word in STEPS if largest >= start), (1.0, ""))
    return Scale(divisor, f"{word}{noun}{per}")


def unit(text: str) -> str:
    """A unit in words: 'stack/month' -> 'stacks a month'."""
    return "".join(_phrase(text))


def _phrase(unit: str) -> tuple[str, str]:
    """The noun of a unit and how often it comes: 'unit/month' -> ('units', ' a month')."""
    top, slash, below = unit.partition("/")
    per = f" per {below}" if "-" in below else f" a {below}"
    return NOUNS.get(top, top), per if slash else ""


def places(largest: float, digits: int = 3) -> int:
    """Digits after the point that show the largest number of a group with so many significant digits."""
    if not math.isfinite(largest) or largest == 0:
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(float(f"{largest:.{digits}g}")))), 0), 6)


def finer(value: float, decimals: int) -> int:
    """A group's decimals, or one more where a small member would else show a single digit."""
    return min(max(decimals, places(value, 2)), decimals + 1) if value else decimals


def number(value: float, signed: bool = False, decimals: int | None = None) -> str:
    """A number for people: three significant digits, or fixed decimals; thousands apart, a true minus sign.

    A dash stands for what is undefined.
    """
    if not math.isfinite(value):
        return "–"
    rounded = float(f"{value:.3g}") if decimals is None else round(value, decimals)
    text = f"{rounded:,.{places(value) if decimals is None else decimals}f}"
    if rounded == 0:
        return text.replace("-", "")
    return f"+{text}" if signed and rounded > 0 else text.replace("-", "−")


def interval(mean: float, low: float, high: float, decimals: int | None = None) -> str:
    """A signed mean with its interval, all with the same decimals: '+2.50 [2.13, 2.87]'; the mean alone without one."""
    shown = places(mean) if decimals is None else decimals
    middle = number(mean, signed=True, decimals=shown)
    if not (math.isfinite(low) and math.isfinite(high)):
        return middle
    return f"{middle} [{number(low, decimals=shown)}, {number(high, decimals=shown)}]"
