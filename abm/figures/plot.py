"""One verb for figures: `plot` draws what it is given, each kind of result in its own way."""

from functools import singledispatch
from typing import Any

from matplotlib.axes import Axes

from abm.figures import answer, plane, policy, time
from abm.figures.marks import acts_for
from abm.figures.theme import Chart
from abm.foundation.errors import InputError
from abm.law.regime import Regime
from abm.results.answer import Answer
from abm.results.comparison import Comparison, Difference
from abm.results.ensemble import Ensemble
from abm.results.series import Series
from abm.runs.run import Run


@singledispatch
def plot(thing: Any, /, *_: Any, **__: Any) -> Any:
    """The figure of a result; arguments after the first are those of the function that draws it.

    Series           over time: medians and bands (`time.fan`)
    Difference        over time: means of paired differences (`policy.over_time`)
    Answer            what one regime changes, in one figure (`answer.figure`)
    Comparison        every policy against the base in the last month (`policy.dots`)
    Ensemble, Run     a metric by name, with the acts of the law marked: `plot(ensemble, "china_compute")`
    Regime            the law of a day on the plane of chips: `plot(regime, "2024-01")` (`plane.plane`)

    An outcome or difference is drawn into `ax` when one is given, which is then returned.
    """
    kinds = ", ".join(kind.__name__ for kind in plot.registry if kind is not object)
    raise InputError(f"cannot plot a {type(thing).__name__}; can plot: {kinds}")


@plot.register
def _(thing: Series, /, *args: Any, ax: Axes | None = None, **options: Any) -> Chart | Axes:
    if ax is None:
        return time.fan(thing, *args, **options)
    time.draw(ax, thing, *args, **options)
    return ax


@plot.register
def _(thing: Difference, /, *args: Any, ax: Axes | None = None, **options: Any) -> Chart | Axes:
    if ax is None:
        return policy.over_time(thing, *args, **options)
    policy.draw_means(ax, thing, *args, **options)
    return ax


@plot.register
def _(thing: Answer, /, *args: Any, **options: Any) -> Chart:
    return answer.figure(thing, *args, **options)


@plot.register
def _(thing: Comparison, /, *args: Any, **options: Any) -> Chart:
    return policy.dots(thing, *args, **options)


@plot.register
def _(thing: Ensemble, metric: str, /, **options: Any) -> Chart:
    return time.fan(thing[metric], **{"acts": acts_for(thing)} | options)


@plot.register
def _(thing: Run, metric: str, /, **options: Any) -> Any:
    return plot(Ensemble([thing]), metric, **options)


@plot.register
def _(thing: Regime, days: Any, /, *args: Any, **options: Any) -> Chart:
    return plane.plane(thing, days, *args, **options)
