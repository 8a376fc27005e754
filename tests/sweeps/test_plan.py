"""The plan as a folder remembers it: what is written is read, and no flipped bit is believed."""

import random

import pytest
from sweep_fakes import FakePlan

from abm.sweeps.parts import Damaged
from abm.sweeps.plan import Plan

POINTS = ({"group.x": 1.5, "law.y@2026-11": True}, {"group.x": 2, "law.z@2026-11": "é"})
PLAN = FakePlan(seeds=3, points=POINTS)


def test_what_is_planned_is_read_back() -> None:
    found = Plan.from_bytes(PLAN.to_bytes())
    assert vars(found) == vars(PLAN) | {"text": ""}
    assert found.facts["keep"] == ["m", "other"]
    assert found.differences(PLAN) == []
    assert found.terms == PLAN.terms


@pytest.mark.parametrize("data", [b"", b"{}", b"not a plan\n", b'{"sha256": ""}\n{}\n'])
def test_a_file_that_is_no_plan_is_damage(data: bytes) -> None:
    with pytest.raises(Damaged):
        Plan.from_bytes(data)


def test_any_changed_byte_is_noticed() -> None:
    luck, whole = random.Random(1), PLAN.to_bytes()
    for _ in range(200):
        data = bytearray(whole)
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
        with pytest.raises(Damaged):
            Plan.from_bytes(bytes(data))
        with pytest.raises(Damaged):
            Plan.from_bytes(whole[: luck.randrange(len(whole))])
