"""Made from parameters.csv by `python docs/build.py tables`."""

from typing import Literal

from abm.foundation.declaration import GRADES as GRADES
from abm.foundation.declaration import Declaration as Declaration
from abm.foundation.declaration import Group as Group
from abm.foundation.declaration import Groups as Groups
from abm.foundation.declaration import declarations as declarations
from abm.foundation.declaration import matching as matching

class Population(Group):
    """Who is in the market."""

    startups: int = 98
    """Chinese start-ups beside the named labs (lab)"""
    state: int = 40
    """state and telecom buyers beside the named labs (lab)"""
    tail: float = 1.1
    """Pareto exponent of the size of unnamed labs; smaller is more unequal"""
    military_share: float = 0.1
    """share of state buyers that are military-linked and listed"""
    open_share: float = 0.2
    """share of unnamed start-ups that publish their weights"""

class Demand(Group):
    """How labs choose among offers: nested logit in value per dollar."""

    theta: float = 2.3
    """sensitivity of choice to the logarithm of value per dollar"""
    lam: float = 0.83
    """dissimilarity inside a nest; 1 is plain logit"""
    outside: float = -2.6
    """utility of keeping the money; the best chip in the world at its list price has 0"""
    consideration: float = 1.0
    """log of the factor below the value per dollar on sale at which one in e buyers considers an offer"""
    memory_train: float = 0.35
    """weight of memory bandwidth in a chip's value for training"""
    memory_infer: float = 0.65
    """the same for inference"""
    capacity_exponent: float = 0.25
    """exponent of memory capacity relative to 80 GB"""
    link_exponent: float = 0.15
    """exponent of link bandwidth relative to 600 GB/s, at most 1"""
    host_base: float = 3500.0
    """server and network cost of hosting a card, fixed part (USD/card)"""
    host_per_watt: float = 11.0
    """server, network and power cost of hosting, per watt of the card (USD/W)"""
    home_bias: float = -0.2
    """utility of the domestic nest for private labs"""
    state_bias: float = 1.9
    """extra utility of the domestic nest for state buyers"""
    usual_share: float = 0.0067
    """share of all money of a lab of usual size; larger ones shun grey and gaming cards and smaller ones like them"""
    listed_bias: float = 0.5
    """the same for labs on the Entity List against the mean lab by money"""
    maker_bias: float = 0.7
    """the same for labs that make chips of their own"""
    use_risk: float = 0.05
    """utility lost where using a chip anywhere risks a breach of US rules"""

class Budget(Group):
    """Labs' money."""

    capex_scale: float = 1.0
    """multiplies the dated capital spending of all labs"""
    latent: float = 1.0
    """scales what labs would spend at list if served beyond what they spent; 0: spending is demand"""
    growth_2030: float = 1.9
    """capital spending in 2030 over 2026: a declared scenario of the money"""
    draw: float = 0.15
    """share of saved cash offered for spending each month (1/month)"""
    prebuy: float = 0.9
    """extra money per unit of threat that an offer will be barred"""
    borrow: float = 0.5
    """debt a lab may run up under threat, in years of its money flow (year)"""
    cash_months: float = 3.0
    """cash above so many months of flow is returned to the owners (month)"""
    subsidy_months: float = 48.0
    """time over which public money for computing is spent (month)"""
    feedback: float = 0.2
    """shift of money towards labs of higher capability, per log10 of capability"""
    elasticity: float = 0.2
    """answer of all labs' money to their revenue once spending is no longer on record"""
    cheapening: float = 1.3
    """growth of revenue in H100e beyond that of declared money as a dollar buys more compute (1/year)"""
    quality: float = 0.5
    """fall of revenue, log10, per log10 that a lab's model lags behind the frontier"""
    revenue_months: float = 6.0
    """months over which money follows revenue (month)"""
    response_most: float = 2.0
    """largest factor by which revenue raises or lowers all labs' money"""

class Startups(Group):
    """Unnamed start-ups that close, and new ones."""

    failure: float = 0.015
    """hazard of giving up at a hopeless lag behind the best Chinese lab (1/month)"""
    tolerance: float = 0.5
    """lag of capability behind the best Chinese lab that a start-up survives unharmed (log10)"""
    entry: float = 0.08
    """chance a month that a new start-up takes an empty slot (1/month)"""
    entry_size: float = 0.5
    """size of a new start-up against one of the start drawn alike"""
    entry_lag: float = 0.3
    """efficiency of a new start-up below that of the best Chinese lab (log10)"""
    resale: float = 0.8
    """share of a failed start-up's cards that other labs take over; the rest is scrapped"""
    resale_price: float = 0.5
    """second-hand price over the price asked for a new card"""

class Expectation(Group):
    """What traders make of law that is coming."""

    rule: Literal["announced_and_leaked", "announced", "none"] = "announced_and_leaked"
    """which coming acts traders act upon"""
    credence: float = 0.8
    """probability given to a leaked act that states none"""
    leak_weight: float = 0.5
    """strength of labs' reaction to a leak against an announcement"""
    ahead_months: int = 24
    """months that traders look ahead at coming law (month)"""

class Trade(Group):
    """How accelerators change hands in China."""

    mechanism: Literal["pro_rata", "priority", "call_auction"] = "pro_rata"
    """posted price rationed pro rata, posted price served in order of size, or a uniform-price call auction"""
    rounds: int = 3
    """rounds in which unserved money turns to other offers"""
    lead_months: int = 1
    """from sale to delivery, the month of sale counted (month)"""
    order_smoothing: float = 0.5
    """weight of the latest month in the orders that vendors remember (1/month)"""
    sales_smoothing: float = 0.25
    """weight of the latest month in the sales that vendors remember (1/month)"""

class Vendors(Group):
    """Foreign chip vendors."""

    packages_scale: float = 1.0
    """multiplies world packaging capacity"""
    china_share: float = 0.5
    """largest share of a vendor's packages that it lets go to China, when they earn as much there as elsewhere"""
    margin_weight: float = 0.5
    """how far a vendor cuts that share where a package earns less in China"""
    world_demand: float = 1.0
    """demand of the rest of the world at list over a vendor's packages"""
    world_elasticity: float = 3.0
    """elasticity of that demand; packages sold to China make the others dearer"""
    over_compliance: float = 0.1
    """share of lawful sales held back after a round of many listings"""
    listing_scale: float = 140.0
    """firms listed at which suppliers hold back 63 % of the most they do: the round of December 2024"""
    commit_months: float = 6.0
    """months of orders that chips made for China have in work and in stock (month)"""
    redesign_months: int = 5
    """from the notice of a rule to sales of a chip cut to it (month)"""
    redesign_gain: float = 0.15
    """gain in value over what may be sold anyway that makes a cut-down worthwhile"""
    redesign_for: Literal["case_by_case", "notify", "exempt"] = "case_by_case"
    """the strictest policy that a cut-down is designed to meet"""
    spare_designs: int = 6
    """cut-downs that a vendor can design in a run beyond those on record, at most"""
    rd_share: float = 0.1
    """R&D over revenue of foreign vendors"""
    rd_elasticity: float = 0.3
    """elasticity of the pace of foreign roadmaps after 2026 to revenue beyond the plan"""
    lobby_effort: float = 0.001
    """lobbying over the revenue that law keeps from a vendor"""
    lobby_months: float = 12.0
    """months for which lobbying is at work (month)"""
    small_cards: float = 70000.0
    """inference cards without HBM that a vendor can make for China (card/month)"""
    ramp_months: float = 6.0
    """time from release to full volume of a chip (month)"""
    cutdown_ramp_months: float = 2.0
    """the same for a cut-down of a chip already in production (month)"""
    mothball_months: float = 12.0
    """months after which the line of a barred cut-down is closed for good (month)"""
    life_months: float = 42.0
    """months after release when a card without HBM begins to leave the line (month)"""
    takeover_months: float = 12.0
    """months in which a new generation takes over a vendor's world line (month)"""
    erosion: float = 0.006
    """fall of a list price each month after its first year (1/month)"""
    amd_software: float = 0.6
    """value of AMD's software, CUDA = 1"""
    margin: float = 0.75
    """gross margin of foreign vendors"""
    material_loss: float = 0.02
    """share of foreign packages lost under a full ban on all the materials China controls"""
    gaming_share: float = 0.32
    """China's share of Nvidia's world gaming revenue: an exogenous line beside accelerators"""
    retiring_months: float = 12.0
    """months over which an old card without HBM leaves the line (month)"""
    revenue_months: float = 12.0
    """months over which vendors average revenue (month)"""
    cut_generations: int = 3
    """generations of chips with HBM that a vendor can still cut down"""
    design_tolerance: float = 0.95
    """value over the best design's from which on a vendor rather saves packages"""

class Hbm(Group):
    """High-bandwidth memory."""

    world_scale: float = 1.0
    """multiplies world output of HBM stacks"""
    lead_months: int = 2
    """from order of stacks to delivery (month)"""
    safety_months: float = 7.0
    """months of use that buyers hold in stock anyway (month)"""
    cover: float = 40.0
    """months of use that buyers stock up for when a rule is feared (month)"""
    expedite: float = 1.5
    """world output that can be rushed to China in the month a rule is announced (month)"""
    china_share: float = 0.35
    """share of world output not under contract to buyers abroad, and so the most that China can buy in a month"""
    adjust: float = 0.3
    """share of the gap to the wanted stock ordered each month (1/month)"""
    ramp: float = 1.5
    """multiple of its present use for which a vendor orders stacks"""
    capital_months: float = 48.0
    """months of revenue from accelerators that a vendor may tie up in stacks whose end is feared (month)"""
    release: float = 0.06
    """share of a stock without supply that may be used each month (1/month)"""
    spot_elasticity: float = 1.5
    """elasticity of demand abroad for stacks that are not under contract"""
    spot_most: float = 2.5
    """highest spot price of a stack over the reference price"""
    renewal_months: float = 12.0
    """months over which contracts are renewed (month)"""
    supply_elasticity: float = 0.3
    """elasticity of makers' capacity to the contract price, in the long run"""
    expansion_months: float = 24.0
    """time foreign makers take to build capacity (month)"""
    copackaged_share: float = 0.002
    """share of world output that may reach China packaged with logic where the chip's rule counts"""
    cell_area: float = 0.0017
    """area of a cell of the DRAM in CXMT's stacks (um2)"""
    cell_density: float = 0.3
    """density of that DRAM (Gb/mm2)"""
    tool_drag: float = 0.15
    """what CXMT would build faster if tool controls left its DRAM alone; the time to build has them in"""
    wafer_capex: float = 100000.0
    """public money that adds a wafer a month of HBM capacity at CXMT (USD)"""
    subsidy_months: int = 24
    """from public money to more HBM wafers (month)"""
    cxmt_scale: float = 1.0
    """multiplies CXMT's wafers for HBM, those of its record and those built"""
    cxmt_line: float = 30000.0
    """smallest capacity that CXMT's building starts from: it refits a part of its DRAM wafers (wafer/month)"""
    cxmt_yield: float = 0.25
    """yield of CXMT's stacks at the start"""
    cxmt_yield_max: float = 0.6
    """yield of CXMT's stacks in the long run"""
    cxmt_stock: float = 6.0
    """months of the use that vendors count on in stock at which CXMT slows down (month)"""
    cxmt_pull: float = 1.0
    """stacks that vendors could use over those that they can have, times the price, at which CXMT builds nothing"""
    cxmt_least: float = 0.1
    """share of its capacity that CXMT runs whatever is in stock"""
    stacks_per_wafer: float = 55.0
    """gross stacks per memory wafer (stack/wafer)"""
    cxmt_learning: float = 0.4
    """speed at which the yield of CXMT's stacks rises to its long-run value (1/year)"""

class Domestic(Group):
    """Chinese chip vendors and their foundry."""

    smic_scale: float = 1.0
    """multiplies SMIC's advanced wafers, those of its record and those built"""
    packaging_scale: float = 1.0
    """multiplies domestic packaging capacity"""
    dies_per_wafer: float = 78.0
    """gross 666 mm2 dies per wafer (die/wafer)"""
    yield_start: float = 0.12
    """die yield at the start of 2022"""
    yield_max: float = 0.6
    """die yield in the long run"""
    learning: float = 0.18
    """rate of yield learning (1/year)"""
    survival: float = 0.8
    """share of dies that survive packaging"""
    node_nm: float = 7.0
    """node of Chinese AI dies (nm)"""
    transistors_bn: float = 50.0
    """transistors of a Chinese package with HBM (billion)"""
    plain_bn: float = 33.0
    """the same of one without HBM (billion)"""
    die_months: float = 12.0
    """unused dies kept, in months of packaging capacity (month)"""
    stock_months: float = 4.0
    """unsold chips, in months of sales, above which output is cut (month)"""
    price_months: float = 2.0
    """unsold chips, in months of sales, at which a domestic price stays as it is (month)"""
    price_step: float = 0.03
    """largest change of a domestic price in a month, in logarithms (1/month)"""
    least: float = 0.1
    """share of its packaging for which a vendor keeps inputs and room whatever it sells"""
    price_low: float = 0.4
    """lowest price over list when stock is unsold"""
    price_high: float = 1.15
    """highest price over list when stock is short"""
    software_start: float = 0.48
    """value of domestic chips' software in 2022, CUDA = 1"""
    software_max: float = 0.95
    """the same in the long run"""
    software_units: float = 850000.0
    """cards in use that carry software to 63 % of the way (card)"""
    training_software: float = 0.85
    """value of domestic chips' software in large training runs over that in serving users"""
    margin: float = 0.45
    """gross margin of domestic vendors before memory"""
    rd_share: float = 0.2
    """R&D over revenue of domestic vendors"""
    software_rd: float = 20000000000.0
    """R&D that carries a vendor's software to 63 % of the way (USD)"""
    wafer_capex: float = 200000.0
    """public money that adds an advanced wafer a month of capacity (USD)"""
    subsidy_months: int = 30
    """from public money to more advanced wafers (month)"""
    build_months: float = 24.0
    """mean time from the start of work on foundry, packaging and HBM capacity in China to its end (month)"""
    build_elasticity: float = 0.5
    """elasticity of that capacity to how short it is and what it earns"""
    build_most: float = 4.0
    """largest shortage, over that at which nothing is built, that investment answers"""
    logic_pull: float = 0.25
    """dies wanted over dies that can be had, at which no foundry capacity is built"""
    packaging_pull: float = 0.25
    """chips wanted over packaging, at which none is built"""
    takeover: float = 2.0
    """months in which a new Chinese product takes over, over vendors.ramp_months"""
    smoothing: float = 0.25
    """weight of the latest month in what Chinese vendors remember of stacks used and packaging run (1/month)"""

class Licensing(Group):
    """How a licence duty works out in practice."""

    fee_to_buyer: float = 0.3
    """share of fee and duty that raises the buyer's price; the vendor bears the rest"""
    presumed_grants: float = 0.0
    """share of applications granted under a presumption of denial"""
    validity_months: float = 24.0
    """life of an unused licence (month)"""
    state_approval: float = 0.5
    """approval of state buyers against civil ones"""
    officers: float = 218.0
    """posts that handle licences (post)"""
    cards_per_officer: float = 1500.0
    """cards in the applications that a post decides a month (card/month)"""
    reach: float = 0.1
    """most of what others hold that sensitive users get at by a way without checks, be it fronts, resale or rent"""
    check_effect: float = 0.5
    """what each check of customers leaves of licensed cards within reach of fronts"""
    remote_screening: float = 0.5
    """what screening of remote users leaves of licensed cards and compute abroad that they can rent"""
    lab_test_months: float = 0.5
    """time that a laboratory test adds to review (month)"""
    small_grants: float = 0.5
    """grants over the approval standard where licences issue for small amounts"""
    us_first: float = 0.25
    """most of a vendor's packages for licensed sales that may not delay US orders"""
    foundry_first: float = 0.2
    """the same where they may not divert foundry capacity from US use"""
    affiliates: float = 0.06
    """share of applicants half owned by listed parties; more at a lower line"""

class China(Group):
    """Beijing's stance on imports, where law names a mode without a number."""

    discourage: float = 0.35
    """orders still placed for a discouraged chip"""
    case_by_case: float = 0.4
    """orders approved when imports are decided case by case"""
    forbid_orders: float = 0.05
    """orders still placed when firms are ordered to stop"""

class Compute(Group):
    """Fleets and what they can do."""

    survival: float = 0.9925
    """share of cards that do not fail in a month (1/month)"""
    life_months: float = 60.0
    """mean life of a card that does not fail (month)"""
    mfu_us: float = 0.38
    """model FLOP utilisation of US leaders' runs"""
    mfu_cn: float = 0.31
    """the same in China on foreign chips"""
    idle_state: float = 0.25
    """share of state buyers' older compute left idle"""
    idle_state_new: float = 0.6
    """share of state buyers' newest compute left idle, built ahead of demand; up to 80 % reported"""
    idle_private: float = 0.1
    """share of private labs' compute left idle"""
    mfu_skill: float = 0.15
    """exponent of a lab's skill in its model FLOP utilisation"""
    mfu_legacy: float = 0.9
    """model FLOP utilisation of the fleet of January 2022 against newer cards"""
    train_link: float = 0.15
    """exponent of link bandwidth relative to 600 GB/s, at most 1, in large training runs"""
    placement: float = 0.8
    """share of serving that is put on the cards least fit for training"""
    serving_state: float = 0.5
    """share of what others would train with that state buyers let serve users"""
    plan_growth: float = 4.5
    """growth of the largest US runs before the first month, which plans follow (1/year)"""
    plan_stretch: float = 1.25
    """how much longer than usual a lab would let a planned run take"""
    run_days: float = 100.0
    """length of the largest training run (day)"""
    run_share_scale: float = 1.0
    """multiplies both sides' share of training compute in the largest run"""
    discount: float = 0.1
    """rate at which the price of a card is spread over its life (1/year)"""

class Innovation(Group):
    """Efficiency and the spread of capability."""

    frontier_growth: float = 3.0
    """efficiency growth of US leaders, factor a year (1/year)"""
    hazard: float = 0.12
    """chance a month of an improvement at a lab of mean skill that trains at scale (1/month)"""
    scale: float = 0.005
    """share of all labs' training compute with which a lab finds half of what its skill and effort allow"""
    jump: float = 0.05
    """mean size of an improvement (log10)"""
    scarcity_effect: float = 1.6
    """rise of effort, and so of the hazard, with scarcity; not pinned down by data"""
    effort: float = 0.1
    """share of training compute put into efficiency research without scarcity"""
    effort_most: float = 0.3
    """the most that scarcity can raise it to"""
    large_share: float = 0.015
    """share of improvements that are large jumps at a lab that trains at scale"""
    large_times: float = 8.0
    """mean size of a large jump over that of the others"""
    listing_loss: float = 0.2
    """fall of the hazard at a listed lab, which loses collaborators abroad"""
    openness: float = 1.0
    """how much of the efficiency of US work that was published at the start still is"""
    served: float = 1.0
    """how much of what US leaders serve Chinese labs can query or take over"""
    closed_weights: float = 0.1
    """part of what Chinese labs absorb by imitation that is lost where closed weights are controlled"""
    closed_service: float = 0.4
    """part of it that is lost where closed models may not be served to Chinese users"""
    open_scarcity: float = 0.3
    """share of its improvements that a closed lab lays open at full scarcity"""
    to_frontier: float = 0.25
    """share of large jumps that Chinese labs lay open which US leaders take over"""
    from_frontier: float = 0.045
    """share of the efficiency lag to published US work closed a month (1/month)"""
    between_labs: float = 0.04
    """share of the lag to the best Chinese lab, beyond what that keeps secret, closed a month (1/month)"""
    secret: float = 0.1
    """lead in efficiency that the best Chinese lab keeps secret (log10)"""
    lag_months: int = 3
    """from US practice to publication (month)"""
    spillover: float = 0.28
    """share of its lag that a lab with runs of the frontier's size absorbs by imitation; unmeasured (1/month)"""
    absorption: float = 0.15
    """exponent of a lab's largest run over the frontier's in what it absorbs; unmeasured"""
    scarcity_smoothing: float = 0.25
    """weight of the latest month in the scarcity of a lab (1/month)"""
    frontier_start: float = -0.5
    """efficiency of the US leaders at the start of 2021, so that the first month reported stands near 0 (log10)"""
    china_start: float = -0.9
    """efficiency of a mean Chinese lab at the start of 2021 against the US frontier of January 2022 (log10)"""

class Grey(Group):
    """Cards that law denies and brokers bring."""

    brokers: int = 30
    """brokers in all third countries, at work or not (broker)"""
    capacity: float = 6000.0
    """what all brokers together could ship were all at work at the size with which they enter (card/month)"""
    tail: float = 0.85
    """Pareto exponent of the size of brokers; smaller is more unequal"""
    growth: float = 0.5
    """largest growth of a broker's capacity in a month, in logarithms (1/month)"""
    growth_scale: float = 0.2
    """earnings at which brokers grow and enter at three quarters of their fastest"""
    margin_scale: float = 0.3
    """margin at which brokers ship three quarters of what they can"""
    slack: float = 0.2
    """share of brokers' capacity without goods at which none grows"""
    cost: float = -0.1
    """what a card costs a broker landed, over US list, less 1; evaded import tax taken off"""
    overhead: float = 0.01
    """what keeping the trade open costs a broker, over the list price of what it could ship"""
    fixed: float = 2.0
    """what being in the trade costs a broker whatever its size, in cards at list price (card/month)"""
    stock_months: float = 1.1
    """unsold cards, in months of capacity, that a broker holds at most (month)"""
    cost_spread: float = 0.2
    """width of the band in which brokers' costs lie"""
    detect: float = 0.0008
    """detection rate of a shipment of one unit at unit exposure (1/month)"""
    prosecution: float = 0.15
    """rise of the detection rate with each large prosecution made public"""
    inspection: float = 0.5
    """rise of the detection rate where Chinese customs inspects all cargo"""
    leak: float = 0.3
    """largest share of third countries' purchases of a denied chip that leaks"""
    outside: float = 0.8
    """part of that source left when re-exports and transfers are denied by name"""
    worldwide: float = 0.5
    """part of that source left under a licence duty towards the whole world"""
    smoothing: float = 0.2
    """weight of the latest premium in what brokers expect (1/month)"""
    caught_months: int = 6
    """months for which a broker lies low after a seizure (month)"""
    caught_loss: float = 0.5
    """part of its capacity that a broker loses with a seizure"""
    least: float = 0.25
    """capacity over that at entry below which a broker leaves"""
    entry: float = 0.2
    """largest chance a month that an inactive broker enters (1/month)"""
    mechanism: Literal["call_auction", "pro_rata", "priority"] = "call_auction"
    """how grey and converted gaming cards change hands: a call auction, or posted prices that answer excess demand"""
    release: float = 0.7
    """share of their stock that dealers mean to sell in a month"""
    step: float = 0.35
    """part of the way to the auction's price, in logarithms, that a price moves"""
    floor: float = -0.15
    """lowest premium at which dealers sell"""
    bias: float = -2.35
    """utility of the grey nest for a lab of mean size"""
    size_effect: float = 1.2
    """fall of that utility with ten times the size of a lab"""
    exposure_effect: float = 1.2
    """fall of that utility for a lab wholly within reach of US law, against the mean lab by money"""
    fade: float = 0.25
    """part of a premium that fades in a month without stock or shipments (1/month)"""
    posted_speed: float = 0.3
    """largest move of a posted grey price in a month, in logarithms (1/month)"""
    posted_most: float = 20.0
    """highest posted grey price over list"""

class Gaming(Group):
    """Gaming cards turned into cards for servers."""

    cards_scale: float = 1.0
    """multiplies the dated inflow of gaming cards"""
    elasticity: float = 0.77
    """price elasticity of gamers' demand, sign turned"""
    substitution: float = 3.0
    """elasticity at which gamers switch from an expensive card to another"""
    takeover_months: float = 24.0
    """months in which gamers turn to the newest card (month)"""
    rush: float = 2.0
    """extra demand for a card whose end is announced"""
    speed: float = 0.5
    """largest move of a shop price in a month, in logarithms (1/month)"""
    trickle: float = 0.1
    """cards that still come once barred, over the tier, at list price"""
    trickle_fade: float = 0.1
    """part of that trickle lost each month (1/month)"""
    workshops: int = 12
    """workshops (workshop)"""
    capacity: float = 1500.0
    """cards all workshops can take in at first (card/month)"""
    growth: float = 0.4
    """largest growth of a workshop's capacity in a month, in logarithms (1/month)"""
    growth_scale: float = 0.4
    """earnings at which workshops grow at three quarters of their fastest"""
    margin_scale: float = 0.3
    """margin at which workshops take in three quarters of what they can"""
    slack: float = 0.2
    """share of workshops' orders not to be had at which none grows"""
    least: float = 0.3
    """smallest capacity over that at the start"""
    good: float = 0.92
    """share of cards that come out of conversion whole"""
    conversion: float = 0.12
    """cost of conversion over the list price of a card"""
    overhead: float = 0.06
    """what keeping a workshop open costs, over the list price of what it could take in"""
    stock_months: float = 0.6
    """unsold cards, in months of capacity, that a workshop keeps at most (month)"""
    smoothing: float = 0.15
    """weight of the latest margin in what workshops expect (1/month)"""
    host: float = 2000.0
    """server, network and power cost of a converted card (USD/card)"""
    bias: float = -1.3
    """utility of the gaming nest for a lab all of whose work converted cards can do"""
    reach: float = 20000.0
    """training run in which a card with the memory and links of an H100 is half used (H100e)"""
    serving_exponent: float = 0.5
    """exponent of run over reach in such a card's use in serving: how models grow with runs"""
    fixed: float = 100000.0
    """what a cluster of converted cards costs a lab, in staff that money for compute does not pay (USD/month)"""
    price_low: float = 0.7
    """lowest price of a gaming card in the shops over list"""
    price_high: float = 4.0
    """highest price of a gaming card in the shops over list"""
    trial_margin: float = 0.05
    """margin at which workshops try a card that nobody trades"""
    fade: float = 0.25
    """part of the way to that price that the price of such a card moves in a month (1/month)"""
    tail: float = 1.2
    """Pareto exponent of the size of workshops; smaller is more unequal"""

class Offshore(Group):
    """Compute rented abroad."""

    share: float = 0.05
    """share of the rest of the world's fleet let to Chinese firms"""
    own: float = 0.01
    """share of it in centres of their own subsidiaries while that way is open"""
    left: float = 0.5
    """part of that way left by a duty that follows the headquarters, and by denial of transfers"""
    worldwide: float = 0.6
    """part of hosts' capacity left under a licence duty towards the whole world"""
    months: int = 12
    """term of a contract (month)"""
    amortised: float = 36.0
    """months in which a host writes a card off (month)"""
    markup: float = 1.3
    """rent over cost at usual demand"""
    speed: float = 0.3
    """largest move of the rent in a month, in logarithms (1/month)"""
    rent_low: float = 0.5
    """lowest rent over cost and usual markup"""
    rent_high: float = 2.5
    """highest rent over the same"""
    bias: float = -2.4
    """utility of the offshore nest for private labs"""
    state_effect: float = 1.5
    """how much less state buyers like it"""
    exposure_effect: float = 1.5
    """how much more a lab likes it whose business lies abroad, against the mean lab by money"""

class Objectives(Group):
    """What the indices of security and commerce, and the governments, give weight to."""

    lead: float = 1.0
    """security: weight of the US lead in capability, log10"""
    compute: float = 0.5
    """security: weight of US over Chinese compute, log10"""
    sensitive: float = 0.5
    """security: weight of US over sensitive compute, log10"""
    chips: float = 1.0
    """commerce: weight of US vendors' revenue in China less fees"""
    memory: float = 0.7
    """commerce: weight of allied makers' revenue from HBM in China"""
    fees: float = 1.0
    """commerce: weight of fees and duties"""
    charges: float = 1.0
    """commerce: weight of charges, taken off"""
    us_security: float = 1.3
    """Washington: weight of the security index"""
    us_commerce: float = 0.9
    """Washington: weight of the commerce index"""
    us_materials: float = 0.06
    """Washington: weight of materials that China holds back, taken off"""
    us_ip: float = 0.02
    """Washington: value of all commitments asked for"""
    us_tariff: float = 0.05
    """Washington: weight of the fentanyl tariff kept"""
    us_swap: float = 0.02
    """Washington: value of tariffs cut on goods of 100 billion dollars"""
    us_lobby: float = 0.1
    """rise of the weight of commerce with lobbying, per 10 million dollars"""
    lead_wanted: float = 0.6
    """lead at which Washington gives security its plain weight, more below (log10)"""
    us_urgency: float = 3.0
    """power with which a lead short of what is wanted raises the weight of security"""
    cn_capability: float = 0.5
    """Beijing: weight of its lag in capability, taken off"""
    cn_compute: float = 0.3
    """Beijing: weight of its compute over that of the US, log10"""
    cn_shortage: float = 1.0
    """Beijing: weight of scarcity, taken off"""
    cn_urgency: float = 2.0
    """power with which scarcity raises the weight of itself, of compute and of the lag"""
    scarcity_borne: float = 0.5
    """scarcity at which Beijing gives these their plain weight, more above"""
    cn_self: float = 0.4
    """Beijing: weight of self-sufficiency"""
    cn_leverage: float = 0.06
    """Beijing: value of holding back all materials"""
    cn_reciprocity: float = 0.06
    """the same, for each step by which Washington tightened in the last year"""
    cn_exports: float = 0.04
    """Beijing: cost of sales lost with materials held back"""
    cn_ip: float = 0.015
    """Beijing: cost of all commitments asked for"""
    cn_tariff: float = 0.15
    """Beijing: weight of the fentanyl tariff, taken off"""
    cn_swap: float = 0.03
    """Beijing: value of tariffs cut on goods of 100 billion dollars"""

class Governments(Group):
    """How governments that react review the law and bargain."""

    us_review_months: int = 6
    """months between Washington's reviews (month)"""
    cn_review_months: int = 3
    """months between Beijing's reviews (month)"""
    summit_months: int = 6
    """months between summits: Busan in October 2025, then May and September 2026 (month)"""
    notice_months: int = 1
    """months from the announcement of an act to its effect (month)"""
    hold_months: int = 12
    """months for which a government stands by its last act (month)"""
    inertia: float = 0.01
    """gain in its objective that a government wants before it moves"""
    error: float = 0.018
    """spread of the chance error with which a government sees its objective, logistic"""
    reserve: float = 0.004
    """gain in its objective that a government wants before it signs, were agreements sure to be kept"""
    trust: float = 0.5
    """share of summits expected to end in an agreement that is kept before any is on record"""
    trust_weight: float = 2.0
    """summits that this expectation counts for against those remembered (summit)"""
    memory_months: float = 24.0
    """months over which summits and breaches fade from memory (month)"""
    breach: float = 0.03
    """further gain wanted just after the other side left a deal"""
    home: float = 0.015
    """cost at home of conceding all that is asked on one issue, rising with the square of all that is conceded"""
    security_home: float = 2.25
    """how much heavier conceding on HBM and chips weighs in Washington than conceding on the tariff"""
    linkage: float = 0.03
    """cost at home of conceding a whole issue more than the other side, rising with the square"""
    us_red_hbm: float = 0.05
    """share of world HBM output beyond which Washington never concedes"""
    us_red_chips: float = 100000.0
    """licensed chips beyond which Washington never concedes; the default leaves out full Blackwell (H100e/month)"""
    cn_red_ip: float = 0.5
    """commitments on intellectual property beyond which Beijing never goes"""
    cn_red_materials: float = 0.1
    """severity of controls on materials below which Beijing never goes; the default keeps licences"""
    deal_months: int = 24
    """months for which a deal is made (month)"""
    us_power: float = 0.5
    """weight of Washington's gain in the bargain, Beijing's the rest"""
    answer_months: int = 12
    """months for which a step of the other side is answered (month)"""

class Parameters(Groups):
    """All groups."""

    population: Population = ...
    demand: Demand = ...
    budget: Budget = ...
    startups: Startups = ...
    expectation: Expectation = ...
    trade: Trade = ...
    vendors: Vendors = ...
    hbm: Hbm = ...
    domestic: Domestic = ...
    licensing: Licensing = ...
    china: China = ...
    compute: Compute = ...
    innovation: Innovation = ...
    grey: Grey = ...
    gaming: Gaming = ...
    offshore: Offshore = ...
    objectives: Objectives = ...
    governments: Governments = ...
