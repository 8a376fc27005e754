"""What outcomes rest on: total indices by grade of input, and the inputs whose values would be worth knowing."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from abm.figures import theme
from abm.figures.theme import Chart, Width
from abm.results import wording

type Shares = Mapping[str, tuple[pd.DataFrame, float]]

ROW = {"grades": 0.34, "facts": 0.21}  # height of a row, inches
TONES = {
    "measured": "#1f5fa8", "reported": "#0b8f6c", "estimate": "#e3a008", "derived": "#c46fa0", "assumed": "#802010",
}  # fmt: skip
"""The colour of a grade; anything else is grey."""
SPREAD = 0.66  # of a row that the grades of an outcome take


@theme.styled
def by_grade(
    parts: Mapping[str, Shares], grades: Sequence[str], title: str, subtitle: str, note: str, *, width: Width = "page"
) -> Chart:
    """A panel for differences and one for levels: by outcome a dot and an interval for each grade.

    parts  by panel and outcome: total and total_interval by grade, and the share of chance in single runs
    """
    rows = max((len(one) for one in parts.values()), default=1)
    words = "Dots: total indices, interactions included; lines: 95 % intervals; cross: chance in single runs."
    chart, axes = theme.page(title, subtitle, f"{words} {note}", ROW["grades"] * rows, list(parts), width=width)
    tones = {grade: TONES.get(grade, theme.SOFT) for grade in grades}
    theme.key(chart, [theme.swatch(grade, tone, "o") for grade, tone in tones.items()])
    tables = []
    for ax, (whose, shares) in zip(axes, parts.items(), strict=True):
        theme.heading(ax, whose)
        tables += [panel(ax, shares, tones).assign(of=whose)]
    chart.data = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return chart


def finding(parts: Mapping[str, Shares], grades: Sequence[str]) -> str:
    """What the first figure shows: the grade that accounts for the most variance of the most outcomes."""
    tables = [table["total"] for shares in parts.values() for table, _ in shares.values()]
    if not tables or not grades:
        return "No outcome varies"
    firsts = [str(total[list(grades)].idxmax()) for total in tables]
    grade = max(grades, key=firsts.count)
    many = f"all {len(firsts)}" if firsts.count(grade) == len(firsts) else f"{firsts.count(grade)} of {len(firsts)}"
    return f"{grade.capitalize()} inputs account for the most variance of {many} outcomes"


def next_fact(table: pd.DataFrame) -> str:
    """What the second figure shows: the input that would be worth knowing most, and how well it is known."""
    if table.empty:
        return "No fact would narrow any outcome"
    name, row = str(table.index[0]), table.iloc[0]
    return f"Most worth finding: {wording.inside(name)} ({row['grade']}), {row['share']:.0%} of the variance on average"


def panel(ax: Axes, shares: Shares, tones: Mapping[str, str]) -> pd.DataFrame:
    """A row an outcome; returns what is plotted."""
    named(ax, list(shares))
    rows = []
    for place, (outcome, (table, chance)) in enumerate(shares.items()):
        for number, (grade, tone) in enumerate(tones.items()):
            y = place + SPREAD * ((number + 0.5) / len(tones) - 0.5)
            total, half = float(table["total"][grade]), float(table["total_interval"][grade])
            ax.plot([max(total - half, 0.0), total + half], [y, y], color=tone, lw=1.2, alpha=0.6)
            ax.plot(total, y, "o", color=tone, ms=3)
            rows.append({"outcome": outcome, "grade": grade, "total": total, "half": half, "chance": chance})
        ax.plot(chance, place, "x", color=theme.INK, ms=4, mew=0.9)
        if place:
            ax.axhline(place - 0.5, color=theme.FAINT, lw=0.6)
    ax.set_xlim(0, max(1.05, min(ax.get_xlim()[1], 2.0)))
    return pd.DataFrame(rows)


def named(ax: Axes, names: Sequence[str]) -> None:
    """A row a name, to the left."""
    ax.set_yticks(range(len(names)), list(names))
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)


@theme.styled
def facts(
    table: pd.DataFrame, grades: Sequence[str], title: str, subtitle: str, note: str, *, width: Width = "page"
) -> Chart:
    """A bar an input: the mean over outcomes of its share of the variance, and a line to the most of any outcome.

    table  share, most and grade by input in words, the first first
    """
    words = "Bars: mean over outcomes; lines: to the outcome with the most."
    chart, (ax,) = theme.page(title, subtitle, f"{words} {note}", ROW["facts"] * max(len(table), 1), width=width)
    theme.key(chart, [theme.swatch(one, TONES.get(one, theme.SOFT)) for one in grades if one in set(table["grade"])])
    theme.heading(ax, "Variance that knowing it would remove", "per cent of the variance of ranks")
    named(ax, [str(name) for name in table.index])
    for place, row in enumerate(table.to_dict("records")):
        tone = TONES.get(row["grade"], theme.SOFT)
        ax.barh(place, 100 * row["share"], 0.6, color=tone, lw=0)
        ax.plot([100 * row["share"], 100 * row["most"]], [place, place], color=tone, lw=1.0)
        ax.plot(100 * row["most"], place, "|", color=tone, ms=6)
    ax.set_xlim(left=0)
    chart.data = table.rename_axis("input").reset_index()
    return chart
