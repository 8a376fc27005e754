"""Agents that misbehave, for sweeps of the real model."""

from typing import Any

from abm.agents.lab import Lab


class FailingLab(Lab):
    """A lab whose budget fails."""

    @classmethod
    def offer_money(cls, *_: Any) -> Any:
        raise RuntimeError("no money")
