"""No number changes unseen: the digest of twelve runs is the one kept, where it was written on such a machine."""

import json

import pytest

from abm.model import ChipMarket
from abm.runs import metrics
from tests.reference import digest


def test_the_digest_is_the_one_kept() -> None:
    kept = json.loads(digest.FILE.read_text(encoding="utf-8"))
    if kept["machine"] != digest.machine():
        pytest.skip(f"the last bits were written with {kept['machine']}")
    assert digest.digests() == kept["runs"]


def test_the_digest_tells_a_changed_bit_and_a_changed_transfer() -> None:
    market = ChipMarket("history", rng=0, until="2022-03").run()
    columns, flows = metrics.evaluate(market), metrics.flows(market)
    plain = digest.of(columns, flows)
    assert digest.of(columns, flows.copy()) == plain
    changed = {name: column.copy() for name, column in columns.items()}
    changed["world_compute"][-1] *= 1 + 2**-52
    assert digest.of(changed, flows) != plain
    moved = flows.copy()
    moved.loc[len(moved) - 1, "channel"] = "elsewhere"
    assert digest.of(columns, moved) != plain
