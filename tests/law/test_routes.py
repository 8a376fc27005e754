"""The law on the ways around a licence, month by month."""

from functools import cache

import numpy as np
import pytest

from abm.agents.products import gaming
from abm.foundation.dates import end_month, month_of, parse_day
from abm.law.acts import Act
from abm.law.levers import IMPORT_MODES, PLACES, POLICIES
from abm.law.regime import Regime, load_regime
from abm.law.routes import Routes, routes

SKUS = ("H100", "H20")
MONTHS = end_month("2027-12")
CARDS = gaming()


@cache
def made(regime: Regime) -> Routes:
    return routes(regime, SKUS, tuple(CARDS.values()), MONTHS)


def month(text: str) -> int:
    return month_of(parse_day(text))


def card(sku: str) -> int:
    return list(CARDS).index(sku)


HISTORY = load_regime("history")


def test_the_gaming_cards_are_those_of_the_catalogue() -> None:
    assert list(CARDS) == ["RTX 4090", "RTX 4090D", "RTX 5090", "RTX 5090D", "RTX 5090D V2"]


def test_the_4090_is_barred_with_the_rule_of_2023_and_its_cut_down_is_not() -> None:
    free = made(HISTORY).cards
    assert free[month("2023-10"), card("RTX 4090")] == 1.0
    assert free[month("2023-11"), card("RTX 4090")] == pytest.approx(16 / 30)
    assert free[month("2023-12"), card("RTX 4090")] == 0.0
    assert free[month("2024-06"), card("RTX 4090D")] == 1.0
    assert free[month("2025-03"), card("RTX 5090")] == 0.0


def test_the_letters_of_2025_bar_the_5090d_and_its_second_version_passes_them() -> None:
    free = made(HISTORY).cards
    assert free[month("2025-03"), card("RTX 5090D")] == 1.0
    assert free[month("2025-06"), card("RTX 5090D")] == 0.0
    assert free[month("2025-10"), card("RTX 5090D V2")] == 1.0
    mode = made(HISTORY).card_mode[:, card("RTX 5090D V2")]
    assert [IMPORT_MODES[mode[month(when)]] for when in ("2025-10", "2026-06")] == ["open", "block"]


def test_the_end_of_a_card_is_known_when_it_is_announced() -> None:
    known = made(HISTORY).card_end[:, card("RTX 4090")]
    assert not known[: month("2023-10")].any()
    assert known[month("2023-10")]
    assert known[month("2023-11")]
    assert not known[month("2023-12")]
    assert not made(load_regime("no_controls")).card_end.any()


def test_an_act_that_bars_nothing_more_announces_no_end() -> None:
    null = Act.of("null", announced="2023-03", effective="2023-11-17", sets={"licence.review_months": 1.5})
    ours, theirs = made(HISTORY), made(HISTORY | null)
    assert np.array_equal(ours.card_end, theirs.card_end)


def test_history_sets_what_its_acts_say() -> None:
    r = made(HISTORY)
    assert r.cases[month("2025-11")] == 0
    assert r.cases[month("2026-01")] == 1
    assert r.cases[month("2026-05")] == 2
    assert not r.inspected[month("2025-10")].any()
    assert r.inspected[month("2025-11")].all()
    assert r.buyers[month("2026-06")].tolist() == [1.0] * len(PLACES)
    assert r.buyers[month("2026-08"), PLACES.index("SG")] == 0.5
    assert r.buyers[month("2026-08"), PLACES.index("TH")] == 1.0
    assert not r.headquarters[month("2023-11")]
    assert r.headquarters[month("2023-12")]
    assert not r.outside[month("2026-01")]
    assert r.outside[month("2026-02")]
    assert r.closed[month("2026-06")]
    assert not r.worldwide.any()
    assert (r.budget == 1).all()
    assert POLICIES[r.cloud[month("2026-07")]] == "free"


@pytest.mark.parametrize(
    ("sets", "field", "value"),
    [
        ({"enforcement.budget": 3.0}, "budget", 3.0),
        ({"enforcement.prosecutions": 5}, "cases", 5.0),
        ({"scope.outside_policy": "deny"}, "outside", True),
        ({"scope.outside_policy": "case_by_case"}, "outside", False),
        ({"diffusion.worldwide": True}, "worldwide", True),
        ({"scope.hq": True}, "headquarters", True),
        ({"scope.subsidiaries_closed": True}, "closed", True),
        ({"cloud.policy": "deny"}, "cloud", POLICIES.index("deny")),
        ({"licence.approval": {"*": 0.3}}, "approval", 0.3),
    ],
)
def test_a_lever_is_read_on_the_first_day(sets: dict[str, object], field: str, value: object) -> None:
    act = Act.of("one", announced="2024-01-15", effective="2024-01-15", sets=sets)
    column = getattr(made(load_regime("no_controls") | act), field)
    before = getattr(made(load_regime("no_controls")), field)
    assert column[month("2024-01")] == before[month("2024-01")]
    assert column[month("2024-02")] == value
