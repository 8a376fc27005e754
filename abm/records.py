"""What the phases of a month hand on: one record a phase, one line a field.

Axes: labs, products, vendors, makers, generations and so on are the rows of the tables; `foreign`, `home`, `grey`,
`gaming` are the products of a channel. What is `kept` makes up the history, from which metrics are worked out.
"""

import numpy as np
from numpy.typing import NDArray

from abm.foundation.records import Record, handed, kept

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Rulings(Record):
    """What the law of the month's first day means for products."""

    policy: NDArray[np.int8] = handed("", "place in POLICIES", "foreign", dtype=np.int8)
    needs_licence: Bools = handed("", "whether a licence or a notification is needed", "foreign", dtype=bool)
    approval: Floats = handed("1", "share of applications that are granted", "foreign")
    accepted: Floats = handed("1", "share of orders that Beijing accepts", "foreign")
    room: Floats = handed("unit", "units that Beijing still lets in", "foreign")
    barred: Bools = handed("", "whether law denies it, or grants none", "foreign", dtype=bool)
    lawful: Bools = handed("", "whether law leaves more than a licence presumed to be denied", "foreign", dtype=bool)
    open: Bools = handed("", "whether it may be sold and bought", "products", dtype=bool)
    cards_free: Floats = handed("1", "share of a month for which, and of orders as far as, cards may come in", "gaming")
    packages: Floats = handed("package/month", "advanced packages of each vendor, lost materials taken off", "vendors")
    access: float = handed("1", "how much of what US leaders serve labs can imitate")


class Outlook(Record):
    """What buyers fear."""

    threat: Floats = handed("1", "expected loss of access", "foreign")
    fear: float = kept("1", "threat, weighted by what is spent on products")
    hbm_rush: float = handed("1", "share of the month in which vendors take in all stacks on order")
    hbm_fear: float = handed("1", "how sure the end of HBM supply is")


class Reviews(Record):
    """Where the governments stand after what they have decided this month."""

    moved: Floats = kept("1", "rungs moved since the start, above 0 looser", "governments")
    answered: Floats = kept("1", "rungs moved on materials, above 0 harsher", "governments")


class HbmMonth(Record):
    """The market for HBM stacks."""

    mix: Floats = handed("1", "share of its packaging that each Chinese vendor gives a product", "home")
    need: Floats = handed("stack/month", "stacks that full packaging needs, from next month on", "vendors", "horizon")
    income: Floats = handed("stack", "domestic stacks received", "vendors")
    open: bool = handed("", "whether any foreign stack may be sold to China", dtype=bool)
    sold: Floats = handed("stack", "foreign stacks sold to China", "makers", "generations")
    home: Floats = handed("stack", "Chinese stacks sold", "makers", "generations")
    spot: float = handed("1", "spot price over the reference price")
    hbm_to_china: Floats = kept("stack", "foreign stacks sold to China", "makers")
    hbm_usd: Floats = kept("USD", "sales to Chinese vendors", "makers")
    hbm_abroad: Floats = kept("USD", "sales to the rest of the world", "makers")
    hbm_index: Floats = kept("1", "contract and spot price over the reference price", 2)
    cxmt: float = kept("stack", "stacks made in China")


class Output(Record):
    """What Chinese vendors make."""

    cards: Floats = handed("unit", "cards made", "home")
    dies: Floats = handed("die", "good dies received", "vendors")
    made: Floats = kept("unit", "cards made", "vendors")
    wafers: float = kept("wafer/month", "wafers started for AI dies")
    limits: Floats = kept("unit/month", "what each input would allow", "vendors", "inputs")
    shadow: Floats = kept("USD", "worth of one more unit of an input", "vendors", "inputs")


class Redesign(Record):
    """What rules strand, what is fined, and what vendors design."""

    charges: Floats = kept("USD", "stranded chips written off", "vendors")
    fines: Floats = kept("USD", "fines of competition cases in China", "vendors")
    released: Floats = kept("month", "release of the chips designed in the run", "spare")


class Budgets(Record):
    """Money for compute, and who is there to spend it."""

    money: Floats = handed("USD", "offered this month", "labs")
    odds: Floats = handed("1", "factor of a lab on the odds of a nest", "labs", "nests")
    entered: float = handed("lab", "start-ups that enter")
    response: float = kept("1", "money over that without an answer to revenue")
    failed: float = kept("lab", "start-ups that exit")
    active: float = kept("lab", "unnamed start-ups in business")


class Offers(Record):
    """What is on sale at what price and worth, and who may buy it."""

    price: Floats = handed("USD", "asked, with the buyer's part of fee and duty", "products")
    cost: Floats = handed("USD", "price and hosting", "products")
    value: Floats = handed("H100", "value of a card to a lab, software included", "products")
    utility: Floats = handed("1", "value for money, in logarithms, risk taken off", "products")
    worth: Floats = handed("H100/USD", "value per dollar at list price", "products")
    released: Bools = handed("", "released chips that vendors sell", "products", dtype=bool)
    best: float = handed("H100/USD", "largest worth of a released product")
    supply: Floats = handed("unit", "on sale", "products")
    eligible: Bools = handed("", "who may buy what", "labs", "products", dtype=bool)
    world_line: Floats = handed("1", "share of a vendor's packages abroad that goes to a product", "foreign")
    applied: float = kept("unit", "cards applied for")
    granted: float = kept("unit", "cards granted")
    delay: float = kept("month", "mean time from filing to decision of what was filed; NaN where nothing was")


class Sales(Record):
    """What labs buy, and what the rest of the world takes."""

    bought: Floats = handed("unit", "bought by each lab", "labs", "products")
    orders: Floats = handed("unit", "ordered in the first round", "products")
    units: Floats = handed("unit", "sold to labs", "products")
    price: Floats = handed("USD", "asked in the end, with the buyer's part of fee and duty", "products")
    paid: Floats = handed("USD", "paid for cards", "products")
    abroad: Floats = handed("unit", "sold to the rest of the world", "products")
    abroad_usd: Floats = kept("USD", "sales to the rest of the world", "vendors")
    research: Floats = kept("USD", "R&D paid", "vendors")
    lobby: Floats = kept("USD", "lobbying at work", "vendors")
    fees: float = kept("USD", "fees and duties taken by the US government")
    levied: Floats = kept("USD", "fees and duties that vendors owe on what they sold", "vendors")
    obtained: Floats = kept("H100", "value got, and what an unrestricted buyer would have got", 2)
    spent: float = kept("USD", "spent by labs, hosting included")
    scarcity: float = kept("1", "shortage, weighted by money")
    cost_by_channel: Floats = kept("USD/month", "of owning what was bought", "channels")
    bought_by_channel: Floats = kept("H100e", "bought", "channels")
    grey_sold: Floats = kept("unit", "sold", "grey")
    grey_paid: Floats = kept("1", "price over US list", "grey")


class Smuggling(Record):
    """What brokers bring."""

    shipped: Floats = handed("unit", "shipped", "brokers")
    diverted: Floats = handed("unit", "shipped", "grey")
    smuggled: Floats = kept("unit", "landed", "grey")
    seized: float = kept("unit", "seized")
    brokers: float = kept("broker", "at work")


class Conversions(Record):
    """What workshops make of gaming cards."""

    cards: Floats = handed("card", "converted", "gaming")
    converted: float = kept("card", "converted")
    shop_sold: Floats = kept("card", "sold by shops", "gaming")
    shop_price: Floats = kept("1", "shops' price over list", "gaming")


class Rentals(Record):
    """Compute rented abroad."""

    rented: float = kept("H100e", "under contract")
    hosts: float = kept("H100e", "hosts' capacity for Chinese firms")


class Deliveries(Record):
    """What arrives and what leaves."""

    retired: Floats = handed("unit", "taken out of use", "products")
    young: Floats = handed("H100e", "in the youngest class of fleets", "labs")
    units: Floats = kept("unit", "delivered", "products")
    billed: Floats = kept("USD", "value of what is delivered", "products")
    us_added: float = kept("H100e", "delivered to US leaders")
    added_by_channel: Floats = kept("H100e", "delivered to labs", "channels")
    us_compute: float = kept("H100e", "US leaders' fleets")
    rest_compute: float = kept("H100e", "fleets of the rest of the world")


class Use(Record):
    """What fleets do, and the race."""

    fleet: Floats = handed("unit", "cards in use, rented compute among them", "labs", "products")
    held: Floats = handed("H100e", "all of it that a lab has", "labs")
    unused: Floats = handed("1", "share of it that stands idle", "labs")
    serving: Floats = handed("H100e", "serving users", "products")
    training: Floats = handed("H100e", "training", "labs", "products")
    compute_by_channel: Floats = kept("H100e", "in fleets", "channels")
    compute_value: float = kept("H100", "in fleets and rented, by value to a lab, software included")
    idle: float = kept("1", "share of all compute that stands idle")
    shares: float = kept("1", "concentration: sum of squared shares of labs")
    sensitive: Floats = kept("H100e", "compute of sensitive users", "routes")
    serving_by_channel: Floats = kept("H100e", "serving users", "channels")
    training_by_channel: Floats = kept("H100e", "training", "channels")
    used_by_kind: Floats = kept("H100e", "at work, and held", 2, "kinds")
    effort: float = kept("1", "share of training compute put into efficiency research")
    runs: Floats = kept("run", "planned runs that were due, and those shelved", 2)
    largest: Floats = kept("log10 FLOP", "largest run of leaders and of labs", 2)
    frontier: float = kept("log10 FLOP", "best capability of the leaders so far")
    china: float = kept("log10 FLOP", "best capability of labs so far")
    own: float = kept("log10 FLOP", "the same of what labs reach by runs and efficiency of their own")
    shortfall: float = kept("log10", "how far China stands below the frontier")
    gap: float = kept("month", "how far China stands behind it")
    gap_own: float = kept("month", "how far it stands behind by runs and efficiency of its own")
    gap_run: float = kept("month", "how far its largest run stands behind the leaders' largest")
    mfu: Floats = kept("H100e", "got out of cards in training, and what they could do", 2, "channels")
    lab_runs: Floats = kept("log10 FLOP", "largest run of each named lab so far", "named")
    lab_capability: Floats = kept("log10 FLOP", "capability of each named lab", "named")
    lab_shelved: Floats = kept("run", "planned runs shelved so far", "named")
    lab_delay: Floats = kept("month", "training that these lacked", "named")


class Progress(Record):
    """Efficiency found and learnt."""

    found: Floats = handed("log10", "found by each lab", "labs")
    large: Bools = handed("", "whether that is a large jump", "labs", dtype=bool)
    jumps: float = kept("1", "large jumps")
    laid_open: float = kept("1", "share of improvements laid open, weighted by training compute")
    frontier_efficiency: float = kept("log10", "best of the leaders")
    china_efficiency: float = kept("log10", "best of labs")
    lab_efficiency: Floats = kept("log10", "of each named lab", "named")
    lab_place: NDArray[np.int64] = kept("1", "place among all labs by efficiency, 1 the best", "named", dtype=np.int64)
    software: Floats = kept("1", "value of software, CUDA = 1", "vendors")


class Closing(Record):
    """Stocks at the end of the month."""

    hbm_stock: Floats = kept("stack", "held", "vendors")
    cash: Floats = kept("USD", "earned since the start", "vendors")
