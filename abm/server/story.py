"""The story of an agent, a channel or a stock: a sentence, what it consists of, how it came about, and what it did."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.agents.governments import GOVERNMENTS
from abm.agents.labs import KINDS
from abm.agents.products import CHANNELS
from abm.figures import theme
from abm.foundation import dates
from abm.month import governing
from abm.results import wording
from abm.rules.production import INPUTS
from abm.server import inspector, words
from abm.server.charts import Line
from abm.server.live import LANDMARKS, LiveMarket, Marker
from abm.server.picture import lab_groups, say

if TYPE_CHECKING:
    from abm.law.acts import Act

Floats = NDArray[np.float64]

MOST_DECISIONS = 5
WORTH_SAYING = 0.03
"""Share below which a part is not named."""
LAB_KINDS = {"hyperscaler": "a hyperscaler", "startup": "a start-up", "state": "a state or telecom buyer"}
INPUT_WORDS = theme.palette("input", "words")
MONEY, COMPUTE, STACKS = "USD", "H100e", "stack"


@dataclass(frozen=True)
class Plot:
    """A small chart of a story: title, unit, and lines or areas over the months of the diary."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    stack: bool = False


@dataclass(frozen=True)
class Story:
    """What a page tells.

    parts      what it consists of: name, amount, colour; `of` says of what
    plots      how it came about
    acts       the acts that name it, and the landmarks, in its charts
    decisions  what it did last, the latest first: month, and words
    """

    name: str
    sentence: str
    of: str = ""
    parts: tuple[tuple[str, float, str], ...] = ()
    plots: tuple[Plot, ...] = ()
    acts: tuple[Marker, ...] = ()
    decisions: tuple[tuple[str, str], ...] = ()


def story(m: LiveMarket, key: str) -> Story | None:
    """The story behind a node of the picture or an agent of the list; None where there is none."""
    table, _, name = key.partition("/")
    if not m.diary.entries:
        return None
    tellers: dict[str, Callable[[LiveMarket, str], Story | None]] = {
        "labs": _lab, "vendors": _vendor, "makers": _maker, "channel": _channel, "store": _store,
        "frontier": _leader, "world": _world, "governments": _government,
    }  # fmt: skip
    return tellers[table](m, name) if table in tellers else None


# --- labs ---


def _lab(m: LiveMarket, name: str) -> Story | None:
    """A lab, or a group of labs that the picture draws as one."""
    groups = lab_groups(m.labs)
    rows = groups.get(name, np.array([m.labs.index[name]]) if name in m.labs.index else None)
    if rows is None:
        return None
    held = m.diary.series("held")[:, rows].sum(axis=1)
    cash = m.diary.series("cash")[:, rows].sum(axis=1)
    plots = (
        Plot("AI compute in use", COMPUTE, tuple(_channel_lines(held)), stack=True),
        Plot("Money saved, below zero owed", MONEY, (Line("Money", cash, theme.INK),)),
    )
    sentence = f"{name}{_what(m, rows)}, has {_amount(held[-1].sum(), 'H100e')} of AI compute{_shares(held[-1])}."
    sentence += _troubles(m, rows)
    decisions = _purchases(m, rows) if len(rows) == 1 else ()
    return Story(name, sentence, "its compute, H100e", _parts(held[-1]), plots, _acts(m, {name}), decisions)


def _what(m: LiveMarket, rows: NDArray[np.int64]) -> str:
    return f", {LAB_KINDS[KINDS[int(m.labs.kind[rows[0]])]]}" if len(rows) == 1 else ""


def _shares(held: Floats) -> str:
    """How compute came: ', 51 % licensed and 12 % rented abroad'."""
    ways = {"licensed": "licensed", "domestic": "from Chinese vendors", "grey": "grey", "gaming": "gaming cards",
            "offshore": "rented abroad", "legacy": "older than 2022"}  # fmt: skip
    total = held.sum()
    found = [f"{one / total:.0%} {ways[name]}".replace("%", " %") for name, one in zip(CHANNELS, held, strict=True)
             if total and one / total >= WORTH_SAYING]  # fmt: skip
    return f": {_joined(found)}" if found else ""


def _troubles(m: LiveMarket, rows: NDArray[np.int64]) -> str:
    """Runs shelved, licences waited for, and the Entity List."""
    found = []
    shelved, waiting = m.labs.shelved[rows].sum(), m.labs.pending[rows].sum()
    if shelved >= 1:
        found.append(f"shelved {wording.count(round(shelved), 'planned run')} so far for want of compute")
    if waiting >= 1:
        found.append(f"waits for licences for {say(waiting)} cards")
    if len(rows) == 1 and m.labs.listed[rows[0]]:
        found.append("is on the Entity List")
    start = "It" if len(rows) == 1 else "Together they"
    if len(rows) > 1:
        found = [one for one in found if not one.startswith("is ")]
        found = [one.replace("waits", "wait") for one in found]
    return f" {start} {_joined(found)}." if found else ""


def _purchases(m: LiveMarket, rows: NDArray[np.int64]) -> tuple[tuple[str, str], ...]:
    """What a lab bought most of in its last months, and the runs it shelved."""
    row, found, before = int(rows[0]), [], 0.0
    for one in m.diary.entries:
        done = []
        if one.units[row] >= 1:
            sku, channel = m.axis.skus[one.most[row]], m.axis.channels[one.most[row]]
            done.append(_bought(sku, channel, float(one.units[row])))
        if one.shelved[row] > before:
            done.append("shelved a planned run")
        before = float(one.shelved[row])
        if done:
            found.append((wording.month(one.month), "; ".join(done)))
    return tuple(reversed(found[-MOST_DECISIONS:]))


def _bought(sku: str, channel: str, units: float) -> str:
    if channel == "offshore":
        return f"rented {say(units)} H100e abroad"
    return f"bought {say(units)} {sku} ({wording.inline(channel)})"


# --- suppliers ---


def _vendor(m: LiveMarket, name: str) -> Story | None:
    if name not in m.vendors.index:
        return None
    row = m.vendors.index[name]
    sold, abroad = m.diary.series("sold")[:, row], m.diary.series("abroad")[:, row]
    stacks, use = m.diary.series("stacks")[:, row], float(m.vendors.use[row])
    home = bool(m.vendors.domestic[row])
    sentence = (
        f"{name}, {'a Chinese' if home else 'a foreign'} chip vendor, sold {_amount(sold[-1].sum(), 'H100e')} in "
    )
    sentence += f"China in {wording.month(m.date)}" + (
        "." if home else f" and {_amount(abroad[-1], 'H100e')} elsewhere."
    )
    plots = [Plot("Sold in China a month", COMPUTE, tuple(_channel_lines(sold)), stack=True)]
    if home:
        limits = np.asarray(m.vendors.limits[row], dtype=float)
        if np.isfinite(limits).any() and limits.min() >= 0:
            sentence += f" What limits its output: {_limit(limits)}."
        sentence += f" It holds {_amount(stacks[-1], 'HBM stacks')}" + _lasting(stacks[-1], use) + "."
        plots.append(Plot("HBM stacks held", STACKS, (Line("Stacks", stacks, theme.colour(name)),)))
    else:
        plots.append(Plot("Sold elsewhere a month", COMPUTE, (Line("Elsewhere", abroad, theme.colour(name)),)))
    skus = {chip.sku for chip in m.chips.values() if chip.vendor == name}
    parts = _parts(sold[-1])
    return Story(name, sentence, "its sales in China this month, H100e", parts, tuple(plots), _acts(m, {name} | skus),
                 _releases(m, name))  # fmt: skip


def _limit(limits: Floats) -> str:
    words = INPUT_WORDS[INPUTS[int(np.argmin(limits))]]
    return words if words.isupper() else words.lower()


def _releases(m: LiveMarket, name: str) -> tuple[tuple[str, str], ...]:
    """The chips that a vendor released by now, the latest first."""
    row, found = m.vendors.index[name], {}
    for place, sku in enumerate(m.axis.skus):
        month = float(m.products.released[place])
        if m.products.vendor[place] == row and np.isfinite(month) and dates.REPORT_FROM <= month <= m.t:
            found[sku] = int(month)
    late = sorted(found.items(), key=lambda one: -one[1])[:MOST_DECISIONS]
    return tuple((wording.month(dates.label(month)), f"released the {sku}") for sku, month in late)


def _maker(m: LiveMarket, name: str) -> Story | None:
    if name not in m.makers.index:
        return None
    row = m.makers.index[name]
    made, delivered = m.diary.series("made")[:, row], m.diary.series("delivered")[:, row]
    share = delivered[-1] / made[-1] if made[-1] else 0.0
    kind = "China's maker of HBM" if m.makers.domestic[row] else "a foreign maker of HBM"
    sentence = f"{name}, {kind}, made {_amount(made[-1], 'stacks')} in {wording.month(m.date)}; "
    sentence += f"{_amount(delivered[-1], 'stacks')} went to Chinese vendors" + (
        f", {_percent(share)}." if share else "."
    )
    tone = theme.colour(name)
    plots = (
        Plot("Stacks made a month", STACKS, (Line("Made", made, tone),)),
        Plot("Delivered to Chinese vendors a month", STACKS, (Line("Delivered", delivered, tone),)),
    )
    return Story(name, sentence, plots=plots, acts=_acts(m, {name}))


def _store(m: LiveMarket, _: str) -> Story:
    stacks = m.diary.series("stacks")
    names, now = m.vendors.names, stacks[-1]
    parts = tuple((name, float(one), theme.colour(name)) for name, one in zip(names, now, strict=True) if one >= 1)
    lines = [Line(name, stacks[:, row], theme.colour(name)) for row, name in enumerate(names) if stacks[:, row].any()]
    largest = max(parts, key=lambda one: one[1], default=None)
    sentence = f"Chinese vendors hold {_amount(now.sum(), 'HBM stacks')}" + _lasting(now.sum(), m.vendors.use.sum())
    sentence += f"; {largest[0]} holds {_percent(largest[1] / now.sum())}." if largest else "."
    plots = (Plot("HBM stacks held", STACKS, tuple(lines), stack=True),)
    return Story("HBM stock", sentence, "stacks, by vendor", parts, plots, _acts(m, set()))


def _lasting(stock: float, use: float) -> str:
    return f", enough for {wording.number(stock / use)} months" if use > 1 and stock > 0 else ""


# --- ways, and others ---


def _channel(m: LiveMarket, name: str) -> Story | None:
    if name not in CHANNELS:
        return None
    place = CHANNELS.index(name)
    held, sold = m.diary.series("held")[:, :, place], m.diary.series("sold")[:, :, place]
    total, said = m.diary.entries[-1].held.sum(), wording.say(name)
    share = held[-1].sum() / total if total else 0.0
    sentence = f"{words.TERMS.get(said, said)} {_amount(held[-1].sum(), 'H100e')} in Chinese use came this way, "
    sentence += f"{_percent(share)} of all; {_amount(sold[-1].sum(), 'H100e')} of it in {wording.month(m.date)}."
    parts = [(who, float(held[-1, rows].sum())) for who, rows in lab_groups(m.labs).items()]
    known = [who for who, _ in parts]
    shown = [(who, amount, theme.colour(who, known)) for who, amount in parts if amount >= 1]
    tone = theme.colour(name)
    plots = (
        Plot("In Chinese use", COMPUTE, (Line(said, held.sum(axis=1), tone),)),
        Plot("Bought or rented a month", COMPUTE, (Line(said, sold.sum(axis=1), tone),)),
    )
    return Story(said, sentence, "who has it, H100e", tuple(shown), plots, _acts(m, set()))


def _leader(m: LiveMarket, name: str) -> Story | None:
    if name not in m.frontier.index:
        return None
    fleet = m.diary.series("leaders")[:, m.frontier.index[name]]
    share = fleet[-1] / m.diary.entries[-1].leaders.sum()
    sentence = f"{name}, a US frontier lab with its cloud, has {_amount(fleet[-1], 'H100e')} of AI compute, "
    sentence += f"{_percent(share)} of the leaders' together."
    plots = (Plot("AI compute", COMPUTE, (Line(name, fleet, theme.INK),)),)
    return Story(name, sentence, plots=plots, acts=_acts(m, set()))


def _world(m: LiveMarket, _: str) -> Story:
    sentence = f"Everyone else outside China has {_amount(float(m.world.fleet.sum()), 'H100e')} of AI compute; "
    return Story("Rest of the world", f"{sentence}part of it is let to Chinese firms, the way called offshore.")


def _government(m: LiveMarket, name: str) -> Story | None:
    if name not in GOVERNMENTS:
        return None
    said = inspector.NAMES[name]
    own = [act for act in m.regime.acts if act.by in (name, "both") and act.effective is not None]
    begun = sorted((act for act in own if dates.month_of(_day(act)) <= m.t), key=_day, reverse=True)
    reacts = governing.reacts(m, name)
    sentence = (
        f"{said} {'reviews the law, reacts and bargains' if reacts else 'does what the acts of the regime say'}; "
    )
    sentence += f"{wording.count(len(begun), 'act')} of it took effect by {wording.month(m.date)}."
    decisions = [(wording.month(f"{_day(act):%Y-%m}"), act.title) for act in begun[:MOST_DECISIONS]]
    return Story(said, sentence, decisions=tuple(decisions))


def _day(act: "Act"):  # type: ignore[no-untyped-def]
    assert act.effective is not None
    return act.effective


# --- words and parts ---


def _acts(m: LiveMarket, names: set[str]) -> tuple[Marker, ...]:
    """The acts that name one of these, and the landmarks, by the month at hand."""
    found: dict[str, list[Act]] = {}
    for act in m.regime.acts:
        named = any(one.scope in names for one in act.sets)
        if (named or act.name in LANDMARKS) and act.effective and act.name in m.regime.spans:
            month = dates.month_of(act.effective)
            if dates.REPORT_FROM <= month <= m.t:
                found.setdefault(dates.label(month), []).append(act)
    return tuple(Marker(month, tuple(acts)) for month, acts in sorted(found.items()))


def _channel_lines(held: Floats) -> Iterable[Line]:
    """A line for each channel that is ever used."""
    for place, name in enumerate(CHANNELS):
        if held[:, place].any():
            yield Line(wording.say(name), held[:, place], theme.colour(name))


def _parts(held: Floats) -> tuple[tuple[str, float, str], ...]:
    """Compute by channel: name, amount, colour."""
    each = zip(CHANNELS, held, strict=True)
    return tuple((wording.say(name), float(one), theme.colour(name)) for name, one in each if one >= 1)


def _amount(value: float, noun: str) -> str:
    return f"{say(value)} {noun}" if value >= 1 else f"no {noun}"


def _percent(share: float) -> str:
    return f"{wording.number(100 * share, decimals=0 if share >= 0.1 else 1)} %"


def _joined(found: Sequence[str]) -> str:
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
