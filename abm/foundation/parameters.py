"""Every number that a person may vary, declared once: default, unit, bounds, range to sample, grade, source.

Checks, command-line flags, sampling spaces, documentation tables and a run's key are derived from these declarations.
A *bound* is what the model accepts; a *range* is what is thought plausible and what a sweep samples. Grades are those
of the fact tables: measured, reported, estimate, derived, assumed. Dated inputs stand in `facts/inputs.csv`; the
`*_scale` parameters multiply them.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from abm.foundation.channels import Gaming, Grey, Offshore
from abm.foundation.declaration import GRADES, Declaration, Group, choice, declared, number
from abm.foundation.errors import InputError, nearest, raise_all

__all__ = ["GRADES", "Declaration", "Parameters", "declarations", "matching"]


class Population(Group):
    """Who is in the market."""

    startups: int = number(98, "lab", (0, 100_000), "Chinese start-ups beside the named labs", grade="assumed")
    state: int = number(40, "lab", (0, 100_000), "state and telecom buyers beside the named labs", grade="assumed")
    tail: float = number(
        1.1, "1", (0.3, 5.0), "Pareto exponent of the size of unnamed labs; smaller is more unequal", (0.8, 1.6)
    )
    military_share: float = number(
        0.1, "1", (0, 1), "share of state buyers that are military-linked and listed", (0.03, 0.25)
    )
    open_share: float = number(0.2, "1", (0, 1), "share of unnamed start-ups that publish their weights", (0.05, 0.5))


class Demand(Group):
    """How labs choose among offers: nested logit in value per dollar."""

    theta: float = number(
        1.85, "1", (0.1, 10), "sensitivity of choice to the logarithm of value per dollar", (1.2, 3.5)
    )
    lam: float = number(0.83, "1", (0.1, 1), "dissimilarity inside a nest; 1 is plain logit", (0.4, 0.9))
    outside: float = number(
        -2.6,
        "1",
        (-10, 10),
        "utility of keeping the money; the best chip in the world at its list price has 0",
        (-4, -1.5),
    )
    memory_train: float = number(
        0.35, "1", (0, 1), "weight of memory bandwidth in a chip's value for training", (0.2, 0.5)
    )
    memory_infer: float = number(0.65, "1", (0, 1), "the same for inference", (0.5, 0.8))
    capacity_exponent: float = number(0.25, "1", (0, 1), "exponent of memory capacity relative to 80 GB", (0.1, 0.4))
    link_exponent: float = number(
        0.15, "1", (0, 1), "exponent of link bandwidth relative to 600 GB/s, at most 1", (0.05, 0.3)
    )
    host_base: float = number(
        3500, "USD/card", (0, 50_000), "server and network cost of hosting a card, fixed part", (2000, 5000), "derived",
        "epoch-training-cost-repo",
    )  # fmt: skip
    host_per_watt: float = number(
        11, "USD/W", (0, 100), "server, network and power cost of hosting, per watt of the card", (7, 16), "derived",
        "epoch-training-cost-repo",
    )  # fmt: skip
    home_bias: float = number(-0.2, "1", (-10, 10), "utility of the domestic nest for private labs", (-1.2, 0.8))
    state_bias: float = number(1.9, "1", (-10, 10), "extra utility of the domestic nest for state buyers", (0.9, 2.9))
    use_risk: float = number(
        0.05, "1", (0, 5), "utility lost where using a chip anywhere risks a breach of US rules", (0, 0.3)
    )


class Budget(Group):
    """Labs' money."""

    capex_scale: float = number(1, "1", (0, 10), "multiplies the dated capital spending of all labs", (0.8, 1.25))
    growth_2030: float = number(
        1.9, "1", (0.1, 20), "capital spending in 2030 over 2026: a declared scenario of the money", (1.3, 3.5)
    )
    draw: float = number(0.15, "1/month", (0, 1), "share of saved cash offered for spending each month", (0.05, 0.4))
    prebuy: float = number(0.9, "1", (0, 10), "extra money per unit of threat that an offer will be barred", (0.3, 2))
    borrow: float = number(
        0.5, "year", (0, 5), "debt a lab may run up under threat, in years of its money flow", (0.2, 1)
    )
    cash_months: float = number(
        9, "month", (0, 60), "cash above so many months of flow is returned to the owners", (4, 18)
    )
    subsidy_months: float = number(
        48, "month", (1, 240), "time over which public money for computing is spent", (24, 72)
    )
    feedback: float = number(
        0.2, "1", (0, 2), "shift of money towards labs of higher capability, per log10 of capability", (0, 0.5)
    )
    elasticity: float = number(
        0.2,
        "1",
        (0, 2),
        "answer of all labs' money to their revenue against the path that the declared money embodies",
        (0, 0.5),
        "assumed",
        "basis-note",
    )
    quality: float = number(
        0.5, "1", (0, 3), "fall of revenue, log10, per log10 that a lab's model lags behind the frontier", (0.2, 1),
        "assumed", "basis-note",
    )  # fmt: skip
    revenue_months: float = number(
        6, "month", (1, 60), "months over which money follows revenue", (3, 18), "assumed", "basis-note"
    )
    response_most: float = number(
        2, "1", (1, 10), "largest factor by which revenue raises or lowers all labs' money", (1.5, 3),
        "assumed", "basis-note",
    )  # fmt: skip


class Startups(Group):
    """Unnamed start-ups that give up, and new ones."""

    failure: float = number(
        0.015, "1/month", (0, 10), "hazard of giving up at a hopeless lag behind the best Chinese lab", (0.005, 0.04),
        "assumed", "basis-note",
    )  # fmt: skip
    tolerance: float = number(
        0.5, "log10", (0, 20), "lag of capability behind the best Chinese lab that a start-up survives unharmed",
        (0.2, 1), "assumed", "basis-note",
    )  # fmt: skip
    entry: float = number(
        0.08, "1/month", (0, 1), "chance a month that a new start-up takes an empty slot", (0.03, 0.2),
        "assumed", "basis-note",
    )  # fmt: skip
    entry_size: float = number(
        0.5, "1", (0.01, 10), "size of a new start-up against one of the start drawn alike", (0.2, 1),
        "assumed", "basis-note",
    )  # fmt: skip
    entry_lag: float = number(
        0.3, "log10", (0, 5), "efficiency of a new start-up below that of the best Chinese lab", (0.1, 0.6),
        "assumed", "basis-note",
    )  # fmt: skip
    resale: float = number(
        0.8, "1", (0, 1), "share of a failed start-up's cards that other labs take over; the rest is scrapped",
        (0.5, 1), "assumed", "basis-note",
    )  # fmt: skip
    resale_price: float = number(
        0.5, "1", (0, 1), "second-hand price over the price asked for a new card", (0.3, 0.8), "assumed", "basis-note"
    )


class Expectation(Group):
    """What traders make of law that is coming."""

    rule: Literal["announced_and_leaked", "announced", "none"] = choice(
        "announced_and_leaked", "which coming acts traders act upon"
    )
    credence: float = number(0.8, "1", (0, 1), "probability given to a leaked act that states none", (0.5, 0.95))
    leak_weight: float = number(
        0.5, "1", (0, 1), "strength of labs' reaction to a leak against an announcement", (0.2, 0.9)
    )
    ahead_months: int = number(24, "month", (1, 120), "months that traders look ahead at coming law", (12, 36))


class Trade(Group):
    """How accelerators change hands in China."""

    mechanism: Literal["pro_rata", "priority", "call_auction"] = choice(
        "pro_rata",
        "posted price rationed pro rata, posted price served in order of size, or a uniform-price call auction",
    )
    rounds: int = number(3, "1", (1, 10), "rounds in which unserved money turns to other offers")
    lead_months: int = number(1, "month", (1, 6), "from sale to delivery, the month of sale counted", (1, 3))


class Vendors(Group):
    """Foreign chip vendors."""

    packages_scale: float = number(1, "1", (0, 10), "multiplies world packaging capacity", (0.7, 1.3))
    china_share: float = number(
        0.5,
        "1",
        (0, 1),
        "largest share of a vendor's packages that it lets go to China, when they earn as much there as elsewhere",
        (0.3, 0.7),
    )
    margin_weight: float = number(
        0.5,
        "1",
        (0, 5),
        "how far a vendor cuts that share where a package earns less in China",
        (0, 1.5),
    )
    world_demand: float = number(
        1,
        "1",
        (0.1, 10),
        "demand of the rest of the world at list over a vendor's packages",
        (0.85, 1.3),
    )
    world_elasticity: float = number(
        3, "1", (0.5, 20), "elasticity of that demand; packages sold to China make the others dearer", (1.5, 6)
    )
    over_compliance: float = number(
        0.1, "1", (0, 1), "share of lawful sales held back after a round of many listings", (0, 0.3)
    )
    commit_months: float = number(
        6, "month", (0, 24), "months of orders that chips made for China have in work and in stock", (3, 9)
    )
    redesign_months: int = number(
        5,
        "month",
        (1, 36),
        "from the notice of a rule to sales of a chip cut to it",
        (2, 9),
        "derived",
        "china-chip-dossier-2026-08",
    )
    redesign_gain: float = number(
        0.15,
        "1",
        (0, 10),
        "gain in value over what may be sold anyway that makes a cut-down worth it",
        (0.05, 0.4),
    )
    redesign_for: Literal["case_by_case", "notify", "exempt"] = choice(
        "case_by_case", "the strictest policy that a cut-down is designed to meet"
    )
    spare_designs: int = number(
        6, "1", (0, 50), "cut-downs that a vendor can design in a run beyond those on record, at most", (2, 8)
    )
    rd_share: float = number(
        0.1, "1", (0, 1), "R&D over revenue of foreign vendors", (0.08, 0.2), "measured", "nvidia-10k-fy2026"
    )
    rd_elasticity: float = number(
        0.3, "1", (0, 2), "elasticity of the pace of foreign roadmaps after 2026 to revenue beyond the plan", (0, 0.6)
    )
    lobby_effort: float = number(
        0.001,
        "1",
        (0, 0.1),
        "lobbying over the revenue that law keeps from a vendor",
        (0.0002, 0.005),
    )
    lobby_months: float = number(12, "month", (1, 120), "months for which lobbying is at work", (6, 24))
    small_cards: float = number(
        70_000,
        "card/month",
        (0, 1e7),
        "inference cards without HBM that a vendor can make for China",
        (40_000, 100_000),
        "derived",
        "basis-note",
    )
    ramp_months: float = number(6, "month", (1, 36), "time from release to full volume of a chip", (3, 12))
    cutdown_ramp_months: float = number(
        2, "month", (0, 36), "the same for a cut-down of a chip already in production", (1, 4)
    )
    mothball_months: float = number(
        12, "month", (1, 120), "months after which the line of a barred cut-down is closed for good", (6, 24)
    )
    life_months: float = number(
        42, "month", (6, 240), "months after release when a card without HBM begins to leave the line", (30, 60)
    )
    takeover_months: float = number(
        12, "month", (1, 60), "months in which a new generation takes over a vendor's world line", (8, 18)
    )
    erosion: float = number(
        0.006, "1/month", (0, 0.1), "fall of a list price each month after its first year", (0.002, 0.015)
    )
    amd_software: float = number(0.6, "1", (0.05, 1), "value of AMD's software, CUDA = 1", (0.4, 0.9))
    margin: float = number(
        0.75, "1", (0, 0.99), "gross margin of foreign vendors", (0.65, 0.78), "measured", "nvidia-10k-fy2026"
    )
    material_loss: float = number(
        0.02,
        "1",
        (0, 1),
        "share of foreign packages lost under a full ban on all the materials China controls",
        (0, 0.08),
    )
    gaming_share: float = number(
        0.32,
        "1",
        (0, 1),
        "China's share of Nvidia's world gaming revenue: an exogenous line beside accelerators",
        (0.2, 0.4),
    )


class Hbm(Group):
    """High-bandwidth memory."""

    world_scale: float = number(1, "1", (0, 10), "multiplies world output of HBM stacks", (0.75, 1.5))
    lead_months: int = number(2, "month", (1, 12), "from order of stacks to delivery", (2, 6))
    safety_months: float = number(6, "month", (0, 36), "months of use that buyers hold in stock anyway", (2, 12))
    cover: float = number(
        30, "month", (0, 60), "months of use that buyers stock up for when a rule is feared", (15, 45)
    )
    expedite: float = number(
        1.5, "month", (0, 24), "world output that can be rushed to China in the month a rule is announced", (1, 2.2)
    )
    china_share: float = number(
        0.35,
        "1",
        (0, 1),
        "share of world output not under contract to buyers abroad, and so the most that China can buy in a month",
        (0.2, 0.5),
        "reported",
        "reuters-2024-samsung-hbm",
    )
    adjust: float = number(
        0.5, "1/month", (0.01, 1), "share of the gap to the wanted stock ordered each month", (0.2, 0.8)
    )
    release: float = number(
        0.06, "1/month", (0.01, 1), "share of a stock without supply that may be used each month", (0.04, 0.2)
    )
    spot_elasticity: float = number(
        1.5, "1", (0.2, 10), "elasticity of demand abroad for stacks that are not under contract", (0.8, 3)
    )
    spot_most: float = number(
        2.5,
        "1",
        (1, 10),
        "highest spot price of a stack over the reference price",
        (1.5, 4),
        "assumed",
        "yole-hbm-price-2023",
    )
    renewal_months: float = number(12, "month", (1, 60), "months over which contracts are renewed", (6, 24))
    supply_elasticity: float = number(
        0.3, "1", (0, 3), "elasticity of makers' capacity to the contract price, in the long run", (0, 0.8)
    )
    expansion_months: float = number(24, "month", (3, 120), "time makers take to build capacity", (18, 36))
    copackaged_share: float = number(
        0.002,
        "1",
        (0, 1),
        "share of world output that may reach China packaged with logic where the chip's rule counts",
        (0, 0.006),
    )
    cell_area: float = number(0.0017, "um2", (0, 1), "area of a cell of the DRAM in CXMT's stacks", (0.0015, 0.0021))
    cell_density: float = number(0.3, "Gb/mm2", (0, 10), "density of that DRAM", (0.24, 0.33))
    tool_drag: float = number(
        0.15,
        "1",
        (0, 0.95),
        "what tool controls on its DRAM take from CXMT's output; its path has them in",
        (0.05, 0.4),
    )
    wafer_capex: float = number(
        100_000, "USD", (1e3, 1e7), "public money that adds a wafer a month of HBM capacity at CXMT", (60_000, 160_000)
    )
    subsidy_months: int = number(24, "month", (0, 120), "from public money to more HBM wafers", (15, 36))
    cxmt_scale: float = number(1, "1", (0, 10), "multiplies CXMT's planned wafers for HBM", (0.4, 1.4))
    cxmt_yield: float = number(
        0.25, "1", (0, 1), "yield of CXMT's stacks at the start", (0.15, 0.4), "reported", "techpowerup-cxmt"
    )
    cxmt_yield_max: float = number(0.6, "1", (0, 1), "yield of CXMT's stacks in the long run", (0.45, 0.8))
    cxmt_stock_open: float = number(
        6,
        "month",
        (0, 120),
        "months of stacks in stock at which CXMT slows down while foreign ones may be bought",
        (3, 12),
    )
    cxmt_stock_shut: float = number(24, "month", (0, 240), "the same while they may not", (12, 48))
    stacks_per_wafer: float = number(55, "stack/wafer", (1, 1000), "gross stacks per memory wafer", (40, 70))


class Domestic(Group):
    """Chinese chip vendors and their foundry."""

    smic_scale: float = number(1, "1", (0, 10), "multiplies SMIC's advanced wafers", (0.6, 1.4))
    packaging_scale: float = number(1, "1", (0, 10), "multiplies domestic packaging capacity", (0.7, 1.4))
    dies_per_wafer: float = number(
        78, "die/wafer", (1, 1000), "gross 666 mm2 dies per wafer", (70, 84), "derived", "basis-note"
    )
    yield_start: float = number(0.12, "1", (0, 1), "die yield at the start of 2022", (0.05, 0.25))
    yield_max: float = number(
        0.6, "1", (0, 1), "die yield in the long run", (0.45, 0.75), "reported", "digitimes-2025-ascend-910c"
    )
    learning: float = number(0.18, "1/year", (0, 3), "rate of yield learning", (0.1, 0.4))
    survival: float = number(
        0.8, "1", (0.05, 1), "share of dies that survive packaging", (0.7, 0.9), "estimate", "csis-2025-ascend-dies"
    )
    node_nm: float = number(
        7, "nm", (1, 100), "node of Chinese AI dies", (5, 7), "reported", "digitimes-2025-ascend-910c"
    )
    transistors_bn: float = number(50, "billion", (1, 1000), "transistors of a Chinese package with HBM", (35, 100))
    plain_bn: float = number(33, "billion", (1, 1000), "the same of one without HBM", (15, 45))
    die_months: float = number(12, "month", (0, 60), "unused dies kept, in months of packaging capacity", (6, 18))
    stock_months: float = number(
        4, "month", (0, 36), "unsold chips, in months of sales, above which output is cut", (2, 8)
    )
    price_low: float = number(0.4, "1", (0.05, 1), "lowest price over list when stock is unsold", (0.3, 0.7))
    price_high: float = number(1.15, "1", (1, 3), "highest price over list when stock is short", (1, 1.4))
    software_start: float = number(
        0.45, "1", (0.01, 1), "value of domestic chips' software in 2022, CUDA = 1", (0.3, 0.6)
    )
    software_max: float = number(0.9, "1", (0.01, 1), "the same in the long run", (0.75, 1))
    software_units: float = number(
        1.6e6, "card", (1e4, 1e9), "cards in use that carry software to 63 % of the way", (0.8e6, 4e6)
    )
    training_software: float = number(
        0.85, "1", (0, 1), "value of domestic chips' software in large training runs over that in serving users",
        (0.5, 1), "assumed", "huawei-pangu-ultra-moe;basis-note",
    )  # fmt: skip
    margin: float = number(0.45, "1", (0, 0.99), "gross margin of domestic vendors before memory", (0.3, 0.6))
    rd_share: float = number(0.2, "1", (0, 1), "R&D over revenue of domestic vendors", (0.1, 0.4))
    software_rd: float = number(
        40e9, "USD", (1e8, 1e13), "R&D that carries a vendor's software to 63 % of the way", (15e9, 100e9)
    )
    wafer_capex: float = number(
        200_000, "USD", (1e3, 1e7), "public money that adds an advanced wafer a month of capacity", (120_000, 300_000)
    )
    subsidy_months: int = number(30, "month", (0, 120), "from public money to more advanced wafers", (20, 42))


class Licensing(Group):
    """How a licence duty works out in practice."""

    fee_to_buyer: float = number(
        0.3, "1", (0, 1), "share of fee and duty that raises the buyer's price; the vendor bears the rest", (0, 0.8)
    )
    presumed_grants: float = number(
        0.0, "1", (0, 1), "share of applications granted under a presumption of denial", (0, 0.02)
    )
    validity_months: float = number(24, "month", (1, 120), "life of an unused licence", (12, 48))
    state_approval: float = number(0.5, "1", (0, 1), "approval of state buyers against civil ones", (0.2, 0.8))
    officers: float = number(
        218, "post", (0, 1e5), "posts that handle licences", (150, 300), "reported", "heritage-bis-staff"
    )
    cards_per_officer: float = number(
        1500, "card/month", (0, 1e6), "cards in the applications that a post decides a month", (500, 4000)
    )
    leak: float = number(
        0.03,
        "1",
        (0, 1),
        "share of licensed cards that fronts of barred users get where nothing is checked",
        (0.005, 0.1),
    )
    check_effect: float = number(0.5, "1", (0, 1), "what each check of customers leaves of that share", (0.3, 0.9))
    resale: float = number(
        0.02, "1", (0, 1), "share of other labs' licensed compute that sensitive users reach through them", (0, 0.08)
    )
    remote_screening: float = number(
        0.5, "1", (0, 1), "what screening of remote users leaves of that share", (0.2, 0.9)
    )
    lab_test_months: float = number(0.5, "month", (0, 12), "time that a laboratory test adds to review", (0.2, 1.5))
    small_grants: float = number(
        0.5, "1", (0, 1), "grants over the approval standard where licences issue for small amounts", (0.2, 0.8)
    )
    us_first: float = number(
        0.25, "1", (0, 1), "most of a vendor's packages for licensed sales that may not delay US orders", (0.1, 0.5)
    )
    foundry_first: float = number(
        0.2, "1", (0, 1), "the same where they may not divert foundry capacity from US use", (0.08, 0.4)
    )
    affiliates: float = number(
        0.06, "1", (0, 1), "share of applicants half owned by listed parties; more at a lower line", (0.02, 0.15)
    )


class China(Group):
    """Beijing's stance on imports, where law names a mode without a number."""

    discourage: float = number(0.35, "1", (0, 1), "orders still placed for a discouraged chip", (0.15, 0.7))
    case_by_case: float = number(0.4, "1", (0, 1), "orders approved when imports are decided case by case", (0.1, 0.8))
    forbid_orders: float = number(0.05, "1", (0, 1), "orders still placed when firms are told to stop", (0, 0.2))


class Objectives(Group):
    """What the indices of security and commerce, and the governments, give weight to."""

    lead: float = number(1, "1", (0, 100), "security: weight of the US lead in capability, log10", (0.5, 2))
    compute: float = number(0.5, "1", (0, 100), "security: weight of US over Chinese compute, log10", (0.2, 1))
    sensitive: float = number(0.5, "1", (0, 100), "security: weight of US over sensitive compute, log10", (0.2, 1))
    chips: float = number(1, "1", (0, 100), "commerce: weight of US vendors' revenue in China less fees", (0.5, 1.5))
    memory: float = number(0.7, "1", (0, 100), "commerce: weight of allied makers' revenue from HBM in China", (0.3, 1))
    fees: float = number(1, "1", (0, 100), "commerce: weight of fees and duties", (0.3, 1.2))
    charges: float = number(1, "1", (0, 100), "commerce: weight of charges, taken off", (0.5, 1.5))
    us_security: float = number(1.3, "1", (0, 100), "Washington: weight of the security index", (0.6, 2.5))
    us_commerce: float = number(0.9, "1", (0, 100), "Washington: weight of the commerce index", (0.3, 2))
    us_materials: float = number(
        0.06, "1", (0, 100), "Washington: weight of materials that China holds back, taken off", (0.02, 0.15)
    )
    us_ip: float = number(0.02, "1", (0, 100), "Washington: worth of all commitments asked for", (0.005, 0.06))
    us_tariff: float = number(0.05, "1", (0, 100), "Washington: weight of the fentanyl tariff kept", (0.01, 0.15))
    us_swap: float = number(
        0.02, "1", (0, 100), "Washington: worth of tariffs cut on goods of 100 billion dollars", (0, 0.1)
    )
    us_lobby: float = number(
        0.1, "1", (0, 100), "rise of the weight of commerce with lobbying, per 10 million dollars", (0, 0.4)
    )
    lead_wanted: float = number(
        0.6, "log10", (0.01, 3), "lead at which Washington gives security its plain weight, more below", (0.4, 0.9)
    )
    us_urgency: float = number(
        3, "1", (0, 10), "power with which a lead short of what is wanted raises the weight of security", (0, 6)
    )
    cn_capability: float = number(0.5, "1", (0, 100), "Beijing: weight of its lag in capability, taken off", (0.2, 1))
    cn_compute: float = number(
        0.3, "1", (0, 100), "Beijing: weight of its compute over that of the US, log10", (0.1, 0.6)
    )
    cn_shortage: float = number(1, "1", (0, 100), "Beijing: weight of scarcity, taken off", (0.5, 2))
    cn_urgency: float = number(2, "1", (0, 10), "power with which scarcity raises its own weight", (0, 4))
    scarcity_borne: float = number(
        0.5, "1", (0.01, 1), "scarcity at which Beijing gives it its plain weight, more above", (0.35, 0.65)
    )
    cn_self: float = number(0.4, "1", (0, 100), "Beijing: weight of self-sufficiency", (0.1, 1))
    cn_leverage: float = number(0.06, "1", (0, 100), "Beijing: worth of holding back all materials", (0.02, 0.12))
    cn_reciprocity: float = number(
        0.06, "1", (0, 100), "the same, for each step by which Washington tightened in the last year", (0, 0.2)
    )
    cn_exports: float = number(0.04, "1", (0, 100), "Beijing: cost of sales lost with materials held back", (0.01, 0.1))
    cn_ip: float = number(0.015, "1", (0, 100), "Beijing: cost of all commitments asked for", (0.005, 0.08))
    cn_tariff: float = number(0.15, "1", (0, 100), "Beijing: weight of the fentanyl tariff, taken off", (0.03, 0.4))
    cn_swap: float = number(
        0.03, "1", (0, 100), "Beijing: worth of tariffs cut on goods of 100 billion dollars", (0, 0.1)
    )


class Governments(Group):
    """How governments that react review the law and bargain."""

    us_review_months: int = number(6, "month", (1, 120), "months between Washington's reviews", (3, 12))
    cn_review_months: int = number(3, "month", (1, 120), "months between Beijing's reviews", (2, 9))
    summit_months: int = number(12, "month", (1, 120), "months between summits", (6, 18))
    notice_months: int = number(1, "month", (1, 36), "months from the announcement of an act to its effect", (1, 4))
    hold_months: int = number(12, "month", (0, 120), "months for which a government stands by its last act", (6, 24))
    inertia: float = number(
        0.01, "1", (0, 10), "gain in its objective that a government wants before it moves", (0, 0.04)
    )
    mood: float = number(
        0.016, "1", (0, 10), "spread of what a government sees in its objective by chance, logistic", (0, 0.03)
    )
    reserve: float = number(
        0.02, "1", (0, 10), "gain in its objective that a government wants before it signs, against opposition at home",
        (0, 0.06),
    )  # fmt: skip
    deal_months: int = number(24, "month", (1, 240), "months for which a deal is made", (12, 48))
    us_power: float = number(
        0.5, "1", (0, 1), "weight of Washington's gain in the bargain, Beijing's the rest", (0.3, 0.7)
    )


class Compute(Group):
    """Fleets and what they can do."""

    survival: float = number(
        0.9925, "1/month", (0.9, 1), "share of cards that do not fail in a month", (0.99, 0.996), "reported",
        "toms-gpu-service-life",
    )  # fmt: skip
    life_months: float = number(
        60, "month", (12, 180), "mean life of a card that does not fail", (48, 72), "reported", "gpu-useful-life"
    )
    mfu_us: float = number(
        0.38,
        "1",
        (0.01, 1),
        "model FLOP utilisation of US leaders' runs",
        (0.33, 0.45),
        "reported",
        "toms-gpu-service-life",
    )
    mfu_cn: float = number(
        0.31, "1", (0.01, 1), "the same in China on foreign chips", (0.25, 0.36), "derived", "deepseek-v3-report"
    )
    idle_state: float = number(
        0.25, "1", (0, 1), "share of state buyers' older compute left idle", (0.1, 0.5), "assumed", "basis-note"
    )
    idle_state_new: float = number(
        0.6, "1", (0, 1), "share of state buyers' newest compute left idle, built ahead of demand; up to 80 % told",
        (0.3, 0.8), "reported", "mittr-2025-datacentres",
    )  # fmt: skip
    idle_private: float = number(0.1, "1", (0, 1), "share of private labs' compute left idle", (0.05, 0.25))
    mfu_skill: float = number(
        0.15, "1", (0, 2), "exponent of a lab's skill in its model FLOP utilisation", (0, 0.3), "assumed", "basis-note"
    )
    mfu_legacy: float = number(
        0.9, "1", (0.05, 1), "model FLOP utilisation of the fleet of January 2022 against newer cards", (0.7, 1),
        "assumed", "basis-note",
    )  # fmt: skip
    train_link: float = number(
        0.15, "1", (0, 3), "exponent of link bandwidth relative to 600 GB/s, at most 1, in large training runs",
        (0.05, 0.4), "assumed", "basis-note",
    )  # fmt: skip
    placement: float = number(
        0.8, "1", (0, 1), "share of serving that is put on the cards least fit for training", (0.4, 1),
        "assumed", "basis-note",
    )  # fmt: skip
    serving_state: float = number(
        0.5, "1", (0, 1), "share of what others would train with that state buyers let serve users", (0.2, 0.8),
        "assumed", "basis-note",
    )  # fmt: skip
    leakage: float = number(
        0.05, "1", (0, 1),
        "share of compute of state buyers and of grey cards that is resold or leased to sensitive users",
        (0.01, 0.15), "assumed", "basis-note",
    )  # fmt: skip
    plan_growth: float = number(
        4.5, "1/year", (1, 100), "growth of the largest US runs before the first month, which plans follow", (4, 5),
        "estimate", "epoch-training-compute-growth",
    )  # fmt: skip
    plan_stretch: float = number(
        1.25, "1", (1, 10), "how much longer than usual a lab would let a planned run take", (1, 1.6),
        "assumed", "basis-note",
    )  # fmt: skip
    run_days: float = number(100, "day", (10, 400), "length of the largest training run", (60, 150))
    run_share_scale: float = number(
        1, "1", (0.1, 10), "multiplies both sides' share of training compute in the largest run", (0.6, 1.6)
    )
    discount: float = number(
        0.1, "1/year", (0, 1), "rate at which the price of a card is spread over its life", (0.06, 0.15)
    )


class Innovation(Group):
    """Efficiency and the spread of capability."""

    frontier_growth: float = number(
        3.0,
        "1/year",
        (1, 20),
        "efficiency growth of US leaders, factor a year",
        (1.8, 5),
        "estimate",
        "epoch-algorithmic-progress",
    )
    hazard: float = number(
        0.08, "1/month", (0, 1), "chance a month of an improvement at a lab of mean skill", (0.03, 0.15)
    )
    jump: float = number(0.03, "log10", (0, 1), "mean size of an improvement", (0.015, 0.06))
    scarcity_effect: float = number(
        1.6, "1", (0, 10), "rise of effort, and so of the hazard, with scarcity; not pinned down by data", (0, 5)
    )
    effort: float = number(
        0.1, "1", (0.01, 0.5), "share of training compute put into efficiency research without scarcity", (0.05, 0.2),
        "assumed", "basis-note",
    )  # fmt: skip
    effort_most: float = number(
        0.3, "1", (0.01, 0.9), "the most that scarcity can raise it to", (0.2, 0.5), "assumed", "basis-note"
    )
    large_share: float = number(
        0.004, "1", (0, 1), "share of improvements that are large jumps", (0.001, 0.02), "assumed", "basis-note"
    )
    large_times: float = number(
        8, "1", (1, 100), "mean size of a large jump over that of the others", (4, 15), "assumed", "basis-note"
    )
    listing_loss: float = number(
        0.2, "1", (0, 1), "fall of the hazard at a listed lab, which loses collaborators abroad", (0, 0.5),
        "assumed", "basis-note",
    )  # fmt: skip
    openness: float = number(
        1.0, "1", (0, 1), "how much of what spills over from US work at the start still does", (0.4, 1),
        "assumed", "basis-note",
    )  # fmt: skip
    closed_weights: float = number(
        0.1, "1", (0, 1), "part of what spills over from US work that is lost where closed weights are controlled",
        (0, 0.3), "assumed", "basis-note",
    )  # fmt: skip
    open_scarcity: float = number(
        0.3, "1", (0, 1), "share of its improvements that a closed lab lays open at full scarcity", (0, 0.6),
        "assumed", "basis-note",
    )  # fmt: skip
    to_frontier: float = number(
        0.25, "1", (0, 1), "share of large jumps that Chinese labs lay open which US leaders take over", (0, 0.5),
        "assumed", "basis-note",
    )  # fmt: skip
    from_frontier: float = number(
        0.06, "1/month", (0, 1), "share of the efficiency lag to published US work closed a month", (0.02, 0.2)
    )
    between_labs: float = number(
        0.29, "1/month", (0, 1), "share of the lag to the best Chinese lab closed a month", (0.1, 0.5)
    )
    lag_months: int = number(3, "month", (0, 24), "from US practice to publication", (2, 9))
    spillover: float = number(
        0.75,
        "1",
        (0, 0.95),
        "share of the lag to the published frontier that distillation makes up; decisive, measured by nobody",
        (0, 0.85),
    )


class Parameters(Group):
    """All groups."""

    population: Population = Population()
    demand: Demand = Demand()
    budget: Budget = Budget()
    startups: Startups = Startups()
    expectation: Expectation = Expectation()
    trade: Trade = Trade()
    vendors: Vendors = Vendors()
    hbm: Hbm = Hbm()
    domestic: Domestic = Domestic()
    licensing: Licensing = Licensing()
    china: China = China()
    compute: Compute = Compute()
    innovation: Innovation = Innovation()
    grey: Grey = Grey()
    gaming: Gaming = Gaming()
    offshore: Offshore = Offshore()
    objectives: Objectives = Objectives()
    governments: Governments = Governments()

    @classmethod
    def of(cls, values: Mapping[str, float | int | str] | None = None, where: str = "") -> "Parameters":
        """Defaults with the named values (`group.name`) put in; every fault is told at once.

        Raises InputError for an unknown name, a wrong type or a value out of bounds.
        """
        values = values or {}
        known = declarations()
        place = f"{where}: " if where else ""
        faults = [f"{place}no parameter '{name}'{nearest(name, known)}" for name in values if name not in known]
        nested: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            if name not in known:
                continue
            if isinstance(value, bool) or (known[name].kind != "choice" and isinstance(value, str)):
                faults.append(f"{place}{name} = {value!r}: a {known[name].kind} is wanted")
                continue
            group, field = name.split(".")
            nested.setdefault(group, {})[field] = value
        try:
            made = cls.model_validate(nested)
        except ValidationError as error:
            faults += [place + _fault(one, known) for one in error.errors()]
        raise_all(faults)
        return made

    def flat(self) -> dict[str, float | int | str]:
        """Every value by its full name, in order of declaration."""
        return {f"{g}.{f}": getattr(getattr(self, g), f) for g, f, _ in _fields()}

    def changed(self) -> dict[str, float | int | str]:
        """The values that differ from the defaults."""
        return {name: value for name, value in self.flat().items() if value != declarations()[name].default}


def _fields() -> Iterator[tuple[str, str, FieldInfo]]:
    for group, outer in Parameters.model_fields.items():
        for field, info in type(outer.default).model_fields.items():
            yield group, field, info


@cache
def declarations() -> dict[str, Declaration]:
    """Every parameter's declaration by full name."""
    return {f"{group}.{field}": declared(f"{group}.{field}", info) for group, field, info in _fields()}


def _fault(error: Any, known: Mapping[str, Declaration]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    one = known.get(name)
    value = error["input"]
    if one is None:
        return f"{name} = {value!r}: {error['msg']}"
    if one.kind == "choice":
        return f"{name} = {value!r}: one of {', '.join(one.choices)}{nearest(str(value), one.choices, 1)}"
    return f"{name} = {value!r}: a {one.kind} from {one.low:g} to {one.high:g} {one.unit} is wanted"


def matching(pattern: str) -> tuple[str, ...]:
    """Names of the parameters that a pattern like `innovation.*` or a full name picks; InputError if none."""
    names = tuple(name for name in declarations() if fnmatchcase(name, pattern))
    if not names:
        raise InputError(f"no parameter '{pattern}'{nearest(pattern, declarations())}")
    return names
