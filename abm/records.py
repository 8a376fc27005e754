"""What the phases of a month hand on: one record a phase, one line a field.

Shapes: labs, products, vendors, makers, generations and so on are the rows of the tables; `foreign`, `home`, `grey`,
`gaming` are the products of a channel. What is `kept` makes up the history, from which metrics are worked out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.foundation.records import Record, handed, kept

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rulings(Record):
    """What the law of the month's first day means for products."""

    policy: NDArray[np.int8] = handed("", "(foreign,) place in POLICIES")
    needs_licence: Bools = handed("", "(foreign,) whether a licence or a notification is needed")
    approval: Floats = handed("1", "(foreign,) share of applications that are granted")
    accepted: Floats = handed("1", "(foreign,) share of orders that Beijing accepts")
    room: Floats = handed("unit", "(foreign,) units that Beijing still lets in")
    barred: Bools = handed("", "(foreign,) whether law denies it, or grants none")
    lawful: Bools = handed("", "(foreign,) whether law leaves more than a licence presumed to be denied")
    open: Bools = handed("", "(products,) whether it may be sold and bought")
    cards_free: Floats = handed("1", "(gaming,) share of a month for which, and of orders as far as, cards may come in")
    packages: Floats = handed("package/month", "(vendors,) advanced packages of each vendor, lost materials taken off")
    access: float = handed("1", "how much of what US leaders serve labs can imitate")


@dataclass(frozen=True)
class Outlook(Record):
    """What buyers fear."""

    threat: Floats = handed("1", "(foreign,) expected loss of access")
    fear: float = kept("1", "threat, weighted by what is spent on products")
    hbm_rush: float = handed("1", "share of the month in which vendors take in all stacks on order")
    hbm_fear: float = handed("1", "how sure the end of HBM supply is")


@dataclass(frozen=True)
class Reviews(Record):
    """Where the governments stand after what they have decided this month."""

    moved: Floats = kept("1", "(governments,) rungs moved since the start, above 0 looser")
    answered: Floats = kept("1", "(governments,) rungs moved on materials, above 0 harsher")


@dataclass(frozen=True)
class HbmMonth(Record):
    """The market for HBM stacks."""

    mix: Floats = handed("1", "(home,) share of its packaging that each Chinese vendor gives a product")
    need: Floats = handed("stack/month", "(vendors, horizon) stacks that full packaging needs, from next month on")
    income: Floats = handed("stack", "(vendors,) domestic stacks received")
    open: bool = handed("", "whether any foreign stack may be sold to China")
    sold: Floats = handed("stack", "(makers, generations) foreign stacks sold to China")
    home: Floats = handed("stack", "(makers, generations) Chinese stacks sold")
    spot: float = handed("1", "spot price over the reference price")
    hbm_to_china: Floats = kept("stack", "(makers,) foreign stacks sold to China")
    hbm_usd: Floats = kept("USD", "(makers,) sales to Chinese vendors")
    hbm_abroad: Floats = kept("USD", "(makers,) sales to the rest of the world")
    hbm_index: Floats = kept("1", "contract and spot price over the reference price")
    cxmt: float = kept("stack", "stacks made in China")


@dataclass(frozen=True)
class Output(Record):
    """What Chinese vendors make."""

    cards: Floats = handed("unit", "(home,) cards made")
    dies: Floats = handed("die", "(vendors,) good dies received")
    made: Floats = kept("unit", "(vendors,) cards made")
    wafers: float = kept("wafer/month", "wafers started for AI dies")
    limits: Floats = kept("unit/month", "(vendors, inputs) what each input would allow")
    shadow: Floats = kept("USD", "(vendors, inputs) worth of one more unit of an input")


@dataclass(frozen=True)
class Redesign(Record):
    """What rules strand, what is fined, and what vendors design."""

    charges: Floats = kept("USD", "(vendors,) stranded chips written off")
    fines: Floats = kept("USD", "(vendors,) fines of competition cases in China")
    released: Floats = kept("month", "(spare,) release of the chips designed in the run")


@dataclass(frozen=True)
class Budgets(Record):
    """Money for compute, and who is there to spend it."""

    money: Floats = handed("USD", "(labs,) offered this month")
    odds: Floats = handed("1", "(labs, nests) factor of a lab on the odds of a nest")
    entered: float = handed("lab", "start-ups that enter")
    response: float = kept("1", "money over that without an answer to revenue")
    failed: float = kept("lab", "start-ups that exit")
    active: float = kept("lab", "unnamed start-ups in business")


@dataclass(frozen=True)
class Offers(Record):
    """What is on sale at what price and worth, and who may buy it."""

    price: Floats = handed("USD", "(products,) asked, with the buyer's part of fee and duty")
    cost: Floats = handed("USD", "(products,) price and hosting")
    value: Floats = handed("H100", "(products,) value of a card to a lab, software included")
    utility: Floats = handed("1", "(products,) value for money, in logarithms, risk taken off")
    worth: Floats = handed("H100/USD", "(products,) value per dollar at list price")
    released: Bools = handed("", "(products,) released chips that vendors sell")
    best: float = handed("H100/USD", "largest worth of a released product")
    supply: Floats = handed("unit", "(products,) on sale")
    eligible: Bools = handed("", "(labs, products) who may buy what")
    world_line: Floats = handed("1", "(foreign,) share of a vendor's packages abroad that goes to a product")
    applied: float = kept("unit", "cards applied for")
    granted: float = kept("unit", "cards granted")
    delay: float = kept("month", "mean time from filing to decision of what was filed; NaN where nothing was")


@dataclass(frozen=True)
class Sales(Record):
    """What labs buy, and what the rest of the world takes."""

    bought: Floats = handed("unit", "(labs, products)")
    units: Floats = handed("unit", "(products,) sold to labs")
    price: Floats = handed("USD", "(products,) asked in the end, with the buyer's part of fee and duty")
    paid: Floats = handed("USD", "(products,) paid for cards")
    abroad: Floats = handed("unit", "(products,) sold to the rest of the world")
    abroad_usd: Floats = kept("USD", "(vendors,) sales to the rest of the world")
    research: Floats = kept("USD", "(vendors,) R&D paid")
    lobby: Floats = kept("USD", "(vendors,) lobbying at work")
    fees: float = kept("USD", "fees and duties taken by the US government")
    levied: Floats = kept("USD", "(vendors,) fees and duties that vendors owe on what they sold")
    obtained: Floats = kept("H100", "value got, and what an unrestricted buyer would have got")
    spent: float = kept("USD", "spent by labs, hosting included")
    scarcity: float = kept("1", "shortage, weighted by money")
    cost_by_channel: Floats = kept("USD/month", "(channels,) of owning what was bought")
    bought_by_channel: Floats = kept("H100e", "(channels,) bought")
    grey_sold: Floats = kept("unit", "(grey,) sold")
    grey_paid: Floats = kept("1", "(grey,) price over US list")


@dataclass(frozen=True)
class Smuggling(Record):
    """What brokers bring."""

    shipped: Floats = handed("unit", "(brokers,) shipped")
    diverted: Floats = handed("unit", "(grey,) shipped")
    smuggled: Floats = kept("unit", "(grey,) landed")
    seized: float = kept("unit", "seized")
    brokers: float = kept("broker", "at work")


@dataclass(frozen=True)
class Conversions(Record):
    """What workshops make of gaming cards."""

    cards: Floats = handed("card", "(gaming,) converted")
    converted: float = kept("card", "converted")
    shop_sold: Floats = kept("card", "(gaming,) sold by shops")
    shop_price: Floats = kept("1", "(gaming,) shops' price over list")


@dataclass(frozen=True)
class Rentals(Record):
    """Compute rented abroad."""

    rented: float = kept("H100e", "under contract")
    hosts: float = kept("H100e", "hosts' capacity for Chinese firms")


@dataclass(frozen=True)
class Deliveries(Record):
    """What arrives and what leaves."""

    retired: Floats = handed("unit", "(products,)")
    young: Floats = handed("H100e", "(labs,) in the youngest class of fleets")
    units: Floats = kept("unit", "(products,) delivered")
    billed: Floats = kept("USD", "(products,) value of what is delivered")
    us_added: float = kept("H100e", "delivered to US leaders")
    added_by_channel: Floats = kept("H100e", "(channels,) delivered to labs")
    us_compute: float = kept("H100e", "US leaders' fleets")
    rest_compute: float = kept("H100e", "fleets of the rest of the world")


@dataclass(frozen=True)
class Use(Record):
    """What fleets do, and the race."""

    fleet: Floats = handed("unit", "(labs, products) cards in use, rented compute among them")
    held: Floats = handed("H100e", "(labs,)")
    unused: Floats = handed("1", "(labs,) share of it that stands idle")
    serving: Floats = handed("H100e", "(products,) serving users")
    training: Floats = handed("H100e", "(labs, products) training")
    compute_by_channel: Floats = kept("H100e", "(channels,) in fleets")
    compute_value: float = kept("H100", "in fleets and rented, by value to a lab, software included")
    idle: float = kept("1", "share of all compute that stands idle")
    shares: float = kept("1", "concentration: sum of squared shares of labs")
    sensitive: Floats = kept("H100e", "(routes,) compute of sensitive users")
    serving_by_channel: Floats = kept("H100e", "(channels,) serving users")
    training_by_channel: Floats = kept("H100e", "(channels,) training")
    used_by_kind: Floats = kept("H100e", "(2, kinds of lab) at work, and held")
    effort: float = kept("1", "share of training compute put into efficiency research")
    runs: Floats = kept("run", "planned runs that were due, and those shelved")
    largest: Floats = kept("log10 FLOP", "largest run of leaders and of labs")
    frontier: float = kept("log10 FLOP", "best capability of the leaders so far")
    china: float = kept("log10 FLOP", "best capability of labs so far")
    own: float = kept("log10 FLOP", "the same of what labs reach by runs and efficiency of their own")
    shortfall: float = kept("log10", "how far China stands below the frontier")
    gap: float = kept("month", "how far China stands behind it")
    gap_own: float = kept("month", "how far it stands behind by runs and efficiency of its own")
    gap_run: float = kept("month", "how far its largest run stands behind the leaders' largest")
    mfu: Floats = kept("H100e", "(2, channels) got out of cards in training, and what they could do")
    lab_runs: Floats = kept("log10 FLOP", "(named,) largest run of each named lab so far")
    lab_capability: Floats = kept("log10 FLOP", "(named,)")
    lab_shelved: Floats = kept("run", "(named,) planned runs shelved so far")
    lab_delay: Floats = kept("month", "(named,) training that these lacked")


@dataclass(frozen=True)
class Progress(Record):
    """Efficiency found and learnt."""

    jumps: float = kept("1", "large jumps")
    laid_open: float = kept("1", "share of improvements laid open, weighted by training compute")
    frontier_efficiency: float = kept("log10", "best of the leaders")
    china_efficiency: float = kept("log10", "best of labs")
    lab_efficiency: Floats = kept("log10", "(named,)")
    lab_place: NDArray[np.int64] = kept("1", "(named,) place among all labs by efficiency, 1 the best")
    software: Floats = kept("1", "(vendors,) value of software, CUDA = 1")


@dataclass(frozen=True)
class Closing(Record):
    """Stocks at the end of the month."""

    hbm_stock: Floats = kept("stack", "(vendors,) held")
    cash: Floats = kept("USD", "(vendors,) earned since the start")
