"""The fakes of the sweeps' tests, importable by name."""

import sys
from pathlib import Path

SWEEPS = Path(__file__).resolve().parents[1] / "sweeps"
sys.path.insert(0, str(SWEEPS))
