"""The lines through the plane of chips: comparisons, clauses, and the ways past them."""

import pytest

from abm.facts.records import Chip
from abm.law.lines import Comparison, Line, amount, cost, escapes, lines, measures, needed, worded
from abm.law.regime import load_regime

BLANK = dict.fromkeys(("tpp", "density", "bandwidth", "link", "sum", "stack"))


@pytest.mark.parametrize(
    ("sign", "value", "verdict"),
    [(">=", 4800.0, True), (">=", 4799.0, False), (">", 2.0, True), ("<", 4800.0, False), ("<", 4799.0, True)],
)
def test_comparisons(sign: str, value: float, verdict: bool) -> None:
    limit = 1.9 if sign == ">" else 4800.0
    one = Comparison("tpp", sign, limit)  # type: ignore[arg-type]
    assert one.holds(BLANK | {"tpp": value}) is verdict
    assert one.holds(BLANK) is None


def test_a_strict_line_leaves_out_its_edge() -> None:
    assert Comparison("stack", ">", 2.0).holds(BLANK | {"stack": 2.0}) is False


def test_a_clause_known_to_fail_is_not_unknown() -> None:
    line = Line("x", None, "deny", ((Comparison("tpp", ">=", 10), Comparison("density", ">=", 1)),))
    assert line.catches(BLANK | {"tpp": 5.0}) is False
    assert line.catches(BLANK | {"tpp": 15.0}) is None
    assert line.catches(BLANK | {"tpp": 15.0, "density": 1.0}) is True


def test_measures_of_a_chip() -> None:
    chip = Chip("x", fp8_tops=100.0, die_mm2=400.0, bandwidth_gb_s=1000.0, link_gb_s=64.0)
    assert measures(chip) == {"tpp": 800.0, "density": 2.0, "bandwidth": 1000.0, "link": 64.0, "sum": 1064.0}
    assert measures(Chip("y", bandwidth_gb_s=1000.0))["sum"] is None


def test_the_lines_of_each_vintage() -> None:
    history = load_regime("history")
    names = {day: tuple(lines(history.at(day))) for day in ("2022-10-01", "2022-11-01", "2024-01-01", "2025-05-01")}
    assert list(names.values()) == [(), ("oct2022",), ("band_a", "band_b"), ("band_a", "band_b", "letter")]


def test_ways_past_every_clause() -> None:
    first = Line("x", None, "deny", ((Comparison("tpp", ">=", 10.0), Comparison("link", ">=", 5.0)),))
    second = Line("y", None, "deny", ((Comparison("tpp", ">=", 4.0), Comparison("tpp", "<", 10.0)),))
    assert list(escapes((first, second))) == [{"tpp": 4.0}, {"link": 5.0, "tpp": 4.0}]


def test_tpp_and_density_share_one_cut() -> None:
    values = BLANK | {"tpp": 20.0, "density": 4.0, "bandwidth": 10.0}
    assert cost({"tpp": 10.0, "density": 2.0}, values) == pytest.approx(cost({"tpp": 10.0}, values))
    assert cost({"tpp": 10.0, "bandwidth": 5.0}, values) == pytest.approx(2 * cost({"tpp": 10.0}, values))
    assert cost({"tpp": 30.0}, values) == 0
    assert cost({"tpp": 0.0}, values) == float("inf")


def test_only_what_is_not_met_is_needed() -> None:
    values = BLANK | {"bandwidth": 1792.0, "link": 128.0, "sum": 1920.0}
    limits = {"bandwidth": 1400.0, "link": 1100.0, "sum": 1700.0, "tpp": 1600.0}
    assert needed(limits, values) == {"bandwidth": 1400.0}
    assert needed(limits, values | {"link": 900.0, "sum": 2692.0}) == {"bandwidth": 1400.0, "sum": 1700.0}
    assert needed({"sum": 1700.0}, values) == {"sum": 1700.0}


def test_words() -> None:
    assert worded({"sum": 1700.0, "tpp": 4800.0}) == "TPP below 4,800 and bandwidth + link below 1,700 GB/s"
    assert amount("tpp", 15832.0) == "15,832"
    assert amount("tpp", 1041.6) == "1,041.6"
    assert amount("density", 5.9) == "5.90"
    assert amount("link", None) == "unknown"
