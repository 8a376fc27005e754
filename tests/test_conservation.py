"""Goods and money are conserved, and nothing is negative or undefined, whatever valid scenario is run.

A strict run compares every table with the ledger at the end of each month and raises where they part, so that running
to the end is most of the test.
"""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm import dates, metrics
from abm.ledger import ROWS, SECTORS
from abm.law.acts import Act
from abm.law.levers import LEVERS, Lever, scope_names
from abm.law.regime import Regime, load_regime, shipped
from abm.model import ChipMarket
from abm.parameters import Parameters, declarations
from abm.scenario import Scenario

SEEDS = (0, 1, 2)
FAR = {"labs": ("fleet", "transit", "pending", "licensed", "granted", "flow"),
       "vendors": ("stock", "dies", "on_order", "use", "running", "shipped", "software"),
       "makers": ("stock", "output"),
       "products": ("stock", "orders", "sales", "abroad", "transit_usd", "price", "factor"),
       "frontier": ("fleet",), "world": ("fleet",)}  # fmt: skip
"""Columns that are amounts, and so never negative."""
UNDEFINED = {"capability_shortfall", "capability_gap", "frontier_speed", "law"}
"""Metrics beside ratios that are documented to be undefined at times: before a first run, or while a lever is unset."""
