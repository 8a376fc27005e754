"""Parameters of the ways around a licence: grey cards, gaming cards, compute rented abroad.

Declared like those of `parameters.py`, of which they are groups.
"""

from typing import Literal

from abm.foundation.declaration import Group, choice, number


class Grey(Group):
    """Cards that law denies and brokers bring."""

    brokers: int = number(30, "broker", (0, 10_000), "brokers in all third countries, at work or not", grade="assumed")
    capacity: float = number(1400, "card/month", (0, 1e6), "what brokers can ship at the start of 2021", (700, 3500))
    tail: float = number(
        0.7,
        "1",
        (0.3, 5.0),
        "Pareto exponent of the size of brokers; smaller is more unequal",
        (0.5, 1.2),
        source="basis-note",
    )
    growth: float = number(
        0.24, "1/month", (0, 2), "largest growth of a broker's capacity in a month, in logarithms", (0.1, 0.4)
    )
    cost: float = number(
        -0.085, "1", (-0.5, 2), "what a card costs a broker landed, over US list, less 1; evaded import tax taken off",
        (-0.13, 0.1),
    )  # fmt: skip
    overhead: float = number(
        0.01, "1", (0, 1), "what keeping the trade open costs a broker, over the list price of what it could ship",
        (0, 0.03), source="basis-note",
    )  # fmt: skip
    cost_spread: float = number(
        0.2, "1", (0, 2), "width of the band in which brokers' costs lie", (0.05, 0.4), source="basis-note"
    )
    detect: float = number(
        0.0013, "1/month", (0, 1), "detection rate of a shipment of one unit at unit exposure", (0.0003, 0.004),
        source="basis-note",
    )  # fmt: skip
    prosecution: float = number(
        0.15, "1", (0, 10), "rise of the detection rate with each large prosecution made public", (0, 0.5),
        source="basis-note",
    )  # fmt: skip
    inspection: float = number(
        0.5, "1", (0, 20), "rise of the detection rate where Chinese customs inspects all cargo", (0, 2),
        source="basis-note",
    )  # fmt: skip
    leak: float = number(
        0.2, "1", (0, 1), "largest share of third countries' purchases of a denied chip that leaks", (0.08, 0.4),
        source="basis-note",
    )  # fmt: skip
    outside: float = number(
        0.8, "1", (0, 1), "part of that source left when re-exports and transfers are denied by name", (0.5, 1),
        source="basis-note",
    )  # fmt: skip
    worldwide: float = number(
        0.5, "1", (0, 1), "part of that source left under a licence duty towards the whole world", (0.2, 0.9),
        source="basis-note",
    )  # fmt: skip
    smoothing: float = number(
        0.3, "1/month", (0.01, 1), "weight of the latest premium in what brokers expect", (0.15, 0.6),
        source="basis-note",
    )  # fmt: skip
    caught_months: int = number(
        6, "month", (0, 120), "months for which a broker lies low after a seizure", (3, 18), source="basis-note"
    )
    least: float = number(
        0.1, "1", (0, 1), "capacity over that at entry below which a broker leaves", (0.05, 0.3), source="basis-note"
    )
    entry: float = number(
        0.1, "1/month", (0, 1), "largest chance a month that a broker who is out comes in", (0.03, 0.3),
        source="basis-note",
    )  # fmt: skip
    mechanism: Literal["call_auction", "pro_rata", "priority"] = choice(
        "call_auction",
        "how grey and converted gaming cards change hands: a call auction, or posted prices that answer excess demand",
    )
    release: float = number(0.7, "1", (0.01, 1), "share of their stock that dealers mean to sell in a month", (0.5, 1))
    step: float = number(0.5, "1", (0.01, 1), "part of the way to the auction's price that a price moves", (0.3, 0.8))
    floor: float = number(-0.15, "1", (-0.9, 0), "lowest premium at which dealers sell", (-0.3, -0.05))
    bias: float = number(
        -2.0, "1", (-10, 10), "utility of the grey nest for a lab of mean size", (-3, -1), source="basis-note"
    )
    size_effect: float = number(
        1.2, "1", (0, 10), "fall of that utility with ten times the size of a lab", (0.6, 1.8), source="basis-note"
    )


class Gaming(Group):
    """Gaming cards turned into cards for servers."""

    cards_scale: float = number(1, "1", (0, 100), "multiplies the dated inflow of gaming cards", (0.5, 2))
    elasticity: float = number(0.77, "1", (0, 5), "price elasticity of gamers' demand, sign turned", (0.4, 1.2))
    takeover_months: float = number(
        24, "month", (1, 120), "months in which gamers turn to the newest card", (12, 36), source="basis-note"
    )
    rush: float = number(
        1.0, "1", (0, 20), "extra demand for a card whose end is announced", (0, 3), source="basis-note"
    )
    speed: float = number(
        0.5,
        "1/month",
        (0, 3),
        "largest move of a shop price in a month, in logarithms",
        (0.3, 1),
        source="basis-note",
    )
    trickle: float = number(
        0.1, "1", (0, 1), "cards that still come once barred, over the tier, at list price", (0.02, 0.3),
        source="basis-note",
    )  # fmt: skip
    workshops: int = number(12, "workshop", (0, 10_000), "workshops", grade="assumed")
    capacity: float = number(
        1500, "card/month", (0, 1e6), "cards all workshops can take in at first", (500, 4000), source="basis-note"
    )
    growth: float = number(
        0.2, "1/month", (0, 2), "largest growth of a workshop's capacity in a month, in logarithms", (0.1, 0.5),
        source="basis-note",
    )  # fmt: skip
    least: float = number(0.3, "1", (0, 1), "smallest capacity over that at the start", (0.1, 0.6), source="basis-note")
    good: float = number(
        0.92, "1", (0.05, 1), "share of cards that come out of conversion whole", (0.85, 0.98), source="basis-note"
    )
    conversion: float = number(
        0.12, "1", (0, 5), "cost of conversion over the list price of a card", (0.05, 0.3), source="basis-note"
    )
    stock_months: float = number(
        2, "month", (0, 36), "unsold cards, in months of capacity, that a workshop keeps at most", (1, 4),
        source="basis-note",
    )  # fmt: skip
    smoothing: float = number(
        0.5, "1/month", (0.01, 1), "weight of the latest margin in what workshops expect", (0.2, 0.8),
        source="basis-note",
    )  # fmt: skip
    host: float = number(
        2000, "USD/card", (0, 50_000), "server, network and power cost of a converted card", (1500, 4000)
    )
    bias: float = number(
        -3.5, "1", (-10, 10), "utility of the gaming nest for a lab of mean size", (-4.5, -2.5), source="basis-note"
    )
    size_effect: float = number(
        1.2,
        "1",
        (0, 10),
        "fall of that utility with ten times the size of a lab, gaming cards",
        (0.5, 2),
        source="basis-note",
    )
    reach: float = number(
        20_000, "H100e", (1, 1e9), "training run in which a card with the memory and links of an H100 is half used",
        (5_000, 80_000), source="basis-note",
    )  # fmt: skip


class Offshore(Group):
    """Compute rented abroad."""

    share: float = number(
        0.03, "1", (0, 1), "share of the rest of the world's fleet let to Chinese firms", (0.01, 0.12)
    )
    own: float = number(
        0.01, "1", (0, 1), "share of it in centres of their own subsidiaries while that way is open", (0, 0.04),
        source="basis-note",
    )  # fmt: skip
    left: float = number(
        0.5, "1", (0, 1), "part of that way left by a duty that follows the headquarters, and by denial of transfers",
        (0.2, 0.9), source="basis-note",
    )  # fmt: skip
    worldwide: float = number(
        0.6, "1", (0, 1), "part of hosts' capacity left under a licence duty towards the whole world", (0.3, 0.9),
        source="basis-note",
    )  # fmt: skip
    months: int = number(12, "month", (1, 60), "term of a contract", (6, 36))
    amortised: float = number(36, "month", (6, 120), "months in which a host writes a card off", (30, 60))
    markup: float = number(1.35, "1", (0.1, 10), "rent over cost at usual demand", (1.1, 1.8))
    speed: float = number(0.3, "1/month", (0, 3), "largest move of the rent in a month, in logarithms", (0.1, 0.6))
    rent_low: float = number(
        0.5, "1", (0.05, 1), "lowest rent over cost and usual markup", (0.4, 0.8), source="basis-note"
    )
    rent_high: float = number(2.5, "1", (1, 10), "highest rent over the same", (1.5, 3), source="basis-note")
    bias: float = number(
        -2.4, "1", (-10, 10), "utility of the offshore nest for private labs", (-3.4, -1.4), source="basis-note"
    )
    state_effect: float = number(1.5, "1", (0, 10), "how much less state buyers like it", (0, 3), source="basis-note")
