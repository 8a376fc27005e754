"""The law of a day: which of two settings counts."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.foundation.errors import InputError
from abm.law.acts import Act
from abm.law.law import Law, law_of
from abm.law.levers import LEVERS


def duty(name: str, announced: str, effective: str, **by_sku: float) -> Act:
    return Act.of(name, announced=announced, effective=effective, sets={"fee.duty": by_sku})


def share(name: str, announced: str, effective: str, value: float) -> Act:
    return Act.of(name, announced=announced, effective=effective, sets={"hbm.quota_share": value})


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (share("b", "2026-02", "2026-03", 0.1), share("a", "2026-01", "2026-04", 0.2)),
        (share("b", "2026-01", "2026-04", 0.1), share("a", "2026-02", "2026-04", 0.2)),
        (share("a", "2026-02", "2026-04", 0.1), share("b", "2026-02", "2026-04", 0.2)),
    ],
    ids=["later effect", "later announcement", "later name"],
)
def test_of_two_acts_the_later_counts(loser: Act, winner: Act) -> None:
    for order in permutations((loser, winner)):
        law = Law(order)
        assert law["hbm.quota_share"] == 0.2
        assert law.source_of("hbm.quota_share") == winner.name


def test_a_lever_no_act_sets_has_its_default() -> None:
    law = Law(())
    assert law["licence.review_months"] == 1.5
    assert law.get("cn.import_mode", "H20") == "open"
    assert law["band_a.policy"] is None
    assert law.source_of("band_a.policy") is None
    assert law.source_of("fee.duty", "H200") is None
    assert dict(law["fee.duty"]) == {}
    assert set(law) == set(LEVERS)
    assert len(law) == len(LEVERS)


@pytest.mark.parametrize(
    "read", [lambda law: law["fee.duti"], lambda law: law.get("fee.duti"), lambda law: law.act_of("x")]
)
def test_an_unknown_lever_is_refused(read: object) -> None:
    with pytest.raises(InputError, match="no lever named"):
        read(Law(()))  # type: ignore[operator]


def test_the_star_covers_every_scope_until_a_later_act_is_exact() -> None:
    first = duty("exact", "2026-01", "2026-01", H200=0.1)
    star = Act.of("star", announced="2026-02", sets={"fee.duty": {"*": 0.2}})
    later = duty("later", "2026-03", "2026-03", H200=0.3)
    assert Law((first, star)).get("fee.duty", "H200") == 0.2
    assert Law((first, star)).get("fee.duty", "H20") == 0.2
    assert Law((first, star, later)).get("fee.duty", "H200") == 0.3
    assert Law((first, star, later)).get("fee.duty", "H20") == 0.2
    assert dict(Law((first, star))["fee.duty"]) == {"*": 0.2, "H200": 0.2}


def test_on_one_day_the_exact_setting_beats_the_star() -> None:
    both = Act.of("both", announced="2026-02", sets={"fee.duty": {"*": 0.2, "H200": 0.1}})
    star = Act.of("z-star", announced="2026-02", sets={"fee.duty": {"*": 0.3}})
    assert Law((both,)).get("fee.duty", "H200") == 0.1
    assert Law((both, star)).get("fee.duty", "H200") == 0.1
    assert Law((both, star)).get("fee.duty", "H20") == 0.3


def test_where_the_star_means_all_together_it_is_kept_apart() -> None:
    act = Act.of("quota", announced="2026-02", sets={"quota.units_per_month": {"*": 30000, "H200": 10000}})
    law = Law((act,))
    assert law.get("quota.units_per_month", "*") == 30000
    assert law.get("quota.units_per_month", "H200") == 10000
    assert law.get("quota.units_per_month", "H20") is None


def test_the_law_cannot_be_changed() -> None:
    law = Law((duty("a", "2026-01", "2026-01", H200=0.1),))
    with pytest.raises(TypeError):
        law["fee.duty"]["H200"] = 0.5
    with pytest.raises(TypeError):
        law["hbm.policy"] = "off"  # type: ignore[index]


def test_settings_are_listed_in_order() -> None:
    law = Law((duty("a", "2026-01", "2026-01", H200=0.1, H20=0.2), share("b", "2026-01", "2026-01", 0.3)))
    assert [(one.lever, one.scope, one.value) for one in law.settings()] == [
        ("fee.duty", "H20", 0.2), ("fee.duty", "H200", 0.1), ("hbm.quota_share", None, 0.3),
    ]  # fmt: skip
    assert repr(law) == "<Law of 2 acts setting 2 levers>"


def test_regimes_that_share_acts_share_the_law() -> None:
    acts = (share("b", "2026-01", "2026-01", 0.3),)
    assert law_of(acts) is law_of((share("b", "2026-01", "2026-01", 0.3),))


DAYS = st.integers(1, 3).map(lambda month: f"2026-0{month}")


@given(
    st.lists(st.tuples(DAYS, DAYS, st.sampled_from(["*", "H20", "H200"]), st.floats(0, 1)), max_size=6), st.randoms()
)
def test_the_order_in_which_acts_are_given_does_not_matter(
    rows: list[tuple[str, str, str, float]], random: object
) -> None:
    acts = [
        Act.of(f"act{index}", announced=min(one, two), effective=max(one, two), sets={"fee.duty": {scope: value}})
        for index, (one, two, scope, value) in enumerate(rows)
    ]
    shuffled = list(acts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for scope in ("H20", "H200", "A100"):
        assert Law(acts).get("fee.duty", scope) == Law(shuffled).get("fee.duty", scope)
        assert Law(acts).source_of("fee.duty", scope) == Law(shuffled).source_of("fee.duty", scope)


def test_laws_that_draw_the_same_lines_share_them_whoever_drew_them() -> None:
    lines = {"band_a.policy": "deny", "band_a.tpp_min": 4800.0}
    early = Act.of("early", announced="2023-01", sets=lines)
    late = Act.of("late", announced="2024-01", sets={**lines, "licence.review_months": 3.0})
    star, exact = (
        Act.of(name, announced="2023-01", effective=day, sets={"named.policy": {scope: "deny"}})
        for name, day, scope in (("exact", "2023-01", "H20"), ("star", "2023-02", "*"))
    )
    assert Law((early,)).lines is Law((early, late)).lines
    assert Law((early,)).lines.lines is Law((early,)).lines
    assert Law((early,)).lines is not Law((early, star)).lines
    assert Law((star, exact)).lines is not Law((star,)).lines
    assert dict(Law((star, exact)).lines["named.policy"]) == {"*": "deny", "H20": "deny"}
