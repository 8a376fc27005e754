"""Redesigns against the chips that vendors made, and against random chips that pass."""

from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.facts import catalog
from abm.facts.records import Chip
from abm.foundation.errors import InputError
from abm.law.acts import Act
from abm.law.fit import fit_to, limits
from abm.law.law import Law, law_of
from abm.law.levers import LINE, POLICIES
from abm.law.lines import measures
from abm.law.regime import load_regime
from abm.law.rulings import classify
from abm.rules.demand import chip_value
from abm.rules.redesign import Designer

CHIPS = dict(catalog.chips())
HISTORY = load_regime("history")
WORKSTATION = replace(CHIPS["RTX 5090"], sku="workstation", kind="workstation", memory_gb=96.0, price_usd=8000.0)


def designer(memory: float = 0.5, inference: float = 0.5, capacity: float = 0.25, link: float = 0.15) -> Designer:
    """A designer for buyers who weigh memory, serving, capacity and links so."""
    return Designer(
        partial(
            chip_value,
            memory_weight=memory,
            inference=inference,
            capacity_exponent=capacity,
            link_exponent=link,
        )
    )


DESIGNER = designer()
BUYERS = (DESIGNER, designer(0.35, 0.4, 0.1, 0.05), designer(0.7, 0.65, 0.4, 0.15), designer(0.45, 0.3, 0.4, 0.05))


def fitted(flagship: Chip, day: str, who: Designer = DESIGNER, accept: str = "exempt") -> Chip:
    """What is cut from a flagship under the law of a day in history."""
    found = fit_to(HISTORY.at(day), flagship, who, accept)
    assert found is not None
    return found


def law(**sets: Any) -> Law:
    """A law of one act, its levers written with two underscores for the dot."""
    named = {name.replace("__", "."): value for name, value in sets.items()}
    return law_of((Act.of("an-act", announced="2023-01-01", sets=named),))


def attributes(chip: Chip) -> dict[str, float | None]:
    """What is compared with real chips."""
    return measures(chip) | {"memory": chip.memory_gb, "stacks": chip.hbm_stacks, "power": chip.tdp_w}


# --- against the chips that were made ---

# Flagship, day, the real cut-down, and the largest relative error of each attribute; those not named must be equal.
type Row = tuple[Chip, str, str, dict[str, float]]
REAL: tuple[Row, ...] = (
    # The line asks for a link below 600 GB/s: eleven links of twelve, or of eighteen, pass. Both real chips have eight,
    # 400 GB/s, for reasons that the value of a single chip does not hold (how eight cards are wired to each other).
    (CHIPS["A100"], "2022-11-01", "A800", {"link": 0.375}),
    (CHIPS["H100"], "2023-03-01", "H800", {"link": 0.375}),
    # TPP 2,376 for 2,368; the sixth stack of the package at the speed of the other five.
    (CHIPS["H100"], "2023-12-01", "H20", {"tpp": 0.004, "density": 0.004, "bandwidth": 0.006, "power": 0.01}),
    # 4,752 for 4,707: cores are fused off in groups of 128.
    (CHIPS["RTX 4090"], "2023-12-01", "RTX 4090D", {"tpp": 0.01, "density": 0.01, "bandwidth": 0.002, "power": 0.01}),
    # The real card keeps the power limit of the flagship.
    (CHIPS["RTX 5090"], "2025-03-01", "RTX 5090D", {"tpp": 0.001, "density": 0.002, "power": 0.15}),
    # 28 GB at 1,398 GB/s for 24 GB at 1,344: the vendor took a plain bus of 384 bits at full speed.
    (
        CHIPS["RTX 5090"],
        "2025-08-01",
        "RTX 5090D V2",
        {"tpp": 0.001, "density": 0.002, "bandwidth": 0.041, "memory": 0.17, "power": 0.15},
    ),
    # The lowest speed and the margin of memory are taken from this card, so that bandwidth and memory test little. The
    # flagship has the power of a gaming card here, and the 420 W are those in use.
    (
        WORKSTATION,
        "2025-08-01",
        "RTX PRO 6000D",
        {"tpp": 0.001, "density": 0.002, "bandwidth": 0.001, "power": 0.18},
    ),
    # 1,584 for 1,544: cores are fused off in groups.
    (CHIPS["L4"], "2023-12-01", "L2", {"tpp": 0.03, "density": 0.03}),
)
IDS = [row[2] for row in REAL]


@pytest.mark.parametrize(("flagship", "day", "sku", "errors"), REAL, ids=IDS)
def test_redesigns_land_near_what_vendors_made(flagship: Chip, day: str, sku: str, errors: dict[str, float]) -> None:
    found, real = attributes(fitted(flagship, day)), attributes(CHIPS[sku])
    for name, value in real.items():
        if value is not None and name != "sum":
            assert found[name] == pytest.approx(value, rel=errors.get(name, 0)), name


@pytest.mark.parametrize("row", REAL[1:], ids=IDS[1:])
@pytest.mark.parametrize("who", BUYERS)
def test_where_they_land_does_not_hang_on_what_buyers_weigh(row: Row, who: Designer) -> None:
    assert attributes(fitted(row[0], row[1], who)) == attributes(fitted(row[0], row[1]))


def test_the_first_cut_down_does_hang_on_it() -> None:
    # Five per cent of compute is as good a way below the line of 2022 for an A100, and buyers who want memory above all
    # would have had half the compute with a sixth stack.
    assert fitted(CHIPS["A100"], "2022-11-01", BUYERS[2]).memory_gb == 96.0


def test_a_dear_link_would_have_been_kept_and_compute_cut() -> None:
    # Above an exponent of about 0.19, five per cent of compute is a cheaper cut than one link of twelve; above 0.04 it
    # is a cheaper cut than the four links that the A800 lost.
    for exponent, link in ((0.17, 550.0), (0.2, 600.0)):
        found = fitted(CHIPS["A100"], "2022-11-01", designer(0.47, 0.4, link=exponent))
        assert found.link_gb_s == link
        assert found.tpp == (4992.0 if link < 600 else 4752.0)


def test_names_play_no_part() -> None:
    other = replace(CHIPS["H100"], sku="x", vendor="", source=(), note="")
    found = fitted(other, "2023-12-01")
    assert attributes(found) == attributes(fitted(CHIPS["H100"], "2023-12-01"))
    assert found.sku == "x cut down"


def test_a_chip_of_the_band_of_review_is_sold_as_it_is() -> None:
    assert fitted(CHIPS["H200"], "2026-02-01", accept="case_by_case") is CHIPS["H200"]
    assert fitted(CHIPS["H200"], "2026-02-01").tpp == pytest.approx(2376)


def test_a_cut_blackwell_is_in_the_band_only_if_it_is_sold_at_home_too() -> None:
    band = HISTORY.at("2026-02-01")
    abroad = fit_to(band, CHIPS["B300"], DESIGNER, accept="case_by_case")
    home = fit_to(band, CHIPS["B300"], DESIGNER, accept="case_by_case", sold_in_us=True)
    assert abroad is not None
    assert home is not None
    assert abroad.bandwidth_gb_s is not None
    assert abroad.bandwidth_gb_s < 1400
    assert home.tpp == pytest.approx(20790)
    assert home.bandwidth_gb_s == pytest.approx(6500 * 0.9985)


def test_under_strict_licences_a_wider_chip_than_half_a_blackwell_passes() -> None:
    # Half a package is cheaper, but the line draws on numbers: seven stacks and 53 % of both dies pass too, and are
    # worth more than the half that was proposed, which itself passes.
    full, proposed = CHIPS["B300"], CHIPS["B30A"]
    rule = load_regime("limited_licensing").at("2026-12-01")
    found = fit_to(rule, full, DESIGNER, accept="case_by_case")
    assert found is not None
    assert (found.tpp, found.bandwidth_gb_s, found.hbm_stacks) == pytest.approx((31680, 6490.25, 7))
    assert worth(found, full) > 1.3 * worth(proposed, full)
    assert fit_to(rule, proposed, DESIGNER, accept="case_by_case") is proposed


# --- any law ---

ADDRESSED = {"letter__addressed": {"Nvidia": True}}


def test_without_lines_the_flagship_stays() -> None:
    for chip in CHIPS.values():
        assert fit_to(law(), chip, DESIGNER) is chip


def test_nothing_passes_a_line_at_zero() -> None:
    shut = law(letter__bandwidth_min=0.0, letter__policy="deny", **ADDRESSED)
    assert fit_to(shut, CHIPS["H100"], DESIGNER) is None
    # Memory of HBM4 cannot run slowly enough for one stack to pass at 1,400 GB/s.
    assert fit_to(HISTORY.at("2026-09-01"), CHIPS["Rubin"], DESIGNER, accept="notify") is None


def test_levers_set_by_hand_count_too() -> None:
    tight = law_of(
        (*HISTORY.at("2026-09-01").caught, Act.of("x", announced="2026-08-31", sets={"letter.link_min": 500}))
    )
    found = fit_to(tight, CHIPS["H100"], DESIGNER)
    assert found is not None
    assert found.link_gb_s is not None
    assert found.link_gb_s < 500


def test_a_line_with_an_upper_end_is_passed_above_it() -> None:
    band = {"band_b__tpp_min": 2400.0, "band_b__tpp_below": 4800.0, "band_b__density_min": 0.0}
    letter: dict[str, Any] = {"letter__bandwidth_min": 2500.0, "letter__policy": "deny"} | ADDRESSED
    both = law(**band, **letter, band_b__density_below=1e9, band_b__policy="deny")
    found = fit_to(both, CHIPS["H100"], DESIGNER)
    assert found is not None
    assert (found.tpp, found.bandwidth_gb_s) == pytest.approx((15832, 2500 * 0.9985))


def test_a_margin_that_would_reach_into_another_line_is_not_used() -> None:
    # Below 4,000 by a hundredth is 3,960, free, but with a hundredth more it would be caught on the way.
    gap: dict[str, Any] = {"band_b__tpp_min": 3970.0, "band_b__tpp_below": 3990.0, "band_b__density_min": 0.0}
    gap |= {"band_b__density_below": 1e9, "band_b__policy": "deny", "oct2022__link_min": 0.0}
    narrow = law(**gap, oct2022__tpp_min=4000.0, oct2022__policy="deny")
    fine = replace(DESIGNER, compute_margin=0.001)
    for who, tpp in ((DESIGNER, 3930.3), (fine, 3996.0)):
        found = fit_to(narrow, CHIPS["H100"], who)
        assert found is not None
        assert found.tpp == pytest.approx(tpp)


def test_memory_stays_clear_of_one_line_on_the_way_to_another() -> None:
    lines = law(letter__bandwidth_min=1500.0, letter__sum_min=2401.0, letter__policy="deny", **ADDRESSED)
    found = fit_to(lines, CHIPS["H100"], replace(DESIGNER, slowest=0.7))
    assert found is not None
    assert (found.bandwidth_gb_s, found.link_gb_s) == pytest.approx((1500 * 0.9985, 900))


def test_compute_between_two_lines_is_kept_beside_a_fuller_package() -> None:
    # Half the compute, from which down a sixth stack may be had, stands in the lower of two barred stretches.
    gap: dict[str, Any] = {"band_b__tpp_min": 7000.0, "band_b__tpp_below": 7990.0, "band_b__density_min": 0.0}
    gap |= {"band_b__density_below": 1e9, "band_b__policy": "deny", "oct2022__link_min": 0.0}
    lines = law(**gap, oct2022__tpp_min=8100.0, oct2022__policy="deny")
    found = fit_to(lines, CHIPS["H100"], designer(0.1, 0.5, 0.05))
    assert found is not None
    assert (found.tpp, found.hbm_stacks) == pytest.approx((8019, 5))


def test_the_carve_out_is_a_way_out_too() -> None:
    carved = law(band_a__tpp_min=1000.0, band_a__policy="deny", consumer__tpp_below=3000.0, consumer__policy="exempt")
    for sku, tpp in (("RTX 4090", 2970.0), ("L4", 990.0)):
        found = fit_to(carved, CHIPS[sku], DESIGNER)
        assert found is not None
        assert found.tpp == pytest.approx(tpp)


@pytest.mark.parametrize("density", [2.29, 2.4, 3.2, 4.58, 4.99])
def test_a_flagship_on_a_line_is_cut_below_it(density: float) -> None:
    # For most of these, density x (TPP / density) is above TPP by rounding.
    dense = law(band_a__dense_tpp_min=1.0, band_a__density_min=density, band_a__policy="deny")
    found = fit_to(dense, replace(CHIPS["A30"], performance_density=density), DESIGNER)
    assert found is not None
    assert found.performance_density == pytest.approx(0.99 * density)


def test_what_is_unknown_stays_unknown_and_catches_nothing() -> None:
    found = fitted(CHIPS["MI300X"], "2024-01-01")  # die unknown, so only the line on TPP can catch
    assert found.tpp == pytest.approx(4752)
    assert found.performance_density is found.die_mm2 is None
    bare = replace(CHIPS["H100"], link_gb_s=None, tdp_w=None, price_usd=None, fp16_tflops=None)
    cut = fitted(bare, "2025-08-01")
    assert (cut.link_gb_s, cut.tdp_w, cut.price_usd, cut.fp16_tflops) == (None, None, None, None)
    assert limits(HISTORY.at("2025-08-01"), bare)["sum"] == []


def test_the_rest_of_the_chip_follows() -> None:
    full, found = CHIPS["H100"], fitted(CHIPS["H100"], "2023-12-01")
    kept = {"vendor", "kind", "die_mm2", "memory_type", "hbm_generation", "link_gb_s", "price_date"}
    assert all(getattr(found, name) == getattr(full, name) for name in kept)
    assert kept < {one.name for one in fields(Chip)}
    assert (found.released, found.sold_in_us, found.grade) == (None, False, "assumed")
    assert found.fp16_tflops == pytest.approx(989 * 2376 / 15832)
    assert found.price_usd == pytest.approx(25000 * worth(found, full))
    assert f"{worth(found, full):.2f} of the chip" in found.note


def test_faults_are_told() -> None:
    lines = HISTORY.at("2023-12-01")
    with pytest.raises(InputError, match="accept = 'maybe': one of free, exempt"):
        fit_to(lines, CHIPS["H100"], DESIGNER, accept="maybe")
    with pytest.raises(InputError, match="chip 'x': bandwidth and memory unknown"):
        fit_to(lines, Chip("x", tpp=9000.0), DESIGNER)


# --- against random chips that pass ---

FLAGSHIPS = [CHIPS[sku] for sku in ("A100", "H100", "B200", "B30A", "RTX 4090", "RTX 5090", "L4", "A30", "MI300X")]
flagships = st.sampled_from([*FLAGSHIPS, WORKSTATION])
THRESHOLDS = {
    "oct2022.tpp_min": "tpp",
    "oct2022.link_min": "link",
    "band_a.tpp_min": "tpp",
    "band_a.dense_tpp_min": "tpp",
    "band_a.density_min": "density",
    "band_b.tpp_min": "tpp",
    "band_b.tpp_below": "tpp",
    "band_b.density_min": "density",
    "band_b.dense_tpp_min": "tpp",
    "band_b.dense_density_min": "density",
    "band_b.density_below": "density",
    "consumer.tpp_below": "tpp",
    "letter.bandwidth_min": "bandwidth",
    "letter.link_min": "link",
    "letter.sum_min": "sum",
    "case_band.tpp_below": "tpp",
    "case_band.bandwidth_below": "bandwidth",
}
LETTERS = {"letter.addressed": {"Nvidia": True, "AMD": True}}
HARSH = {f"{line}.policy": ("presume_deny", "deny", "notify") for line in ("oct2022", "band_a", "band_b", "letter")}
ANY = {f"{line}.policy": LINE for line in ("oct2022", "band_a", "band_b", "letter", "consumer", "case_band", "nac")}
FLAGS: dict[str, st.SearchStrategy[Any]] = {"case_band.sold_in_us": st.booleans(), "nac.gaming_cleared": st.booleans()}
harsh = st.fixed_dictionaries({name: st.sampled_from(choices) for name, choices in HARSH.items()})
mixed = st.fixed_dictionaries({}, optional=FLAGS | {name: st.sampled_from(choices) for name, choices in ANY.items()})


@st.composite
def thresholds(draw: st.DrawFn, chip: Chip) -> dict[str, float]:
    """Most thresholds, from a small part of what a chip has to a little more."""
    whole = {name: value or 2000.0 for name, value in measures(chip).items()}
    left_out = draw(st.sets(st.sampled_from(sorted(THRESHOLDS)), max_size=8))
    names = [name for name in THRESHOLDS if name not in left_out]
    return {name: whole[THRESHOLDS[name]] * draw(st.floats(0.1, 1.2)) for name in names}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Chip, Law]:
    """A flagship and a law that may well catch it."""
    chip = draw(flagships)
    return chip, law(**draw(thresholds(chip)), **draw(harsh | mixed), **LETTERS)


accepted = st.sampled_from(["free", "exempt", "notify", "case_by_case"])
uniforms = st.lists(st.floats(0, 1, exclude_max=True), min_size=5, max_size=5)


def worth(chip: Chip, flagship: Chip) -> float:
    """Value over the flagship's, as DESIGNER has it."""
    tpps, speeds, memory, links = (
        np.array([one, other or 64.0], dtype=float)
        for one, other in (
            (measures(chip)["tpp"], measures(flagship)["tpp"]),
            (chip.bandwidth_gb_s, flagship.bandwidth_gb_s),
            (chip.memory_gb, flagship.memory_gb),
            (chip.link_gb_s or 64.0, flagship.link_gb_s),
        )
    )
    mine, its = DESIGNER.value(tpps, speeds, memory, links)
    return float(mine / its)


def lets_go(rule: Law, chip: Chip, accept: str) -> bool:
    return POLICIES.index(classify(chip, rule).in_practice) <= POLICIES.index(accept)


def random_cut(chip: Chip, u: list[float], edges: dict[str, list[float]]) -> Chip:
    """A chip in reach: compute near an edge, some memory sites at a speed near an edge or any, some link."""
    full, speed, memory = measures(chip)["tpp"], chip.bandwidth_gb_s, chip.memory_gb
    assert full
    assert speed
    assert memory
    used = int(chip.hbm_stacks or 16)
    sites = 1 + int(u[1] * (max(6, used) if chip.hbm_stacks else used))
    share = _near([one * 0.99 / full for one in edges["tpp"]], u[0], 1.0) * (1 - 0.2 * u[2] ** 6)
    steps = [*(one for one in (*range(50, 2000, 50), 64) if one < (chip.link_gb_s or 0)), chip.link_gb_s]
    link = steps[int(u[4] * len(steps))]
    reach = [one * 0.9985 for one in (*edges["bandwidth"], *(one - (link or 0.0) for one in edges["sum"]))]
    fast = sites / used * speed
    return replace(
        chip,
        sku="random",
        sold_in_us=False,
        tpp=share * full * (0.5 if sites > used else 1.0),
        fp16_tflops=None,
        fp8_tops=None,
        fp4_tops=None,
        performance_density=chip.performance_density if share == 1 and sites <= used else None,
        bandwidth_gb_s=_near([one for one in reach if 0.89 * fast <= one], u[3], fast),
        memory_gb=sites / used * memory,
        link_gb_s=link,
    )


def _near(levels: list[float], u: float, full: float) -> float:
    """One of the levels below the full one, or that."""
    found = [*(one for one in levels if 0 < one < full), full]
    return found[int(u * len(found))]


def with_margins(chip: Chip, flagship: Chip, rule: Law) -> list[Chip]:
    """A chip, and it just above every limit in the margins of its compute and bandwidth."""
    edges = limits(rule, flagship)
    assert chip.tpp
    assert chip.bandwidth_gb_s
    edges["bandwidth"] += [one - (chip.link_gb_s or 0.0) for one in edges["sum"]]
    above = [chip.tpp, *(x for one in edges["tpp"] if chip.tpp < (x := one * (1 + 1e-9)) < chip.tpp / 0.99)]
    faster = [chip.bandwidth_gb_s]
    faster += [x for one in edges["bandwidth"] if faster[0] < (x := one * (1 + 1e-9)) < faster[0] / 0.9985]
    return [replace(chip, tpp=x, bandwidth_gb_s=y) for x in above for y in faster]


@settings(max_examples=200, deadline=None)
@given(cases(), accepted, st.lists(uniforms, min_size=12, max_size=12))
def test_no_random_chip_that_passes_is_worth_more(case: tuple[Chip, Law], accept: str, many: list[list[float]]) -> None:
    flagship, rule = case
    found = fit_to(rule, flagship, DESIGNER, accept)
    best = 0.0 if found is None else worth(found, flagship)
    assert found is None or lets_go(rule, found, accept)
    assert best <= 1 + 1e-12
    for u in many:
        chip = random_cut(flagship, u, limits(rule, flagship))
        if all(lets_go(rule, one, accept) for one in with_margins(chip, flagship, rule)):
            assert worth(chip, flagship) <= best * (1 + 1e-12)


@settings(max_examples=100, deadline=None)
@given(cases(), accepted)
def test_what_fits_is_not_fitted_again(case: tuple[Chip, Law], accept: str) -> None:
    flagship, rule = case
    found = fit_to(rule, flagship, DESIGNER, accept)
    assert found is None or fit_to(rule, found, DESIGNER, accept) == found


# Lines of which a higher threshold is looser whatever the others are: no bound from above among them, no exception
# that is stricter than the line, and the lower band no stricter than the upper one.
LOOSE = [name for name in THRESHOLDS if name not in ("band_b.tpp_below", "band_b.density_below")]
STRICT = {
    "oct2022.policy": "deny",
    "band_a.policy": "presume_deny",
    "band_b.policy": "notify",
    "consumer.policy": "exempt",
    "letter.policy": "deny",
    "case_band.policy": "case_by_case",
    "case_band.sold_in_us": False,
} | LETTERS


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Chip, Law, Law]:
    """A flagship, a law, and a looser one."""
    chip = draw(flagships)
    dropped = draw(st.sets(st.sampled_from([name for name in STRICT if name.endswith(".policy")]), max_size=2))
    policies = {name: value for name, value in STRICT.items() if name not in dropped}
    sets = draw(thresholds(chip))
    raised = {
        name: value * draw(st.floats(1, 2)) for name, value in sets.items() if name in LOOSE and draw(st.booleans())
    }
    return chip, law(**sets, **policies), law(**(sets | raised), **policies)


@settings(max_examples=200, deadline=None)
@given(pairs(), st.sampled_from(["exempt", "notify", "case_by_case"]))
def test_a_looser_law_never_gives_a_worse_chip(pair: tuple[Chip, Law, Law], accept: str) -> None:
    flagship, strict, loose = pair
    before, after = fit_to(strict, flagship, DESIGNER, accept), fit_to(loose, flagship, DESIGNER, accept)
    if before is not None:
        assert after is not None
        assert worth(after, flagship) >= worth(before, flagship) * (1 - 1e-12)


@pytest.mark.parametrize("sku", ["A100", "H100", "B200", "RTX 5090"])
def test_each_line_lifted_gives_a_better_chip_or_the_same(sku: str) -> None:
    acts = HISTORY.at("2025-08-01").caught
    found = fit_to(law_of(acts), CHIPS[sku], DESIGNER)
    assert found is not None
    for lever in ("band_a.policy", "band_b.policy", "letter.policy"):
        lifted = law_of((*acts, Act.of("lifted", announced="2025-07-31", sets={lever: "off"})))
        other = fit_to(lifted, CHIPS[sku], DESIGNER)
        assert other is not None
        assert worth(other, CHIPS[sku]) >= worth(found, CHIPS[sku])
