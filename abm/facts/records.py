"""The kinds of rows the facts hold; each annotation says what its cell holds and whether it may be empty.

None means unknown, never zero. `source` holds ids of sources.csv.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from abm.facts.tables import Day, Grade, Note, Number, Period, Positive, Sources

type YesNo = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Source:
    """A text the facts rest on."""

    id: str
    publisher: str
    title: str
    date: Period | None
    address: str | None
    seen: Literal["direct", "relayed"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every row but a source's ends with: what it rests on, how well it is known, and remarks."""

    source: Sources = ()
    grade: Grade = "assumed"
    note: Note = ""


@dataclass(frozen=True)
class Chip(Record):
    """An accelerator or graphics card: dense tera-operations per second, GB/s, mm2, GB, W, USD.

    tpp                    operations x bit length, the largest over formats
    performance_density    tpp / applicable die area
    link_gb_s              interconnect, both directions, or PCIe
    sold_in_us             commercially available in the United States, for the band of 15 January 2026
    """

    sku: str
    vendor: str = ""
    kind: Literal["datacentre", "gaming", "workstation"] = "datacentre"
    released: Day | None = None
    fp16_tflops: Positive | None = None
    fp8_tops: Positive | None = None
    fp4_tops: Positive | None = None
    tpp: Positive | None = None
    die_mm2: Positive | None = None
    performance_density: Positive | None = None
    memory_gb: Positive | None = None
    memory_type: Literal["HBM", "GDDR6", "GDDR6X", "GDDR7"] | None = None
    bandwidth_gb_s: Positive | None = None
    hbm_generation: str | None = None
    hbm_stacks: Positive | None = None
    link_gb_s: Positive | None = None
    tdp_w: Positive | None = None
    price_usd: Positive | None = None
    price_low_usd: Positive | None = None
    price_high_usd: Positive | None = None
    price_date: Day | None = None
    designed_to: Literal["none", "oct2022", "oct2023", "apr2025"] | None = None
    sold_in_us: bool | None = None


@dataclass(frozen=True)
class HbmGeneration(Record):
    """A generation of high-bandwidth memory: GB, GB/s and USD per stack, GB/s per mm2 of package or stack area."""

    generation: str
    gb_per_stack: Positive | None = None
    bandwidth_gb_s_per_stack: Positive | None = None
    area_mm2: Positive | None = None
    density_gb_s_mm2: Positive | None = None
    price_usd_per_stack: Positive | None = None
    price_low_usd: Positive | None = None
    price_high_usd: Positive | None = None
    price_date: Day | None = None
    first_volume: Day | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate(Record):
    """A number in the unit named, within a range where one is known."""

    value: Number | None
    unit: str | None
    low: Number | None
    high: Number | None


@dataclass(frozen=True, kw_only=True)
class Fact(Estimate):
    """One number about a firm, a plant or the market; `who` where the table has it."""

    fact: str
    period: Period | None
    who: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True, kw_only=True)
class Observation(Estimate):
    """One value of a series; `start` and `end` decide, `period` is the label."""

    item: str
    role: Literal["history", "input", "plan"]
    period: Period | None
    start: Day | None
    end: Day | None
    unit: str


@dataclass(frozen=True, kw_only=True)
class InputPoint(Estimate):
    """A dated value of an exogenous input of the model."""

    series: str
    date: Day
    value: Number
    unit: str


@dataclass(frozen=True, kw_only=True)
class LabFact(Record):
    """A Chinese lab or cloud: capital spending in billion USD, all investment, at 7.2 CNY/USD."""

    name: str
    kind: Literal["hyperscaler", "startup", "state", "telecom"]
    on_entity_list: YesNo
    open_weights: YesNo
    flags_basis: Literal["assumed", "sourced"]
    capex_usd_bn_2022: Positive | None
    capex_usd_bn_2023: Positive | None
    capex_usd_bn_2024: Positive | None
    capex_plan_usd_bn_2025: Positive | None
    capex_plan_usd_bn_2026: Positive | None
    known_fleet: str | None


@dataclass(frozen=True, kw_only=True)
class VendorFact(Record):
    """A chip, memory or foundry firm; `listed` means on the US Entity List. Currencies differ: read the unit.

    order   place among the agents of its kind in the model; None for a firm that is no agent
    """

    vendor: str
    jurisdiction: str
    kind: Literal["chip", "hbm", "foundry"]
    order: Positive | None
    listed: YesNo
    flags_basis: Literal["assumed", "sourced"]
    china_revenue_value: Number | None
    china_revenue_unit: str | None
    china_revenue_period: Period | None
    china_share_of_revenue_pct: Number | None
    revenue_value: Number | None
    revenue_unit: str | None
    revenue_period: Period | None
    rnd_usd_bn_fy2024: Positive | None
    rnd_usd_bn_fy2025: Positive | None

    @property
    def domestic(self) -> bool:
        """Whether the firm is Chinese."""
        return self.jurisdiction == "CN"


@dataclass(frozen=True, kw_only=True)
class StylisedFact(Record):
    """A sign the model must show, and the test of it."""

    id: str
    statement: str
    test: str
    period: str
    strength: Literal["firm", "weak"]


def chip_faults(chip: Chip) -> Iterator[str]:
    """TPP and performance density must follow from the other cells, and a price must lie in its range."""
    rates = ((chip.fp16_tflops, 16), (chip.fp8_tops, 8), (chip.fp4_tops, 4))
    products = [rate * bits for rate, bits in rates if rate is not None]
    if chip.tpp is not None and products and abs(max(products) / chip.tpp - 1) > 0.005:
        yield f"column 'tpp' = {chip.tpp:g}: is not the largest of operations x bits, {max(products):g}"
    if chip.tpp is not None and chip.die_mm2:
        density = chip.tpp / chip.die_mm2
        if chip.performance_density is None or abs(density - chip.performance_density) > 0.006:
            yield f"column 'performance_density' = {chip.performance_density}: is not tpp / die_mm2 = {density:.2f}"
    yield from range_faults(chip.price_low_usd, chip.price_usd, chip.price_high_usd, "price_usd")


def memory_faults(stack: HbmGeneration) -> Iterator[str]:
    """Density must follow from bandwidth and area, and a price must lie in its range."""
    if stack.bandwidth_gb_s_per_stack is not None and stack.area_mm2:
        density = stack.bandwidth_gb_s_per_stack / stack.area_mm2
        if stack.density_gb_s_mm2 is None or abs(density - stack.density_gb_s_mm2) > 0.006:
            yield f"column 'density_gb_s_mm2' = {stack.density_gb_s_mm2}: is not bandwidth / area = {density:.2f}"
    yield from range_faults(stack.price_low_usd, stack.price_usd_per_stack, stack.price_high_usd, "price_usd_per_stack")


def value_faults(row: Estimate) -> Iterator[str]:
    """A value must lie between its low and high, and a span must not end before it starts."""
    yield from range_faults(row.low, row.value, row.high, "value")
    if isinstance(row, Observation) and row.start and row.end and row.end < row.start:
        yield f"column 'end' = {row.end}: is before the start {row.start}"


def range_faults(low: float | None, value: float | None, high: float | None, column: str) -> Iterator[str]:
    """low <= value <= high wherever they are known."""
    known = [one for one in (low, value, high) if one is not None]
    if known != sorted(known):
        yield f"column {column!r} = {value}: is not between low {low} and high {high}"
