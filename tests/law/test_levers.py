"""The table of levers, and the checks of values against it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.facts import catalog
from abm.foundation.errors import InputError
from abm.law import levers, rulings
from abm.law.law import Law
from abm.law.levers import LEVERS, faults
from abm.law.lines import lines
from abm.law.regime import load_regime
from abm.law.rulings import classify, classify_hbm

PHASES = (
    "law", "expect", "regulate", "make_hbm", "make_chips", "design", "budget", "apply", "trade", "divert", "repurpose",
    "rent", "deliver", "compute", "innovate", "close",
)  # fmt: skip


def test_levers_are_whole() -> None:
    for name, lever in LEVERS.items():
        assert lever.name == name
        assert lever.phase in PHASES, name
        assert lever.help, name
        assert (lever.type == "choice") == bool(lever.choices), name
        assert lever.by == ("CN" if name.startswith("cn.") else "both" if name == "tariff.swap_usd" else "US")
        if lever.default is not None:
            assert lever.fault(lever.default) is None, name
        if lever.type in ("float", "int"):
            assert lever.unit, name


def test_classification_reads_only_levers_of_the_phase_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a ruling reads decides when rulings may be shared: a lever read here must say that the law reads it."""
    read: set[str] = set()
    plain = Law.get

    def spy(self: Law, name: str, scope: str | None = None) -> object:
        read.add(name)
        return plain(self, name, scope)

    monkeypatch.setattr(Law, "get", spy)
    for remembered in (rulings._classify, rulings._classify_hbm, lines):
        remembered.cache_clear()
    for name in ("history", "hbm_relief", "no_controls"):
        for day in ("2023-01-01", "2024-01-01", "2025-01-01", "2026-03-01", "2026-12-01"):
            law = Law(load_regime(name).in_force(day))
            for chip in catalog.chips().values():
                assert classify(chip, law).passes_if
            for stack in catalog.memory().values():
                assert classify_hbm(stack, law).passes_if
    assert read
    assert {LEVERS[name].phase for name in read} == {"law"}
    assert {name for name, lever in LEVERS.items() if lever.phase == "law"} == read


@pytest.mark.parametrize(
    ("lever", "scope", "value", "words"),
    [
        ("band_a.tpp_mni", None, 1.0, "no lever named 'band_a.tpp_mni'; did you mean 'band_a.tpp_min'?"),
        ("band_a.tpp_min", None, "high", "band_a.tpp_min: 'high' is not a number"),
        ("band_a.tpp_min", None, True, "band_a.tpp_min: True is not a number"),
        ("band_a.tpp_min", None, None, "band_a.tpp_min: None is not a number"),
        ("band_a.tpp_min", None, float("nan"), "band_a.tpp_min: nan is not finite"),
        ("band_a.tpp_min", None, float("inf"), "band_a.tpp_min: inf is not finite"),
        ("band_a.tpp_min", None, 10**400, "is not finite"),
        ("band_a.tpp_min", None, -1.0, "band_a.tpp_min: -1.0 is outside 0 to inf TPP"),
        ("band_a.tpp_min", "H20", 1.0, "band_a.tpp_min[H20]: the lever has no scope"),
        ("hbm.quota_share", None, 1.5, "hbm.quota_share: 1.5 is outside 0 to 1"),
        ("quota.buyers", "H200", 1.5, "quota.buyers[H200]: 1.5 is not a whole number"),
        ("scope.hq", None, 1, "scope.hq: 1 is not true or false"),
        ("band_a.policy", None, "case_by_cas", "is not one of its choices; did you mean 'case_by_case'?"),
        ("fee.duty", None, 0.1, "fee.duty: the lever is set for each sku, or for '*'"),
        ("fee.duty", "H2000", 0.1, "fee.duty[H2000]: no sku named 'H2000'; did you mean 'H200'?"),
        ("entity.listed", "Hauwei", True, "entity.listed[Hauwei]: no vendor named 'Hauwei'; did you mean 'Huawei'?"),
        ("cn.domestic_share_min", "state", 0.5, "no buyer named 'state'; one of national_grid, state_datacentre"),
        ("cn.material", "galium", "ban", "no material named 'galium'; did you mean 'gallium'?"),
        ("enforcement.authorised_buyers", "ZZ", 0.5, "no place named 'ZZ'; one of "),
    ],
)  # fmt: skip
def test_wrong_settings_are_named_with_the_nearest_right_one(
    lever: str, scope: str | None, value: object, words: str
) -> None:
    (fault,) = [one for one in faults(lever, scope, value) if words in one]
    assert fault


def test_several_faults_of_one_setting_are_told_together() -> None:
    assert len(faults("fee.duty", "H2000", "much")) == 2


@pytest.mark.parametrize(
    ("lever", "text", "value"),
    [
        ("hbm.quota_share", "0.1", 0.1),
        ("quota.buyers", "10", 10),
        ("scope.hq", "True", True),
        ("scope.hq", "false", False),
        ("hbm.policy", "case_by_case", "case_by_case"),
    ],
)
def test_values_are_read_from_text(lever: str, text: str, value: object) -> None:
    assert LEVERS[lever].read(text) == value


@pytest.mark.parametrize(
    ("lever", "text"),
    [("hbm.quota_share", "a tenth"), ("hbm.quota_share", "nan"), ("quota.buyers", "1.5"), ("scope.hq", "1")],
)
def test_bad_text_is_refused(lever: str, text: str) -> None:
    with pytest.raises(InputError, match=f"law.{lever}"):
        LEVERS[lever].read(text)


@given(
    lever=st.one_of(st.sampled_from(sorted(LEVERS)), st.text()),
    scope=st.one_of(st.none(), st.just("*"), st.sampled_from(["H20", "Huawei", "gallium", "SG"]), st.text()),
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.dates()
    ),
)
def test_any_setting_is_judged_without_another_exception(lever: str, scope: str | None, value: object) -> None:
    found = faults(lever, scope, value)
    if not found:
        assert LEVERS[lever].fault(value) is None
        assert (scope is None) == (LEVERS[lever].scope is None)


def test_levers_make_a_table() -> None:
    rows = levers.rows()
    assert [row["name"] for row in rows] == list(LEVERS)
    assert all(len(row) == len(rows[0]) for row in rows)


def test_an_unknown_lever_is_refused() -> None:
    with pytest.raises(InputError, match=r"did you mean 'hbm\.policy'"):
        levers.lever("hbm.polcy")
