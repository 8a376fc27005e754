"""Agents that misbehave, for sweeps of the real model."""

from typing import Any

from abm.agents.labs import Labs


class FailingLabs(Labs):
    """Labs whose budget fails."""

    def offer_money(self, *_: Any) -> Any:
        raise RuntimeError("no money")
