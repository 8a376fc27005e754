"""The model beside the record: sums over published windows, in the same unit."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from abm.facts import catalog
from abm.figures import record, theme
from abm.foundation.errors import InputError
from tests.figures import synthetic


@dataclass
class Figure:
    start: date | None
    end: date | None
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "usd_bn"
    source: tuple[str, ...] = ("filing",)


NAME = "vendor_china_revenue[Nvidia]"
QUARTERS = [
    Figure(date(2022, 2, 1), date(2022, 4, 30), 3.0, 2.5, 3.5),
    Figure(date(2022, 5, 1), date(2022, 7, 31), 4.0),
]


def plain(runs: int = 1):  # type: ignore[no-untyped-def]
    ensemble = synthetic.plain(np.arange(1.0, 13.0)[None] * 1e9 * np.ones((runs, 1)), "history", name=NAME)
    ensemble.units[NAME] = "USD/month"
    return ensemble[NAME]


@pytest.mark.parametrize("width", ["column", "page"])
def test_a_flow_is_summed_over_each_window(width: theme.Width) -> None:
    chart = record.against(plain(), QUARTERS, width=width)
    assert chart.data["history"].tolist() == [2 + 3 + 4, 5 + 6 + 7]
    assert chart.data["published"].tolist() == [3.0, 4.0]
    assert chart.data["published low"].tolist()[0] == 2.5
    assert chart.texts[1].get_text() == "Billion USD a quarter"


def test_a_part_of_a_month_counts_by_its_days() -> None:
    chart = record.against(plain(), [Figure(date(2022, 4, 16), date(2022, 5, 31), 1.0)])
    assert chart.data["history"].tolist() == pytest.approx([4 * 15 / 30 + 5])


def test_a_share_is_its_mean_over_the_window() -> None:
    ensemble = synthetic.plain([[0.1, 0.2, 0.3, 0.9]], "history", name="domestic_share_value")
    published = [Figure(date(2022, 1, 1), date(2022, 3, 31), 20.0, unit="percent")]
    chart = record.against(ensemble["domestic_share_value"], published)
    days = np.array([31, 28, 31])
    assert chart.data["history"].tolist() == pytest.approx([100 * (0.1 * 1 + 0.2 * 1 + 0.3 * 1) / 3], rel=0.01)
    assert days.sum() == 90
    assert chart.data["published"].tolist() == pytest.approx([20.0])


def test_figures_outside_the_run_or_without_dates_are_left_out() -> None:
    others = [
        Figure(date(2021, 11, 1), date(2022, 1, 31), 1.0),
        Figure(date(2022, 11, 1), date(2023, 1, 31), 1.0),
        Figure(None, date(2022, 6, 30), 1.0),
        Figure(date(2022, 6, 1), date(2022, 6, 30), None),
    ]
    assert len(record.against(plain(), QUARTERS + others).data) == 2


def test_units_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="'usd_bnn' cannot be set beside"):
        record.against(plain(), [Figure(date(2022, 2, 1), date(2022, 4, 30), 1.0, unit="usd_bnn")])
    with pytest.raises(InputError, match="of another kind"):
        record.against(plain(), [Figure(date(2022, 2, 1), date(2022, 4, 30), 1.0, unit="cards")])


def test_nothing_published_gives_a_figure_that_says_so() -> None:
    for published in ([], [Figure(date(1999, 1, 1), date(1999, 3, 31), 1.0)]):
        chart = record.against(plain(), published)
        assert theme.render(chart, "png")
        assert any("no published figure" in text.get_text() for text in chart.axes[0].texts)


def test_the_footer_names_sources_and_runs() -> None:
    text = " ".join(one.get_text() for one in record.against(plain(12), QUARTERS).texts)
    assert "Published: filing." in text
    assert "middle half" in text
    assert "n\u00a0=\u00a012 runs" in text


def test_nvidias_filings_can_be_set_beside_a_run() -> None:
    ensemble = synthetic.ensemble(12, ["history"])
    series = catalog.series("nvidia_china_revenue_billing")
    chart = record.against(ensemble[NAME], series)
    assert len(chart.data) >= 12
    assert chart.data["start"].iloc[0] == "2022-02-01"
    model = ensemble[NAME].values[:, 1:4].sum(axis=1) / 1e9
    assert chart.data["history"].iloc[0] == pytest.approx(np.median(model))
